package html

import (
	"strings"

	"github.com/sinter-build/sinter/report"
)

// findings tells what is wrong or surprising, the gravest first.
func (w *writer) findings() {
	t := w.tally()
	switch {
	case len(w.Findings) > 0:
	case t.failed > 0:
		w.add("<p>Tests failed: see what came of them below.</p>")
	case t.unrun > 0:
		w.add("<p>No finding stands against this image, but ", count(t.unrun, "test did", "tests did"), " not run.</p>")
	default:
		w.add("<p>Nothing. No finding stands against this image.</p>")
	}
	for _, level := range []Severity{Error, Warning, Info} {
		for n := range w.Findings {
			f := &w.Findings[n]
			if f.Severity == level && f.Exempted == nil {
				w.finding(f, markup(level))
			}
		}
	}
	if t.exempted == 0 {
		return
	}
	w.add("<h3>Exempted</h3><p>These were found, too. Somebody answers for each of them, so they do not count.</p>")
	for n := range w.Findings {
		f := &w.Findings[n]
		if f.Exempted != nil {
			w.finding(f, "exempted")
		}
	}
}

// finding tells of one.
func (w *writer) finding(f *Finding, level markup) {
	name := markup("Note")
	switch f.Severity {
	case Error:
		name = "Problem"
	case Warning:
		name = "Warning"
	}
	headline, title := f.Message, f.Title
	if headline == "" {
		headline, title = f.Title, ""
	}
	w.add(`<div class="finding `, level, `">`, icon(level), `<div><h3><span class="level">`, name, "</span> ", sentence(headline), "</h3>")
	if title != "" {
		w.add("<p>", sentence(title), "</p>")
	}
	if f.Runtime != "" {
		w.add("<p>When it runs, one would see:</p><pre>", code(f.Runtime), "</pre>")
	}
	if len(f.Fixes) > 0 {
		w.add("<p>What to do:</p><ul>")
		for _, fix := range f.Fixes {
			w.add("<li>", sentence(fix), "</li>")
		}
		w.add("</ul>")
	}
	w.paths(f.Paths)
	if e := f.Exempted; e != nil {
		w.add("<p>Exempted by <b>", esc(e.Owner), "</b>: ", sentence(e.Reason))
		if e.Until != "" {
			w.add(" Until ", esc(e.Until), ".")
		}
		w.add("</p>")
	}
	about := esc(f.Code)
	if strings.HasPrefix(f.Help, "https://") {
		about = `<a href="` + esc(f.Help) + `" rel="noreferrer">` + about + "</a>"
	}
	w.add(`<p class="where">`, about, place(f.Place), "</p></div></div>")
}

// place is a line of the spec.
func place(at *report.Place) markup {
	if at == nil {
		return ""
	}
	return " · line " + num(at.Line) + " of " + esc(at.File) + ": " + code(strings.TrimSpace(at.Text))
}

// maxPaths is how many files a finding lists.
const maxPaths = 20

// paths lists files of the image.
func (w *writer) paths(all []string) {
	for n, path := range all {
		switch {
		case n == maxPaths:
			w.add(" and ", count(len(all)-n, "more", "more"))
		case n > maxPaths:
		case n == 0:
			w.add("<p>Files: ", code(path))
		default:
			w.add(", ", code(path))
		}
	}
	if len(all) > 0 {
		w.add("</p>")
	}
}

// sentence is a line with an upper-case letter and a full stop, unless it starts with a
// name.
func sentence(text string) markup {
	if first, _, _ := strings.Cut(text, " "); text != "" && strings.Trim(first, "abcdefghijklmnopqrstuvwxyz") == "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return esc(text)
	}
	return esc(text) + "."
}

// checks tells what was looked at, whatever came of it.
func (w *writer) checks() {
	w.add(`<ul class="checks">`)
	if !w.Whole {
		w.check("passed", "<b>Each of the "+count(len(w.Entries), "path", "paths")+" is there for a recorded reason</b>, and has its place in the list of this report.")
		host := markup("")
		if n := len(w.Provided); n > 0 {
			host = " It leaves out " + count(n, "library", "libraries") + " that the host has to provide."
		}
		w.check("passed", "<b>What the image starts can start</b>: the files of its programs, of what loads them and of all their libraries are there, made for this kind of processor, and the user of the image may run them. This was found from the files, by the rules of the system’s own loader."+host)
	}
	w.rulesCheck()
	w.testsCheck()
	w.add("</ul>")
	w.ruleTable()
	w.testTable()
}

// check adds what came of a check.
//
//go:noinline
func (w *writer) check(result, text markup) {
	w.add("<li>", icon(result), "<span>", text, "</span></li>")
}

func (w *writer) rulesCheck() {
	all := len(w.Rules)
	var kept, broken, exempted, unasked int
	sign := markup("warning")
	for n := range w.Rules {
		r := &w.Rules[n]
		switch r.Result {
		case Passed:
			kept++
		case Exempted:
			exempted++
		case NotRun:
			unasked++
		default:
			broken++
			if r.Level == Error {
				sign = "failed"
			}
		}
	}
	applied := " of " + num(all) + " that were applied."
	if exempted > 0 {
		applied += " " + count(exempted, "is", "are") + " broken, and exempted."
	}
	if unasked > 0 {
		applied += " " + count(unasked, "could", "could") + " not be asked."
	}
	switch {
	case all == 0:
		w.check("none", "<b>Rules</b>: none were applied.")
	case broken > 0:
		w.check(sign, "<b>"+count(broken, "rule is", "rules are")+" broken</b>"+applied)
	default:
		w.check("passed", "<b>"+count(kept, "rule is kept", "rules are kept")+"</b>"+applied)
	}
}

func (w *writer) testsCheck() {
	all, t := len(w.Tests), w.tally()
	of := " of " + num(all)
	switch {
	case all == 0:
		w.check("none", "<b>Tests of the running image</b>: the spec has none.")
	case t.failed > 0:
		w.check("failed", "<b>"+count(t.failed, "test failed", "tests failed")+"</b>"+of+".")
	case t.unrun > 0:
		w.check("warning", "<b>"+count(t.unrun, "test did", "tests did")+" not run</b>, and "+num(t.passed)+of+" passed.")
	default:
		w.check("passed", "<b>"+count(t.passed, "test passed", "tests passed")+"</b>,"+of+": the programs were started in the finished image, or its files looked at.")
	}
}

// ruleTable has all rules, those that are broken first.
func (w *writer) ruleTable() {
	if len(w.Rules) == 0 {
		return
	}
	if len(w.Packs) > 0 {
		w.add("<p>The rules are those of ")
		for n := range w.Packs {
			if n > 0 {
				w.add(", ")
			}
			w.add("<b>", esc(w.Packs[n].Name), "</b>")
			if digest := w.Packs[n].Digest; digest != "" {
				w.add(" (", code(digest), ")")
			}
		}
		w.add(".</p>")
	}
	w.table("rules", "Rules", "Result", "Rule", "What must hold", "What came of it")
	for _, result := range [...]Result{Failed, Exempted, NotRun, Passed} {
		for n := range w.Rules {
			if w.Rules[n].Result == result {
				w.rule(&w.Rules[n])
			}
		}
	}
	w.end()
}

func (w *writer) rule(r *Rule) {
	sign, said, note := markup(r.Result), markup(r.Result), esc(r.Note)
	switch r.Result {
	case Passed:
		said = "kept"
	case Failed:
		said, note = "broken", count(r.Found, "finding", "findings")
		if r.Level != Error {
			sign = markup(r.Level)
		}
	case NotRun:
		sign, said = "warning", "not asked"
	}
	if r.Exempted > 0 {
		if note != "" {
			note += ", "
		}
		note += num(r.Exempted) + " exempted"
	}
	w.row("", outcome(sign, said), code(r.ID), esc(r.Title), note)
}

// outcome is a result with its sign.
//
//go:noinline
func outcome(sign, said markup) markup {
	return `<span class="result">` + icon(sign) + said + "</span>"
}

func (w *writer) testTable() {
	if len(w.Tests) == 0 {
		return
	}
	w.table("tests", "Tests", "Result", "Test", "What it does", "What came of it")
	for n := range w.Tests {
		t := &w.Tests[n]
		said := lines(t.Said, esc)
		if said == "" && t.Result == Passed {
			said = "as it should be"
		}
		sign := markup(t.Result)
		if t.Result == NotRun {
			sign = "warning"
		}
		w.row("", outcome(sign, markup(t.Result)), esc(t.Name), esc(t.Does), said)
	}
	w.end()
}

// lines are texts below one another.
func lines(all []string, show func(string) markup) markup {
	var out markup
	for i, line := range all {
		if i > 0 {
			out += "<br>"
		}
		out += show(line)
	}
	return out
}

// icon is a sign for a severity or a result. Words beside it say the same.
func icon(level markup) markup {
	path := markup("M7 12h10")
	switch level {
	case "good", "passed":
		path = "M6 12.5l4 4 8-9"
	case "error", "failed":
		path = "M7.5 7.5l9 9m0-9l-9 9"
	case "warning":
		path = "M12 6.5v7m0 3.4v.1"
	case "info":
		path = "M12 10.5v7m0-10.5v.1"
	default:
		level = "none"
	}
	return `<svg class="icon ` + level + `" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11"/><path d="` + path + `"/></svg>`
}
