// Package plan decides what ships. It reads the evaluated spec and the source
// trees, from files alone, and yields a Plan: every path of the image that is
// not already in its base, what it is, where it comes from, which layer it goes
// in, and why it is there. Everything after it (LLB, reports, evidence) is a
// pure function of the plan.
package plan

import (
	"io/fs"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/packages"
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
	// Layers are the layers above the base, the lowest first. Each entry is in
	// one of them.
	Layers []Layer `json:"layers"`
	// Packages are the distribution packages that entries come from, sorted by
	// PURL.
	Packages []packages.Package `json:"packages,omitempty"`
	// BasePackages are those that the base image has, sorted by PURL.
	BasePackages []packages.Package `json:"basePackages,omitempty"`
}

// Kind is what an entry is.
type Kind string

// The kinds of entries.
const (
	KindFile    Kind = "file"
	KindDir     Kind = "dir"
	KindSymlink Kind = "link"
)

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
	// Layer is the name of the layer that it is in.
	Layer string `json:"layer"`
	// Package is the PURL of the package that owns it in its source.
	Package string `json:"package,omitempty"`
	Reason  Reason `json:"reason"`
}

// FileMode is Mode as Go has it.
func (e Entry) FileMode() fs.FileMode { return fileMode(e.Mode) }

// Evident tells whether it is a file that ships for what it says of packages.
func (e Entry) Evident() bool {
	return e.Kind == KindFile && e.Reason.Cause == CauseMetadata
}

// Origin is a file in a source tree.
type Origin struct {
	Tree string `json:"tree"`
	Path string `json:"path"`
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
	// Metadata tells whether package data ships.
	Metadata spec.Metadata `json:"metadata,omitempty"`
	// MaxLayers is how many layers there may be above the base.
	MaxLayers int `json:"maxLayers"`
	// Ask is about one path; nil asks nothing.
	Ask *Question `json:"ask,omitempty"`
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
	// Answer is to Request.Ask.
	Answer *Answer `json:"answer,omitempty"`
}

// TreeOf returns the name of the tree that a reference points into.
func TreeOf(r spec.Ref) string {
	if r.Source == "" {
		return TreeContext
	}
	return r.Source
}
