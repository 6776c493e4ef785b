package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What comes with a directory that the spec names and is for other platforms does not
// ship, nor a directory or a link that only led there; what an item names itself does. The
// directories above are not copied as they are.
func TestLeaveOut(t *testing.T) {
	t.Parallel()
	context := tree(t,
		"/app/server.js file 644 x",
		"/app/lib/a.js file 644 x",
		`/app/node_modules/fsevents/package.json file 644 {"os": ["darwin"]}`,
		"/app/node_modules/fsevents/main.js file 644 xxx",
		"/app/node_modules/.bin/fsevents link ../fsevents/main.js",
		"/app/node_modules/pkg/package.json file 644 {}",
		"/app/node_modules/pkg/prebuilds/darwin-x64/a.node file 644 xx",
		"/app/node_modules/pkg/prebuilds/linux-x64/a.node file 644 x",
	)
	whole := `/app dir 0755 0:0
/app/lib dir 0755 0:0 verbatim
/app/lib/a.js file 0644 0:0
/app/node_modules dir 0755 0:0
/app/node_modules/pkg dir 0755 0:0
/app/node_modules/pkg/package.json file 0644 0:0
/app/node_modules/pkg/prebuilds dir 0755 0:0
/app/node_modules/pkg/prebuilds/linux-x64 dir 0755 0:0 verbatim
/app/node_modules/pkg/prebuilds/linux-x64/a.node file 0644 0:0
/app/server.js file 0644 0:0
`
	for _, test := range []struct{ name, spec, want, left string }{
		{"a directory", "files: [{from: app, to: /app}]", whole,
			"/app/node_modules: a build for darwin-x64: 1 files, 2 bytes; /app/node_modules: a package for darwin: 2 files, 21 bytes"},
		{"what an item names itself", "files: [{from: app/node_modules/fsevents, to: /app/node_modules/fsevents}]", `/app dir 0755 0:0
/app/node_modules dir 0755 0:0
/app/node_modules/fsevents dir 0755 0:0 verbatim
/app/node_modules/fsevents/main.js file 0644 0:0
/app/node_modules/fsevents/package.json file 0644 0:0
`, ""},
		{"what the loader needs alone", "files: [{from: app/node_modules/pkg, to: /pkg}]\nruntime: closure", `/pkg dir 0755 0:0 verbatim
/pkg/package.json file 0644 0:0
/pkg/prebuilds dir 0755 0:0 verbatim
/pkg/prebuilds/darwin-x64 dir 0755 0:0 verbatim
/pkg/prebuilds/darwin-x64/a.node file 0644 0:0
/pkg/prebuilds/linux-x64 dir 0755 0:0 verbatim
/pkg/prebuilds/linux-x64/a.node file 0644 0:0
`, ""},
	} {
		res := planFor(t, test.spec+"\nmetadata: none\nexclude: [accounts, tmp, nsswitch]\n", map[string]rootfs.FS{plan.TreeContext: context})
		var left []string
		for _, l := range res.Plan.LeftOut {
			left = append(left, fmt.Sprintf("%s: %s: %d files, %d bytes", l.Path, l.Why, l.Files, l.Size))
		}
		if got := show(res.Plan); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
		if got := strings.Join(left, "; "); got != test.left {
			t.Errorf("%s: left out %s, want %s", test.name, got, test.left)
		}
	}
}
