package packages

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	docDir            = "/usr/share/doc"
	commonLicenses    = "/usr/share/common-licenses"
	maxCopyright      = 16 << 20
	maxLicenses       = 200
	maxLicenseOperand = 4 // words
)

// copyright is what a package's copyright file says.
type copyright struct {
	path     string // physical
	sum      string // md5 of the file, in hex
	licenses []string
	refs     []string // common licences that it names
}

// license implements database.
func (d *dpkg) license(pkgs []*Package) error {
	names := newLicenses()
	return each(len(pkgs), func(i int) error {
		if e := d.byPackage[pkgs[i]]; e != nil && e.copyright == nil {
			e.copyright = d.readCopyright(e, names)
			e.Licenses = e.copyright.licenses
		}
		return nil
	})
}

// readCopyright reads a package's copyright file. Documentation may have been
// left out of a tree; then nothing is known.
func (d *dpkg) readCopyright(e *dpkgEntry, names licenses) *copyright {
	data, at, err := read(d.db.tree, path.Join(docDir, e.Name, "copyright"), maxCopyright)
	if err != nil {
		if !missing(err) {
			d.db.warnings.add("the licence of %s is left out: %v", e.Name, err)
		}
		return &copyright{}
	}
	sum := md5.Sum(data)
	c := &copyright{path: at, sum: hex.EncodeToString(sum[:])}
	c.licenses, c.refs = parseCopyright(string(data), names)
	return c
}

// commonRef finds the texts of /usr/share/common-licenses that a copyright file
// refers to, as trivy does (analyzer/pkg/dpkg/copyright.go).
var commonRef = regexp.MustCompile(`/?usr/share/common-licenses/([0-9A-Za-z_.+-]*[0-9A-Za-z+])`)

// parseCopyright returns the licences of a copyright file and the common
// licences that it names, both sorted.
func parseCopyright(text string, names licenses) (found, refs []string) {
	refSet := map[string]bool{}
	for _, m := range commonRef.FindAllStringSubmatch(text, -1) {
		if len(refSet) < maxLicenses && len(m[1]) < 100 {
			refSet[m[1]] = true
		}
	}
	refs = slices.Sorted(maps.Keys(refSet))
	set := map[string]bool{}
	for _, declared := range fileLicenses(text) {
		if len(set) < maxLicenses {
			set[names.expression(declared)] = true
		}
	}
	if len(set) == 0 {
		for _, ref := range refs {
			set[names.common(ref)] = true
		}
	}
	return slices.Sorted(maps.Keys(set)), refs
}

// fileLicenses returns the short names in the License fields of the Files
// paragraphs: Debian copyright format 1.0.
func fileLicenses(text string) []string {
	var found []string
	first, machine := true, false
	parseControl(text, func(s stanza, err error) {
		if first {
			format := strings.ToLower(s.get("Format") + s.get("Format-Specification"))
			machine = strings.Contains(format, "copyright-format") || strings.Contains(format, "dep5") || strings.Contains(format, "dep-5")
			first = false
		}
		if err != nil || !machine || s.get("Files") == "" {
			return
		}
		short, _, _ := strings.Cut(s.get("License"), "\n")
		if isShortName(short) {
			found = append(found, strings.TrimSpace(short))
		}
	})
	return found
}

// isShortName tells a licence's name from the first line of its text, which
// some files have in its place.
func isShortName(s string) bool {
	operand := 0
	words := strings.Fields(s)
	for _, w := range words {
		switch strings.ToLower(strings.TrimSuffix(w, ",")) {
		case "and", "or", "and/or", "with":
			operand = 0
		default:
			operand++
		}
		if operand > maxLicenseOperand {
			return false
		}
	}
	return len(words) > 0 && len(s) < 300
}

// common is the licence whose text a common licence is. The text of a GNU
// licence does not tell whether later versions may be used, so its name stays.
func (l licenses) common(ref string) string {
	switch {
	case ref == "BSD":
		return "BSD-3-Clause" // the University of California's
	case gnu.MatchString(ref), strings.EqualFold(ref, "GPL"), strings.EqualFold(ref, "LGPL"), strings.EqualFold(ref, "GFDL"):
		return ref
	}
	return l.expression(ref)
}
