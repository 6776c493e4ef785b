package plan

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/sinter-build/sinter/rootfs"
)

// Listed is a file of a tree of which only the outside is known.
type Listed struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"` // type and permissions, as Go has them
	UID  uint32      `json:"uid,omitempty"`
	GID  uint32      `json:"gid,omitempty"`
	// Target is where a link leads.
	Target string `json:"target,omitempty"`
}

// An Outline stands for a tree of plain files. A plan that is made from it stays
// valid when the content of files changes, which is what changes most in a build
// context. Sizes are left out for that reason: FillSizes adds them.
type Outline []Listed

// errContent is met when a plan turns out to depend on what is in a file.
var errContent = errors.New("the file's content is not known")

// Telling tells whether a file's content can matter to a plan: programs and
// libraries have needs of their own.
func Telling(name string, mode fs.FileMode) bool {
	return mode.IsRegular() && (mode&0o111 != 0 || strings.Contains(path.Base(name), ".so"))
}

// Tree is the outline as a tree. Opening a file of it fails.
func (o Outline) Tree() (rootfs.FS, error) {
	v := rootfs.NewView()
	for _, l := range o {
		var err error
		switch {
		case l.Mode.IsDir():
			err = v.AddDir(l.Path, l.Mode, l.UID, l.GID)
		case l.Mode&fs.ModeSymlink != 0:
			err = v.AddLink(l.Path, l.Target)
		default:
			err = v.AddFile(l.Path, sealed{}, rootfs.Name(l.Path), listedInfo{l})
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// sealed is where the files of an outline are opened.
type sealed struct{}

func (sealed) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errContent}
}

// listedInfo describes a file of an outline.
type listedInfo struct{ Listed }

func (i listedInfo) Name() string       { return path.Base(i.Path) }
func (i listedInfo) Size() int64        { return 0 }
func (i listedInfo) Mode() fs.FileMode  { return i.Listed.Mode }
func (i listedInfo) ModTime() time.Time { return time.Time{} }
func (i listedInfo) IsDir() bool        { return i.Listed.Mode.IsDir() }
func (i listedInfo) Sys() any           { return &rootfs.Stat{UID: i.UID, GID: i.GID} }

// FillSizes sets the sizes of files that were planned from an outline.
func (p *Plan) FillSizes(tree string, size func(path string) int64) {
	for i, e := range p.Entries {
		if e.Kind == KindFile && e.From != nil && e.From.Tree == tree {
			p.Entries[i].Size = size(e.From.Path)
		}
	}
}
