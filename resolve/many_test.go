//go:build linux && amd64

package resolve_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/rootfs/rootfstest"
	"github.com/sinter-build/sinter/spec"
)

const (
	manyLibraries = 40
	neededByEach  = 8
)

// TestManyPrograms sees that every program more of one tree costs the same: it
// is looked at itself, and the libraries that it shares with others are not.
func TestManyPrograms(t *testing.T) {
	t.Parallel()
	tree := manyPrograms(t, 200)
	cost := func(programs int) rootfstest.Counter {
		c := rootfstest.Counter{FS: rootfs.Dir(tree)}
		planMany(t, &c, programs)
		c.FS = nil
		return c
	}
	few, many := cost(50), cost(200)
	t.Logf("50 programs: %+v, 200 programs: %+v", few, many)
	const more = 150
	for _, c := range []struct {
		what      string
		few, many int
		each      int // for a program more
	}{
		// A program is opened to know what it is and for its libraries; in the
		// finished tree it is known. A file of this size takes two reads.
		{"opens", few.Opens, many.Opens, 2},
		{"reads", few.Reads, many.Reads, 4},
		{"lstats", few.Lstats, many.Lstats, 2},
	} {
		if got := c.many - c.few; got > c.each*more {
			t.Errorf("%d %s for 50 programs and %d for 200: %d for %d more, should be at most %d each",
				c.few, c.what, c.many, got, more, c.each)
		}
	}
}

// TestManyAtOnce sees that a plan is the same whether its programs and libraries are
// looked at by one goroutine or several.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const programs = 60
	tree := manyPrograms(t, programs)
	several := rootfs.Dir(tree)
	one := &rootfstest.Counter{FS: several}
	if rootfs.Parallel(one) || !rootfs.Parallel(several) {
		t.Fatal("the trees do not differ in how many goroutines may use them")
	}
	for _, from := range []string{"/usr/bin", "/usr/lib"} {
		if got, want := planDirectory(t, several, from), planDirectory(t, one, from); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, one after the other %+v", from, got, want)
		}
	}
	planMany(t, several, programs)
}

// planDirectory plans an image of a directory of a tree.
func planDirectory(t *testing.T, tree rootfs.FS, from string) *resolve.Result {
	t.Helper()
	res, err := resolve.Make(request.Request{
		Platform: "linux/amd64", Trees: []string{plan.TreeContext, "debian"},
		Files:     []spec.File{{From: spec.Ref{Source: "debian", Path: from}, To: from, At: "files[0]"}},
		Libraries: spec.Libraries{From: []string{"debian"}},
	}, map[string]rootfs.FS{plan.TreeContext: rootfs.NewView(), "debian": tree})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Plan.Entries) < manyLibraries {
		t.Fatalf("%d entries: %v", len(res.Plan.Entries), res.Diagnostics)
	}
	return res
}

func BenchmarkMake(b *testing.B) {
	tree := manyPrograms(b, 500)
	for _, n := range []int{50, 250, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				planMany(b, rootfs.Dir(tree), n)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/program")
		})
	}
}

// planMany plans an image of the first programs of a tree.
func planMany(t testing.TB, tree rootfs.FS, programs int) {
	t.Helper()
	req := request.Request{
		Platform: "linux/amd64", Trees: []string{plan.TreeContext, "debian"},
		User: spec.NamedOwner{Owner: spec.Owner{UID: imageconfig.DefaultUser, GID: imageconfig.DefaultUser}},
	}
	for i := range programs {
		at := fmt.Sprintf("/usr/bin/app%03d", i)
		req.Binaries = append(req.Binaries, spec.Binary{
			From: spec.Ref{Source: "debian", Path: at}, To: at, Linkage: spec.LinkageAny, At: fmt.Sprintf("binaries[%d]", i),
		})
	}
	res, err := resolve.Make(req, map[string]rootfs.FS{plan.TreeContext: rootfs.NewView(), "debian": tree})
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, d := range res.Diagnostics {
		t.Error(d.Message)
	}
	for _, e := range res.Plan.Entries {
		if e.Kind == plan.KindFile && e.From != nil {
			files++
		}
	}
	if want := programs + manyLibraries + 2; files != want {
		t.Errorf("%d files, should be %d", files, want)
	}
}

// manyPrograms makes a tree of libraries that need one another, and programs
// that need some of them each.
func manyPrograms(t testing.TB, programs int) string {
	t.Helper()
	root := t.TempDir()
	const loader, libc = "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"
	for _, file := range []string{loader, libc} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(t, root, file, data)
	}
	library := link(t, "int sinter_nothing;", "-shared", "-Wl,-soname=libmanySON.so", needs(t, "libmanyN00.so"), "-lc")
	for i := range manyLibraries {
		put(t, root, "/usr/lib/"+libraryName(i), rename(library, "libmanySON.so", libraryName(i), "libmanyN00.so", libraryName((i+1)%manyLibraries)))
	}
	args := []string{"-pie", "-fPIE", "-Wl,--allow-shlib-undefined"}
	for i := range neededByEach {
		args = append(args, needs(t, fmt.Sprintf("libmanyN%02d.so", i)))
	}
	app := link(t, "void _start(void) {}", append(args, "-lc")...)
	for i := range programs {
		var names []string
		for k := range neededByEach {
			names = append(names, fmt.Sprintf("libmanyN%02d.so", k), libraryName((i*neededByEach+k)%manyLibraries))
		}
		put(t, root, fmt.Sprintf("/usr/bin/app%03d", i), rename(app, names...))
	}
	return root
}

func libraryName(i int) string { return fmt.Sprintf("libmany%03d.so", i) }

// rename replaces names in a file by others of the same length.
func rename(file []byte, oldnew ...string) []byte {
	for i := 0; i < len(oldnew); i += 2 {
		file = bytes.ReplaceAll(file, []byte(oldnew[i]), []byte(oldnew[i+1]))
	}
	return file
}

// needs links a library that is only there to be needed by its SONAME.
func needs(t testing.TB, soname string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), filepath.Base(soname))
	put(t, filepath.Dir(at), filepath.Base(soname), link(t, "int sinter_nothing;", "-shared", "-Wl,-soname="+soname))
	return at
}

func link(t testing.TB, source string, args ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	args = append([]string{"-nostdlib", "-fPIC", "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", "-o", out}, args...)
	cmd := exec.Command("gcc", args...)
	cmd.Stdin = strings.NewReader(source)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t testing.TB, root, name string, data []byte) {
	t.Helper()
	at := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
