// Package plan decides what ships. It reads the evaluated spec and the source
// trees, from files alone, and yields a Plan: every path of the image that is
// not already in its base, what it is, where it comes from, which layer it goes
// in, and why it is there. Everything after it (LLB, reports, evidence) is a
// pure function of the plan.
package plan

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// Plan is what one image will hold for one platform, on top of its base.
type Plan struct {
	// Platform is the image's platform, "linux/arm64/v8".
	Platform string `json:"platform"`
	// Entries is sorted by path, parents before children.
	Entries []Entry `json:"entries"`
	// Env holds the variables that parts need set, unless the spec sets them.
	Env map[string]string `json:"env,omitempty"`
}

// Kind is what an entry is.
type Kind string

// The kinds of entries.
const (
	KindFile    Kind = "file"
	KindDir     Kind = "dir"
	KindSymlink Kind = "link"
)

// Layer names a layer of the image; layers are stacked in the order of Layers.
type Layer string

// The layers above the base: what changes least comes first.
const (
	LayerParts     Layer = "parts"
	LayerLibraries Layer = "libraries"
	LayerPrograms  Layer = "programs" // what the spec takes from its sources
	LayerApp       Layer = "app"      // what comes with the build context
)

// Layers is every layer, from the base up.
var Layers = []Layer{LayerParts, LayerLibraries, LayerPrograms, LayerApp}

// layerOf is the layer of a file that the spec names. The build context changes
// most: a new configuration must not make a program from a distribution ship
// anew.
func layerOf(tree string) Layer {
	if tree == TreeContext {
		return LayerApp
	}
	return LayerPrograms
}

// Entry is one path of the image.
type Entry struct {
	// Path is absolute and physical: no parent of it is a symlink in the image.
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	// Mode holds the permission bits with setuid, setgid and sticky, as chmod
	// takes them. Zero for links.
	Mode uint32 `json:"mode,omitempty"`
	UID  uint32 `json:"uid,omitempty"`
	GID  uint32 `json:"gid,omitempty"`
	// Size is in bytes; files only.
	Size int64 `json:"size,omitempty"`
	// From is the file that is copied; nil for what is made here.
	From *Origin `json:"from,omitempty"`
	// Data is the content of a file that is made here.
	Data []byte `json:"data,omitempty"`
	// Target is what a link points to, literally.
	Target string `json:"target,omitempty"`
	// ModTime is set for directories of the base only, in seconds since 1970:
	// naming them in a layer must not change them. All else gets the epoch.
	ModTime *int64 `json:"modTime,omitempty"`
	// Within is the path of the directory entry that was asked for as a whole
	// and that this entry came with; its own path for that directory itself.
	Within string `json:"within,omitempty"`
	Layer  Layer  `json:"layer"`
	Reason Reason `json:"reason"`
}

// Origin is a file in a source tree.
type Origin struct {
	Tree string `json:"tree"`
	Path string `json:"path"`
}

// Cause is the kind of reason for which an entry ships.
type Cause string

// The causes.
const (
	CauseBinary      Cause = "binary"      // a program that the spec names
	CauseInterpreter Cause = "interpreter" // the dynamic loader of a program
	CauseLibrary     Cause = "library"     // an object that another one needs
	CauseLink        Cause = "link"        // a symlink on the way to a needed file
	CausePart        Cause = "part"        // a ready-made part
	CauseFile        Cause = "file"        // a file that the spec names
	CauseDirectory   Cause = "directory"   // a directory that the spec names
	CauseSymlink     Cause = "symlink"     // a link that the spec names
	CauseParent      Cause = "parent"      // a directory that holds another entry
)

// Reason says why an entry ships.
type Reason struct {
	Cause Cause `json:"cause"`
	// At is the path of the spec node that asked for it, directly or not.
	At string `json:"at,omitempty"`
	// Via tells how a library was found, "ld.so.cache".
	Via string `json:"via,omitempty"`
	// Chain is the objects that led to it, the program first.
	Chain []string `json:"chain,omitempty"`
	// For is the path that a link or a parent directory serves.
	For string `json:"for,omitempty"`
}

// Request is all that a plan depends on besides the source trees. It holds no
// more of the spec than the plan needs, so that a changed label leaves a cached
// analysis valid.
type Request struct {
	// Platform is the target, as in Plan.
	Platform string `json:"platform"`
	// Base is true when there is a tree named TreeBase under the image.
	Base bool `json:"base,omitempty"`
	// Trees names every other tree, in the order in which parts are looked for.
	// TreeContext is the build context.
	Trees []string `json:"trees"`
	// Outlines are the trees of which no more than this is known, by name.
	Outlines map[string]Outline `json:"outlines,omitempty"`

	Binaries    []spec.Binary     `json:"binaries,omitempty"`
	Libraries   spec.Libraries    `json:"libraries,omitzero"`
	Include     []spec.Part       `json:"include,omitempty"`
	Exclude     []string          `json:"exclude,omitempty"`
	Files       []spec.File       `json:"files,omitempty"`
	Directories []spec.Directory  `json:"directories,omitempty"`
	Links       []spec.Link       `json:"links,omitempty"`
	User        spec.Owner        `json:"user"`
	Env         map[string]string `json:"env,omitempty"`
	Workdir     string            `json:"workdir,omitempty"`
	Commands    []Command         `json:"commands,omitempty"`
}

// Command is a program that the image's config starts, by path or by a name
// that is looked up in PATH.
type Command struct {
	Name string `json:"name"`
	// Use is what it is started as, "entrypoint".
	Use string `json:"use"`
	At  string `json:"at"`
}

// Names of trees that no source can have.
const (
	TreeBase    = "(base)"
	TreeContext = "context"
)

// Result is what an analysis yields: a plan, and what was found on the way. The
// plan is to be used only when no finding is an error.
type Result struct {
	Plan        Plan      `json:"plan"`
	Diagnostics diag.List `json:"diagnostics,omitempty"`
	// NeedsContent tells that there is no plan because it depends on the content
	// of files in an outline.
	NeedsContent bool `json:"needsContent,omitempty"`
}

// TreeOf returns the name of the tree that a reference points into.
func TreeOf(r spec.Ref) string {
	if r.Source == "" {
		return TreeContext
	}
	return r.Source
}
