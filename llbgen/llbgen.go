// Package llbgen turns a plan into what BuildKit builds and exports: LLB that
// puts the plan's files on a base, layer by layer, and the image's config.
package llbgen

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// Options is what an assembly depends on besides the plan.
type Options struct {
	// Base is what the layers go on; llb.Scratch() for nothing.
	Base llb.State
	// Trees are the source trees by the names that the plan uses.
	Trees map[string]llb.State
	// Epoch is the modification time of every file and directory.
	Epoch time.Time
	// Caps are the daemon's LLB capabilities.
	Caps apicaps.CapSet
	// Constraints are added to every vertex.
	Constraints []llb.ConstraintsOpt
	// Metadata, when set, has a tree for each layer, in MetadataDir: every file of
	// package metadata at its path, as the plan describes it, and the directories
	// above. They are many and small, and copied at once far faster than made one
	// by one.
	Metadata *Subtree
	// Made has the files that the analysis has made of others, each at its path. It may
	// be nil where a plan has none.
	Made *Subtree
	// Locate returns the place of a spec node, so that a failing step points at
	// the lines that asked for it. It may be nil.
	Locate func(at ...string) llb.ConstraintsOpt
	// Last is the name of the last vertex.
	Last string
}

// Subtree is a directory of a state.
type Subtree struct {
	State llb.State
	Dir   string
}

// Assemble emits LLB that puts each of the plan's layers on the base.
//
// With MergeOp every layer is made by itself and the layers are then put on
// each other without copying, so that a change in one leaves the others cached.
// Daemons without it get a chain of copies, which yields the same tree.
func Assemble(p *plan.Plan, opt Options) (llb.State, error) {
	if err := p.Check(); err != nil {
		return llb.State{}, err
	}
	if err := supported(p, opt.Caps); err != nil {
		return llb.State{}, err
	}
	if opt.Made == nil && slices.ContainsFunc(p.Entries, func(e plan.Entry) bool { return e.Made != nil }) {
		return llb.State{}, errors.New("the plan has files that are made of others, and nobody has made them; this is a fault of Sinter")
	}
	merge := opt.Caps.Supports(pb.CapMergeOp) == nil
	layers := []llb.State{opt.Base}
	top := opt.Base
	empty := emptyDir()
	together := groups(p.Entries)
	for i, l := range p.Layers {
		entries := layerEntries(p, l.Name)
		a := &assembler{Options: opt, layer: l.Name, empty: empty, groups: together, times: map[string]time.Time{}, touched: map[string]bool{}}
		a.prepare(entries, i)
		layer := a.assemble(entries)
		layers = append(layers, layer)
		if !merge {
			// Copying a directory's contents takes along what they are like, the
			// times too, and replaces what is there.
			named := a.constraints(entries)
			if i == len(p.Layers)-1 {
				named = append(named, llb.WithCustomName(opt.Last))
			}
			top = top.File(llb.Copy(layer, "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true}), named...)
		}
	}
	if !merge {
		return top, nil
	}
	return llb.Merge(layers, append(opt.Constraints, llb.WithCustomName(opt.Last))...), nil
}

// supported refuses daemons that would silently ignore an operation: FileOp
// negotiates nothing but itself.
func supported(p *plan.Plan, caps apicaps.CapSet) error {
	for _, e := range p.Entries {
		if e.Kind == plan.KindSymlink && caps.Supports(pb.CapFileSymlinkCreate) != nil {
			return diag.List{{
				Code:    "buildkit-too-old",
				At:      e.Reason.At,
				Message: fmt.Sprintf("this BuildKit cannot make symlinks (%s needs one)", e.Path),
				Fixes:   []string{"use BuildKit 0.20 or newer (Docker 28 or newer)"},
			}}
		}
	}
	return nil
}

// layerEntries returns the entries of a layer with the directories they stand
// in, which every layer has to bring along.
func layerEntries(p *plan.Plan, name string) []plan.Entry {
	needed := map[string]bool{}
	for _, e := range p.Entries {
		if e.Layer != name {
			continue
		}
		for at := e.Path; at != "/"; at = path.Dir(at) {
			needed[at] = true
		}
	}
	var out []plan.Entry
	for _, e := range p.Entries {
		if needed[e.Path] {
			out = append(out, e)
		}
	}
	return out
}

// assembler makes one layer.
type assembler struct {
	Options
	layer  string
	empty  llb.State
	action *llb.FileAction // a nil one is the start of a chain
	// prepared are the paths that come with the package metadata, and nothing else in
	// them does.
	prepared map[string]bool
	// metadata is the directory of the package metadata that is the layer's.
	metadata string
	// groups are the directories that entries are copied with as a whole, and times what
	// time such a copy gives to everything in it.
	groups map[string]string
	times  map[string]time.Time
	// touched are the directories in groups that a file has been put into since.
	touched map[string]bool
}

// assemble emits one FileOp, which is one layer however many actions it has:
// directories from the root down, then what stands in them, then every
// directory's time anew, since each file put into one has touched it.
func (a *assembler) assemble(entries []plan.Entry) llb.State {
	for _, e := range entries {
		if e.Kind == plan.KindDir && !a.prepared[e.Path] {
			a.makeDir(e)
		}
	}
	if len(a.prepared) > 0 {
		a.action = a.action.Copy(a.Metadata.State, a.metadata, "/", &llb.CopyInfo{
			CopyDirContentsOnly: true,
			CreatedTime:         new(a.Epoch),
		})
	}
	for _, e := range entries {
		switch {
		case a.prepared[e.Path]:
			// comes with the package metadata
		case a.groups[e.Path] == e.Path:
			a.copyGroup(e, entries)
		case a.groups[e.Path] != "":
			a.keepTime(e)
		case e.Kind == plan.KindSymlink:
			a.action = a.action.Symlink(e.Target, e.Path, owner(e), llb.WithCreatedTime(a.time(e)))
		case e.Kind == plan.KindFile && e.From != nil:
			a.copyFile(e)
		case e.Kind == plan.KindFile:
			a.action = a.action.Mkfile(e.Path, fs.FileMode(e.Mode), e.Data, owner(e), llb.WithCreatedTime(a.Epoch))
		}
	}
	for _, e := range entries {
		if e.Kind == plan.KindDir && !a.prepared[e.Path] && (!a.comesWithGroup(e) || a.touched[e.Path]) {
			a.touch(e)
		}
	}
	return llb.Scratch().File(a.action, a.constraints(entries)...)
}

// MetadataDir is the directory of the package metadata of one of the plan's
// layers, in that of all layers.
func MetadataDir(layer int) string { return strconv.Itoa(layer) }

// prepare finds what comes with the package metadata: its files, and the directories in
// which there is nothing else.
func (a *assembler) prepare(entries []plan.Entry, layer int) {
	a.prepared = map[string]bool{}
	if a.Metadata == nil {
		return
	}
	a.metadata = path.Join(a.Metadata.Dir, MetadataDir(layer))
	for _, e := range entries {
		if e.IsMetadata() {
			for at := e.Path; at != "/"; at = path.Dir(at) {
				a.prepared[at] = true
			}
		}
	}
	for _, e := range entries {
		if e.IsMetadata() || e.Kind == plan.KindDir && e.Reason.Cause == plan.CauseParent && e.ModTime == nil {
			continue
		}
		for at := e.Path; at != "/"; at = path.Dir(at) {
			delete(a.prepared, at)
		}
	}
}

// makeDir makes a directory. FileOp's mkdir knows only permission bits, and so
// one with more is copied from an empty one, where chmod's other bits work.
func (a *assembler) makeDir(e plan.Entry) {
	if a.comesWithGroup(e) {
		return
	}
	if e.Mode&^0o777 == 0 {
		a.action = a.action.Mkdir(e.Path, fs.FileMode(e.Mode), owner(e), llb.WithCreatedTime(a.time(e)))
		return
	}
	a.action = a.action.Copy(a.empty, "/empty", e.Path, &llb.CopyInfo{
		Mode:        &llb.ChmodOpt{Mode: fs.FileMode(e.Mode)},
		ChownOpt:    chown(e),
		CreatedTime: new(a.time(e)),
	})
}

// touch sets a directory's time, by copying nothing into it.
func (a *assembler) touch(e plan.Entry) {
	a.action = a.action.Copy(a.empty, "/empty", e.Path, &llb.CopyInfo{
		CopyDirContentsOnly: true,
		CreatedTime:         new(a.time(e)),
	})
}

// emptyDir is a state with one empty directory, /empty.
func emptyDir() llb.State {
	return llb.Scratch().File(
		llb.Mkdir("/empty", 0o755, llb.WithCreatedTime(time.Unix(0, 0))),
		llb.WithCustomName("[internal] empty directory"),
	)
}

func (a *assembler) copyFile(e plan.Entry) {
	from, name := a.Trees[e.From.Tree], e.From.Path
	if e.Made != nil {
		from, name = a.Made.State, path.Join(a.Made.Dir, e.Path)
	}
	a.action = a.action.Copy(from, name, e.Path, &llb.CopyInfo{
		Mode:        &llb.ChmodOpt{Mode: fs.FileMode(e.Mode)},
		ChownOpt:    chown(e),
		CreatedTime: new(a.time(e)),
	})
}

// copyGroup copies a whole directory in one action. Everything in it has the
// mode that its source has; one owner for all of it is set, several are kept.
func (a *assembler) copyGroup(root plan.Entry, entries []plan.Entry) {
	a.times[root.Path] = a.time(root)
	info := &llb.CopyInfo{
		CopyDirContentsOnly: true,
		CreatedTime:         new(a.time(root)),
	}
	if a.oneOwner(root, entries) {
		info.ChownOpt = chown(root)
	}
	a.action = a.action.Copy(a.Trees[root.From.Tree], root.From.Path, root.Path, info)
}

// keepTime copies a file of a group once more, if its time is not the group's.
func (a *assembler) keepTime(e plan.Entry) {
	if e.Kind == plan.KindFile && !a.time(e).Equal(a.times[a.groups[e.Path]]) {
		a.copyFile(e)
		a.touched[path.Dir(e.Path)] = true
	}
}

func (a *assembler) oneOwner(root plan.Entry, entries []plan.Entry) bool {
	return !slices.ContainsFunc(entries, func(e plan.Entry) bool {
		return a.groups[e.Path] == root.Path && (e.UID != root.UID || e.GID != root.GID)
	})
}

// comesWithGroup tells whether an entry is copied with a directory above it.
func (a *assembler) comesWithGroup(e plan.Entry) bool {
	root := a.groups[e.Path]
	return root != "" && root != e.Path
}

// time is the epoch, but for what keeps its own.
func (a *assembler) time(e plan.Entry) time.Time {
	if e.ModTime != nil {
		return time.Unix(*e.ModTime, 0)
	}
	return a.Epoch
}

func chown(e plan.Entry) *llb.ChownOpt {
	o := owner(e).(llb.ChownOpt)
	return &o
}

func owner(e plan.Entry) llb.ChownOption {
	return llb.WithUIDGID(int(e.UID), int(e.GID))
}

// constraints name the vertex and say which lines of the spec it is for.
func (a *assembler) constraints(entries []plan.Entry) []llb.ConstraintsOpt {
	out := append(slices.Clone(a.Constraints), llb.WithCustomName(a.name(entries)))
	if a.Locate == nil {
		return out
	}
	var at []string
	for _, e := range entries {
		if e.Layer == a.layer && e.Reason.At != "" && !slices.Contains(at, e.Reason.At) {
			at = append(at, e.Reason.At)
		}
	}
	if len(at) > 0 {
		out = append(out, a.Locate(at...))
	}
	return out
}

// maxNames is how many files a progress line names.
const maxNames = 3

// name is what progress shows: "[libraries] libc.so.6, libssl.so.3 from debian".
func (a *assembler) name(entries []plan.Entry) string {
	var names, trees []string
	for _, e := range entries {
		if e.Layer != a.layer || e.Kind == plan.KindDir && e.Reason.Cause != plan.CauseDirectory && a.groups[e.Path] != e.Path {
			continue
		}
		if e.Kind == plan.KindSymlink && e.Reason.Cause == plan.CauseLink || a.comesWithGroup(e) {
			continue
		}
		names = append(names, a.label(e))
		if e.From != nil && !slices.Contains(trees, e.From.Tree) {
			trees = append(trees, e.From.Tree)
		}
	}
	text := strings.Join(names[:min(len(names), maxNames)], ", ")
	if more := len(names) - maxNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if len(trees) > 0 {
		text += " from " + strings.Join(trees, ", ")
	}
	return fmt.Sprintf("[%s] %s", a.layer, text)
}

func (a *assembler) label(e plan.Entry) string {
	if e.Reason.Cause.IsObject() {
		return path.Base(e.Path)
	}
	return e.Path
}
