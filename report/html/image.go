package html

import (
	"cmp"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// writer puts one image into a page.
type writer struct {
	*page
	*Image
	// n is the image's number in the document, which its anchors begin with.
	n   int
	doc *Document
	// sums are files and bytes by class.
	sums map[class]report.Total
	// packages are the numbers of packages in their table, by PURL.
	packages map[string]int
	// layers are the numbers of layers, by name.
	layers map[string]int
}

// image adds the report on one image.
func (p *page) image(d *Document, n int) {
	w := &writer{
		page: p, Image: &d.Images[n], n: n, doc: d,
		sums: map[class]report.Total{}, packages: map[string]int{}, layers: map[string]int{},
	}
	for i, pkg := range w.Packages {
		w.packages[pkg.PURL] = i
	}
	for i, l := range w.Layers {
		w.layers[l.Name] = i
	}
	for _, e := range w.Entries {
		t := w.sums[classOf(e)]
		if e.Kind == plan.KindFile {
			t.Files++
			t.Bytes += e.Size
		}
		w.sums[classOf(e)] = t
	}
	w.write()
}

// part is a section of an image's report.
type part struct {
	id, title string
	write     func()
}

func (w *writer) write() {
	all := []part{
		{"findings", "What needs attention", w.findings},
		{"checks", "What was checked", w.checks},
		{"map", "What it is made of", w.composition},
		{"run", "How it runs", w.run},
		{"packages", "Packages and licences", w.packageTable},
		{"sources", "Where it comes from", w.sources},
		{"layers", "Layers", w.layerTable},
		{"files", "Every file, and why it ships", w.files},
	}
	w.put(`<article class="image" id="i%d" tabindex="-1">`, w.n)
	w.put("<header>")
	w.summary()
	w.put("</header>\n")
	w.put(`<nav class="toc" aria-label="Contents"><ul>`)
	for _, s := range all {
		w.put(`<li><a href="#i%d-%s">%s</a></li>`, w.n, s.id, s.title)
	}
	w.put("</ul></nav>\n<main>")
	for _, s := range all {
		w.section(w.n, s.id, s.title, s.write)
	}
	w.put("</main></article>\n")
}

// packageName is "libssl3 3.0.15-1" for a PURL of the image.
func (w *writer) packageName(purl string) string {
	if n, ok := w.packages[purl]; ok {
		return w.Packages[n].String()
	}
	return ""
}

// largestFirst are the entries with the largest files first, and at the end what takes
// no space.
func (w *writer) largestFirst() []report.Entry {
	rank := map[plan.Kind]int{plan.KindFile: 0, plan.KindSymlink: 1, plan.KindDir: 2}
	out := slices.Clone(w.Entries)
	slices.SortStableFunc(out, func(a, b report.Entry) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(b.Size, a.Size))
	})
	return out
}
