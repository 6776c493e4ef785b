package sbom

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// maxRelated bounds the relationships of a document, since any file can claim to
// be made of any number of modules.
const maxRelated = 1_000_000

// addModules lists the modules that Go programs say they are made of. A program
// is generated from its main module, which depends on the others and on the
// standard library.
func (d *document) addModules() error {
	for _, f := range d.files {
		if f.build == nil {
			continue
		}
		std := d.addModule("stdlib", goVersion(f.build.GoVersion), "")
		if f.build.Main.Path == "" {
			d.relate(f.id, common.TypeRelationshipGeneratedFrom, std)
			continue
		}
		main := d.addModule(f.build.Main.Path, f.build.Main.Version, revision(f.build))
		d.relate(f.id, common.TypeRelationshipGeneratedFrom, main)
		d.relate(main, common.TypeRelationshipDependsOn, std)
		for _, m := range f.build.Deps {
			if r := m.Replace; r != nil && versioned(r.Version) != "" { // not a directory
				m = r
			}
			d.relate(main, common.TypeRelationshipDependsOn, d.addModule(m.Path, m.Version, ""))
		}
		if len(d.related) > maxRelated {
			return fmt.Errorf("%s: with it the image would have more than %d relationships", f.entry.Path, maxRelated)
		}
	}
	return nil
}

// addModule lists a module, once.
func (d *document) addModule(path, version, source string) common.ElementID {
	version = versioned(version)
	purl := modulePURL(path, version)
	if known := d.packages[purl]; known != nil {
		return known.PackageSPDXIdentifier
	}
	out := &spdx.Package{
		PackageName:               path,
		PackageSPDXIdentifier:     elementID("Package-go", path, purl),
		PackageVersion:            version,
		PackageDownloadLocation:   NoAssertion,
		PackageSourceInfo:         source,
		PackageLicenseConcluded:   NoAssertion,
		PackageLicenseDeclared:    NoAssertion,
		PackageCopyrightText:      NoAssertion,
		PackageComment:            "named by the build information of a Go program",
		PackageExternalReferences: purlRef(purl),
	}
	d.packages[purl] = out
	d.out.Packages = append(d.out.Packages, out)
	d.relate(imageID, common.TypeRelationshipContains, out.PackageSPDXIdentifier)
	return out.PackageSPDXIdentifier
}

// versioned is empty for "(devel)", Go's word for no version.
func versioned(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}

// goVersion is "1.26.3" for "go1.26.3 X:synctest", as in the PURL of the
// standard library.
func goVersion(text string) string {
	version, _, _ := strings.Cut(strings.TrimPrefix(text, "go"), " ")
	return version
}

// revision is the commit that a main module was built from; empty if it is not known.
func revision(info *debug.BuildInfo) string {
	system, commit, changed := "", "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs":
			system = s.Value + " "
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with changes"
		}
	}
	if commit == "" {
		return ""
	}
	return line("built from " + system + "revision " + commit + changed)
}

// modulePURL is a module's package URL. Case is kept, as it matters to Go and
// as scanners have it.
func modulePURL(path, version string) string {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		parts = append(parts, purlEscape(part))
	}
	out := "pkg:golang/" + strings.Join(parts, "/")
	if version != "" {
		out += "@" + purlEscape(version)
	}
	return out
}

// purlEscape encodes a component of a package URL.
func purlEscape(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		if isIDChar(c) || c == '_' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
