package html

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// layerTable lists the layers, and which of them a second image has, too.
func (w *writer) layerTable() {
	w.put(`<p>A layer is a part of an image that registries and machines store once, however many images have it. They are listed from the lowest to the uppermost.</p>`)
	var shared []sharing
	if other := w.other(); other != nil {
		shared = compareLayers(w.Image.Image, *other)
		w.sharedText(shared)
	} else if w.doc.WithName != "" {
		w.put(`<p><b>%s</b> has no image for %s, so nothing can be said of shared layers.</p>`, w.doc.WithName, w.Platform)
	}
	columns := []string{"Layer", "What is in it", "Files#", "Size#"}
	if shared != nil {
		columns = append(columns, "In "+w.doc.WithName)
	}
	w.table("layers", "Layers of this image", columns, func() {
		for n, l := range w.Layers {
			w.put(`<tr data-l="%d">`, n)
			w.cell(columns[0], `<b>%s</b>`, l.Name)
			w.cell(columns[1], `%s`, l.Title)
			w.cell(columns[2], `%s`, grouped(int64(l.Files)))
			w.cell(columns[3], `%s`, report.Size(l.Bytes))
			if shared != nil {
				w.cell(columns[4], `%s%s`, icon(shared[n].sign()), shared[n].String())
			}
			w.put("</tr>\n")
		}
	})
}

// other is the image to compare with: that for the same platform, or the only one.
func (w *writer) other() *report.Image {
	for n := range w.doc.With {
		if w.doc.With[n].Platform == w.Platform {
			return &w.doc.With[n]
		}
	}
	if len(w.doc.With) == 1 {
		return &w.doc.With[0]
	}
	return nil
}

// sharing is what a second image has of a layer.
type sharing struct {
	// name is what the layer is called there; empty where there is none to compare with.
	name string
	// differ is how many paths are not alike in both.
	differ int
	// unsure is how many files are alike as far as their sizes tell, with nothing known of
	// their contents.
	unsure int
}

func (s sharing) same() bool { return s.name != "" && s.differ == 0 }

func (s sharing) String() string {
	switch {
	case s.name == "":
		return "only here"
	case s.differ > 0:
		return fmt.Sprintf("other (%s)", count(s.differ, "path differs", "paths differ"))
	case s.unsure > 0:
		return fmt.Sprintf("the same, if the contents of %s are", count(s.unsure, "file", "files"))
	}
	return "the same"
}

func (s sharing) sign() string {
	switch {
	case !s.same():
		return "none"
	case s.unsure > 0:
		return "info"
	}
	return "passed"
}

// sharedText sums the shared layers up.
func (w *writer) sharedText(all []sharing) {
	layers, bytes := 0, int64(0)
	for n, s := range all {
		if s.same() {
			layers++
			bytes += w.Layers[n].Bytes
		}
	}
	w.put(`<p><b>%s has %d of the %s, too</b>: %s of %s (%s) need not be stored or fetched again where it is. Compared were paths, sizes, rights, owners and packages with their versions.</p>`,
		w.doc.WithName, layers, count(len(all), "layer", "layers"), report.Size(bytes), report.Size(w.Total.Bytes), share(bytes, w.Total.Bytes))
}

// compareLayers looks for each layer of an image in another: for one with the same
// paths, or else for one of the same name.
func compareLayers(a, b report.Image) []sharing {
	whole := a.Whole || b.Whole
	ours, theirs := contents(a, whole), contents(b, whole)
	out := make([]sharing, len(a.Layers))
	for n, l := range a.Layers {
		mine := ours[l.Name]
		best := sharing{differ: -1}
		for _, other := range b.Layers {
			s := compareContents(mine, theirs[other.Name])
			s.name = other.Name
			if s.differ == 0 && len(mine) > 0 || other.Name == l.Name {
				if best.differ < 0 || s.differ < best.differ {
					best = s
				}
			}
		}
		if best.differ >= 0 {
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

func compareContents(a, b map[string]content) sharing {
	var s sharing
	for _, name := range slices.Sorted(maps.Keys(a)) {
		mine, theirs := a[name], b[name]
		digests := mine.digest != "" && theirs.digest != ""
		if !digests {
			mine.digest, theirs.digest = "", ""
		}
		switch {
		case mine != theirs:
			s.differ++
		case mine.kind == plan.KindFile && !digests && mine.pkg == "":
			s.unsure++
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			s.differ++
		}
	}
	return s
}
