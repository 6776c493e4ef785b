package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/e2e/container"
	"github.com/sinter-build/sinter/e2e/oci"
)

// size is how much of something there is, in bytes.
type size struct {
	compressed int64 // all layers, as they are pulled
	files      int64 // all files in them
	count      int   // of files and links
	layers     int
}

// image measures one way's image, and fails if that does not serve redis.
func (b *bench) image(ctx context.Context, w way) (size, error) {
	dir := filepath.Join(b.lab.Dir, w.file)
	if err := b.build(ctx, w, false, layout(dir)); err != nil {
		return size{}, err
	}
	img, s, err := measureLayout(dir)
	if err != nil {
		return size{}, err
	}
	root := filepath.Join(dir, "root")
	any := func(string) bool { return true } // of them is a layer to accept as it is
	if _, err := img.Unpack(ctx, root, any, time.Time{}); err != nil {
		return size{}, err
	}
	box, err := container.New(b.lab, filepath.Join(dir, "bundle"), root, img.Config.Config, nil)
	if err != nil {
		return size{}, err
	}
	if err := box.Start(); err != nil {
		return size{}, err
	}
	err = ping(ctx, box)
	box.Stop()
	if err != nil {
		err = fmt.Errorf("%w\nstdout: %s\nstderr: %s", err, &box.Stdout, &box.Stderr)
	}
	return s, err
}

// frontendSize measures a frontend's image, made anew so that one compressor has
// made both.
func (b *bench) frontendSize(ctx context.Context, ref string) (size, error) {
	def, err := llb.Scratch().File(llb.Copy(llb.Image(ref), "/", "/")).Marshal(ctx, llb.LinuxAmd64)
	if err != nil {
		return size{}, err
	}
	dir := filepath.Join(b.lab.Dir, strings.ReplaceAll(ref, "/", "-"))
	if _, err := b.daemon.Solve(ctx, def, client.SolveOpt{Exports: []client.ExportEntry{layout(dir)}}, nil); err != nil {
		return size{}, err
	}
	_, s, err := measureLayout(dir)
	return s, err
}

// layout exports to a directory.
func layout(dir string) client.ExportEntry {
	return client.ExportEntry{
		Type:      client.ExporterOCI,
		Attrs:     map[string]string{"tar": "false"},
		OutputDir: dir,
	}
}

func measureLayout(dir string) (*oci.Image, size, error) {
	images, err := oci.Open(dir)
	if err != nil {
		return nil, size{}, err
	}
	if len(images) != 1 {
		return nil, size{}, fmt.Errorf("%d images and not one", len(images))
	}
	img := images[0]
	files, err := img.Files()
	s := size{compressed: img.Size(), count: len(files), layers: len(img.Manifest.Layers)}
	for _, f := range files {
		s.files += f.Size
	}
	return img, s, err
}

// ping talks to redis as soon as it listens.
func ping(ctx context.Context, box *container.Container) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		conn, err := box.Dial(ctx, 6379)
		if err == nil {
			defer conn.Close()
			heard := make([]byte, len("+PONG"))
			_, err = io.WriteString(conn, "PING\r\n")
			if err == nil {
				_, err = io.ReadFull(conn, heard)
			}
			if err == nil && string(heard) != "+PONG" {
				err = fmt.Errorf("redis answers %q to PING", heard)
			}
			return err
		}
		if box.Ended() || ctx.Err() != nil {
			return errors.Join(errors.New("redis does not listen"), err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
