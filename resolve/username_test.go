package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// The image's user may be an account of the base or of a source: the image has its numbers,
// its record and its home.
func TestUserByName(t *testing.T) {
	t.Parallel()
	debian := []string{
		"/etc/passwd file 0644 root:x:0:0::/:/bin/sh\nwww-data:x:33:34::/var/www:\napp:x:900:100::/srv/app:/bin/sh\nlost:x:901:901::/nonexistent:\n",
		"/etc/group file 0644 www-data:x:33:\nusers:x:100:\nadm:x:4:\n", "/bin/app file 0755 " + staticProgram(t),
	}
	other := []string{"/etc/passwd file 0644 app:x:5:5::/:\nonly:x:6:6::/home/only:\n"}
	for _, test := range []struct{ name, user, base, want string }{
		{"of the source of a program, before others", "app", "", "900:100; app:x:900:100:app:/srv/app:/sbin/nologin; users:x:100:; /srv/app 0700 900:100"},
		{"of another source", "only", "", "6:6; only:x:6:6:only:/home/only:/sbin/nologin; only:x:6:; /home/only 0700 6:6"},
		{"with a group", "app:adm", "", "900:4; app:x:900:4:app:/srv/app:/sbin/nologin; users:x:100:; /srv/app 0700 900:4"},
		{"with a home that others have files in", "www-data", "", "33:34; www-data:x:33:34:www-data:/var/www:/sbin/nologin; www-data:x:34:; "},
		{"without a home", "lost", "", "901:901; lost:x:901:901:lost:/nonexistent:/sbin/nologin; lost:x:901:; "},
		{"of the base first", "app", "app:x:7:8::/home/app:", "7:8; ; ; /home/app 0700 7:8"},
		{"root", "root", "", "0:0; root:x:0:0:root:/root:/sbin/nologin; root:x:0:; /root 0700 0:0"},
		{"the image's own", "nonroot", "", "65532:65532; nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin; nonroot:x:65532:; /home/nonroot 0700 65532:65532"},
		{"a number and a name", "'12:adm'", "", "12:4; nonroot:x:12:4:nonroot:/home/nonroot:/sbin/nologin; adm:x:4:; /home/nonroot 0700 12:4"},
		{"of nobody", "ww-data", "", `there is no user ww-data in source debian or source other or the image; did you mean www-data?
  fix: write www-data in place of ww-data
  fix: write the numbers, UID:GID, such as "65532:65532"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{"debian": tree(t, debian...), "other": tree(t, other...)}
			if test.base != "" {
				trees[plan.TreeBase] = tree(t, "/etc/passwd file 0644 "+test.base+"\n", "/etc/group file 0644 users:x:8:\n")
			}
			res := planFor(t, "sources: {debian: {}, other: {}}\nbinaries: ['debian:/bin/app']\nfiles: [{from: 'other:/etc/passwd', to: /srv/x}]\nmetadata: none\nuser: "+test.user, trees)
			got := fmt.Sprintf("%d:%d; ", res.User.UID, res.User.GID)
			var home string
			for _, e := range res.Plan.Entries {
				if e.Kind == plan.KindDir && e.Reason.Cause == plan.CausePart && e.Path != "/tmp" {
					home = fmt.Sprintf("%s %04o %d:%d", e.Path, e.Mode, e.UID, e.GID)
				}
			}
			got += lastRecord(res.Plan, "/etc/passwd") + "; " + lastRecord(res.Plan, "/etc/group") + "; " + home
			if errs := res.Diagnostics.Errors(); len(errs) > 0 {
				got = errs.Error()
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// lastRecord is the last line of a file that Sinter makes.
func lastRecord(p plan.Plan, name string) string {
	for _, e := range p.Entries {
		if e.Path == name {
			lines := strings.Split(strings.TrimSpace(string(e.Data)), "\n")
			return lines[len(lines)-1]
		}
	}
	return ""
}
