package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/e2e/lab"
)

// anotherDay is how a build is done that must make no difference.
type anotherDay struct {
	lab     *lab.Lab
	buildx  bool
	noCache bool
	zone    string
}

// Whoever builds, wherever and whenever, all that comes out has one digest:
// index, manifests, configs, layers and SBOM.
func TestReproducible(t *testing.T) {
	t.Parallel()
	other, err := lab.Start(t.Context(), lab.Seeded, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.PushFrontend(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]string{
		"platforms": "platforms: [linux/amd64, linux/arm64]\n" + smallSpec,
		"packages":  strings.Replace(smallSpec, "debian:bookworm-slim", "{image: 'debian:bookworm-slim', packages: [file]}", 1) + "  - {path: /srv/x}\n",
	} {
		t.Run(name, func(t *testing.T) {
			days := []anotherDay{
				{theLab, true, false, "UTC"},
				{theLab, true, false, "Asia/Kathmandu"},
				{theLab, false, false, "America/St_Johns"},
				{theLab, false, true, "UTC"},
				{theLab, true, true, "Pacific/Apia"},
				{other, false, false, "Australia/Lord_Howe"},
				{other, false, true, "UTC"},
				{other, true, false, "America/Caracas"},
				{other, true, true, "Africa/Cairo"},
				{other, false, false, "UTC"},
			}
			if name == "packages" { // installing them takes long
				days = []anotherDay{days[0], days[5]}
			}
			compareDays(t, spec, days)
		})
	}
}

func compareDays(t *testing.T, spec string, days []anotherDay) {
	var first string
	for i, day := range days {
		dir := contextDir(t, map[string]string{
			"app.yaml": "# syntax=" + frontendRef + "\n" + spec,
			"data/a":   "a",
			"data/b/c": "c",
		})
		touchAll(t, dir, time.Date(2001+i, 2, 3, 4, 5, 6, i, time.UTC))
		layout := filepath.Join(t.TempDir(), "layout")
		if err := day.build(t.Context(), dir, layout); err != nil {
			t.Fatal(err)
		}
		got := blobs(t, layout)
		if i == 0 {
			first = got
		} else if got != first {
			t.Errorf("build %d (%+v) differs:\n%s", i, day, diff(first, got))
		}
	}
}

// touchAll gives every file of a directory another time.
func touchAll(t *testing.T, dir string, to time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, to, to)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d anotherDay) build(ctx context.Context, dir, layout string) error {
	output := "type=oci,tar=false,dest=" + layout
	spec := filepath.Join(dir, "app.yaml")
	cmd := exec.CommandContext(ctx, d.lab.Tool("buildctl"), "build", "--frontend", "dockerfile.v0",
		"--local", "context="+dir, "--local", "dockerfile="+dir, "--opt", "filename=app.yaml",
		"--opt", "attest:sbom=", "--output", output)
	if d.buildx {
		builder := "reproduce"
		create := exec.CommandContext(ctx, d.lab.Tool("buildx"), "create", "--name", builder, "--driver", "remote", d.lab.Host)
		create.Env = d.env(layout)
		if out, err := create.CombinedOutput(); err != nil {
			return fmt.Errorf("buildx create: %w\n%s", err, out)
		}
		cmd = exec.CommandContext(ctx, d.lab.Tool("buildx"), "build", "--builder", builder,
			"--provenance=false", "--sbom=true", "--file", spec, "--output", output, dir)
	}
	if d.noCache {
		cmd.Args = append(cmd.Args, "--no-cache")
	}
	cmd.Env = d.env(layout)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// env is that of another machine: its time zone, and a client without a past.
func (d anotherDay) env(layout string) []string {
	return append(os.Environ(), append(d.lab.Env(), "TZ="+d.zone, "BUILDX_CONFIG="+layout+".buildx")...)
}

// blobs lists all that a layout holds, by digest.
func blobs(t *testing.T, layout string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(layout, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}
