package frontend

import (
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// evidenceDir is where the analysis step puts the files about packages.
const evidenceDir = "evidence"

// evidenceOf is where the analysis left the files about packages: the last step
// made the plan.
func evidenceOf(steps []llb.State) *llbgen.Subtree {
	if len(steps) == 0 {
		return nil
	}
	return &llbgen.Subtree{State: steps[len(steps)-1], Dir: "/" + evidenceDir}
}

// writeEvidence writes the plan's files about packages below a directory, those
// of each layer in a directory of their own, and the directories they are in, each
// as it is to be in the image.
func writeEvidence(dir string, p *plan.Plan, trees map[string]rootfs.FS) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for i, l := range p.Layers {
		if err := writeLayerEvidence(filepath.Join(dir, llbgen.EvidenceDir(i)), p, l.Name, trees); err != nil {
			return err
		}
	}
	return nil
}

func writeLayerEvidence(dir string, p *plan.Plan, layer string, trees map[string]rootfs.FS) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	above := map[string]bool{}
	for _, e := range p.Entries {
		if e.Evident() && e.Layer == layer {
			for up := path.Dir(e.Path); up != "/"; up = path.Dir(up) {
				above[up] = true
			}
		}
	}
	for _, e := range p.Entries { // parents come first
		var err error
		name := filepath.Join(dir, e.Path)
		switch {
		case above[e.Path]:
			err = os.Mkdir(name, 0o755)
		case e.Evident() && e.Layer == layer:
			err = writeFile(name, e, trees)
		default:
			continue
		}
		if err == nil {
			err = setAttributes(name, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, e plan.Entry, trees map[string]rootfs.FS) error {
	if e.From == nil {
		return os.WriteFile(name, e.Data, 0o600)
	}
	in, err := trees[e.From.Tree].Open(rootfs.Name(e.From.Path))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// setAttributes gives a file its owner and mode. Changing the owner can clear
// bits of the mode, and so comes first.
func setAttributes(name string, e plan.Entry) error {
	if err := os.Chown(name, int(e.UID), int(e.GID)); err != nil {
		return err
	}
	return os.Chmod(name, e.FileMode())
}
