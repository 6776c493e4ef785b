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
	// package metadata at its path, as the plan describes it. They are many and small,
	// and copied at once far faster than one by one.
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

// Assemble emits LLB that puts each of the plan's layers on the base. It takes no more
// of the daemon than BuildKit had in version 0.12, and newer ones make the same tree of
// it.
//
// With MergeOp every layer is made by itself and the layers are then put on
// each other without copying, so that a change in one leaves the others cached.
// Daemons without it get a chain of copies, which yields the same tree.
func Assemble(p *plan.Plan, opt Options) (llb.State, error) {
	if err := p.Check(); err != nil {
		return llb.State{}, err
	}
	if opt.Made == nil && slices.ContainsFunc(p.Entries, func(e plan.Entry) bool { return e.Made != nil }) {
		return llb.State{}, errors.New("the plan has files that are made of others, and nobody has made them; this is a fault of Sinter")
	}
	layers, err := makeLayers(p, opt)
	if err != nil {
		return llb.State{}, err
	}
	if opt.Caps.Supports(pb.CapMergeOp) == nil {
		states := []llb.State{opt.Base}
		for _, l := range layers {
			states = append(states, l.state)
		}
		return llb.Merge(states, append(slices.Clone(opt.Constraints), llb.WithCustomName(opt.Last))...), nil
	}
	top := opt.Base
	for i, l := range layers {
		// Copying a directory's contents takes along what they are like, the
		// times too, and replaces what is there.
		named := l.named
		if i == len(layers)-1 {
			named = append(named, llb.WithCustomName(opt.Last))
		}
		top = top.File(llb.Copy(l.state, "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true}), named...)
	}
	return top, nil
}

// layer is one layer of the image, on nothing.
type layer struct {
	state llb.State
	named []llb.ConstraintsOpt
}

// makeLayers makes each layer of a plan by itself.
func makeLayers(p *plan.Plan, opt Options) ([]layer, error) {
	together := groups(p.Entries)
	byLayer := layerEntries(p)
	all := make([]*assembler, len(p.Layers))
	zip, err := newCompressor()
	if err != nil {
		return nil, err
	}
	for i, l := range p.Layers {
		a := &assembler{Options: opt, layer: l.Name, index: i, groups: together, times: map[string]time.Time{}, touched: map[string]bool{}, relinked: map[string]string{}}
		all[i] = a
		a.copyFiles(byLayer[i])
		if a.alone = a.wholeDirectory(byLayer[i]); a.alone != nil {
			continue
		}
		if a.archive, err = a.skeleton(zip, byLayer[i]); err != nil {
			return nil, err
		}
	}
	archives := skeletons(all)
	out := make([]layer, len(all))
	for i, a := range all {
		named := a.constraints(byLayer[i])
		if a.alone != nil {
			out[i] = layer{a.alone.Layer(opt.Epoch, named...), named}
			continue
		}
		out[i] = layer{a.assemble(archives, named), named}
	}
	return out, nil
}

// layerEntries returns the entries of each layer with the directories they stand
// in, which every layer has to bring along.
func layerEntries(p *plan.Plan) [][]plan.Entry {
	layers := make(map[string]int, len(p.Layers))
	for i, l := range p.Layers {
		layers[l.Name] = i
	}
	index := make(map[string]int, len(p.Entries)) // of directories
	above := make([]int, len(p.Entries))          // the directory that each entry is in, or -1
	needed := make([][]bool, len(p.Layers))
	count := make([]int, len(p.Layers))
	for i := range needed {
		needed[i] = make([]bool, len(p.Entries))
	}
	for i := range p.Entries { // parents come first
		e := &p.Entries[i]
		above[i] = -1
		if up, ok := index[path.Dir(e.Path)]; ok {
			above[i] = up
		}
		if e.Kind == plan.KindDir {
			index[e.Path] = i
		}
		layer := layers[e.Layer]
		for at := i; at >= 0 && !needed[layer][at]; at = above[at] {
			needed[layer][at] = true
			count[layer]++
		}
	}
	out := make([][]plan.Entry, len(p.Layers))
	for i, of := range needed {
		out[i] = make([]plan.Entry, 0, count[i])
		for at, is := range of {
			if is {
				out[i] = append(out[i], p.Entries[at])
			}
		}
	}
	return out
}

// assembler makes one layer.
type assembler struct {
	Options
	layer string
	index int
	// copies bring the layer's files, in their order.
	copies []copyAction
	// archive is the skeleton.
	archive []byte
	// groups are the directories that entries are copied with as a whole, and times what
	// time such a copy gives to everything in it.
	groups map[string]string
	times  map[string]time.Time
	// relinked are the files that get their mode from the skeleton, by their paths, and
	// where they are copied to first.
	relinked map[string]string
	// touched are the directories in groups that a file has been put into since.
	touched map[string]bool
	// alone is the directory that the layer consists of, if it does.
	alone *Directory
}

// copyAction is one copy of a file, or of what is in a directory.
type copyAction struct {
	from     llb.State
	src, dst string
	info     *llb.CopyInfo
}

// maxCopies is how many copies are made in one file operation. The time that BuildKit
// takes for one grows with the square of its actions: it follows them by recursion, each
// in a context of its own.
const maxCopies = 1000

// assemble emits one FileOp, which is one layer however many actions it has: what is
// copied first, and then all else at once, for that gives directories their owner,
// mode and time after everything has been put into them.
func (a *assembler) assemble(archives llb.State, named []llb.ConstraintsOpt) llb.State {
	action := chain(a.staged(named))
	if a.archive != nil {
		action = action.Copy(archives, skeletonFile(a.layer), "/", &llb.CopyInfo{AttemptUnpack: true})
	}
	if len(a.relinked) > 0 {
		action = action.Rm(relinkDir)
	}
	return llb.Scratch().File(action, named...)
}

// staged are the copies that make a layer. Where there are too many for one operation,
// others bring the files together, some in each, and the layer has them from these.
func (a *assembler) staged(named []llb.ConstraintsOpt) []copyAction {
	if len(a.copies) <= maxCopies {
		return a.copies
	}
	var stages []copyAction
	for some := range slices.Chunk(a.copies, maxCopies) {
		stages = append(stages, copyAction{llb.Scratch().File(chain(some), named...), "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true}})
	}
	return stages
}

// chain makes copies one after the other.
func chain(copies []copyAction) *llb.FileAction {
	var action *llb.FileAction // a nil one is the start of a chain
	for _, c := range copies {
		action = action.Copy(c.from, c.src, c.dst, c.info)
	}
	return action
}

// MetadataDir is the directory of the package metadata of one of the plan's
// layers, in that of all layers.
func MetadataDir(layer int) string { return strconv.Itoa(layer) }

// copyFiles says what of a layer is copied.
func (a *assembler) copyFiles(entries []plan.Entry) {
	metadata := false
	for _, e := range entries {
		switch {
		case a.isPrepared(e):
			metadata = true
		case a.groups[e.Path] == e.Path:
			a.copyGroup(e, entries)
		case a.groups[e.Path] != "":
			a.keepTime(e)
		case e.Kind == plan.KindFile && e.From != nil:
			a.copyFile(e)
		}
	}
	if metadata {
		a.copy(a.Metadata.State, path.Join(a.Metadata.Dir, MetadataDir(a.index)), "/", &llb.CopyInfo{
			CopyDirContentsOnly: true,
			CreatedTime:         new(a.Epoch),
		})
	}
}

// isPrepared reports whether an entry comes with the package metadata.
func (a *assembler) isPrepared(e plan.Entry) bool { return a.Metadata != nil && e.IsMetadata() }

// copy adds a copy. The directories that it goes to come into being with it.
func (a *assembler) copy(from llb.State, src, dst string, info *llb.CopyInfo) {
	info.CreateDestPath = true
	a.copies = append(a.copies, copyAction{from, src, dst, info})
}

func (a *assembler) copyFile(e plan.Entry) {
	from, name := a.Trees[e.From.Tree], e.From.Path
	if e.Made != nil {
		from, name = a.Made.State, path.Join(a.Made.Dir, e.Path)
	}
	to := e.Path
	if a.relinks(e) {
		to = path.Join(relinkDir, strconv.Itoa(len(a.relinked)))
		a.relinked[e.Path] = to
	}
	a.copy(from, name, to, &llb.CopyInfo{
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
	a.copy(a.Trees[root.From.Tree], root.From.Path, root.Path, info)
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

// comesWithGroup reports whether an entry is copied with a directory above it.
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
	o := llb.WithUIDGID(int(e.UID), int(e.GID)).(llb.ChownOpt)
	return &o
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
