package frontend

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// sessionOf is a session that has read a spec.
func sessionOf(text string) *session {
	s := &session{file: &dockerui.Source{SourceMap: &llb.SourceMap{
		Filename: "app.yaml", Data: []byte(text), Definition: &llb.Definition{},
	}}}
	s.doc, s.malformed = spec.Parse("app.yaml", []byte(text))
	return s
}

// printed is an error as clients print it.
func printed(t *testing.T, err error) string {
	t.Helper()
	var b bytes.Buffer
	for _, source := range errdefs.Sources(err) {
		if err := source.Print(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String() + err.Error()
}

// Findings become one error: each place of the spec once and in its order, places
// near each other as one, and then what was found.
func TestShown(t *testing.T) {
	t.Parallel()
	const text = `sources:
  debian: debian
binaries:
  - debian:/bin/a
  - debian:/bin/b
files:
  - a
  - b
  - c
  - d
links:
  - {path: /x, target: y}
`
	finding := func(at, message string) diag.Diagnostic {
		return diag.Diagnostic{Code: "code", At: at, Message: message, Fixes: []string{"mend it"}}
	}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"an error of BuildKit's", errors.New("no such host"), "no such host"},
		{"an option", diag.List{finding(atBuild, "what time is it")}, "what time is it [code]\n  fix: mend it"},
		{"the whole file", diag.List{finding("", "too short")}, "app.yaml: too short [code]\n  fix: mend it"},
		{"one place, two findings, and a warning", diag.List{
			finding("binaries[0]", "first"), finding("binaries[0]", "second"),
			{Code: "code", Severity: diag.SeverityWarning, At: "files[0]", Message: "third"},
		}, `app.yaml:4
--------------------
   2 |       debian: debian
   3 |     binaries:
   4 | >>>   - debian:/bin/a
   5 |       - debian:/bin/b
   6 |     files:
--------------------
app.yaml:4:5: first [code]
  fix: mend it
app.yaml:4:5: second [code]
  fix: mend it`},
		{"near and far", diag.List{finding("links[0]", "last"), finding("binaries[0]", "first"), finding("binaries[1]", "second")}, `app.yaml:4
--------------------
   3 |     binaries:
   4 | >>>   - debian:/bin/a
   5 | >>>   - debian:/bin/b
   6 |     files:
--------------------
app.yaml:12
--------------------
  10 |       - d
  11 |     links:
  12 | >>>   - {path: /x, target: y}
  13 |     
--------------------
app.yaml:12:5: last [code]
  fix: mend it
app.yaml:4:5: first [code]
  fix: mend it
app.yaml:5:5: second [code]
  fix: mend it`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := printed(t, sessionOf(text).shown(test.err)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// BuildKit loses messages of more than 16 MiB.
func TestShownIsBounded(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	var list diag.List
	text.WriteString("files:\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "  - %0200d\n\n\n\n\n\n\n", i)
		list = append(list, diag.Diagnostic{Code: "code", At: fmt.Sprintf("files[%d]", i), Message: strings.Repeat("x\n", 10_000)})
	}
	err := sessionOf(text.String()).shown(list)
	st, _ := status.FromError(grpcerrors.ToGRPC(t.Context(), err))
	if n := proto.Size(st.Proto()); n > 10<<20 {
		t.Errorf("an error of %d bytes", n)
	}
	if n := len(errdefs.Sources(err)); n == 0 || n > maxPlaces {
		t.Errorf("%d places", n)
	}
	if want := "\n… and at least 2980 more: mend these first"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("the error ends in %q, want %q", err.Error()[len(err.Error())-60:], want)
	}
}
