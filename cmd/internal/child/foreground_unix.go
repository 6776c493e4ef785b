//go:build unix

package child

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground reports whether the terminal sends its interrupts to this process, and to
// its children as well.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
