package loader

import (
	"testing"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/rootfs/rootfstest"
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		c := &rootfstest.Counter{FS: rootfs.Dir("/")}
		r, err := Load([]Tree{{Name: "machine", FS: c}}, Program{Path: "/usr/bin/curl"}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(r.Objects)), "objects")
		b.ReportMetric(float64(c.Lstats), "lstats")
		b.ReportMetric(float64(c.Opens), "opens")
		b.ReportMetric(float64(c.Reads), "reads")
		b.ReportMetric(float64(c.Bytes), "bytes")
	}
}
