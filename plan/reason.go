package plan

import (
	"fmt"
	"path"
	"strings"
)

// Reason says why an entry ships. Which fields are set depends on the cause.
type Reason struct {
	Cause Cause `json:"cause"`
	// At is the path of the spec node that asked for it, directly or not. It is
	// empty for what ships unless the spec leaves it out.
	At string `json:"at,omitempty"`
	// Via tells how an object was found, "ld.so.cache", or by what it is opened
	// at run time, "dlopen note".
	Via string `json:"via,omitempty"`
	// Chain is the objects that led to it, the program first and itself last.
	Chain []string `json:"chain,omitempty"`
	// Part is the ready-made part that it belongs to.
	Part string `json:"part,omitempty"`
	// Symbol is the function whose use makes an object need it.
	Symbol string `json:"symbol,omitempty"`
	// Package is the PURL of the package that it is about.
	Package string `json:"package,omitempty"`
	// Path is what it serves: the file that a symlink or a directory leads to, or
	// the library that a loader would not find without it.
	Path string `json:"path,omitempty"`
	// Content says what a file that is made or that is about packages holds: "licence of
	// libc6", "redis is named in /usr/bin/redis-server".
	Content string `json:"content,omitempty"`
	// Evidence is what a need is known by.
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Evidence says how it is known that a file is opened at run time.
type Evidence struct {
	Kind EvidenceKind `json:"kind"`
	// In is the file of the image that is the evidence, or that names it.
	In string `json:"in,omitempty"`
	// Name is what stands there: a path, a module, a package.
	Name string `json:"name,omitempty"`
	// Package is the name of the package by which it counts.
	Package string `json:"package,omitempty"`
}

// EvidenceKind is a kind of Evidence.
type EvidenceKind string

// The kinds of evidence.
const (
	// EvidenceNamed is a path in the strings of a file, of the file's own package or of one that
	// this depends on; or, of no package, beside a script or a directory for what changes.
	EvidenceNamed EvidenceKind = "named"
	// EvidenceDepends is a dependency of a package of which nothing else ships.
	EvidenceDepends EvidenceKind = "depends"
	// EvidenceLink is a link that ships and leads to it.
	EvidenceLink EvidenceKind = "link"
	// EvidenceHome is a program that has a directory of its package for itself, or
	// other names.
	EvidenceHome EvidenceKind = "home"
	// EvidenceImport is a module that a file of a program, or a module of one, imports.
	EvidenceImport EvidenceKind = "import"
	// EvidenceCommand is a program that a script starts.
	EvidenceCommand EvidenceKind = "command"
	// EvidenceRule is a rule for a library or a program that is known.
	EvidenceRule EvidenceKind = "rule"
)

// String is "named in libgvc.so.6, its own package libgvc6".
func (e Evidence) String() string {
	switch e.Kind {
	case EvidenceNamed:
		named := fmt.Sprintf("%s is named in %s", e.Name, path.Base(e.In))
		if e.Package == "" {
			return named
		}
		return named + ", and of package " + e.Package
	case EvidenceDepends:
		return fmt.Sprintf("package %s, of %s, depends on %s", e.Package, path.Base(e.In), e.Name)
	case EvidenceHome:
		if e.Package == "" { // installing made it
			return e.Name + " has it around itself"
		}
		return fmt.Sprintf("%s of package %s has it around itself", e.Name, e.Package)
	case EvidenceImport:
		return fmt.Sprintf("%s asks for %s", e.In, e.Name)
	case EvidenceCommand:
		return fmt.Sprintf("%s starts %s", path.Base(e.In), e.Name)
	case EvidenceLink:
		return fmt.Sprintf("the link %s leads to it", e.In)
	}
	return fmt.Sprintf("%s: %s", path.Base(e.In), e.Name)
}

// Cause is the kind of reason for which an entry ships.
type Cause string

// The causes. Each has its row in causes.
const (
	CauseBinary            Cause = "binary"             // a program that the spec names
	CauseInterpreter       Cause = "interpreter"        // the dynamic loader of a program
	CauseScriptInterpreter Cause = "script-interpreter" // what runs a script
	CauseLibrary           Cause = "library"            // an object that another one needs
	CauseOpened            Cause = "opened"             // an object that is opened at run time
	CauseLink              Cause = "link"               // a symlink on the way to a needed file
	CausePart              Cause = "part"               // a ready-made part
	CauseFile              Cause = "file"               // a file that the spec names
	CauseDirectory         Cause = "directory"          // a directory that the spec names
	CauseSymlink           Cause = "symlink"            // a link that the spec names
	CauseParent            Cause = "parent"             // a directory that holds another entry
	CauseCache             Cause = "cache"              // the loader's list of where libraries are
	CauseNeed              Cause = "need"               // what something that ships opens at run time, by evidence
	CauseMetadata          Cause = "metadata"           // package metadata, by which scanners know the packages
)

// IsObject reports whether the entry is an object that a dynamic loader maps, other
// than the program itself: the loader, a library, or what is opened at run time.
func (c Cause) IsObject() bool {
	return c == CauseInterpreter || c == CauseLibrary || c == CauseOpened
}

// causes has a row for each cause: what its reasons must say, and how they are put
// into words.
var causes = map[Cause]struct {
	complete func(Reason) bool
	words    func(Reason) string
}{
	CauseBinary: {
		func(r Reason) bool { return r.At != "" },
		func(Reason) string { return "a program that the spec names" },
	},
	CauseInterpreter: {
		func(r Reason) bool { return r.At != "" && len(r.Chain) > 1 },
		func(r Reason) string { return "the dynamic loader that starts " + r.Chain[0] },
	},
	CauseScriptInterpreter: {
		func(r Reason) bool { return r.At != "" && len(r.Chain) > 1 },
		func(r Reason) string { return "what runs the script " + r.Chain[0] },
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
		func(r Reason) bool { return r.Path != "" },
		func(r Reason) string { return "a link on the way to " + r.Path },
	},
	CausePart: {
		func(r Reason) bool { return r.Part != "" },
		func(r Reason) string {
			text := "part " + r.Part
			if r.At == "" {
				text += ", there by default"
			}
			if r.Content != "" {
				text += "; " + r.Content
			}
			return text
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
		func(r Reason) bool { return r.Path != "" },
		func(r Reason) string { return "the directory that " + r.Path + " is in" },
	},
	CauseCache: {
		func(r Reason) bool { return r.Path != "" },
		func(r Reason) string { return "without it the loader would not find " + r.Path },
	},
	CauseNeed: {
		func(r Reason) bool {
			return r.At != "" && r.Evidence != nil && r.Evidence.Kind != "" && len(r.Chain) > 0
		},
		func(r Reason) string { return "opened at run time: " + r.Evidence.String() },
	},
	CauseMetadata: {
		func(r Reason) bool { return r.Content != "" },
		func(r Reason) string { return r.Content },
	},
}

// Complete reports whether the reason says all that its cause has to say. Nothing
// without a complete reason gets into an image.
func (r Reason) Complete() bool {
	c, ok := causes[r.Cause]
	return ok && c.complete(r)
}

// String puts the reason into words, without the place in the spec.
func (r Reason) String() string {
	if !r.Complete() {
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

// MissingReason is the error for an entry without a complete reason.
type MissingReason struct {
	Path   string
	Reason Reason
}

func (e *MissingReason) Error() string {
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
		if !e.Reason.Complete() {
			return &MissingReason{e.Path, e.Reason}
		}
		if !layers[e.Layer] {
			return fmt.Errorf("%s is in layer %q, which the plan does not have; this is a fault of Sinter", e.Path, e.Layer)
		}
	}
	return nil
}
