package layout

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/rootfs"
)

// Names that remove files of lower layers (image-spec 1.1, layer.md).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// capabilityRecord is where a layer has a file's capabilities (image-spec 1.1,
// layer.md, File Attributes).
const capabilityRecord = "SCHILY.xattr." + rootfs.CapabilityAttribute

// tree is an image while its layers are put on each other.
type tree struct {
	entries map[string]report.Entry
	// metadata is the content of the files of package metadata.
	metadata map[string][]byte
	// fresh are the paths of the layer that is being read.
	fresh map[string]bool
	// spool has facts made of files' contents; nil for none.
	spool    *spool
	facts    map[string]plan.Entry
	packages []*plan.Package
}

func newTree() *tree {
	return &tree{entries: map[string]report.Entry{}, metadata: map[string][]byte{}, facts: map[string]plan.Entry{}}
}

// layer puts a layer on what is there.
func (r *reader) layer(t *tree, desc ocispecs.Descriptor, name string) error {
	b, err := r.blob(desc)
	if err != nil {
		return err
	}
	defer b.Close()
	plain, err := compression.DecompressStream(b)
	if err != nil {
		return err
	}
	defer plain.Close()
	t.fresh = map[string]bool{}
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := t.add(h, archive, name); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	// The digest is known at the end of the blob only.
	_, err = io.Copy(io.Discard, plain)
	return err
}

// add puts one entry of a layer into the tree.
func (t *tree) add(h *tar.Header, content io.Reader, layer string) error {
	at := path.Join("/", h.Name)
	dir, base := path.Split(at)
	switch {
	case at == "/":
		return nil
	case base == opaque:
		t.empty(path.Clean(dir))
		return nil
	case strings.HasPrefix(base, whiteout):
		t.remove(path.Join(dir, strings.TrimPrefix(base, whiteout)))
		return nil
	}
	delete(t.facts, at)
	delete(t.metadata, at)
	e := report.Entry{Path: at, UID: uint32(h.Uid), GID: uint32(h.Gid), Layer: layer}
	if h.Typeflag != tar.TypeSymlink {
		e.Mode = fmt.Sprintf("%04o", h.Mode&0o7777)
	}
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		e.Kind = plan.KindDir
	case tar.TypeSymlink:
		e.Kind, e.Target, e.UID, e.GID = plan.KindSymlink, h.Linkname, 0, 0
	case tar.TypeLink:
		first, ok := t.entries[path.Join("/", h.Linkname)]
		if !ok {
			return fmt.Errorf("a hard link to %s, which is not there", h.Linkname)
		}
		e = first
		e.Path, e.Layer = at, layer
		t.facts[at] = t.facts[first.Path]
	case tar.TypeReg:
		e.Kind, e.Size = plan.KindFile, h.Size
		if value, ok := h.PAXRecords[capabilityRecord]; ok && h.Mode&0o111 != 0 {
			e.Capabilities = rootfs.CapabilityText([]byte(value))
		}
		e.Digest, err = t.read(at, h.Size, content)
	default: // devices and the like hold nothing
		e.Kind = plan.KindFile
	}
	if old, ok := t.entries[at]; ok && (old.Kind != plan.KindDir || e.Kind != plan.KindDir) {
		t.remove(at)
	}
	t.entries[at], t.fresh[at] = e, true
	return err
}

// remove removes a path with all that is below it.
func (t *tree) remove(at string) {
	old := t.entries[at]
	delete(t.entries, at)
	if old.Kind != plan.KindDir {
		return
	}
	for name := range t.entries {
		if strings.HasPrefix(name, at+"/") {
			delete(t.entries, name)
		}
	}
}

// empty removes what lower layers have in a directory.
func (t *tree) empty(dir string) {
	for name := range t.entries {
		if strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/") && !t.fresh[name] {
			delete(t.entries, name)
		}
	}
}

// metadataPaths begin the paths of package metadata, and of what loaders and look-ups of
// users read. A copyright file is one, too, wherever it is.
var metadataPaths = []string{
	"/var/lib/dpkg/", "/lib/apk/", "/usr/lib/apk/", "/var/lib/rpm", "/usr/lib/sysimage/rpm/", "/usr/share/rpm/",
	"/etc/passwd", "/etc/group", "/etc/ld.so.", "/etc/ld-musl-", "/etc/nsswitch.conf",
	"/etc/os-release", "/usr/lib/os-release", "/etc/debian_version", "/etc/lsb-release", "/etc/alpine-release",
}

// maxMetadata bounds a file of package metadata, in bytes: an rpm database of
// thousands of packages is half that large.
const maxMetadata = 512 << 20

// read hashes a file, and keeps what is package metadata.
func (t *tree) read(at string, size int64, content io.Reader) (string, error) {
	sum := digest.Canonical.Digester()
	var kept bytes.Buffer
	var to io.Writer = sum.Hash()
	isMetadata := path.Base(at) == "copyright" ||
		slices.ContainsFunc(metadataPaths, func(prefix string) bool { return strings.HasPrefix(at, prefix) })
	keeps := isMetadata && size < maxMetadata
	if keeps || t.spool != nil && size <= maxInspected {
		to = io.MultiWriter(to, &kept)
	}
	_, err := io.Copy(to, content)
	if err == nil && t.spool != nil && size <= maxInspected {
		t.facts[at] = factsOf(kept.Bytes())
		if t.facts[at].ELF != nil {
			err = t.spool.keep(sum.Digest().String(), kept.Bytes())
		}
	}
	if keeps {
		t.metadata[at] = kept.Bytes()
	}
	return sum.Digest().String(), err
}

// image is the finished tree, with the packages that it has metadata of.
func (t *tree) image(layers []report.Layer) (report.Image, error) {
	img := report.Image{Whole: true, Layers: layers, Packages: []report.Package{}}
	for _, name := range slices.Sorted(maps.Keys(t.entries)) {
		img.Entries = append(img.Entries, t.entries[name])
	}
	if err := t.addPackages(&img); err != nil {
		return img, fmt.Errorf("package metadata: %w", err)
	}
	img.Count()
	return img, nil
}

// addPackages lists the packages, and says which of them each entry belongs to.
func (t *tree) addPackages(img *report.Image) error {
	view, err := t.view(img.Entries)
	if err != nil {
		return err
	}
	db, err := packages.Open(view)
	if err != nil {
		return err
	}
	var files []string
	for _, e := range img.Entries {
		if e.Kind != plan.KindDir {
			files = append(files, e.Path)
		}
	}
	owners, err := db.Owners(files)
	if err != nil {
		return err
	}
	for i, e := range img.Entries {
		if pkg := owners[e.Path]; pkg != nil {
			img.Entries[i].Package = pkg.PURL
		}
	}
	all, err := db.All()
	t.packages = all
	for _, pkg := range all {
		img.Packages = append(img.Packages, report.Package{PURL: pkg.PURL, Name: pkg.Name, Version: pkg.Version, Arch: pkg.Arch})
	}
	return err
}

// view is the tree with the content of the package metadata alone.
func (t *tree) view(entries []report.Entry) (*rootfs.View, error) {
	v := rootfs.NewView()
	for _, e := range entries {
		var err error
		switch e.Kind {
		case plan.KindDir:
			err = v.AddDir(e.Path, 0o755, 0, 0)
		case plan.KindSymlink:
			err = v.AddLink(e.Path, e.Target)
		default:
			err = v.AddData(e.Path, t.metadata[e.Path], fs.FileMode(0o644), 0, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}
