package oci

import (
	"strings"
	"testing"
)

func TestWithoutMetadata(t *testing.T) {
	t.Parallel()
	var nodes []node
	for line := range strings.Lines(`
/ dir 0755 0:0
/lib dir 0755 0:0
/lib/apk dir 0755 0:0
/lib/apk/db dir 0755 0:0
/lib/apk/db/installed file 0644 0:0
/lib/ld.so file 0755 0:0
/srv dir 0755 0:0
/usr dir 0755 0:0
/usr/share dir 0755 0:0
/usr/share/common-licenses dir 0755 0:0
/usr/share/common-licenses/GPL link GPL-3
/usr/share/common-licenses/GPL-3 file 0644 0:0
/usr/share/doc dir 0755 0:0
/usr/share/doc/app dir 0755 0:0
/usr/share/doc/app/README file 0644 0:0
/usr/share/doc/app/copyright file 0644 0:0
/usr/share/doc/lib dir 0755 0:0
/usr/share/doc/lib/copyright file 0644 0:0
/usr/share/doc/odd dir 0755 0:0
/usr/share/doc/odd/copyright file 0600 7:7
/var dir 0755 0:0
/var/lib dir 0755 0:0
/var/lib/dpkg dir 0755 7:7
/var/lib/dpkg/status.d dir 0755 0:0
/var/lib/dpkg/status.d/app file 0644 0:0
`) {
		if path, what, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			nodes = append(nodes, node{path, what})
		}
	}
	const want = `
/ dir 0755 0:0
/lib dir 0755 0:0
/lib/ld.so file 0755 0:0
/srv dir 0755 0:0
/usr dir 0755 0:0
/usr/share dir 0755 0:0
/usr/share/doc dir 0755 0:0
/usr/share/doc/app dir 0755 0:0
/usr/share/doc/app/README file 0644 0:0
/usr/share/doc/odd dir 0755 0:0
/usr/share/doc/odd/copyright file 0600 7:7
/var dir 0755 0:0
/var/lib dir 0755 0:0
/var/lib/dpkg dir 0755 7:7
`
	rest, files := withoutMetadata(nodes)
	got := "\n"
	for _, n := range rest {
		got += n.path + " " + n.what + "\n"
	}
	if got != want || files != 6 {
		t.Errorf("%d files, and left is%s\nwant 6 files, and left%s", files, got, want)
	}
}
