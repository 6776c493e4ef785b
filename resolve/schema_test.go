package resolve_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Plans are what their published schema says, and have no key that it does not
// describe.
func TestPlansMatchTheirSchema(t *testing.T) {
	t.Parallel()
	res := planFor(t, `
sources: {debian: {}}
libraries: {from: [debian]}
files: ['debian:/usr/bin/tool', 'debian:/lib/x', {from: site, to: /srv/}, {from: other/a, to: /srv/a}]
directories: [{path: /var/lib/x, mode: "0700", owner: 7}]
links: [{path: /l, target: x}]
`, map[string]rootfs.FS{
		plan.TreeContext: tree(t, "/site/a file 0644 a", "/other/a file 4755 b"),
		plan.TreeBase:    tree(t, append(dpkg("1"), "/lib/old file 0644 x")...),
		"debian":         tree(t, append(dpkg("2"), "/lib link usr/lib", "/usr/lib/x file 0644 x")...),
	})
	if err := res.Diagnostics.Err(); err != nil {
		t.Fatal(err)
	}
	p := res.Plan
	// What only a whole build knows.
	p.Base = &plan.Base{Reference: "debian", Digest: "sha256:00"}
	p.Sources = []plan.Source{{Name: "debian", Kind: plan.SourceImage, Reference: "debian", Digest: "sha256:00", Packages: []string{"x"}}}
	p.Config = plan.Config{
		User: plan.User{UID: 1, GID: 2}, Env: []string{"A=b"}, Workdir: "/", Entrypoint: []string{"/l"}, Cmd: []string{"x"},
		Ports: []string{"80/tcp"}, Volumes: []string{"/v"}, Labels: map[string]string{"a": "b"}, StopSignal: "SIGINT",
		Healthcheck: &plan.Healthcheck{Test: []string{"/l"}, Interval: time.Second, Timeout: 1, StartPeriod: 1, StartInterval: 1, Retries: 3},
	}
	schema := strictSchema(t)
	if err := schema.Validate(decoded(t, p)); err != nil {
		t.Error(err)
	}
	if err := schema.Validate(decoded(t, plan.Plan{Version: plan.Version, Entries: []plan.Entry{}, Layers: []plan.Layer{}})); err != nil {
		t.Errorf("an empty plan: %v", err)
	}

	for what, damage := range map[string]func(*plan.Plan){
		"/version":                 func(p *plan.Plan) { p.Version++ },
		"/entries/0/reason/cause":  func(p *plan.Plan) { p.Entries[0].Reason.Cause = "whim" },
		"/entries/0/kind":          func(p *plan.Plan) { p.Entries[0].Kind = "" },
		"/config/healthcheck/test": func(p *plan.Plan) { p.Config.Healthcheck = &plan.Healthcheck{} },
		"/packages/0/manager":      func(p *plan.Plan) { p.Packages[0].Manager = "pip" },
		"/entries":                 func(p *plan.Plan) { p.Entries = nil },
		"/sources/0/kind":          func(p *plan.Plan) { p.Sources[0].Kind = "rumour" },
		"/basePackages/0/manager":  func(p *plan.Plan) { p.BasePackages[0].Manager = "" },
	} {
		bad := p
		text, err := json.Marshal(p)
		if err == nil {
			bad = plan.Plan{}
			err = json.Unmarshal(text, &bad)
		}
		if err != nil {
			t.Fatal(err)
		}
		damage(&bad)
		err = schema.Validate(decoded(t, bad))
		if err == nil || !strings.Contains(err.Error(), "'"+what+"'") {
			t.Errorf("%s is wrong, and the schema says: %v", what, err)
		}
	}
}

// decoded is a plan as a program reads it that knows only JSON.
func decoded(t *testing.T, p plan.Plan) any {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// strictSchema is the plan's schema without room for keys of later programs.
func strictSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(plan.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	seal := func(o any) { o.(map[string]any)["additionalProperties"] = false }
	seal(parsed)
	for _, def := range parsed.(map[string]any)["$defs"].(map[string]any) {
		if def.(map[string]any)["properties"] != nil {
			seal(def)
		}
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
