package packages

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// keptFields are the control fields that go into an image, in the order of dpkg
// lib/dpkg/parse.c (fieldinfos). Source is what advisories key on; the others
// are what scanners and people read. Status and Conffiles are written anew.
var keptFields = []string{
	"Package", "Essential", "Status", "Priority", "Section", "Installed-Size", "Maintainer", "Architecture",
	"Multi-Arch", "Source", "Version", "Provides", "Depends", "Pre-Depends", "Conffiles", "Description", "Homepage",
}

// readFields are the control fields that are read: these, and the relations of [DB.CompletedBy].
var readFields = append([]string{"Recommends", "Suggests", "Enhances"}, keptFields...)

// metadata implements database.
func (d *dpkg) metadata(r *metadataRequest) ([]MetadataFile, error) {
	found, err := d.commonTexts(r)
	if err != nil {
		return nil, err
	}
	pkgs := shippedIn(r, d.byPackage)
	archs := map[string]int{}
	var all []string
	for _, p := range pkgs {
		archs[p.Name]++
		all = append(all, origins(r.shipped[p])...)
	}
	o, err := r.db.ownership(all)
	if err != nil {
		return nil, err
	}
	per := make([][]MetadataFile, len(pkgs))
	err = each(len(pkgs), func(i int) error {
		e := d.byPackage[pkgs[i]]
		per[i] = d.describe(r, e, o, archs[e.Name] > 1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range per {
		found = append(found, p...)
	}
	return fitBase(r.base, found)
}

// commonTexts are the licence texts that the copyright files of what ships name.
// They are files of a package themselves, whose copyright file may name more.
func (d *dpkg) commonTexts(r *metadataRequest) ([]MetadataFile, error) {
	var found []MetadataFile
	done := map[string]bool{}
	for {
		var more []MetadataFile
		pkgs := shippedIn(r, d.byPackage)
		if err := d.fillLicenses(pkgs); err != nil {
			return nil, err
		}
		for _, p := range pkgs {
			for _, ref := range d.byPackage[p].copyright.refs {
				if done[ref] {
					continue
				}
				done[ref] = true
				if e, ok := r.copied(path.Join(commonLicenses, ref), "licence text "+ref, isCommonLicense); ok {
					more = append(more, e)
				}
			}
		}
		if len(more) == 0 {
			return mergeCopies(found), nil
		}
		if err := r.addOwners(more); err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
}

// mergeCopies puts together the metadata that is one file under several names.
func mergeCopies(all []MetadataFile) []MetadataFile {
	var out []MetadataFile
	at := map[string]int{}
	for _, e := range all {
		i, ok := at[e.Path]
		if !ok {
			at[e.Path] = len(out)
			out = append(out, e)
			continue
		}
		out[i].Links = append(slices.Clone(out[i].Links), e.Links...)
		slices.SortFunc(out[i].Links, byLink)
		out[i].Links = slices.Compact(out[i].Links)
	}
	for i := range out {
		// The file's own name says it better than the first link to it.
		out[i].Title = "licence text " + path.Base(out[i].Path)
	}
	return out
}

// describe is one package's stanza, md5sums and copyright file.
func (d *dpkg) describe(r *metadataRequest, e *dpkgEntry, o *ownership, several bool) []MetadataFile {
	var found []MetadataFile
	shipped := r.shipped[&e.Package]
	sums := map[string]string{} // by path in the image
	if c := e.copyright; c.path != "" {
		// The documentation's directory may be a link into another package's; the
		// file is looked for at the literal path.
		literal := path.Join(docDir, e.Name, "copyright")
		if !r.has(literal) {
			found = append(found, MetadataFile{Path: literal, From: c.path, Sum: c.sum, Package: &e.Package, Title: "licence of " + e.Name})
			sums[literal] = c.sum
		}
	}
	conffiles := parseConffiles(e.stanza.get("Conffiles"))
	recorded := d.recordedSums(e, shipped, o, conffiles)
	var config []string
	for _, f := range shipped {
		if f.Link || !lineSafe(f.Path) {
			continue
		}
		listed := o.listedName(&e.Package, f.Origin)
		sum := recorded[listed]
		if sum == "" {
			sum = d.sumFile(f.Origin)
		}
		if sum != "" {
			sums[f.Path] = sum
		}
		if conffiles[listed] != "" {
			config = append(config, " "+f.Path+" "+conffiles[listed])
		}
	}
	slices.Sort(config)
	name := path.Join(statusDir, e.Name)
	if several && e.Arch != "" {
		name += ":" + e.Arch
	}
	title := metadataTitle(e)
	return append(found,
		MetadataFile{Path: name, Data: e.control(slices.Compact(config)), Package: &e.Package, Title: title, kind: dpkgStanza},
		MetadataFile{Path: name + ".md5sums", Data: writeSums(sums), Package: &e.Package, Title: title, kind: dpkgSums})
}

// metadataTitle says what a package's stanza and list of files hold.
func metadataTitle(e *dpkgEntry) string { return "package metadata of " + e.Name }

// control is the stanza as an image has it.
func (e *dpkgEntry) control(conffiles []string) []byte {
	var b bytes.Buffer
	for _, name := range keptFields {
		value := e.stanza.get(name)
		switch name {
		case "Status":
			// One text for trees that are configured and those that are not, so that
			// images do not depend on how their source was made.
			value = "install ok installed"
		case "Conffiles":
			value = ""
			if len(conffiles) > 0 {
				b.WriteString("Conffiles:\n" + strings.Join(conffiles, "\n") + "\n")
			}
		case "Description":
			value, _, _ = strings.Cut(value, "\n")
		}
		if value != "" {
			b.WriteString(name + ": " + strings.ReplaceAll(value, "\r", "") + "\n")
		}
	}
	return b.Bytes()
}

// parseConffiles returns the sums of configuration files, which md5sums leave
// out: lines of name, md5 and perhaps "obsolete" or "remove-on-upgrade".
func parseConffiles(value string) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(value) {
		words := strings.Fields(line)
		if len(words) >= 2 && path.IsAbs(words[0]) && isMD5(words[1]) {
			sums[words[0]] = words[1]
		}
	}
	return sums
}

// recordedSums returns the sums that the database has of a package's shipped
// files, by listed name.
func (d *dpkg) recordedSums(e *dpkgEntry, shipped []Shipped, o *ownership, conffiles map[string]string) map[string]string {
	recorded := map[string]string{}
	need := map[string]bool{}
	for _, f := range shipped {
		listed := o.listedName(&e.Package, f.Origin)
		need[listed] = !f.Link
		if sum := conffiles[listed]; sum != "" {
			recorded[listed] = sum
		}
	}
	for _, name := range e.sums {
		data, err := d.readInfo(name)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSuffix(line, "\n")
			listed := "/" + sumName(line)
			if need[listed] && isMD5(line[:min(32, len(line))]) {
				recorded[listed] = line[:32]
			}
		}
	}
	return recorded
}

// maxSummed bounds the files that are summed here, because a package has no sum
// of them.
const maxSummed = 256 << 20

// sumFile is the md5 of a file of the tree, or "" if it cannot be had.
func (d *dpkg) sumFile(name string) string {
	f, err := d.db.tree.Open(rootfs.Name(name))
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSummed {
		return ""
	}
	h := md5.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxSummed)); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeSums writes the file that md5sum -c reads, the names without the slash in
// front as in packages.
func writeSums(sums map[string]string) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		b.WriteString(sums[name] + "  " + strings.TrimPrefix(name, "/") + "\n")
	}
	return b.Bytes()
}
