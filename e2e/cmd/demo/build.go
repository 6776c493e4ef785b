package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/frontend"
)

// build builds and runs the example on a daemon.
type build struct {
	demo
	client *client.Client
	dir    string // the example
	layout string // where the image goes
}

func (b build) run(ctx context.Context) error {
	file := "app.yaml"
	if _, err := os.Stat(filepath.Join(b.dir, file)); err != nil {
		file = "Dockerfile"
	}
	text, err := os.ReadFile(filepath.Join(b.dir, file))
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\nexamples/%s/%s:\n\n%s\nThe build:\n", b.example.dir, file, text)
	platform, err := b.platform(ctx)
	if err != nil {
		return err
	}
	files, err := fsutil.NewFS(b.dir)
	if err != nil {
		return err
	}
	program, err := fsutil.NewFS(filepath.Join(b.root, ".build", "frontend", platform.OS+"_"+platform.Architecture))
	if err != nil {
		return err
	}
	opt := client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files, "frontend": program},
		Exports:     []client.ExportEntry{{Type: client.ExporterOCI, Attrs: map[string]string{"tar": "false"}, OutputDir: b.layout}},
	}
	progress := make(chan *client.SolveStatus)
	shown := make(chan struct{})
	go func() { defer close(shown); b.progress(progress) }()
	_, err = b.client.Build(ctx, opt, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return b.solve(ctx, c, file, platform)
	}, progress)
	<-shown
	for _, source := range errdefs.Sources(err) {
		if err := source.Print(b.out); err != nil {
			return err
		}
	}
	return err
}

// platform is what the daemon runs without emulation.
func (b build) platform(ctx context.Context) (ocispec.Platform, error) {
	workers, err := b.client.ListWorkers(ctx)
	if err != nil {
		return ocispec.Platform{}, err
	}
	if len(workers) == 0 || len(workers[0].Platforms) == 0 {
		return ocispec.Platform{}, errors.New("the daemon has no worker")
	}
	return platforms.Normalize(workers[0].Platforms[0]), nil
}

// progress prints the steps as they end, and what a failed one has said.
func (b build) progress(statuses <-chan *client.SolveStatus) {
	seen := map[string]bool{}
	logs := map[string][]byte{}
	for status := range statuses {
		for _, l := range status.Logs {
			logs[l.Vertex.String()] = append(logs[l.Vertex.String()], l.Data...)
		}
		for _, v := range status.Vertexes {
			if v.Completed == nil || seen[v.Digest.String()] {
				continue
			}
			seen[v.Digest.String()] = true
			fmt.Fprintf(b.out, "  %s\n", v.Name)
			if v.Error != "" {
				fmt.Fprintf(b.out, "%s", logs[v.Digest.String()])
			}
		}
	}
}

// solve asks the frontend for the image and runs it.
func (b build) solve(ctx context.Context, c gateway.Client, file string, platform ocispec.Platform) (*gateway.Result, error) {
	req := gateway.SolveRequest{
		Frontend:    "dockerfile.v0", // which obeys the spec's "# syntax=" line
		FrontendOpt: map[string]string{"filename": file, "platform": platforms.Format(platform)},
	}
	if b.attach {
		if err := attach(ctx, &req); err != nil {
			return nil, err
		}
	}
	res, err := c.Solve(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := b.start(ctx, c, res); err != nil {
		return nil, err
	}
	return res, b.explain(ctx, c, req)
}

// explain asks the frontend what is in the image and why.
func (b build) explain(ctx context.Context, c gateway.Client, req gateway.SolveRequest) error {
	req.FrontendOpt = maps.Clone(req.FrontendOpt)
	req.FrontendOpt["requestid"] = frontend.RequestExplain
	res, err := c.Solve(ctx, req)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\nWhat is in it, and why:\n\n%s", res.Metadata["result.txt"])
	return nil
}

// attach makes the request bring the frontend with it: a named context of the
// frontend's own reference replaces its image.
func attach(ctx context.Context, req *gateway.SolveRequest) error {
	program := llb.Local("frontend", llb.SharedKeyHint("sinter-frontend"))
	def, err := llb.Scratch().File(llb.Copy(program, "/sinter-frontend", "/sinter-frontend")).Marshal(ctx)
	if err != nil {
		return err
	}
	config, err := json.Marshal(ocispec.Image{Config: ocispec.ImageConfig{
		Entrypoint: []string{"/sinter-frontend"},
		Labels: map[string]string{
			"moby.buildkit.frontend.network.none": "true",
			"moby.buildkit.frontend.caps":         "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts",
		},
	}})
	if err != nil {
		return err
	}
	metadata, err := json.Marshal(map[string][]byte{exptypes.ExporterImageConfigKey: config})
	if err != nil {
		return err
	}
	req.Frontend = "gateway.v0"
	req.FrontendOpt["source"] = lab.FrontendRef
	req.FrontendOpt["context:"+lab.FrontendRef] = "input:frontend"
	req.FrontendOpt["input-metadata:frontend"] = string(metadata)
	req.FrontendInputs = map[string]*pb.Definition{"frontend": def.ToPB()}
	return nil
}

// start runs the built image as its config says, in a container of the daemon.
func (b build) start(ctx context.Context, c gateway.Client, res *gateway.Result) error {
	ref, config, err := only(res)
	if err != nil {
		return err
	}
	container, err := c.NewContainer(ctx, gateway.NewContainerRequest{
		NetMode: pb.NetMode_NONE, // its port may be taken on the daemon's host
		Mounts:  []gateway.Mount{{Dest: "/", MountType: pb.MountType_BIND, Ref: ref}},
	})
	if err != nil {
		return err
	}
	defer func() { _ = container.Release(ctx) }() // it goes with the build anyway
	args := append(append([]string{}, config.Entrypoint...), config.Cmd...)
	fmt.Fprintf(b.out, "\nRunning it as user %s: %q\n", config.User, args)
	watched := &watcher{Writer: b.out, text: b.example.until, seen: make(chan struct{})}
	process, err := container.Start(ctx, gateway.StartRequest{
		Args: args, Env: config.Env, User: config.User, Cwd: config.WorkingDir,
		Stdout: watched, Stderr: watched,
	})
	if err != nil {
		return err
	}
	go func() {
		<-watched.seen
		_ = process.Signal(ctx, syscall.SIGTERM) // it may have ended by itself
	}()
	return process.Wait()
}

// only returns the result's one image.
func only(res *gateway.Result) (gateway.Reference, ocispec.ImageConfig, error) {
	ref, text := res.Ref, res.Metadata[exptypes.ExporterImageConfigKey]
	for platform, r := range res.Refs {
		ref, text = r, res.Metadata[exptypes.ExporterImageConfigKey+"/"+platform]
	}
	var img ocispec.Image
	err := json.Unmarshal(text, &img)
	return ref, img.Config, err
}

// watcher passes a program's output on and closes seen when text was in it.
type watcher struct {
	io.Writer
	text string
	seen chan struct{}
	mu   sync.Mutex
	past []byte
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.found()
	w.past = append(w.past, p...)
	if !before && w.found() {
		close(w.seen)
	}
	return w.Writer.Write(p)
}

func (w *watcher) found() bool {
	return w.text != "" && bytes.Contains(w.past, []byte(w.text))
}

// Close implements io.Closer; what is written to stays open.
func (w *watcher) Close() error { return nil }
