package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// BenchmarkRules asks every built-in rule about one plan: that of the file SINTER_PLAN
// names (`go run ./e2e/cmd/dump … > plan.json`), or one with five thousand files.
func BenchmarkRules(b *testing.B) {
	p := benchmarkPlan(b)
	settings := map[string]Setting{}
	for _, r := range rules.All() {
		settings[r.ID] = Setting{Severity: "error"}
	}
	policy, err := Load(context.Background(), nil, Spec{Rules: settings}, nil)
	if err != nil || policy.Problems().Err() != nil {
		b.Fatal(err, policy.Problems())
	}
	for b.Loop() {
		if v := policy.Judge(rule.NewImage(p)); len(v.Rules) != len(settings) {
			b.Fatalf("%d rules were asked of %d", len(v.Rules), len(settings))
		}
	}
	b.ReportMetric(float64(len(p.Entries)), "entries")
}

func benchmarkPlan(b *testing.B) *plan.Plan {
	p := &plan.Plan{Platform: "linux/amd64"}
	if name := os.Getenv("SINTER_PLAN"); name != "" {
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, p)
		}
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	for i := range 200 {
		p.Packages = append(p.Packages, plan.Package{PURL: fmt.Sprintf("pkg:deb/debian/p%d@1", i), Name: fmt.Sprintf("p%d", i), Version: "1", Licenses: []string{"MIT OR (GPL-2.0-or-later AND Apache-2.0)"}})
	}
	for i := range 5000 {
		e := plan.Entry{
			Path: fmt.Sprintf("/usr/lib/x86_64-linux-gnu/d%d/lib%d.so.%d", i/50, i, i%7), Kind: plan.KindFile, Mode: 0o644, Size: 1000,
			From: &plan.Origin{Tree: "debian", Path: fmt.Sprintf("/usr/lib/%d", i)}, Package: p.Packages[i%200].PURL,
			Reason: plan.Reason{Cause: plan.CauseLibrary, At: "binaries[0]", Via: "ld.so.cache", Chain: []string{"/a", "/b"}},
		}
		if i%5 == 0 {
			e.ELF = &plan.ELF{Library: true, PIE: true, RELRO: "partial", NX: true, RPath: []string{"$ORIGIN"}}
		}
		p.Entries = append(p.Entries, e)
	}
	return p
}
