package packages

import (
	"strings"
	"testing"
)

// assets is a tree from which an image takes /usr/share/x and nothing else: a
// data-only source that is made to attack. Its database lists that file and
// whatever else a case wants the image to have.
const assets = `-- usr/share/x --
data
-- var/lib/dpkg/status --
Package: x
Status: install ok installed
Architecture: all
Version: 1

-- var/lib/dpkg/info/x.list --
/usr/share/x
/etc/ld.so.preload
/etc/os-release
-- etc/ld.so.preload --
/usr/share/x
-- etc/shadow --
root:secret
`

// stanzaOfX is what the image has of package x where nothing else can be had.
const stanzaOfX = `-- /var/lib/dpkg/status.d/x (package metadata of x) --
Package: x
Status: install ok installed
Architecture: all
Version: 1
-- /var/lib/dpkg/status.d/x.md5sums (package metadata of x) --
`

// A tree's links and databases say what its packages are, and never where
// something lands in the image, nor what else of the tree ships as metadata.
func TestTreeDecidesNoPlace(t *testing.T) {
	t.Parallel()
	x := sum("data\n") + "  usr/share/x\n"
	copyright := "-- usr/share/doc/x/copyright --\nSee /usr/share/common-licenses/GPL-2 and /usr/share/common-licenses/.wh.GPL-3.\n"
	licence := "-- /usr/share/doc/x/copyright (licence of x) --\ncopy of /usr/share/doc/x/copyright\n"
	sums := sum("See /usr/share/common-licenses/GPL-2 and /usr/share/common-licenses/.wh.GPL-3.\n") + "  usr/share/doc/x/copyright\n" + x
	apk := "P:evil\nV:1\nT:/usr/share/x\nF:usr/share\nR:x\n"
	for _, test := range []struct {
		name string
		tree string // beside assets
		want string
		// warnings are the texts of warnings about what is left out.
		warnings []string
	}{{
		name: "a common licence is a link to the preloaded libraries",
		tree: copyright + "-- usr/share/common-licenses/GPL-2 -> ../../../etc/ld.so.preload --\n",
		want: licence + stanzaOfX + sums,
		warnings: []string{
			"the licence text GPL-2 is left out: /usr/share/common-licenses/GPL-2 leads to /etc/ld.so.preload",
		},
	}, {
		name: "a common licence by way of a link elsewhere",
		tree: copyright + "-- usr/share/common-licenses/GPL-2 -> /etc/nsswitch.conf --\n-- etc/nsswitch.conf -> ../usr/share/common-licenses/GPL-3 --\n" +
			"-- usr/share/common-licenses/GPL-3 --\n",
		want: licence + stanzaOfX + sums,
		warnings: []string{
			"the licence text GPL-2 is left out: /usr/share/common-licenses/GPL-2 leads to /usr/share/common-licenses/GPL-3",
		},
	}, {
		name: "the directory of common licences is a link, and a licence is called as a file there",
		tree: "-- usr/share/common-licenses -> ../../etc --\n-- usr/share/doc/x/copyright --\n/usr/share/common-licenses/ld.so.preload\n",
		want: licence + stanzaOfX + sum("/usr/share/common-licenses/ld.so.preload\n") + "  usr/share/doc/x/copyright\n" + x,
		warnings: []string{
			"the licence text ld.so.preload is left out: /usr/share/common-licenses/ld.so.preload leads to /etc/ld.so.preload",
		},
	}, {
		name:     "the licence is a link to a secret",
		tree:     "-- usr/share/doc/x/copyright -> ../../../../etc/shadow --\n",
		want:     stanzaOfX + x,
		warnings: []string{"the licence of x is left out: /usr/share/doc/x/copyright leads to /etc/shadow"},
	}, {
		name:     "the documentation is a link to a directory of secrets",
		tree:     "-- usr/share/doc/x -> /root --\n-- root/copyright --\nsecret\n",
		want:     stanzaOfX + x,
		warnings: []string{"the licence of x is left out: /usr/share/doc/x/copyright leads to /root/copyright"},
	}, {
		name: "a common licence that would remove one of the base",
		tree: copyright + "-- usr/share/common-licenses/.wh.GPL-3 --\n",
		want: licence + stanzaOfX + sums,
	}, {
		name: "os-release and markers are links to other files",
		tree: "-- etc/os-release -> ld.so.preload --\n-- etc/debian_version -> ../root/.netrc --\n-- root/.netrc --\nsecret\n",
		want: stanzaOfX + x,
		warnings: []string{
			"the distribution marker is left out: /etc/debian_version leads to /root/.netrc",
			"the distribution marker is left out: /etc/os-release leads to /etc/ld.so.preload",
		},
	}, {
		name:     "os-release is a link that leads elsewhere but for links of its own tree",
		tree:     "-- etc/os-release -> ../srv/../os-release --\n-- srv -> usr/lib/x --\n-- usr/lib/x/ --\n-- usr/lib/os-release --\nID=x\n",
		want:     "-- /usr/lib/os-release (distribution marker) --\ncopy of /usr/lib/os-release\n" + stanzaOfX + x,
		warnings: []string{"the distribution marker is left out: /etc/os-release leads to /usr/lib/os-release"},
	}, {
		name: "the database of apk lies in the place of the preloaded libraries",
		tree: "-- lib/apk/db/installed -> ../../../etc/apk --\n-- etc/apk --\n" + apk,
		want: "-- /lib/apk/db/installed (package metadata of apk) --\n" + apk + "\n" + stanzaOfX + x,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, tree(t, assets+test.tree))
			shipped := ship(t, db, "/usr/share/x")
			if strings.Contains(test.tree, "R:x\n") {
				all, err := db.All()
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range all { // both databases list the file
					shipped[p] = []Shipped{{Path: "/usr/share/x", Origin: "/usr/share/x"}}
				}
			}
			files, err := db.Metadata(nil, shipped)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(t, files); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			var got, want []Warning
			got = db.Warnings()
			for _, text := range test.warnings {
				want = append(want, Warning{Text: text, Outside: true})
			}
			if !equalWarnings(got, want) {
				t.Errorf("warnings\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

func equalWarnings(a, b []Warning) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Links of a base do not move what is added to its metadata either: the image's
// tree puts it behind those of them that are directories.
func TestBaseDecidesNoPlace(t *testing.T) {
	t.Parallel()
	base := tree(t, "-- var/lib/dpkg/status.d/x -> ../../../../etc/x --\n-- etc/x --\nPackage: x\nVersion: 1\nArchitecture: all\n"+
		"-- var/lib/dpkg/status.d/x.md5sums -> ../../../../etc/ld.so.preload --\n-- etc/ld.so.preload --\n"+
		"00000000000000000000000000000000  usr/share/y\n-- lib/apk/db/installed -> /etc/apk --\n-- etc/apk --\nP:y\nV:1\n")
	db := open(t, tree(t, assets+"-- lib/apk/db/installed --\nP:z\nV:1\nF:usr/share\nR:x\n"))
	all, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	shipped := ship(t, db)
	for _, p := range all {
		shipped[p] = []Shipped{{Path: "/usr/share/x", Origin: "/usr/share/x"}}
	}
	files, err := db.Metadata(base, shipped)
	if err != nil {
		t.Fatal(err)
	}
	want := "-- /lib/apk/db/installed (package metadata of apk) --\nP:y\nV:1\n\nP:z\nV:1\nF:usr/share\nR:x\n\n" +
		"-- /var/lib/dpkg/status.d/x.md5sums (package metadata of x) --\n" +
		sum("data\n") + "  usr/share/x\n00000000000000000000000000000000  usr/share/y\n"
	if got := show(t, files); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, f := range files {
		if !IsMetadataPath(f.Path) {
			t.Errorf("metadata at %s", f.Path)
		}
	}
}

func TestIsMetadataPath(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/etc/os-release": true, "/usr/lib/os-release": true, "/etc/debian_version": true, "/usr/lib/fedora-release": true,
		"/usr/share/doc/libc6/copyright": true, "/usr/share/common-licenses/GPL-2": true,
		"/var/lib/dpkg/status.d/libc6": true, "/var/lib/dpkg/status.d/libc6.md5sums": true,
		"/lib/apk/db/installed": true, "/usr/lib/apk/db/installed": true, "/var/lib/rpmmanifest/container-manifest-2": true,
		"/etc/ld.so.preload": false, "/usr/lib/ld.so.preload": false, "/usr/share/doc/copyright": false,
		"/usr/share/doc/libc6/README": false, "/usr/share/common-licenses/.wh.GPL-2": false,
		"/usr/share/common-licenses/../../etc/os-release": false, "/var/lib/dpkg/status": false, "/": false, "": false,
	} {
		if got := IsMetadataPath(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
