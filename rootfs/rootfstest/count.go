// Package rootfstest helps to test what reads trees.
package rootfstest

import (
	"io"
	"io/fs"

	"github.com/sinter-build/sinter/rootfs"
)

// Counter counts what is asked of a tree: over a gateway every call is a round
// trip. It is for one goroutine.
type Counter struct {
	rootfs.FS
	Lstats, Opens, Reads int
	Bytes                int // asked for
}

// Lstat implements rootfs.FS.
func (c *Counter) Lstat(name string) (fs.FileInfo, error) {
	c.Lstats++
	return c.FS.Lstat(name)
}

// Open implements rootfs.FS.
func (c *Counter) Open(name string) (fs.File, error) {
	c.Opens++
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &file{f, c}, nil
}

type file struct {
	fs.File
	c *Counter
}

func (f *file) Read(p []byte) (int, error) {
	f.c.Reads++
	f.c.Bytes += len(p)
	return f.File.Read(p)
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.c.Reads++
	f.c.Bytes += len(p)
	return f.File.(io.ReaderAt).ReadAt(p, off)
}
