//go:build linux && amd64

package libtree

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wrong are libtree's tests that the real loader does not agree with: it exits
// with 1 for a version that is not there, and libtree with 0.
const wrong = "06_symbol_versions"

// TestLibtree has every test of libtree pass with Sinter's rules, but for one.
func TestLibtree(t *testing.T) {
	t.Parallel()
	source, env := prepare(t)
	dirs, err := filepath.Glob(filepath.Join(source, "tests", "*", "Makefile"))
	if err != nil || len(dirs) < 9 {
		t.Fatalf("only %d tests: %v", len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			if filepath.Base(dir) == wrong {
				symbolVersions(t, dir, env)
				return
			}
			makeIn(t, dir, env, "check")
		})
	}
}

// symbolVersions does what the test would if it asked the loader.
func symbolVersions(t *testing.T, dir string, env []string) {
	makeIn(t, dir, env, "exe_v1", "exe_v2")
	for name, runs := range map[string]bool{"exe_v1": true, "exe_v2": false} {
		for _, argv := range [][]string{{"./" + name}, {"../../libtree", name}} {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Dir, cmd.Env = dir, env
			out, err := cmd.CombinedOutput()
			// The programs return what a function of the library does.
			refused := strings.Contains(string(out), "version `")
			if argv[0] == "../../libtree" && (err == nil) != runs || refused == runs {
				t.Errorf("%v: %v\n%s", argv, err, out)
			}
		}
	}
}

// prepare unpacks libtree's sources, puts Sinter in its place, and returns the
// directory and the environment of the tests.
func prepare(t *testing.T) (source string, env []string) {
	t.Helper()
	fetched, err := fetch(t.Context(), filepath.Join("..", "..", ".build", "cache"), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source = filepath.Join(dir, "libtree")
	must(t, os.Mkdir(source, 0o755))
	run(t, "tar", "-xf", only(t, fetched, "libtree_*.orig.tar.*"), "--strip-components=1", "-C", source)
	run(t, "dpkg-deb", "-x", only(t, fetched, "libc6-i386_*.deb"), filepath.Join(dir, "i386"))
	run(t, "go", "build", "-o", filepath.Join(source, "libtree"), "../cmd/libtree")
	env = append(os.Environ(), "MAKEFLAGS=", "SINTER_LOADER32="+filepath.Join(dir, "i386/lib32/ld-linux.so.2"))
	return source, env
}

func makeIn(t *testing.T, dir string, env []string, targets ...string) {
	t.Helper()
	cmd := exec.Command("make", targets...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
}

// only is the one file of a name.
func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	return files[0]
}

func run(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
