package programs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// makePlan plans the image of a spec for an architecture as a build does. trees are the
// directories of its sources and of the build context. A spec with errors is a refused build, whose
// error is what the user sees; otherwise warned is what the build warns of.
func makePlan(text, arch string, trees map[string]string) (p *plan.Plan, warned string, err error) {
	doc, findings := spec.Parse(specFile, []byte(text))
	if findings.Err() == nil {
		if p, findings, err = planOf(doc, arch, trees); err != nil {
			return nil, "", err
		}
	}
	said := render.Text(findings, doc)
	if p == nil {
		return nil, "", errors.New("the build is refused:\n" + said)
	}
	return p, said, p.Check()
}

// planOf plans the image of a document; the plan is nil when there are errors.
func planOf(doc *spec.Document, arch string, dirs map[string]string) (*plan.Plan, diag.List, error) {
	s, findings := doc.Evaluate(spec.Vars{}, "")
	if findings.Err() != nil {
		return nil, findings, nil
	}
	config, more := imageconfig.Resolve(s, nil, nil)
	if findings = append(findings, more...); findings.Err() != nil {
		return nil, findings, nil
	}
	req := request.New(s, config, "linux/"+arch)
	req.Trees = slices.Sorted(maps.Keys(dirs))
	trees := map[string]rootfs.FS{}
	for name, dir := range dirs {
		trees[name] = rootfs.Dir(dir)
	}
	found, err := resolve.Make(req, trees)
	if err != nil {
		return nil, nil, err
	}
	if findings = append(findings, found.Diagnostics...); findings.Err() != nil {
		return nil, findings, nil
	}
	found.Configure(config)
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		src := s.Sources[name]
		found.Plan.Sources = append(found.Plan.Sources, plan.Source{Name: name, Kind: plan.SourceImage, Reference: src.Image, Packages: src.Packages})
	}
	return &found.Plan, findings, nil
}

// imageConfig is the config of the image of a plan.
func imageConfig(p *plan.Plan) ocispec.ImageConfig {
	return llbgen.Config(p, nil, ocispec.Platform{OS: "linux", Architecture: "amd64"}, time.Unix(0, 0)).Config.ImageConfig
}

// materialise writes the tree of a plan into the empty directory root. Every file has
// the time 0, as in an image, or its own; that of the last access tells later what was read.
func materialise(p *plan.Plan, trees map[string]string, root string) error {
	for _, e := range p.Entries {
		if err := writeEntry(e, trees, filepath.Join(root, e.Path)); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	for _, e := range slices.Backward(p.Entries) { // a directory after what is in it
		zero := []unix.Timespec{{}, {}}
		times := zero
		if e.ModTime != nil {
			times = []unix.Timespec{{}, {Sec: *e.ModTime}}
		}
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(root, e.Path), times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return nil
}

func writeEntry(e plan.Entry, trees map[string]string, at string) error {
	switch e.Kind {
	case plan.KindDir:
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
	case plan.KindSymlink:
		return errors.Join(os.Symlink(e.Target, at), os.Lchown(at, int(e.UID), int(e.GID)))
	case plan.KindFile:
		if err := writeFile(e, trees, at); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Chown(at, int(e.UID), int(e.GID)), os.Chmod(at, e.FileMode())); err != nil {
		return err
	}
	if e.Capabilities == "" || e.From == nil {
		return nil
	}
	value := make([]byte, 64)
	n, err := unix.Lgetxattr(filepath.Join(trees[e.From.Tree], e.From.Path), rootfs.CapabilityAttribute, value)
	if err != nil {
		return err
	}
	return unix.Lsetxattr(at, rootfs.CapabilityAttribute, value[:n], 0)
}

func writeFile(e plan.Entry, trees map[string]string, at string) error {
	if e.From == nil {
		return os.WriteFile(at, e.Data, 0o644)
	}
	in, err := os.Open(filepath.Join(trees[e.From.Tree], e.From.Path))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(at)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// sizeOf is the size of the files of a plan.
func sizeOf(p *plan.Plan) int64 {
	var n int64
	for _, e := range p.Entries {
		n += e.Size
	}
	return n
}

// A Need is the bytes that one piece of evidence brings, and how many of them were
// read in the work.
type Need struct {
	Evidence      string
	Bytes, Opened int64
}

// Usage is how much of an image was read in its work, in bytes.
type Usage struct {
	Opened int64
	// Needs are what the image has beyond what the loader needs: by evidence, the
	// largest first.
	Needs []Need
}

// NeedBytes sums the needs: their bytes, and how many of these were read.
func (u Usage) NeedBytes() (bytes, opened int64) {
	for _, n := range u.Needs {
		bytes, opened = bytes+n.Bytes, opened+n.Opened
	}
	return bytes, opened
}

// usage tells what was read of a plan's files in root since materialise: the file
// system keeps the time of every access. closure is the plan with what the loader needs
// alone.
func usage(p, closure *plan.Plan, root string) (Usage, error) {
	var u Usage
	loaded := map[string]bool{}
	for _, e := range closure.Entries {
		loaded[e.Path] = true
	}
	evidence := map[string]string{} // of files
	by := map[string]*Need{}
	for _, e := range p.Entries {
		if e.Reason.Cause == plan.CauseNeed {
			evidence[e.Path] = e.Reason.Evidence.String()
		}
	}
	for _, e := range p.Entries {
		if e.Kind != plan.KindFile {
			continue
		}
		opened, err := wasOpened(filepath.Join(root, e.Path))
		if err != nil {
			return u, err
		}
		read := int64(0)
		if opened {
			read = e.Size
		}
		u.Opened += read
		if loaded[e.Path] {
			continue
		}
		why := whyNeeded(e, evidence)
		if by[why] == nil {
			by[why] = &Need{Evidence: why}
		}
		by[why].Bytes += e.Size
		by[why].Opened += read
	}
	for _, n := range by {
		u.Needs = append(u.Needs, *n)
	}
	slices.SortFunc(u.Needs, func(a, b Need) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Evidence, b.Evidence))
	})
	return u, nil
}

// wasOpened reports whether a file was read since materialise. One that the program has
// removed was not.
func wasOpened(name string) (bool, error) {
	var st unix.Stat_t
	err := unix.Lstat(name, &st)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return st.Atim.Sec != 0, err
}

// whyNeeded is the evidence for a file that the loader does not need: its own, or that
// of the object that it is a library of.
func whyNeeded(e plan.Entry, evidence map[string]string) string {
	if e.IsMetadata() {
		return "package metadata and licences"
	}
	if why := evidence[e.Path]; why != "" {
		return why
	}
	for _, object := range e.Reason.Chain {
		if why := evidence[object]; why != "" {
			return "a library of " + object + ": " + why
		}
	}
	return e.Reason.String()
}

// packagesSize is the size of the files of packages, those of some programs among them,
// and of all that they depend on, as they are installed in a tree.
func packagesSize(dir string, names, programs []string) (int64, error) {
	tree := rootfs.Dir(dir)
	db, err := packages.Open(tree)
	if err != nil {
		return 0, err
	}
	queue, err := packagesOf(db, tree, names, programs)
	if err != nil {
		return 0, err
	}
	seen, counted := map[string]bool{}, map[string]bool{}
	var total int64
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p.PURL] {
			continue
		}
		seen[p.PURL] = true
		depends, err := db.Depends(p)
		if err != nil {
			return 0, err
		}
		queue = append(queue, depends...)
		files, err := db.Contents(p)
		if err != nil {
			return 0, err
		}
		for _, name := range files {
			if !counted[name] {
				counted[name] = true
				total += fileSize(filepath.Join(dir, name))
			}
		}
	}
	return total, nil
}

// packagesOf are the packages of these names and those that own these programs.
func packagesOf(db *packages.DB, tree rootfs.FS, names, programs []string) ([]*plan.Package, error) {
	all, err := db.All()
	if err != nil {
		return nil, err
	}
	var out []*plan.Package
	for _, p := range all {
		if slices.Contains(names, p.Name) {
			out = append(out, p)
		}
	}
	var physical []string
	for _, name := range programs {
		if found, err := rootfs.Resolve(tree, name); err == nil {
			physical = append(physical, found.Path)
		}
	}
	owners, err := db.Owners(physical)
	return append(out, slices.Collect(maps.Values(owners))...), err
}

// fileSize is the size of a regular file, and 0 for all else.
func fileSize(name string) int64 {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}
