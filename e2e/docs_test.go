package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The files for bake and compose that the documentation shows are understood by buildx.
func TestDocumentedBakeFiles(t *testing.T) {
	for _, test := range []struct{ file, target, frontendFile string }{
		{"docker-bake.hcl", "app", "app.yaml"},
		{"docker-bake.hcl", "app-with-build", "app.yaml"},
		{"compose.yaml", "app", "app.yaml"},
		{"../../examples/php-nginx/compose.yaml", "web", "app.yaml"},
	} {
		cmd := exec.CommandContext(t.Context(), theLab.Tool("buildx"), "bake", "--print", "--file", test.file, test.target)
		cmd.Dir = "../docs/ci"
		var log bytes.Buffer
		cmd.Stderr = &log
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", test.file, err, &log)
			continue
		}
		var got struct {
			Target map[string]struct{ Dockerfile string }
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if got.Target[test.target].Dockerfile != test.frontendFile {
			t.Errorf("%s: got %s", test.file, out)
		}
	}
}

// documentedCommand finds a command of buildx in a page, on a line of its own.
var documentedCommand = regexp.MustCompile(`(?m)^(?:\$ | {4})docker (buildx .*)$`)

// The commands for buildx that the documentation shows do what it says, each kind of them
// once: on a small spec, on a BuildKit of the tests in place of Docker's, and with its
// registry.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	spec := "# syntax=" + frontendRef + "\nsources: {debian: debian:bookworm-slim}\nbinaries: [debian:/usr/bin/gpgv]\n"
	bake, err := os.ReadFile("../docs/ci/docker-bake.hcl")
	if err != nil {
		t.Fatal(err)
	}
	d := documented{
		dir:    contextDir(t, map[string]string{"app.yaml": spec, "Dockerfile": spec, "docker-bake.hcl": here(string(bake))}),
		config: t.TempDir(), done: map[string]bool{},
	}
	arm64, err := theLab.StartNode(t.Context(), "documented-arm64", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(arm64.Kill)
	d.arm64 = arm64.Host
	d.run(t, "buildx create --name lab --use --driver remote "+theLab.Host)
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range documentedCommand.FindAllStringSubmatch(string(text), -1) {
			file := "Dockerfile"
			if strings.Contains(found[1], "-f app.yaml") {
				file = "app.yaml"
			}
			if strings.HasPrefix(page, "../examples/") && strings.Contains(found[1], " build ") {
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), file)); err != nil {
					t.Errorf("%s: %s: %v", page, found[1], err)
				}
			}
			d.run(t, found[1])
		}
	}
	d.run(t, "buildx bake")
	if len(d.done) < 12 {
		t.Errorf("only %d kinds of commands: %q", len(d.done), slices.Sorted(maps.Keys(d.done)))
	}
	digest := regexp.MustCompile(`"containerimage.digest": "sha256:[0-9a-f]{64}"`)
	if meta, err := os.ReadFile(filepath.Join(d.dir, "meta.json")); err != nil || !digest.Match(meta) {
		t.Errorf("%v, meta.json: %s", err, meta)
	}
}

// pages are the files of the documentation, and those of the examples.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"../README.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md", "../examples/*/README.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		all = append(all, found...)
	}
	return all
}

// documented runs commands of the documentation.
type documented struct {
	dir, config string // the build context, and what buildx knows
	arm64       string // the address of another daemon
	// done are the commands that have run, without the names of images.
	done map[string]bool
}

var (
	imageName   = regexp.MustCompile(` -t \S+`)
	nodeAddress = regexp.MustCompile(`tcp://\S+\.example:\d+`)
)

// here is a command or a file that asks the daemon and the registry of the tests.
func here(text string) string {
	text = strings.ReplaceAll(text, "registry.example/", theLab.Registry+"/documented/")
	text = nodeAddress.ReplaceAllString(text, theLab.Host)
	return strings.ReplaceAll(text, " --load", " --output type=docker,dest=image.tar")
}

// run runs a command, unless one that differs in the name of the image alone has run.
func (d *documented) run(t *testing.T, command string) {
	t.Helper()
	kind := imageName.ReplaceAllString(command, " -t NAME")
	if d.done[kind] {
		return
	}
	d.done[kind] = true
	line, file, redirected := strings.Cut(here(strings.Replace(command, "tcp://arm64.example:1234", d.arm64, 1)), " > ")
	ctx, cancel := context.WithTimeout(interrupted, 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, theLab.Tool("buildx"), strings.Fields(line)[1:]...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), append(theLab.Env(), "BUILDX_CONFIG="+d.config)...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s", command, err, &log)
	}
	if strings.Contains(line, "--call=") && len(out) == 0 {
		t.Errorf("%s says nothing", command)
	}
	if !redirected {
		return
	}
	if err := os.WriteFile(filepath.Join(d.dir, file), out, 0o644); err != nil {
		t.Error(err)
	}
}
