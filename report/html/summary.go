package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// most is how many names a sentence lists.
const most = 4

// summary opens the report: what the image is, and what came of looking at it, in words
// for people who know neither specs nor image formats.
func (w *writer) summary() {
	w.put(`<p class="over">Container image report</p><h1>%s</h1>`, w.name())
	w.put(`<p class="sub">%s</p>`, w.Platform)
	w.verdict()
	w.put(`<div class="prose">`)
	w.about()
	w.holds()
	w.put("</div>")
	w.figures()
}

// tally counts what stands against an image.
type tally struct{ errors, warnings, notes, exempted, failed, unrun int }

func (w *writer) tally() tally {
	var t tally
	for _, f := range w.Findings {
		switch {
		case f.Exempted != nil:
			t.exempted++
		case f.Severity == Error:
			t.errors++
		case f.Severity == Warning:
			t.warnings++
		default:
			t.notes++
		}
	}
	for _, test := range w.Tests {
		switch test.Result {
		case Failed:
			t.failed++
		case NotRun:
			t.unrun++
		}
	}
	return t
}

// verdict is the first thing to read.
func (w *writer) verdict() {
	t := w.tally()
	var words []string
	add := func(n int, one, many string) {
		if n > 0 {
			words = append(words, count(n, one, many))
		}
	}
	level, head := "good", "Nothing was found that needs attention"
	add(t.errors, "problem that must be solved", "problems that must be solved")
	if t.errors == 0 { // a failed test is a finding, too
		add(t.failed, "failed test", "failed tests")
	}
	if len(words) > 0 {
		level, head = "error", "This image is not ready"
	}
	add(t.warnings, "warning", "warnings")
	if level == "good" && len(words) > 0 {
		level, head = "warning", "Look at this before you sign"
	}
	if t.warnings == 0 {
		add(t.unrun, "test that did not run", "tests that did not run")
	}
	if level == "good" && len(words) > 0 {
		level, head = "warning", "Not all was tested"
	}
	add(t.exempted, "exemption", "exemptions")
	text := w.unasked()
	if len(words) > 0 {
		text = list(words) + "."
	}
	w.put(`<div class="verdict %s">%s<p><strong>%s</strong><span>%s</span></p></div>`, level, icon(level), head, text)
}

// unasked says what nobody asked to be checked, so that silence is not taken for praise.
func (w *writer) unasked() string {
	switch {
	case len(w.Rules) == 0 && len(w.Tests) == 0:
		return "No rules of an organisation were applied, and the spec has no tests of the running image."
	case len(w.Rules) == 0:
		return "No rules of an organisation were applied."
	case len(w.Tests) == 0:
		return "The spec has no tests of the running image."
	}
	return "The rules that apply are kept, and the tests passed."
}

// icon is a sign for a severity or a result. Words beside it say the same.
func icon(level string) markup {
	paths := map[string]string{
		"good":     `<path d="M6 12.5l4 4 8-9"/>`,
		"passed":   `<path d="M6 12.5l4 4 8-9"/>`,
		"error":    `<path d="M7.5 7.5l9 9m0-9l-9 9"/>`,
		"failed":   `<path d="M7.5 7.5l9 9m0-9l-9 9"/>`,
		"warning":  `<path d="M12 6.5v7m0 3.4v.1"/>`,
		"info":     `<path d="M12 10.5v7m0-10.5v.1"/>`,
		"exempted": `<path d="M7 12h10"/>`,
		"none":     `<path d="M7 12h10"/>`,
	}
	path, ok := paths[level]
	if !ok {
		level, path = "none", paths["none"]
	}
	return markup(`<svg class="icon ` + level + `" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11"/>` + path + `</svg>`)
}

// about says what the image is and what it does.
func (w *writer) about() {
	w.put(`<p><b>%s</b> is a container image for %s. `, w.name(), machine(w.Platform))
	if command := w.Config.Command(); len(command) > 0 {
		w.put(`When it starts, it runs <code>%s</code> %s. `, commandLine(command), w.user())
	} else if !w.Whole {
		w.put(`It starts nothing by itself. `)
	}
	if ports := w.Config.Ports; len(ports) > 0 {
		w.put(`It answers on port %s. `, list(ports))
	}
	w.put("</p>")
}

// user says as whom the program runs.
func (w *writer) user() markup {
	u := w.Config.User
	if u.UID == 0 {
		return "as <b>root</b>, the user who may do everything inside the container"
	}
	return made(func(p *page) { p.put("as an ordinary user (number %d) and not as root", u.UID) })
}

// commandLine is a command as one would type it.
func commandLine(words []string) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n\"'\\$") {
			out[i] = fmt.Sprintf("%q", word)
		}
	}
	return strings.Join(out, " ")
}

// holds says what is in it.
func (w *writer) holds() {
	w.put("<p>")
	switch {
	case w.Whole:
		w.put(`It holds %s, %s. It was read as a finished image, so the reasons for its files are not known. `, files(w.Total), report.Size(w.Total.Bytes))
	case w.Base != "":
		w.put(`It stands on the base image <code>%s</code>, and this build adds %s, %s, to it. `, w.Base, files(w.Total), report.Size(w.Total.Bytes))
	default:
		w.put(`It is built from nothing, without a base image: it holds %s, %s, and all of them are listed in this report, each with the reason for which it is there. `,
			files(w.Total), report.Size(w.Total.Bytes))
	}
	if text := w.shares(); text != "" {
		w.put(`By size it is %s. `, text)
	}
	w.put("</p><p>")
	w.put(`%s `, w.fromPackages())
	w.put("</p>")
	w.facts()
}

// shares says how much of the size is of which class, the largest first.
func (w *writer) shares() string {
	all := slices.DeleteFunc(classes(), func(c class) bool { return w.sums[c].Bytes*100 < w.Total.Bytes || inSentence[c] == "" })
	slices.SortStableFunc(all, func(a, b class) int { return cmp.Compare(w.sums[b].Bytes, w.sums[a].Bytes) })
	var words []string
	for _, c := range all {
		if n := w.sums[c].Bytes; n > 0 {
			words = append(words, share(n, w.Total.Bytes)+" "+inSentence[c])
		}
	}
	return list(words)
}

// inSentence are the classes in the middle of a sentence.
var inSentence = map[class]string{
	programs: "programs", libraries: "libraries that programs need to start", opened: "what they open while they run",
	named: "files added by name", parts: "ready-made parts such as user accounts", records: "records of packages and licences",
}

// files is "83 files".
func files(t report.Total) string { return count(t.Files, "file", "files") }

// fromPackages says what is known of where the files are from.
func (w *writer) fromPackages() string {
	loose := w.loose()
	from := fmt.Sprintf("%s, with the versions and licences that are listed below", w.packagesOf())
	switch {
	case len(w.Packages) == 0 && loose.Files == 0:
		return ""
	case len(w.Packages) == 0:
		return "None of its files is from a distribution’s package: scanners cannot tell their versions."
	case loose.Files == 0:
		return fmt.Sprintf("All of its software is from %s.", from)
	}
	return fmt.Sprintf("Its software is from %s, but for %s (%s) of no package, whose versions scanners cannot tell.",
		from, files(loose), report.Size(loose.Bytes))
}

// distributions are the distributions in package URLs.
var distributions = map[string]string{
	"deb/debian": "Debian", "deb/ubuntu": "Ubuntu", "apk/alpine": "Alpine", "apk/wolfi": "Wolfi", "apk/chainguard": "Chainguard",
	"rpm/fedora": "Fedora", "rpm/redhat": "Red Hat", "rpm/rhel": "Red Hat", "rpm/centos": "CentOS", "rpm/opensuse": "openSUSE",
}

// packagesOf is "9 Debian packages".
func (w *writer) packagesOf() string {
	name := ""
	for n, p := range w.Packages {
		purl, _ := strings.CutPrefix(p.PURL, "pkg:")
		kind, rest, _ := strings.Cut(purl, "/")
		namespace, _, _ := strings.Cut(rest, "/")
		found := distributions[kind+"/"+namespace]
		if n > 0 && found != name {
			return count(len(w.Packages), "package", "packages") + " of distributions"
		}
		name = found
	}
	if name == "" {
		return count(len(w.Packages), "package", "packages") + " of a distribution"
	}
	return count(len(w.Packages), name+" package", name+" packages")
}

// loose are the files that belong to no package, ready-made parts and records apart.
func (w *writer) loose() report.Total {
	var t report.Total
	for _, e := range w.Entries {
		if c := classOf(e); e.Kind == plan.KindFile && e.Package == "" && c != parts && c != records && (e.Reason == nil || e.Reason.Cause != plan.CauseCache) {
			t.Files++
			t.Bytes += e.Size
		}
	}
	return t
}

// facts are things that are neither right nor wrong by themselves and that whoever signs
// wants to know.
func (w *writer) facts() {
	var out []markup
	add := func(format string, args ...any) {
		out = append(out, made(func(p *page) { p.put(format, args...) }))
	}
	var rights []string
	for _, e := range w.Entries {
		if r := e.Privileges(); len(r) > 0 {
			rights = append(rights, fmt.Sprintf("%s (%s)", e.Path, strings.Join(r, ", ")))
		}
	}
	if n := len(rights); n > 0 {
		add("%s more rights to whoever starts it: %s.", count(n, "program gives", "programs give"), some(rights))
	}
	if w.Base != "" {
		add("The files of the base image are not listed here. It brings %s.", count(len(w.BasePackages), "package", "packages"))
	}
	var host []string
	for _, p := range w.Provided {
		host = append(host, p.Name)
	}
	if len(host) > 0 {
		add("It is not complete by itself: the machine that runs it must give it %s (%s).", count(len(host), "library", "libraries"), some(host))
	}
	var bare []string
	for _, p := range w.Packages {
		if len(p.Licenses) == 0 && !w.Whole {
			bare = append(bare, p.Name)
		}
	}
	if len(bare) > 0 {
		add("%s no licence that could be read: %s.", count(len(bare), "package declares", "packages declare"), some(bare))
	}
	var left report.Total
	for _, l := range w.LeftOut {
		left.Files += l.Files
		left.Bytes += l.Size
	}
	if left.Files > 0 {
		add("%s (%s) of folders that the spec names did not ship, as nothing in this image can use them.", files(left), report.Size(left.Bytes))
	}
	if len(out) == 0 {
		return
	}
	w.put(`<p class="know">Worth knowing:</p><ul>`)
	for _, fact := range out {
		w.put("<li>%s</li>", fact)
	}
	w.put("</ul>")
}

// some is a few of many names.
func some(names []string) string {
	if len(names) <= most {
		return list(names)
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// figures are the numbers that one looks for first.
func (w *writer) figures() {
	figure := func(value, of string) {
		w.put("<div><dt>%s</dt><dd>%s</dd></div>", of, value)
	}
	w.put(`<dl class="figures">`)
	size := "size, unpacked"
	if w.Base != "" {
		size = "size on top of the base"
	}
	figure(report.Size(w.Total.Bytes), size)
	figure(grouped(int64(w.Total.Files)), "files")
	figure(grouped(int64(len(w.Packages))), "packages")
	figure(grouped(int64(len(w.Layers))), "layers")
	if len(w.Tests) == 0 {
		w.put("</dl>")
		return
	}
	ran := slices.DeleteFunc(slices.Clone(w.Tests), func(t Test) bool { return t.Result != Passed })
	figure(fmt.Sprintf("%d of %d", len(ran), len(w.Tests)), "tests passed")
	w.put("</dl>")
}
