package llbgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

// A directory is copied as one as long as that brings what the plan has and nothing
// else. Entries are "PATH KIND LAYER [ORIGIN]", a directory with "verbatim".
func TestGroups(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, entries, want string }{
		{
			"a directory and all below it",
			"/srv dir app\n/srv/www verbatim app a:/site\n/srv/www/a file app a:/site/a\n/srv/www/sub verbatim app a:/site/sub\n/srv/www/sub/b file app a:/site/sub/b",
			"/srv/www in /srv/www, /srv/www/a in /srv/www, /srv/www/sub in /srv/www, /srv/www/sub/b in /srv/www",
		},
		{
			"not with a file of elsewhere",
			"/srv verbatim app a:/site\n/srv/other verbatim app a:/site/other\n/srv/other/c file app a:/site/other/c\n/srv/sub verbatim app a:/site/sub\n/srv/sub/b file app a:/site/sub/b\n/srv/sub/extra file app a:/extra",
			"/srv/other in /srv/other, /srv/other/c in /srv/other",
		},
		{
			"not with a file of another layer",
			"/opt verbatim app a:/opt\n/opt/lib.so file libraries a:/opt/lib.so",
			"",
		},
		{
			"not with a file of another source at the same path",
			"/opt verbatim app a:/opt\n/opt/x file app b:/opt/x",
			"",
		},
		{
			"not with a directory that is made otherwise",
			"/opt verbatim app a:/opt\n/opt/x dir app\n/opt/x/y file app a:/opt/x/y\n/opt/z verbatim app a:/opt/z",
			"/opt/z in /opt/z",
		},
	} {
		var entries []plan.Entry
		for line := range strings.Lines(test.entries) {
			f := strings.Fields(line)
			e := plan.Entry{Path: f[0], Kind: plan.KindDir, Layer: f[2], Verbatim: f[1] == "verbatim"}
			if f[1] == "file" {
				e.Kind = plan.KindFile
			}
			if len(f) > 3 {
				tree, name, _ := strings.Cut(f[3], ":")
				e.From = &plan.Origin{Tree: tree, Path: name}
			}
			entries = append(entries, e)
		}
		var got []string
		found := groups(entries)
		for _, name := range slices.Sorted(maps.Keys(found)) {
			got = append(got, fmt.Sprintf("%s in %s", name, found[name]))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s: got %s, want %s", test.name, text, test.want)
		}
	}
}
