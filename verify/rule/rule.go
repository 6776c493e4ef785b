// Package rule is what a rule of package verify is made of: what can be said of it,
// its parameters, and a function that looks at a plan and reports what is against it.
// The rules themselves are in package rules.
package rule

import (
	"maps"
	"path"
	"slices"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// Off is the severity of a rule that is not asked. The others are those of findings.
const Off diag.Severity = "off"

// Rule is something that must hold of an image.
type Rule struct {
	// ID names the rule in packs, exemptions and reports: "no-shell". It never changes
	// and is never reused. Those of a pack's own rules begin with the pack's name:
	// "acme/team-label".
	ID string
	// Title says in one line what must hold, without a final period.
	Title string
	// Rationale says why, in Markdown paragraphs.
	Rationale string
	// Fixes are the ways out, each a sentence in Markdown.
	Fixes []string
	// Severity is what a pack that names the rule and no severity gives it.
	Severity diag.Severity
	// Since is the first version that has the rule.
	Since string
	// Params are what a pack can set.
	Params []Param
	// Standards are where others ask for the same.
	Standards []Standard
	// NeedsBase tells that the rule looks at the files of the base, which a plan has only
	// where it is asked for.
	NeedsBase bool
	// NeedsTime tells that the rule depends on when the image is judged. Where nobody
	// says when, it is not asked.
	NeedsTime bool
	// Reference is the image that the rule compares with, by its parameters; nil for a rule
	// that compares with none.
	Reference func(Values) string
	// Check looks at an image and reports what is against the rule. It is a function
	// of its argument alone.
	Check func(*Check)
}

// Standard is a requirement of somebody else that a rule serves.
type Standard struct {
	// Name is the document: one of the constants.
	Name string
	// ID is the requirement in it.
	ID string
}

// The documents that rules refer to.
const (
	CISDocker   = "CIS Docker Benchmark 1.6.0"
	NIST800190  = "NIST SP 800-190"
	PodSecurity = "Pod Security Standards"
)

// Check is one run of a rule over one image.
type Check struct {
	*Image
	// Params are the rule's parameters: those of the pack, else the defaults.
	Params Values
	found  []Violation
	err    error
}

// Violation is something that is against a rule.
type Violation struct {
	// Path is the file of the image that it is about; empty for none.
	Path string
	// At is the path of the spec node to blame. For a Path it is by default what
	// brought the file.
	At string
	// Message says what is wrong in one line, without a final period.
	Message string
	// Runtime is what would be seen at run time, verbatim.
	Runtime string
	// Fixes are ways out of this case; those of the rule by default.
	Fixes []string
}

// Report notes a violation.
func (c *Check) Report(v Violation) {
	e := c.Entry(v.Path)
	switch {
	case v.At != "" || v.Path == "":
	case e != nil:
		v.At = e.Reason.At
	case c.Plan.Base != nil:
		v.At = "base"
	}
	c.found = append(c.found, v)
}

// Fail notes why the rule cannot be asked; nil is nothing.
func (c *Check) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// File reports something about a file of the image.
func (c *Check) File(name, message string, fixes ...string) {
	c.Report(Violation{Path: name, Message: message, Fixes: fixes})
}

// Run runs the rule over an image, with parameters that Param.Parse has made. The error
// says why the rule could not be asked; none of the built-in ones has one.
func (r *Rule) Run(image *Image, params Values) ([]Violation, error) {
	c := &Check{Image: image, Params: Values{}}
	for _, p := range r.Params {
		c.Params[p.Name] = p.Default
	}
	maps.Copy(c.Params, params)
	r.Check(c)
	return c.found, c.err
}

// Param is the rule's parameter of a name.
func (r *Rule) Param(name string) (Param, bool) {
	i := slices.IndexFunc(r.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return Param{}, false
	}
	return r.Params[i], true
}

// Image is what rules look at: the plan of one platform's image, and what the build is
// for.
type Image struct {
	Plan *plan.Plan
	// Name is what the image is called, and Target the spec's target, empty for the
	// main image.
	Name, Target string
	// Platforms are all that the build makes an image for, sorted.
	Platforms []string
	// Time is when the image is judged; zero when nobody said.
	Time time.Time
	// Reference is how large another image is, to compare with; nil for none.
	Reference *Size
	// References are how large the images are that rules name to compare with, by their
	// names: see Rule.Reference.
	References map[string]Size

	entries  map[string]*plan.Entry
	kinds    map[string]plan.Kind
	links    map[string]string // their targets
	programs map[string]bool
	packages map[string]string // their names by PURL
	brought  map[bringer]int   // how many files and directories each item brings
	files    []File
}

// bringer is an item of the spec, and as what it brings something.
type bringer struct {
	at    string
	cause plan.Cause
}

// Size is how large an image is.
type Size struct {
	Bytes  int64 `json:"bytes"`
	Files  int64 `json:"files"`
	Layers int64 `json:"layers"`
}

// File is a path of the finished image: of the plan, or of its base.
type File struct {
	Path   string
	Kind   plan.Kind
	Mode   uint32
	UID    uint32
	GID    uint32
	Size   int64
	Target string
	// Capabilities are as in a plan's entry.
	Capabilities string
	// Entry is nil for what the base has.
	Entry *plan.Entry
}

// NewImage prepares a plan for rules. The plan must not change any more.
func NewImage(p *plan.Plan) *Image {
	i := &Image{
		Plan: p, entries: make(map[string]*plan.Entry, len(p.Entries)), kinds: make(map[string]plan.Kind, len(p.Entries)),
		links: map[string]string{}, brought: map[bringer]int{}, programs: map[string]bool{}, packages: map[string]string{},
	}
	for _, pkg := range p.Packages {
		i.packages[pkg.PURL] = pkg.Name
	}
	for n := range p.Entries {
		e := &p.Entries[n]
		i.entries[e.Path] = e
		i.kinds[e.Path] = e.Kind
		if e.Kind == plan.KindSymlink {
			i.links[e.Path] = e.Target
		} else {
			i.brought[bringer{e.Reason.At, e.Reason.Cause}]++
		}
		i.files = append(i.files, File{
			Path: e.Path, Kind: e.Kind, Mode: e.Mode, UID: e.UID, GID: e.GID, Size: e.Size, Target: e.Target,
			Capabilities: e.Capabilities, Entry: e,
		})
	}
	for _, f := range p.BaseFiles {
		if i.entries[f.Path] != nil {
			continue // replaced
		}
		i.kinds[f.Path] = f.Kind
		if f.Kind == plan.KindSymlink {
			i.links[f.Path] = f.Target
		}
		i.files = append(i.files, File{
			Path: f.Path, Kind: f.Kind, Mode: f.Mode, UID: f.UID, GID: f.GID, Size: f.Size, Target: f.Target, Capabilities: f.Capabilities,
		})
	}
	for _, f := range i.files {
		if f.Kind == plan.KindFile && f.Mode&0o111 != 0 {
			i.programs[f.Path] = true
		}
	}
	return i
}

// Entry is the plan's entry of a path; nil when the plan has none.
func (i *Image) Entry(name string) *plan.Entry { return i.entries[name] }

// Has reports whether the plan or, as far as it is known, the base has a path.
func (i *Image) Has(name string) bool { return i.kinds[name] != "" }

// IsExecutable reports whether a path, which is no link, is a program of the image.
func (i *Image) IsExecutable(name string) bool { return i.programs[name] }

// PackageName is the name of the package of a PURL; empty when the plan does not have it.
func (i *Image) PackageName(purl string) string { return i.packages[purl] }

// Kind is what a path is; empty for what is not known.
func (i *Image) Kind(name string) plan.Kind { return i.kinds[name] }

// Files are all files, directories and links of the image: those of the plan, and
// those of the base where the plan has them.
func (i *Image) Files() []File { return i.files }

// Asked reports whether the spec asks for this very file: it names it, or a script
// that it names cannot run without it.
func (i *Image) Asked(e *plan.Entry) bool {
	if e == nil {
		return false
	}
	switch e.Reason.Cause {
	case plan.CauseBinary, plan.CauseSymlink:
		return true
	case plan.CauseFile:
		return i.NamedItself(e)
	case plan.CauseScriptInterpreter:
		return len(e.Reason.Chain) > 1 && i.Asked(i.Entry(e.Reason.Chain[0]))
	case plan.CauseLink:
		return i.Asked(i.Entry(e.Reason.Path))
	}
	return false
}

// NamedItself reports whether an item of the spec brings this file and no other: not as
// one of many in a directory.
func (i *Image) NamedItself(e *plan.Entry) bool {
	return e.Reason.At != "" && e.Kind == plan.KindFile && i.brought[bringer{e.Reason.At, e.Reason.Cause}] == 1
}

// Follow is where a path of the image leads, as far as its links are known.
func (i *Image) Follow(name string) string {
	for range 40 { // as many as the kernel follows
		next, ok := i.step(name)
		if !ok {
			return name
		}
		name = next
	}
	return name
}

// step follows the first link on the way to a path.
func (i *Image) step(name string) (string, bool) {
	for end := 1; end <= len(name); end++ {
		if end < len(name) && name[end] != '/' {
			continue
		}
		if target, ok := i.links[name[:end]]; ok {
			return path.Join(join(name[:end], target), name[end:]), true
		}
	}
	return name, false
}
