package html

import (
	"maps"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// layerTable lists the layers, and which of them a second image has, too.
func (w *writer) layerTable() {
	w.add("<p>A layer is a part of an image that registries and machines store once, however many images have it. They are listed from the lowest to the uppermost.</p>")
	columns := []string{"Layer", "What is in it", "Files#", "Size#"}
	if w.With != "" {
		columns = append(columns, "In "+w.With)
		w.sharedText()
	}
	w.table("layers", "Layers of this image", columns...)
	for n := range w.Layers {
		l := &w.Layers[n]
		shared := markup("–")
		if n < len(w.Shared) {
			shared = icon(w.Shared[n].sign()) + w.Shared[n].words()
		}
		cells := []markup{"<b>" + esc(l.Name) + "</b>", esc(l.Title), grouped(l.Files), size(l.Bytes), shared}
		w.row(` data-l="`+num(n)+`"`, cells[:len(columns)]...)
	}
	w.end()
}

// Sharing is what a second image has of a layer.
type Sharing struct {
	// Name is what the layer is called there; empty where there is none to compare with.
	Name string `json:"name,omitempty"`
	// Differ is how many paths are not alike in both.
	Differ int `json:"differ,omitempty"`
	// Unsure is how many files are alike as far as their sizes tell, with nothing known of
	// their contents.
	Unsure int `json:"unsure,omitempty"`
}

func (s Sharing) same() bool { return s.Name != "" && s.Differ == 0 }

func (s Sharing) words() markup {
	switch {
	case s.Name == "":
		return "only here"
	case s.Differ > 0:
		return "other (" + count(s.Differ, "path differs", "paths differ") + ")"
	case s.Unsure > 0:
		return "the same, if the contents of " + count(s.Unsure, "file", "files") + " are"
	}
	return "the same"
}

func (s Sharing) sign() markup {
	switch {
	case !s.same():
		return "none"
	case s.Unsure > 0:
		return "info"
	}
	return "passed"
}

// sharedText sums the shared layers up.
func (w *writer) sharedText() {
	if w.Shared == nil {
		w.add("<p>", esc(w.With), " has no image for ", esc(w.Platform), ", so nothing can be said of shared layers.</p>")
		return
	}
	layers, bytes := 0, int64(0)
	for n, s := range w.Shared {
		if s.same() && n < len(w.Layers) {
			layers++
			bytes += w.Layers[n].Bytes
		}
	}
	w.add("<p><b>", esc(w.With), " has ", num(layers), " of the ", count(len(w.Shared), "layer", "layers"), ", too</b>: ", size(bytes), " of ", size(w.Total.Bytes),
		" (", markup(share(bytes, w.Total.Bytes)), ") need not be stored or fetched again where it is. Compared were paths, sizes, rights, owners and packages with their versions.</p>")
}

// Compare says of each layer what other images have of it: that for the same platform, or
// the only one. Name is what they are called. (It is no method, so that the frontend, which
// has no second image, need not have it.)
func Compare(d *Document, name string, with []report.Image) {
	for n := range d.Images {
		i := &d.Images[n]
		i.With, i.Shared = name, nil
		other := slices.IndexFunc(with, func(w report.Image) bool { return w.Platform == i.Platform })
		if other < 0 && len(with) == 1 {
			other = 0
		}
		if other >= 0 {
			i.Shared = compareLayers(i.Image, with[other])
		}
	}
}

// compareLayers looks for each layer of an image in another: for one with the same
// paths, or else for one of the same name.
func compareLayers(a, b report.Image) []Sharing {
	whole := a.Whole || b.Whole
	ours, theirs := contents(a, whole), contents(b, whole)
	out := make([]Sharing, len(a.Layers))
	for n, l := range a.Layers {
		mine := ours[l.Name]
		best := Sharing{Differ: -1}
		for _, other := range b.Layers {
			s := compareContents(mine, theirs[other.Name])
			s.Name = other.Name
			if s.Differ == 0 && len(mine) > 0 || other.Name == l.Name {
				if best.Differ < 0 || s.Differ < best.Differ {
					best = s
				}
			}
		}
		if best.Differ >= 0 {
			out[n] = best
		}
	}
	return out
}

// content is what makes an entry of a layer what it is.
type content struct {
	kind         plan.Kind
	size         int64
	mode, target string
	uid, gid     uint32
	capabilities string
	pkg          string
	// digest is empty where it is not known.
	digest string
}

// contents are the paths of each layer. Directories that only hold others are left out,
// for a finished image does not tell them from others, and so are packages there.
func contents(i report.Image, whole bool) map[string]map[string]content {
	out := map[string]map[string]content{}
	for _, l := range i.Layers {
		out[l.Name] = map[string]content{}
	}
	for _, e := range i.Entries {
		layer, ok := out[e.Layer]
		if !ok || e.Kind == plan.KindDir {
			continue
		}
		c := content{
			kind: e.Kind, size: e.Size, mode: e.Mode, target: e.Target, uid: e.UID, gid: e.GID,
			capabilities: e.Capabilities, pkg: e.Package, digest: e.Digest,
		}
		if c.pkg == "" && e.Reason != nil && e.Reason.Cause == plan.CauseMetadata {
			c.pkg = e.Reason.Package
		}
		if whole {
			c.pkg = ""
		}
		layer[e.Path] = c
	}
	return out
}

func compareContents(a, b map[string]content) Sharing {
	var s Sharing
	for _, name := range slices.Sorted(maps.Keys(a)) {
		mine, theirs := a[name], b[name]
		digests := mine.digest != "" && theirs.digest != ""
		if !digests {
			mine.digest, theirs.digest = "", ""
		}
		switch {
		case mine != theirs:
			s.Differ++
		case mine.kind == plan.KindFile && !digests && mine.pkg == "":
			s.Unsure++
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			s.Differ++
		}
	}
	return s
}
