package report_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// attack is what a name may hold: a line that looks like Sinter's own, an escape
// that clears the screen, an override of the direction, and no UTF-8.
const attack = "s\nFORGED\x1b[2J\u202e\xff"

// poison puts the attack into every text below a value, always alike, so that
// names that were equal still are. Kinds and causes are not texts of others.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			poison(field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(strings.ReplaceAll(v.String(), "s", attack))
		}
	}
}

func poisoned[T any](v *T) *T {
	poison(reflect.ValueOf(v))
	return v
}

// TestTextIsSafe holds that no name of an image can forge a line of a report or
// drive the terminal, and that programs get it as it is.
func TestTextIsSafe(t *testing.T) {
	t.Parallel()
	place := func(at string) *report.Place {
		return poisoned(&report.Place{File: "specs.yaml", Line: 1, Text: "binaries: " + at})
	}
	about := report.About{Name: "shop" + attack, Locate: place}
	before, after := poisoned(shop()), poisoned(newer())
	before.Base, after.Base = &plan.Base{Reference: "base" + attack}, &plan.Base{Reference: "base" + attack}
	doc := report.Document{Images: []report.Image{report.New(before, about)}}
	then := report.Document{Images: []report.Image{report.New(after, about)}}
	var answers report.Answers
	for question, found := range elsewhere {
		a := doc.Images[0].Why(strings.ReplaceAll(question, "s", attack))
		a.Complete(poisoned(clone(found)))
		a.Unseen = []string{"sources" + attack}
		answers.Answers = append(answers.Answers, a)
	}
	for _, e := range before.Entries {
		answers.Answers = append(answers.Answers, doc.Images[0].Why(e.Path))
	}
	comparison := report.Compare(doc, then)
	for name, text := range map[string]string{
		"explain": doc.Text(), "tree": doc.Tree(), "why": answers.Text(), "diff": comparison.Text(), "summary": report.Summary(before),
	} {
		if strings.Count(text, `s\nFORGED\x1b[2J\u202e\xff`) == 0 {
			t.Errorf("%s shows no name", name)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s has the line %q", name, line)
			}
			if strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
				t.Errorf("%s has the forged line %q", name, line)
			}
		}
	}
	for name, make := range map[string]func() ([]byte, error){
		"explain": doc.JSON, "why": answers.JSON, "diff": comparison.JSON,
	} {
		data, err := make()
		if err != nil || !utf8.Valid(data) || !strings.Contains(string(data), `s\nFORGED\u001b[2J`) {
			t.Errorf("the JSON of %s is not UTF-8 or does not keep the names (%v)", name, err)
		}
	}
}

// clone copies as deep as poison reaches, for the original is other tests', too.
func clone(a *plan.Answer) *plan.Answer {
	c := *a
	c.Links = append([]plan.Link(nil), a.Links...)
	c.Similar = append([]plan.Origin(nil), a.Similar...)
	c.Candidates = append([]plan.Candidate(nil), a.Candidates...)
	for i := range c.Candidates {
		s := &c.Candidates[i]
		s.Notes = append([]plan.DlopenNote(nil), s.Notes...)
		if s.Package != nil {
			p := *s.Package
			s.Package = &p
		}
	}
	return &c
}
