// Package gatewayfs reads a file tree that BuildKit has built, through the gateway,
// where there is no step to mount it into.
package gatewayfs

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/sinter-build/sinter/rootfs"
)

// FS is a built tree. The gateway has no lstat and loses error numbers, so
// everything is known from directory listings, each fetched once; and a call takes
// a fifth of a millisecond, so files are read in blocks.
type FS struct {
	ctx  context.Context
	ref  client.Reference // nil for an empty tree
	mu   sync.Mutex
	dirs map[string]*directory
}

var _ rootfs.FS = (*FS)(nil)

// directory is one directory; the error is kept so that it is not asked again.
type directory struct {
	names map[string]*fstypes.Stat
	err   error
}

// New returns the tree of a reference, which is nil for an empty one. Every call
// made through the tree ends with the context.
func New(ctx context.Context, ref client.Reference) *FS {
	return &FS{ctx: ctx, ref: ref, dirs: map[string]*directory{}}
}

// list returns a directory, which must be there.
func (g *FS) list(dir string) *directory {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l, ok := g.dirs[dir]; ok {
		return l
	}
	l := &directory{names: map[string]*fstypes.Stat{}}
	g.dirs[dir] = l
	if g.ref == nil {
		return l
	}
	stats, err := g.ref.ReadDir(g.ctx, client.ReadDirRequest{Path: "/" + dir})
	if err != nil {
		l.err = err
		return l
	}
	for _, st := range stats {
		l.names[path.Base(st.Path)] = st
	}
	return l
}

// listed reports whether a directory has been asked for already.
func (g *FS) listed(dir string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dirs[dir] != nil
}

// Lstat implements fs.ReadLinkFS.
func (g *FS) Lstat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return info{&fstypes.Stat{Path: "/", Mode: uint32(fs.ModeDir | 0o755)}}, nil
	}
	dir := path.Dir(name)
	missing := &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	if !g.listed(dir) { // what has been is a directory, and so is all above it
		parent, err := g.Lstat(dir)
		if err != nil {
			return nil, err
		}
		if !parent.IsDir() {
			return nil, missing
		}
	}
	l := g.list(dir)
	if l.err != nil {
		return nil, l.err
	}
	st, ok := l.names[path.Base(name)]
	if !ok {
		return nil, missing
	}
	return info{st}, nil
}

// ReadLink implements fs.ReadLinkFS.
func (g *FS) ReadLink(name string) (string, error) {
	found, err := g.Lstat(name)
	if err != nil {
		return "", err
	}
	if found.Mode()&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return found.(info).st.Linkname, nil
}

// FileCapabilities implements rootfs.CapabilityReader.
func (g *FS) FileCapabilities(name string) ([]byte, error) {
	found, err := g.Lstat(name)
	if err != nil {
		return nil, err
	}
	value := found.(info).st.Xattrs[rootfs.CapabilityAttribute]
	return value[:min(len(value), rootfs.MaxCapabilities)], nil
}

// ReadDir implements fs.ReadDirFS.
func (g *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	found, err := g.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !found.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	l := g.list(name)
	if l.err != nil {
		return nil, l.err
	}
	out := make([]fs.DirEntry, 0, len(l.names))
	for _, st := range l.names {
		out = append(out, fs.FileInfoToDirEntry(info{st}))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// Open implements fs.FS, for regular files.
func (g *FS) Open(name string) (fs.File, error) {
	found, err := g.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !found.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	f := &file{fsys: g, name: name, info: found, blocks: map[int64][]byte{}}
	f.Reader = &stream{file: f, next: blockSize}
	return f, nil
}
