package html

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// page is HTML in the making. The frontend's image has this code in it: what is called
// at a hundred places is not to be copied to each of them.
type page struct {
	bytes.Buffer
	// columns are those of the table that is open.
	columns []string
}

// markup is HTML: what this package has written, and texts that were escaped.
type markup string

// add puts HTML into the page. A text gets in by [esc] alone: the compiler sees to it.
//
//go:noinline
func (p *page) add(all ...markup) {
	for _, m := range all {
		p.WriteString(string(m))
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// esc makes a text safe to show and to put into HTML, both as content and as the value
// of an attribute in double quotes. What has no shape of its own (control characters,
// marks that reorder a line) is spelled out.
//
//go:noinline
func esc(text string) markup { return markup(escaper.Replace(diag.Plain(text))) }

// code is a text as a name of the machine's.
//
//go:noinline
func code(text string) markup { return "<code>" + esc(text) + "</code>" }

// num is a number in HTML.
//
//go:noinline
func num(n int) markup { return markup(strconv.Itoa(n)) }

// cut takes back all that was added since the page was so long.
func (p *page) cut(length int) { p.Truncate(length) }

// table begins a table that stacks its cells where the page is narrow, and end ends it.
// Columns that end in "#" are of numbers.
func (p *page) table(class markup, caption string, columns ...string) {
	p.columns = columns
	p.add(`<table class="`, class, `"><caption>`, esc(caption), "</caption><thead><tr>")
	for _, c := range columns {
		name, numbers := heading(c)
		p.add(`<th scope="col"`, numbers, ">", name, "</th>")
	}
	p.add("</tr></thead><tbody>\n")
}

func (p *page) end() { p.add("</tbody></table>\n") }

// heading is a column's name, and the class of its cells.
func heading(column string) (name, class markup) {
	text, numbers := strings.CutSuffix(column, "#")
	if numbers {
		class = ` class="n"`
	}
	return esc(text), class
}

// row adds a row to the table with a cell for each column. A cell says what its column is
// called, for where the heading is not in sight.
//
//go:noinline
func (p *page) row(attributes markup, cells ...markup) {
	p.add("<tr", attributes, ">")
	for n, c := range cells {
		name, numbers := heading(p.columns[n])
		p.add(`<td data-h="`, name, `"`, numbers, ">", c, "</td>")
	}
	p.add("</tr>\n")
}

// pair adds a name with what it stands for to a list of such.
//
//go:noinline
func (p *page) pair(name string, value markup) {
	p.add("<div><dt>", esc(name), "</dt><dd>", value, "</dd></div>")
}
