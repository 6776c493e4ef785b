package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/term"
)

// terminal is that of the person who runs a program in a container; nil where input
// or output is something else.
type terminal struct {
	in, out int // file descriptors
	before  *term.State
}

func currentTerminal(std streams) *terminal {
	in, ok := std.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	out, ok := std.out.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	return &terminal{in: int(in.Fd()), out: int(out.Fd())}
}

// take leaves every key to the program, until restore.
func (t *terminal) take() (err error) {
	t.before, err = term.MakeRaw(t.in)
	return err
}

func (t *terminal) restore() error { return term.Restore(t.in, t.before) }

// follow tells a process the size of the terminal, now and whenever it changes, until
// the context ends.
func (t *terminal) follow(ctx context.Context, p gateway.ContainerProcess) {
	changed := make(chan os.Signal, 1)
	notifyResize(changed)
	defer signal.Stop(changed)
	for {
		if width, height, err := term.GetSize(t.out); err == nil {
			_ = p.Resize(ctx, gateway.WinSize{Rows: uint32(height), Cols: uint32(width)})
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// forward sends a process the signals that this one gets, until the context ends.
func forward(ctx context.Context, signals <-chan os.Signal, p gateway.ContainerProcess) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-signals:
			if number, ok := s.(syscall.Signal); ok {
				_ = p.Signal(ctx, number) // it may have ended
			}
		}
	}
}

// writeCloser is an output that stays open.
func writeCloser(w io.Writer) io.WriteCloser { return keptOpen{w} }
