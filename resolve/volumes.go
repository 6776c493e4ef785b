package resolve

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// addVolumes makes the volumes of an image that does not run as root, for its user:
// a runtime would make them for root. Whatever else makes a directory there, or has
// one, goes before.
func (r *resolver) addVolumes() error {
	for _, v := range r.req.Volumes {
		if r.user().UID == 0 || v.Path == "/" || r.hasBase(v.Path) {
			continue
		}
		r.want(imagetree.Entry{Soft: true, Entry: plan.Entry{
			Path: v.Path, Kind: plan.KindDir, Mode: 0o755, UID: r.req.User.UID, GID: r.req.User.GID,
			Reason: plan.Reason{Cause: plan.CauseDirectory, At: v.At},
		}})
	}
	return nil
}

// makesVolume tells whether a directory is made because it is a volume.
func (r *resolver) makesVolume(dir string) bool {
	return r.user().UID != 0 && slices.ContainsFunc(r.req.Volumes, func(v Volume) bool { return v.Path == dir })
}

// checkVolumes warns of volumes in which the image's user may not write: a runtime
// gives a new volume the mode and owner of its directory in the image.
func (r *resolver) checkVolumes(t *imagetree.Tree) error {
	view := start.NewView(t.View, r.user())
	for _, v := range r.req.Volumes {
		found, err := view.Resolve(v.Path)
		var dir *start.Unsearchable
		switch {
		case errors.As(err, &dir):
			found.Info, found.Path = dir.Info, dir.Dir
		case rootfs.IsAbsent(err): // root's, made by the runtime
			continue
		case err != nil:
			return err
		case !found.Info.IsDir():
			r.report(diag.Diagnostic{
				Code: "path-conflict", At: v.At,
				Message: fmt.Sprintf("the volume %s is a file in the image, and a volume is a directory", v.Path),
				Runtime: "not a directory: are you trying to mount a directory onto a file (or vice-versa)?",
				Fixes:   []string{"write the directory that is to outlive containers", "a file alone is mounted when the image is run, and needs no volume"},
			})
			continue
		case r.user().May(found.Info, start.Write|start.Execute), r.ownerIsMeant(t, found.Path):
			continue
		}
		whose := start.Attributes(found.Info)
		if found.Path != v.Path {
			whose = fmt.Sprintf("%s: %s", found.Path, whose)
		}
		r.report(diag.Diagnostic{
			Code: "volume-not-writable", Severity: diag.SeverityWarning, At: v.At,
			Message: fmt.Sprintf("user %s may not write to the volume %s (%s)", r.user(), v.Path, whose),
			Runtime: fmt.Sprintf("open %s: permission denied", path.Join(v.Path, "data")),
			Fixes:   []string{fmt.Sprintf(`give it to the user, under directories: - {path: %s, owner: "%s"}`, v.Path, r.user())},
		})
	}
	return nil
}
