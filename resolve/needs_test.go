//go:build linux && amd64

package resolve_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// needsTree is a Debian tree with a static program that names paths, in these packages:
//
//	tool       the program, its modules and configuration; depends on tool-data and other
//	tool-data  of the same source package
//	other      of another source package, which shares /usr/share/both with tool
//	stranger   nothing to do with it
func needsTree(t *testing.T, names ...string) rootfs.FS {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
	}
	var status strings.Builder
	for _, p := range []struct {
		name, source, depends string
		files                 []string
	}{
		{"tool", "tool", "tool-data, other (>= 1)", []string{
			"/etc/tool.conf", "/usr/bin/helper", "/usr/bin/tool", "/usr/lib/tool/a.mod", "/usr/lib/tool/sub/b.mod",
			"/usr/sbin/suid", "/usr/share/both/tool", "/usr/share/doc/tool/README", "/usr/include/tool.h", "/var/lib/tool/",
		}},
		{"tool-data", "tool", "", []string{"/usr/share/tool/data"}},
		{"other", "other", "", []string{"/etc/other.conf", "/usr/bin/other", "/usr/share/both/other"}},
		{"stranger", "stranger", "", []string{"/etc/stranger.conf"}},
	} {
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nSource: %s\nDepends: %s\n\n", p.name, p.source, p.depends)
		var list strings.Builder
		for _, name := range p.files {
			fmt.Fprintln(&list, strings.TrimSuffix(name, "/"))
			if strings.HasSuffix(name, "/") {
				if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
					t.Fatal(err)
				}
				continue
			}
			mode := os.FileMode(0o644)
			switch {
			case strings.Contains(name, "suid"):
				mode = 0o755 | os.ModeSetuid
			case strings.Contains(name, "bin/"):
				mode = 0o755
			}
			write(name, "#", mode)
		}
		write("/var/lib/dpkg/info/"+p.name+".list", list.String(), 0o644)
	}
	write("/var/lib/dpkg/status", status.String(), 0o644)
	write("/usr/share/unowned/x", "x", 0o644)
	source := "const char *names[] = {\"" + strings.Join(names, `","`) + "\"};\nint main(void) { return names[0][0]; }\n"
	cmd := exec.Command("gcc", "-static", "-nostdlib", "-e", "main", "-fno-pie", "-no-pie", "-x", "c", "-", "-o", filepath.Join(root, "usr/bin/tool"))
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return rootfs.Dir(root)
}

// What a program names ships if it is of its own source package, or of one that its
// package depends on, and nothing else does.
func TestNeeds(t *testing.T) {
	t.Parallel()
	data := "/usr/share/tool/data" // by the dependency alone
	for _, test := range []struct{ name, names, want string }{
		{"nothing named", "x", data},
		{"its configuration and modules", "/etc/tool.conf /usr/lib/tool", "/etc/tool.conf /usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod " + data},
		{"a directory by a name that is made at run time", "/usr/lib/tool/%s.mod", "/usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod " + data},
		{"a helper program of its own", "/usr/bin/helper", "/usr/bin/helper " + data},
		{"a file of a dependency", "/etc/other.conf", "/etc/other.conf " + data},
		{"not a program of a dependency", "/usr/bin/other", data},
		{"not another package's", "/etc/stranger.conf /usr/share/unowned/x /usr/share/unowned", data},
		{"of a directory that packages share those of dependencies, too", "/usr/share/both", "/usr/share/both/other /usr/share/both/tool " + data},
		{"not what is there for all", "/usr/lib /etc /usr/share / /usr/bin /var/lib", data},
		{"not setuid programs, documentation and headers", "/usr/sbin/suid /usr/share/doc/tool/README /usr/include/tool.h", data},
		{"a directory for what changes is the user's", "/var/lib/tool", data + " /var/lib/tool 65532"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": needsTree(t, strings.Fields(test.names)...)}
			const spec = "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\nruntime: "
			if got := needed(planFor(t, spec+"auto", trees)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got := needed(planFor(t, spec+"closure", trees)); got != "" {
				t.Errorf("with runtime: closure %s", got)
			}
		})
	}
}

// needed lists what ships by evidence: files, and directories that are the user's.
func needed(res *resolve.Result) string {
	var out []string
	for _, e := range res.Plan.Entries {
		switch {
		case e.Reason.Cause != plan.CauseNeed:
		case e.Kind != plan.KindDir:
			out = append(out, e.Path)
		case e.UID != 0:
			out = append(out, fmt.Sprint(e.Path, " ", e.UID))
		}
	}
	if res.Diagnostics.Err() != nil {
		return res.Diagnostics.Error()
	}
	return strings.Join(out, " ")
}
