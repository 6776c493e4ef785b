package loader

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
)

const hostLoader = "/lib64/ld-linux-x86-64.so.2"

// TestMachine compares with the real loader for programs of this machine.
func TestMachine(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(hostLoader); err != nil {
		t.Fatalf("these tests compare with glibc's loader for x86-64: %v", err)
	}
	programs := dynamicPrograms(t, 150)
	tree := []Tree{{Name: "machine", FS: rootfs.Cached(rootfs.Dir("/"))}}
	for _, p := range programs {
		t.Run(filepath.Base(p), func(t *testing.T) {
			t.Parallel()
			// The loader as a command takes $ORIGIN from the path that it is given;
			// the kernel tells it the real one.
			real, err := filepath.EvalSymlinks(p)
			if err != nil {
				t.Fatal(err)
			}
			want := listed(t, hostLoader, "--list", real)
			got, err := Load(tree, Program{Path: p}, Options{CheckSymbols: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range got.Problems {
				t.Errorf("problem: %s", p.Message)
			}
			if names := sorted(static(got)); !slices.Equal(names, want) {
				t.Errorf("got  %v\nwant %v", names, want)
			}
		})
	}
}

// static returns the paths of what is loaded at start, without the interpreter.
func static(r *Result) []string {
	var out []string
	for _, o := range r.Objects {
		if !strings.HasPrefix(o.Via, "opened by") && o.Via != "dlopen note" {
			out = append(out, o.Path)
		}
	}
	return out
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// dynamicPrograms picks programs that need a library, evenly over /usr/bin.
func dynamicPrograms(t *testing.T, n int) []string {
	all, err := filepath.Glob("/usr/bin/*")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		f, err := elf.Open(p)
		if err != nil {
			continue
		}
		libs, err := f.ImportedLibraries()
		f.Close()
		if err == nil && len(libs) > 0 && f.Machine == elf.EM_X86_64 && f.Section(".interp") != nil {
			out = append(out, p)
		}
	}
	if len(out) <= n {
		return out
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = out[i*len(out)/n]
	}
	return picked
}

var listLine = regexp.MustCompile(`(?m)^\t(\S+)(?: => (\S+))? \(0x`)

// listed runs the loader's --list and returns the paths, sorted.
func listed(t *testing.T, argv ...string) []string {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	var paths []string
	for _, m := range listLine.FindAllStringSubmatch(string(out), -1) {
		p := m[2]
		if p == "" {
			p = m[1]
		}
		if strings.HasPrefix(p, "linux-vdso") || p == hostLoader || m[1] == hostLoader {
			continue
		}
		paths = append(paths, filepath.Clean(p))
	}
	return sorted(paths)
}
