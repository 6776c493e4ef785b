package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/verify"
	"github.com/sinter-build/sinter/verify/rules"
)

// check judges the image of a spec, or finished ones.
func check(ctx context.Context, j job.Job, std streams) error {
	when, err := judgedAt(j.Check.Time)
	if err != nil {
		return fmt.Errorf("--time: %w", err)
	}
	var found *frontend.Check
	switch {
	case j.Check.TestPacks:
		return testPacks(ctx, j, std)
	case j.Check.Image != "":
		found, err = checkLayout(ctx, j, when)
	default:
		found, err = checkSpec(ctx, j, std, when)
	}
	if err != nil {
		return err
	}
	text, err := written(found, j)
	if err == nil {
		_, err = std.out.Write(text)
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	if slices.ContainsFunc(found.Findings, func(d diag.Diagnostic) bool { return d.Severity != diag.SeverityInfo }) {
		return exit.Printed(exit.Bad)
	}
	return nil
}

// judgedAt is when an image is judged. Without a word it is now: a command line is not a
// build, which must come out the same whenever it runs.
func judgedAt(text string) (time.Time, error) {
	if text == "" {
		return time.Now().UTC(), nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), nil
	}
	d, err := verify.ParseDate(text)
	return d.Time, err
}

// checkSpec has the frontend check a spec.
func checkSpec(ctx context.Context, j job.Job, std streams, when time.Time) (*frontend.Check, error) {
	dir, err := os.MkdirTemp("", "sinter-policy-")
	if err != nil {
		return nil, exit.Failure{Err: err}
	}
	defer os.RemoveAll(dir)
	packs, err := givePacks(j.Check.Policies, dir)
	if err != nil {
		return nil, exit.Failure{Err: err, Status: exit.Usage}
	}
	build := j.Build
	build.Contexts = append(build.Contexts, packs.contexts...)
	attrs := map[string]string{"build-arg:" + frontend.PolicyTimeArg: strconv.FormatInt(when.Unix(), 10)}
	if len(packs.names) > 0 {
		attrs["build-arg:"+frontend.PolicyArg] = strings.Join(packs.names, ",")
	}
	q, err := newQuestion(build, std, attrs)
	if err != nil {
		return nil, err
	}
	defer q.close()
	answer, err := q.ask(ctx, frontend.RequestCheck)
	if err != nil {
		return nil, exit.Failure{Err: err}
	}
	found := &frontend.Check{}
	if err := json.Unmarshal(answer[frontend.VerdictKey], found); err != nil {
		return nil, exit.Failure{Err: fmt.Errorf("reading the verdict: %w", err)}
	}
	packs.show(found)
	return found, nil
}

// isFile reports whether a pack is named by a file, and not as a built-in one or by a
// URL.
func isFile(name string) bool {
	return !verify.IsBuiltin(name) && !strings.Contains(name, "://")
}

// places tells where the nodes of a spec are, as the frontend has said.
type places map[string]diag.Place

// Place implements render.Locator.
func (p places) Place(at string) diag.Place { return p[at] }

// written is what was found, in one of the formats.
func written(found *frontend.Check, j job.Job) ([]byte, error) {
	where := places(found.Places)
	switch j.Format {
	case job.SARIF:
		return render.SARIF(found.Findings, where, "", ruleRows()...)
	case job.JUnit:
		return render.JUnit(found.Findings, where, "check", asked(found))
	case job.GitHub:
		return []byte(render.GitHub(found.Findings, where)), nil
	case job.JSON:
		return checkJSON(found, where)
	}
	return []byte(render.Text(found.Findings, where) + summary(found)), nil
}

// checkJSON is what render.JSON says, with the verdicts.
func checkJSON(found *frontend.Check, where render.Locator) ([]byte, error) {
	text, err := render.JSON(found.Findings, where)
	if err != nil {
		return nil, err
	}
	var out struct {
		Version  int                     `json:"version"`
		Findings json.RawMessage         `json:"findings"`
		Images   []frontend.CheckedImage `json:"images"`
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	out.Images = found.Images
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(out)
	return b.Bytes(), err
}

// summary counts what was found and says by what it was judged.
func summary(found *frontend.Check) string {
	counts := map[diag.Severity]int{}
	for _, d := range found.Findings {
		counts[d.Severity]++
	}
	var b strings.Builder
	exempted := 0
	var packs []string
	for _, i := range found.Images {
		for _, f := range i.Verdict.Exempted {
			exempted++
			fmt.Fprintf(&b, "exempted until %s: %s [%s]: %s (%s)\n", f.Exemption.Expires, diag.Plain(f.Message), f.Code, diag.Plain(f.Exemption.Reason), diag.Plain(f.Exemption.Owner))
		}
		for _, p := range i.Verdict.Packs {
			packs = append(packs, p.Name+" "+p.Version)
		}
	}
	slices.Sort(packs)
	fmt.Fprintf(&b, "%d errors, %d warnings, %d for information, %d exempted", counts[diag.SeverityError], counts[diag.SeverityWarning], counts[diag.SeverityInfo], exempted)
	if packs = slices.Compact(packs); len(packs) > 0 {
		fmt.Fprintf(&b, "; judged by %s", diag.Plain(strings.Join(packs, ", ")))
	}
	return b.String() + "\n"
}

// asked are the rules that were asked.
func asked(found *frontend.Check) []string {
	var out []string
	for _, i := range found.Images {
		for _, r := range i.Verdict.Rules {
			if r.Skipped == "" {
				out = append(out, r.ID)
			}
		}
	}
	return out
}

// ruleRows are the built-in rules as reports have the rows of the catalogue.
func ruleRows() []catalogue.Finding {
	var out []catalogue.Finding
	for _, rule := range rules.All() {
		out = append(out, catalogue.Finding{
			Code: rule.ID, Title: rule.Title, Severity: rule.Severity, Since: rule.Since, Explanation: rule.Rationale, Fixes: rule.Fixes,
		})
	}
	return out
}

// localPacks reads packs from files of this machine.
type localPacks struct{}

// Locate implements verify.Reader.
func (localPacks) Locate(name string) (verify.Ref, error) {
	if !isFile(name) {
		return verify.Ref{}, errors.New("packs of images are read by a build: name a file")
	}
	p, err := findPack(name)
	return verify.Ref{Place: p.root, Path: path.Join("/", p.path)}, err
}

// Read implements verify.Reader. No link leads out of the directory that has the pack which
// was named and those above it.
func (localPacks) Read(_ context.Context, ref verify.Ref) ([]byte, error) {
	dir, err := os.OpenRoot(ref.Place)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.ReadFile(filepath.FromSlash(strings.TrimPrefix(ref.Path, "/")))
}

// loadPacks reads the packs of --policy, or baseline.
func loadPacks(ctx context.Context, j job.Job) (*verify.Policy, error) {
	var named []verify.Named
	for _, name := range j.Check.Policies {
		named = append(named, verify.Named{Name: name})
	}
	if len(named) == 0 {
		named = []verify.Named{{Name: verify.Baseline}}
	}
	policy, err := verify.Load(ctx, named, verify.Spec{}, localPacks{})
	if err == nil {
		err = policy.Problems().Err()
	}
	if err != nil {
		return nil, exit.Failure{Err: err, Status: exit.Usage}
	}
	return policy, nil
}

// testPacks runs the tests in packs.
func testPacks(ctx context.Context, j job.Job, std streams) error {
	policy, err := loadPacks(ctx, j)
	if err != nil {
		return err
	}
	ran, failed := policy.Test()
	for _, f := range failed {
		fmt.Fprintf(std.out, "FAIL %s: %s: %s\n", diag.Plain(f.Pack), diag.Plain(f.Test), diag.Plain(f.Problem))
	}
	fmt.Fprintf(std.out, "%d tests, %d failed\n", ran, len(failed))
	if len(failed) > 0 {
		return exit.Printed(exit.Bad)
	}
	return nil
}
