package html

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/report"
)

// findings tells what is wrong or surprising, the gravest first.
func (w *writer) findings() {
	t := w.tally()
	switch {
	case len(w.Findings) > 0:
	case t.failed > 0:
		w.put("<p>Tests failed: see what came of them below.</p>")
	case t.unrun > 0:
		w.put("<p>No finding stands against this image, but %s not run.</p>", count(t.unrun, "test did", "tests did"))
	default:
		w.put("<p>Nothing. No finding stands against this image.</p>")
	}
	for _, level := range []Severity{Error, Warning, Info} {
		for _, f := range w.Findings {
			if f.Severity == level && f.Exempted == nil {
				w.finding(f)
			}
		}
	}
	if t.exempted > 0 {
		w.put("<h3>Exempted</h3><p>These were found, too. Somebody answers for each of them, so they do not count.</p>")
		for _, f := range w.Findings {
			if f.Exempted != nil {
				w.finding(f)
			}
		}
	}
}

// severities are what a finding's severity is called.
var severities = map[Severity]string{Error: "Problem", Warning: "Warning", Info: "Note"}

func (w *writer) finding(f Finding) {
	level := string(f.Severity)
	if f.Exempted != nil {
		level = "exempted"
	}
	w.put(`<div class="finding %s">%s<div><h3>`, level, icon(level))
	w.put(`<span class="level">%s</span> %s</h3>`, severities[f.Severity], sentence(f.headline()))
	if f.Title != "" && f.Title != f.headline() {
		w.put("<p>%s</p>", sentence(f.Title))
	}
	if f.Runtime != "" {
		w.put(`<p>When it runs, one would see:</p><pre><code>%s</code></pre>`, f.Runtime)
	}
	if len(f.Fixes) > 0 {
		w.put("<p>What to do:</p><ul>")
		for _, fix := range f.Fixes {
			w.put("<li>%s</li>", sentence(fix))
		}
		w.put("</ul>")
	}
	if len(f.Paths) > 0 {
		w.put("<p>Files: ")
		w.paths(f.Paths)
		w.put("</p>")
	}
	if e := f.Exempted; e != nil {
		w.put("<p>Exempted by <b>%s</b>: %s", e.Owner, sentence(e.Reason))
		if e.Until != "" {
			w.put(" Until %s.", e.Until)
		}
		w.put("</p>")
	}
	w.put(`<p class="where">%s%s</p></div></div>`, w.code(f), w.place(f.Place))
}

// headline is what is wrong here.
func (f Finding) headline() string {
	if f.Message == "" {
		return f.Title
	}
	return f.Message
}

// code is the finding's code, with the page about it.
func (w *writer) code(f Finding) markup {
	return made(func(p *page) {
		if strings.HasPrefix(f.Help, "https://") {
			p.put(`<a href="%s" rel="noreferrer">%s</a>`, f.Help, f.Code)
		} else {
			p.put("%s", f.Code)
		}
	})
}

// place is a line of the spec.
func (w *writer) place(at *report.Place) markup {
	if at == nil {
		return ""
	}
	return made(func(p *page) {
		p.put(` · line %d of %s: <code>%s</code>`, at.Line, at.File, strings.TrimSpace(at.Text))
	})
}

// paths lists files of the image.
func (w *writer) paths(all []string) {
	for n, path := range all {
		if n == 20 {
			w.put(" and %s", count(len(all)-n, "more", "more"))
			return
		}
		if n > 0 {
			w.put(", ")
		}
		w.put("<code>%s</code>", path)
	}
}

// sentence is a line with an upper-case letter and a full stop, unless it starts with a
// name.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if first, _, _ := strings.Cut(text, " "); strings.Trim(first, "abcdefghijklmnopqrstuvwxyz") == "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// checks tells what was looked at, whatever came of it.
func (w *writer) checks() {
	w.put(`<ul class="checks">`)
	check := func(result, format string, args ...any) {
		w.put("<li>%s<span>", icon(result))
		w.put(format, args...)
		w.put("</span></li>")
	}
	if !w.Whole {
		check("passed", "<b>Each of the %s is there for a recorded reason</b>, and has its place in the list of this report.", count(len(w.Entries), "path", "paths"))
		check("passed", "<b>What the image starts can start</b>: the files of its programs, of what loads them and of all their libraries are there, made for this kind of processor, and the user of the image may run them. This was found from the files, by the rules of the system’s own loader.%s", w.host())
	}
	w.rulesCheck(check)
	w.testsCheck(check)
	w.put("</ul>")
	w.ruleTable()
	w.testTable()
}

func (w *writer) host() string {
	if len(w.Provided) == 0 {
		return ""
	}
	return fmt.Sprintf(" It leaves out %s that the host has to provide.", count(len(w.Provided), "library", "libraries"))
}

type checkFunc func(result, format string, args ...any)

func (w *writer) rulesCheck(check checkFunc) {
	results := map[Result]int{}
	for _, r := range w.Rules {
		results[r.Result]++
	}
	more := ""
	if n := results[Exempted]; n > 0 {
		more = fmt.Sprintf(" Of the others %s exempted.", count(n, "is", "are"))
	}
	switch {
	case len(w.Rules) == 0:
		check("none", "<b>Rules of an organisation</b>: none were applied.")
	case results[Failed] > 0:
		check("failed", "<b>%s broken</b> of %d that were applied.%s", count(results[Failed], "rule is", "rules are"), len(w.Rules), more)
	default:
		check("passed", "<b>%s</b> of %d that were applied.%s", count(results[Passed], "rule is kept", "rules are kept"), len(w.Rules), more)
	}
}

func (w *writer) testsCheck(check checkFunc) {
	results := map[Result]int{}
	for _, t := range w.Tests {
		results[t.Result]++
	}
	switch {
	case len(w.Tests) == 0:
		check("none", "<b>Tests of the running image</b>: the spec has none.")
	case results[Failed] > 0:
		check("failed", "<b>%s</b> of %d.", count(results[Failed], "test failed", "tests failed"), len(w.Tests))
	case results[NotRun] > 0:
		check("warning", "<b>%s not run</b>, and %d of %d passed.", count(results[NotRun], "test did", "tests did"), results[Passed], len(w.Tests))
	default:
		check("passed", "<b>%s</b>, of %d: the programs were started in the finished image, or its files looked at.", count(results[Passed], "test passed", "tests passed"), len(w.Tests))
	}
}

// ruleTable has all rules, those that are broken first.
func (w *writer) ruleTable() {
	if len(w.Rules) == 0 {
		return
	}
	columns := []string{"Result", "Rule", "What it asks for", "Asked for by"}
	w.table("rules", "Rules", columns, func() {
		for _, result := range []Result{Failed, Exempted, NotRun, Passed} {
			for _, r := range w.Rules {
				if r.Result != result {
					continue
				}
				w.put("<tr>")
				w.cell(columns[0], `%s`, w.result(r.Result, r.Level))
				w.cell(columns[1], `<code>%s</code>`, r.ID)
				w.cell(columns[2], `%s`, r.Title)
				w.cell(columns[3], `%s`, r.Pack)
				w.put("</tr>\n")
			}
		}
	})
}

// results are what results are called.
var results = map[Result]string{Passed: "passed", Failed: "failed", Exempted: "exempted", NotRun: "not run"}

// result is a result with its sign. What is broken and only a warning looks like one.
func (w *writer) result(r Result, level Severity) markup {
	sign := string(r)
	if r == Failed && level == Warning || r == NotRun {
		sign = "warning"
	}
	return made(func(p *page) { p.put(`<span class="result">%s%s</span>`, icon(sign), results[r]) })
}

func (w *writer) testTable() {
	if len(w.Tests) == 0 {
		return
	}
	columns := []string{"Result", "Test", "What it does", "What came of it"}
	w.table("tests", "Tests", columns, func() {
		for _, t := range w.Tests {
			w.put("<tr>")
			w.cell(columns[0], `%s`, w.result(t.Result, Error))
			w.cell(columns[1], `%s`, t.Name)
			w.cell(columns[2], `%s`, t.Does)
			said := t.Said
			if len(said) == 0 && t.Result == Passed {
				said = []string{"as it should be"}
			}
			w.cell(columns[3], `%s`, made(func(p *page) {
				for i, line := range said {
					if i > 0 {
						p.put("<br>")
					}
					p.put("%s", line)
				}
			}))
			w.put("</tr>\n")
		}
	})
}
