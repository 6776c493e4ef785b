package loader

import (
	"io/fs"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
)

// countingFS counts what a search costs where every call is a round trip.
type countingFS struct {
	rootfs.FS
	lstats, opens, reads, bytes int
}

func (c *countingFS) Lstat(name string) (fs.FileInfo, error) {
	c.lstats++
	return c.FS.Lstat(name)
}

func (c *countingFS) Open(name string) (fs.File, error) {
	c.opens++
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &countingFile{f, c}, nil
}

type countingFile struct {
	fs.File
	c *countingFS
}

func (f *countingFile) ReadAt(p []byte, off int64) (int, error) {
	f.c.reads++
	f.c.bytes += len(p)
	return f.File.(interface {
		ReadAt([]byte, int64) (int, error)
	}).ReadAt(p, off)
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		c := &countingFS{FS: rootfs.Dir("/")}
		r, err := Load([]Tree{{Name: "machine", FS: c}}, Program{Path: "/usr/bin/curl"}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(r.Objects)), "objects")
		b.ReportMetric(float64(c.lstats), "lstats")
		b.ReportMetric(float64(c.opens), "opens")
		b.ReportMetric(float64(c.reads), "reads")
		b.ReportMetric(float64(c.bytes), "bytes")
	}
}
