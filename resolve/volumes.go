package resolve

import (
	"slices"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
)

// addVolumes makes the volumes of an image that does not run as root, for its user:
// a runtime would make them for root. Whatever else makes a directory there, or has
// one, goes before.
func (r *resolver) addVolumes() error {
	for _, v := range r.Req.Volumes {
		if r.User().UID == 0 || v.Path == "/" || r.HasBase(v.Path) {
			continue
		}
		r.Want(imagetree.Entry{Soft: true, Entry: plan.Entry{
			Path: v.Path, Kind: plan.KindDir, Mode: 0o755, UID: r.Req.User.UID, GID: r.Req.User.GID,
			Reason: plan.Reason{Cause: plan.CauseDirectory, At: v.At},
		}})
	}
	return nil
}

// makesVolume tells whether a directory is made because it is a volume.
func (r *resolver) makesVolume(dir string) bool {
	return r.User().UID != 0 && slices.ContainsFunc(r.Req.Volumes, func(v imagecheck.Volume) bool { return v.Path == dir })
}
