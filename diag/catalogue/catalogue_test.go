package catalogue

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sinter-build/sinter/diag"
)

// TestCatalogueIsComplete holds that every code in the sources has a row, and
// every row a code that is reported.
func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	for _, wrong := range compare(readSources(t, repository(t)).find(), codes(All())) {
		t.Error(wrong)
	}
}

// TestCompare holds that the test above fails when it has to.
func TestCompare(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"one/one.go": {Data: []byte(`package one
import "` + module + `/diag"
const CodeNamed = "named-in-another-package"
const codeOwn = "own-constant"
func a() diag.Diagnostic { return diag.Diagnostic{Code: codeOwn} }
func b() diag.Diagnostic { return diag.Diagnostic{Code: "forgotten"} }
func Invalid(code, message string) diag.Diagnostic { return diag.Diagnostic{Code: code, Message: message} }
func (p *program) fail(at, code string) { p.report(Invalid(code, at)) }
func c(p *program) { p.fail("here", "by-method") }
func d(d diag.Diagnostic) diag.Diagnostic { d.Code = "assigned"; return d }
func e(from diag.Diagnostic) diag.Diagnostic { return diag.Diagnostic{Code: from.Code} }
func f(from diag.Diagnostic) bool { return from.Code == "only-compared" }
func g() diag.Diagnostic { return diag.Diagnostic{Code: "computed" + suffix} }
`)},
		"two/two_windows.go": {Data: []byte(`package two
import uno "` + module + `/one"
var d = uno.Invalid(uno.CodeNamed, "message")
`)},
		"one/one_test.go":     {Data: []byte("package one\nvar d = diag.Diagnostic{Code: \"in-a-test\"}\n")},
		"one/testdata/old.go": {Data: []byte("package old\nvar d = diag.Diagnostic{Code: \"in-testdata\"}\n")},
	}
	got := compare(readSources(t, tree).find(), []string{"assigned", "by-method", "dead", "named-in-another-package", "only-compared", "own-constant"})
	want := []string{
		`one/one.go:13:57: which code is this? give it as a constant, or as an argument that is one`,
		`one/one.go:6:57: the code "forgotten" has no row in the catalogue`,
		`the row "dead" is dead: nothing reports it`,
		`the row "only-compared" is dead: nothing reports it`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRows holds every row to the form that pages and reports rely on.
func TestRows(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	version := regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	for _, g := range Groups() {
		if !slices.IsSortedFunc(g.Findings, func(a, b Finding) int { return cmp.Compare(a.Code, b.Code) }) {
			t.Errorf("%s: not sorted by code", g.Title)
		}
	}
	all := All()
	for i, f := range all {
		bad := func(what string) { t.Errorf("%s: %s", f.Code, what) }
		if i > 0 && all[i-1].Code == f.Code {
			bad("stands twice")
		}
		if !kebab.MatchString(f.Code) {
			bad("is not in kebab case")
		}
		if f.Title == "" || strings.HasSuffix(f.Title, ".") || diag.Plain(f.Title) != f.Title {
			bad("the title is no line without a final period")
		}
		if !version.MatchString(f.Since) {
			bad("since which version?")
		}
		if !strings.HasSuffix(f.Explanation, ".") {
			bad("the explanation is no sentence")
		}
		if len(f.Fixes) == 0 {
			bad("has no way out")
		}
		if diag.Plain(f.Runtime) != f.Runtime {
			bad("the run-time text is not one line")
		}
		for _, fix := range f.Fixes {
			if !strings.HasSuffix(fix, ".") {
				bad("is no sentence: " + fix)
			}
		}
		if got, ok := Lookup(f.Code); !ok || got.Title != f.Title {
			bad("is not found")
		}
	}
	if _, ok := Lookup("no-such-code"); ok {
		t.Error("found what is not there")
	}
}

func codes(rows []Finding) []string {
	out := make([]string, len(rows))
	for i, f := range rows {
		out[i] = f.Code
	}
	return out
}
