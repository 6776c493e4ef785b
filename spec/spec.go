// Package spec is the user's side of Sinter: the declarative file that names a
// program and what it requires. It parses strictly, with positions, interpolates
// build arguments, applies defaults and targets, and validates; what comes out
// is plain data that the rest of Sinter reads and never changes.
package spec

import (
	"time"

	"github.com/sinter-build/sinter/parts"
)

// Spec is a whole spec file after interpolation, for one platform.
//
// Every item that can be to blame for a later error carries At, the path of its
// node in the document ("targets.debug.binaries[0]"), which Document.Range turns
// into a position.
type Spec struct {
	// Name is an optional name for the image, shown in progress.
	Name string `yaml:"name,omitempty" json:"name,omitempty" spec:"line"`
	// Args are the declared build arguments by name.
	Args map[string]Arg `yaml:"args,omitempty" json:"args,omitempty" spec:"keys=arg"`
	// Sources are the named file trees.
	Sources map[string]Source `yaml:"sources,omitempty" json:"sources,omitempty" spec:"keys=source"`
	// Base is "scratch" (also when empty in the file) or an image reference.
	Base string `yaml:"base,omitempty" json:"base,omitempty" spec:"image"`
	// Image is what the image holds and how it runs.
	Image `yaml:",inline"`
	// Exclude names default parts to leave out, recommended run-time libraries (by
	// SONAME, in which * stands for any text) not to ship, and what programs open when
	// they run (by path, or by the name of the package) not to ship.
	Exclude []string `yaml:"exclude,omitempty" json:"exclude,omitempty" spec:"exclusion"`
	// Runtime says what ships besides what the loader needs.
	Runtime Runtime `yaml:"runtime,omitempty" json:"runtime,omitzero"`
	// Metadata tells what the image carries about the packages that its files
	// come from: packages for all of it, scanners for what scanners read without the
	// texts of licences, none for nothing.
	Metadata Metadata `yaml:"metadata,omitempty" json:"metadata,omitempty"`
	// Policy says what the image is judged by before it is exported.
	Policy *Policy `yaml:"policy,omitempty" json:"policy,omitempty"`
	// Layers says how the image is split.
	Layers Layers `yaml:"layers,omitempty" json:"layers,omitzero"`
	// Platforms is the default for builds that name none, like "linux/arm64".
	Platforms []string `yaml:"platforms,omitempty" json:"platforms,omitempty" spec:"platform"`
	// Targets are variants: the main image and then more.
	Targets map[string]Target `yaml:"targets,omitempty" json:"targets,omitempty" spec:"keys=target"`

	// TargetPolicy is that of the target which is built, if it has one.
	TargetPolicy *TargetPolicy `yaml:"-" json:"-"`
	// moved are the document paths of values that a target set, by their path
	// in the merged image.
	moved map[string]string
}

// Image is the part of a spec that a target can extend: lists are appended,
// maps are merged, single values are replaced.
type Image struct {
	// Binaries are the programs to ship, with every library that they need.
	Binaries []Binary `yaml:"binaries,omitempty" json:"binaries,omitempty"`
	// Libraries says where shared libraries come from.
	Libraries Libraries `yaml:"libraries,omitempty" json:"libraries,omitzero"`
	// Include lists ready-made parts. Accounts, tmp and nsswitch are there
	// unless they are excluded.
	Include []Part `yaml:"include,omitempty" json:"include,omitempty"`
	// Files are files and directories that ship as they are.
	Files []File `yaml:"files,omitempty" json:"files,omitempty"`
	// Directories are directories to make.
	Directories []Directory `yaml:"directories,omitempty" json:"directories,omitempty"`
	// Links are symbolic links to make.
	Links []Link `yaml:"links,omitempty" json:"links,omitempty"`
	// User is who the program runs as: UID or UID:GID, in numbers or in names that the
	// base or a source has. The image has the numbers. The default is 65532:65532,
	// whatever the base has.
	User *NamedOwner `yaml:"user,omitempty" json:"user,omitempty"`
	// Entrypoint is the program to start and its first arguments; the only
	// binary by default. It is a list, as there is no shell to split a line.
	Entrypoint []string `yaml:"entrypoint,omitempty" json:"entrypoint,omitempty" spec:"argv"`
	// Cmd lists further arguments, which a user can replace when running the image.
	Cmd []string `yaml:"cmd,omitempty" json:"cmd,omitempty" spec:"argv"`
	// Env are environment variables by name. In a value, ${NAME} is a build argument
	// of that name, or else a variable: another of these, or one of the base, as in
	// PATH: "/opt/app/bin:${PATH}".
	Env map[string]Template `yaml:"env,omitempty" json:"env,omitempty" spec:"template,keys=env"`
	// Workdir is the directory in which the program starts. It is made when
	// nothing else makes it.
	Workdir string `yaml:"workdir,omitempty" json:"workdir,omitempty" spec:"workdir"`
	// Ports are the ports that the program listens on: 8080, 53/udp or
	// 8000-8010/tcp. Evaluated, each is one port with its protocol.
	Ports []string `yaml:"ports,omitempty" json:"ports,omitempty" spec:"port"`
	// Volumes are directories that hold data which outlives a container.
	Volumes []string `yaml:"volumes,omitempty" json:"volumes,omitempty" spec:"volume"`
	// Labels are labels of the image's config by name.
	Labels map[string]string `yaml:"labels,omitempty" json:"labels,omitempty" spec:"text,keys=label"`
	// Annotations are annotations of the image's manifest by name.
	Annotations map[string]string `yaml:"annotations,omitempty" json:"annotations,omitempty" spec:"text,keys=annotation"`
	// StopSignal is the signal that asks the program to end, such as SIGQUIT.
	StopSignal string `yaml:"stopSignal,omitempty" json:"stopSignal,omitempty" spec:"signal"`
	// Healthcheck is how a runtime asks whether the program is well.
	Healthcheck *Healthcheck `yaml:"healthcheck,omitempty" json:"healthcheck,omitempty"`
	// Tests are what the finished image must do and hold before it is exported.
	Tests []Test `yaml:"tests,omitempty" json:"tests,omitempty"`
}

// Target is a variant of the main image.
type Target struct {
	// Description says what the target is for, in the list of targets.
	Description string `yaml:"description,omitempty" json:"description,omitempty" spec:"text"`
	Image       `yaml:",inline"`
	// Policy adds to what the image is judged by.
	Policy *TargetPolicy `yaml:"policy,omitempty" json:"policy,omitempty"`
	At     string        `yaml:"-" json:"-"`
}

// Arg is a build argument. A scalar in the file is its default.
type Arg struct {
	// Default is the value when the build gives none; without one the build must.
	Default *string `yaml:"default,omitempty" json:"default,omitempty" spec:"text,short"`
	// Description says what the argument is for, in the outline.
	Description string `yaml:"description,omitempty" json:"description,omitempty" spec:"text"`
	At          string `yaml:"-" json:"-"`
}

// Source is a named file tree: exactly one of the kinds is set. One with none
// must be supplied from outside with --build-context NAME=….
// A scalar in the file is an image reference.
type Source struct {
	// Image is an image reference, as in a Dockerfile's FROM.
	Image string `yaml:"image,omitempty" json:"image,omitempty" spec:"image,short"`
	// Packages are installed into the image by its own package manager.
	Packages []string `yaml:"packages,omitempty" json:"packages,omitempty" spec:"package"`
	// Repositories are where packages come from besides the image's own
	// repositories. They are for images with apt.
	Repositories []Repository `yaml:"repositories,omitempty" json:"repositories,omitempty"`
	// Context is a directory of the build context, "." for all of it.
	Context string `yaml:"context,omitempty" json:"context,omitempty" spec:"contextpath"`
	// Dockerfile is a file in the build context, or, when it holds a line
	// break, the Dockerfile text itself. That text has build arguments of its
	// own: ${NAME} in it is left to Docker, and args below gives it values.
	Dockerfile string `yaml:"dockerfile,omitempty" json:"dockerfile,omitempty" spec:"dockerfile"`
	// Target is the stage of the Dockerfile to use; the last by default.
	Target string `yaml:"target,omitempty" json:"target,omitempty" spec:"line"`
	// Args are the Dockerfile's build arguments.
	Args map[string]string `yaml:"args,omitempty" json:"args,omitempty" spec:"text,keys=arg"`
	// Git is a repository as in `docker build URL`, "https://…/repo.git#ref:dir".
	Git string `yaml:"git,omitempty" json:"git,omitempty" spec:"git"`
	// HTTP is a URL of one file, which appears at the root of the tree.
	HTTP string `yaml:"http,omitempty" json:"http,omitempty" spec:"url"`
	// Checksum is the file's digest, "sha256:…"; with HTTP alone.
	Checksum string `yaml:"checksum,omitempty" json:"checksum,omitempty" spec:"digest"`
	// Filename is the file's name in the tree; the URL's last element by default.
	Filename string `yaml:"filename,omitempty" json:"filename,omitempty" spec:"filename"`
	// Unpack extracts the archive that HTTP names instead of keeping it whole.
	Unpack bool   `yaml:"unpack,omitempty" json:"unpack,omitempty"`
	At     string `yaml:"-" json:"-"`
}

// Repository is an apt repository. A scalar in the file is its URL.
type Repository struct {
	// URL is where the repository's dists directory is.
	URL string `yaml:"url" json:"url" spec:"url,short"`
	// Suite is the release to take, such as bookworm-backports; that of the image
	// by default. One that ends in a slash is a directory with packages instead.
	Suite string `yaml:"suite,omitempty" json:"suite,omitempty" spec:"suite"`
	// Components are parts of the suite; main by default.
	Components []string `yaml:"components,omitempty" json:"components,omitempty" spec:"suite"`
	// Key is a file with the OpenPGP keys that sign the repository, SOURCE:PATH or
	// PATH in the build context; the image's own keys by default.
	Key *Ref   `yaml:"key,omitempty" json:"key,omitempty"`
	At  string `yaml:"-" json:"-"`
}

// Ref is a path in a source, written SOURCE:PATH, or PATH for the build context.
type Ref struct {
	// Source is "" for the main build context.
	Source string `json:"source,omitempty"`
	// Path is absolute and clean, relative to the root of the source.
	Path string `json:"path"`
	// Dir is true when it was written with a trailing slash.
	Dir bool `json:"dir,omitempty"`
}

// Linkage is what the user says about how a program is linked.
type Linkage string

// The linkages.
const (
	LinkageAny     Linkage = "any"
	LinkageStatic  Linkage = "static"
	LinkageDynamic Linkage = "dynamic"
)

// Runtime says what ships of what programs open when they run.
type Runtime struct {
	// Needs says whether anything does.
	Needs Needs `yaml:"needs,omitempty" json:"needs,omitempty" spec:"short"`
	// Java is for programs that a Java runtime runs.
	Java Java `yaml:"java,omitempty" json:"java,omitzero"`
	// Node is for programs that Node.js runs.
	Node Node `yaml:"node,omitempty" json:"node,omitzero"`
	// Python is for programs that Python runs.
	Python Python `yaml:"python,omitempty" json:"python,omitzero"`
}

// Java says what ships of a Java runtime.
type Java struct {
	// Modules are those that ship with what they require: their names, or auto for those
	// that the classes of the app use. All of them by default.
	Modules []string `yaml:"modules,omitempty" json:"modules,omitempty" spec:"javamodule,one"`
}

// ModulesAuto stands for the modules that the classes of an app use.
const ModulesAuto = "auto"

// Node says what ships of an app for Node.js.
type Node struct {
	// Trim tells what is left out of packages: imports for the files that no import
	// reaches, none for nothing, which is the default.
	Trim Trim `yaml:"trim,omitempty" json:"trim,omitempty"`
}

// Python says what ships of the standard library of Python.
type Python struct {
	// Trim tells what is left out of it: imports for the modules that no import
	// reaches, none for nothing but what programs rarely import, which is the default.
	Trim Trim `yaml:"trim,omitempty" json:"trim,omitempty"`
}

// Trim tells what is left out of what a language would open.
type Trim string

// The kinds of trimming: TrimImports leaves out what no import reaches.
const (
	TrimNone    Trim = "none"
	TrimImports Trim = "imports"
)

// Needs says which files ship of those that programs open when they run.
type Needs string

// The kinds of needs: NeedsAuto is what programs are known to open, by their own
// strings, their packages and their languages; NeedsClosure is what the loader opens
// and nothing else.
const (
	NeedsAuto    Needs = "auto"
	NeedsClosure Needs = "closure"
)

// Metadata is what an image carries about packages.
type Metadata string

// The kinds of metadata.
const (
	MetadataPackages Metadata = "packages"
	MetadataScanners Metadata = "scanners"
	MetadataNone     Metadata = "none"
)

// DefaultMaxLayers is how many layers there are at most above the base.
const DefaultMaxLayers = 10

// Layers says how an image is split into layers.
type Layers struct {
	// Max is how many layers there may be above the base's, from 1 on.
	Max int `yaml:"max,omitempty" json:"max,omitempty" spec:"layercount"`
}

// Binary is a program. A scalar in the file is its From.
type Binary struct {
	// From is where the program is: SOURCE:PATH, or PATH in the build context.
	From Ref `yaml:"from" json:"from" spec:"short"`
	// To is where it goes, absolute; the path it has in its source by default.
	// One with a trailing slash is the directory to put it in.
	To string `yaml:"to,omitempty" json:"to" spec:"destination"`
	// Linkage is what the program has to be: static, dynamic, or any of the two.
	Linkage Linkage `yaml:"linkage,omitempty" json:"linkage"`
	// Mode is the file mode in octal; that of the source by default.
	Mode *uint32 `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Owner is UID or UID:GID, in numbers or in names that the source has; that of the
	// source by default.
	Owner *NamedOwner `yaml:"owner,omitempty" json:"owner,omitempty"`
	At    string      `yaml:"-" json:"at"`
}

// Libraries says where shared libraries come from, and which are opened only at
// run time.
type Libraries struct {
	// From names the sources to search after the binary's own; without it these are the sources of the
	// binaries.
	From []string `yaml:"from,omitempty" json:"from,omitempty" spec:"sourcename"`
	// Add names libraries that no ELF header names: a SONAME to search for, or
	// an absolute path.
	Add []Library `yaml:"add,omitempty" json:"add,omitempty"`
	// Provided names libraries that the host gives to the container when it runs, such
	// as those of a driver: they do not ship. Each is a SONAME, in which * stands for
	// any text, or a preset: nvidia.
	Provided []Provided `yaml:"provided,omitempty" json:"provided,omitempty"`
	// CheckSymbols also warns of symbols that libraries opened at run time leave
	// to a program that does not have them.
	CheckSymbols bool `yaml:"checkSymbols,omitempty" json:"checkSymbols,omitempty"`
}

// Library is one entry of Libraries.Add, a scalar in the file.
type Library struct {
	Name string `json:"name"`
	At   string `json:"at"`
}

// Provided is one entry of Libraries.Provided, a scalar in the file.
type Provided struct {
	Name string `json:"name"`
	At   string `json:"at"`
}

// Part is a ready-made set of files, one of package parts: a scalar name in the
// file, or a mapping of the name to those of its settings that the part takes.
type Part struct {
	Name string `json:"name"`
	// From names the source that the part comes from. By default it is the one that
	// the program is from, if it has the part, or else the only one that has it.
	From string `yaml:"from,omitempty" json:"from,omitempty" spec:"sourcename"`
	// Add lists PEM files to append.
	Add []Ref  `yaml:"add,omitempty" json:"add,omitempty"`
	At  string `yaml:"-" json:"at"`
}

// SettingAt is the document path of one of the part's settings.
func (p Part) SettingAt(s parts.Setting) string {
	return join(join(p.At, p.Name), string(s))
}

// File is a file or directory that ships as it is, or a file whose text stands in the
// spec. A scalar in the file is its From. A directory's contents go to To; a file goes into To when that was
// written with a trailing slash.
type File struct {
	// From is a file or directory: SOURCE:PATH, or PATH in the build context.
	From Ref `yaml:"from,omitempty" json:"from,omitzero" spec:"short"`
	// Content is the text of the file, in place of From. It needs To; its mode is 0644
	// and its owner 0:0 unless they are set.
	Content *string `yaml:"content,omitempty" json:"content,omitempty" spec:"text"`
	// To is where it goes, absolute; the path it has in its source by default.
	// With a trailing slash it is a directory that a file is put into.
	To string `yaml:"to,omitempty" json:"to" spec:"destination"`
	// ToDir is true when To was written with a trailing slash.
	ToDir bool `yaml:"-" json:"toDir,omitempty"`
	// Mode is the mode of regular files in octal; that of the source by default.
	Mode *uint32 `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Owner is UID or UID:GID, in numbers or in names that the source has; that of the
	// source by default.
	Owner *NamedOwner `yaml:"owner,omitempty" json:"owner,omitempty"`
	At    string      `yaml:"-" json:"at"`
}

// Directory is a directory to make. A scalar in the file is its Path.
type Directory struct {
	// Path is where it is in the image, absolute.
	Path string `yaml:"path" json:"path" spec:"path,short"`
	// Mode is its mode in octal; 0755 by default.
	Mode *uint32 `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Owner is UID or UID:GID, in numbers or in names that the image has; 0:0 by
	// default.
	Owner *NamedOwner `yaml:"owner,omitempty" json:"owner,omitempty"`
	At    string      `yaml:"-" json:"at"`
}

// Link is a symbolic link to make.
type Link struct {
	// Path is where the link is in the image, absolute.
	Path string `yaml:"path" json:"path" spec:"path"`
	// Target is where it points: absolute, or relative to the link's directory.
	Target string `yaml:"target" json:"target" spec:"line"`
	At     string `yaml:"-" json:"at"`
}

// Owner is a user and group, "65532:65532" in the file. One number alone is both.
type Owner struct {
	UID uint32 `json:"uid"`
	GID uint32 `json:"gid"`
}

// NamedOwner is whose a file is, or who the program runs as. A name is that of an account
// of the source, or of the image; what ships is its number.
type NamedOwner struct {
	Owner
	// User and Group are names in place of the numbers.
	User  string `json:"user,omitempty"`
	Group string `json:"group,omitempty"`
	// OwnGroup tells that a user was named alone: the group is the user's.
	OwnGroup bool `json:"ownGroup,omitempty"`
}

// Named reports whether the numbers are still to be looked up.
func (o NamedOwner) Named() bool { return o.User != "" || o.Group != "" }

// Healthcheck is how a runtime asks whether the program is well.
type Healthcheck struct {
	// Test is the program to run and its arguments, without CMD.
	Test []string `yaml:"test" json:"test" spec:"argv"`
	// Interval is the time between two checks, such as 30s.
	Interval time.Duration `yaml:"interval,omitempty" json:"interval,omitempty"`
	// Timeout is how long one check may take.
	Timeout time.Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// StartPeriod is how long the program has to start before failures count.
	StartPeriod time.Duration `yaml:"startPeriod,omitempty" json:"startPeriod,omitempty"`
	// StartInterval is the time between two checks while the program starts.
	StartInterval time.Duration `yaml:"startInterval,omitempty" json:"startInterval,omitempty"`
	// Retries is how many failures in a row make the container unhealthy.
	Retries int    `yaml:"retries,omitempty" json:"retries,omitempty"`
	At      string `yaml:"-" json:"at"`
}
