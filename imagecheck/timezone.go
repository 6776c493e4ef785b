package imagecheck

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
)

// checkTimeZone warns of a time zone that the environment names and no tree has.
func (img *Image) checkTimeZone() {
	name, sure := needs.TimeZone(img.Process.Env)
	if _, err := rootfs.Resolve(img.Tree.View, needs.ZoneInfo); !img.NoZone && (!sure || err != nil) {
		return
	}
	if _, err := rootfs.Resolve(img.Tree.View, name); err == nil {
		return
	}
	zone := strings.TrimPrefix(name, needs.ZoneInfo+"/")
	fixes := []string{"install tzdata in the program's source, or include the part tzdata from one that has it"}
	for _, tree := range append([]rootfs.FS{img.Tree.View}, img.sourceTrees()...) {
		if _, err := rootfs.Resolve(tree, needs.ZoneInfo); err != nil {
			continue
		}
		fixes = []string{"write the name of a time zone of tzdata's, such as Europe/Berlin"}
		if near := nearZone(tree, name); near != "" {
			fixes = []string{"did you mean " + near + "?"}
			break
		}
	}
	for _, tree := range slices.Sorted(slices.Values(img.From)) {
		if _, err := rootfs.Resolve(img.Sources[tree], path.Clean(name)); err == nil {
			fixes = []string{"write include: - tzdata: {from: " + tree + "}"}
			break
		}
	}
	img.report(diag.Diagnostic{
		Code: "no-time-zone", At: "env", Severity: diag.SeverityWarning,
		Message: fmt.Sprintf("env names the time zone %s, and %s is not in the image", zone, name),
		Runtime: "programs go on with UTC",
		Fixes:   fixes,
	})
}

// sourceTrees are the trees that the spec takes from, in order.
func (img *Image) sourceTrees() []rootfs.FS {
	var out []rootfs.FS
	for _, name := range slices.Sorted(slices.Values(img.From)) {
		out = append(out, img.Sources[name])
	}
	return out
}

// nearZone is a time zone of a tree with nearly the name of one that it does not have, each part
// of the name by itself.
func nearZone(tree rootfs.FS, name string) string {
	at := needs.ZoneInfo
	for part := range strings.SplitSeq(strings.TrimPrefix(name, needs.ZoneInfo+"/"), "/") {
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
	return strings.TrimPrefix(at, needs.ZoneInfo+"/")
}
