package packages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/rootfs"
)

// readers is how many files are read at a time: over a gateway the time goes
// into waiting for answers.
const readers = 8

var errTooLarge = errors.New("the file is larger than any real one")

// read returns the content of the file at an absolute path, through links, and
// its physical path. It is fs.ErrNotExist when there is none, and an error when
// the file is larger than limit.
func read(tree rootfs.FS, name string, limit int64) ([]byte, string, error) {
	r, err := rootfs.Resolve(tree, name)
	if err != nil {
		// A gateway has no error numbers; what cannot be reached is not there.
		return nil, "", &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	data, err := readPhysical(tree, r.Path, limit)
	return data, r.Path, err
}

func readPhysical(tree rootfs.FS, name string, limit int64) ([]byte, error) {
	f, err := tree.Open(rootfs.Name(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() || info.Size() > limit {
		return nil, tooLarge(name, info)
	}
	var buf bytes.Buffer
	buf.Grow(int(info.Size()) + bytes.MinRead)
	n, err := io.Copy(&buf, io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if n > limit {
		return nil, tooLarge(name, info)
	}
	return buf.Bytes(), nil
}

func tooLarge(name string, info fs.FileInfo) error {
	if info.IsDir() {
		return fmt.Errorf("%s: is a directory", name)
	}
	return fmt.Errorf("%s: %w", name, errTooLarge)
}

// missing tells whether a file is not there, as opposed to not readable.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// each calls do for every index below n, several at a time.
func each(n int, do func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(readers)
	for i := range n {
		g.Go(func() error { return do(i) })
	}
	return g.Wait()
}

// budget bounds what is read in all, since a tree may hold any number of files.
type budget struct {
	mu   sync.Mutex
	left int64
}

func (b *budget) take(n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left -= int64(n); b.left < 0 {
		return errors.New("the package metadata is larger than any real one")
	}
	return nil
}
