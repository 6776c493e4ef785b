package resolve_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
)

// sights writes an answer in lines.
func sights(a *plan.Answer) string {
	var b strings.Builder
	if a.At != "" {
		fmt.Fprintf(&b, "in the image at %s\n", a.At)
	}
	for _, s := range a.Candidates {
		fmt.Fprintf(&b, "%s has %s, %s %d", s.Tree, s.Path, s.Kind, s.Size)
		if s.Target != "" {
			fmt.Fprintf(&b, " -> %s", s.Target)
		}
		if s.Real != s.Path {
			fmt.Fprintf(&b, ", really %q", s.Real)
		}
		if s.Excluded {
			b.WriteString(", excluded")
		}
		if s.Linkage != "" {
			fmt.Fprintf(&b, ", %s", s.Linkage)
		}
		b.WriteString("\n")
	}
	if a.More > 0 {
		fmt.Fprintf(&b, "and %d more\n", a.More)
	}
	for _, o := range a.Similar {
		fmt.Fprintf(&b, "near: %s in %s\n", o.Path, o.Tree)
	}
	return b.String()
}

// What is asked is looked for in the image and in all trees, those of the
// question included, through the links of both.
func TestAsk(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 15 {
		many = append(many, fmt.Sprintf("/many/%02d/index.html file 0644 x", i))
	}
	trees := map[string]rootfs.FS{
		plan.TreeBase: tree(t, "/bin link usr/bin", "/usr/bin/env file 0755 x", "/etc/base.conf file 0644 base"),
		"debian": tree(t, append(many, "/lib link usr/lib", "/usr/lib/libssl.so.3 file 0644 ssl", "/usr/lib/gone link nowhere",
			"/usr/lib/libcap.so.2 link libcap.so.2.66", "/usr/lib/libcap.so.2.66 file 0644 cap",
			"/usr/bin/script file 0755 #!/bin/sh", "/usr/share/curl dir 0755", "/etc/default/tool file 0644 x", "/usr/sbin/tool file 0755 x", "/proc/libssl.so.3 file 0444 x")...),
		"extra": tree(t, "/usr/bin/curl file 0755 #!/bin/sh", "/etc/base.conf file 0644 other"),
	}
	for _, test := range []struct{ question, want string }{
		{"/lib/libssl.so.3", `debian has /lib/libssl.so.3, file 3, really "/usr/lib/libssl.so.3", not-elf` + "\n"},
		{"libssl.so.3", "debian has /usr/lib/libssl.so.3, file 3, not-elf\n"},
		{"libcap.so.2", `debian has /usr/lib/libcap.so.2, file 3 -> libcap.so.2.66, really "/usr/lib/libcap.so.2.66", excluded, not-elf` + "\n"},
		{"/usr/lib/gone", `debian has /usr/lib/gone, link 0 -> nowhere, really ""` + "\n"},
		{"/bin/script", "debian has /usr/bin/script, file 9, script\n"},
		{"/bin/env", "in the image at /usr/bin/env\n" + `(base) has /bin/env, file 1, really "/usr/bin/env", not-elf` + "\n"},
		{"/etc/base.conf", "in the image at /etc/base.conf\n(base) has /etc/base.conf, file 4, not-elf\nextra has /etc/base.conf, file 5, not-elf\n"},
		{"curl", "extra has /usr/bin/curl, file 9, script\ndebian has /usr/share/curl, dir 0\n"},
		{"tool", "debian has /usr/sbin/tool, file 1, not-elf\ndebian has /etc/default/tool, file 1, not-elf\n"},
		{"/usr/lib/libssl.so.1.1", "near: /usr/lib/libssl.so.3 in debian\n"},
		{"/usr/bin/crul", "near: /usr/bin/curl in extra\n"},
		{"crul", "near: /usr/share/curl in debian\nnear: /usr/bin/curl in extra\n"},
		{"/none/at/all", ""},
	} {
		req := request.Request{
			Platform: "linux/amd64", Base: true, Trees: []string{"debian"}, MaxLayers: 10, Exclude: []string{"accounts", "tmp", "nsswitch", "libcap.so.2"},
			Ask: &plan.Query{Path: test.question, Trees: []string{"extra"}},
		}
		res, err := resolve.Make(req, trees)
		if err != nil {
			t.Fatal(test.question, err)
		}
		if got := sights(res.Answer); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.question, got, test.want)
		}
	}
	req := request.Request{Platform: "linux/amd64", Trees: []string{"debian"}, MaxLayers: 10, Ask: &plan.Query{Path: "index.html"}}
	res, err := resolve.Make(req, trees)
	if err != nil {
		t.Fatal(err)
	}
	if a := res.Answer; len(a.Candidates) != 12 || a.More != 3 {
		t.Errorf("%d sightings and %d more", len(a.Candidates), a.More)
	}
}

// A request that asks nothing is what it was before one could: its analysis stays
// cached.
func TestAskLeavesRequestsAlone(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(request.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "ask") {
		t.Errorf("%s", data)
	}
}
