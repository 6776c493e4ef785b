package html

import (
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
	sums [classes]report.Total
	// packages are the numbers of packages in their table, by PURL.
	packages map[string]int
	// layers are the numbers of layers, by name.
	layers map[string]int
}

// image adds the report on one image.
func (p *page) image(d *Document, n int) {
	w := &writer{
		page: p, Image: &d.Images[n], n: n, doc: d,
		packages: map[string]int{}, layers: map[string]int{},
	}
	for i := range w.Packages {
		w.packages[w.Packages[i].PURL] = i
	}
	for i := range w.Layers {
		w.layers[w.Layers[i].Name] = i
	}
	for n := range w.Entries {
		e := &w.Entries[n]
		if e.Kind == plan.KindFile {
			t := &w.sums[classOf(e)]
			t.Files++
			t.Bytes += e.Size
		}
	}
	w.write()
}

// sections are the parts of a report after its opening, in their order.
var sections = [...]struct {
	id, title markup
	write     func(*writer)
}{
	{"findings", "What needs attention", (*writer).findings},
	{"checks", "What was checked", (*writer).checks},
	{"map", "What it is made of", (*writer).composition},
	{"run", "How it runs", (*writer).run},
	{"packages", "Packages and licences", (*writer).packageTable},
	{"sources", "Where it comes from", (*writer).sources},
	{"layers", "Layers", (*writer).layerTable},
	{"files", "Every file, and why it ships", (*writer).files},
}

func (w *writer) write() {
	own := "i" + num(w.n)
	w.add(`<article class="image" id="`, own, "\" tabindex=\"-1\"><header>")
	w.summary()
	w.add("</header>\n<nav class=\"toc\" aria-label=\"Contents\"><ul>")
	for _, s := range sections {
		w.add(`<li><a href="#`, own, "-", s.id, `">`, s.title, "</a></li>")
	}
	w.add("</ul></nav>\n<main>")
	for _, s := range sections {
		id := own + "-" + s.id
		w.add(`<section id="`, id, `" aria-labelledby="`, id, `-h"><h2 id="`, id, `-h">`, s.title, "</h2>")
		s.write(w)
		w.add("</section>\n")
	}
	w.add("</main></article>\n")
}
