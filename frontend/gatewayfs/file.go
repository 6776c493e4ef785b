package gatewayfs

import (
	"context"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/sinter-build/sinter/rootfs"
)

// info is a file's description as the gateway sends it.
type info struct {
	st *fstypes.Stat
}

func (i info) Name() string       { return path.Base(i.st.Path) }
func (i info) Size() int64        { return i.st.Size }
func (i info) Mode() fs.FileMode  { return fs.FileMode(i.st.Mode) }
func (i info) ModTime() time.Time { return time.Unix(0, i.st.ModTime) }
func (i info) IsDir() bool        { return i.Mode().IsDir() }
func (i info) Sys() any           { return &rootfs.Stat{UID: i.st.Uid, GID: i.st.Gid} }

// file is an open file.
type file struct {
	io.Reader
	fsys   *FS
	name   string
	info   fs.FileInfo
	blocks map[int64][]byte
}

// blockSize is what one call fetches: most of what a loader reads of an object
// stands in its first pages.
const blockSize = 64 << 10

// Stat implements fs.File.
func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *file) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
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

func (f *file) block(index int64) ([]byte, error) {
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

func (f *file) fetch(off, n int64) ([]byte, error) {
	return f.fsys.ref.ReadFile(f.fsys.ctx, client.ReadRequest{
		Filename: "/" + f.name,
		Range:    &client.FileRange{Offset: int(off), Length: int(n)},
	})
}

// stream reads a file from its beginning. The longer that goes on the more is
// fetched at once, and nothing is kept.
type stream struct {
	file *file
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

// chunk is how much ReadFile asks for at once: the gateway answers no more than
// 16 MiB in a message.
const chunk = 8 << 20

// ReadFile reads a whole file of a reference.
func ReadFile(ctx context.Context, ref client.Reference, name string) ([]byte, error) {
	var out []byte
	for {
		part, err := ref.ReadFile(ctx, client.ReadRequest{
			Filename: name,
			Range:    &client.FileRange{Offset: len(out), Length: chunk},
		})
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if len(part) < chunk {
			return out, nil
		}
	}
}
