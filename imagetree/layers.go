package imagetree

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// The layers that an image can have, from the base up. Between the C library and
// the other libraries stand those that are worth a layer of their own.
const (
	layerParts     = "parts"
	layerLibc      = "libc"
	layerLibraries = "libraries"
	layerPrograms  = "programs"
	layerMetadata  = "package metadata"
	layerApp       = "app"
)

// stacking is the order of the layers, with their titles.
var stacking = []plan.Layer{
	{Name: layerParts, Title: "ready-made parts"},
	{Name: layerLibc, Title: "the C library and its loader"},
	{Name: layerLibraries, Title: "libraries"},
	{Name: layerPrograms, Title: "programs and files from sources"},
	{Name: layerMetadata, Title: "what scanners read about the packages"},
	{Name: layerApp, Title: "the app's own files"},
}

// folding is what becomes of layers when there are too many: each one goes into
// another, until there are few enough. Single libraries have gone before.
var folding = []struct{ from, into string }{
	{layerLibc, layerLibraries},
	{layerParts, layerLibraries},
	{layerMetadata, layerPrograms},
	{layerPrograms, layerLibraries},
	{layerLibraries, layerApp},
}

// worthALayer is how many bytes a library must have to stand alone: less is
// fetched as fast together with others as another request takes.
const worthALayer = 64 << 10

// Partition puts every entry in a layer. The C library and the largest others
// stand alone, each with the links that lead to it, so that their layers are the
// same in every image, whatever else it has. They do so one by one and not by
// package, since one image needs all of a package and the next a part of it. How
// many there are depends on the limit.
func (t *Tree) Partition(pkgs map[string]*plan.Package, limit int) []plan.Layer {
	p := &partition{Tree: t, packages: pkgs, slots: map[string]*slot{}}
	p.programs = p.packagesOf(layerPrograms)
	for _, name := range t.Paths() {
		p.place(t.Entries[name])
	}
	p.limit(limit)
	p.follow()
	return p.layers()
}

// partition is the layers while they are made.
type partition struct {
	*Tree
	packages map[string]*plan.Package
	slots    map[string]*slot // by layer name, or by a library's path
	// programs are the packages that have files among the programs, by PURL.
	programs map[string]bool
}

// slot is a layer that may yet go into another.
type slot struct {
	entries []*Entry
	bytes   int64
}

// packagesOf are the packages, by PURL, of the files that are to be in a layer.
func (p *partition) packagesOf(layer string) map[string]bool {
	out := map[string]bool{}
	for _, w := range p.Entries {
		if w.Package != "" && w.Reason.Cause != plan.CauseMetadata && !w.follows() && p.slotOf(w) == layer {
			out[w.Package] = true
		}
	}
	return out
}

// place puts an entry in its slot. Links to other entries and directories that
// are there for other entries follow these.
func (p *partition) place(w *Entry) {
	if w.follows() {
		return
	}
	key := p.slotOf(w)
	s := p.slots[key]
	if s == nil {
		s = &slot{}
		p.slots[key] = s
	}
	s.entries = append(s.entries, w)
	s.bytes += w.Size
}

func (w *Entry) follows() bool {
	return w.Reason.Cause == plan.CauseLink || w.Reason.Cause == plan.CauseParent
}

// slotOf is the name of the layer that an entry is to be in, or its own path when
// it may have one.
func (p *partition) slotOf(w *Entry) string {
	switch w.Reason.Cause {
	case plan.CausePart:
		return layerParts
	case plan.CauseMetadata:
		if p.goesWithPrograms(w) {
			return layerPrograms
		}
		return layerMetadata
	case plan.CauseCache:
		return layerMetadata
	}
	if w.From == nil || w.From.Tree == plan.TreeContext {
		return layerApp
	}
	switch w.Reason.Cause {
	case plan.CauseInterpreter:
		return layerLibc
	case plan.CauseLibrary, plan.CauseOpened:
		if isLibc(w.Path) {
			return layerLibc
		}
		return w.Path
	}
	return layerPrograms
}

// goesWithPrograms reports whether an entry has to be in the layer with the list of files
// of a program's package. trivy takes an egg-info, a gemspec or a Go program for one that
// no package brought, unless that list is in the same layer:
// pkg/fanal/handler/sysfile/filter.go. apk has one list for all packages.
func (p *partition) goesWithPrograms(w *Entry) bool {
	if w.Reason.Package != "" {
		return p.programs[w.Reason.Package]
	}
	for purl := range p.programs {
		if p.packages[purl] != nil && p.packages[purl].Manager == plan.APK {
			return true
		}
	}
	return false
}

// isLibc reports by its name whether a library is the C library.
func isLibc(name string) bool {
	return strings.HasPrefix(path.Base(name), "libc.so.") || strings.HasPrefix(path.Base(name), "libc.musl-")
}

// limit folds layers into others until there are few enough, the smallest
// libraries first.
func (p *partition) limit(limit int) {
	alone := p.alone()
	for _, key := range alone {
		if p.slots[key].bytes < worthALayer {
			p.fold(key, layerLibraries)
		}
	}
	alone = p.alone()
	for i := len(alone) - 1; i >= 0 && len(p.slots) > limit; i-- {
		p.fold(alone[i], layerLibraries)
	}
	for _, f := range folding {
		if len(p.slots) > limit {
			p.fold(f.from, f.into)
		}
	}
}

func (p *partition) fold(from, into string) {
	s, ok := p.slots[from]
	if !ok {
		return
	}
	delete(p.slots, from)
	if p.slots[into] == nil {
		p.slots[into] = &slot{}
	}
	p.slots[into].entries = append(p.slots[into].entries, s.entries...)
	p.slots[into].bytes += s.bytes
}

// alone lists the libraries that have a slot, the largest first.
func (p *partition) alone() []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(p.slots)) {
		if path.IsAbs(key) {
			out = append(out, key)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(p.slots[b].bytes, p.slots[a].bytes) })
	return out
}

// layers names the slots and tells their entries.
func (p *partition) layers() []plan.Layer {
	out := []plan.Layer{}
	for _, key := range p.order() {
		l := p.describe(key)
		for _, w := range p.slots[key].entries {
			w.Layer = l.Name
		}
		out = append(out, l)
	}
	return out
}

// describe names a slot.
func (p *partition) describe(key string) plan.Layer {
	if !path.IsAbs(key) {
		return stacking[slices.IndexFunc(stacking, func(l plan.Layer) bool { return l.Name == key })]
	}
	l := plan.Layer{Name: layerLibraries + "/" + path.Base(key), Title: "a library of no package"}
	if p.ambiguous(key) {
		l.Name = layerLibraries + key
	}
	if pkg := p.packages[p.Entries[key].Package]; pkg != nil {
		l.Title = pkg.Name + " " + pkg.Version
	}
	return l
}

// ambiguous reports whether another library that stands alone has the same name.
func (p *partition) ambiguous(key string) bool {
	for other := range p.slots {
		if other != key && path.IsAbs(other) && path.Base(other) == path.Base(key) {
			return true
		}
	}
	return false
}

// follow puts links and directories in the lowest layer of those that they
// serve: layers above have it from there.
func (p *partition) follow() {
	order := map[string]int{}
	in := map[string]string{}
	for _, key := range p.order() {
		order[key] = len(order)
		for _, w := range p.slots[key].entries {
			in[w.Path] = key
		}
	}
	lower := func(a, b string) string {
		if a == "" || b != "" && order[b] < order[a] {
			return b
		}
		return a
	}
	for _, name := range slices.Backward(p.Paths()) { // children before parents
		w := p.Entries[name]
		if w.Reason.Cause == plan.CauseLink {
			in[name] = p.served(w, in, lower)
			p.slots[in[name]].entries = append(p.slots[in[name]].entries, w)
		}
	}
	for _, name := range slices.Backward(p.Paths()) {
		w := p.Entries[name]
		if w.Reason.Cause == plan.CauseParent {
			p.slots[in[name]].entries = append(p.slots[in[name]].entries, w)
		}
		if up := path.Dir(name); up != "/" && p.Entries[up].Reason.Cause == plan.CauseParent {
			in[up] = lower(in[up], in[name])
		}
	}
}

// order lists the slots from the lowest up.
func (p *partition) order() []string {
	var out []string
	for _, l := range stacking {
		if l.Name == layerLibraries {
			out = append(out, p.alone()...)
		}
		if p.slots[l.Name] != nil {
			out = append(out, l.Name)
		}
	}
	return out
}

// served is the lowest slot of what a link leads to. What leads into the base
// goes to the top.
func (p *partition) served(w *Entry, in map[string]string, lower func(a, b string) string) string {
	out := ""
	for _, name := range w.Serves {
		if physical, err := p.View.Physical(name, true); err == nil {
			out = lower(out, in["/"+physical])
		}
	}
	if out == "" {
		out = layerApp
		if p.slots[out] == nil {
			p.slots[out] = &slot{}
		}
	}
	return out
}
