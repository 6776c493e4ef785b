package html

import (
	"cmp"
	"fmt"
	"maps"
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
	columns := []string{"Part", "What that is", "Files#", "Size#", "Share#"}
	w.table("parts", "By what it is for", columns, func() {
		for _, c := range classes() {
			t, ok := w.sums[c]
			if !ok || c == frame {
				continue
			}
			w.put("<tr>")
			w.cell(columns[0], `<span class="swatch k-%s"></span>%s`, c.id, c.name)
			w.cell(columns[1], `%s`, c.about)
			w.cell(columns[2], `%s`, grouped(int64(t.Files)))
			w.cell(columns[3], `%s`, report.Size(t.Bytes))
			w.cell(columns[4], `%s`, share(t.Bytes, w.Total.Bytes))
			w.put("</tr>\n")
		}
	})
	w.put(`<div class="map-home"><h3>The largest folders</h3>`)
	w.largestFolders()
	w.put("</div>")
}

// bar draws the shares of the classes.
func (w *writer) bar() {
	if w.Total.Bytes == 0 {
		return
	}
	var at int64
	w.put(`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">`)
	for _, c := range classes() {
		from := at * 1000 / w.Total.Bytes
		at += w.sums[c].Bytes
		if to := at * 1000 / w.Total.Bytes; to > from {
			w.put(`<rect class="k-%s" x="%d" width="%d" height="10"/>`, c.id, from, to-from)
		}
	}
	w.put("</svg>")
}

// folders is how many of the largest folders are listed.
const folders = 12

// largestFolders lists the folders that hold most by themselves.
func (w *writer) largestFolders() {
	sums := map[string]report.Total{}
	for _, e := range w.Entries {
		if e.Kind == plan.KindFile {
			t := sums[path.Dir(e.Path)]
			t.Files++
			t.Bytes += e.Size
			sums[path.Dir(e.Path)] = t
		}
	}
	names := slices.Sorted(maps.Keys(sums))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sums[b].Bytes, sums[a].Bytes) })
	columns := []string{"Folder", "Files#", "Size#", "Share#"}
	w.table("folders", "What stands in them directly", columns, func() {
		for _, name := range names[:min(len(names), folders)] {
			w.put("<tr>")
			w.cell(columns[0], `<code>%s</code>`, name)
			w.cell(columns[1], `%s`, grouped(int64(sums[name].Files)))
			w.cell(columns[2], `%s`, report.Size(sums[name].Bytes))
			w.cell(columns[3], `%s`, share(sums[name].Bytes, w.Total.Bytes))
			w.put("</tr>\n")
		}
	})
}

// packageTable lists the packages, the largest first, and sums up their licences.
func (w *writer) packageTable() {
	if len(w.Packages) > 0 {
		w.put(`<p>What a distribution packaged, with the version that ships and the licences that the package declares. A package is often larger than what ships of it: sizes are of the files in this image.</p>`)
		w.packageRows("Packages of this image", w.Packages, true)
		w.licences()
	} else {
		w.put("<p>No file of this image is from a distribution’s package.</p>")
	}
	if len(w.BasePackages) > 0 {
		w.packageRows("Packages of the base image", w.BasePackages, false)
	}
}

func (w *writer) packageRows(caption string, all []report.Package, sizes bool) {
	columns := []string{"Package", "Version", "Licence", "Made from", "Supplier"}
	if sizes {
		columns = append(columns, "Files#", "Size#")
	}
	order := make([]int, len(all))
	for i := range all {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[b].Bytes, all[a].Bytes) })
	w.table("packages", caption, columns, func() {
		for _, i := range order {
			p := all[i]
			w.put(`<tr data-p="%d">`, i)
			w.cell(columns[0], `<b>%s</b>%s`, p.Name, arch(p.Arch))
			w.cell(columns[1], `%s`, p.Version)
			w.cell(columns[2], `%s`, cmp.Or(strings.Join(p.Licenses, ", "), "not declared"))
			w.cell(columns[3], `%s`, strings.TrimSpace(cmp.Or(p.Source, p.Name)+" "+p.SourceVersion))
			w.cell(columns[4], `%s`, person(p.Supplier))
			if sizes {
				w.cell(columns[5], `%s`, grouped(int64(p.Files)))
				w.cell(columns[6], `%s`, report.Size(p.Bytes))
			}
			w.put("</tr>\n")
		}
	})
}

func arch(name string) markup {
	if name == "" {
		return ""
	}
	return made(func(p *page) { p.put(" <small>%s</small>", name) })
}

// person is a supplier without the address, which nobody reads in a table.
func person(supplier string) string {
	name, _, _ := strings.Cut(supplier, " <")
	return name
}

// licences counts the packages of each licence.
func (w *writer) licences() {
	of := map[string][]string{}
	for _, p := range w.Packages {
		for _, l := range p.Licenses {
			of[l] = append(of[l], p.Name)
		}
		if len(p.Licenses) == 0 {
			of[""] = append(of[""], p.Name)
		}
	}
	names := slices.Sorted(maps.Keys(of))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(len(of[b]), len(of[a])) })
	columns := []string{"Licence", "Packages#", "Which"}
	w.put(`<details><summary>By licence: %s</summary>`, count(len(names), "licence", "licences"))
	w.table("licences", "Packages by licence", columns, func() {
		for _, name := range names {
			w.put("<tr>")
			w.cell(columns[0], `%s`, cmp.Or(name, "not declared"))
			w.cell(columns[1], `%d`, len(of[name]))
			w.cell(columns[2], `%s`, strings.Join(of[name], ", "))
			w.put("</tr>\n")
		}
	})
	w.put("</details>")
}

// run tells how the image runs.
func (w *writer) run() {
	c := w.Config
	row := func(name, format string, args ...any) {
		w.put("<div><dt>%s</dt><dd>", name)
		w.put(format, args...)
		w.put("</dd></div>")
	}
	w.put(`<dl class="run">`)
	if command := c.Command(); len(command) > 0 {
		row("Starts", "<code>%s</code>", commandLine(command))
	}
	row("As user", "<code>%d:%d</code> %s", c.User.UID, c.User.GID, map[bool]string{true: "(root)", false: "(not root)"}[c.User.UID == 0])
	row("In folder", "<code>%s</code>", cmp.Or(c.Workdir, "/"))
	if len(c.Ports) > 0 {
		row("Ports", "%s", list(c.Ports))
	}
	if len(c.Volumes) > 0 {
		row("Keeps data in", "<code>%s</code>", strings.Join(c.Volumes, ", "))
	}
	if h := c.Healthcheck; h != nil {
		row("Health check", "<code>%s</code>", commandLine(h.Test))
	}
	if c.StopSignal != "" {
		row("Stopped by", "<code>%s</code>", c.StopSignal)
	}
	if len(c.Env) > 0 {
		row("Environment", "%s", made(func(p *page) {
			for i, setting := range c.Env {
				if i > 0 {
					p.put("<br>")
				}
				p.put("<code>%s</code>", setting)
			}
		}))
	}
	if len(c.Labels) > 0 {
		row("Labels", "%s", made(func(p *page) {
			for i, name := range slices.Sorted(maps.Keys(c.Labels)) {
				if i > 0 {
					p.put("<br>")
				}
				p.put("<code>%s</code>", name+"="+c.Labels[name])
			}
		}))
	}
	for _, lib := range w.Provided {
		row("Needs of its host", "<code>%s</code>, for %s", lib.Name, some(lib.NeededBy))
	}
	w.put("</dl>")
}

// sources tells where the files are from, and which lines of the spec asked for them.
func (w *writer) sources() {
	w.trees()
	w.requests()
	if len(w.LeftOut) == 0 {
		return
	}
	columns := []string{"Folder", "Why it did not ship", "Files#", "Size#"}
	w.table("left", "Left out of what the spec names", columns, func() {
		for _, l := range w.LeftOut {
			w.put("<tr>")
			w.cell(columns[0], `<code>%s</code>`, l.Path)
			w.cell(columns[1], `%s`, l.Why)
			w.cell(columns[2], `%s`, grouped(int64(l.Files)))
			w.cell(columns[3], `%s`, report.Size(l.Size))
			w.put("</tr>\n")
		}
	})
}

// kinds are what sources are called.
var kinds = map[plan.SourceKind]string{
	plan.SourceImage: "image", plan.SourceDockerfile: "compiled by a Dockerfile", plan.SourceContext: "the project’s own folder",
	plan.SourceGit: "git repository", plan.SourceHTTP: "download", plan.SourceNamed: "given with the build",
}

// trees lists the sources and what ships of each.
func (w *writer) trees() {
	sums := map[string]report.Total{}
	for _, e := range w.Entries {
		if e.Kind != plan.KindFile {
			continue
		}
		tree := ""
		if e.From != nil {
			tree = e.From.Tree
		}
		t := sums[tree]
		t.Files++
		t.Bytes += e.Size
		sums[tree] = t
	}
	about := map[string]plan.Source{}
	for _, s := range w.Sources {
		about[s.Name] = s
	}
	columns := []string{"Source", "What it is", "Its content is fixed by", "Files#", "Size#"}
	w.table("sources", "Sources of the files", columns, func() {
		if w.Base != "" {
			w.sourceRow(columns, plan.Source{Name: "the base", Kind: plan.SourceImage, Reference: w.Base, Digest: w.BaseDigest}, "–", "–")
		}
		names := slices.Sorted(maps.Keys(sums))
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sums[b].Bytes, sums[a].Bytes) })
		for _, name := range names {
			s, ok := about[name]
			switch {
			case name == "":
				s = plan.Source{Name: "made by Sinter"}
			case name == plan.TreeContext && !ok:
				s = plan.Source{Name: "build context", Kind: plan.SourceContext}
			case !ok:
				s = plan.Source{Name: name}
			}
			w.sourceRow(columns, s, grouped(int64(sums[name].Files)), report.Size(sums[name].Bytes))
		}
	})
}

func (w *writer) sourceRow(columns []string, s plan.Source, files, size string) {
	w.put("<tr>")
	w.cell(columns[0], `<b>%s</b>`, s.Name)
	w.cell(columns[1], `%s`, made(func(p *page) {
		p.put("%s", kinds[s.Kind])
		if s.Reference != "" {
			p.put(" <code>%s</code>", s.Reference)
		}
		if len(s.Packages) > 0 {
			p.put(", with the packages %s installed", list(s.Packages))
		}
		if s.Name == "made by Sinter" {
			p.put("accounts and records")
		}
	}))
	w.cell(columns[2], `<code>%s</code>`, cmp.Or(s.Digest, "–"))
	w.cell(columns[3], `%s`, files)
	w.cell(columns[4], `%s`, size)
	w.put("</tr>\n")
}

// requests lists the lines of the spec with what they bring.
func (w *writer) requests() {
	sums := map[report.Place]report.Total{}
	var other report.Total
	for _, e := range w.Entries {
		if e.Kind != plan.KindFile || e.Reason == nil {
			continue
		}
		if e.Reason.Place == nil {
			other.Files++
			other.Bytes += e.Size
			continue
		}
		t := sums[*e.Reason.Place]
		t.Files++
		t.Bytes += e.Size
		sums[*e.Reason.Place] = t
	}
	if len(sums) == 0 {
		return
	}
	places := slices.SortedFunc(maps.Keys(sums), func(a, b report.Place) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	columns := []string{"Line", "What stands there", "Files#", "Size#"}
	w.table("requests", "What the spec asks for, and what each line brings with all that it needs", columns, func() {
		row := func(line, text string, t report.Total) {
			w.put("<tr>")
			w.cell(columns[0], `%s`, line)
			w.cell(columns[1], `%s`, markup(text))
			w.cell(columns[2], `%s`, grouped(int64(t.Files)))
			w.cell(columns[3], `%s`, report.Size(t.Bytes))
			w.put("</tr>\n")
		}
		for _, at := range places {
			row(at.String(), "<code>"+escape(strings.TrimSpace(at.Text))+"</code>", sums[at])
		}
		if other.Files > 0 {
			row("–", "ready-made parts and records, which are there unless the spec says otherwise", other)
		}
	})
}

// files lists every path with its reason.
func (w *writer) files() {
	w.put(`<p>Largest first. Below a file’s path stand its access rights and its owner, as numbers. A chain such as <code>a → b → c</code> reads: <code>a</code> needs <code>b</code>, which needs <code>c</code>.</p>`)
	columns := []string{"File", "Size#", "Why it ships", "Package", "Layer"}
	w.table("files", fmt.Sprintf("All %s", count(len(w.Entries), "path", "paths")), columns, func() {
		for _, e := range w.largestFirst() {
			w.file(e)
		}
	})
}

// file is a row of the list. There may be many thousands, so it has no attributes that
// style or script can do without.
func (w *writer) file(e report.Entry) {
	c := classOf(e)
	w.put(`<tr data-k="%s" data-b="%d"`, c.id, e.Size)
	if n, ok := w.packages[e.Package]; ok {
		w.put(` data-p="%d"`, n)
	}
	if n, ok := w.layers[e.Layer]; ok {
		w.put(` data-l="%d"`, n)
	}
	name := e.Path
	if e.Kind == plan.KindDir {
		name = strings.TrimSuffix(name, "/") + "/"
	}
	w.put(`><td><code>%s</code>`, name)
	if e.Kind == plan.KindSymlink {
		w.put(`<small>link to <code>%s</code></small>`, e.Target)
	} else {
		w.put(`<small>%s %d:%d%s%s</small>`, e.Mode, e.UID, e.GID, spaced(e.Owner), spaced(e.Capabilities))
	}
	w.put(`</td><td class="n">`)
	if e.Kind == plan.KindFile {
		w.put(`%s`, report.Size(e.Size))
	}
	w.put(`</td><td>%s</td><td>%s</td><td>%s</td></tr>`, w.why(e, c), w.packageName(e.Package), e.Layer)
	w.put("\n")
}

func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// why is the reason of an entry, with its chain and its line of the spec.
func (w *writer) why(e report.Entry, c class) markup {
	return made(func(p *page) {
		p.put(`<b class="k-%s">%s</b> `, c.id, c.name)
		if e.Reason == nil {
			return
		}
		p.put(`%s`, e.Reason.Text)
		var more []string
		if chain := e.Reason.Chain; e.Reason.Cause == plan.CauseNeed && len(chain) > 1 {
			more = append(more, "reached by "+chainText(chain))
		}
		if e.Replaces != nil {
			more = append(more, "in place of one of "+plan.TreeName(e.Replaces.Tree))
		}
		if e.Reason.Place != nil {
			more = append(more, e.Reason.Place.String())
		}
		if len(more) > 0 {
			p.put(`<small>%s</small>`, strings.Join(more, " · "))
		}
	})
}

// chainText is "/usr/bin/app → libssl.so.3 → libcrypto.so.3".
func chainText(chain []string) string {
	names := []string{chain[0]}
	for _, object := range chain[1:] {
		names = append(names, path.Base(object))
	}
	return strings.Join(names, " → ")
}
