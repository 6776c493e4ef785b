package compat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sinter-build/sinter/e2e/lab"
)

// versions of BuildKit that are built.
var versions = []string{"v0.12.5", "v0.13.2", "v0.15.2", "v0.17.3", "v0.20.2", "v0.26.3"}

// Bench has the daemons, one after the other.
type Bench struct {
	Lab   *lab.Lab
	Specs []Spec
	// Cache keeps the daemons that were built.
	Cache string
	Log   io.Writer
}

// Run returns what came of each daemon, that of the pinned one last.
func (b *Bench) Run(ctx context.Context, wanted func(name string) bool) ([]*Result, error) {
	var results []*Result
	for _, v := range versions {
		name := "BuildKit " + v[1:]
		if !wanted(v) {
			continue
		}
		program, err := b.program(ctx, v)
		if err != nil {
			return nil, err
		}
		r, err := b.node(ctx, name, v, program)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	r, err := b.node(ctx, "BuildKit of tools/go.mod", "pinned", "")
	return append(results, r), err
}

// node has one daemon build.
func (b *Bench) node(ctx context.Context, name, word, program string) (*Result, error) {
	fmt.Fprintf(b.Log, "building with %s\n", name)
	n, err := b.Lab.StartNode(ctx, word, program)
	if err != nil {
		return nil, err
	}
	defer n.Kill()
	return Build(ctx, name, n.Host, filepath.Join(b.Lab.Dir, "compat-"+word), b.Specs)
}

// program is a daemon of a version. It is built from its module, as that is: with what
// its go.mod says to leave out, it cannot be installed by name.
func (b *Bench) program(ctx context.Context, version string) (string, error) {
	program := filepath.Join(b.Cache, version, "buildkitd")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	fmt.Fprintf(b.Log, "building BuildKit %s (once, some minutes)\n", version)
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/moby/buildkit@"+version).Output()
	if err != nil {
		return "", fmt.Errorf("go mod download of %s: %w", version, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp("", "buildkit")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	source := filepath.Join(work, "source")
	if err := os.CopyFS(source, os.DirFS(module.Dir)); err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/buildkitd")
	build.Dir = source
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building BuildKit %s: %w\n%s", version, err, text)
	}
	return program, nil
}
