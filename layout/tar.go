package layout

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"
)

// Tar is a layout in a tar file, as `docker buildx build --output type=oci`
// writes it. The file must stay open as long as the layout is read.
func Tar(f io.ReadSeeker) (fs.FS, error) {
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, errors.New("cannot be read at random")
	}
	t := &tarFS{file: at, members: map[string]member{}}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		// The reader has read the header and nothing of what follows.
		off, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		t.members[path.Clean(h.Name)] = member{off, h.Size}
	}
}

type tarFS struct {
	file    io.ReaderAt
	members map[string]member
}

// member is where a file of the tar is.
type member struct{ off, size int64 }

// Open implements fs.FS for files.
func (t *tarFS) Open(name string) (fs.File, error) {
	m, ok := t.members[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &tarFile{io.NewSectionReader(t.file, m.off, m.size), path.Base(name)}, nil
}

type tarFile struct {
	*io.SectionReader
	name string
}

func (f *tarFile) Close() error               { return nil }
func (f *tarFile) Stat() (fs.FileInfo, error) { return tarInfo{f}, nil }

type tarInfo struct{ f *tarFile }

func (i tarInfo) Name() string       { return i.f.name }
func (i tarInfo) Size() int64        { return i.f.SectionReader.Size() }
func (i tarInfo) Mode() fs.FileMode  { return 0o444 }
func (i tarInfo) ModTime() time.Time { return time.Time{} }
func (i tarInfo) IsDir() bool        { return false }
func (i tarInfo) Sys() any           { return nil }
