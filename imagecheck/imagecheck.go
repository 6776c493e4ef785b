// Package imagecheck looks at an image as it will ship and says whether it works: whether
// what it starts starts, as its user, and whether that user can read, search and write what
// it has to. It sees the finished tree, since what that was put together from does not count
// any more when the image runs; the sources serve to name ways out.
//
//	starts.go       programs and commands start
//	filesrun.go     what a command gives to an interpreter is there
//	handed.go       so is what programs start with the words of a command
//	called.go       and what scripts cannot do without
//	access.go       the user can read, and start, what the spec ships for it
//	directories.go  the working directory and the volumes are directories, and the user's
//	hidden.go       nothing is where a runtime mounts something else
//	links.go, history.go, misnamed.go, timezone.go
//	                what nobody means: links to nothing, a project's history, names
//	                of another kind of file, a time zone that is nowhere
//	fixes.go        the ways out that several of these have
//
// What is found is a finding; an error means that a tree cannot be read.
package imagecheck

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// Image is an image as it will ship, and what of its spec says how it is to run.
type Image struct {
	// Tree is what it holds, its base below.
	Tree *imagetree.Tree
	// Process is how a container of it starts programs.
	Process start.Process
	// Sources are the trees that files come from, by name, and From the names of those of the
	// spec, in the order in which they are looked through.
	Sources map[string]rootfs.FS
	From    []string
	// WithPackage is the source of a tree with one more package, as the spec declares it; ""
	// where packages cannot be installed in the tree.
	WithPackage func(tree, pkg string) string
	// Unused are sources that the spec declares and takes nothing from.
	Unused []string

	Binaries    []spec.Binary
	Files       []spec.File
	Directories []spec.Directory
	Commands    []Command
	Volumes     []Volume

	// Programs are those that ship, and the libraries among them.
	Programs []Program
	// Handed are commands that programs start with the words of the image's own.
	Handed []Handed
	// Called are programs that scripts cannot do without.
	Called []runtimes.Program
	// NoZone tells that a program's source lacks the time zone of Env.
	NoZone bool

	found diag.List
}

// Command is a program that the image's config starts, by path or by a name
// that is looked up in PATH.
type Command struct {
	Name string   `json:"name"`
	Args []string `json:"args,omitempty"`
	// Use is what it is started as, "entrypoint".
	Use string `json:"use"`
	At  string `json:"at"`
	// ArgsAt are the places of the arguments, where they are others.
	ArgsAt []string `json:"argsAt,omitempty"`
}

// placeOf is where in the spec an argument stands.
func (c Command) placeOf(arg int) string {
	if arg < len(c.ArgsAt) {
		return c.ArgsAt[arg]
	}
	return c.At
}

// Volume is a directory that holds data which outlives a container.
type Volume struct {
	Path string `json:"path"`
	At   string `json:"at"`
}

// Handed is a command that a program starts: nginx of [tini, --, nginx].
type Handed struct {
	Words []string
	// By is the path of that program, and At the place of the config's command.
	By, At string
}

// Program is a program or a library that ships.
type Program struct {
	// To is where it is in the image, and At the place in the spec that asked for it.
	To, At string
	Facts  *linkage.Report
	// Named tells that it is one of the spec's binaries, or comes from a source as the
	// interpreter of one.
	Named bool
	// Starts is set for what the image's config starts, and for what runs that.
	Starts bool
}

func (p Program) library() bool { return p.Facts.Kind == linkage.SharedLibrary }

// Check says what keeps the image from working as it is meant to.
func (img *Image) Check() (diag.List, error) {
	img.found = nil
	for _, check := range []func() error{
		img.checkStarts, img.checkWorkdir, img.checkAccess, img.checkVolumes, img.checkLinks, img.checkHistory, img.checkMisnamed,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return img.found, nil
}

func (img *Image) report(d diag.Diagnostic) { img.found = append(img.found, d) }
