// Package plan is the plan of an image as data: what the image holds for one
// platform, file by file, and why; the layers, the packages, the base and the
// sources, and how the image runs. Package resolve makes plans; LLB, reports,
// SBOMs and rules are functions of them and need nothing else.
//
// A plan is plain, sorted and can be written as JSON. Version says which form it
// has, and Schema describes that form for programs that read it.
package plan

import (
	"cmp"
	"io/fs"
	"strings"
)

// Version is the version of the JSON form of a Plan. It grows when a reader of
// the former one would go wrong; new keys alone do not change it.
const Version = 1

// Plan is what one image will hold for one platform, on top of its base.
type Plan struct {
	// Version is the constant Version of the program that made the plan.
	Version int `json:"version"`
	// Platform is the image's platform, "linux/arm64/v8".
	Platform string `json:"platform"`
	// Base is the image that the layers are put on; nil for scratch.
	Base *Base `json:"base,omitempty"`
	// Sources are the file trees that the image can take files from, sorted by
	// name.
	Sources []Source `json:"sources,omitempty"`
	// Config is how the image runs.
	Config Config `json:"config"`
	// Entries is sorted by path, parents before children.
	Entries []Entry `json:"entries"`
	// Layers are the layers above the base, the lowest first. Each entry is in
	// one of them.
	Layers []Layer `json:"layers"`
	// Packages are the distribution packages that entries come from, sorted by
	// PURL.
	Packages []Package `json:"packages,omitempty"`
	// Provided are the libraries that the image needs and does not have: the host gives
	// them to the container. Sorted by name.
	Provided []Provided `json:"provided,omitempty"`
	// LeftOut is what of the spec's directories does not ship, sorted by path.
	LeftOut []LeftOut `json:"leftOut,omitempty"`
	// Wanted is what programs of the image may open and what no evidence is enough for,
	// though a source has it, sorted by path.
	Wanted []Wanted `json:"wanted,omitempty"`
	// BasePackages are those that the base image has, sorted by PURL.
	BasePackages []Package `json:"basePackages,omitempty"`
	// BaseFiles are the files of the base, sorted by path. They are there only where a
	// rule of the image's policy looks at them.
	BaseFiles []BaseFile `json:"baseFiles,omitempty"`
	// Annotations are those of the image's manifest.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Base is the image that an image is built on.
type Base struct {
	// Reference is the image as the spec names it, "debian:bookworm-slim".
	Reference string `json:"reference"`
	// Digest is that of the manifest which the reference led to, "sha256:…". It
	// is empty when the build gave another tree in the image's place.
	Digest string `json:"digest,omitempty"`
	// Given tells that the build gave something else in the image's place
	// (--build-context).
	Given bool `json:"given,omitempty"`
	// By is the image or URL that it gave. It is empty for a directory and for the
	// result of another build.
	By string `json:"by,omitempty"`
}

// Source is a file tree that files can come from.
type Source struct {
	// Name is what the spec calls it; TreeContext is the build context.
	Name string     `json:"name"`
	Kind SourceKind `json:"kind"`
	// Reference is the image, the URL, the Dockerfile or the directory. It is
	// empty for the build context and for the text of a Dockerfile in the spec.
	Reference string `json:"reference,omitempty"`
	// Digest pins the content, "sha256:…", where it is known before the build:
	// of an image's manifest, or of a file with a checksum.
	Digest string `json:"digest,omitempty"`
	// Packages are installed into the image of the source.
	Packages []string `json:"packages,omitempty"`
}

// Pinned reports whether the source is named by a digest, so that the next build gets the
// same: an image by that of its manifest, a repository by a commit, a download by its
// checksum. Sources of other kinds cannot be pinned.
func (s Source) Pinned() bool {
	switch s.Kind {
	case SourceImage:
		return strings.Contains(s.Reference, "@")
	case SourceGit:
		_, ref, _ := strings.Cut(s.Reference, "#")
		commit, _, _ := strings.Cut(ref, ":")
		sha1, sha256 := 40, 64 // digits
		return (len(commit) == sha1 || len(commit) == sha256) && strings.Trim(commit, "0123456789abcdef") == ""
	case SourceHTTP:
		return s.Digest != ""
	}
	return false
}

// SourceKind is where a source's files are from.
type SourceKind string

// The kinds of sources.
const (
	SourceImage      SourceKind = "image"
	SourceDockerfile SourceKind = "dockerfile"
	SourceContext    SourceKind = "context" // the build context or a directory of it
	SourceGit        SourceKind = "git"
	SourceHTTP       SourceKind = "http"
	SourceNamed      SourceKind = "named" // given with the build, by --build-context
)

// LeftOut is files of directories that the spec names which do not ship: programs of the
// image cannot open them, or need not as the spec says.
type LeftOut struct {
	// Path is the directory of the image that they would be in.
	Path string `json:"path"`
	// Why says why they do not ship: "a build for darwin-arm64".
	Why string `json:"why"`
	// Files is how many there are.
	Files int `json:"files"`
	// Size is that of all of them, in bytes.
	Size int64 `json:"size"`
	// At is the path of the spec node that names the directory.
	At string `json:"at"`
}

// Wanted is a file or directory that does not ship, for hardly a user of a program needs it:
// a shell, or all charsets.
type Wanted struct {
	// Path is where it is in its source and would be in the image.
	Path string `json:"path"`
	// Tree is the source that has it.
	Tree string `json:"tree"`
	// By is the path of the program that may open it.
	By string `json:"by"`
	// Why says what the program does with it: "runs sort by a shell".
	Why string `json:"why"`
	// Size is that of its files, in bytes.
	Size int64 `json:"size"`
	// At is the path of the spec node that the program is there for.
	At string `json:"at"`
	// Told tells that there is more to it than a function that could do it, so that it
	// is worth a word in every build.
	Told bool `json:"told,omitempty"`
}

// Provided is a library that is needed and that the spec leaves to the host, whose
// container runtime is to put it into the container.
type Provided struct {
	// Name is what the objects that need it call it, "libcuda.so.1".
	Name string `json:"name"`
	// NeededBy are the paths of these objects, sorted.
	NeededBy []string `json:"neededBy"`
	// At is the path of the spec node that says so.
	At string `json:"at"`
}

// String is "libcuda.so.1, needed by /usr/bin/app".
func (p Provided) String() string {
	return p.Name + ", needed by " + strings.Join(p.NeededBy, ", ")
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
	// takes them. Zero for symlinks.
	Mode uint32 `json:"mode,omitempty"`
	// UID is the number of the user who owns it.
	UID uint32 `json:"uid,omitempty"`
	// GID is the number of the group that owns it.
	GID uint32 `json:"gid,omitempty"`
	// Owner is what these are called in the tree that the file is from, or in the
	// image: "www-data:www-data". It is empty for root's files and where no name is
	// known. The image has the numbers alone.
	Owner string `json:"owner,omitempty"`
	// Capabilities are those that executing the file gives, as getcap prints them:
	// "cap_net_bind_service=ep". Empty for none, and for files that cannot be
	// executed.
	Capabilities string `json:"capabilities,omitempty"`
	// Size is in bytes; files only.
	Size int64 `json:"size,omitempty"`
	// From is the file that is copied; nil for what is made here.
	From *Origin `json:"from,omitempty"`
	// Made is set where what ships is made of that file. The analysis makes it.
	Made *Made `json:"made,omitempty"`
	// Data is the content of a file that is made here.
	Data []byte `json:"data,omitempty"`
	// Target is what a symlink points to, literally.
	Target string `json:"target,omitempty"`
	// ModTime is set for what keeps its own time, in seconds since 1970: directories
	// of the base, which a layer must not change by naming them, and files whose time
	// stands in another one, as that of a Python module does in its bytecode. All
	// else gets the time of the image.
	ModTime *int64 `json:"modTime,omitempty"`
	// Verbatim is set for a directory that comes from a source with all that is
	// in it there: each of these files is in the plan, below this directory and
	// with the mode that it has in the source.
	Verbatim bool `json:"verbatim,omitempty"`
	// Replaces is what would have the path otherwise: a file or link of the base, or
	// a file of a directory that the spec names, too.
	Replaces *Origin `json:"replaces,omitempty"`
	// Layer is the name of the layer that it is in.
	Layer string `json:"layer"`
	// Package is the PURL of the package that owns it in its source.
	Package string `json:"package,omitempty"`
	Reason  Reason `json:"reason"`
	// ELF is what the file says of itself, if it is a program or a library.
	ELF *ELF `json:"elf,omitempty"`
	// Interpreter is the program that the kernel starts for this one: a dynamic loader,
	// or what a script names after #!. It is empty for what needs none.
	Interpreter string `json:"interpreter,omitempty"`
	// InterpreterArgument is what a script's #! line gives to it, as in #!/usr/bin/env sh.
	InterpreterArgument string `json:"interpreterArgument,omitempty"`
	// Certificates are the X.509 certificates in it, in PEM.
	Certificates *Certificates `json:"certificates,omitempty"`
	// Secrets are what looks like keys and tokens in it, by their exact formats.
	Secrets []Secret `json:"secrets,omitempty"`
}

// Made says how a file of the image is made of one in a source tree.
type Made struct {
	Kind MadeKind `json:"kind"`
	// Modules are those of a Java runtime that stay, sorted.
	Modules []string `json:"modules,omitempty"`
}

// MadeKind is a way to make a file of another one.
type MadeKind string

// MadeJavaModules is lib/modules of a Java runtime with some of its modules.
const MadeJavaModules MadeKind = "java-modules"

// Origin is a file in a source tree.
type Origin struct {
	// Tree is the name of a source, "context" for the build context or "(base)" for
	// the base image.
	Tree string `json:"tree"`
	// Path is absolute and physical in the tree.
	Path string `json:"path"`
}

// Names of trees that no source can have.
const (
	TreeBase    = "(base)"
	TreeContext = "context"
	TreeImage   = "(image)" // the image itself, while it is made or when it is finished
)

// Reference is how a spec names the file: "SOURCE:PATH", or the path alone for
// the build context.
func (o Origin) Reference() string {
	if o.Tree == TreeContext {
		return strings.TrimPrefix(o.Path, "/")
	}
	return o.Tree + ":" + o.Path
}

// TreeOf is the tree of a source of the spec, by its name; what names none is in the build
// context.
func TreeOf(source string) string { return cmp.Or(source, TreeContext) }

// TreeName names a tree for a person: "the base image", "source debian". Every
// message names trees so.
func TreeName(tree string) string {
	switch tree {
	case TreeBase:
		return "the base image"
	case TreeContext:
		return "the build context"
	case TreeImage:
		return "the image"
	}
	return "source " + tree
}

// Layer is a layer of the image.
type Layer struct {
	// Name is what entries call it: "libc", "libraries/libcrypto.so.3", "app".
	Name string `json:"name"`
	// Title says what it holds, for a person: "libssl3 3.0.15-1".
	Title string `json:"title"`
}

// FileMode is Mode as Go has it.
func (e Entry) FileMode() fs.FileMode {
	out := fs.FileMode(e.Mode & 0o777)
	for _, s := range specialBits {
		if e.Mode&s.chmod != 0 {
			out |= s.bit
		}
	}
	return out
}

// IsMetadata reports whether the entry is a file of package metadata: it says which
// packages the image's files are from.
func (e Entry) IsMetadata() bool {
	return e.Kind == KindFile && e.Reason.Cause == CauseMetadata
}

// ModeOf returns the mode bits of a file as an Entry has them.
func ModeOf(mode fs.FileMode) uint32 {
	out := uint32(mode.Perm())
	for _, s := range specialBits {
		if mode&s.bit != 0 {
			out |= s.chmod
		}
	}
	return out
}

// specialBits pairs Go's mode bits with chmod's.
var specialBits = []struct {
	bit   fs.FileMode
	chmod uint32
}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}}

// FillSizes sets the sizes of files that were planned without them.
func (p *Plan) FillSizes(tree string, size func(path string) int64) {
	for i, e := range p.Entries {
		if e.Kind == KindFile && e.From != nil && e.From.Tree == tree {
			p.Entries[i].Size = size(e.From.Path)
		}
	}
}
