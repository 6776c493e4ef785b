package packages

import (
	"maps"
	"slices"
	"testing"
)

const alpineTree = `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.3
PRETTY_NAME="Alpine Linux v3.20"
-- etc/alpine-release --
3.20.3
-- lib/ld-musl-x86_64.so.1 --
-- lib/libc.musl-x86_64.so.1 -> ld-musl-x86_64.so.1 --
-- usr/lib/libz.so.1.3 --
-- usr/lib/libz.so.1 -> libz.so.1.3 --
-- usr/bin/made-here -> ../lib/libz.so.1 --
-- lib/apk/db/installed --
C:Q1fX5gBgYqNqfN5zXQDbYyQ0Rpq0k=
P:alpine-release
V:3.20.3-r0
A:x86_64
S:1
I:2
o:alpine-base
L:MIT
F:etc
R:alpine-release
Z:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=
F:usr
F:usr/lib
R:os-release
Z:Q1bbbbbbbbbbbbbbbbbbbbbbbbbbb=

C:Q1fX5gBgYqNqfN5zXQDbYyQ0Rpq0k=
P:musl
V:1.2.5-r0
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Natanael Copa <ncopa@alpinelinux.org>
t:1711013045
c:4024cc3b29ad4c65544ad068b8f59172b5494306
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1cccccccccccccccccccccccccccc=
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q1dddddddddddddddddddddddddddd=

C:Q1zlib
P:zlib
V:1.3.1-r1
A:x86_64
o:zlib-ng
L:Zlib AND LicenseRef-x
D:so:libc.musl-x86_64.so.1 !uclibc musl>=1
q:1000
r:old
F:lib
F:usr
F:usr/lib
M:0:0:755
R:libz.so.1
a:0:0:777
Z:Q1eeeeeeeeeeeeeeeeeeeeeeeeeeee=
R:libz.so.1.3
a:0:0:755
Z:Q1ffffffffffffffffffffffffffff=
s:script

garbage

P:../evil
V:1

P:late
V:1
`

func TestAPK(t *testing.T) {
	t.Parallel()
	got := owners(t, alpineTree)
	want := map[string]string{
		"/etc/alpine-release": "alpine-release:x86_64", "/lib/ld-musl-x86_64.so.1": "musl:x86_64", "/lib/libc.musl-x86_64.so.1": "musl:x86_64",
		"/usr/lib/libz.so.1.3": "zlib:x86_64", "/usr/lib/libz.so.1": "zlib:x86_64", "/usr/bin/made-here": "zlib:x86_64",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	db := open(t, tree(t, alpineTree))
	all, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	var purls []string
	for _, p := range all {
		purls = append(purls, p.PURL)
	}
	if want := []string{
		"pkg:apk/alpine/alpine-release@3.20.3-r0?arch=x86_64&distro=alpine-3.20.3&upstream=alpine-base",
		"pkg:apk/alpine/late@1?distro=alpine-3.20.3",
		"pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3",
		"pkg:apk/alpine/zlib@1.3.1-r1?arch=x86_64&distro=alpine-3.20.3&upstream=zlib-ng",
	}; !slices.Equal(purls, want) {
		t.Errorf("got  %q\nwant %q", purls, want)
	}
	if p := all[2]; p.Size != 667648 || p.Homepage != "https://musl.libc.org/" || !slices.Equal(p.Licenses, []string{"MIT"}) {
		t.Errorf("%+v", p)
	}
	if w := db.Warnings(); len(w) != 2 {
		t.Errorf("warnings: %v", w)
	}
}

const zlibPruned = `C:Q1zlib
P:zlib
V:1.3.1-r1
A:x86_64
o:zlib-ng
L:Zlib AND LicenseRef-x
D:so:libc.musl-x86_64.so.1 !uclibc musl>=1
F:usr/lib
R:libz.so.1
a:0:0:777
Z:Q1eeeeeeeeeeeeeeeeeeeeeeeeeeee=
R:libz.so.1.3
a:0:0:755
Z:Q1ffffffffffffffffffffffffffff=

`

const releasePruned = `C:Q1fX5gBgYqNqfN5zXQDbYyQ0Rpq0k=
P:alpine-release
V:3.20.3-r0
A:x86_64
S:1
I:2
o:alpine-base
L:MIT
F:etc
R:alpine-release
Z:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=
F:usr/lib
R:os-release
Z:Q1bbbbbbbbbbbbbbbbbbbbbbbbbbb=

`

func TestMetadataAPK(t *testing.T) {
	t.Parallel()
	files := []string{"/usr/lib/libz.so.1.3", "/usr/lib/libz.so.1", "/usr/bin/made-here"}
	markers := `-- /etc/alpine-release (distribution marker) --
copy of /etc/alpine-release
`
	osRelease := `-- /usr/lib/os-release (distribution marker) --
copy of /usr/lib/os-release
with /etc/os-release -> ../usr/lib/os-release
`
	tests := []struct{ name, base, want string }{
		{
			name: "alone",
			want: markers + "-- /lib/apk/db/installed (package metadata of apk) --\n" + releasePruned + zlibPruned + osRelease,
		},
		{
			name: "a base with the package, at the new place",
			base: "-- etc/os-release --\nID=alpine\n-- lib -> usr/lib --\n" +
				"-- usr/lib/apk/db/installed --\nP:zlib\nV:1.3.1-r1\nX:kept\nF:usr/lib\nR:libz.so.1.3\n\nP:other\nV:2\n\n",
			want: "-- /usr/lib/apk/db/installed (package metadata of apk) --\n" +
				"P:zlib\nV:1.3.1-r1\nX:kept\nF:usr/lib\nR:libz.so.1.3\nF:usr/lib\nR:libz.so.1\na:0:0:777\nZ:Q1eeeeeeeeeeeeeeeeeeeeeeeeeeee=\n\nP:other\nV:2\n\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, tree(t, alpineTree))
			metadata, err := db.Metadata(nil, ship(t, db, files...))
			if test.base != "" {
				metadata, err = db.Metadata(tree(t, test.base), ship(t, db, files...))
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := show(t, metadata); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
