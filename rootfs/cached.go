package rootfs

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Cached returns a tree that remembers every Lstat, ReadLink and ReadDir, failures
// included, and where directories lead. Resolving the same ones over and over
// then costs one call each, which matters where a call is a round trip.
func Cached(fsys fs.ReadLinkFS) FS {
	if c, ok := fsys.(*cachedFS); ok {
		return c
	}
	return &cachedFS{
		ReadLinkFS: fsys,
		infos:      map[string]cachedInfo{},
		targets:    map[string]cachedTarget{},
		dirs:       map[string]cachedDir{},
		lists:      map[string]cachedList{},
	}
}

type cachedFS struct {
	fs.ReadLinkFS
	mu      sync.Mutex
	infos   map[string]cachedInfo
	targets map[string]cachedTarget
	dirs    map[string]cachedDir
	lists   map[string]cachedList
}

type cachedInfo struct {
	info fs.FileInfo
	err  error
}

type cachedList struct {
	entries []fs.DirEntry
	err     error
}

type cachedTarget struct {
	target string
	err    error
}

// Parallel reports whether several goroutines may use a tree at once.
func Parallel(fsys fs.FS) bool {
	switch t := fsys.(type) {
	case *cachedFS:
		return Parallel(t.ReadLinkFS)
	case *dirFS:
		return true
	case *View:
		return !t.serial && (t.lower == nil || Parallel(t.lower))
	}
	return false
}

// knownOpener is a tree that opens a file with fewer questions when it is told
// what its Lstat said of it.
type knownOpener interface {
	openKnown(name string, known fs.FileInfo) (fs.File, error)
}

// cachedDir is where a path leads that ends in a slash.
type cachedDir struct {
	res Resolved
	err error
}

// directory follows a path that ends in a slash and is shorter than MaxPath. It goes on
// from where the directory above leads: to walk all of the way each time would take a time
// that grows with the square of the depth.
func (c *cachedFS) directory(name string) (Resolved, error) {
	c.mu.Lock()
	got, ok := c.dirs[name]
	c.mu.Unlock()
	if !ok {
		up, base := path.Split(strings.TrimRight(name, "/"))
		w := walk{fsys: c, at: "/"}
		if len(up) > 1 {
			above, err := c.directory(up)
			w = walk{fsys: c, at: above.Path, info: above.Info, links: slices.Clip(above.Links)}
			got.res, got.err = above, err
		} else {
			base = name
		}
		if got.err == nil {
			got.res, got.err = w.run(base + "/")
		}
		c.mu.Lock()
		c.dirs[name] = got
		c.mu.Unlock()
	}
	return got.res, got.err
}

func (c *cachedFS) Lstat(name string) (fs.FileInfo, error) {
	c.mu.Lock()
	got, ok := c.infos[name]
	c.mu.Unlock()
	if !ok {
		got.info, got.err = c.ReadLinkFS.Lstat(name)
		c.mu.Lock()
		c.infos[name] = got
		c.mu.Unlock()
	}
	return got.info, got.err
}

func (c *cachedFS) ReadLink(name string) (string, error) {
	c.mu.Lock()
	got, ok := c.targets[name]
	c.mu.Unlock()
	if !ok {
		got.target, got.err = c.ReadLinkFS.ReadLink(name)
		c.mu.Lock()
		c.targets[name] = got
		c.mu.Unlock()
	}
	return got.target, got.err
}

func (c *cachedFS) Open(name string) (fs.File, error) {
	opener, ok := c.ReadLinkFS.(knownOpener)
	if !ok {
		return c.ReadLinkFS.Open(name)
	}
	c.mu.Lock()
	known := c.infos[name].info
	c.mu.Unlock()
	return opener.openKnown(name, known)
}

// ReadDir returns a list of the caller's own, as others do.
func (c *cachedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	c.mu.Lock()
	got, ok := c.lists[name]
	c.mu.Unlock()
	if !ok {
		got.entries, got.err = fs.ReadDir(c.ReadLinkFS, name)
		c.mu.Lock()
		c.lists[name] = got
		c.mu.Unlock()
	}
	return slices.Clone(got.entries), got.err
}
