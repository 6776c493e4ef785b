//go:build unix

package frontend

import "syscall"

// clearUmask lets files have the modes that they are made with.
func clearUmask() { syscall.Umask(0) }
