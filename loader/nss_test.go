//go:build linux && amd64

package loader

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// lookup looks up a user or, without USER, a host and a service.
const lookup = `
#include <netdb.h>
#ifdef USER
#include <pwd.h>
int main(void) { getpwnam("sinter"); return 0; }
#else
int main(void) {
	struct addrinfo *found;
	getaddrinfo("sinter.example", 0, 0, &found);
	getservbyname("http", "tcp");
	return 0;
}
#endif`

// said is a library that tells when it is opened.
const said = `
#include <unistd.h>
__attribute__((constructor)) static void opened(void) { write(1, NAME "\n", sizeof NAME); }`

// TestOpenedByLibc runs programs under the real libc, with modules that say so
// when they are opened, and compares.
func TestOpenedByLibc(t *testing.T) {
	t.Parallel()
	modules := []string{"libnss_one.so.2", "libnss_two.so.2"}
	for _, c := range []struct {
		name, define, conf string
		want               []string
	}{
		{"users", "USER", "passwd: files one\nhosts: two\n", []string{"libnss_one.so.2"}},
		{"conditions", "USER", " passwd:files [NOTFOUND=continue SUCCESS=return] one\n", []string{"libnss_one.so.2"}},
		{"a comment", "USER", "# passwd: two\npasswd: files one # two\n", []string{"libnss_one.so.2", "libnss_two.so.2"}},
		{"a space before the colon", "USER", "passwd : one\n", []string{"libnss_one.so.2"}},
		{"no space", "USER", "passwd:one[NOTFOUND=continue]two\n", []string{"libnss_one.so.2", "libnss_two.so.2"}},
		{"many conditions", "USER", "passwd: one [ !success = return\tunavail=Continue ] two\n", []string{"libnss_one.so.2", "libnss_two.so.2"}},
		{"conditions without space", "USER", "passwd: one [SUCCESS=returnNOTFOUND=return] two\n", nil},
		{"an error in a database there is not", "USER", "users: [X]\npasswd: one\n", []string{"libnss_one.so.2"}},
		{"a stop", "USER", "passwd: one [NOTFOUND=return] two\n", []string{"libnss_one.so.2", "libnss_two.so.2"}},
		{"a bracket that does not end", "USER", "passwd: one [NOTFOUND=continue two\n", nil},
		{"a comment at once", "USER", "passwd: one#two\n", nil},
		{"a colon twice", "USER", "passwd: one:two\n", nil},
		{"a bracket alone", "USER", "passwd: one ] two\n", []string{"libnss_one.so.2", "libnss_two.so.2"}},
		{"an empty bracket", "USER", "passwd: one [] two\n", nil},
		{"an unknown status", "USER", "passwd: one [X=continue] two\n", nil},
		{"an error on another line", "USER", "passwd: one\nhosts: two [X]\n", nil},
		{"an error on another line before", "USER", "hosts: two [X]\npasswd: one\n", nil},
		{"a line without end", "USER", "passwd: one", nil},
		{"the last line counts", "USER", "passwd: one\npasswd: files\n", nil},
		{"a module that is not there", "USER", "passwd: three one\n", []string{"libnss_one.so.2"}},
		{"no nsswitch.conf", "USER", "", nil},
		{"hosts", "HOST", "hosts: files one\nservices: files\n", []string{"libnss_one.so.2"}},
		{"services", "HOST", "hosts: files one\nservices: two files\npasswd: three\n",
			[]string{"libnss_one.so.2", "libnss_two.so.2"}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for _, dir := range []string{"/lib64", "/lib/x86_64-linux-gnu", "/etc"} {
				if err := os.MkdirAll(root+dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			copyFile(t, glibcLoader, root+glibcLoader)
			copyFile(t, "/lib/x86_64-linux-gnu/libc.so.6", root+"/lib/x86_64-linux-gnu/libc.so.6")
			compile(t, lookup, "-D"+c.define, "-o", root+"/app")
			for _, name := range modules {
				compile(t, said, "-shared", "-fPIC", `-DNAME="`+name+`"`, "-o", root+"/lib/x86_64-linux-gnu/"+name)
			}
			if c.conf != "" {
				if err := os.WriteFile(root+"/etc/nsswitch.conf", []byte(c.conf), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, code := oracleCase{}.exec(t, root, "/app", nil)
			real := sorted(strings.Fields(strings.ReplaceAll(text, "\x00", "")))
			if code != 0 || !slices.Equal(real, sorted(c.want)) {
				t.Errorf("libc opens %v (exit code %d), not %v", real, code, c.want)
			}
			r, err := Load([]Tree{{Name: "tree", FS: rootfs.Dir(root)}}, Program{Path: "/app"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, o := range r.Objects {
				if o.Later {
					found = append(found, filepath.Base(o.Path))
				}
			}
			if !slices.Equal(sorted(found), real) {
				t.Errorf("found are %v, and libc opens %v", found, real)
			}
		})
	}
}

func compile(t *testing.T, source string, args ...string) {
	t.Helper()
	cmd := exec.Command("gcc", append([]string{"-x", "c", "-"}, args...)...)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}

// TestSplitGlibc has a glibc from before 2.34, whose usual modules are files.
func TestSplitGlibc(t *testing.T) {
	t.Parallel()
	s := &search{conf: &loaderConfig{minor: 31}}
	for service, want := range map[string]bool{"files": false, "dns": false, "x/y": true} {
		if s.builtIn(service) != want {
			t.Errorf("2.31: %s", service)
		}
	}
	s.conf.minor = 34
	for service, want := range map[string]bool{"files": true, "dns": true, "db": false} {
		if s.builtIn(service) != want {
			t.Errorf("2.34: %s", service)
		}
	}
}

// TestOpeningHashes sees that the functions for which glibc opens libraries can be told
// by their hashes among all that glibc defines.
func TestOpeningHashes(t *testing.T) {
	t.Parallel()
	f, err := elf.Open("/lib/x86_64-linux-gnu/libc.so.6")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range symbols {
		name := openingHashes[elffile.NameOf(s.Name).Hash()]
		if name == "" {
			continue
		}
		if found++; name != s.Name {
			t.Errorf("%s has the hash of %s", s.Name, name)
		}
	}
	if found < len(opening) {
		t.Errorf("libc has %d of the %d functions", found, len(opening))
	}
}

// FuzzNSSwitch checks that services are words that can stand in a file name.
func FuzzNSSwitch(f *testing.F) {
	f.Add([]byte("passwd: files [NOTFOUND=return] systemd # x\nhosts:files dns\n"))
	f.Add([]byte("a:[[b]c]d\n:e\nf:"))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen := map[string]bool{}
		databases, _ := parseNSSwitch(data)
		for _, db := range databases {
			if db.name == "" || seen[db.name] {
				t.Errorf("database %q", db.name)
			}
			seen[db.name] = true
			for _, s := range db.services {
				if s == "" || strings.ContainsAny(s, " \t\n[") {
					t.Errorf("service %q", s)
				}
			}
		}
	})
}
