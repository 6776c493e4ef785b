//go:build !unix

package frontend

// clearUmask does nothing where there is no umask.
func clearUmask() {}
