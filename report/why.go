package report

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Answers is what explain writes as JSON when it is asked about a path: an answer
// for each image of a build.
type Answers struct {
	Version int      `json:"version"`
	Answers []Answer `json:"answers"`
}

// Answer tells of one path in one image.
type Answer struct {
	Name     string `json:"name,omitempty"`
	Platform string `json:"platform"`
	Base     string `json:"base,omitempty"`
	Question string `json:"question"`
	// Found is "image" when the plan ships it, "base" when the base has it, and
	// "absent" when the image has no such path.
	Found string `json:"found"`
	// At are the paths where it physically is, and Links those that were
	// followed to get there.
	At    []string    `json:"at,omitempty"`
	Links []plan.Link `json:"links,omitempty"`
	// Entries are what the plan has there; for a directory that other things
	// stand in, these too.
	Entries []Entry `json:"entries,omitempty"`
	// Provided is the library of that name that the host is to provide; nil if there
	// is none.
	Provided *Provided `json:"provided,omitempty"`
	// Elsewhere is what the base and the sources have.
	Elsewhere *plan.Answer `json:"elsewhere,omitempty"`
	// Unseen are sources that could not be looked at.
	Unseen []string `json:"unseen,omitempty"`

	img *Image
}

// The values of Answer.Found.
const (
	FoundImage  = "image"
	FoundBase   = "base"
	FoundAbsent = "absent"
)

// Why looks a path up in an image, or a name that a file of any directory may
// have. An absent one is only fully answered by Complete.
func (i *Image) Why(question string) Answer {
	a := Answer{Name: i.Name, Platform: i.Platform, Base: i.Base, Question: question, Found: FoundAbsent, img: i}
	names := []string{path.Clean(question)}
	if !path.IsAbs(question) {
		names = i.named(question)
	}
	view := i.view()
	for _, name := range names {
		if found, err := rootfs.Resolve(view, name); err == nil {
			a.add(found)
		} else if i.entry(name) != nil { // a link that leads into the base, or nowhere
			a.At = append(a.At, name)
		}
	}
	a.collect()
	if n := slices.IndexFunc(i.Provided, func(p Provided) bool { return p.Name == path.Base(question) }); n >= 0 && a.Found == FoundAbsent {
		a.Provided = &i.Provided[n]
	}
	return a
}

// named lists the files and links of a name, or else the directories. What is
// only there for others is not what one asks for by a name: "curl" is a program,
// and no directory with its licence.
func (i *Image) named(name string) []string {
	var files, dirs []string
	for _, e := range i.Entries {
		switch {
		case path.Base(e.Path) != name:
		case e.Reason.Cause == plan.CauseParent || e.Reason.Cause == plan.CauseMetadata:
		case e.Kind == plan.KindDir:
			dirs = append(dirs, e.Path)
		default:
			files = append(files, e.Path)
		}
	}
	if len(files) > 0 {
		return files
	}
	return dirs
}

// add adds where a path leads, unless another leads there too.
func (a *Answer) add(found rootfs.Resolved) {
	if !slices.Contains(a.At, found.Path) {
		a.At = append(a.At, found.Path)
	}
	for _, l := range found.Links {
		if link := plan.Link(l); !slices.Contains(a.Links, link) {
			a.Links = append(a.Links, link)
		}
	}
}

// Complete adds what a search of the sources has found.
func (a *Answer) Complete(found *plan.Answer) {
	a.Elsewhere = found
	if found == nil {
		return
	}
	if !path.IsAbs(a.Question) && slices.ContainsFunc(found.Candidates, func(s plan.Candidate) bool { return s.Tree == plan.TreeBase }) {
		a.Found = FoundBase
	}
	if found.At == "" {
		return
	}
	a.At, a.Links, a.Found = []string{found.At}, found.Links, FoundBase
	a.collect()
}

// collect adds the entries at the paths in At.
func (a *Answer) collect() {
	for _, at := range a.At {
		for _, e := range a.img.Entries {
			if e.Path == at || strings.HasPrefix(e.Path, strings.TrimSuffix(at, "/")+"/") {
				a.Entries, a.Found = append(a.Entries, e), FoundImage
			}
		}
	}
}

// view is the tree of the entries, to follow links in.
func (i *Image) view() *rootfs.View {
	v := rootfs.NewView()
	for _, e := range i.Entries {
		// Parents come first and are no links, so that nothing is in the way.
		switch e.Kind {
		case plan.KindDir:
			_ = v.AddDir(e.Path, 0o755, 0, 0)
		case plan.KindSymlink:
			_ = v.AddLink(e.Path, e.Target)
		default:
			_ = v.AddData(e.Path, nil, fs.FileMode(0), 0, 0)
		}
	}
	return v
}

func (i *Image) entry(at string) *Entry {
	n := slices.IndexFunc(i.Entries, func(e Entry) bool { return e.Path == at })
	if n < 0 {
		return nil
	}
	return &i.Entries[n]
}

// JSON is the document as indented text.
func (as Answers) JSON() ([]byte, error) {
	as.Version = Version
	return marshal(as)
}

// Text is the answers for a person.
func (as Answers) Text() string {
	var out page
	for n := range as.Answers {
		if n > 0 {
			out.gap()
		}
		as.Answers[n].write(&out)
	}
	return out.String()
}

func (a *Answer) write(out *page) {
	where := a.img.title()
	switch a.Found {
	case FoundImage:
		out.line("%s is in the image %s", a.Question, where)
		a.present(out)
	case FoundBase:
		out.line("%s is in the image %s: the base has it", a.Question, where)
		a.hops(out)
		a.candidates(out)
	default:
		out.line("%s is not in the image %s", a.Question, where)
		a.absent(out)
	}
}

// hops tells of the links on the way.
func (a *Answer) hops(out *page) {
	for _, l := range a.Links {
		text := "a link of the base"
		if e := a.img.entry(l.Path); e != nil {
			text = e.why()
		}
		out.wrap(fmt.Sprintf("through %s → %s: %s", l.Path, l.Target, text), 2)
	}
}

func (e Entry) why() string { return row{entries: []Entry{e}}.why() }

// present tells all about what ships.
func (a *Answer) present(out *page) {
	a.hops(out)
	for _, at := range a.At {
		e := a.img.entry(at)
		switch {
		case at == "/":
			// The question has said it.
		case e == nil:
			out.gap()
			out.line("%s is a directory of the base", at)
		default:
			out.gap()
			out.line("%s", e.label())
			out.table(a.img.facts(e))
		}
		a.inside(out, at)
	}
}

// facts are the lines about one entry.
func (i *Image) facts(e *Entry) [][]string {
	var rows [][]string
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{"  " + name, text})
		}
	}
	add("what", e.what())
	add("rights", strings.Join(e.Privileges(), " and "))
	if e.From != nil {
		add("from", e.From.Reference())
	} else if e.Kind == plan.KindFile {
		add("from", "made for the image")
	}
	if e.Replaces != nil {
		add("instead of", e.Replaces.Path+" of "+plan.TreeName(e.Replaces.Tree))
	}
	if e.Package != "" {
		add("package", i.packageText(e.Package)+"  "+e.Package)
	}
	for _, l := range i.Layers {
		if l.Name == e.Layer {
			add("layer", l.label())
		}
	}
	if e.Reason != nil {
		add("why", e.Reason.Text)
		if p := e.Reason.Place; p != nil {
			add("asked", p.String()+": "+strings.TrimSpace(p.Text))
		}
	}
	add("linked from", strings.Join(i.linksTo(e.Path), ", "))
	add("brings", strings.Join(i.brings(e), ", "))
	return rows
}

// what is "file, 1.9 MB (1926232 bytes), mode 0755, owner 0:0".
func (e *Entry) what() string {
	switch e.Kind {
	case plan.KindSymlink:
		return "link to " + e.Target
	case plan.KindDir:
		return fmt.Sprintf("directory, mode %s, owner %s", e.Mode, e.owner())
	}
	return fmt.Sprintf("file, %s (%d bytes), mode %s, owner %s", size(e.Size), e.Size, e.Mode, e.owner())
}

// owner is "33:33 (www-data:www-data)": the image has the numbers, and the names are
// those of where the file is from.
func (e *Entry) owner() string {
	text := fmt.Sprintf("%d:%d", e.UID, e.GID)
	if e.Owner != "" {
		text += " (" + e.Owner + ")"
	}
	return text
}

// linksTo lists the links that are there for a path.
func (i *Image) linksTo(at string) []string {
	var out []string
	for _, e := range i.Entries {
		if e.Reason != nil && e.Reason.Cause == plan.CauseLink && e.Reason.Path == at {
			out = append(out, e.Path)
		}
	}
	return out
}

// brings lists what ships because of an object, as far as chains tell: each has
// the one chain by which it was met first.
func (i *Image) brings(e *Entry) []string {
	as := e.Path
	if e.Reason != nil && len(e.Reason.Chain) > 0 {
		as = e.Reason.Chain[len(e.Reason.Chain)-1]
	}
	var out []string
	for _, o := range i.Entries {
		if o.Reason == nil || o.Kind != plan.KindFile || len(o.Reason.Chain) < 2 {
			continue
		}
		if o.Reason.Chain[len(o.Reason.Chain)-2] == as {
			out = append(out, path.Base(o.Path))
		}
	}
	return out
}

// inside lists what stands in a directory, the largest first.
func (a *Answer) inside(out *page, dir string) {
	var all []Entry
	for _, e := range a.Entries {
		if e.Path != dir && e.Kind != plan.KindDir && strings.HasPrefix(e.Path, strings.TrimSuffix(dir, "/")+"/") {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return
	}
	all = largestFirst(all, (*Entry).size)
	var t Total
	for _, e := range all {
		t.add(e)
	}
	out.gap()
	out.line("%s in it:", t)
	for _, e := range all {
		line := sized(e.Size)
		if e.Kind == plan.KindSymlink {
			line = "    link"
		}
		out.line("%s  %s", line, e.label())
		out.wrap(e.why(), indent)
	}
}
