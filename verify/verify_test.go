package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

var update = flag.Bool("update", false, "rewrite what the cases under testdata expect")

// A case is a txtar archive: packs by their paths, "plan.yaml", and calls of which each is
// a file "call NAME" in YAML. What comes of it is in "NAME/verdict": problems of the
// policy, then notes, findings and what is exempted, a line each.
type call struct {
	Demanded   []string           `yaml:"demanded"` // by whoever builds
	Policy     []string           `yaml:"policy"`
	Time       Date               `yaml:"time"`
	Rules      map[string]Setting `yaml:"rules"`
	Exemptions []Exemption        `yaml:"exemptions"`
	Target     map[string]Setting `yaml:"target"` // what the target debug says of rules
	Plan       map[string]any     `yaml:"plan"`
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			for _, f := range archive.Files {
				all[f.Name] = string(f.Data)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, "/verdict") {
					continue
				}
				out.Files = append(out.Files, f)
				name, ok := strings.CutPrefix(f.Name, "call ")
				if !ok {
					continue
				}
				got := judged(t, all, f.Data)
				out.Files = append(out.Files, txtar.File{Name: name + "/verdict", Data: []byte(got)})
				if !*update && got != all[name+"/verdict"] {
					t.Errorf("%s:\n%swant\n%s", name, got, all[name+"/verdict"])
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// files are packs by their paths.
type files map[string]string

func (f files) Locate(name string) (Ref, error) {
	if strings.Contains(name, "://") {
		_, file, _ := strings.Cut(name, "#")
		return Ref{Place: name, Path: path.Join("/", file)}, nil
	}
	return Ref{Place: "here", Path: path.Join("/", name)}, nil
}

func (f files) Read(_ context.Context, ref Ref) ([]byte, error) {
	text, ok := f[strings.TrimPrefix(ref.Path, "/")]
	if !ok {
		return nil, errors.New("there is no such file")
	}
	return []byte(text), nil
}

func judged(t *testing.T, all map[string]string, data []byte) string {
	t.Helper()
	var c call
	if err := yaml.Load(data, &c, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	p := testPlan{}
	text := all["plan.yaml"]
	if c.Plan != nil {
		b, err := json.Marshal(c.Plan)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	if err := yaml.Load([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	var names []Named
	for _, name := range c.Demanded {
		names = append(names, Named{Name: name, At: "(build)", Demanded: true})
	}
	for i, name := range c.Policy {
		names = append(names, Named{Name: name, At: fmt.Sprintf("policy[%d]", i)})
	}
	for i := range c.Exemptions {
		c.Exemptions[i].At = fmt.Sprintf("policy.exemptions[%d]", i)
	}
	spec := Spec{Rules: c.Rules, Exemptions: c.Exemptions}
	if c.Target != nil {
		spec.Target = &Target{Name: "debug", At: "targets.debug.policy", Rules: c.Target}
	}
	policy, err := Load(context.Background(), names, spec, files(all))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	line := func(what string, d diag.Diagnostic) {
		fmt.Fprintf(&b, "%s %s [%s] %s: %s\n", what, word(d.Severity), d.Code, d.At, d.Message)
	}
	for _, d := range policy.Problems() {
		line("problem", d)
	}
	if policy.Problems().Err() != nil {
		return b.String()
	}
	image := rule.NewImage(&p.Plan)
	image.Time = c.Time.Time
	v := policy.Judge(image)
	for _, d := range v.Notes {
		line("note", d)
	}
	for _, f := range v.Findings {
		line("finding of "+f.Policy+":", f.Diagnostic)
	}
	for _, f := range v.Exempted {
		line(fmt.Sprintf("exempted until %s by %s for %q:", f.Exemption.Expires, f.Exemption.By, f.Exemption.Reason), f.Diagnostic)
	}
	return b.String()
}
