package html

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// most is how many names a sentence lists.
const most = 4

// summary opens the report: what the image is, and what came of looking at it, in words
// for people who know neither specs nor image formats.
func (w *writer) summary() {
	w.add(`<p class="over">Container image report</p><h1>`, esc(w.name()), `</h1><p class="sub">`, esc(w.Platform), "</p>")
	w.verdict()
	w.add(`<div class="prose">`)
	w.about()
	w.holds()
	w.facts()
	w.add("</div>")
	w.figures()
}

// tally counts what stands for and against an image.
type tally struct{ errors, warnings, notes, exempted, passed, failed, unrun int }

func (w *writer) tally() tally {
	var t tally
	for n := range w.Findings {
		f := &w.Findings[n]
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
	for n := range w.Tests {
		test := &w.Tests[n]
		switch test.Result {
		case Failed:
			t.failed++
		case NotRun:
			t.unrun++
		default:
			t.passed++
		}
	}
	return t
}

// verdict is the first thing to read. A test that failed or did not run is a finding,
// too, and counts once.
func (w *writer) verdict() {
	t := w.tally()
	if t.errors > 0 {
		t.failed = 0
	}
	if t.warnings > 0 {
		t.unrun = 0
	}
	level, head := markup("good"), markup("Nothing was found that needs attention")
	var words []string
	for n, found := range [...]int{t.errors, t.failed, t.warnings, t.unrun, t.exempted} {
		if found == 0 {
			continue
		}
		v := &verdicts[n]
		words = append(words, string(count(found, v.one, v.many)))
		if level == "good" && v.level != "" {
			level, head = v.level, v.head
		}
	}
	text := markup(list(words)) + "."
	if len(words) == 0 {
		text = w.unasked()
	}
	w.add(`<div class="verdict `, level, `">`, icon(level), "<p><strong>", head, "</strong><span>", text, "</span></p></div>")
}

// verdicts are what is said of each kind of what was found, the gravest first.
var verdicts = [...]struct {
	one, many   string
	level, head markup
}{
	{"problem that must be solved", "problems that must be solved", "error", "This image is not ready"},
	{"failed test", "failed tests", "error", "This image is not ready"},
	{"warning", "warnings", "warning", "Look at this before you sign"},
	{"test that did not run", "tests that did not run", "warning", "Not all was tested"},
	{"exemption", "exemptions", "", ""},
}

// unasked says what was not checked, so that silence is not taken for praise.
func (w *writer) unasked() markup {
	kept := 0
	for n := range w.Rules {
		if w.Rules[n].Result == Passed {
			kept++
		}
	}
	text := markup("No rules were applied")
	switch all := len(w.Rules); {
	case all > kept:
		text = num(kept) + " of the " + count(all, "rule that applies", "rules that apply") + " could be asked and are kept"
	case all > 0:
		text = "The " + count(all, "rule that applies is kept", "rules that apply are kept")
	}
	if len(w.Tests) == 0 {
		return text + ", and the spec has no tests of the running image."
	}
	return text + ", and " + count(len(w.Tests), "test", "tests") + " passed."
}

// about says what the image is and what it does.
func (w *writer) about() {
	w.add("<p><b>", esc(w.name()), "</b> is a container image for ", esc(machine(w.Platform)), ". ")
	if command := w.Config.Command(); len(command) > 0 {
		user := "as an ordinary user (number " + num(int(w.Config.User.UID)) + ") and not as root"
		if w.Config.User.UID == 0 {
			user = "as <b>root</b>, the user who may do everything inside the container"
		}
		w.add("When it starts, it runs ", code(commandLine(command)), " ", user, ". ")
	} else if !w.Whole {
		w.add("It starts nothing by itself. ")
	}
	if ports := w.Config.Ports; len(ports) > 0 {
		w.add("It answers on port ", esc(list(ports)), ". ")
	}
	w.add("</p>")
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
	size := total(w.Total)
	switch {
	case w.Whole:
		w.add("<p>It holds ", size, ". It was read as a finished image, so the reasons for its files are not known. ")
	case w.Base != "":
		w.add("<p>It stands on the base image ", code(w.Base), ", and this build adds ", size, ", to it. ")
	default:
		w.add("<p>It is built from nothing, without a base image: it holds ", size, ", and all of them are listed in this report, each with the reason for which it is there. ")
	}
	var words []string
	for _, n := range sorted(int(classes), func(n int) int64 { return w.sums[n].Bytes }) {
		size, text := w.sums[n].Bytes, classWords[n].sentence
		if size > 0 && size*100 >= w.Total.Bytes && text != "" {
			words = append(words, share(size, w.Total.Bytes)+" "+text)
		}
	}
	if len(words) > 0 {
		w.add("By size it is ", esc(list(words)), ". ")
	}
	w.add("</p>")
	w.fromPackages()
}

// total is "83 files, 10.2 MB".
func total(t report.Total) markup { return count(t.Files, "file", "files") + ", " + size(t.Bytes) }

// fromPackages says what is known of where the files are from.
func (w *writer) fromPackages() {
	// Ready-made parts, records and the loader's list are of no package, nor need they.
	var loose report.Total
	for n := range w.Entries {
		e := &w.Entries[n]
		c := classOf(e)
		if e.Kind == plan.KindFile && e.Package == "" && c != parts && c != records && (e.Reason == nil || e.Reason.Cause != plan.CauseCache) {
			loose.Files++
			loose.Bytes += e.Size
		}
	}
	switch packages := w.packagesOf() + ", with the versions and licences that are listed below"; {
	case len(w.Packages) > 0 && loose.Files > 0:
		w.add("<p>Its software is from ", packages, ", but for ", count(loose.Files, "file", "files"), " (", size(loose.Bytes), ") of no package, whose versions scanners cannot tell. </p>")
	case len(w.Packages) > 0:
		w.add("<p>All of its software is from ", packages, ". </p>")
	case loose.Files > 0:
		w.add("<p>None of its files is from a distribution’s package: scanners cannot tell their versions. </p>")
	}
}

// packagesOf is "9 Debian packages".
func (w *writer) packagesOf() markup {
	name := ""
	for n, p := range w.Packages {
		found := distribution(p.PURL)
		if n > 0 && found != name {
			name = ""
			break
		}
		name = found
	}
	if name == "" {
		return count(len(w.Packages), "package", "packages") + " of a distribution"
	}
	return count(len(w.Packages), name+" package", name+" packages")
}

// distribution is whose package a PURL is of; empty where that is not known.
func distribution(purl string) string {
	for i := 0; i < len(distributions); i += 2 {
		if strings.HasPrefix(purl, distributions[i]) {
			return distributions[i+1]
		}
	}
	return ""
}

var distributions = [...]string{
	"pkg:deb/debian/", "Debian", "pkg:deb/ubuntu/", "Ubuntu", "pkg:apk/alpine/", "Alpine", "pkg:apk/wolfi/", "Wolfi",
	"pkg:rpm/fedora/", "Fedora", "pkg:rpm/redhat/", "Red Hat", "pkg:rpm/rhel/", "Red Hat", "pkg:rpm/centos/", "CentOS", "pkg:rpm/opensuse", "openSUSE",
}

// facts are things that are neither right nor wrong by themselves and that whoever signs
// wants to know.
func (w *writer) facts() {
	var rights, host, bare []string
	for n := range w.Entries {
		e := &w.Entries[n]
		if r := e.Privileges(); len(r) > 0 {
			rights = append(rights, e.Path+" ("+strings.Join(r, ", ")+")")
		}
	}
	for n := range w.Provided {
		p := &w.Provided[n]
		host = append(host, p.Name)
	}
	for n := range w.Packages {
		p := &w.Packages[n]
		if len(p.Licenses) == 0 && !w.Whole {
			bare = append(bare, p.Name)
		}
	}
	var left report.Total
	for n := range w.LeftOut {
		l := &w.LeftOut[n]
		left.Files += l.Files
		left.Bytes += l.Size
	}
	start := w.Len()
	w.add(`<p class="know">Worth knowing:</p><ul>`)
	none := w.Len()
	w.several(rights, "program gives", "programs give", " more rights to whoever starts it: ")
	if w.Base != "" {
		w.add("<li>The files of the base image are not listed here. It brings ", count(len(w.BasePackages), "package", "packages"), ".</li>")
	}
	w.several(host, "library", "libraries", " must be given to it by the machine that runs it, as it is not complete by itself: ")
	w.several(bare, "package declares", "packages declare", " no licence that could be read: ")
	if left.Files > 0 {
		w.add("<li>", count(left.Files, "file", "files"), " (", size(left.Bytes), ") of folders that the spec names did not ship, as nothing in this image can use them.</li>")
	}
	if w.Len() == none {
		w.cut(start)
		return
	}
	w.add("</ul>")
}

// several adds a fact about some names, if there are any.
//
//go:noinline
func (w *writer) several(names []string, one, many string, fact markup) {
	if n := len(names); n > 0 {
		w.add("<li>", count(n, one, many), fact, some(names), ".</li>")
	}
}

// some is a few of many names.
func some(names []string) markup {
	if more := len(names) - most; more > 0 {
		return esc(strings.Join(names[:most], ", ")) + " and " + num(more) + " more"
	}
	return esc(list(names))
}

// figures are the numbers that one looks for first.
func (w *writer) figures() {
	w.add(`<dl class="figures">`)
	name := "size, unpacked"
	if w.Base != "" {
		name = "size on top of the base"
	}
	w.pair(name, size(w.Total.Bytes))
	w.pair("files", grouped(w.Total.Files))
	w.pair("packages", grouped(len(w.Packages)))
	w.pair("layers", grouped(len(w.Layers)))
	if n := len(w.Tests); n > 0 {
		w.pair("tests passed", num(w.tally().passed)+" of "+num(n))
	}
	w.add("</dl>")
}
