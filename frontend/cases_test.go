package frontend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/frontend/gatewaytest"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/report/html"
	"github.com/sinter-build/sinter/sbom"
	"github.com/sinter-build/sinter/tests"
)

var update = flag.Bool("update", false, "rewrite what the cases under testdata expect")

// A testCase is a txtar archive: a spec, what is around it, what is asked, and all
// that comes of it.
//
//	app.yaml                   the spec; "@spec" is its text in a file of the context
//	context                    the build context, as gatewaytest.ParseTree has it
//	local NAME                 another directory of the client
//	image REFERENCE [PLATFORM] an image; a first line "config JSON" is its config
//	stage [TARGET]             what a Dockerfile makes
//	remote IDENTIFIER          a repository or a download
//	package NAME               what a package manager installs
//	outcome PROGRAM            what comes of tests that run the program, a tests.Outcome
//	calls                      a line for each call: a name, then words:
//	                             in-image      the frontend runs from an image
//	                             on=PLATFORM   the builder's own platform
//	                             without=CAP   a capability that the daemon lacks
//	                             show=WHAT,…   further results to compare
//	                             KEY=VALUE     an option of the build
//
// Everything else is a result, named after its call:
//
//	NAME/error       what clients show when it fails
//	NAME/warnings    what clients are warned of
//	NAME/told        what the build's own progress says of that
//	NAME/dockerfile  what the Dockerfile frontend was asked for
//	NAME/answer      what a request is answered with
//	NAME/tree        what is in the image that was built
//
// and, when the call says show=, llb (the LLB of the image), config (its config and
// other metadata), sbom (what it says in short) and ahead (what was built before there was
// a plan). An image for several
// platforms has NAME/tree OS/ARCH and so on. What is the same as for an earlier call
// says so. `go test ./frontend -update` writes
// the results.
type testCase struct {
	archive *txtar.Archive
	images  []gatewaytest.Image
	locals  map[string]gatewaytest.Tree
	stages  map[string]gatewaytest.Tree
	remotes map[string]gatewaytest.Tree
	pkgs    map[string]gatewaytest.Tree
	tested  map[string]*tests.Outcome
	calls   []string
	want    map[string]string
	results []result
}

func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := readCase(t, file)
			got := map[string]string{}
			for _, line := range c.calls {
				c.call(t, strings.Fields(line), got)
			}
			if *update {
				c.save(t, file, got)
				return
			}
			for _, name := range sortedKeys(got, c.want) {
				if got[name] != c.want[name] {
					t.Errorf("%s (-want +got):\n%s", name, diff(c.want[name], got[name]))
				}
			}
		})
	}
}

// diff tells the lines that only one of two texts has, with those around them.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	begin := 0
	for begin < len(w) && begin < len(g) && w[begin] == g[begin] {
		begin++
	}
	end := 0
	for end < len(w)-begin && end < len(g)-begin && w[len(w)-1-end] == g[len(g)-1-end] {
		end++
	}
	const around = 2
	var b strings.Builder
	for _, line := range w[max(0, begin-around):begin] {
		b.WriteString(" " + line + "\n")
	}
	for _, line := range w[begin : len(w)-end] {
		b.WriteString("-" + line + "\n")
	}
	for _, line := range g[begin : len(g)-end] {
		b.WriteString("+" + line + "\n")
	}
	for _, line := range w[len(w)-end : min(len(w), len(w)-end+around)] {
		b.WriteString(" " + line + "\n")
	}
	return b.String()
}

func sortedKeys(all ...map[string]string) []string {
	merged := map[string]string{}
	for _, m := range all {
		maps.Copy(merged, m)
	}
	return slices.Sorted(maps.Keys(merged))
}

func readCase(t *testing.T, file string) *testCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{
		archive: archive,
		locals:  map[string]gatewaytest.Tree{"context": {}},
		stages:  map[string]gatewaytest.Tree{},
		remotes: map[string]gatewaytest.Tree{},
		pkgs:    map[string]gatewaytest.Tree{},
		tested:  map[string]*tests.Outcome{},
		want:    map[string]string{},
	}
	for _, f := range archive.Files {
		kind, name, _ := strings.Cut(f.Name, " ")
		text := string(f.Data)
		switch kind {
		case "app.yaml":
			c.locals["dockerfile"] = gatewaytest.Tree{"/app.yaml": {Mode: 0o644, Data: f.Data}}
		case "calls":
			c.calls = strings.Split(strings.TrimSpace(text), "\n")
		case "context":
			c.locals["context"] = tree(t, text)
		case "local":
			c.locals[name] = tree(t, text)
		case "stage":
			c.stages[name] = tree(t, text)
		case "remote":
			c.remotes[name] = tree(t, text)
		case "package":
			c.pkgs[name] = tree(t, text)
		case "outcome":
			c.tested[name] = &tests.Outcome{}
			if err := json.Unmarshal(f.Data, c.tested[name]); err != nil {
				t.Fatal(err)
			}
		case "image":
			c.images = append(c.images, image(t, name, text))
		default:
			c.want[f.Name] = text
		}
	}
	spec := c.locals["dockerfile"]["/app.yaml"].Data
	for name, f := range c.locals["context"] {
		if string(f.Data) == "@spec" {
			f.Data = spec
			c.locals["context"][name] = f
		}
	}
	return c
}

func tree(t *testing.T, text string) gatewaytest.Tree {
	t.Helper()
	out, err := gatewaytest.ParseTree(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func image(t *testing.T, name, text string) gatewaytest.Image {
	t.Helper()
	var img gatewaytest.Image
	img.Reference, img.Platform, _ = strings.Cut(name, " ")
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "config ") {
		if err := json.Unmarshal([]byte(strings.TrimPrefix(first, "config ")), &img.Config); err != nil {
			t.Fatal(err)
		}
		text = rest
	}
	img.Tree = tree(t, text)
	return img
}

// save writes the results after the rest of the case.
func (c *testCase) save(t *testing.T, file string, got map[string]string) {
	t.Helper()
	c.archive.Files = slices.DeleteFunc(c.archive.Files, func(f txtar.File) bool {
		_, isResult := c.want[f.Name]
		return isResult
	})
	for _, line := range c.calls {
		call := strings.Fields(line)[0] + "/"
		for _, name := range sortedKeys(got) {
			if strings.HasPrefix(name, call) {
				c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: []byte(got[name])})
			}
		}
	}
	if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// call makes one call, twice: an answer that is not the same fails. Chance has no
// place in a build.
func (c *testCase) call(t *testing.T, words []string, got map[string]string) {
	t.Helper()
	name := words[0]
	first := c.outcome(t, words[1:])
	if again := c.outcome(t, words[1:]); !maps.Equal(first, again) {
		t.Errorf("%s had two outcomes:\n%v\n%v", name, first, again)
	}
	for what, text := range first {
		if text == "" {
			continue
		}
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if same, ok := c.earlier(what, text); ok {
			got[name+"/"+what] = "the same as " + same + "\n"
			continue
		}
		c.results = append(c.results, result{name, what, text})
		got[name+"/"+what] = text
	}
}

// result is what came of a call.
type result struct{ call, what, text string }

// earlier finds an earlier call of which the same came.
func (c *testCase) earlier(what, text string) (name string, ok bool) {
	for _, r := range c.results {
		if r.what == what && r.text == text {
			return r.call + "/" + r.what, true
		}
	}
	return "", false
}

// outcome is all that comes of a call.
func (c *testCase) outcome(t *testing.T, words []string) map[string]string {
	t.Helper()
	gateway := &gatewaytest.Gateway{
		Opts:   map[string]string{"filename": "app.yaml"},
		Locals: c.locals, Images: c.images, Stages: c.stages, Remotes: c.remotes, Packages: c.pkgs,
		Outcomes: c.tested,
	}
	var gw client.Client = gateway
	var shown []string
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "in-image":
			gw = gatewaytest.InImage{Gateway: gateway}
		case "on":
			gateway.Platforms = []string{value}
		case "without":
			if !slices.ContainsFunc(pb.Caps.All(), func(c *apicaps.PBCap) bool { return c.ID == value }) {
				t.Fatalf("LLB has no capability %s", value)
			}
			gateway.Without = append(gateway.Without, apicaps.CapID(value))
		case "show":
			shown = strings.Split(value, ",")
		default:
			gateway.Opts[key] = value
		}
	}
	res, err := frontend.Build(t.Context(), gw)
	out := map[string]string{
		"warnings":   strings.Join(gateway.Warnings(), ""),
		"told":       strings.Join(gateway.Told(), ""),
		"dockerfile": strings.Join(gateway.DockerfileRequests(), "\n"),
	}
	if err != nil {
		out["error"] = errorText(t, err)
		return out
	}
	describe(t, res, out, shown)
	if slices.Contains(shown, "ahead") {
		out["ahead"] = madeAhead(gateway, res)
	}
	return out
}

// madeAhead lists the vertices that were built before there was an image, and whether
// it has them.
func madeAhead(gateway *gatewaytest.Gateway, res *client.Result) string {
	var text strings.Builder
	final := res.Ref.(*gatewaytest.Reference).Definition
	for _, def := range gateway.Built() {
		vertex := digest.FromBytes(def.Def[len(def.Def)-2]).String()
		what := "not in the image"
		if _, ok := final.Metadata[vertex]; ok {
			what = "in the image"
		}
		fmt.Fprintf(&text, "%s: %s\n", def.Metadata[vertex].GetDescription()["llb.customname"], what)
	}
	return text.String()
}

// errorText is an error as clients show it: the places in the spec, then the
// message.
func errorText(t *testing.T, err error) string {
	t.Helper()
	var b bytes.Buffer
	for _, source := range errdefs.Sources(err) {
		if err := source.Print(&b); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintln(&b, err)
	return b.String()
}

// requestFile is the file that tells a step what to do. It changes with every key
// that a spec gets, and so is not shown.
var requestFile = regexp.MustCompile(`(mkfile /request\.json \S+) \(.*\)`)

// describe puts a result into words.
func describe(t *testing.T, res *client.Result, out map[string]string, shown []string) {
	t.Helper()
	out["answer"] = answer(t, res)
	if slices.Contains(shown, "config") {
		out["config"] = metadata(t, res)
	}
	refs := map[string]client.Reference{}
	for id, ref := range res.Refs {
		refs[" "+id] = ref
	}
	if res.Ref != nil {
		refs[""] = res.Ref
	}
	for id, ref := range refs {
		r := ref.(*gatewaytest.Reference)
		out["tree"+id] = r.Tree.List(epochOf(t, res, id))
		if slices.Contains(shown, "llb") {
			text, err := llbgen.Dump(r.Definition)
			if err != nil {
				t.Fatal(err)
			}
			out["llb"+id] = requestFile.ReplaceAllString(text, "$1 (what to look for)")
		}
	}
	if slices.Contains(shown, "sbom") {
		describeSBOM(t.Context(), t, res, out)
	}
}

// answer is what clients show of the answer to a request: its text, and for a check
// the error and the exit status.
func answer(t *testing.T, res *client.Result) string {
	t.Helper()
	text := string(res.Metadata["result.txt"])
	if strings.HasPrefix(text, "<!DOCTYPE html>") {
		return answeredReport(t, res)
	}
	status, isCheck := res.Metadata["result.statuscode"]
	if !isCheck {
		return text
	}
	var check lint.LintResults
	if err := json.Unmarshal(res.Metadata["result.json"], &check); err != nil {
		t.Fatal(err)
	}
	if check.Error != nil {
		for _, r := range check.Error.Location.Ranges {
			text += fmt.Sprintf("line %d ", r.Start.Line)
		}
		text += "\n" + check.Error.Message + "\n"
	}
	return fmt.Sprintf("%sstatus %s\n", text, status)
}

// answeredReport is what a report is made of, but for the entries: explain has these,
// and package html its own tests of the page.
func answeredReport(t *testing.T, res *client.Result) string {
	t.Helper()
	doc, err := html.Decode(res.Metadata["result.json"])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(html.Render(doc), res.Metadata["result.txt"]) {
		t.Error("the page is not what the data give")
	}
	for n := range doc.Images {
		doc.Images[n].Entries = nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// epochOf is the time that everything in an image is to carry.
func epochOf(t *testing.T, res *client.Result, id string) time.Time {
	t.Helper()
	key := "source.date.epoch"
	if id != "" {
		key += "/" + strings.TrimSpace(id)
	}
	var seconds int64
	if _, err := fmt.Sscan(string(res.Metadata[key]), &seconds); err != nil {
		t.Fatalf("%s: %v; there are %v", key, err, slices.Sorted(maps.Keys(res.Metadata)))
	}
	return time.Unix(seconds, 0)
}

// metadata is what an exporter is told besides the references.
func metadata(t *testing.T, res *client.Result) string {
	t.Helper()
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(res.Metadata)) {
		value := res.Metadata[key]
		var indented bytes.Buffer
		if json.Indent(&indented, value, "", "  ") == nil {
			value = indented.Bytes()
		}
		fmt.Fprintf(&b, "%s: %s\n", key, value)
	}
	return b.String()
}

// describeSBOM shows the attestations and what is in them.
func describeSBOM(ctx context.Context, t *testing.T, res *client.Result, out map[string]string) {
	t.Helper()
	for id, list := range res.Attestations {
		for _, a := range list {
			data, err := a.Ref.ReadFile(ctx, client.ReadRequest{Filename: a.Path})
			if err != nil {
				t.Fatal(err)
			}
			if a.InToto.PredicateType != sbom.PredicateType {
				out["attestation "+id] += fmt.Sprintf("%s in %s\n%s\n", a.InToto.PredicateType, a.Path, data)
				continue
			}
			doc, err := sbom.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%s in %s, created %s\n", a.InToto.PredicateType, a.Path, doc.CreationInfo.Created)
			for _, p := range doc.Packages {
				text += fmt.Sprintf("package %s %s\n", p.PackageName, p.PackageVersion)
			}
			for _, f := range doc.Files {
				text += fmt.Sprintf("file %s\n", f.FileName)
			}
			out["sbom "+id] += text
		}
	}
}
