//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// A signal to sinter alone ends the helper, and sinter after it.
func TestSignals(t *testing.T) {
	withHelper(t, "wait")
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command(os.Args[0], "tree")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal sends it signals
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		var got []string
		for lines.Scan() {
			if got = append(got, lines.Text()); lines.Text() == "ready" {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exit.Good || strings.Join(got, " ") != "ready "+s.String() {
			t.Errorf("%v: %q, %v", s, got, err)
		}
	}
}
