// Package sbom says in SPDX 2.3 what is in an image: the distribution packages
// that its files come from, the files themselves with checksums and the reason
// for which each is there, which program links which library, and the modules
// that Go programs are made of.
//
// A document is a pure function of the plan, the image's tree and the time that
// the image carries. It has no clock, no random number and no version of its
// writer in it, so that the same image has the same document everywhere.
//
// The terms are those of https://spdx.github.io/spdx-spec/v2.3/.
package sbom

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// PredicateType is the in-toto predicate type of a document.
const PredicateType = "https://spdx.dev/Document"

// NoAssertion is SPDX's word for what the writer does not say.
const NoAssertion = "NOASSERTION"

// PurposeImage is the purpose of the one package that stands for the image.
const PurposeImage = "CONTAINER"

// Image is what a document describes.
type Image struct {
	// Name is what the image is called.
	Name string
	// Created is the time that the image carries.
	Created time.Time
	// Base is what the base image is called; empty when there is none.
	Base string
	// Plan is what was put on the base.
	Plan *plan.Plan
	// Tree is the finished image, base included.
	Tree rootfs.FS
}

// Make describes an image. The files of the base are not listed, its packages
// are.
func Make(ctx context.Context, img Image) (*spdx.Document, error) {
	files, err := readFiles(ctx, img.Plan, img.Tree)
	if err != nil {
		return nil, err
	}
	d := &document{img: img, files: files, packages: map[string]*spdx.Package{}, related: map[edge]bool{}}
	d.addImage()
	d.addPackages()
	d.addFiles()
	d.addLinks()
	if err := d.addModules(); err != nil {
		return nil, err
	}
	return d.finish()
}

// document is an SPDX document while it is made.
type document struct {
	img      Image
	files    []*file
	packages map[string]*spdx.Package // by PURL
	related  map[edge]bool
	licenses licenses
	out      spdx.Document
}

// edge is a relationship.
type edge struct {
	from common.ElementID
	kind string
	to   common.ElementID
}

const (
	documentID = common.ElementID("DOCUMENT")
	imageID    = common.ElementID("Image")
)

func (d *document) relate(from common.ElementID, kind string, to common.ElementID) {
	d.related[edge{from, kind, to}] = true
}

// addImage adds the package that stands for the image as a whole.
func (d *document) addImage() {
	d.out.Packages = append(d.out.Packages, &spdx.Package{
		PackageName:             d.img.Name,
		PackageSPDXIdentifier:   imageID,
		PackageDownloadLocation: NoAssertion,
		PackageLicenseConcluded: NoAssertion,
		PackageLicenseDeclared:  NoAssertion,
		PackageCopyrightText:    NoAssertion,
		PrimaryPackagePurpose:   PurposeImage,
		PackageComment:          d.about(),
	})
	d.relate(documentID, common.TypeRelationshipDescribe, imageID)
}

// about says what the image is, and what is in it and not among the document's
// files: those must have checksums.
func (d *document) about() string {
	links, dirs := 0, 0
	for _, e := range d.img.Plan.Entries {
		switch e.Kind {
		case plan.KindSymlink:
			links++
		case plan.KindDir:
			dirs++
		}
	}
	text := "an image for " + d.img.Plan.Platform
	besides := ""
	if d.img.Base != "" {
		text += " on " + d.img.Base
		besides = ", and the files of its base"
	}
	text = fmt.Sprintf("%s; besides the files listed it holds %s, %s%s",
		text, count(links, "symbolic link"), count(dirs, "directory"), besides)
	for _, p := range d.img.Plan.Provided {
		text += fmt.Sprintf("; the host has to provide %s", p)
	}
	return line(text)
}

// count is "1 file" or "2 files".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// finish sorts everything and names the document by its content.
func (d *document) finish() (*spdx.Document, error) {
	out := &d.out
	out.SPDXVersion = spdx.Version
	out.DataLicense = spdx.DataLicense
	out.SPDXIdentifier = documentID
	out.DocumentName = d.img.Name
	out.CreationInfo = &spdx.CreationInfo{
		Creators: []common.Creator{{CreatorType: "Tool", Creator: "sinter"}},
		Created:  d.img.Created.UTC().Format(time.RFC3339),
	}
	out.OtherLicenses = d.licenses.extracted()
	for e := range d.related {
		out.Relationships = append(out.Relationships, &spdx.Relationship{
			RefA:         common.DocElementID{ElementRefID: e.from},
			RefB:         common.DocElementID{ElementRefID: e.to},
			Relationship: e.kind,
		})
	}
	slices.SortFunc(out.Packages[1:], func(a, b *spdx.Package) int { // the image stays first
		return cmp.Compare(a.PackageSPDXIdentifier, b.PackageSPDXIdentifier)
	})
	slices.SortFunc(out.Relationships, compareRelationships)
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	out.DocumentNamespace = namespace(text)
	return out, nil
}

func compareRelationships(a, b *spdx.Relationship) int {
	return cmp.Or(
		cmp.Compare(a.RefA.ElementRefID, b.RefA.ElementRefID),
		cmp.Compare(a.Relationship, b.Relationship),
		cmp.Compare(a.RefB.ElementRefID, b.RefB.ElementRefID),
	)
}

// namespace is a URI for a document with the given content: a UUID made from a
// hash (RFC 9562, version 8), since SPDX wants one that no other document has.
func namespace(content []byte) string {
	sum := sha256.Sum256(content)
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// Encode writes a document as JSON.
func Encode(doc *spdx.Document) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(doc)
	return b.Bytes(), err
}

// Decode reads what Encode has written.
func Decode(text []byte) (*spdx.Document, error) {
	doc := &spdx.Document{}
	err := json.Unmarshal(text, doc)
	return doc, err
}

// maxIDText bounds the readable part of an identifier.
const maxIDText = 60

// elementID makes an identifier from a text for people and from what it stands
// for: letters, digits, "." and "-" are all that SPDX allows, and a hash tells
// apart what that leaves alike.
func elementID(kind, text, of string) common.ElementID {
	readable := []byte(strings.Trim(text, "/"))
	readable = readable[:min(len(readable), maxIDText)]
	for i, c := range readable {
		if !isIDChar(c) {
			readable[i] = '-'
		}
	}
	sum := sha256.Sum256([]byte(of))
	return common.ElementID(fmt.Sprintf("%s-%s-%x", kind, readable, sum[:6]))
}

func isIDChar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '.' || c == '-'
}
