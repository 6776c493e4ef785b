package evidence

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

// LeaveOut takes out what comes with a directory that the spec names and that cannot be
// opened in the image, such as builds for other platforms, or need not as the spec says.
// What an item names itself stays.
func (r *Gatherer) LeaveOut() error {
	if r.Req.Runtime.Needs != spec.NeedsAuto {
		return nil
	}
	var directories []string
	for _, e := range r.Entries {
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
		Platform: r.Req.Platform, Settings: r.Req.Runtime, Env: r.Req.Env, Workdir: r.Req.Workdir,
		Image: r.Trees[plan.TreeImage], Commands: r.commandLines(), App: app,
	}
	for _, l := range runtimes.Leavers() {
		left, err := l.Leaves(ask)
		if err != nil {
			return err
		}
		r.takeOut(left)
	}
	if len(r.Left) == 0 {
		return nil
	}
	return r.NameImage()
}

// knownLibc is the C library of the programs that the spec names, "" where they have
// several or none.
func (r *Gatherer) knownLibc() string {
	found := map[string]bool{}
	for _, p := range r.Roots {
		if p.Dynamic() && !p.Extra {
			found[loader.Libc(p.Facts.File)] = true
		}
	}
	if len(found) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(found))[0]
}

// takeOut takes out files and directories, and the directories that nothing is left in.
func (r *Gatherer) takeOut(left []runtimes.Left) {
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
	for _, e := range r.Left {
		gone[e.Path] = true
	}
	r.remove(func(e imagetree.Entry) string {
		if e.Kind == plan.KindSymlink {
			if found, err := rootfs.Resolve(r.Image.View, e.Path); err == nil && gone[found.Path] {
				return "it leads to what does not ship"
			}
		}
		return ""
	})
	for more := true; more; {
		holds, emptied := map[string]bool{}, map[string]bool{}
		for _, e := range r.Left {
			emptied[path.Dir(e.Path)] = true
		}
		for _, e := range r.Entries {
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
func (r *Gatherer) remove(reason func(imagetree.Entry) string) bool {
	before := len(r.Entries)
	r.Entries = slices.DeleteFunc(r.Entries, func(e imagetree.Entry) bool {
		if e.Reason.Cause != plan.CauseFile || e.Item == 0 {
			return false
		}
		why := reason(e)
		if why == "" {
			return false
		}
		r.Left = append(r.Left, e)
		if e.Kind == plan.KindFile {
			r.noteLeft(e, why)
		}
		return true
	})
	return len(r.Entries) < before
}

// noteLeft counts a file among those that are told as one.
func (r *Gatherer) noteLeft(e imagetree.Entry, why string) {
	at := e.Path
	if i := strings.LastIndex(at, "/node_modules/"); i >= 0 {
		at = at[:i+len("/node_modules")]
	}
	i, ok := slices.BinarySearchFunc(r.LeftOut, plan.LeftOut{Path: at, Why: why}, compareLeft)
	if !ok {
		r.LeftOut = slices.Insert(r.LeftOut, i, plan.LeftOut{Path: at, Why: why, At: e.Reason.At})
	}
	r.LeftOut[i].Files++
	r.LeftOut[i].Size += e.Size
}

func compareLeft(a, b plan.LeftOut) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why))
}
