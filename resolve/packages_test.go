package resolve_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// dpkg are the lines of a tree with one package, which owns /usr/bin/tool and
// /etc/tool.conf.
func dpkg(version string) []string {
	return []string{
		"/var/lib/dpkg/status file 0644 Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version + "\n\n",
		"/var/lib/dpkg/info/tool.list file 0644 /.\n/etc\n/etc/tool.conf\n/usr\n/usr/bin\n/usr/bin/tool\n",
		"/var/lib/dpkg/info/tool.md5sums file 0644 0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n",
		"/usr/share/doc/tool/copyright file 0644 do as you like",
		"/usr/bin/tool file 0644 a",
		"/etc/tool.conf file 0644 c",
	}
}

// What ships of a package is known to be of it, and the image carries the
// package's data. The rest is nobody's.
func TestOwners(t *testing.T) {
	bare := "exclude: [accounts, tmp, nsswitch]\n"
	for _, test := range []struct {
		name    string
		spec    string
		debian  []string
		more    []string // than what dpkg's package has
		want    string   // files and their packages
		sums    string   // tool.md5sums
		warning string
	}{{
		name: "of a package, moved",
		spec: bare + "files: [{from: 'debian:/usr/bin/tool', to: /opt/tool}, {from: own, to: /usr/bin/own}]",
		want: `/opt/tool tool@1
/usr/bin/own
/usr/share/doc/tool/copyright tool@1
/var/lib/dpkg/status.d/tool
/var/lib/dpkg/status.d/tool.md5sums
`,
		sums: "0cc175b9c0f1b6a831c399e269772661  opt/tool\n",
	}, {
		name: "nothing is said of packages",
		spec: bare + "metadata: none\nfiles: ['debian:/usr/bin/tool']",
		want: "/usr/bin/tool tool@1\n",
	}, {
		name: "the spec has its own file there",
		spec: bare + "files: ['debian:/usr/bin/tool', {from: own, to: /usr/share/doc/tool/copyright}]",
		want: `/usr/bin/tool tool@1
/usr/share/doc/tool/copyright
/var/lib/dpkg/status.d/tool
/var/lib/dpkg/status.d/tool.md5sums
`,
		sums: "0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n",
	}, {
		name: "the build context's file at a package's path",
		spec: bare + "files: [{from: own, to: /usr/bin/tool}]",
		want: "/usr/bin/tool\n",
	}, {
		name: "the spec has package metadata of its own",
		spec: bare + "files: ['debian:/usr/bin/tool', {from: own, to: /var/lib/dpkg/status.d/tool}]",
		want: `/usr/bin/tool tool@1
/usr/share/doc/tool/copyright tool@1
/var/lib/dpkg/status.d/tool
/var/lib/dpkg/status.d/tool.md5sums
`,
		sums:    "0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n",
		warning: "/var/lib/dpkg/status.d/tool is in the place of package metadata of tool: scanners will not see",
	}, {
		name: "a database that is damaged in part",
		spec: bare + "files: ['debian:/usr/bin/tool']",
		more: []string{"/var/lib/dpkg/diversions file 0644 x\ny\nz\n"},
		want: `/usr/bin/tool tool@1
/usr/share/doc/tool/copyright tool@1
/var/lib/dpkg/status.d/tool
/var/lib/dpkg/status.d/tool.md5sums
`,
		sums:    "0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n",
		warning: "package metadata of source debian: /var/lib/dpkg/diversions",
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, test.spec, map[string]rootfs.FS{
				plan.TreeContext: tree(t, "/own file 0644 o"),
				"debian":         tree(t, append(dpkg("1"), test.more...)...),
			})
			if err := res.Diagnostics.Err(); err != nil {
				t.Fatal(err)
			}
			if got := owned(res.Plan); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
			if got := content(res.Plan, "/var/lib/dpkg/status.d/tool.md5sums"); !strings.Contains(got, test.sums) || strings.Contains(got, "own") {
				t.Errorf("md5sums:\n%s", got)
			}
			if text := res.Diagnostics.Error(); (test.warning == "") != (text == "") || !strings.HasPrefix(text, test.warning) {
				t.Errorf("warning: %q", text)
			}
		})
	}
}

// owned lists a plan's files with their packages.
func owned(p plan.Plan) string {
	var b strings.Builder
	for _, e := range p.Entries {
		if e.Kind != plan.KindFile {
			continue
		}
		b.WriteString(e.Path)
		for _, pkg := range p.Packages {
			if pkg.PURL == e.Package {
				b.WriteString(" " + pkg.Name + "@" + pkg.Version)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func content(p plan.Plan, name string) string {
	for _, e := range p.Entries {
		if e.Path == name {
			return string(e.Data)
		}
	}
	return ""
}

// Two sources can have one package. What each says of it counts for its own files,
// and where they differ, the source that the image runs code of is believed.
func TestOnePackageOfTwoSources(t *testing.T) {
	t.Parallel()
	assets := append(dpkg("1"), "/usr/share/doc/tool/copyright file 0644 do as I like")
	res := planFor(t, `
sources: {debian: {}, assets: {}}
libraries: {from: [debian]}
exclude: [accounts, tmp, nsswitch]
files: ['debian:/usr/bin/tool', 'assets:/etc/tool.conf']
`, map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": tree(t, dpkg("1")...), "assets": tree(t, assets...)})
	if err := res.Diagnostics.Error(); err != "" {
		t.Fatal(err)
	}
	for _, e := range res.Plan.Entries {
		if e.Path == "/usr/share/doc/tool/copyright" && e.From.Tree != "debian" {
			t.Errorf("the licence is %s's", e.From.Tree)
		}
	}
	want := "4a8a08f09d37b73795649038408b5f33  etc/tool.conf\n0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n" +
		"ebf867782913a644621b1e20b0787f8b  usr/share/doc/tool/copyright\n"
	if got := content(res.Plan, "/var/lib/dpkg/status.d/tool.md5sums"); got != want {
		t.Errorf("md5sums:\n%s\nwant:\n%s", got, want)
	}
}

// A long licence text that several packages have ships once, and those who want what
// scanners read alone get no text at all.
func TestLicenseTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("do as you like ", 600)
	var debian []string
	status := ""
	for _, name := range []string{"one", "other", "small", "tiny"} {
		text := long
		if name == "small" || name == "tiny" {
			text = "do as you like"
		}
		status += "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
		debian = append(debian,
			"/var/lib/dpkg/info/"+name+".list file 0644 /.\n/opt\n/opt/"+name+"\n",
			"/opt/"+name+" file 0644 a",
			"/usr/share/doc/"+name+"/copyright file 0644 "+text)
	}
	debian = append(debian, "/var/lib/dpkg/status file 0644 "+status)
	for _, test := range []struct{ metadata, want, sums string }{
		{"packages", `/usr/share/doc/one/copyright file
/usr/share/doc/other/copyright link ../one/copyright
/usr/share/doc/small/copyright file
/usr/share/doc/tiny/copyright file
`, "0cc175b9c0f1b6a831c399e269772661  opt/other\nc7b36dcc1bc2f909bb0e6d0aec85c9fc  usr/share/doc/other/copyright\n"},
		{"scanners", "", "0cc175b9c0f1b6a831c399e269772661  opt/other\n"},
	} {
		res := planFor(t, "sources: {debian: {}}\nexclude: [accounts, tmp, nsswitch]\nmetadata: "+test.metadata+"\nfiles: ['debian:/opt/']\n",
			map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": tree(t, debian...)})
		if err := res.Diagnostics.Error(); err != "" {
			t.Fatal(err)
		}
		got := ""
		for _, e := range res.Plan.Entries {
			if strings.HasSuffix(e.Path, "/copyright") {
				got += strings.TrimSpace(e.Path+" "+string(e.Kind)+" "+e.Target) + "\n"
			}
		}
		if got != test.want {
			t.Errorf("metadata: %s: texts\n%s\nwant\n%s", test.metadata, got, test.want)
		}
		if got := content(res.Plan, "/var/lib/dpkg/status.d/other.md5sums"); got != test.sums {
			t.Errorf("metadata: %s: md5sums\n%s\nwant\n%s", test.metadata, got, test.sums)
		}
	}
}
