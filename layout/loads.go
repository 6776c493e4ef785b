package layout

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// spool keeps the programs and libraries of an image on disk while loading them is tried:
// there may be more of them than memory.
type spool struct{ dir string }

func newSpool() (*spool, error) {
	dir, err := os.MkdirTemp("", "sinter-layout-")
	return &spool{dir}, err
}

func (s *spool) close() { _ = os.RemoveAll(s.dir) }

// keep keeps a file by its digest.
func (s *spool) keep(digest string, data []byte) error {
	return os.WriteFile(filepath.Join(s.dir, fileName(digest)), data, 0o600)
}

func fileName(digest string) string { return strings.ReplaceAll(digest, ":", "-") }

// programView is the tree with the content of what loaders read.
func (t *tree) programView(p *plan.Plan) (*rootfs.View, error) {
	v := rootfs.NewView()
	for i := range p.Entries {
		e := &p.Entries[i]
		var err error
		switch {
		case e.Kind == plan.KindDir:
			err = v.AddDir(e.Path, fs.FileMode(e.Mode&0o777), e.UID, e.GID)
		case e.Kind == plan.KindSymlink:
			err = v.AddLink(e.Path, e.Target)
		case e.ELF != nil:
			err = v.AddFile(e.Path, os.DirFS(t.spool.dir), fileName(t.entries[e.Path].Digest), fileInfo{e})
		default:
			err = v.AddData(e.Path, t.metadata[e.Path], fs.FileMode(e.Mode&0o777), e.UID, e.GID)
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// fileInfo is an entry as a view wants to know it.
type fileInfo struct{ e *plan.Entry }

func (f fileInfo) Name() string       { return path.Base(f.e.Path) }
func (f fileInfo) Size() int64        { return f.e.Size }
func (f fileInfo) Mode() fs.FileMode  { return fs.FileMode(f.e.Mode & 0o777) }
func (f fileInfo) ModTime() time.Time { return time.Time{} }
func (f fileInfo) IsDir() bool        { return false }
func (f fileInfo) Sys() any           { return &rootfs.Stat{UID: f.e.UID, GID: f.e.GID} }

// addBroken notes which programs and libraries of a finished image cannot be loaded in it.
// Nothing is known of who opens a library, so that only what nobody can mend counts: what
// is asked for and is nowhere in the image.
func (t *tree) addBroken(p *plan.Plan) error {
	view, err := t.programView(p)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range p.Entries {
		there[path.Base(e.Path)] = true
	}
	opt := loader.Options{Env: p.Config.Environ(), WorkDir: p.Config.Workdir, UID: p.Config.User.UID, GID: p.Config.User.GID, Memory: &loader.Memory{}}
	trees := []loader.Tree{{Name: "the image", FS: rootfs.Cached(view), Whole: true}}
	for i := range p.Entries {
		e := &p.Entries[i]
		if e.ELF == nil || e.ELF.Static {
			continue
		}
		found, err := loader.Load(trees, loader.Program{Path: e.Path}, opt)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(found.Problems, func(problem loader.Problem) bool { return isLoss(problem, e, there) })
		if at >= 0 {
			e.ELF.Broken = found.Problems[at].Runtime
		}
	}
	return nil
}

// isLoss reports whether a problem is one that nothing in the image can mend.
func isLoss(p loader.Problem, e *plan.Entry, there map[string]bool) bool {
	if p.Severity != diag.SeverityError {
		return false
	}
	switch p.Code {
	case loader.CodeInterpMissing:
		return !e.ELF.Library
	case loader.CodeLibraryMissing:
		// One for another C library is never opened here: such come along in pairs.
		foreign := strings.HasPrefix(p.Name, "libc.") || strings.HasPrefix(p.Name, "ld-")
		return !foreign && !there[path.Base(p.Name)]
	}
	return false
}
