package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Names of owners are looked up in the source of an item, then in the image; the plan
// has the numbers, and tells what they are called.
func TestOwnersByName(t *testing.T) {
	t.Parallel()
	debian := []string{
		"/etc/passwd file 0644 root:x:0:0::/:/bin/sh\nwww-data:x:33:34::/var/www:\nodd:x:x:\n", "/etc/group file 0644 www-data:x:33:\nadm:x:4:\n",
		"/bin/app file 0755 " + staticProgram(t), "/srv/a file 0644 a", "/var/www dir 0755 33", "/var/www/b file 0644 b",
	}
	for _, test := range []struct {
		name string
		spec string
		base []string
		want string // the entries that are not root's, or what is said
	}{{
		name: "a user alone has his own group",
		spec: "files: [{from: 'debian:/srv/a', to: /a, owner: www-data}]",
		want: "/a 33:34 www-data:34",
	}, {
		name: "names and numbers",
		spec: "files: [{from: 'debian:/srv/a', to: /a, owner: 'www-data:adm'}, {from: 'debian:/srv/a', to: /b, owner: '1000:adm'}, {from: 'debian:/srv/a', to: /c, owner: 'www-data:0'}, {from: 'debian:/srv/a', to: /d, owner: '1000:1000'}]",
		want: "/a 33:4 www-data:adm\n/b 1000:4 1000:adm\n/c 33:0 www-data:root\n/d 1000:1000 ",
	}, {
		name: "what a source has is kept as numbers",
		spec: "files: ['debian:/var/www']",
		want: "/var/www 33:33 www-data:www-data",
	}, {
		name: "the image's accounts",
		spec: "directories: [{path: /a, owner: nonroot}, {path: /b, owner: 'root:nonroot'}]\nfiles: [{content: x, to: /c, owner: 'nonroot:root'}, {from: mine, to: /d, owner: nonroot}]",
		want: "/a 65532:65532 nonroot:nonroot\n/b 0:65532 root:nonroot\n/c 65532:0 nonroot:root\n/d 65532:65532 nonroot:nonroot",
	}, {
		name: "the base's, after the source's",
		spec: "directories: [{path: /a, owner: app}]\nfiles: [{from: 'debian:/srv/a', to: /b, owner: 'www-data:app'}]\nexclude: [accounts]",
		base: []string{"/etc/passwd file 0644 app:x:7:8::/:\nwww-data:x:99:99::/:\n", "/etc/group file 0644 app:x:8:\n"},
		want: "/a 7:8 app:app\n/b 33:8 www-data:app",
	}, {
		name: "root is 0 where there are no accounts",
		spec: "directories: [{path: /a, owner: 'root:9'}]\nexclude: [accounts]",
		want: "/a 0:9 ",
	}, {
		name: "names that nobody has",
		spec: "directories: [{path: /a, owner: www-data}]\nbinaries: [{from: 'debian:/bin/app', owner: 'ww-data'}]\nfiles: [{from: 'debian:/srv/a', to: /c, owner: 'root:staff'}]",
		want: `there is no user ww-data in source debian or the image; did you mean www-data?
  fix: write www-data in place of ww-data
  fix: write the numbers, UID:GID, such as "65532:65532"
there is no group staff in source debian or the image
  fix: write the numbers, UID:GID, such as "65532:65532"
there is no user www-data in the image
  fix: write its number, 33, which it has in source debian`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t, "/mine file 0644 x", "/etc/passwd file 0644 nonroot:x:5:5::/:"), "debian": tree(t, debian...)}
			if test.base != nil {
				trees[plan.TreeBase] = tree(t, test.base...)
			}
			res := planFor(t, test.spec+"\nmetadata: none", trees)
			var lines []string
			for _, e := range res.Plan.Entries {
				if (e.UID != 0 || e.GID != 0) && e.Path != "/home/nonroot" {
					lines = append(lines, fmt.Sprintf("%s %d:%d %s", e.Path, e.UID, e.GID, e.Owner))
				}
			}
			got := strings.Join(lines, "\n")
			if errs := res.Diagnostics.Errors(); len(errs) > 0 {
				got = errs.Error()
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
