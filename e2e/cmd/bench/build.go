package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/fsutil"

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
	for _, name := range []string{app, "app.yaml"} {
		text, err := os.ReadFile(filepath.Join(root, "examples", "redis", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(b.context, name), text, 0o644); err != nil {
			return err
		}
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
