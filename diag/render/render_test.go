package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
)

var update = flag.Bool("update", false, "rewrite the expected output under testdata")

// spec is a file whose nodes are found by their paths.
type spec map[string]diag.Place

func (s spec) Place(at string) diag.Place { return s[at] }

// file has a node for each kind of place.
var file = spec{
	"": {File: "app.yaml"},
	"binaries[0].from": {
		File: "app.yaml", StartLine: 5, StartColumn: 11, EndLine: 5, EndColumn: 25, Text: "  - from: bulid:/out/app # the program",
	},
	"files": {File: "app.yaml", StartLine: 7, StartColumn: 3, EndLine: 9, EndColumn: 4, Text: "  - {from: a,"},
	"name":  {File: "app.yaml", StartLine: 120, StartColumn: 7, EndLine: 120, EndColumn: 12, Text: "name:\t\u202eab\x1b"},
	"env.LONG": {
		File: "app.yaml", StartLine: 3, StartColumn: 101, EndLine: 3, EndColumn: 104, Text: strings.Repeat("0123456789", 30),
	},
	"include": {File: "sp,ec: 100%\n\u202e.yaml", StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1, Text: ""},
}

// findings are two about one place, with another between them; one about the
// whole file, and one that is in none; all severities, one that does not exist yet; and texts that attack
// the terminal and the formats.
var findings = diag.List{
	{
		Code: "library-not-found", At: "binaries[0].from", Message: "liba.so, needed by /app, was not found",
		Runtime: "/app: error while loading shared libraries: liba.so: cannot open shared object file: No such file or directory",
		Fixes:   []string{"add the package", "copy it with files"},
	},
	{Code: "distributions-mixed", Severity: diag.SeverityWarning, Message: "packages of debian 12 and debian 13", Fixes: []string{"take one"}},
	{Code: "static-nss", Severity: diag.SeverityWarning, At: "binaries[0].from", Message: "/app opens modules"},
	{Code: "not-in-the-catalogue", Severity: "info", At: "files", Message: "several lines"},
	{
		Code: "name-not-utf8", At: "name", Message: "\x1b[2J\nok: 100% fine\r\u202e\xff",
		Runtime: "::error::forged\n::set-output name=a::b", Fixes: []string{"rename \a it"},
	},
	{Code: "wrong-type", At: "env.LONG", Message: "in the middle of a long line"},
	{Code: "invalid-option", At: "(build)", Message: "the build was called wrongly", Fixes: []string{"call it otherwise"}},
	{Code: "unknown-part", At: "include", Message: "a file name that holds everything"},
}

// rows is a catalogue that does not change when the real one does. It lacks one
// code of the findings.
func rows(code string) (catalogue.Finding, bool) {
	if code == "not-in-the-catalogue" {
		return catalogue.Finding{}, false
	}
	return catalogue.Finding{
		Code: code, Title: "The title of " + code, Severity: diag.SeverityWarning, Since: "1.0",
		Explanation: "What `" + code + "` means.", Runtime: "what is seen", Fixes: []string{"Do this.", "Or that."},
	}, true
}

// TestSARIFHasTheCatalogue holds that a rule says what the catalogue does.
func TestSARIFHasTheCatalogue(t *testing.T) {
	t.Parallel()
	const code = "library-not-found"
	data, err := SARIF(diag.List{{Code: code, Message: "liba.so was not found"}}, file, "")
	if err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	row, ok := catalogue.Lookup(code)
	if got := log.Runs[0].Tool.Driver.Rules; !ok || len(got) != 1 || got[0].FullDescription.Text != row.Explanation ||
		got[0].Help.Markdown != row.Markdown() || got[0].HelpURI != catalogue.URL(code) || got[0].Default.Level != "error" {
		t.Errorf("the rules are %+v", got)
	}
}

// TestRenderers shows the findings in every format.
func TestRenderers(t *testing.T) {
	t.Parallel()
	formats := map[string]func() ([]byte, error){
		"text.txt":   func() ([]byte, error) { return []byte(Text(findings, file)), nil },
		"lines.txt":  func() ([]byte, error) { return []byte(Lines(findings, file)), nil },
		"github.txt": func() ([]byte, error) { return []byte(GitHub(findings, file)), nil },
		"json.json":  func() ([]byte, error) { return JSON(findings, file) },
		"sarif.json": func() ([]byte, error) { return sarif(findings, file, "1.0.0", rows) },
	}
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := format()
			if err != nil {
				t.Fatal(err)
			}
			if !utf8.Valid(got) {
				t.Error("the output is not UTF-8")
			}
			if i := bytes.IndexFunc(got, func(r rune) bool { return r == '\x1b' || r == '\r' || r == '\a' }); i >= 0 {
				t.Errorf("a raw control character at %q", got[max(0, i-20):i+1])
			}
			golden(t, filepath.Join("testdata", name), got)
		})
	}
}

// TestNothingFound holds that programs get a whole document for no findings.
func TestNothingFound(t *testing.T) {
	t.Parallel()
	if got := Text(nil, file) + Lines(nil, file) + GitHub(nil, file); got != "" {
		t.Errorf("text for nothing: %q", got)
	}
	got, err := JSON(nil, file)
	if want := "{\n  \"version\": 1,\n  \"findings\": []\n}\n"; err != nil || string(got) != want {
		t.Errorf("JSON is %s (%v), want %s", got, err, want)
	}
	got, err = SARIF(nil, file, "")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/sarif-empty.json", got)
}

// TestJSONKeepsTheText holds that programs get what was found, not how it is shown.
func TestJSONKeepsTheText(t *testing.T) {
	t.Parallel()
	data, err := JSON(diag.List{{Code: "a", Message: "\x1b[2J\n\u202e\xff"}}, file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Findings []struct{ Message string } }
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[2J\n\u202e\ufffd"; len(got.Findings) != 1 || got.Findings[0].Message != want {
		t.Errorf("got %q, want one finding with %q", got.Findings, want)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}
