//go:build linux

package runner

import (
	"bytes"
	"context"
	"os"
	"sync"

	"github.com/sinter-build/sinter/tests"
)

// What is kept of what a program writes: its beginning, to judge, and its end, to show.
const (
	maxBegin = 1 << 20
	maxEnd   = 4 << 10
)

// buffer keeps what is written to a pipe, as far as that is bounded. The writer is
// never held up.
type buffer struct {
	mu    sync.Mutex
	begin []byte
	tail  []byte
	size  int64
	done  chan struct{}
}

// newBuffer returns a buffer, and the file that a program writes to.
func newBuffer() (*buffer, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	b := &buffer{done: make(chan struct{})}
	go func() {
		defer close(b.done)
		defer r.Close()
		piece := make([]byte, 64<<10)
		for {
			n, err := r.Read(piece)
			b.add(piece[:n])
			if err != nil {
				return
			}
		}
	}()
	return b, w, nil
}

func (b *buffer) add(piece []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += int64(len(piece))
	b.begin = append(b.begin, piece[:min(len(piece), maxBegin-len(b.begin))]...)
	b.tail = append(b.tail, piece...)
	if len(b.tail) > 2*maxEnd {
		b.tail = bytes.Clone(b.tail[len(b.tail)-maxEnd:])
	}
}

// wait waits until nobody can write any more, or ctx is done.
func (b *buffer) wait(ctx context.Context) {
	select {
	case <-b.done:
	case <-ctx.Done():
	}
}

func (b *buffer) output() tests.Output {
	b.mu.Lock()
	defer b.mu.Unlock()
	return tests.Output{Text: string(b.begin), Size: b.size}
}

// end is the end of what was written.
func (b *buffer) end() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return trimmed(b.tail, maxEnd)
}

// contains reports whether a text was written, among what is kept.
func (b *buffer) contains(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Contains(b.begin, []byte(text))
}
