//go:build linux && amd64

package resolve_test

import (
	"testing"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
)

// A configuration in a listing brings what the file itself would. Without what it
// mentions there is no plan.
func TestConfigurationInListing(t *testing.T) {
	t.Parallel()
	const (
		spec = "binaries: ['debian:/usr/bin/tool']\nfiles: [{from: my.conf, to: /etc/my.conf}]\nmetadata: none\nexclude: [accounts, tmp, nsswitch]"
		text = "module /usr/lib/tool/a.mod\n# load /usr/share/both\n"
		want = "/usr/lib/tool/a.mod /usr/share/tool/data /var/lib/tool 65532"
	)
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t, "/my.conf file 644 "+text), "debian": needsTree(t, "x")}
	if got := needed(planFor(t, spec, trees)); got != want {
		t.Errorf("of the file: got %s, want %s", got, want)
	}
	mentions, err := request.ReadMentions(trees[plan.TreeContext], "/my.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		mentions *needspkg.Mentions
		unknown  bool
	}{
		{name: "what it mentions", mentions: &mentions},
		{name: "its name alone", unknown: true},
	} {
		list := request.Listing{{Path: "/my.conf", Mode: 0o644, Mentions: test.mentions}}
		listed, err := list.Tree()
		if err != nil {
			t.Fatal(err)
		}
		trees := map[string]rootfs.FS{plan.TreeContext: listed, "debian": trees["debian"]}
		req := requestFor(t, spec, trees)
		req.Listings = map[string]request.Listing{plan.TreeContext: list}
		res, err := resolve.Make(req, trees)
		if err != nil {
			t.Fatal(err)
		}
		if got := needed(res); res.NeedsContent != test.unknown || !test.unknown && got != want {
			t.Errorf("%s: got %s, content needed: %t; want %s", test.name, got, res.NeedsContent, want)
		}
	}
}
