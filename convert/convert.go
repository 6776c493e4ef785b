// Package convert makes specs of what people have: a Dockerfile, or a program.
//
// Of a Dockerfile it takes the last stage: what that copies and how it starts become
// the spec. The other stages stay in the Dockerfile, as sources. What the last stage
// runs is understood where it is of a common kind (packages that are installed, users
// and directories that are made). Where it is not, the stage itself is a source, so
// that what it has made can ship, and a comment says so.
package convert

import (
	"errors"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/rootfs"
)

// Syntax is the first line of every spec.
const Syntax = "# syntax=sinterbuild/sinter:1\n"

// Result is a spec, and what is to be looked at by a person.
type Result struct {
	Spec    []byte
	Remarks []string
}

// Image is an image as a spec can take from it.
type Image struct {
	Config dockerspec.DockerOCIImageConfig
	Tree   rootfs.FS
}

// Images looks at images and at the stages of the Dockerfile. What is known decides
// where programs are and who users are.
type Images interface {
	// Image is the image of a reference.
	Image(ref string) (*Image, error)
	// Stage is the tree that the last stage makes.
	Stage() (rootfs.FS, error)
}

// ErrUnknown says that there is nothing to look at images with.
var ErrUnknown = errors.New("no BuildKit was asked")

// Nothing knows no images.
type Nothing struct{}

// Image returns ErrUnknown.
func (Nothing) Image(string) (*Image, error) { return nil, ErrUnknown }

// Stage returns ErrUnknown.
func (Nothing) Stage() (rootfs.FS, error) { return nil, ErrUnknown }
