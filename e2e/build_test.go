package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/verify/rules"
)

// build builds c into an OCI layout in dir.
func (c *testCase) build(ctx context.Context, dir string, attrs map[string]string) error {
	if c.Buildx {
		return c.buildx(ctx, dir, attrs)
	}
	files, err := fsutil.NewFS(c.context)
	if err != nil {
		return err
	}
	opt := client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
		Exports:     []client.ExportEntry{{Type: client.ExporterOCI, Attrs: map[string]string{"tar": "false"}, OutputDir: dir}},
	}
	request, err := c.request(attrs)
	if err != nil {
		return err
	}
	status := make(chan *client.SolveStatus)
	var warned sync.WaitGroup
	warned.Go(func() { c.warnings, c.ruleWarnings = warnings(status) })
	_, err = daemon.Build(ctx, opt, "", solveTwice(request), status)
	warned.Wait()
	return err
}

// warnings are what a build warns of, each once, with the lines of its details; ofRules are
// those that rules have found.
func warnings(status <-chan *client.SolveStatus) (out, ofRules []string) {
	for s := range status {
		for _, w := range s.Warnings {
			text := string(w.Short)
			for _, line := range w.Detail {
				text += "\n  " + string(line)
			}
			if !slices.Contains(out, text) {
				out = append(out, text)
				if path.Dir(w.URL) == path.Dir(rules.URL("any")) {
					ofRules = append(ofRules, text)
				}
			}
		}
	}
	return out, ofRules
}

// request is what a client sends. A spec that names its frontend is sent as a
// Dockerfile is, one that does not straight to the frontend.
func (c *testCase) request(attrs map[string]string) (gateway.SolveRequest, error) {
	opts := map[string]string{"filename": c.File, "source": frontendRef}
	if c.Target != "" {
		opts["target"] = c.Target
	}
	if len(c.Platforms) > 0 {
		opts["platform"] = strings.Join(c.Platforms, ",")
	}
	for name, value := range c.Args {
		opts["build-arg:"+name] = value
	}
	for name, value := range c.Contexts {
		opts["context:"+name] = value
	}
	maps.Copy(opts, c.Attrs)
	maps.Copy(opts, attrs)
	text, err := os.ReadFile(filepath.Join(c.context, c.File))
	if err != nil {
		return gateway.SolveRequest{}, err
	}
	if bytes.HasPrefix(text, []byte("# syntax=")) {
		delete(opts, "source")
		return gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: opts}, nil
	}
	return gateway.SolveRequest{Frontend: "gateway.v0", FrontendOpt: opts}, nil
}

// solveTwice solves a request two times and fails if the frontend's answer, its
// LLB included, is not the same, so that chance cannot slip in.
func solveTwice(request gateway.SolveRequest) gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		first, err := c.Solve(ctx, request)
		if err != nil {
			return nil, err
		}
		second, err := c.Solve(ctx, request)
		if err != nil {
			return nil, err
		}
		a, err := summarise(ctx, first)
		if err != nil {
			return nil, err
		}
		b, err := summarise(ctx, second)
		if err != nil {
			return nil, err
		}
		if a != b {
			return nil, fmt.Errorf("the same request had two answers: %s", diff(a, b))
		}
		return second, nil
	}
}

// summarise tells a result's metadata and the digest of its LLB per platform.
func summarise(ctx context.Context, res *gateway.Result) (string, error) {
	var lines []string
	for key, value := range res.Metadata {
		lines = append(lines, fmt.Sprintf("%s=%s", key, value))
	}
	refs := maps.Clone(res.Refs)
	if refs == nil {
		refs = map[string]gateway.Reference{}
	}
	if res.Ref != nil {
		refs[""] = res.Ref
	}
	for platform, ref := range refs {
		state, err := ref.ToState()
		if err != nil {
			return "", err
		}
		def, err := state.Marshal(ctx)
		if err != nil {
			return "", err
		}
		dgst, err := def.Head()
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("LLB of %q: %s", platform, dgst))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n"), nil
}

// buildx builds c as a user would on the command line.
func (c *testCase) buildx(ctx context.Context, dir string, attrs map[string]string) error {
	args := []string{
		"build", "--builder", "lab", "--progress", "plain", "--provenance=false",
		"--file", filepath.Join(c.context, c.File), "--output", "type=oci,tar=false,dest=" + dir,
	}
	if c.Target != "" {
		args = append(args, "--target", c.Target)
	}
	if len(c.Platforms) > 0 {
		args = append(args, "--platform", strings.Join(c.Platforms, ","))
	}
	for name, value := range c.Args {
		args = append(args, "--build-arg", name+"="+value)
	}
	for name, value := range c.Contexts {
		args = append(args, "--build-context", name+"="+value)
	}
	if _, ok := attrs["no-cache"]; ok {
		args = append(args, "--no-cache")
	}
	if _, ok := attrs["attest:sbom"]; ok {
		args = append(args, "--attest", "type=sbom")
	}
	cmd := exec.CommandContext(ctx, theLab.Tool("buildx"), append(args, c.context)...)
	cmd.Env = append(os.Environ(), theLab.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// makeBuilder tells buildx of the lab's daemon.
func makeBuilder() error {
	cmd := exec.Command(theLab.Tool("buildx"), "create", "--name", "lab", "--driver", "remote", theLab.Host)
	cmd.Env = append(os.Environ(), theLab.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("buildx create: %w\n%s", err, out)
	}
	return nil
}

// errorText is a build's error as clients show it: the place in the spec, then
// the message.
func errorText(t *testing.T, err error) string {
	t.Helper()
	var b bytes.Buffer
	for _, source := range errdefs.Sources(err) {
		if err := source.Print(&b); err != nil {
			t.Fatal(err)
		}
	}
	if solve, ok := errors.AsType[*errdefs.SolveError](err); ok {
		err = solve
	}
	fmt.Fprintln(&b, err)
	return b.String()
}
