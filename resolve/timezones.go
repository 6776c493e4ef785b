package resolve

import (
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
	if near := nearZone(t.View, name); near != "" {
		fixes = []string{"did you mean " + near + "?"}
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

// nearZone is a time zone of the image with nearly the name of one that it does not have.
func nearZone(image rootfs.FS, name string) string {
	entries, err := image.ReadDir(rootfs.Name(path.Dir(name)))
	if err != nil {
		return ""
	}
	var known []string
	for _, e := range entries {
		known = append(known, e.Name())
	}
	guess := diag.Nearest(path.Base(name), known)
	if guess == "" {
		return ""
	}
	return strings.TrimPrefix(path.Join(path.Dir(name), guess), needspkg.ZoneInfo+"/")
}
