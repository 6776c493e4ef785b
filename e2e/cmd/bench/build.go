package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/fsutil"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/e2e/lab"
)

//go:embed redis
var dockerfiles embed.FS

// app is the file of the build context that ships, and that changeApp changes.
const app = "redis.conf"

// writeContext makes the build context: the example and the two Dockerfiles.
func (b *bench) writeContext() error {
	root, err := lab.Root()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.context, 0o755); err != nil {
		return err
	}
	example := filepath.Join(root, "examples", "redis")
	text, err := os.ReadFile(filepath.Join(example, app))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.context, app), text, 0o644); err != nil {
		return err
	}
	text, err = os.ReadFile(filepath.Join(example, "app.yaml"))
	if err != nil {
		return err
	}
	if text, err = withoutTests(text); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.context, "app.yaml"), text, 0o644); err != nil {
		return err
	}
	for _, name := range []string{"copy.Dockerfile", "slim.Dockerfile"} {
		text, err := dockerfiles.ReadFile("redis/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(b.context, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// withoutTests is a spec without its tests. They run again whenever the image changes,
// and the Dockerfiles that it is compared with have none.
func withoutTests(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	keys := doc.Content[0].Content
	at := slices.IndexFunc(keys, func(n *yaml.Node) bool { return n.Value == "tests" })
	if at < 0 {
		return nil, errors.New("the example has no tests to leave out")
	}
	doc.Content[0].Content = slices.Delete(keys, at, at+2)
	return yaml.Marshal(&doc)
}

// changeApp makes the app another one than in any build before.
func (b *bench) changeApp(context.Context) error {
	f, err := os.OpenFile(filepath.Join(b.context, app), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	b.changes++
	if _, err := fmt.Fprintf(f, "# change %d\n", b.changes); err != nil {
		return err
	}
	return f.Close()
}

// pushLibrary makes the image that the source "debian" of all three ways is
// replaced with, so that no way's time depends on Debian's servers.
func (b *bench) pushLibrary(ctx context.Context) error {
	ref := b.lab.Registry + "/bench/debian-redis"
	w := way{frontend: dockerfileFrontend, file: "slim.Dockerfile"}
	opt, err := b.options(w, client.ExportEntry{
		Type:  client.ExporterImage,
		Attrs: map[string]string{"name": ref, "push": "true"},
	})
	if err != nil {
		return err
	}
	opt.FrontendAttrs["target"] = "debian"
	b.library = ref
	_, err = b.daemon.Solve(ctx, nil, opt, nil)
	return err
}

// prune makes the daemon forget everything: frontends, images and results.
func (b *bench) prune(ctx context.Context) error {
	return b.daemon.Prune(ctx, nil, client.PruneAll)
}

// nothing leaves everything as the last build has left it.
func (b *bench) nothing(context.Context) error { return nil }

// push exports to the registry, as builds that are not for trying out do.
func (b *bench) push() client.ExportEntry {
	return client.ExportEntry{
		Type:  client.ExporterImage,
		Attrs: map[string]string{"name": b.lab.Registry + "/bench/redis", "push": "true"},
	}
}

// build builds the image one way.
func (b *bench) build(ctx context.Context, w way, install bool, export client.ExportEntry) error {
	opt, err := b.options(w, export)
	if err != nil {
		return err
	}
	if !install {
		opt.FrontendAttrs["context:debian"] = "docker-image://" + b.library
	}
	_, err = b.daemon.Solve(ctx, nil, opt, nil)
	return err
}

func (b *bench) options(w way, export client.ExportEntry) (client.SolveOpt, error) {
	files, err := fsutil.NewFS(b.context)
	return client.SolveOpt{
		Frontend:      "gateway.v0",
		FrontendAttrs: map[string]string{"source": w.frontend, "filename": w.file},
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		Exports:       []client.ExportEntry{export},
	}, err
}
