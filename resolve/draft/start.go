package draft

import (
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// User is who a container of the image runs as.
func (r *Draft) User() start.User { return start.User(r.Req.User.Owner) }

// Process is how a container of the image starts programs.
func (r *Draft) Process() start.Process {
	return start.Process{User: r.User(), Env: r.Req.Env, Workdir: r.Req.Workdir, Platform: r.Req.Platform}
}

// Starter starts programs in a tree as a container of the image would.
func (r *Draft) Starter(tree rootfs.FS) *start.Starter { return start.New(tree, r.Process()) }
