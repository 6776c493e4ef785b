package resolve

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// addFiles adds the files and directories that the spec names.
func (r *resolver) addFiles() error {
	for i, f := range r.Req.Files {
		before := len(r.Entries)
		scope, err := r.addFile(f)
		if err != nil {
			return err
		}
		for j := range r.Entries[before:] {
			if e := &r.Entries[before+j]; e.Reason.Cause == plan.CauseFile {
				e.Scope, e.Item = scope, i+1
				e.Confined = e.Kind == plan.KindSymlink && !r.RunsCodeOf(e.From.Tree)
			}
		}
	}
	return nil
}

// addFile adds one item and returns where it puts things.
func (r *resolver) addFile(f spec.File) (scope string, err error) {
	if f.Content != nil {
		r.addContent(f)
		return f.To, nil
	}
	found, ok, err := r.locate(f.From, f.At+".from")
	if err != nil || !ok {
		return "", err
	}
	tree, to := request.TreeOf(f.From), f.To
	reason := plan.Reason{Cause: plan.CauseFile, At: f.At}
	if f.ToDir && !found.Info.IsDir() {
		to = path.Join(to, path.Base(f.From.Path))
	}
	if !found.Info.IsDir() && !found.Info.Mode().IsRegular() {
		r.Report(notAFile(f.From, f.At+".from", found.Info))
		return "", nil
	}
	if d := inPlaceOfDirectory(f, to); d != nil && !found.Info.IsDir() {
		r.Report(*d)
		return "", nil
	}
	if to == f.From.Path {
		to = r.WantBehind(tree, found, to, reason)
	}
	if found.Info.IsDir() {
		c := copier{resolver: r, tree: tree, file: f, reason: reason, whole: f.Mode == nil}
		err := c.directory(found.Path, to)
		c.reportSpecial()
		return to, err
	}
	r.WantCopy(tree, found.Path, to, found.Info, f.Mode, f.Owner, reason)
	return to, nil
}

// addContent adds a file whose text the spec holds.
func (r *resolver) addContent(f spec.File) {
	e := draft.Generated(f.To, []byte(*f.Content))
	e.Reason = plan.Reason{Cause: plan.CauseFile, At: f.At}
	if f.Mode != nil {
		e.Mode = *f.Mode
	}
	if f.Owner != nil {
		e.UID, e.GID = f.Owner.UID, f.Owner.GID
	}
	r.Want(imagetree.Entry{Entry: e})
}

// locate finds what a reference names, or reports why it is not there.
func (r *resolver) locate(ref spec.Ref, at string) (rootfs.Resolved, bool, error) {
	tree := r.Trees[request.TreeOf(ref)]
	found, err := rootfs.Resolve(tree, ref.Path)
	switch {
	case err == nil:
		return found, true, nil
	case errors.Is(err, fs.ErrNotExist):
		d, err := r.notFound(ref, at)
		if err != nil {
			return found, false, err
		}
		r.Report(d)
		return found, false, nil
	case rootfs.IsAbsent(err):
		r.Report(diag.Diagnostic{
			Code:    "path-unusable",
			At:      at,
			Message: fmt.Sprintf("%s cannot be reached: %v", draft.DescribeRef(ref), errors.Unwrap(err)),
			Fixes:   []string{"name the file by the path it really has"},
		})
		return found, false, nil
	}
	return found, false, err
}

// notFound explains a missing file, with what there is instead.
func (r *resolver) notFound(ref spec.Ref, at string) (diag.Diagnostic, error) {
	d := diag.Diagnostic{
		Code:    "file-not-found",
		At:      at,
		Message: fmt.Sprintf("%s is not there", draft.DescribeRef(ref)),
	}
	if link, ok := r.dangling(ref); ok {
		ref.Path = link.Path
		d.Message = fmt.Sprintf("%s is a link to %s, which is not there", draft.DescribeRef(ref), link.Target)
		d.Fixes = []string{"name the file itself, or bring along what the link leads to"}
		if request.TreeOf(ref) == plan.TreeContext {
			d.Fixes = []string{
				"links cannot lead out of the build context: copy the file into it",
				"give its directory with --build-context NAME=DIR, declare the source as NAME: {}, and write NAME:PATH",
			}
		}
		return d, nil
	}
	if strings.Contains(ref.Path, "*") {
		d.Code = "wildcard"
		d.Message += ": a path names one file or directory, and * in it is a character like others"
		d.Fixes = []string{"name the directory, with a trailing slash, or list the files"}
		if names := r.matches(ref); len(names) > 0 {
			d.Fixes = append([]string{"write an item for each file: " + strings.Join(names, ", ")}, d.Fixes...)
		}
		return d, nil
	}
	if here, everywhere := linkage.WithMultiarch(ref.Path, r.Req.Platform); here != "" {
		if _, err := rootfs.Resolve(r.Trees[request.TreeOf(ref)], here); err == nil {
			d.Fixes = []string{fmt.Sprintf("write %s, which is %s for %s", spec.Ref{Source: ref.Source, Path: everywhere}, here, r.Req.Platform)}
			return d, nil
		}
	}
	if from, to, ok := r.twoPaths(ref); ok {
		d.Fixes = []string{fmt.Sprintf("write {from: %s, to: %s}", from, to)}
		return d, nil
	}
	if near, err := r.near(ref); err != nil {
		return d, err
	} else if near != "" {
		d.Fixes = append(d.Fixes, "did you mean "+near+"?")
	} else if names := r.thereInstead(ref); len(names) > 0 {
		d.Fixes = append(d.Fixes, fmt.Sprintf("name what is there: %s has %s", path.Dir(ref.Path), strings.Join(names, ", ")))
	}
	if request.TreeOf(ref) == plan.TreeContext {
		d.Fixes = append(d.Fixes, "build it first, and see that .dockerignore does not leave it out")
	} else {
		d.Fixes = append(d.Fixes, fmt.Sprintf("correct the path: it is looked up from the root of source %s", ref.Source))
	}
	return d, nil
}

// matches are the files that a pattern means in the last element of a path, as the spec names
// them, if they are few.
func (r *resolver) matches(ref spec.Ref) []string {
	const most = 6
	dir, pattern := path.Split(ref.Path)
	if strings.Contains(dir, "*") {
		return nil
	}
	parent, err := rootfs.Resolve(r.Trees[request.TreeOf(ref)], path.Clean(dir))
	if err != nil || !parent.Info.IsDir() {
		return nil
	}
	entries, err := r.Trees[request.TreeOf(ref)].ReadDir(rootfs.Name(parent.Path))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if ok, err := path.Match(pattern, e.Name()); err == nil && ok && !e.IsDir() {
			names = append(names, spec.Ref{Source: ref.Source, Path: dir + e.Name()}.String())
		}
	}
	if len(names) > most {
		return nil
	}
	return names
}

// thereInstead is what the directory has in which a file is missed, if a person would read it:
// one that a build has made, such as /out.
func (r *resolver) thereInstead(ref spec.Ref) []string {
	const most = 6
	tree := r.Trees[request.TreeOf(ref)]
	parent, err := rootfs.Resolve(tree, path.Dir(ref.Path))
	if err != nil || parent.Path == "/" || !parent.Info.IsDir() || request.TreeOf(ref) == plan.TreeContext {
		return nil
	}
	if top, _, _ := strings.Cut(parent.Path[1:], "/"); slices.Contains([]string{"usr", "bin", "sbin", "lib", "etc", "var"}, top) {
		return nil
	}
	entries, err := tree.ReadDir(rootfs.Name(parent.Path))
	if err != nil || len(entries) > most {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// twoPaths takes a path apart that is two, as "debian:/bin/ls:/bin/list": that of a file
// which is there, and what it is to become.
func (r *resolver) twoPaths(ref spec.Ref) (from, to string, ok bool) {
	from, to, ok = strings.Cut(ref.Path, ":/")
	if !ok {
		return "", "", false
	}
	_, err := rootfs.Resolve(r.Trees[request.TreeOf(ref)], from)
	if ref.Source != "" {
		return ref.Source + ":" + from, "/" + to, err == nil
	}
	return from[1:], "/" + to, err == nil
}

// dangling is the link on the way to a missing file that leads nowhere.
func (r *resolver) dangling(ref spec.Ref) (rootfs.Link, bool) {
	tree := r.Trees[request.TreeOf(ref)]
	found, err := rootfs.Resolve(tree, ref.Path)
	if err == nil || len(found.Links) == 0 {
		return rootfs.Link{}, false
	}
	last := found.Links[len(found.Links)-1]
	_, err = rootfs.Resolve(tree, last.Path)
	return last, err != nil
}

// near looks for a file of the same name where programs usually are, or for a
// name in the same directory that differs in little.
func (r *resolver) near(ref spec.Ref) (string, error) {
	tree := r.Trees[request.TreeOf(ref)]
	base := path.Base(ref.Path)
	for _, dir := range []string{"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"} {
		candidate := path.Join(dir, base)
		if candidate == ref.Path {
			continue
		}
		if _, err := rootfs.Resolve(tree, candidate); err == nil {
			return candidate, nil
		}
	}
	parent, err := rootfs.Resolve(tree, path.Dir(ref.Path))
	if err != nil || !parent.Info.IsDir() {
		return r.deeper(tree, ref), nil
	}
	entries, err := fs.ReadDir(tree, rootfs.Name(parent.Path))
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if best := diag.Nearest(base, names); best != "" {
		return path.Join(path.Dir(ref.Path), best), nil
	}
	return r.deeper(tree, ref), nil
}

func notAFile(ref spec.Ref, at string, info fs.FileInfo) diag.Diagnostic {
	what := "is a special file (" + info.Mode().Type().String() + ")"
	if info.IsDir() {
		what = "is a directory"
	}
	return diag.Diagnostic{
		Code:    "not-a-file",
		At:      at,
		Message: fmt.Sprintf("%s %s, not a regular file", draft.DescribeRef(ref), what),
		Fixes:   []string{"name a regular file; directories go under files, and empty ones under directories"},
	}
}

// addDirectories adds the directories that the spec asks to make.
func (r *resolver) addDirectories() error {
	for _, d := range r.Req.Directories {
		w := imagetree.Entry{Entry: plan.Entry{
			Path:   d.Path,
			Kind:   plan.KindDir,
			Mode:   0o755,
			Reason: plan.Reason{Cause: plan.CauseDirectory, At: d.At},
		}}
		if d.Mode != nil {
			w.Mode = *d.Mode
		}
		if d.Owner != nil {
			w.UID, w.GID = d.Owner.UID, d.Owner.GID
		}
		r.Want(w)
	}
	return nil
}

// addWorkdir makes the directory that programs start in, unless something else has it already: a part's
// /tmp stays writable, and the user's home the user's.
func (r *resolver) addWorkdir() error {
	if dir := r.Req.Workdir; dir != "" && dir != "/" && !r.HasBase(dir) && !r.makesVolume(dir) {
		e := plan.Entry{Path: dir, Kind: plan.KindDir, Mode: 0o755, Reason: plan.Reason{Cause: plan.CauseDirectory, At: "workdir"}}
		if err := r.asInSource(&e); err != nil {
			return err
		}
		r.Want(imagetree.Entry{Soft: true, Entry: e})
	}
	return nil
}

// asInSource gives a directory the mode and the owner that it has in the source of a program, if
// somebody has made it there.
func (r *resolver) asInSource(e *plan.Entry) error {
	for _, b := range r.Req.Binaries {
		tree := request.TreeOf(b.From)
		found, ok, err := r.Look(tree, e.Path)
		if err != nil {
			return err
		}
		if !ok || tree == plan.TreeContext || !found.Info.IsDir() || found.Path != e.Path {
			continue
		}
		of, err := r.PackagesOf(tree, []string{e.Path})
		if err != nil {
			return err
		}
		if of[e.Path] == "" {
			e.Mode, e.UID, e.GID = imagetree.Attributes(found.Info)
			return nil
		}
	}
	return nil
}

// addLinks adds the links that the spec asks to make.
func (r *resolver) addLinks() error {
	for _, l := range r.Req.Links {
		r.Want(imagetree.Entry{Entry: plan.Entry{
			Path:   l.Path,
			Kind:   plan.KindSymlink,
			Target: l.Target,
			Reason: plan.Reason{Cause: plan.CauseSymlink, At: l.At},
		}})
	}
	return nil
}

// numberSingle gives the programs and links of the spec their numbers after those of
// files. Each names one path, and so it takes the place of what a directory brings there.
func (r *resolver) numberSingle() error {
	for i := range r.Entries {
		if e := &r.Entries[i]; e.Reason.Cause == plan.CauseBinary || e.Reason.Cause == plan.CauseSymlink {
			e.Scope, e.Item = e.Path, len(r.Req.Files)+1
		}
	}
	return nil
}
