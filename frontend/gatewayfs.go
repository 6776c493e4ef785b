package frontend

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/sinter-build/sinter/rootfs"
)

// gatewayFS is a solved reference as a tree. The gateway has no lstat and loses
// error numbers, so everything is known from directory listings, each fetched
// once; and a call takes a fifth of a millisecond, so files are read in blocks.
type gatewayFS struct {
	ctx  context.Context
	ref  client.Reference // nil for an empty tree
	mu   sync.Mutex
	dirs map[string]*listing
}

var _ rootfs.FS = (*gatewayFS)(nil)

// listing is one directory; the error is kept so that it is not asked again.
type listing struct {
	names map[string]*fstypes.Stat
	err   error
}

func newGatewayFS(ctx context.Context, ref client.Reference) *gatewayFS {
	return &gatewayFS{ctx: ctx, ref: ref, dirs: map[string]*listing{}}
}

// list returns a directory, which must be there.
func (g *gatewayFS) list(dir string) *listing {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l, ok := g.dirs[dir]; ok {
		return l
	}
	l := &listing{names: map[string]*fstypes.Stat{}}
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

// Lstat implements fs.ReadLinkFS.
func (g *gatewayFS) Lstat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return gatewayInfo{&fstypes.Stat{Path: "/", Mode: uint32(fs.ModeDir | 0o755)}}, nil
	}
	parent, err := g.Lstat(path.Dir(name))
	if err != nil {
		return nil, err
	}
	missing := &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	if !parent.IsDir() {
		return nil, missing
	}
	l := g.list(path.Dir(name))
	if l.err != nil {
		return nil, l.err
	}
	st, ok := l.names[path.Base(name)]
	if !ok {
		return nil, missing
	}
	return gatewayInfo{st}, nil
}

// ReadLink implements fs.ReadLinkFS.
func (g *gatewayFS) ReadLink(name string) (string, error) {
	info, err := g.Lstat(name)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return info.(gatewayInfo).st.Linkname, nil
}

// ReadDir implements fs.ReadDirFS.
func (g *gatewayFS) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := g.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	l := g.list(name)
	if l.err != nil {
		return nil, l.err
	}
	out := make([]fs.DirEntry, 0, len(l.names))
	for _, st := range l.names {
		out = append(out, fs.FileInfoToDirEntry(gatewayInfo{st}))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// Open implements fs.FS, for regular files.
func (g *gatewayFS) Open(name string) (fs.File, error) {
	info, err := g.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	f := &gatewayFile{fsys: g, name: name, info: info, blocks: map[int64][]byte{}}
	f.Reader = &stream{file: f, next: blockSize}
	return f, nil
}

// gatewayInfo is a file's description as the gateway sends it.
type gatewayInfo struct {
	st *fstypes.Stat
}

func (i gatewayInfo) Name() string       { return path.Base(i.st.Path) }
func (i gatewayInfo) Size() int64        { return i.st.Size }
func (i gatewayInfo) Mode() fs.FileMode  { return fs.FileMode(i.st.Mode) }
func (i gatewayInfo) ModTime() time.Time { return time.Unix(0, i.st.ModTime) }
func (i gatewayInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i gatewayInfo) Sys() any           { return &rootfs.Stat{UID: i.st.Uid, GID: i.st.Gid} }

// gatewayFile is an open file.
type gatewayFile struct {
	io.Reader
	fsys   *gatewayFS
	name   string
	info   fs.FileInfo
	blocks map[int64][]byte
}

// blockSize is what one call fetches: most of what a loader reads of an object
// stands in its first pages.
const blockSize = 64 << 10

// Stat implements fs.File.
func (f *gatewayFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *gatewayFile) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (f *gatewayFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
	}
	done := 0
	for done < len(p) {
		if off >= f.info.Size() {
			return done, io.EOF
		}
		block, err := f.block(off / blockSize)
		if err != nil {
			return done, err
		}
		from := off % blockSize
		if from >= int64(len(block)) {
			return done, io.EOF
		}
		n := copy(p[done:], block[from:])
		done += n
		off += int64(n)
	}
	return done, nil
}

func (f *gatewayFile) block(index int64) ([]byte, error) {
	if b, ok := f.blocks[index]; ok {
		return b, nil
	}
	b, err := f.fetch(index*blockSize, blockSize)
	if err != nil {
		return nil, err
	}
	f.blocks[index] = b
	return b, nil
}

func (f *gatewayFile) fetch(off, n int64) ([]byte, error) {
	return f.fsys.ref.ReadFile(f.fsys.ctx, client.ReadRequest{
		Filename: "/" + f.name,
		Range:    &client.FileRange{Offset: int(off), Length: int(n)},
	})
}

// stream reads a file from its beginning. The longer that goes on the more is
// fetched at once, and nothing is kept.
type stream struct {
	file *gatewayFile
	off  int64
	rest []byte // fetched and not read
	next int64  // how much to fetch
}

// maxFetch is well below what a message can hold.
const maxFetch = 4 << 20

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if s.off >= s.file.info.Size() {
			return 0, io.EOF
		}
		b, err := s.file.fetch(s.off, s.next)
		if err != nil {
			return 0, err
		}
		if len(b) == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		s.off += int64(len(b))
		s.next = min(2*s.next, maxFetch)
		s.rest = b
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
