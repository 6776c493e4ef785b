package report

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// foldFrom is from how many files with one reason on they are told as one.
const foldFrom = 4

// Text tells what ships and why: layer by layer from the base up, and in each
// the largest files first.
//
//	LAYER libc: the C library and its loader                          2 files, 2.1 MB
//	  1.9 MB  /usr/lib/x86_64-linux-gnu/libc.so.6               libc6 2.36-9+deb12u10
//	          needed: /usr/bin/app → libc.so.6, found via ld.so.cache  app.yaml:5
func (d Document) Text() string {
	var out page
	for n := range d.Images {
		if n > 0 {
			out.WriteString("\n\n")
		}
		d.Images[n].explain(&out)
	}
	return out.String()
}

func (i *Image) explain(out *page) {
	out.line("%s: %s", i.title(), i.sum())
	for _, l := range i.Layers {
		right := l.Total.String()
		left := "LAYER " + l.label()
		out.gap()
		out.line("%s  %s", pad(left, width-2-columns(right)), right)
		i.layer(out, l.Name)
	}
	i.totals(out)
}

// totals end the text, where they are in sight.
func (i *Image) totals(out *page) {
	out.gap()
	out.line("LAYERS, from the base up")
	var rows [][]string
	for _, l := range i.Layers {
		rows = append(rows, []string{sized(l.Bytes), fmt.Sprintf("%10s", count(l.Files, "file")), l.Name, l.Title})
	}
	out.table(rows)
	if len(i.Packages) > 0 {
		out.gap()
		out.line("PACKAGES")
		rows = nil
		for _, p := range largestFirst(i.Packages, func(p *Package) int64 { return p.Bytes }) {
			rows = append(rows, []string{sized(p.Bytes), fmt.Sprintf("%10s", count(p.Files, "file")), p.Name, p.Version})
		}
		out.table(rows)
	}
	if len(i.Provided) > 0 {
		out.gap()
		out.line("FROM THE HOST, when the image runs")
		rows = nil
		for _, lib := range i.Provided {
			rows = append(rows, []string{"  " + lib.Name, lib.why()})
		}
		out.table(rows)
	}
	if len(i.LeftOut) > 0 {
		out.gap()
		out.line("LEFT OUT of what the spec names")
		rows = nil
		for _, l := range i.LeftOut {
			rows = append(rows, []string{sized(l.Size), fmt.Sprintf("%10s", count(l.Files, "file")), l.Path, l.why()})
		}
		out.table(rows)
	}
	if len(i.Wanted) > 0 {
		out.gap()
		out.line("NOT SHIPPED, for few need it")
		rows = nil
		for _, w := range i.Wanted {
			rows = append(rows, []string{sized(w.Size), w.Path, w.why(), w.bringing()})
		}
		out.table(rows)
	}
	if len(i.Unshipped) > 0 {
		out.gap()
		out.line("INSTALLED, and nothing of it ships")
		rows = nil
		for _, src := range i.Unshipped {
			rows = append(rows, []string{"  " + strings.Join(src.Packages, " "), "of " + plan.TreeName(src.Source)})
		}
		out.table(rows)
	}
	out.gap()
	out.line("%s", i.sum())
}

// label is the name with the title, where that says more.
func (l Layer) label() string {
	if l.Title == "" || l.Title == l.Name {
		return l.Name
	}
	return l.Name + ": " + l.Title
}

// row is a file of a layer, or several that are there for one reason.
type row struct {
	what    string
	entries []Entry // files and what the spec names; several when folded
	aliases []string
	bytes   int64
	sign    string // before the size
}

func (r *row) size() int64 { return r.bytes }

func (i *Image) layer(out *page, name string) {
	rows, links, dirs := i.rows(name)
	longest := 0
	for _, r := range rows {
		longest = max(longest, columns(r.what))
	}
	longest = min(longest, 56)
	for _, r := range rows {
		r.write(out, i, longest)
	}
	if text := rest(links, dirs); text != "" {
		out.wrap(text, indent)
	}
}

// rest tells of links and directories that are there for files only.
func rest(links []Entry, dirs int) string {
	const most = 4
	var words []string
	for _, l := range links[:min(len(links), most)] {
		words = append(words, l.Path+" → "+l.Target)
	}
	text := ""
	if len(links) > 0 {
		text = "with " + plural(plan.KindSymlink, len(links)) + ": " + strings.Join(words, ", ")
		if len(links) > most {
			text += ", …"
		}
	}
	switch {
	case dirs > 0 && text != "":
		text += "; and " + plural(plan.KindDir, dirs)
	case dirs > 0:
		text = "in " + plural(plan.KindDir, dirs)
	}
	return text
}

// rows puts the entries of a layer into rows, the largest first. Links and
// directories that only serve others come apart.
func (i *Image) rows(layer string) (rows []row, links []Entry, dirs int) {
	alias := map[string][]string{}
	folds := map[string][]Entry{}
	var order []string
	for _, e := range i.Entries {
		switch {
		case e.Layer != layer:
		case e.Reason.Cause == plan.CauseParent:
			dirs++
		case e.Reason.Cause == plan.CauseLink && path.Dir(e.Path) == path.Dir(e.Reason.Path):
			alias[e.Reason.Path] = append(alias[e.Reason.Path], path.Base(e.Path))
		case e.Reason.Cause == plan.CauseLink:
			links = append(links, e)
		default:
			key := foldKey(e)
			if len(folds[key]) == 0 {
				order = append(order, key)
			}
			folds[key] = append(folds[key], e)
		}
	}
	for _, key := range order {
		rows = append(rows, fold(folds[key], alias)...)
	}
	return largestFirst(rows, (*row).size), links, dirs
}

// foldKey is the same for entries that can be told as one. What gives rights is told
// by itself.
func foldKey(e Entry) string {
	if len(e.Privileges()) > 0 {
		return e.Path
	}
	switch e.Reason.Cause {
	case plan.CauseFile, plan.CausePart:
		return fmt.Sprint(e.Reason.Cause, e.Reason.At, e.Reason.Part)
	case plan.CauseMetadata:
		dir := path.Dir(e.Path)
		if path.Base(e.Path) == "copyright" { // each in a directory of its own
			dir = path.Dir(dir)
		}
		return fmt.Sprint(e.Reason.Cause, dir)
	}
	return e.Path
}

// fold makes one row of many entries, or one of each of a few.
func fold(entries []Entry, alias map[string][]string) []row {
	var all row
	for _, e := range entries {
		all.bytes += e.Size
	}
	if n := numberOf(entries, plan.KindFile); n >= foldFrom {
		all.what = fmt.Sprintf("%s (%s)", strings.TrimSuffix(commonDir(entries), "/")+"/…", contents(entries))
		all.entries = entries
		return []row{all}
	}
	var rows []row
	for _, e := range entries {
		if e.Kind == plan.KindDir && e.Reason != nil && e.Reason.Cause == plan.CauseFile && holds(entries, e.Path) {
			continue // its files show it
		}
		rows = append(rows, row{what: e.label(), entries: []Entry{e}, aliases: alias[e.Path], bytes: e.Size})
	}
	return rows
}

// holds reports whether some entry is in a directory.
func holds(entries []Entry, dir string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return strings.HasPrefix(e.Path, dir+"/") })
}

// label is the path, with what it is when it is no file.
func (e Entry) label() string {
	switch e.Kind {
	case plan.KindSymlink:
		return e.Path + " → " + e.Target
	case plan.KindDir:
		return strings.TrimSuffix(e.Path, "/") + "/"
	}
	return e.Path
}

func numberOf(entries []Entry, kind plan.Kind) int {
	n := 0
	for _, e := range entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// contents is "12 files, 3 links".
func contents(entries []Entry) string {
	var words []string
	for _, kind := range []plan.Kind{plan.KindFile, plan.KindSymlink} {
		if n := numberOf(entries, kind); n > 0 {
			words = append(words, plural(kind, n))
		}
	}
	return strings.Join(words, ", ")
}

// commonDir is the deepest directory that all entries are in.
func commonDir(entries []Entry) string {
	dir := entries[0].Path
	if entries[0].Kind != plan.KindDir {
		dir = path.Dir(dir)
	}
	for _, e := range entries {
		for dir != "/" && e.Path != dir && !strings.HasPrefix(e.Path, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

func (r row) write(out *page, img *Image, longest int) {
	e := r.entries[0]
	text := r.sign + size(r.bytes)
	if e.Kind != plan.KindFile && len(r.entries) == 1 {
		text = r.sign + string(e.Kind)
	}
	line := fmt.Sprintf("%8s  %s", text, r.what)
	switch {
	case len(r.entries) == 1 && e.Package != "":
		line = pad(line, indent+longest) + "  " + img.packageText(e.Package)
	case e.Kind == plan.KindDir && len(r.entries) == 1:
		line = pad(line, indent+longest) + fmt.Sprintf("  mode %s, owner %s", e.Mode, e.owner())
	}
	out.line("%s", line)
	if e.Reason != nil {
		out.wrap(r.why(), indent)
	}
	if rights := e.Privileges(); len(r.entries) == 1 && len(rights) > 0 {
		out.wrap("gives more rights to whoever executes it: it "+strings.Join(rights, " and "), indent)
	}
	if len(r.aliases) > 0 {
		out.wrap("linked from "+strings.Join(r.aliases, ", "), indent)
	}
}

// why is the reason of a row with its place in the spec.
func (r row) why() string {
	e := r.entries[0]
	text := e.Reason.Text
	if slices.ContainsFunc(r.entries, func(o Entry) bool { return o.Reason.Text != text }) {
		text += ", and so on"
	}
	if e.Reason.Place != nil {
		text += fmt.Sprintf(" (%s)", e.Reason.Place)
	}
	return text
}
