package resolve

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// leaveOut takes out what comes with a directory that the spec names and that cannot be
// opened in the image, such as builds for other platforms, or need not as the spec says.
// What an item names itself stays.
func (r *resolver) leaveOut() error {
	if r.req.Runtime.Needs != spec.NeedsAuto {
		return nil
	}
	var directories []string
	for _, e := range r.entries {
		if e.Kind == plan.KindDir && e.Reason.Cause == plan.CauseFile {
			directories = append(directories, e.Path)
		}
	}
	if len(directories) == 0 {
		return nil
	}
	slices.Sort(directories)
	app, err := r.appFiles()
	if err != nil {
		return err
	}
	ask := runtimes.LeaveRequest{Libc: r.knownLibc(), Directories: slices.Compact(directories)}
	ask.Request = runtimes.Request{
		Platform: r.req.Platform, Settings: r.req.Runtime, Env: r.req.Env, Workdir: r.req.Workdir,
		Image: r.trees[treeImage], Commands: r.commandLines(), App: app,
	}
	for _, l := range runtimes.Leavers() {
		left, err := l.Leaves(ask)
		if err != nil {
			return err
		}
		r.takeOut(left)
	}
	if len(r.left) == 0 {
		return nil
	}
	return r.nameImage()
}

// knownLibc is the C library of the programs that the spec names, "" where they have
// several or none.
func (r *resolver) knownLibc() string {
	found := map[string]bool{}
	for _, p := range r.roots {
		if p.dynamic() && !p.extra {
			found[loader.Libc(p.facts.File)] = true
		}
	}
	if len(found) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(found))[0]
}

// takeOut takes out files and directories, and the directories that nothing is left in.
func (r *resolver) takeOut(left []runtimes.Left) {
	why := map[string]string{}
	for _, l := range left {
		why[l.Path] = l.Why
	}
	r.remove(func(e imagetree.Entry) string {
		for at := e.Path; len(at) > len(e.Scope) && at != "/"; at = path.Dir(at) {
			if text := why[at]; text != "" {
				return text
			}
		}
		return ""
	})
	gone := map[string]bool{}
	for _, e := range r.left {
		gone[e.Path] = true
	}
	r.remove(func(e imagetree.Entry) string {
		if e.Kind == plan.KindSymlink {
			if found, err := rootfs.Resolve(r.image.View, e.Path); err == nil && gone[found.Path] {
				return "it leads to what does not ship"
			}
		}
		return ""
	})
	for more := true; more; {
		holds, emptied := map[string]bool{}, map[string]bool{}
		for _, e := range r.left {
			emptied[path.Dir(e.Path)] = true
		}
		for _, e := range r.entries {
			holds[path.Dir(e.Path)] = true
		}
		more = r.remove(func(e imagetree.Entry) string {
			if e.Kind == plan.KindDir && len(e.Path) > len(e.Scope) && emptied[e.Path] && !holds[e.Path] {
				return "nothing is left in it"
			}
			return ""
		})
	}
}

// remove takes out entries of the spec's items for which there is a reason to, and tells
// whether there were any.
func (r *resolver) remove(reason func(imagetree.Entry) string) bool {
	before := len(r.entries)
	r.entries = slices.DeleteFunc(r.entries, func(e imagetree.Entry) bool {
		if e.Reason.Cause != plan.CauseFile || e.Item == 0 {
			return false
		}
		why := reason(e)
		if why == "" {
			return false
		}
		r.left = append(r.left, e)
		if e.Kind == plan.KindFile {
			r.noteLeft(e, why)
		}
		return true
	})
	return len(r.entries) < before
}

// noteLeft counts a file among those that are told as one.
func (r *resolver) noteLeft(e imagetree.Entry, why string) {
	at := e.Path
	if i := strings.LastIndex(at, "/node_modules/"); i >= 0 {
		at = at[:i+len("/node_modules")]
	}
	i, ok := slices.BinarySearchFunc(r.leftOut, plan.LeftOut{Path: at, Why: why}, compareLeft)
	if !ok {
		r.leftOut = slices.Insert(r.leftOut, i, plan.LeftOut{Path: at, Why: why, At: e.Reason.At})
	}
	r.leftOut[i].Files++
	r.leftOut[i].Size += e.Size
}

func compareLeft(a, b plan.LeftOut) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why))
}
