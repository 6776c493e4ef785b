package packages

import (
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

const related = `P:nginx
V:1
A:x86_64
o:nginx
D:so:libssl.so.3 !old nginx-data>=1
F:etc/nginx
R:nginx.conf
F:usr/sbin
R:nginx
F:../../etc
R:../shadow

P:nginx-data
V:1
A:x86_64
o:nginx
F:usr/share/nginx
R:index.html

P:nginx-mod-mail
V:1
A:x86_64
o:nginx-mods
D:nginx=1

P:openssl-libs
V:3
A:x86_64
o:openssl
p:so:libssl.so.3=3

P:old
V:1
A:x86_64
o:old
`

// What an apk package consists of, what it depends on and what depends on it.
func TestRelatedAPK(t *testing.T) {
	t.Parallel()
	db, err := Open(tree(t, "-- lib/apk/db/installed --\n"+related))
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p *plan.Package) bool { return p.Name == "nginx" })
	nginx := all[i]
	names, err := db.Contents(nginx)
	if got := strings.Join(names, " "); err != nil || got != "/etc/nginx /etc/nginx/nginx.conf /usr/sbin /usr/sbin/nginx /etc /shadow" {
		t.Errorf("contents: %s, %v", got, err)
	}
	for _, test := range []struct {
		what string
		get  func() ([]*plan.Package, error)
		want string
	}{
		{"depends on", func() ([]*plan.Package, error) { return db.Depends(nginx) }, "nginx-data openssl-libs"},
		{"depended on by", func() ([]*plan.Package, error) { return db.DependedOnBy(nginx, 5) }, "nginx-mod-mail"},
		{"depended on by too many", func() ([]*plan.Package, error) { return db.DependedOnBy(nginx, 0) }, ""},
		{"same source", func() ([]*plan.Package, error) { return db.SameSource(nginx) }, "nginx-data nginx"},
	} {
		pkgs, err := test.get()
		var got []string
		for _, p := range pkgs {
			got = append(got, p.Name)
		}
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, %v; want %s", test.what, got, err, test.want)
		}
	}
}
