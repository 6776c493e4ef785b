//go:build unix

package step

import "syscall"

// clearUmask lets files have the modes that they are made with.
func clearUmask() { syscall.Umask(0) }
