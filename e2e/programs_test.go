package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/e2e/oci"
	corpus "github.com/sinter-build/sinter/e2e/programs"
)

// Real programs from the specs that a newcomer would write for them do real work in
// images that BuildKit has built: those of the corpus that take little time.
func TestPrograms(t *testing.T) {
	t.Parallel()
	all, err := corpus.All()
	if err != nil {
		t.Fatal(err)
	}
	// Work is done by a process of its own, see corpus.Main.
	worker := filepath.Join(t.TempDir(), "programs")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", worker, "./cmd/programs").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	fast := 0
	for _, p := range all {
		if !p.Fast {
			continue
		}
		fast++
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			testProgram(t, p, worker)
		})
	}
	if fast < 12 {
		t.Errorf("%d programs are fast, want a dozen", fast)
	}
}

func testProgram(t *testing.T, p corpus.Program, worker string) {
	ctx, cancel := context.WithTimeout(interrupted, 10*time.Minute)
	defer cancel()
	dir := t.TempDir()
	c := &testCase{name: p.Name, context: filepath.Join(dir, "context"), recipe: recipe{File: "app.yaml"}}
	if err := p.WriteContext(c.context, corpus.WithRuntime(p.Plain(), "auto")); err != nil {
		t.Fatal(err)
	}
	layout := filepath.Join(dir, "layout")
	if err := c.build(ctx, layout, nil); err != nil {
		t.Fatalf("build: %s", errorText(t, err))
	}
	if len(c.ruleWarnings) > 0 {
		t.Errorf("false alarms of the pack baseline:\n%s", strings.Join(c.ruleWarnings, "\n"))
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := images[0].Unpack(ctx, filepath.Join(dir, "root"), theLab.Seeded, c.epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	built := corpus.Built{Root: tree.Root, Config: images[0].Config.Config}
	w, err := built.Work(ctx, p, worker, theLab.Tool("runc"), work, filepath.Join("/"+theLab.CgroupParent(), "programs-"+p.Name))
	if err != nil {
		t.Fatal(err)
	}
	if w.Failure != "" {
		t.Error(w.Failure)
	}
}
