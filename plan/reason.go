package plan

import (
	"fmt"
	"path"
	"strings"
)

// Reason says why an entry ships.
type Reason struct {
	Cause Cause `json:"cause"`
	// At is the path of the spec node that asked for it, directly or not. It is
	// empty for what ships unless the spec leaves it out.
	At string `json:"at,omitempty"`
	// Via tells how a library was found ("ld.so.cache"), by what it is opened at
	// run time ("dlopen note"), which part it belongs to, or what kind of data
	// about a package it is.
	Via string `json:"via,omitempty"`
	// Chain is the objects that led to it, the program first and itself last.
	Chain []string `json:"chain,omitempty"`
	// For is what it serves: the path that a link or a directory leads to, or
	// the package that it is about.
	For string `json:"for,omitempty"`
}

// Cause is the kind of reason for which an entry ships.
type Cause string

// The causes. Each has its row in causes.
const (
	CauseBinary      Cause = "binary"      // a program that the spec names
	CauseInterpreter Cause = "interpreter" // the dynamic loader of a program
	CauseLibrary     Cause = "library"     // an object that another one needs
	CauseOpened      Cause = "opened"      // an object that is opened at run time
	CauseLink        Cause = "link"        // a symlink on the way to a needed file
	CausePart        Cause = "part"        // a ready-made part
	CauseFile        Cause = "file"        // a file that the spec names
	CauseDirectory   Cause = "directory"   // a directory that the spec names
	CauseSymlink     Cause = "symlink"     // a link that the spec names
	CauseParent      Cause = "parent"      // a directory that holds another entry
	CauseCache       Cause = "cache"       // the loader's list of where libraries are
	CauseMetadata    Cause = "metadata"    // what scanners know the packages by
)

// causes is what there is to know of each cause: what its reasons must tell, and
// how they are put into words. A new cause is a constant and a row.
//
// Its layer is that of programs, or of the app, unless partition.slotOf says
// otherwise; explain folds files of one directory that have it into a line if
// report.foldKey says so.
var causes = map[Cause]struct {
	tells func(Reason) bool
	words func(Reason) string
}{
	CauseBinary: {
		func(r Reason) bool { return r.At != "" },
		func(Reason) string { return "a program that the spec names" },
	},
	CauseInterpreter: {
		func(r Reason) bool { return r.At != "" && len(r.Chain) > 1 },
		func(r Reason) string { return "the dynamic loader that starts " + r.Chain[0] },
	},
	CauseLibrary: {
		func(r Reason) bool { return r.At != "" && r.Via != "" && len(r.Chain) > 1 },
		func(r Reason) string { return fmt.Sprintf("needed: %s, found via %s", chainText(r.Chain), r.Via) },
	},
	CauseOpened: {
		func(r Reason) bool { return r.At != "" && r.Via != "" && len(r.Chain) > 1 },
		func(r Reason) string { return fmt.Sprintf("opened at run time: %s (%s)", chainText(r.Chain), r.Via) },
	},
	CauseLink: {
		func(r Reason) bool { return r.For != "" },
		func(r Reason) string { return "a link on the way to " + r.For },
	},
	CausePart: {
		func(r Reason) bool { return r.Via != "" },
		func(r Reason) string {
			if r.At == "" {
				return fmt.Sprintf("part %s, there by default", r.Via)
			}
			return "part " + r.Via
		},
	},
	CauseFile: {
		func(r Reason) bool { return r.At != "" },
		func(Reason) string { return "a file that the spec names" },
	},
	CauseDirectory: {
		func(r Reason) bool { return r.At != "" },
		func(Reason) string { return "a directory that the spec asks for" },
	},
	CauseSymlink: {
		func(r Reason) bool { return r.At != "" },
		func(Reason) string { return "a link that the spec asks for" },
	},
	CauseParent: {
		func(r Reason) bool { return r.For != "" },
		func(r Reason) string { return "the directory that " + r.For + " is in" },
	},
	CauseCache: {
		func(r Reason) bool { return r.For != "" },
		func(r Reason) string { return "without it the loader would not find " + r.For },
	},
	CauseMetadata: {
		func(r Reason) bool { return r.Via != "" },
		func(r Reason) string { return r.Via },
	},
}

// Stated tells whether the reason says what its cause has to say. Nothing
// without a stated reason gets into an image.
func (r Reason) Stated() bool {
	c, ok := causes[r.Cause]
	return ok && c.tells(r)
}

// String puts the reason into words, without the place in the spec.
func (r Reason) String() string {
	if !r.Stated() {
		return "no reason"
	}
	return causes[r.Cause].words(r)
}

// chainText is "/usr/bin/app → libssl.so.3 → libcrypto.so.3".
func chainText(chain []string) string {
	names := []string{chain[0]}
	for _, object := range chain[1:] {
		names = append(names, path.Base(object))
	}
	return strings.Join(names, " → ")
}

// Unreasoned is the error for an entry without a reason.
type Unreasoned struct {
	Path   string
	Reason Reason
}

func (e *Unreasoned) Error() string {
	return fmt.Sprintf("%s has no reason to be in the image (%+v); this is a fault of Sinter", e.Path, e.Reason)
}

// Check returns an error when the plan holds an entry that has no reason or is in
// no layer. What makes an image of a plan calls it first.
func (p *Plan) Check() error {
	layers := map[string]bool{}
	for _, l := range p.Layers {
		layers[l.Name] = true
	}
	for _, e := range p.Entries {
		if !e.Reason.Stated() {
			return &Unreasoned{e.Path, e.Reason}
		}
		if !layers[e.Layer] {
			return fmt.Errorf("%s is in layer %q, which the plan does not have; this is a fault of Sinter", e.Path, e.Layer)
		}
	}
	return nil
}
