package resolve

import (
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

func (r *resolver) user() start.User { return start.User(r.req.User.Owner) }

// process is how a container of the image starts programs.
func (r *resolver) process() start.Process {
	return start.Process{User: r.user(), Env: r.req.Env, Workdir: r.req.Workdir, Platform: r.req.Platform}
}

// starter starts programs in a tree as a container of the image would.
func (r *resolver) starter(tree rootfs.FS) *start.Starter { return start.New(tree, r.process()) }
