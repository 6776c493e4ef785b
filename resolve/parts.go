package resolve

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// nsswitch tells glibc (and Go's resolver) to look in files first: without it,
// localhost is asked of the DNS. The services named are built into glibc.
const nsswitch = `passwd:   files
group:    files
shadow:   files
hosts:    files dns
networks: files
services: files
`

// bundles lists where distributions keep that file.
var bundles = []string{
	plan.CABundle,                      // Debian, Ubuntu, Alpine, distroless
	"/etc/pki/tls/certs/ca-bundle.crt", // Fedora and its kin
	"/etc/ssl/ca-bundle.pem",           // SUSE
	"/etc/ssl/cert.pem",                // Alpine without ca-certificates
}

// maxBundle bounds a certificate file, in bytes; Debian's bundle has 220 KB.
const maxBundle = 8 << 20

// addParts adds the default parts that are not excluded and those included.
func (r *resolver) addParts() error {
	r.addDefaultParts()
	for _, part := range mergeParts(r.req.Include) {
		var err error
		switch part.Name {
		case spec.PartCACertificates:
			err = r.addCertificates(part)
		case spec.PartTzdata:
			err = r.addTzdata(part)
		case spec.PartOSRelease:
			err = r.addOSRelease(part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// certificate is a PEM file that the spec adds to the trusted ones.
type certificate struct {
	ref spec.Ref
	at  string
}

// included is a part with the settings of all places that include it.
type included struct {
	spec.Part
	certificates []certificate
}

// mergeParts makes one of each part, as a target may include what the main image
// includes too.
func mergeParts(parts []spec.Part) []included {
	var out []included
	for _, p := range parts {
		i := slices.IndexFunc(out, func(o included) bool { return o.Name == p.Name })
		if i < 0 {
			i = len(out)
			out = append(out, included{Part: p})
		}
		for j, ref := range p.Add {
			at := fmt.Sprintf("%s.%s.add[%d]", p.At, p.Name, j)
			out[i].certificates = append(out[i].certificates, certificate{ref, at})
		}
	}
	return out
}

func (r *resolver) addDefaultParts() {
	if !r.excluded[spec.PartAccounts] {
		r.addAccounts()
	}
	if !r.excluded[spec.PartTmp] && !r.hasBase("/tmp") {
		r.wantDefault(plan.Entry{Path: "/tmp", Kind: plan.KindDir, Mode: 0o1777}, spec.PartTmp)
	}
	if !r.excluded[spec.PartNsswitch] && !r.hasBase("/etc/nsswitch.conf") {
		r.wantDefault(generated("/etc/nsswitch.conf", []byte(nsswitch)), spec.PartNsswitch)
	}
}

// generated is a file that is made here, owned by root.
func generated(name string, data []byte) plan.Entry {
	return plan.Entry{Path: name, Kind: plan.KindFile, Mode: 0o644, Size: int64(len(data)), Data: data}
}

// wantDefault asks for an entry of a default part, which gives way to whatever
// else the spec puts there.
func (r *resolver) wantDefault(e plan.Entry, part string) {
	e.Reason = plan.Reason{Cause: plan.CausePart, Part: part}
	r.want(entry{Entry: e, soft: true})
}

func (r *resolver) hasBase(name string) bool {
	base, ok := r.trees[plan.TreeBase]
	if !ok {
		return false
	}
	_, err := rootfs.Resolve(base, name)
	return err == nil
}

// addAccounts makes passwd and group with root and the image's user, or adds
// the user to the base's.
func (r *resolver) addAccounts() {
	u := r.req.User
	name, home := "nonroot", "/home/nonroot"
	if u.UID == 0 {
		name, home = "root", "/root"
	}
	passwd := "root:x:0:0:root:/root:/sbin/nologin\n"
	group := "root:x:0:\n"
	user := fmt.Sprintf("%s:x:%d:%d:%s:%s:/sbin/nologin\n", name, u.UID, u.GID, name, home)
	users := fmt.Sprintf("%s:x:%d:\n", name, u.GID)
	r.addAccountFile("/etc/passwd", passwd, user, u.UID)
	r.addAccountFile("/etc/group", group, users, u.GID)
	if !r.hasBase(home) {
		r.wantDefault(plan.Entry{Path: home, Kind: plan.KindDir, Mode: 0o700, UID: u.UID, GID: u.GID}, spec.PartAccounts)
	}
}

// addAccountFile makes a file of colon-separated records in which id has one.
func (r *resolver) addAccountFile(name, start, record string, id uint32) {
	data := start
	if old, ok := r.readBase(name); ok {
		data = old
		if data != "" && !strings.HasSuffix(data, "\n") {
			data += "\n"
		}
	}
	if !hasID(data, id) {
		data += uniqueName(data, record)
	} else if r.hasBase(name) {
		return
	}
	r.wantDefault(generated(name, []byte(data)), spec.PartAccounts)
}

// hasID tells whether a passwd or group file has a record with a numeric id.
func hasID(data string, id uint32) bool {
	want := fmt.Sprint(id)
	for line := range strings.Lines(data) {
		if f := strings.Split(line, ":"); len(f) > 2 && strings.TrimSpace(f[2]) == want {
			return true
		}
	}
	return false
}

// uniqueName renames a record whose name the file already has with another id.
func uniqueName(data, record string) string {
	name, rest, _ := strings.Cut(record, ":")
	for line := range strings.Lines(data) {
		if strings.HasPrefix(line, name+":") {
			return "app-" + name + ":" + rest
		}
	}
	return record
}

func (r *resolver) readBase(name string) (string, bool) {
	base, ok := r.trees[plan.TreeBase]
	if !ok {
		return "", false
	}
	found, err := rootfs.Resolve(base, name)
	if err != nil {
		return "", false
	}
	data, err := rootfs.ReadFile(base, found.Path, 1<<20)
	return string(data), err == nil
}

// partTrees lists where parts are taken from: the libraries' trees first, since
// they are the distribution that the image is made of, then every other.
func (r *resolver) partTrees() []string {
	var out []string
	for _, name := range slices.Concat(r.req.Libraries.From, r.req.Trees) {
		if _, ok := r.trees[name]; ok && name != plan.TreeContext && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// findPart looks for the first of several paths in the trees that parts come
// from, tree by tree.
func (r *resolver) findPart(names ...string) (tree string, found rootfs.Resolved, ok bool, err error) {
	for _, tree := range r.partTrees() {
		for _, name := range names {
			found, err := rootfs.Resolve(r.trees[tree], name)
			if err == nil {
				return tree, found, true, nil
			}
			if !rootfs.IsAbsent(err) {
				return "", found, false, err
			}
		}
	}
	return "", rootfs.Resolved{}, false, nil
}

// missingPart reports a part that no source has.
func (r *resolver) missingPart(part included, what, pkg string) {
	d := diag.Diagnostic{
		Code:    "part-not-found",
		At:      part.At,
		Message: fmt.Sprintf("%s is taken from the sources, and none of them has %s", part.Name, what),
	}
	if trees := r.partTrees(); len(trees) == 0 {
		d.Message = fmt.Sprintf("%s is taken from the sources, and there is none", part.Name)
		d.Fixes = append(d.Fixes, fmt.Sprintf("add a source that has it: sources: {debian: {image: debian:bookworm-slim, packages: [%s]}}", pkg))
	} else {
		d.Fixes = append(d.Fixes, fmt.Sprintf("add %s to the packages of source %s", pkg, trees[0]))
	}
	r.report(d)
}

func (r *resolver) partReason(part included) plan.Reason {
	return plan.Reason{Cause: plan.CausePart, At: part.At, Part: part.Name}
}

// addCertificates ships the bundle of trusted authorities, with the spec's own
// after it.
func (r *resolver) addCertificates(part included) error {
	if r.hasBase(plan.CABundle) && len(part.certificates) == 0 {
		return nil
	}
	tree, found, ok, err := r.findBundle()
	if err != nil {
		return err
	}
	if !ok {
		r.missingPart(part, "a certificate bundle ("+plan.CABundle+")", "ca-certificates")
		return nil
	}
	reason := r.partReason(part)
	if len(part.certificates) == 0 {
		r.wantCopy(tree, found.Path, plan.CABundle, found.Info, nil, nil, reason)
		return nil
	}
	data, err := rootfs.ReadFile(r.trees[tree], found.Path, maxBundle)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", found.Path, plan.TreeName(tree), err)
	}
	for _, c := range part.certificates {
		own, ok, err := r.ownCertificates(c)
		if err != nil {
			return err
		}
		if ok {
			data = slices.Concat(bytes.TrimRight(data, "\n"), []byte("\n"), own)
		}
	}
	e := generated(plan.CABundle, data)
	e.Reason = reason
	r.want(entry{Entry: e})
	return nil
}

// findBundle looks in the base first: adding to its bundle changes no more than
// was asked for.
func (r *resolver) findBundle() (string, rootfs.Resolved, bool, error) {
	if base, ok := r.trees[plan.TreeBase]; ok {
		for _, name := range bundles {
			if found, err := rootfs.Resolve(base, name); err == nil {
				return plan.TreeBase, found, true, nil
			}
		}
	}
	return r.findPart(bundles...)
}

// ownCertificates reads and checks PEM certificates that the spec adds.
func (r *resolver) ownCertificates(c certificate) ([]byte, bool, error) {
	found, ok, err := r.locate(c.ref, c.at)
	if err != nil || !ok {
		return nil, false, err
	}
	bad := func(why string) ([]byte, bool, error) {
		r.report(diag.Diagnostic{
			Code:    "bad-certificate",
			At:      c.at,
			Message: fmt.Sprintf("%s cannot be added to the trusted certificates: %s", describeRef(c.ref), why),
			Runtime: "x509: certificate signed by unknown authority",
			Fixes:   []string{"give a PEM file of CA certificates: -----BEGIN CERTIFICATE-----"},
		})
		return nil, false, nil
	}
	if !found.Info.Mode().IsRegular() {
		return bad("it is not a regular file")
	}
	data, err := rootfs.ReadFile(r.trees[TreeOf(c.ref)], found.Path, maxBundle)
	if errors.Is(err, rootfs.ErrTooLarge) {
		return bad("it is too large")
	}
	if err != nil {
		return nil, false, err
	}
	pemText, why := certificates(data)
	if why != "" {
		return bad(why)
	}
	return pemText, true, nil
}

// certificates returns the certificates of a PEM file, written anew so that
// nothing else of the file ships, or says what is wrong with it.
func certificates(data []byte) (out []byte, why string) {
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, "it holds a private key, which must not ship"
		}
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, err.Error()
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})...)
	}
	if len(out) == 0 {
		return nil, "it holds no PEM certificate"
	}
	return out, ""
}

// addTzdata ships the time zones as one source has them.
func (r *resolver) addTzdata(part included) error {
	const zones = "/usr/share/zoneinfo"
	if r.hasBase(zones + "/Europe/London") {
		return nil
	}
	tree, found, ok, err := r.findPart(zones)
	if err != nil {
		return err
	}
	if !ok || !found.Info.IsDir() {
		r.missingPart(part, zones, "tzdata")
		return nil
	}
	c := copier{resolver: r, tree: tree, reason: r.partReason(part), whole: true}
	c.file.At, c.file.From = part.At, spec.Ref{Source: tree, Path: zones}
	return c.directory(found.Path, zones)
}

// addOSRelease ships the file that says which distribution the files are from.
func (r *resolver) addOSRelease(part included) error {
	const osRelease = "/etc/os-release"
	if r.hasBase(osRelease) {
		return nil
	}
	tree, found, ok, err := r.findPart(osRelease, "/usr/lib/os-release")
	if err != nil {
		return err
	}
	if !ok || !found.Info.Mode().IsRegular() {
		r.missingPart(part, osRelease, "base-files")
		return nil
	}
	reason := r.partReason(part)
	r.wantLinks(tree, found, reason)
	r.wantCopy(tree, found.Path, found.Path, found.Info, nil, nil, reason)
	return nil
}
