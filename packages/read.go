package packages

import (
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/rootfs"
)

// readers is how many files are read at a time: over a gateway the time goes
// into waiting for answers.
const readers = 8

// readFile reads the file that an absolute path leads to, through links, and
// returns its physical path too.
func readFile(tree rootfs.FS, name string, limit int64) (data []byte, at string, err error) {
	r, err := rootfs.Resolve(tree, name)
	if err != nil {
		return nil, "", err
	}
	data, err = rootfs.ReadFile(tree, r.Path, limit)
	return data, r.Path, err
}

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
