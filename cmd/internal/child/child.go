// Package child runs a program that does this one's work.
package child

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// Run runs a program that is sent the signals that would end this one, so that it is
// the first to end. An interrupt that the terminal has sent to it already is not sent
// again, for many programs give up their work at the second. Windows can send no
// signals: there it gets those of the terminal alone.
func Run(cmd *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		signal.Stop(signals)
		return err
	}
	go func() {
		for s := range signals {
			if s != os.Interrupt || !inForeground() {
				_ = cmd.Process.Signal(s) // it may have ended
			}
		}
	}()
	err := cmd.Wait()
	signal.Stop(signals)
	close(signals)
	return err
}
