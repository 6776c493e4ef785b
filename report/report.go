// Package report puts plans into words: what an image holds and why, the tree of
// its files, one path of it, and what sets two images apart. It only reads what
// a plan says.
package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// Version is that of the JSON that this package writes. It grows when a reader of
// the former one would go wrong; new keys alone leave it.
const Version = 1

// Document is what explain writes as JSON: each image of a build.
type Document struct {
	Version int     `json:"version"`
	Images  []Image `json:"images"`
}

// Image is what one image holds on top of its base.
type Image struct {
	// Name is what the spec calls it; often empty.
	Name string `json:"name,omitempty"`
	// Platform is as in "linux/arm64".
	Platform string `json:"platform"`
	// Base is the reference of the base image; empty for scratch.
	Base string `json:"base,omitempty"`
	// BaseDigest is that of the base's manifest, "sha256:…"; empty when the build
	// gave another tree in its place.
	BaseDigest string `json:"baseDigest,omitempty"`
	// Sources are what files of the image can come from, sorted by name.
	Sources []plan.Source `json:"sources,omitempty"`
	// Whole tells that the entries are all that is in the image: it was read and
	// not planned, and nothing is known of reasons.
	Whole bool  `json:"whole,omitempty"`
	Total Total `json:"total"`
	// Layers are those above the base, the lowest first.
	Layers []Layer `json:"layers"`
	// Provided are the libraries that the image needs of its host, sorted by name.
	Provided []Provided `json:"provided,omitempty"`
	// LeftOut is what of the spec's directories does not ship, sorted by path.
	LeftOut []LeftOut `json:"leftOut,omitempty"`
	// Wanted is what programs may open and what does not ship, sorted by path.
	Wanted []Wanted `json:"wanted,omitempty"`
	// Unshipped are packages which sources install and of which nothing ships.
	Unshipped []Unshipped `json:"unshipped,omitempty"`
	// Packages are those that entries belong to, sorted by PURL.
	Packages []Package `json:"packages"`
	// BasePackages are those that the base has, sorted by PURL.
	BasePackages []Package `json:"basePackages,omitempty"`
	// Entries are sorted by path, parents before children.
	Entries []Entry `json:"entries"`
}

// Total counts files. Links and directories count as nothing.
type Total struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func (t *Total) add(e Entry) {
	if e.Kind == plan.KindFile {
		t.Files++
		t.Bytes += e.Size
	}
}

// Layer is one layer with what is in it.
type Layer struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Base tells that the layer is the base image's.
	Base bool `json:"base,omitempty"`
	Total
}

// Package is a distribution package with what ships of it.
type Package struct {
	PURL    string `json:"purl"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Arch    string `json:"arch,omitempty"`
	// Source is the source package, when its name or its version differs.
	Source        string `json:"source,omitempty"`
	SourceVersion string `json:"sourceVersion,omitempty"`
	// Licenses and Supplier are as in a plan.
	Licenses []string `json:"licenses,omitempty"`
	Supplier string   `json:"supplier,omitempty"`
	Total
}

// String is "libssl3 3.0.15-1".
func (p Package) String() string { return p.Name + " " + p.Version }

// Entry is one path of the image.
type Entry struct {
	Path string    `json:"path"`
	Kind plan.Kind `json:"kind"`
	// Size is in bytes.
	Size int64 `json:"size,omitempty"`
	// Digest is of the content, "sha256:…", where it is known.
	Digest string `json:"digest,omitempty"`
	// Mode is in octal as chmod takes it, "0755"; empty for links.
	Mode string `json:"mode,omitempty"`
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
	// Owner is what these are called where the file is from, as in plan.Entry.
	Owner string `json:"owner,omitempty"`
	// Capabilities are those that executing the file gives, as in a plan.
	Capabilities string `json:"capabilities,omitempty"`
	// Target is what a link points to.
	Target string `json:"target,omitempty"`
	// From is the file that it is a copy of; nil for what is made for the image.
	From *plan.Origin `json:"from,omitempty"`
	// Replaces is what would have the path otherwise, in the base or in a directory
	// of the spec; nil for nothing.
	Replaces *plan.Origin `json:"replaces,omitempty"`
	// Layer is the name of the layer.
	Layer string `json:"layer,omitempty"`
	// Package is the PURL of the package that owns it.
	Package string  `json:"package,omitempty"`
	Reason  *Reason `json:"reason,omitempty"`
}

// Reason is why an entry ships: data, and the same in words.
type Reason struct {
	Text string `json:"text"`
	plan.Reason
	// Place is the part of the spec that asked for it.
	Place *Place `json:"place,omitempty"`
}

// Provided is a library that does not ship, since the host provides it.
type Provided struct {
	plan.Provided
	// Place is the part of the spec that says so.
	Place *Place `json:"place,omitempty"`
}

// why is "needed by /usr/bin/app (app.yaml:5)".
func (p Provided) why() string {
	text := "needed by " + strings.Join(p.NeededBy, ", ")
	if p.Place != nil {
		text += fmt.Sprintf(" (%s)", p.Place)
	}
	return text
}

// LeftOut is files of a directory that the spec names which do not ship.
type LeftOut struct {
	plan.LeftOut
	// Place is the part of the spec that names the directory.
	Place *Place `json:"place,omitempty"`
}

// why is "a build for darwin-arm64 (app.yaml:5)".
func (l LeftOut) why() string {
	if l.Place != nil {
		return fmt.Sprintf("%s (%s)", l.Why, l.Place)
	}
	return l.Why
}

// Unshipped are packages which a source installs and of which nothing ships.
type Unshipped struct {
	Source string `json:"source"`
	// Packages are as the spec names them.
	Packages []string `json:"packages"`
}

// Wanted is a file or directory that a program may open and that does not ship.
type Wanted struct {
	plan.Wanted
	// Place is the part of the spec that names the program.
	Place *Place `json:"place,omitempty"`
}

// bringing is what of a spec brings it: "files: [debian:/bin/sh]".
func (w Wanted) bringing() string {
	return fmt.Sprintf("files: [%s:%s] brings it", w.Tree, w.Path)
}

// why is "ctags runs sort by a shell (app.yaml:4)".
func (w Wanted) why() string {
	text := path.Base(w.By) + " " + w.Why
	if w.Place != nil {
		return fmt.Sprintf("%s (%s)", text, w.Place)
	}
	return text
}

// Place is a line of the spec.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// String is "app.yaml:5".
func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// About is what there is to tell of an image besides its plan.
type About struct {
	Name string
	// Locate finds a node of the spec; nil when it has no line of its own.
	Locate func(at string) *Place
}

// New describes the image of a plan.
func New(p *plan.Plan, about About) Image {
	img := Image{Name: about.Name, Platform: p.Platform, Sources: p.Sources, Layers: []Layer{}, Packages: []Package{}}
	if p.Base != nil {
		img.Base, img.BaseDigest = p.Base.Reference, p.Base.Digest
	}
	for _, e := range p.Entries {
		img.Entries = append(img.Entries, entry(e, about.Locate))
	}
	for _, l := range p.Layers {
		img.Layers = append(img.Layers, Layer{Name: l.Name, Title: l.Title})
	}
	for _, pkg := range p.Packages {
		img.Packages = append(img.Packages, describe(pkg))
	}
	for _, pkg := range p.BasePackages {
		img.BasePackages = append(img.BasePackages, describe(pkg))
	}
	for _, lib := range p.Provided {
		img.Provided = append(img.Provided, Provided{lib, about.Locate(lib.At)})
	}
	for _, left := range p.LeftOut {
		img.LeftOut = append(img.LeftOut, LeftOut{left, about.Locate(left.At)})
	}
	for _, w := range p.Wanted {
		img.Wanted = append(img.Wanted, Wanted{w, about.Locate(w.At)})
	}
	for _, src := range p.Unshipped() {
		img.Unshipped = append(img.Unshipped, Unshipped{src.Name, src.Packages})
	}
	img.Count()
	return img
}

func describe(p plan.Package) Package {
	return Package{
		PURL: p.PURL, Name: p.Name, Version: p.Version, Arch: p.Arch, Source: p.Source, SourceVersion: p.SourceVersion,
		Licenses: p.Licenses, Supplier: p.Supplier,
	}
}

func entry(e plan.Entry, locate func(string) *Place) Entry {
	out := Entry{
		Path: e.Path, Kind: e.Kind, Size: e.Size, UID: e.UID, GID: e.GID, Owner: e.Owner, Target: e.Target,
		Capabilities: e.Capabilities, From: e.From, Replaces: e.Replaces, Layer: e.Layer, Package: e.Package,
		Reason: &Reason{Text: e.Reason.String(), Reason: e.Reason, Place: locate(e.Reason.At)},
	}
	if e.Kind != plan.KindSymlink {
		out.Mode = fmt.Sprintf("%04o", e.Mode)
	}
	if e.Kind == plan.KindFile && e.From == nil {
		sum := sha256.Sum256(e.Data)
		out.Digest = "sha256:" + hex.EncodeToString(sum[:])
	}
	return out
}

// Privileges says what rights executing the entry gives: see plan.Privileges.
func (e Entry) Privileges() []string {
	mode, err := strconv.ParseUint(e.Mode, 8, 32)
	if err != nil || e.Kind != plan.KindFile {
		return nil
	}
	return plan.Privileges(uint32(mode), e.UID, e.GID, e.Capabilities)
}

// Count fills in the totals, from the entries.
func (i *Image) Count() {
	i.Total = Total{}
	layers, packages := map[string]*Total{}, map[string]*Total{}
	for n := range i.Layers {
		i.Layers[n].Total = Total{}
		layers[i.Layers[n].Name] = &i.Layers[n].Total
	}
	for n := range i.Packages {
		i.Packages[n].Total = Total{}
		packages[i.Packages[n].PURL] = &i.Packages[n].Total
	}
	for _, e := range i.Entries {
		i.Total.add(e)
		if t := layers[e.Layer]; t != nil {
			t.add(e)
		}
		if t := packages[e.Package]; t != nil {
			t.add(e)
		}
	}
}

// JSON is the document as indented text.
func (d Document) JSON() ([]byte, error) {
	d.Version = Version
	return marshal(d)
}

func marshal(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return []byte(b.String()), err
}

// packageText is "libssl3 3.0.15-1" for a PURL, from the packages or else from
// the PURL itself.
func (i *Image) packageText(purl string) string {
	for _, p := range i.Packages {
		if p.PURL == purl {
			return p.String()
		}
	}
	text, _, _ := strings.Cut(purl, "?")
	text = text[strings.LastIndex(text, "/")+1:]
	name, version, _ := strings.Cut(text, "@")
	if plain, err := url.PathUnescape(version); err == nil {
		version = plain
	}
	return strings.TrimSpace(name + " " + version)
}
