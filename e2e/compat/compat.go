// Package compat builds the same images with old daemons and new ones, and compares
// them. Its results become docs/compatibility.md.
package compat

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/e2e/oci"
)

//go:embed testdata
var testdata embed.FS

// Spec is a build context with the spec app.yaml.
type Spec struct {
	// Name is a word; About says what is in it.
	Name, About string
	files       []txtar.File
}

// Specs are those to build, sorted by name.
func Specs() ([]Spec, error) {
	names, err := fs.Glob(testdata, "testdata/*.txtar")
	if err != nil {
		return nil, err
	}
	var all []Spec
	for _, name := range names {
		data, err := testdata.ReadFile(name)
		if err != nil {
			return nil, err
		}
		archive := txtar.Parse(data)
		about := strings.ReplaceAll(strings.TrimSpace(string(archive.Comment)), "\n", " ")
		all = append(all, Spec{strings.TrimSuffix(path.Base(name), ".txtar"), about, archive.Files})
	}
	return all, nil
}

// Write makes the build context in a directory.
func (s Spec) Write(dir string) error {
	for _, f := range s.files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Image is what a daemon has made of a spec: the digests of its layers, uncompressed,
// and of its config, which say all of an image but how it is compressed.
type Image struct {
	Layers []string
	Config string
	// Entries describe what is in the layers, for people to compare.
	Entries string
	// Text is the config.
	Text string
}

// Features are what of Sinter depends on the daemon.
type Features struct {
	Merge     bool // layers are put on each other without copying
	Cache     bool // an exported cache has the analysis and the tests, too
	Untouched bool // the analysis does not read the whole of a source
}

// Result is what came of one daemon.
type Result struct {
	Daemon   string // as people call it
	Features Features
	// Images are by the names of the specs, and so are Errors.
	Images map[string]*Image
	Errors map[string]error
}

// Build has a daemon at an address build all specs, in directories below work.
func Build(ctx context.Context, name, addr, work string, specs []Spec) (*Result, error) {
	c, err := client.New(ctx, addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := &Result{Daemon: name, Images: map[string]*Image{}, Errors: map[string]error{}}
	for _, s := range specs {
		dir := filepath.Join(work, s.Name)
		img, err := r.build(ctx, c, s, dir)
		if err != nil {
			r.Errors[s.Name] = err
			continue
		}
		r.Images[s.Name] = img
	}
	return r, ctx.Err()
}

func (r *Result) build(ctx context.Context, c *client.Client, s Spec, dir string) (*Image, error) {
	in, out := filepath.Join(dir, "context"), filepath.Join(dir, "image")
	if err := s.Write(in); err != nil {
		return nil, err
	}
	files, err := fsutil.NewFS(in)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	opt := client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
		Exports:     []client.ExportEntry{{Type: client.ExporterOCI, Attrs: map[string]string{"tar": "false"}, OutputDir: out}},
	}
	_, err = c.Build(ctx, opt, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		r.Features = featuresOf(c.BuildOpts().LLBCaps)
		return c.Solve(ctx, gateway.SolveRequest{
			Frontend:    "gateway.v0",
			FrontendOpt: map[string]string{"filename": "app.yaml", "source": lab.FrontendRef},
		})
	}, nil)
	if err != nil {
		return nil, err
	}
	return Open(out)
}

func featuresOf(caps apicaps.CapSet) Features {
	has := func(id apicaps.CapID) bool { return caps.Supports(id) == nil }
	return Features{Merge: has(pb.CapMergeOp), Cache: has(pb.CapPassthroughOp), Untouched: has(pb.CapExecMountContentCache)}
}

// Open reads the one image of an OCI layout.
func Open(layout string) (*Image, error) {
	images, err := oci.Open(layout)
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("%d images", len(images))
	}
	img := &Image{Config: images[0].Manifest.Config.Digest.String()}
	img.Text = string(images[0].RawConfig)
	for _, id := range images[0].Config.RootFS.DiffIDs {
		img.Layers = append(img.Layers, id.String())
	}
	img.Entries, err = images[0].Describe()
	return img, err
}

// Compare says in what an image differs from the one that it should be like: nothing, or
// a few words.
func Compare(got, want *Image) string {
	switch {
	case slices.Equal(got.Layers, want.Layers) && got.Config == want.Config:
		return ""
	case got.Entries != want.Entries:
		return "another tree"
	case !slices.Equal(got.Layers, want.Layers):
		return "other layers"
	}
	return "the same layers, another config"
}
