package html

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// page is HTML in the making.
type page struct{ strings.Builder }

// markup is HTML that this package has made itself.
type markup string

// put adds HTML. Texts among the arguments are escaped, whatever they hold, both for
// content and for attributes in double quotes; only markup goes in as it is. The format
// is HTML and a constant.
func (p *page) put(format string, args ...any) {
	for i, arg := range args {
		switch arg := arg.(type) {
		case markup:
			args[i] = string(arg)
		case int, int64, uint32:
		case string:
			args[i] = escape(arg)
		default:
			args[i] = escape(fmt.Sprint(arg))
		}
	}
	fmt.Fprintf(p, format, args...)
}

// made is what a function puts into a page, to be put into another.
func made(fill func(*page)) markup {
	var p page
	fill(&p)
	return markup(p.String())
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes a text safe to show and to put into HTML. What has no shape of its own
// (control characters, marks that reorder a line) is spelled out.
func escape(text string) string { return escaper.Replace(diag.Plain(text)) }

// section adds a part of an image's report with a heading.
func (p *page) section(of int, id, title string, fill func()) {
	p.put(`<section id="i%d-%s" aria-labelledby="i%d-%s-h"><h2 id="i%d-%s-h">%s</h2>`, of, id, of, id, of, id, title)
	fill()
	p.put("</section>\n")
}

// table adds a table that stacks its cells where the page is narrow. Columns that end in
// "#" are of numbers.
func (p *page) table(class, caption string, columns []string, fill func()) {
	p.put(`<table class="%s"><caption>%s</caption><thead><tr>`, class, caption)
	for _, c := range columns {
		name, numbers := strings.CutSuffix(c, "#")
		if numbers {
			p.put(`<th scope="col" class="n">%s</th>`, name)
		} else {
			p.put(`<th scope="col">%s</th>`, name)
		}
	}
	p.put("</tr></thead><tbody>\n")
	fill()
	p.put("</tbody></table>\n")
}

// cell adds a cell of a table with what it is called where its heading is not in sight.
func (p *page) cell(heading, format string, args ...any) {
	name, numbers := strings.CutSuffix(heading, "#")
	class := ""
	if numbers {
		class = ` class="n"`
	}
	p.put(`<td data-h="%s"%s>`, name, markup(class))
	p.put(format, args...)
	p.put("</td>")
}
