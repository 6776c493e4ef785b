package child

func inForeground() bool { return true }
