package resolve

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
)

// needTimeZone ships the time zone that the image's environment names, from the source of a
// program that starts for itself.
func (r *resolver) needTimeZone(o object) error {
	name, sure := needspkg.TimeZone(r.req.Env)
	if name == "" || !o.file.Executable() || o.need {
		return nil
	}
	if _, err := rootfs.Resolve(r.trees[o.tree], name); err == nil {
		return r.shipNeed(o, r.ruled(o, name, "the time zone "+strings.TrimPrefix(name, needspkg.ZoneInfo+"/")))
	}
	r.needs.noZone = r.needs.noZone || sure
	return nil
}

// checkTimeZone warns of a time zone that the environment names and no tree has.
func (r *resolver) checkTimeZone(t *imagetree.Tree) {
	name, sure := needspkg.TimeZone(r.req.Env)
	if _, err := rootfs.Resolve(t.View, needspkg.ZoneInfo); !r.needs.noZone && (!sure || err != nil) {
		return
	}
	if _, err := rootfs.Resolve(t.View, name); err == nil {
		return
	}
	zone := strings.TrimPrefix(name, needspkg.ZoneInfo+"/")
	fixes := []string{"install tzdata in the program's source, or include the part tzdata from one that has it"}
	for _, tree := range append([]rootfs.FS{t.View}, r.sourceTrees()...) {
		if _, err := rootfs.Resolve(tree, needspkg.ZoneInfo); err != nil {
			continue
		}
		fixes = []string{"write the name of a time zone of tzdata's, such as Europe/Berlin"}
		if near := nearZone(tree, name); near != "" {
			fixes = []string{"did you mean " + near + "?"}
			break
		}
	}
	for _, tree := range slices.Sorted(slices.Values(r.req.Trees)) {
		if _, err := rootfs.Resolve(r.trees[tree], path.Clean(name)); err == nil {
			fixes = []string{"write include: - tzdata: {from: " + tree + "}"}
			break
		}
	}
	r.report(diag.Diagnostic{
		Code: "no-time-zone", At: "env", Severity: diag.SeverityWarning,
		Message: fmt.Sprintf("env names the time zone %s, and %s is not in the image", zone, name),
		Runtime: "programs go on with UTC",
		Fixes:   fixes,
	})
}

// sourceTrees are the trees that the spec takes from, in order.
func (r *resolver) sourceTrees() []rootfs.FS {
	var out []rootfs.FS
	for _, name := range slices.Sorted(slices.Values(r.req.Trees)) {
		out = append(out, r.trees[name])
	}
	return out
}

// nearZone is a time zone of a tree with nearly the name of one that it does not have, each part
// of the name by itself.
func nearZone(tree rootfs.FS, name string) string {
	at := needspkg.ZoneInfo
	for part := range strings.SplitSeq(strings.TrimPrefix(name, needspkg.ZoneInfo+"/"), "/") {
		entries, err := tree.ReadDir(rootfs.Name(at))
		if err != nil {
			return ""
		}
		var known []string
		guess := ""
		for _, e := range entries {
			known = append(known, e.Name())
			if strings.EqualFold(e.Name(), part) {
				guess = e.Name()
			}
		}
		if guess = cmp.Or(guess, diag.Nearest(part, known)); guess == "" {
			return ""
		}
		at = path.Join(at, guess)
	}
	return strings.TrimPrefix(at, needspkg.ZoneInfo+"/")
}
