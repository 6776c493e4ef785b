package convert_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/convert"
	"github.com/sinter-build/sinter/rootfs"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// A case is a Dockerfile as people write them, what there is in the images that it
// names, the whole spec that comes of it, and what is said on the way. The lines of
// images are
//
//	IMAGE config JSON    the image's config
//	IMAGE PATH           a file that it has
//	IMAGE PATH TEXT      a file with a text, in Go's quotes
//	IMAGE PATH -> TARGET a link
//	IMAGE PATH of U:G    a directory with its owner
//
// where the IMAGE stage is the last stage's result. Files below context/ are those of
// the build context. Without a file images nothing is
// known of any.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			testCase(t, file)
		})
	}
}

func testCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]string{}
	for _, f := range archive.Files {
		part[f.Name] = string(f.Data)
	}
	context := fstest.MapFS{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "context/"); ok {
			context[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	res, err := convert.Dockerfile(context, "Dockerfile", []byte(part["Dockerfile"]), strings.TrimSpace(part["target"]), imagesOf(t, part))
	got := map[string]string{}
	if err != nil {
		got["error"] = err.Error() + "\n"
	} else {
		got["app.yaml"] = string(res.Spec)
		if len(res.Remarks) > 0 {
			got["remarks"] = strings.Join(res.Remarks, "\n") + "\n"
		}
		if !strings.Contains(got["remarks"], "nothing ships") { // which is to be completed
			evaluates(t, res.Spec)
		}
	}
	if *update {
		var kept []txtar.File
		for _, f := range archive.Files {
			if f.Name == "Dockerfile" || f.Name == "target" || f.Name == "images" || strings.HasPrefix(f.Name, "context/") {
				kept = append(kept, f)
			}
		}
		for _, name := range []string{"app.yaml", "remarks", "error"} {
			if text, ok := got[name]; ok {
				kept = append(kept, txtar.File{Name: name, Data: []byte(text)})
			}
		}
		archive.Files = kept
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, name := range []string{"app.yaml", "remarks", "error"} {
		if got[name] != part[name] {
			t.Errorf("%s is\n%s\nbut should be\n%s", name, got[name], part[name])
		}
	}
}

// fake has images of files.
type fake map[string]*convert.Image

func (f fake) Image(ref string) (*convert.Image, error) {
	if img, ok := f[ref]; ok {
		return img, nil
	}
	return nil, fs.ErrNotExist
}

func (f fake) Stage() (rootfs.FS, error) {
	if img, ok := f["stage"]; ok {
		return img.Tree, nil
	}
	return nil, convert.ErrUnknown
}

func imagesOf(t *testing.T, part map[string]string) convert.Images {
	t.Helper()
	text, known := part["images"]
	if !known {
		return convert.Nothing{}
	}
	images, trees := fake{}, map[string]fstest.MapFS{}
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(fields) < 2 {
			t.Fatalf("not a line of images: %q", line)
		}
		img := images[fields[0]]
		if img == nil {
			tree := fstest.MapFS{}
			img = &convert.Image{Tree: tree}
			images[fields[0]], trees[fields[0]] = img, tree
		}
		if fields[1] == "config" {
			var config dockerspec.DockerOCIImageConfig
			if err := json.Unmarshal([]byte(fields[2]), &config); err != nil {
				t.Fatal(err)
			}
			img.Config = config
			continue
		}
		rest := ""
		if len(fields) > 2 {
			rest = fields[2]
		}
		put(t, trees[fields[0]], rootfs.Name(fields[1]), rest)
	}
	return images
}

// put makes what a line of images says of a path, and the directories that it is in.
func put(t *testing.T, tree fstest.MapFS, name, what string) {
	t.Helper()
	for dir := path.Dir(name); tree[dir] == nil; dir = path.Dir(dir) {
		tree[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	}
	if target, ok := strings.CutPrefix(what, "-> "); ok {
		tree[name] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(target)}
		return
	}
	var owner rootfs.Stat
	if _, err := fmt.Sscanf(what, "of %d:%d", &owner.UID, &owner.GID); err == nil {
		tree[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755, Sys: &owner}
		return
	}
	file := &fstest.MapFile{Mode: 0o755}
	if what != "" {
		text, err := strconv.Unquote(what)
		if err != nil {
			t.Fatal(err)
		}
		file.Data = []byte(text)
	}
	tree[name] = file
}
