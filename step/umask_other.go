//go:build !unix

package step

// clearUmask does nothing where there is no umask.
func clearUmask() {}
