package request

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// ListedFile is a file of a tree of which only the outside is known.
type ListedFile struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"` // type and permissions, as Go has them
	UID  uint32      `json:"uid,omitempty"`
	GID  uint32      `json:"gid,omitempty"`
	// Target is where a link leads.
	Target string `json:"target,omitempty"`
	// Mentions are what a configuration says that a plan can depend on.
	Mentions *needspkg.Mentions `json:"mentions,omitempty"`
}

// A Listing stands for a tree of plain files. A plan that is made from it stays
// valid when the content of files changes, which is what changes most in a build
// context. Sizes are left out for that reason: FillSizes adds them.
type Listing []ListedFile

// ContentMatters reports whether what is in a file can matter to a plan: programs and
// libraries have needs of their own, and so have the modules of some languages. Of
// configurations it is enough to know what they mention.
func ContentMatters(name string, mode fs.FileMode) bool {
	return mode.IsRegular() && (MayLoad(name, mode) || runtimes.Reads(name))
}

// MayLoad reports by its name and mode whether a file can be a program or a library.
func MayLoad(name string, mode fs.FileMode) bool {
	base := path.Base(name)
	return mode&0o111 != 0 || strings.Contains(base, ".so") || strings.HasSuffix(base, ".node") // a module of Node in machine code
}

// Tree is the listing as a tree. Opening a file of it fails.
func (o Listing) Tree() (rootfs.FS, error) {
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

// sealed is where the files of a listing are opened.
type sealed struct{}

func (sealed) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: imagetree.ErrContent}
}

// listedInfo describes a file of a listing.
type listedInfo struct{ ListedFile }

func (i listedInfo) Name() string { return path.Base(i.Path) }

func (i listedInfo) Size() int64 { return 0 }

func (i listedInfo) Mode() fs.FileMode { return i.ListedFile.Mode }

func (i listedInfo) ModTime() time.Time { return time.Time{} }

func (i listedInfo) IsDir() bool { return i.ListedFile.Mode.IsDir() }

// ContentUnknown marks it for [imagetree.SameContent].
func (i listedInfo) ContentUnknown() {}

func (i listedInfo) Sys() any { return &rootfs.Stat{UID: i.UID, GID: i.GID} }

// MaxConfig bounds a file that is taken for a configuration, in bytes.
const MaxConfig = 256 << 10

// ReadMentions is what a configuration says; nothing for one that is larger than MaxConfig.
func ReadMentions(tree rootfs.FS, name string) (needspkg.Mentions, error) {
	text, err := rootfs.ReadFile(tree, name, MaxConfig)
	if errors.Is(err, rootfs.ErrTooLarge) {
		err = nil
	}
	m := needspkg.MentionsOf(text)
	if needspkg.IsProcfile(name) {
		m.Commands = append(m.Commands, needspkg.ProcfileCommands(text)...)
	}
	return m, err
}
