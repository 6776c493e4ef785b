package rootfs

import (
	"io/fs"
	"sync"
)

// Cached returns a tree that remembers every Lstat and ReadLink, failures
// included. Resolving the same directories over and over then costs one call
// each, which matters where a call is a round trip.
func Cached(fsys fs.ReadLinkFS) FS {
	if c, ok := fsys.(*cachedFS); ok {
		return c
	}
	return &cachedFS{
		ReadLinkFS: fsys,
		infos:      map[string]cachedInfo{},
		targets:    map[string]cachedTarget{},
	}
}

type cachedFS struct {
	fs.ReadLinkFS
	mu      sync.Mutex
	infos   map[string]cachedInfo
	targets map[string]cachedTarget
}

type cachedInfo struct {
	info fs.FileInfo
	err  error
}

type cachedTarget struct {
	target string
	err    error
}

func (c *cachedFS) Lstat(name string) (fs.FileInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got, ok := c.infos[name]
	if !ok {
		got.info, got.err = c.ReadLinkFS.Lstat(name)
		c.infos[name] = got
	}
	return got.info, got.err
}

func (c *cachedFS) ReadLink(name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got, ok := c.targets[name]
	if !ok {
		got.target, got.err = c.ReadLinkFS.ReadLink(name)
		c.targets[name] = got
	}
	return got.target, got.err
}

func (c *cachedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(c.ReadLinkFS, name)
}
