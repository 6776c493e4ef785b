package sbom

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/sinter-build/sinter/plan"
)

// addPackages lists the distribution packages: those that files come from, and
// those of the base.
func (d *document) addPackages() {
	inBase := map[string]bool{}
	for _, p := range d.img.Plan.BasePackages {
		inBase[p.PURL] = true
	}
	files := map[string][]*file{}
	for _, f := range d.files {
		files[f.entry.Package] = append(files[f.entry.Package], f)
	}
	for _, p := range d.img.Plan.Packages {
		if d.packages[p.PURL] != nil {
			continue
		}
		out := d.addPackage(p)
		out.PackageComment = share(p, files[p.PURL], inBase[p.PURL])
		if len(files[p.PURL]) > 0 {
			out.FilesAnalyzed = true
			out.PackageVerificationCode = verificationCode(files[p.PURL])
		}
	}
	for _, p := range d.img.Plan.BasePackages {
		if d.packages[p.PURL] == nil {
			d.addPackage(p).PackageComment = "in the base image"
		}
	}
}

// addPackage lists a package of which nothing is known to ship.
func (d *document) addPackage(p plan.Package) *spdx.Package {
	out := &spdx.Package{
		PackageName:               p.Name,
		PackageSPDXIdentifier:     elementID("Package-"+string(p.Manager), p.Name, p.PURL),
		PackageVersion:            p.Version,
		PackageSupplier:           supplier(p.Supplier),
		PackageDownloadLocation:   NoAssertion,
		PackageHomePage:           homepage(p.Homepage),
		PackageSourceInfo:         sourceInfo(p),
		PackageLicenseConcluded:   NoAssertion,
		PackageLicenseDeclared:    d.licenses.declared(p.Licenses),
		PackageCopyrightText:      NoAssertion,
		PackageExternalReferences: purlRef(p.PURL),
	}
	d.packages[p.PURL] = out
	d.out.Packages = append(d.out.Packages, out)
	d.relate(imageID, common.TypeRelationshipContains, out.PackageSPDXIdentifier)
	return out
}

func purlRef(purl string) []*spdx.PackageExternalReference {
	return []*spdx.PackageExternalReference{{
		Category: common.CategoryPackageManager,
		RefType:  common.TypePackageManagerPURL,
		Locator:  purl,
	}}
}

// share says how much of a package there is: scanners take it that all of a
// package is there.
func share(p plan.Package, files []*file, inBase bool) string {
	var bytes int64
	for _, f := range files {
		bytes += f.size
	}
	text := fmt.Sprintf("%s, %d bytes", count(len(files), "file"), bytes)
	switch {
	case len(files) == 0:
		text = "part of the package ships: symbolic links only"
	case p.Size > bytes:
		text = fmt.Sprintf("part of the package ships: %s, %d of %d bytes", count(len(files), "file"), bytes, p.Size)
	case p.Size == 0:
		text = "part of the package may be missing; what ships: " + text
	default:
		text = "the package ships with " + text
	}
	if inBase {
		text += ", besides what the base image has of it"
	}
	return text
}

// verificationCode is SPDX's hash over the files of a package (7.9): SHA-1 of
// their SHA-1 values in hexadecimal, sorted and joined.
func verificationCode(files []*file) *common.PackageVerificationCode {
	var sums []string
	for _, f := range files {
		sums = append(sums, f.sha1)
	}
	slices.Sort(sums)
	sum := sha1.Sum([]byte(strings.Join(sums, "")))
	return &common.PackageVerificationCode{Value: hex.EncodeToString(sum[:])}
}

func sourceInfo(p plan.Package) string {
	name, version := p.Source, p.SourceVersion
	if name == "" && version == "" {
		return ""
	}
	if name == "" {
		name = p.Name
	}
	if version == "" {
		version = p.Version
	}
	return line(fmt.Sprintf("built from source package %s version %s", name, version))
}

// team matches maintainers that are not one person.
var team = regexp.MustCompile(`(?i)team|maintainers|group|project|developers|packagers|foundation|\binc\b|debian qa|@lists|-list@|-maint@|fedora|alpine`)

// address is "Name <address>".
var address = regexp.MustCompile(`^([^<>]*)<([^<>]+)>$`)

// supplier puts a maintainer in SPDX's form, "Organization: Name (address)".
func supplier(maintainer string) *common.Supplier {
	text := line(maintainer)
	if text == "" {
		return nil
	}
	s := &common.Supplier{SupplierType: "Person", Supplier: text}
	if team.MatchString(text) || !strings.Contains(text, "@") {
		s.SupplierType = "Organization"
	}
	if m := address.FindStringSubmatch(text); m != nil {
		s.Supplier = strings.TrimSpace(strings.TrimSpace(m[1]) + " (" + strings.TrimSpace(m[2]) + ")")
	}
	return s
}

// homepage is empty unless it is a URI, which SPDX requires.
func homepage(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// line is a text in one line.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }
