package packages

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

const (
	copyrightName     = "copyright"
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

// fillLicenses implements database.
func (d *dpkg) fillLicenses(pkgs []*plan.Package) error {
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
// left out of a tree; then nothing is known. A link may lead to the licence of
// another package and to nothing else: what ships as a licence is one.
func (d *dpkg) readCopyright(e *dpkgEntry, names licenses) *copyright {
	name := path.Join(docDir, e.Name, copyrightName)
	found, err := rootfs.Resolve(d.db.tree, name)
	if err == nil && !isLicense(found.Path) {
		d.db.warnings.outside("licence of "+e.Name, name, found.Path)
		return &copyright{}
	}
	var data []byte
	if err == nil {
		data, err = rootfs.ReadFile(d.db.tree, found.Path, maxCopyright)
	}
	if err != nil {
		if !rootfs.IsAbsent(err) {
			d.db.warnings.add("the licence of %s is left out: %v", e.Name, err)
		}
		return &copyright{}
	}
	sum := md5.Sum(data)
	c := &copyright{path: found.Path, sum: hex.EncodeToString(sum[:])}
	c.licenses, c.refs = parseCopyright(string(data), names)
	return c
}

// commonRefs are the texts of /usr/share/common-licenses that a copyright file
// refers to, sorted. A full stop at the end belongs to the sentence, as in trivy
// (analyzer/pkg/dpkg/copyright.go), whose regular expression would be most of the
// time that a question takes.
func commonRefs(text string) []string {
	dir := rootfs.Name(commonLicenses) + "/"
	set := map[string]bool{}
	for len(set) < maxLicenses {
		i := strings.Index(text, dir)
		if i < 0 {
			break
		}
		text = text[i+len(dir):]
		end := strings.IndexFunc(text, func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_.+-", r))
		})
		if end < 0 {
			end = len(text)
		}
		if name := strings.TrimRight(text[:end], "_.-"); isCommonLicense(path.Join(commonLicenses, name)) && len(name) < 100 {
			set[name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// parseCopyright returns the licences of a copyright file and the common
// licences that it names, both sorted.
func parseCopyright(text string, names licenses) (found, refs []string) {
	refs = commonRefs(text)
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
	slices.Sort(found)
	return slices.Compact(found)
}

// isShortName reports whether a line is the short name of a licence. Some files have
// the first line of the licence's text in its place.
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
