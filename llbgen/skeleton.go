package llbgen

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/plan"
)

// The skeleton of a layer is all of it that is no copy of a file: directories, links and
// files whose content the plan has. It is an archive that the daemon unpacks over what
// was copied, as a Dockerfile's ADD does. Three things are better that way than with
// an action for each:
//
//   - Every daemon does the same. The action that makes links is new in BuildKit 0.20, and
//     older ones pass over it; mkdir takes no more than permission bits; a copy's mode
//     means something else in BuildKit 0.12.
//   - A directory gets its time after everything has been put into it.
//   - The time that the daemon takes for a file operation grows with the square of the
//     number of its actions.

// newCompressor is what compresses skeletons, one after the other: it takes longer to
// make than to use.
func newCompressor() (*gzip.Writer, error) {
	return gzip.NewWriterLevel(nil, gzip.BestSpeed)
}

// skeleton is the archive of a layer; nil when there would be nothing in it, for BuildKit
// does not take that for an archive and would copy it as a file.
func (a *assembler) skeleton(zip *gzip.Writer, entries []plan.Entry) ([]byte, error) {
	var out bytes.Buffer
	zip.Reset(&out)
	archive := tar.NewWriter(zip)
	empty := true
	for _, e := range entries { // parents come first
		if !a.inSkeleton(e) {
			continue
		}
		empty = false
		if err := archive.WriteHeader(a.header(e)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
		if _, err := archive.Write(e.Data); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	if empty {
		return nil, nil
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// inSkeleton reports whether an entry comes neither with a copy of its own nor with that
// of a directory above it.
func (a *assembler) inSkeleton(e plan.Entry) bool {
	switch e.Kind {
	case plan.KindDir:
		return !a.comesWithGroup(e) || a.touched[e.Path]
	case plan.KindSymlink:
		return !a.comesWithGroup(e)
	default:
		return e.From == nil && !a.isPrepared(e) || a.relinked[e.Path] != ""
	}
}

func (a *assembler) header(e plan.Entry) *tar.Header {
	h := &tar.Header{
		Name:    e.Path[1:],
		Mode:    int64(e.Mode),
		Uid:     int(e.UID),
		Gid:     int(e.GID),
		ModTime: a.time(e),
	}
	switch {
	case a.relinked[e.Path] != "":
		h.Typeflag, h.Linkname = tar.TypeLink, a.relinked[e.Path]
	case e.Kind == plan.KindDir:
		h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
	case e.Kind == plan.KindSymlink:
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.Target, 0o777
	default:
		h.Typeflag, h.Size = tar.TypeReg, int64(len(e.Data))
	}
	return h
}

// relinkDir is where files are copied to that get their mode from the skeleton.
const relinkDir = "/.sinter"

// relinks reports whether the skeleton gives a copied file its mode: it has a hard link to
// a copy elsewhere, which is removed in the end. In BuildKit 0.12 a copy with a mode
// keeps setuid, setgid and the sticky bit as its source has them, whatever the mode
// says: a file that is to lose them would not. The first capability that came after
// that was mended tells these daemons from others. Unpacking changes the owner, which
// takes capabilities away, and what has some is left as it was copied.
func (a *assembler) relinks(e plan.Entry) bool {
	return a.Caps.Supports(pb.CapFileCopyAlwaysReplaceExistingDestPaths) != nil && e.Capabilities == ""
}

// skeletonFile is where the skeleton of a layer is among those of all. Its name is part
// of what BuildKit knows the layer by, and so must not change with other layers.
func skeletonFile(layer string) string { return "/" + digest.FromString(layer).Encoded()[:16] }

// skeletons is a state with the skeletons of all layers. A layer depends on its own
// alone, for BuildKit knows what is copied by its content.
func skeletons(layers []*assembler) llb.State {
	var action *llb.FileAction
	for _, a := range layers {
		if a.archive == nil {
			continue
		}
		action = action.Mkfile(skeletonFile(a.layer), 0o600, a.archive, llb.WithCreatedTime(time.Unix(0, 0)))
	}
	if action == nil {
		return llb.Scratch()
	}
	return llb.Scratch().File(action, llb.WithCustomName("[internal] directories and links"))
}
