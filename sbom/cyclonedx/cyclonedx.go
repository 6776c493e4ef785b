// Package cyclonedx writes SBOMs in CycloneDX 1.6. It is apart from package sbom
// because the frontend needs SPDX only, and its image stays small.
package cyclonedx

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/sinter-build/sinter/sbom"
)

// Encode writes a document that sbom.Make has made as CycloneDX JSON.
func Encode(doc *spdx.Document) ([]byte, error) {
	var b bytes.Buffer
	e := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	err := e.EncodeVersion(Convert(doc), cdx.SpecVersion1_6)
	return b.Bytes(), err
}

// Convert says the same as an SPDX document. The image is what the BOM is about,
// packages are components with their files in them, and what a file is linked
// with or made from is what it depends on.
func Convert(doc *spdx.Document) *cdx.BOM {
	c := converter{
		files:    map[common.ElementID]*spdx.File{},
		contains: map[common.ElementID][]common.ElementID{},
		depends:  map[common.ElementID]map[string]bool{},
		licenses: map[string]string{},
	}
	c.read(doc)
	bom := cdx.NewBOM()
	bom.SerialNumber = doc.DocumentNamespace
	bom.Metadata = &cdx.Metadata{
		Timestamp: doc.CreationInfo.Created,
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "sinter"}}},
	}
	components := []cdx.Component{}
	for _, p := range doc.Packages {
		if p.PrimaryPackagePurpose != sbom.PurposeImage {
			components = append(components, c.pkg(p))
			continue
		}
		image := c.pkg(p)
		image.Type, image.Components = cdx.ComponentTypeContainer, nil
		bom.Metadata.Component = &image
		components = append(components, c.filesIn(p.PackageSPDXIdentifier)...)
	}
	bom.Components = &components
	dependencies := c.dependencies()
	bom.Dependencies = &dependencies
	return bom
}

// converter has the parts of an SPDX document by what refers to them.
type converter struct {
	files    map[common.ElementID]*spdx.File
	contains map[common.ElementID][]common.ElementID
	depends  map[common.ElementID]map[string]bool
	licenses map[string]string // names by identifier
}

func (c *converter) read(doc *spdx.Document) {
	for _, f := range doc.Files {
		c.files[f.FileSPDXIdentifier] = f
	}
	for _, l := range doc.OtherLicenses {
		c.licenses[l.LicenseIdentifier] = l.LicenseName
	}
	for _, r := range doc.Relationships {
		from, to := r.RefA.ElementRefID, r.RefB.ElementRefID
		switch r.Relationship {
		case common.TypeRelationshipContains:
			c.contains[from] = append(c.contains[from], to)
		case common.TypeRelationshipDependsOn, common.TypeRelationshipDynamicLink, common.TypeRelationshipGeneratedFrom:
			if c.depends[from] == nil {
				c.depends[from] = map[string]bool{}
			}
			c.depends[from][string(to)] = true
		}
	}
}

func (c *converter) pkg(p *spdx.Package) cdx.Component {
	out := cdx.Component{
		BOMRef:      string(p.PackageSPDXIdentifier),
		Type:        cdx.ComponentTypeLibrary,
		Name:        p.PackageName,
		Version:     p.PackageVersion,
		Description: p.PackageComment,
		Licenses:    c.license(p.PackageLicenseDeclared),
	}
	if p.PackageSupplier != nil {
		out.Supplier = &cdx.OrganizationalEntity{Name: p.PackageSupplier.Supplier}
	}
	for _, ref := range p.PackageExternalReferences {
		if ref.RefType == common.TypePackageManagerPURL {
			out.PackageURL = ref.Locator
		}
	}
	if p.PackageHomePage != "" {
		out.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: p.PackageHomePage}}
	}
	if p.PackageSourceInfo != "" {
		out.Properties = &[]cdx.Property{{Name: "sinter:source", Value: p.PackageSourceInfo}}
	}
	if files := c.filesIn(p.PackageSPDXIdentifier); len(files) > 0 {
		out.Components = &files
	}
	return out
}

// license is a licence's own name where it is one that SPDX does not list.
func (c *converter) license(declared string) *cdx.Licenses {
	if declared == sbom.NoAssertion || declared == "" {
		return nil
	}
	if name := c.licenses[declared]; name != "" {
		return &cdx.Licenses{{License: &cdx.License{Name: name}}}
	}
	return &cdx.Licenses{{Expression: declared}}
}

// filesIn are the files that are directly in a package or in the image.
func (c *converter) filesIn(id common.ElementID) []cdx.Component {
	var out []cdx.Component
	for _, id := range c.contains[id] {
		if f := c.files[id]; f != nil {
			out = append(out, file(f))
		}
	}
	return out
}

func file(f *spdx.File) cdx.Component {
	hashes := []cdx.Hash{}
	for _, sum := range f.Checksums {
		switch sum.Algorithm {
		case common.SHA1:
			hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA1, Value: sum.Value})
		case common.SHA256:
			hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA256, Value: sum.Value})
		}
	}
	return cdx.Component{
		BOMRef:      string(f.FileSPDXIdentifier),
		Type:        cdx.ComponentTypeFile,
		Name:        strings.TrimPrefix(f.FileName, "."),
		Description: f.FileComment,
		Hashes:      &hashes,
	}
}

func (c *converter) dependencies() []cdx.Dependency {
	out := []cdx.Dependency{}
	for _, id := range slices.Sorted(maps.Keys(c.depends)) {
		on := slices.Sorted(maps.Keys(c.depends[id]))
		out = append(out, cdx.Dependency{Ref: string(id), Dependencies: &on})
	}
	return out
}
