package html

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// composition says what the image is made of. The script puts the map of sizes in the
// place of the largest folders.
func (w *writer) composition() {
	w.bar()
	w.table("parts", "By what it is for", "Part", "What that is", "Files#", "Size#", "Share#")
	for n, t := range w.sums {
		if t.Files > 0 {
			c := &classWords[n]
			w.row("", `<span class="swatch k-`+c.id+`"></span>`+c.name, c.about, grouped(t.Files), size(t.Bytes), w.share(t))
		}
	}
	w.end()
	w.add(`<div class="map-home"><h3>The largest folders</h3>`)
	w.largestFolders()
	w.add("</div>")
}

func (w *writer) share(t report.Total) markup { return markup(share(t.Bytes, w.Total.Bytes)) }

// bar draws the shares of the classes.
func (w *writer) bar() {
	if w.Total.Bytes == 0 {
		return
	}
	var sum int64
	from := 0
	w.add(`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">`)
	for n, t := range w.sums {
		sum += t.Bytes
		if to := int(sum * 1000 / w.Total.Bytes); to > from {
			w.add(`<rect class="k-`, classWords[n].id, `" x="`, num(from), `" width="`, num(to-from), `" height="10"/>`)
			from = to
		}
	}
	w.add("</svg>")
}

// sums counts the files of each group.
type sums struct {
	names []string
	of    map[string]*report.Total
}

//go:noinline
func (s *sums) add(name string, files int, bytes int64) {
	if s.of == nil {
		s.of = map[string]*report.Total{}
	}
	t := s.of[name]
	if t == nil {
		t = &report.Total{}
		s.of[name] = t
		s.names = append(s.names, name)
	}
	t.Files += files
	t.Bytes += bytes
}

// largest are the names of the groups, the largest first.
func (s *sums) largest() []string {
	slices.Sort(s.names)
	out := make([]string, 0, len(s.names))
	for _, n := range sorted(len(s.names), func(n int) int64 { return s.of[s.names[n]].Bytes }) {
		out = append(out, s.names[n])
	}
	return out
}

// folders is how many of the largest folders are listed.
const folders = 12

// largestFolders lists the folders that hold most by themselves.
func (w *writer) largestFolders() {
	var in sums
	for n := range w.Entries {
		e := &w.Entries[n]
		if e.Kind == plan.KindFile {
			in.add(path.Dir(e.Path), 1, e.Size)
		}
	}
	w.table("folders", "What stands in them directly", "Folder", "Files#", "Size#", "Share#")
	for n, name := range in.largest() {
		if t := in.of[name]; n < folders {
			w.row("", code(name), grouped(t.Files), size(t.Bytes), w.share(*t))
		}
	}
	w.end()
}

// packageTable lists the packages, the largest first, and sums up their licences.
func (w *writer) packageTable() {
	if len(w.Packages) > 0 {
		w.add("<p>What a distribution packaged, with the version that ships and the licences that the package declares. A package is often larger than what ships of it: sizes are of the files in this image.</p>")
		w.packageRows("Packages of this image", w.Packages, "Files#", "Size#")
		w.licences()
	} else {
		w.add("<p>No file of this image is from a distribution’s package.</p>")
	}
	if len(w.BasePackages) > 0 {
		w.packageRows("Packages of the base image", w.BasePackages)
	}
}

func (w *writer) packageRows(caption string, all []report.Package, sizes ...string) {
	w.table("packages", caption, append([]string{"Package", "Version", "Licence", "Made from", "Supplier"}, sizes...)...)
	for _, i := range sorted(len(all), func(n int) int64 { return all[n].Bytes }) {
		p := &all[i]
		supplier, _, _ := strings.Cut(p.Supplier, " <") // nobody reads an address in a table
		cells := []markup{
			"<b>" + esc(p.Name) + "</b> <small>" + esc(p.Arch) + "</small>", esc(p.Version), esc(cmp.Or(strings.Join(p.Licenses, ", "), undeclared)),
			esc(strings.TrimSpace(cmp.Or(p.Source, p.Name) + " " + p.SourceVersion)), esc(supplier), grouped(p.Files), size(p.Bytes),
		}
		w.row(` data-p="`+num(i)+`"`, cells[:len(w.columns)]...)
	}
	w.end()
}

// undeclared stands for the licence of a package that declares none.
const undeclared = "not declared"

// licences counts the packages of each licence.
func (w *writer) licences() {
	var by sums
	names := map[string]string{}
	note := func(licence, name string) {
		if names[licence] != "" {
			name = names[licence] + ", " + name
		}
		names[licence] = name
		by.add(licence, 1, 1)
	}
	for n := range w.Packages {
		p := &w.Packages[n]
		for _, l := range p.Licenses {
			note(l, p.Name)
		}
		if len(p.Licenses) == 0 {
			note(undeclared, p.Name)
		}
	}
	all := by.largest()
	w.add("<details><summary>By licence: ", count(len(all), "licence", "licences"), "</summary>")
	w.table("licences", "Packages by licence", "Licence", "Packages#", "Which")
	for _, name := range all {
		w.row("", esc(name), num(by.of[name].Files), esc(names[name]))
	}
	w.end()
	w.add("</details>")
}

// run tells how the image runs.
func (w *writer) run() {
	c := &w.Config
	w.add(`<dl class="run">`)
	if command := c.Command(); len(command) > 0 {
		w.pair("Starts", code(commandLine(command)))
	}
	user := markup(" (not root)")
	if c.User.UID == 0 {
		user = " (root)"
	}
	w.pair("As user", "<code>"+num(int(c.User.UID))+":"+num(int(c.User.GID))+"</code>"+user)
	w.pairs("In folder", cmp.Or(c.Workdir, "/"))
	w.pairs("Ports", c.Ports...)
	w.pairs("Keeps data in", c.Volumes...)
	if c.Healthcheck != nil {
		w.pairs("Health check", commandLine(c.Healthcheck.Test))
	}
	w.pairs("Stopped by", c.StopSignal)
	w.pairs("Environment", c.Env...)
	var labels []string
	for name, value := range c.Labels {
		labels = append(labels, name+"="+value)
	}
	slices.Sort(labels)
	w.pairs("Labels", labels...)
	for n := range w.Provided {
		w.pair("Needs of its host", code(w.Provided[n].Name)+", for "+some(w.Provided[n].NeededBy))
	}
	w.add("</dl>")
}

// pairs adds names of the machine's below one another, if there are any.
//
//go:noinline
func (w *writer) pairs(name string, values ...string) {
	if len(values) > 0 && values[0] != "" {
		w.pair(name, lines(values, code))
	}
}

// sources tells where the files are from, and which lines of the spec asked for them.
func (w *writer) sources() {
	w.trees()
	w.requests()
	if len(w.LeftOut) == 0 {
		return
	}
	w.table("left", "Left out of what the spec names", "Folder", "Why it did not ship", "Files#", "Size#")
	for n := range w.LeftOut {
		l := &w.LeftOut[n]
		w.row("", code(l.Path), esc(l.Why), grouped(l.Files), size(l.Size))
	}
	w.end()
}

// kind is what a source is called.
func kind(k plan.SourceKind) markup {
	switch k {
	case plan.SourceImage:
		return "image"
	case plan.SourceDockerfile:
		return "compiled by a Dockerfile"
	case plan.SourceContext:
		return "the project’s own folder"
	case plan.SourceGit:
		return "git repository"
	case plan.SourceHTTP:
		return "download"
	case plan.SourceNamed:
		return "given with the build"
	}
	return ""
}

// trees lists the sources and what ships of each.
func (w *writer) trees() {
	var of sums
	for n := range w.Entries {
		e := &w.Entries[n]
		if e.Kind == plan.KindFile {
			tree := ""
			if e.From != nil {
				tree = e.From.Tree
			}
			of.add(tree, 1, e.Size)
		}
	}
	w.table("sources", "Sources of the files", "Source", "What it is", "Its content is fixed by", "Files#", "Size#")
	if w.Base != "" {
		w.row("", "<b>the base</b>", "image "+code(w.Base), code(cmp.Or(w.BaseDigest, "–")), "–", "–")
	}
	for _, name := range of.largest() {
		s := &plan.Source{}
		for n := range w.Sources {
			if w.Sources[n].Name == name {
				s = &w.Sources[n]
			}
		}
		title, what := esc(name), kind(s.Kind)
		switch name {
		case "":
			title, what = "made by Sinter", "accounts and records"
		case plan.TreeContext:
			title, what = "build context", kind(plan.SourceContext)
		}
		if s.Reference != "" {
			what += " " + code(s.Reference)
		}
		if len(s.Packages) > 0 {
			what += ", with the packages " + esc(list(s.Packages)) + " installed"
		}
		w.row("", "<b>"+title+"</b>", what, code(cmp.Or(s.Digest, "–")), grouped(of.of[name].Files), size(of.of[name].Bytes))
	}
	w.end()
}

// requests lists the lines of the spec with what they bring.
func (w *writer) requests() {
	texts := map[string]markup{}
	var order []string
	var of sums
	for n := range w.Entries {
		e := &w.Entries[n]
		if e.Reason == nil || e.Kind != plan.KindFile {
			continue
		}
		at, text := "–", markup("ready-made parts and records, which are there unless the spec says otherwise")
		if p := e.Reason.Place; p != nil {
			at, text = p.String(), code(strings.TrimSpace(p.Text))
		}
		if _, ok := texts[at]; !ok {
			texts[at] = text
			order = append(order, at)
		}
		of.add(at, 1, e.Size)
	}
	if len(order) < 2 && texts["–"] != "" || len(order) == 0 {
		return
	}
	w.table("requests", "What the spec asks for, and what each line brings with all that it needs", "Line", "What stands there", "Files#", "Size#")
	for _, at := range of.largest() {
		w.row("", esc(at), texts[at], grouped(of.of[at].Files), size(of.of[at].Bytes))
	}
	w.end()
}

// files lists every path with its reason.
func (w *writer) files() {
	w.add("<p>Largest first. Below a file’s path stand its access rights and its owner, as numbers. A chain such as <code>a → b → c</code> reads: <code>a</code> needs <code>b</code>, which needs <code>c</code>.</p>")
	w.table("files", "All "+string(count(len(w.Entries), "path", "paths")), "File", "Size#", "Why it ships", "Package", "Layer")
	for _, n := range sorted(len(w.Entries), w.weight) {
		w.file(&w.Entries[n])
	}
	w.end()
}

// weight puts the largest files first, and at the end what takes no space.
func (w *writer) weight(n int) int64 {
	switch e := &w.Entries[n]; e.Kind {
	case plan.KindFile:
		return e.Size
	case plan.KindSymlink:
		return -1
	}
	return -2
}

// file is a row of the list. There may be many thousands, so it has no attributes that
// style or script can do without.
func (w *writer) file(e *report.Entry) {
	c := &classWords[classOf(e)]
	w.add(`<tr data-k="`, c.id, `" data-b="`, num(int(e.Size)))
	pkg := ""
	if n, ok := w.packages[e.Package]; ok {
		w.add(`" data-p="`, num(n))
		pkg = w.Packages[n].String()
	}
	if n, ok := w.layers[e.Layer]; ok {
		w.add(`" data-l="`, num(n))
	}
	name, bytes := e.Path, markup("")
	below := esc(strings.TrimSpace(e.Mode + " " + string(num(int(e.UID))) + ":" + string(num(int(e.GID))) + " " + strings.TrimSpace(e.Owner+" "+e.Capabilities)))
	switch e.Kind {
	case plan.KindDir:
		name = strings.TrimSuffix(name, "/") + "/"
	case plan.KindSymlink:
		below = "link to " + code(e.Target)
	default:
		bytes = size(e.Size)
	}
	w.add(`"><td>`, code(name), "<small>", below, `</small></td><td class="n">`, bytes, "</td><td><b class=\"k-", c.id, `">`, c.name, "</b> ",
		why(e), "</td><td>", esc(pkg), "</td><td>", esc(e.Layer), "</td></tr>\n")
}

// why is the reason of an entry, with its chain and its line of the spec.
func why(e *report.Entry) markup {
	r := e.Reason
	if r == nil {
		return ""
	}
	var more []string
	if r.Cause == plan.CauseNeed && len(r.Chain) > 1 {
		names := []string{r.Chain[0]}
		for _, object := range r.Chain[1:] {
			names = append(names, path.Base(object))
		}
		more = append(more, "reached by "+strings.Join(names, " → "))
	}
	if e.Replaces != nil {
		more = append(more, "in place of one of "+plan.TreeName(e.Replaces.Tree))
	}
	if r.Place != nil {
		more = append(more, r.Place.String())
	}
	if len(more) == 0 {
		return esc(r.Text)
	}
	return esc(r.Text) + "<small>" + esc(strings.Join(more, " · ")) + "</small>"
}
