package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/distribution/reference"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/layout/registry"
	"github.com/sinter-build/sinter/report"
)

// diff compares two images. Trouble has a status of its own, since Bad means that
// there are differences.
func diff(ctx context.Context, j job.Job, std streams) error {
	a, err := read(ctx, j, std, j.Before)
	if err != nil {
		return exit.Failure{Err: fmt.Errorf("%s: %w", j.Before, err), Status: exit.Usage}
	}
	b, err := read(ctx, j, std, j.After)
	if err != nil {
		return exit.Failure{Err: fmt.Errorf("%s: %w", j.After, err), Status: exit.Usage}
	}
	c := report.Compare(a, b)
	c.Before, c.After = j.Before, j.After
	text := []byte(c.Text())
	if j.Format == job.JSON {
		if text, err = c.JSON(); err != nil {
			return exit.Failure{Err: err, Status: exit.Usage}
		}
	}
	if _, err := std.out.Write(text); err != nil {
		return exit.Failure{Err: err, Status: exit.Usage}
	}
	if !c.Same {
		return exit.Printed(exit.Bad)
	}
	return nil
}

// read describes the images that an argument stands for, by what it is.
func read(ctx context.Context, j job.Job, std streams, name string) (report.Document, error) {
	info, err := os.Stat(name)
	if err != nil {
		if ref, ok := inRegistry(name); ok && errors.Is(err, fs.ErrNotExist) {
			return readRegistry(ctx, ref, j.Build.Platforms)
		}
		return report.Document{}, err
	}
	if info.IsDir() {
		images, err := layout.Read(os.DirFS(name))
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("not an OCI image layout: %w", err)
		}
		return report.Document{Images: images}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return report.Document{}, err
	}
	defer f.Close()
	start := make([]byte, 512)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return report.Document{}, err
	}
	start = start[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return report.Document{}, err
	}
	switch {
	case compression.DetectCompression(start) != compression.Uncompressed:
		return report.Document{}, errors.New("a compressed file: unpack it first, as layers are compressed already")
	case n > 262 && string(start[257:262]) == "ustar":
		return readTar(f)
	case bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")):
		return readJSON(f)
	}
	return readSpec(ctx, j.Build, std, name)
}

// inRegistry returns the image that a name can stand for, if it is no file: one that is
// called so outright, one with a tag or a digest, or one with a registry.
func inRegistry(name string) (ref string, ok bool) {
	if ref, ok = strings.CutPrefix(name, "docker-image://"); ok {
		return ref, true
	}
	if _, err := reference.ParseNormalizedNamed(name); err != nil {
		return "", false
	}
	first, _, deep := strings.Cut(name, "/")
	return name, strings.ContainsAny(path.Base(name), ":@") || deep && (strings.ContainsAny(first, ".:") || first == "localhost")
}

// readRegistry describes images of a registry.
func readRegistry(ctx context.Context, ref string, platforms []string) (report.Document, error) {
	files, err := registry.Open(ctx, ref, platforms)
	if err != nil {
		return report.Document{}, err
	}
	images, err := layout.Read(files)
	return report.Document{Images: images}, err
}

func readTar(f *os.File) (report.Document, error) {
	files, err := layout.Tar(f)
	if err != nil {
		return report.Document{}, err
	}
	images, err := layout.Read(files)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("not an OCI image layout: %w", err)
	}
	return report.Document{Images: images}, err
}

// readJSON reads what explain has written.
func readJSON(r io.Reader) (report.Document, error) {
	var d report.Document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return d, err
	}
	if d.Version != report.Version || d.Images == nil {
		return d, fmt.Errorf("not what `sinter explain --format json` of this version writes (version %d, should be %d)", d.Version, report.Version)
	}
	return d, nil
}

// readSpec asks what the image of a spec will hold.
func readSpec(ctx context.Context, b job.Settings, std streams, name string) (report.Document, error) {
	b.File = name
	b.Context = cmp.Or(b.Context, filepath.Dir(name))
	q, err := newQuestion(b, std, nil)
	if err != nil {
		return report.Document{}, err
	}
	defer q.close()
	answer, err := q.ask(ctx, frontend.RequestExplain)
	if err != nil {
		return report.Document{}, err
	}
	return readJSON(bytes.NewReader(answer[results[job.JSON]]))
}
