//go:build linux && amd64

package resolve_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// ownedFS is a tree in which some files have an owner that is also their group.
type ownedFS struct {
	rootfs.FS
	owners map[string]uint32
}

func (f ownedFS) Lstat(name string) (fs.FileInfo, error) {
	info, err := f.FS.Lstat(name)
	if id, ok := f.owners[name]; ok && err == nil {
		return ownedInfo{info, &rootfs.Stat{UID: id, GID: id}}, nil
	}
	return info, err
}

type ownedInfo struct {
	fs.FileInfo
	stat *rootfs.Stat
}

func (o ownedInfo) Sys() any { return o.stat }

// accountsIn are the names in passwd, and the directories with owners that are not root.
func accountsIn(res *resolve.Result) string {
	var out []string
	for _, e := range res.Plan.Entries {
		if e.Path != "/etc/passwd" {
			continue
		}
		for line := range strings.Lines(string(e.Data)) {
			name, _, _ := strings.Cut(line, ":")
			out = append(out, name)
		}
	}
	return strings.Join(out, " ") + "; " + needed(res)
}

// An account that every system has ships where the packages of the program have files of its own or
// give it some; with an account comes its home. The image's user is called as in the source.
func TestAccountsOfPackages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, names, installer, user, want string }{
		{"an ordinary word", "getpwnam news mail", "", "", "root nonroot; /usr/share/tool/data /var/lib/tool 65532"},
		{"files of it", "getpwnam keeper mail", "", "", "root nonroot keeper; /srv/keeper 12 /usr/share/tool/data /var/lib/tool 65532"},
		{"not without a look-up", "keeper", "chown keeper /x", "", "root nonroot; /usr/share/tool/data /var/lib/tool 65532"},
		{"files that it is given", "getpwnam", "chown root:mail /x", "", "root nonroot mail; /usr/share/tool/data /var/lib/tool 65532"},
		{"the image's user", "getpwnam keeper", "", `user: "12:12"`, "root keeper; /srv/keeper 12 /usr/share/tool/data /var/lib/tool 12"},
		{"root, which becomes it", "getpwnam keeper", "", `user: "0:0"`, "root keeper; /srv/keeper 12 /usr/share/tool/data /var/lib/tool 12"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := needsDir(t, strings.Fields(test.names)...)
			passwd := "root:x:0:0::/root:\nmail:x:8:8::/var/mail:\nnews:x:9:9::/nonexistent:\nkeeper:x:12:12::/srv/keeper:\n"
			for name, text := range map[string]string{"etc/passwd": passwd, "etc/group": "root:x:0:\nkeeper:x:12:\n", "var/lib/dpkg/info/tool.postinst": test.installer} {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.MkdirAll(filepath.Join(root, "srv/keeper"), 0o755); err != nil {
				t.Fatal(err)
			}
			owned := ownedFS{rootfs.Dir(root), map[string]uint32{"srv/keeper": 12, "var/lib/tool": 12}}
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": owned}
			res := planFor(t, "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [tmp, nsswitch]\n"+test.user+"\n", trees)
			if got := accountsIn(res); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

// With an account come the groups that it is a member of, and of the members those that ship.
func TestGroupsOfAccounts(t *testing.T) {
	t.Parallel()
	root := needsDir(t, "getpwnam", "keeper")
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0::/root:\nother:x:11:11::/:\nkeeper:x:12:12::/srv/keeper:\n",
		"etc/group":  "root:x:0:keeper\nvty:x:5:other,keeper\nother:x:11:\nkeeper:x:12:\nmore:x:13:other\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	owned := ownedFS{rootfs.Dir(root), map[string]uint32{"var/lib/tool": 12}}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": owned}
	res := planFor(t, "binaries: ['debian:/usr/bin/tool']\nmetadata: none\nexclude: [tmp, nsswitch]\n", trees)
	i := slices.IndexFunc(res.Plan.Entries, func(e plan.Entry) bool { return e.Path == "/etc/group" })
	const want = "root:x:0:\nnonroot:x:65532:\nvty:x:5:keeper\nkeeper:x:12:\n"
	if got := string(res.Plan.Entries[i].Data); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// What libc looks names up in ships where the program has it do so.
func TestDatabasesOfLibc(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{
		"x":                            "/usr/share/tool/data /var/lib/tool 65532",
		"getservbyname":                "/etc/services /usr/share/tool/data /var/lib/tool 65532",
		"getprotobynumber getservent":  "/etc/protocols /etc/services /usr/share/tool/data /var/lib/tool 65532",
		"/etc/services /etc/protocols": "/usr/share/tool/data /var/lib/tool 65532",
	} {
		root := needsDir(t, strings.Fields(names)...)
		for _, name := range []string{"services", "protocols"} {
			if err := os.WriteFile(filepath.Join(root, "etc", name), []byte("x 1\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		checkNeeded(t, root, "binaries: ['debian:/usr/bin/tool']\n", want)
	}
}

// A configuration that a language brings needs the accounts that it names, and the directories for
// what runs: a pool of PHP's has www-data and a socket.
func TestAccountsOfLanguages(t *testing.T) {
	t.Parallel()
	context := tree(t)
	tree := linkedTree{t, needsDir(t, "x")}
	program, err := os.ReadFile(filepath.Join(tree.root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	tree.write("usr/bin/php-fpm8.2", string(program), 0o755)
	tree.own("tool", "/usr/bin/php-fpm8.2")
	tree.write("etc/php/8.2/fpm/pool.d/www.conf", "[www]\nuser = keeper\n; group = mail\nlisten = /run/php/fpm.sock\n", 0o644)
	tree.write("etc/passwd", "root:x:0:0::/root:\nmail:x:8:8::/var/mail:\nkeeper:x:12:12::/nonexistent:\n", 0o644)
	tree.write("etc/group", "root:x:0:\nkeeper:x:12:\n", 0o644)
	trees := map[string]rootfs.FS{plan.TreeContext: context, "debian": rootfs.Dir(tree.root)}
	res := planFor(t, "binaries: ['debian:/usr/bin/php-fpm8.2']\nmetadata: none\nexclude: [tmp, nsswitch]\n", trees)
	const want = "root nonroot keeper; /etc/php/8.2/fpm/pool.d/www.conf /run/php 65532 /usr/share/tool/data /var/lib/tool 65532"
	if got := accountsIn(res); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Root has the shell that it has in the source where the image runs as root and the spec ships it.
func TestShellOfRoot(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"binaries: ['debian:/usr/bin/tool']\nuser: '0:0'\n":                                                       "/sbin/nologin",
		"binaries: ['debian:/usr/bin/tool', 'debian:/usr/bin/other']\nentrypoint: [/usr/bin/tool]\nuser: '0:0'\n": "/usr/bin/other",
		"binaries: ['debian:/usr/bin/tool', 'debian:/usr/bin/other']\nentrypoint: [/usr/bin/tool]\n":              "/sbin/nologin",
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			root := needsDir(t, "x")
			program, err := os.ReadFile(filepath.Join(root, "usr/bin/tool"))
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"etc/passwd": "root:x:0:0:root:/root:/usr/bin/other\n", "usr/bin/other": string(program)} {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			res := planFor(t, spec+"metadata: none\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
			for _, e := range res.Plan.Entries {
				if e.Path != "/etc/passwd" {
					continue
				}
				if line, _, _ := strings.Cut(string(e.Data), "\n"); line != "root:x:0:0:root:/root:"+want {
					t.Errorf("got %s, want the shell %s", line, want)
				}
			}
		})
	}
}
