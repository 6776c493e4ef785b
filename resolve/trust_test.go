package resolve_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A source from which the image takes data decides nothing but that data, however
// it is made: no path, no licence, no library of a program from elsewhere.
func TestDataOnlySource(t *testing.T) {
	t.Parallel()
	const (
		bare    = "exclude: [accounts, tmp, nsswitch]\nbinaries: ['debian:/bin/cat']\nsources: {debian: {}, assets: {}}\n"
		preload = "/etc/ld.so.preload file 0644 /usr/share/x"
	)
	library := func(soname string, needed ...string) string {
		args := []string{"-shared", "-Wl,-soname=" + soname}
		for _, name := range needed {
			args = append(args, needs(t, name))
		}
		return string(link(t, "int sinter_nothing;", args...))
	}
	program := func(needed ...string) []string {
		args := []string{"-pie", "-fPIE", "-Wl,--allow-shlib-undefined,-dynamic-linker=/lib64/ld-linux-x86-64.so.2"}
		for _, name := range needed {
			args = append(args, needs(t, name))
		}
		loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
		if err != nil {
			t.Fatal(err)
		}
		return []string{
			"/bin/cat file 0755 " + string(link(t, "void _start(void) {}", args...)),
			"/lib64/ld-linux-x86-64.so.2 file 0755 " + string(loader),
		}
	}
	for _, test := range []struct {
		name   string
		spec   string
		debian []string // beside /bin/cat
		assets []string
		// want are the paths of the image from assets, with where they come from,
		// and links with their targets.
		want string
		// finding begins what is said, "" for nothing.
		finding string
	}{{
		name: "its package's licence is a link to the preloaded libraries",
		spec: "files: ['assets:/usr/share/x']",
		assets: append(dpkgOf("/usr/share/x", "/etc/ld.so.preload"), "/usr/share/x file 0644 x", preload,
			"/usr/share/doc/tool/copyright file 0644 /usr/share/common-licenses/GPL-2",
			"/usr/share/common-licenses/GPL-2 link ../../../etc/ld.so.preload"),
		want: `/usr/share/doc/tool/copyright assets:/usr/share/doc/tool/copyright
/usr/share/x assets:/usr/share/x
/var/lib/dpkg/status.d/tool made
/var/lib/dpkg/status.d/tool.md5sums made
`,
		finding: "package metadata of source assets: the licence text GPL-2 is left out: /usr/share/common-licenses/GPL-2 leads to /etc/ld.so.preload",
	}, {
		name:   "its file is a link to them",
		spec:   "files: ['assets:/usr/share/x']",
		assets: []string{preload, "/usr/share/x link ../../etc/ld.so.preload"},
		want:   "/usr/share/x assets:/etc/ld.so.preload\n",
	}, {
		name:   "its file is behind a link in their place",
		spec:   "files: ['assets:/usr/share/x']",
		assets: []string{"/usr/share/x link ../../etc/ld.so.preload", "/etc/ld.so.preload link ../usr/share/y", "/usr/share/y file 0644 y"},
		want:   "/usr/share/x assets:/usr/share/y\n",
	}, {
		name:   "its directory is a link to a directory of Python modules",
		spec:   "files: ['assets:/usr/share/x/']",
		assets: []string{"/usr/share/x link ../lib/python3/dist-packages", "/usr/lib/python3/dist-packages/x.pth file 0644 import x"},
		want:   "/usr/share/x/x.pth assets:/usr/lib/python3/dist-packages/x.pth\n",
	}, {
		name:   "a directory above is a link",
		spec:   "files: ['assets:/usr/share/x']",
		assets: []string{"/usr/share link ../etc", "/etc/x file 0644 x"},
		want:   "/usr/share/x assets:/etc/x\n",
	}, {
		name:   "its directory has a link in the place of another source's documentation",
		spec:   "files: ['assets:/usr/share/']",
		debian: append(dpkgOf("/bin/cat"), "/usr/share/doc/tool/copyright file 0644 do as you like"),
		assets: []string{"/usr/share/x file 0644 x", "/usr/share/doc link ../../etc"},
		want: `/usr/share/doc link ../../etc
/usr/share/x assets:/usr/share/x
/var/lib/dpkg/status.d/tool made
/var/lib/dpkg/status.d/tool.md5sums made
`,
		finding: "the licence of tool is left out: a link of the image would lead it to /etc/tool/copyright",
	}, {
		name:    "its directory has a link in the way of another item",
		spec:    "files: ['assets:/srv/', {from: 'debian:/bin/cat', to: /srv/data/x}]",
		assets:  []string{"/srv/data link ../etc"},
		finding: "/srv/data/x cannot be placed: /srv/data is a link to ../etc of source assets (files[0]), which would lead it to /etc/x",
	}, {
		name:    "its directory has a link in the way of another of its own items",
		spec:    "files: ['assets:/srv/', {from: 'assets:/x', to: /srv/data/}]",
		assets:  []string{"/srv/data link ../etc", "/x file 0644 x"},
		finding: "/srv/data/x cannot be placed: /srv/data is a link to ../etc of source assets (files[0]), which would lead it to /etc/x",
	}, {
		name:    "its directory has a link in the place of a directory of the spec",
		spec:    "files: ['assets:/srv/']\ndirectories: [{path: /srv/data, owner: '7:7'}]",
		assets:  []string{"/srv/data link ../etc"},
		finding: "/srv/data cannot be placed: /srv/data is a link to ../etc of source assets (files[0]), which would lead it to /etc",
	}, {
		name:    "its directory has a link in the place of a volume, which would belong to the user",
		spec:    "files: ['assets:/srv/']\nvolumes: [/srv/data]",
		assets:  []string{"/srv/data link ../etc"},
		finding: "/srv/data cannot be placed: /srv/data is a link to ../etc of source assets (files[0]), which would lead it to /etc",
	}, {
		name:   "its directory has a link in the way of another item, which stays in it",
		spec:   "files: ['assets:/srv/', {from: 'debian:/bin/cat', to: /srv/current/x}]",
		assets: []string{"/srv/current link releases/1", "/srv/releases/1 dir 0755"},
		want:   "/srv/current link releases/1\n",
	}, {
		name:   "its directory is the whole image",
		spec:   "files: [{from: 'assets:/', to: /}, {from: 'debian:/bin/cat', to: /lib/x}]",
		assets: []string{"/lib link usr/lib"},
		want:   "/lib link usr/lib\n",
	}, {
		name:   "the image runs its libraries, too",
		spec:   "files: ['assets:/srv/', {from: 'debian:/bin/cat', to: /srv/data/x}]\nlibraries: {from: [assets]}",
		assets: []string{"/srv/data link ../var"},
		want:   "/srv/data link ../var\n",
	}, {
		name:    "a library in it needs one in their place",
		spec:    "files: ['assets:/usr/share/x/']",
		debian:  program(),
		assets:  []string{"/usr/share/x/libx.so file 0644 " + library("libx.so", "/etc/ld.so.preload"), "/etc/ld.so.preload file 0644 " + library("y")},
		finding: "/etc/ld.so.preload would be /etc/ld.so.preload of source assets",
	}, {
		name:   "a library in it needs one that is a link to them",
		spec:   "files: ['assets:/usr/share/x/']",
		debian: program(),
		assets: []string{"/usr/share/x/libx.so file 0644 " + library("libx.so", "liby.so"), "/usr/lib/liby.so link ../../etc/ld.so.preload", "/etc/ld.so.preload file 0644 " + library("liby.so")},
		want: `/usr/lib/liby.so assets:/etc/ld.so.preload
/usr/share/x/libx.so assets:/usr/share/x/libx.so
`,
	}, {
		name:   "a library in it needs another of it",
		spec:   "files: ['assets:/usr/share/x/']",
		debian: program(),
		assets: []string{"/lib link usr/lib", "/usr/share/x/libx.so file 0644 " + library("libx.so", "liby.so"), "/usr/lib/liby.so link liby.so.1", "/usr/lib/liby.so.1 file 0644 " + library("liby.so")},
		want: `/lib link usr/lib
/usr/lib/liby.so link liby.so.1
/usr/lib/liby.so.1 assets:/usr/lib/liby.so.1
/usr/share/x/libx.so assets:/usr/share/x/libx.so
`,
	}, {
		name:   "a library that one in it needs speaks of a Python module, and its package has that",
		spec:   "files: ['assets:/usr/share/x/']\nruntime: auto",
		debian: program(),
		assets: append(dpkgOf("/usr/lib/liby.so", "/usr/lib/python3/dist-packages/x.pth"),
			"/usr/share/x/libx.so file 0644 "+library("libx.so", "liby.so"),
			"/usr/lib/liby.so file 0644 "+string(link(t, `const char *sinter_path = "/usr/lib/python3/dist-packages/x.pth";`, "-shared", "-Wl,-soname=liby.so")),
			"/usr/lib/python3/dist-packages/x.pth file 0644 import x"),
		want: `/usr/lib/liby.so assets:/usr/lib/liby.so
/usr/share/x/libx.so assets:/usr/share/x/libx.so
/var/lib/dpkg/status.d/tool made
/var/lib/dpkg/status.d/tool.md5sums made
`,
	}, {
		name:    "a library beside those in it is called as one that a program lacks",
		spec:    "files: ['assets:/usr/share/x/']\nentrypoint: [/bin/cat]",
		debian:  program("libx.so"),
		assets:  []string{"/usr/share/x/libz.so file 0644 " + library("libz.so"), "/usr/lib/libx.so file 0644 " + library("libx.so")},
		finding: "libx.so, needed by /bin/cat, was not found",
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			debian := append([]string{"/bin/cat file 0755 " + staticProgram(t)}, test.debian...)
			res := planFor(t, bare+test.spec, map[string]rootfs.FS{
				"debian": tree(t, debian...), "assets": tree(t, test.assets...), plan.TreeContext: tree(t),
			})
			if got := res.Diagnostics.Error(); (got == "") != (test.finding == "") || !strings.HasPrefix(got, test.finding) {
				t.Errorf("finding: %s\nwant: %s", got, test.finding)
			}
			if got := fromAssets(res.Plan); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// dpkgOf are the lines of a tree with one package that lists files.
func dpkgOf(files ...string) []string {
	return []string{
		"/var/lib/dpkg/status file 0644 Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n",
		"/var/lib/dpkg/info/tool.list file 0644 " + strings.Join(files, "\n") + "\n",
	}
}

// fromAssets lists the files and links of a plan that are not debian's program or
// a copy of what debian has.
func fromAssets(p plan.Plan) string {
	var b strings.Builder
	for _, e := range p.Entries {
		switch {
		case e.Kind == plan.KindDir || e.From != nil && e.From.Tree == "debian":
		case e.Kind == plan.KindSymlink:
			b.WriteString(e.Path + " link " + e.Target + "\n")
		case e.From == nil:
			b.WriteString(e.Path + " made\n")
		default:
			b.WriteString(e.Path + " " + e.From.Reference() + "\n")
		}
	}
	return b.String()
}
