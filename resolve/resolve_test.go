package resolve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Whatever the sources are, the plan is a tree in which each path is there once,
// with its parents, behind the links that lead to it.
func TestMake(t *testing.T) {
	const (
		bare = "exclude: [accounts, tmp, nsswitch]\n"
		// code makes debian a source whose links count: the image runs code of it.
		code = "libraries: {from: [debian]}\n"
	)
	for _, test := range []struct {
		name    string
		spec    string
		context []string
		debian  []string
		base    []string
		want    string
	}{{
		name: "default parts",
		spec: "links: [{path: /a, target: b}]",
		want: `/a link b
/etc dir 0755 0:0
/etc/group file 0644 0:0
/etc/nsswitch.conf file 0644 0:0
/etc/passwd file 0644 0:0
/home dir 0755 0:0
/home/nonroot dir 0700 65532:65532
/tmp dir 1777 0:0
`,
	}, {
		name:    "default parts give way",
		spec:    "files: [{from: passwd, to: /etc/passwd, mode: '0600'}]\ndirectories: [{path: /tmp, mode: '0700'}]\nexclude: [nsswitch]",
		context: []string{"/passwd file 0644 x"},
		want: `/etc dir 0755 0:0
/etc/group file 0644 0:0
/etc/passwd file 0600 0:0
/home dir 0755 0:0
/home/nonroot dir 0700 65532:65532
/tmp dir 0700 0:0
`,
	}, {
		name:    "a directory of default parts gives way to a file",
		spec:    "files: [{from: a, to: /home/nonroot}]\nexclude: [tmp, nsswitch]\ndirectories: [{path: /etc}]",
		context: []string{"/a file 0644 x"},
		want: `/etc dir 0755 0:0
/etc/group file 0644 0:0
/etc/passwd file 0644 0:0
/home dir 0755 0:0
/home/nonroot file 0644 0:0
`,
	}, {
		name: "the base's accounts get the user",
		spec: "links: [{path: /a, target: b}]\nuser: '1000:1000'",
		base: []string{"/etc/passwd file 0644 root:x:0:0::/:/bin/sh", "/etc/group file 0644 nonroot:x:1:", "/tmp dir 1777", "/etc/nsswitch.conf file 0644 x", "/home/nonroot dir 0700 7"},
		want: `/a link b
/etc dir 0755 0:0
/etc/group file 0644 0:0 for (base):/etc/group
/etc/passwd file 0644 0:0 for (base):/etc/passwd
`,
	}, {
		name:    "a later file takes the place of one in a directory",
		spec:    bare + "files: [{from: site/, to: /srv/}, {from: 'debian:/etc/x', to: /srv/sub/b, mode: '0600'}]",
		context: []string{"/site/a file 0644 a", "/site/sub/b file 0644 b"},
		debian:  []string{"/etc/x file 0644 x"},
		want: `/srv dir 0755 0:0
/srv/a file 0644 0:0
/srv/sub dir 0755 0:0
/srv/sub/b file 0600 0:0 for site/sub/b
`,
	}, {
		name: "a program and a link take the places of what a directory brings there",
		spec: bare + "files: [{from: site, to: /srv}]\nlinks: [{path: /srv/b, target: a}, {path: /srv/same, target: a}]\nbinaries: [{from: app, to: /srv/app}, {from: site/tool, to: /srv/tool}]\nentrypoint: [/srv/app]",
		context: []string{"/site/app file 0644 old", "/site/a file 0644 a", "/site/b file 0644 b", "/site/same link a",
			"/site/tool file 0755 " + staticProgram(t), "/app file 0755 " + staticProgram(t)},
		want: `/srv dir 0755 0:0
/srv/a file 0644 0:0
/srv/app file 0755 0:0 for site/app
/srv/b link a for site/b
/srv/same link a
/srv/tool file 0755 0:0
`,
	}, {
		name:    "what a later item puts into a part of a directory takes the place of what is there",
		spec:    bare + "files: [{from: site/, to: /srv/}, {from: other/, to: /srv/sub/}]",
		context: []string{"/site/sub/b file 0644 b", "/site/sub/c file 0644 c", "/other/b link c", "/other/c file 0644 C"},
		want: `/srv dir 0755 0:0
/srv/sub dir 0755 0:0
/srv/sub/b link c for site/sub/b
/srv/sub/c file 0644 0:0 for site/sub/c
`,
	}, {
		name:    "a file in the place of the base's",
		spec:    bare + "files: [{from: a, to: /etc/motd}]",
		context: []string{"/a file 0644 a"},
		base:    []string{"/etc/motd file 0644 x"},
		want: `/etc dir 0755 0:0
/etc/motd file 0644 0:0 for (base):/etc/motd
`,
	}, {
		name: "a link that leads where the base's does",
		spec: bare + "links: [{path: /bin, target: /usr/bin}, {path: /a, target: b}]",
		base: []string{"/bin link usr/bin", "/usr/bin/env file 0755 x"},
		want: "/a link b\n",
	}, {
		name:    "a directory is copied as one",
		spec:    bare + "files: [{from: site/, to: /srv/www/}]",
		context: []string{"/site dir 0750", "/site/a file 0640 a", "/site/sub/b file 0644 b", "/site/l link a"},
		want: `/srv dir 0755 0:0
/srv/www dir 0750 0:0 verbatim
/srv/www/a file 0640 0:0
/srv/www/l link a
/srv/www/sub dir 0755 0:0 verbatim
/srv/www/sub/b file 0644 0:0
`,
	}, {
		name:   "behind the links that lead to it",
		spec:   bare + code + "files: ['debian:/opt/app/', {from: 'debian:/opt/app', to: /app}]",
		debian: []string{"/opt/app link app-2", "/opt/app-2/a file 0644 a"},
		want: `/app dir 0755 0:0 verbatim
/app/a file 0644 0:0
/opt dir 0755 0:0
/opt/app link app-2
/opt/app-2 dir 0755 0:0 verbatim
/opt/app-2/a file 0644 0:0
`,
	}, {
		name:    "unless something else is put into it",
		spec:    bare + "files: [{from: site, to: /srv}, {from: extra, to: /srv/sub/extra}]",
		context: []string{"/site/sub/b file 0644 b", "/site/other/c file 0644 c", "/extra file 0644 x"},
		want: `/srv dir 0755 0:0 verbatim
/srv/other dir 0755 0:0 verbatim
/srv/other/c file 0644 0:0
/srv/sub dir 0755 0:0 verbatim
/srv/sub/b file 0644 0:0
/srv/sub/extra file 0644 0:0
`,
	}, {
		name:    "or two directories meet",
		spec:    bare + "files: [{from: one, to: /srv/}, {from: two, to: /srv/}]",
		context: []string{"/one/a file 0644 a", "/two/b file 0644 b", "/two/a file 0644 a"},
		want: `/srv dir 0755 0:0 verbatim
/srv/a file 0644 0:0
/srv/b file 0644 0:0
`,
	}, {
		name:    "mode is for files, owner for all",
		spec:    bare + "files: [{from: d, to: /d, mode: '4711', owner: 5}]",
		context: []string{"/d/s dir 0700", "/d/s/a file 0644 a"},
		want: `/d dir 0755 5:5
/d/s dir 0700 5:5
/d/s/a file 4711 5:5
`,
	}, {
		name:    "files go behind the links of the image",
		spec:    bare + code + "files: ['debian:/lib/x', {from: y, to: /lib/z/y}]",
		context: []string{"/y file 0644 y"},
		debian:  []string{"/lib link usr/lib", "/usr/lib/x link x.1", "/usr/lib/x.1 file 0644 x"},
		want: `/lib link usr/lib
/usr dir 0755 0:0
/usr/lib dir 0755 0:0
/usr/lib/x link x.1
/usr/lib/x.1 file 0644 0:0
/usr/lib/z dir 0755 0:0
/usr/lib/z/y file 0644 0:0
`,
	}, {
		name:   "a base without merged /usr keeps its directories",
		spec:   bare + code + "files: ['debian:/lib/x']",
		debian: []string{"/lib link usr/lib", "/usr/lib/x file 0644 x"},
		base:   []string{"/lib dir 0711 3", "/lib/old file 0644 x"},
		want: `/lib dir 0711 3:3
/lib/x file 0644 0:0
`,
	}, {
		name:   "a link that the base has is not shipped again",
		spec:   bare + code + "files: ['debian:/lib/x']",
		debian: []string{"/lib link usr/lib", "/usr/lib/x file 0644 x"},
		base:   []string{"/lib link usr/lib", "/usr/lib/old file 0644 x"},
		want: `/usr dir 0755 0:0
/usr/lib dir 0755 0:0
/usr/lib/x file 0644 0:0
`,
	}, {
		name:   "for directories that are asked for too",
		spec:   bare + code + "files: ['debian:/bin/dir/']",
		debian: []string{"/bin link usr/bin", "/usr/bin/dir/a file 0644 a"},
		base:   []string{"/bin/sh file 0755 x"},
		want: `/bin dir 0755 0:0
/bin/dir dir 0755 0:0 verbatim
/bin/dir/a file 0644 0:0
`,
	}, {
		name:   "the whole of a source at the root",
		spec:   bare + "files: [{from: 'debian:/', to: /}]",
		debian: []string{"/a/b file 0600 x"},
		want:   "/a dir 0755 0:0 verbatim\n/a/b file 0600 0:0\n",
	}, {
		name:   "parts come from the sources",
		spec:   bare + "sources: {debian: {}}\ninclude: [os-release, tzdata]",
		debian: []string{"/etc/os-release link ../usr/lib/os-release", "/usr/lib/os-release file 0644 ID=debian", "/usr/share/zoneinfo/UTC file 0644 TZif2"},
		want: `/etc dir 0755 0:0
/etc/os-release link ../usr/lib/os-release
/usr dir 0755 0:0
/usr/lib dir 0755 0:0
/usr/lib/os-release file 0644 0:0
/usr/share dir 0755 0:0
/usr/share/zoneinfo dir 0755 0:0 verbatim
/usr/share/zoneinfo/UTC file 0644 0:0
`,
	}, {
		name:    "a file whose text stands in the spec",
		spec:    bare + "files: [{from: d/, to: /etc/app/}, {content: 'a: 1', to: /etc/app/a.conf}, {content: '', to: /b, mode: '0600', owner: '7:8'}]",
		context: []string{"/d/a.conf file 0640 a: 0", "/d/b.conf file 0640 b: 0"},
		want: `/b file 0600 7:8
/etc dir 0755 0:0
/etc/app dir 0755 0:0
/etc/app/a.conf file 0644 0:0 for d/a.conf
/etc/app/b.conf file 0640 0:0
`,
	}, {
		name: "the working directory is made",
		spec: bare + "links: [{path: /l, target: x}]\nworkdir: /var/lib/app\nuser: 0",
		want: "/l link x\n/var dir 0755 0:0\n/var/lib dir 0755 0:0\n/var/lib/app dir 0755 0:0\n",
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t, test.context...), "debian": tree(t, test.debian...)}
			if test.base != nil {
				trees[plan.TreeBase] = tree(t, test.base...)
			}
			res := planFor(t, test.spec, trees)
			if err := res.Diagnostics.Err(); err != nil {
				t.Fatal(err)
			}
			if got := show(res.Plan); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
			for _, e := range res.Plan.Entries {
				if e.Reason.Cause == "" || e.Layer == "" {
					t.Errorf("%s has reason %+v and layer %q", e.Path, e.Reason, e.Layer)
				}
			}
		})
	}
}

// Short names of what tests of other packages use as well.
var (
	tree          = plantest.Tree
	planFor       = plantest.Plan
	requestFor    = plantest.Request
	staticProgram = plantest.StaticProgram
	show          = plantest.Show
)

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name    string
		spec    string
		context []string
		debian  []string
		base    []string
		want    string
	}{{
		name:    "two files for one path",
		spec:    "files: [{from: one, to: /srv/}, {from: two, to: /srv/}]",
		context: []string{"/one/x file 0644 1", "/two/x file 0644 2"},
		want: `two different things for /srv/x: /one/x of the build context (files[0]), and /two/x of the build context (files[1])
  fix: give one of them another path
  fix: take both from one source, so that they agree
  fix: name the one that is wanted by itself, at the end of files: - {from: …, to: /srv/x}`,
	}, {
		name:    "an earlier file against a directory",
		spec:    "files: [{from: a, to: /srv/x}, {from: two, to: /srv/}]",
		context: []string{"/a file 0644 1", "/two/x file 0644 2"},
		want: `two different things for /srv/x: /a of the build context (files[0]), and /two/x of the build context (files[1])
  fix: give one of them another path
  fix: take both from one source, so that they agree
  fix: name the one that is wanted by itself, at the end of files: - {from: …, to: /srv/x}`,
	}, {
		name: "a link over a link of the base to a directory",
		spec: "links: [{path: /lib64, target: lib}]",
		base: []string{"/lib64 link usr/lib64", "/usr/lib64/ld.so file 0755 x", "/lib/x file 0644 x"},
		want: `/lib64 cannot be a link to lib (links[0]): in the base image it is a link to the directory /usr/lib64, by which programs find what they need
  fix: put it below /usr/lib64, or at another path
  fix: leave it out of what is copied: name the files and directories beside it one by one`,
	}, {
		name:    "a file over a link of the base to a directory",
		spec:    "files: [{from: f, to: /tools}]",
		context: []string{"/f file 0644 1"},
		base:    []string{"/tools link usr/bin", "/usr/bin/env file 0755 x"},
		want: `/tools cannot be /f of the build context (files[0]): in the base image it is a link to the directory /usr/bin, by which programs find what they need
  fix: put it below /usr/bin, or at another path
  fix: leave it out of what is copied: name the files and directories beside it one by one`,
	}, {
		name:    "two texts for one path",
		spec:    "files: [{content: a, to: /srv/x}, {from: two, to: /srv/}]",
		context: []string{"/two/x file 0644 b"},
		want: `two different things for /srv/x: a text of the spec (files[0]), and /two/x of the build context (files[1])
  fix: give one of them another path
  fix: take both from one source, so that they agree
  fix: name the one that is wanted by itself, at the end of files: - {from: …, to: /srv/x}`,
	}, {
		name:    "a file in the place of a directory",
		spec:    "files: [{from: f, to: /etc}, {from: f, to: /usr/local/bin, mode: '0755'}]",
		context: []string{"/f file 0644 1"},
		want: `/etc is a directory on every system, and "to: /etc" makes a file of that name of /f in the build context
  fix: to put the file into it, end it with a slash: to: /etc/
/usr/local/bin is a directory on every system, and "to: /usr/local/bin" makes a file of that name of /f in the build context
  fix: to put the file into it, end it with a slash: to: /usr/local/bin/`,
	}, {
		name:    "a path through a file",
		spec:    "files: [{from: a, to: /a}, {from: a, to: /a/b}]",
		context: []string{"/a file 0644 1"},
		want: `/a/b cannot be placed: /a is /a of the build context (files[0])
  fix: to put a into a directory /a, end it with a slash in files[0]: to: /a/`,
	}, {
		name:    "a file where a directory is needed",
		spec:    "files: [{from: a, to: /a}, {from: d, to: /a/b}]",
		context: []string{"/a file 0644 1", "/d/x file 0644 1"},
		want: `/a cannot be /a of the build context (files[0]): it is the directory that /a/b, a directory (files[1]), stands in
  fix: to put a into a directory /a, end it with a slash in files[0]: to: /a/`,
	}, {
		name: "a link over a directory of the base",
		spec: "links: [{path: /etc, target: /conf}]",
		base: []string{"/etc/hosts file 0644 x"},
		want: `/etc cannot be a link to /conf (links[0]): it is a directory of the base image
  fix: give one of them another path`,
	}, {
		name: "a directory over a file of the base",
		spec: "directories: [{path: /etc/hosts}]",
		base: []string{"/etc/hosts file 0644 x"},
		want: `/etc/hosts cannot be a directory (directories[0]): it is a file of the base image
  fix: give one of them another path`,
	}, {
		name:    "a file that is not there",
		spec:    "files: [conf/app.conf]",
		context: []string{"/conf/app.cnf file 0644 1"},
		want: `/conf/app.conf in the build context is not there
  fix: did you mean /conf/app.cnf?
  fix: build it first, and see that .dockerignore does not leave it out`,
	}, {
		name:   "another name than the build gave",
		spec:   "binaries: ['debian:/out/server']",
		debian: []string{"/out/server-linux-amd64 file 0755 1", "/out/version.txt file 0644 1"},
		want: `/out/server in source debian is not there
  fix: name what is there: /out has server-linux-amd64, version.txt
  fix: correct the path: it is looked up from the root of source debian`,
	}, {
		name:   "a directory of another platform",
		spec:   "files: ['debian:/usr/lib/aarch64-linux-gnu/gconv/UTF-16.so']",
		debian: []string{"/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so file 0644 x"},
		want: `/usr/lib/aarch64-linux-gnu/gconv/UTF-16.so in source debian is not there
  fix: write debian:/usr/lib/${TARGETMULTIARCH}/gconv/UTF-16.so, which is /usr/lib/x86_64-linux-gnu/gconv/UTF-16.so for linux/amd64`,
	}, {
		name:   "two paths in one",
		spec:   "binaries: ['debian:/bin/ls:/bin/list']",
		debian: []string{"/bin/ls file 0755 1"},
		want: `/bin/ls:/bin/list in source debian is not there
  fix: write {from: debian:/bin/ls, to: /bin/list}`,
	}, {
		name:    "a wildcard",
		spec:    "files: [conf/*.conf]",
		context: []string{"/conf/app.conf file 0644 1"},
		want: `/conf/*.conf in the build context is not there: a path names one file or directory, and * in it is a character like others
  fix: write an item for each file: conf/app.conf
  fix: name the directory, with a trailing slash, or list the files`,
	}, {
		name:    "a link that leads out of the build context",
		spec:    "files: [out/app]",
		context: []string{"/out link /home/me/out"},
		want: `/out in the build context is a link to /home/me/out, which is not there
  fix: links cannot lead out of the build context: copy the file into it
  fix: give its directory with --build-context NAME=DIR, declare the source as NAME: {}, and write NAME:PATH`,
	}, {
		name:    "a script with Windows line ends",
		spec:    "binaries: [run, 'debian:/bin/sh']\nentrypoint: [/run]",
		context: []string{"/run file 0755 #!/bin/sh\r\n"},
		debian:  []string{"/bin/sh file 0755 #!/run"},
		want: `/run is a script with Windows line ends, so that its interpreter's name ends in a carriage return
  at run time: exec /run: no such file or directory
  fix: save it with Unix line ends (dos2unix; git: text eol=lf)`,
	}, {
		name:    "a script among the files as entrypoint",
		spec:    "files: [{from: run.sh, to: /run.sh, mode: '0755'}]\nentrypoint: [/run.sh]",
		context: []string{"/run.sh file 0644 #!/bin/sh"},
		want: `the entrypoint is /run.sh, a script for /bin/sh, which is not in the image
  at run time: exec /run.sh: no such file or directory
  fix: no source of this image has /bin/sh: declare one that does, as sources: {debian: {image: debian:bookworm-slim, packages: [dash]}}, and ship it, under binaries: - debian:/bin/sh
  fix: name the program that the script starts, rather than the script`,
	}, {
		name: "a part that no source has",
		spec: "include: [ca-certificates]",
		want: `ca-certificates is taken from the sources, and none of them has a certificate bundle (/etc/ssl/certs/ca-certificates.crt)
  fix: add ca-certificates to the packages of source debian`,
	}, {
		name:    "a link loop",
		spec:    "files: [a]",
		context: []string{"/a link b", "/b link a"},
		want: `/a in the build context cannot be reached: too many levels of symbolic links
  fix: name the file by the path it really has`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t, test.context...), "debian": tree(t, test.debian...)}
			if test.base != nil {
				trees[plan.TreeBase] = tree(t, test.base...)
			}
			res := planFor(t, test.spec, trees)
			if got := res.Diagnostics.Error(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// A View cannot hold such a name, but a directory can.
func TestNameNotUTF8(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"caf\xc3\xa9", "caf\xe9"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	res := planFor(t, "files: [{from: /, to: /srv/}]", map[string]rootfs.FS{plan.TreeContext: rootfs.Dir(dir), "debian": tree(t)})
	want := `"/caf\xe9" in the build context has a name that is not UTF-8 text
  fix: rename it
  fix: name the files beside it one by one`
	if got := res.Diagnostics.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is wrong with a source's package metadata is said: scanners see nothing of
// what cannot be read. That stops a build only if the image is to carry it.
func TestPackageMetadataDamaged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ file, code, says string }{
		{"/etc/os-release dir 0755", "package-metadata-unreadable", "/etc/os-release"},
		{"/var/lib/dpkg/status dir 0755", "package-metadata-unreadable", "/var/lib/dpkg/status"},
		{"/var/lib/dpkg/status file 0644 no field", "package-metadata-damaged", "line 1"},
		{"/var/lib/dpkg/status file 0644 Package: ../x\nVersion: 1\n", "package-metadata-damaged", `"../x" is not a package name`},
	} {
		for _, metadata := range []string{"packages", "none"} {
			found := planFor(t, "files: ['debian:/etc/motd']\nmetadata: "+metadata, map[string]rootfs.FS{
				"debian": tree(t, "/etc/motd file 0644 hello", test.file),
			})
			d := found.Diagnostics
			if len(d) != 1 || d[0].Code != test.code || !strings.Contains(d[0].Message, test.says) {
				t.Errorf("%s, metadata: %s: %v", test.file, metadata, d)
			}
			stops := test.code == "package-metadata-unreadable" && metadata == "packages"
			if (d.Err() != nil) != stops {
				t.Errorf("%s, metadata: %s: stops the build: %v", test.file, metadata, !stops)
			}
		}
	}
}

// An image names one distribution, by which scanners judge all packages in it.
func TestTwoDistributions(t *testing.T) {
	t.Parallel()
	release := func(version string) rootfs.FS {
		return tree(t, "/etc/os-release file 0644 ID=debian\nVERSION_ID="+version+"\n", "/etc/motd file 0644 "+version,
			"/var/lib/dpkg/status file 0644 Package: motd\nStatus: install ok installed\nVersion: "+version+"\nArchitecture: all\n",
			"/var/lib/dpkg/info/motd.list file 0644 /etc/motd\n")
	}
	const two = "files: ['debian:/etc/motd', {from: 'debian:/etc/motd', to: /etc/motd2}]"
	if found := planFor(t, two, map[string]rootfs.FS{"debian": release("12")}); len(found.Diagnostics) > 0 {
		t.Error(found.Diagnostics)
	}
	found := planFor(t, two, map[string]rootfs.FS{"debian": release("13"), plan.TreeBase: release("12")})
	const want = "the image says that it is debian 12, as the base image, and has packages of debian 13 from source debian"
	if got := found.Diagnostics.Error(); !strings.HasPrefix(got, want) || found.Diagnostics.Err() != nil {
		t.Errorf("%s\nwant: %s", got, want)
	}
}

// A link of the spec that leads to nothing is said, unless something can come to be there.
func TestSpecLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	trees := map[string]rootfs.FS{"debian": tree(t, "/usr/bin/app file 0755 x")}
	const files = "files: ['debian:/usr/bin/app']\n"
	for text, want := range map[string]string{
		"links: [{path: /a, target: usr/bin/app}]":                                                                       "",
		"links: [{path: /log, target: /dev/stdout}]":                                                                     "",
		"volumes: [/data]\nlinks: [{path: /srv/now, target: ../data/releases/1}]":                                        "",
		"directories: [{path: /var/lib/app, owner: '65532:65532'}]\nlinks: [{path: /state, target: /var/lib/app/state}]": "",
		"links: [{path: /a/app, target: ../usr/bin/ap}]": `the link /a/app leads to /usr/bin/ap, which is not in the image
  at run time: open /a/app: no such file or directory
  fix: ship that, under binaries or files, or write as target the path that it has in the image`,
		"links: [{path: /now, target: /data/releases/1}]": `the link /now leads to /data/releases/1, which is not in the image
  at run time: open /now: no such file or directory
  fix: ship that, under binaries or files, or write as target the path that it has in the image
  fix: if it comes with a volume, say so: volumes: [/data/releases]`,
		"links: [{path: /a, target: b}, {path: /b, target: /a}]": `the link /a leads to itself
  at run time: open /a: too many levels of symbolic links
  fix: write as target the path of a file or directory in the image
the link /b leads to itself
  at run time: open /b: too many levels of symbolic links
  fix: write as target the path of a file or directory in the image`,
	} {
		found := planFor(t, files+text, trees)
		if got := found.Diagnostics.Error(); got != want || found.Diagnostics.Err() != nil {
			t.Errorf("%s:\n%s\nwant:\n%s", text, got, want)
		}
	}
}

// A directory's links that lead out of it are said, unless the image has what they
// lead to, or nothing has it.
func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	trees := map[string]rootfs.FS{"debian": tree(t,
		"/usr/lib/jvm/a link /etc/java/a", "/usr/lib/jvm/b link /etc/java/sub/b", "/usr/lib/jvm/c link c.1", "/usr/lib/jvm/c.1 file 0644 c",
		"/usr/lib/jvm/gone link /etc/gone", "/usr/lib/jvm/masked link /dev/null", "/dev/null file 0644 x", "/usr/lib/jvm/d link /etc/ssl/d",
		"/etc/java/a file 0644 a", "/etc/java/sub/b file 0644 b", "/etc/ssl/d file 0644 d",
		"/usr/share/zoneinfo/UTC file 0644 z", "/usr/share/zoneinfo/localtime link /etc/localtime", "/etc/localtime link /usr/share/zoneinfo/UTC",
		"/opt/way/in link ../../etc/alternatives/in", "/etc/alternatives/in link /opt/way/real", "/opt/way/real file 0644 r")}
	for text, want := range map[string]string{
		"files: ['debian:/usr/lib/jvm']": `3 links such as /usr/lib/jvm/a lead to what does not ship: /etc/java/a
  fix: ship it too, under files: - debian:/etc/java
  fix: ship it too, under files: - debian:/etc/ssl/d`,
		"files: ['debian:/usr/lib/jvm', 'debian:/etc/java']": `the link /usr/lib/jvm/d leads to what does not ship: /etc/ssl/d
  fix: ship it too, under files: - debian:/etc/ssl/d`,
		"files: ['debian:/usr/lib/jvm', 'debian:/etc/java', 'debian:/etc/ssl/d']": "",
		"files: ['debian:/usr/share/zoneinfo']":                                   "",
		"files: ['debian:/opt/way']": `the link /opt/way/in leads to what does not ship: /etc/alternatives/in
  fix: ship it too, under files: - debian:/etc/alternatives/in`,
	} {
		found := planFor(t, text, trees)
		if got := found.Diagnostics.Error(); got != want || found.Diagnostics.Err() != nil {
			t.Errorf("%s:\n%s\nwant:\n%s", text, got, want)
		}
	}
}
