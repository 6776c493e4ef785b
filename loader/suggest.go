package loader

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// commonDirs are where libraries commonly are, whether or not they are searched.
var commonDirs = []string{
	"/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32",
	"/usr/local/lib", "/usr/local/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
	"/usr/lib/i386-linux-gnu", "/usr/lib/arm-linux-gnueabihf", "/opt/lib", "/app/lib",
}

const maxNearMisses = 5

// nearMisses describes files that come near to a missing library: passed over for
// their kind, in a directory that is not searched, or of another version.
func (s *search) nearMisses(name string, tr *trail) ([]string, error) {
	var out, seen []string
	for _, r := range tr.rejected {
		out = append(out, fmt.Sprintf("found %s in %s %s", r.path, r.tree, r.why))
		seen = append(seen, r.tree+":"+r.path)
	}
	stem, _, ok := strings.Cut(path.Base(name), ".so")
	if !ok {
		return out, nil
	}
	for _, t := range s.trees {
		found, err := s.nearMissesIn(t, path.Base(name), stem, &seen)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out[:min(len(out), maxNearMisses)], nil
}

// rejectUnreadable notes a file that the process may not read.
func (s *search) rejectUnreadable(h *hit, tr *trail) {
	tr.fault = syscall.EACCES
	name := path.Clean(h.path)
	tr.rejected = append(tr.rejected, rejection{
		tree: h.t.Name, path: name,
		why: fmt.Sprintf("but user %s may not read it (%s)", s.user, start.Attributes(h.resolved.Info)),
		fix: fmt.Sprintf(`make it readable for the user, under files: - {from: SOURCE:%s, mode: "0644"}`, name),
	})
}

// rejectHidden notes a file that is there but that the process cannot get to.
func (s *search) rejectHidden(t *tree, name string, fault syscall.Errno, tr *trail) {
	if fault != syscall.EACCES {
		return
	}
	dir := outOfReach(t, name)
	if _, err := rootfs.Resolve(t.fs, name); dir == nil || err != nil {
		return
	}
	tr.rejected = append(tr.rejected, rejection{
		tree: t.Name, path: path.Clean(name),
		why: fmt.Sprintf("but behind %s, a directory that user %s may not search (%s)", dir.Dir, s.user, start.Attributes(dir.Info)),
		fix: letThrough(dir),
	})
}

// letThrough is how to open a directory to a user.
func letThrough(dir *start.Unsearchable) string {
	return fmt.Sprintf(`let the user through, under directories: - {path: %s, mode: "0755"}`, dir.Dir)
}

func (s *search) nearMissesIn(t *tree, name, stem string, seen *[]string) ([]string, error) {
	var out []string
	for _, dir := range append([]string{s.main.origin}, commonDirs...) {
		res, err := rootfs.Resolve(t.fs, dir)
		if err != nil || !res.Info.IsDir() || slices.Contains(*seen, t.Name+":"+res.Path) {
			continue
		}
		*seen = append(*seen, t.Name+":"+res.Path)
		names, err := s.names(t, res.Path)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if !strings.HasPrefix(n, stem+".so") {
				continue
			}
			what, err := s.nearMiss(t, path.Join(res.Path, n), name, seen)
			if err != nil {
				return nil, err
			}
			if what != "" {
				out = append(out, what)
			}
		}
	}
	return out, nil
}

// nearMiss describes one file that has the name or another version of it.
func (s *search) nearMiss(t *tree, p, name string, seen *[]string) (string, error) {
	key := t.Name + ":" + p
	if slices.Contains(*seen, key) {
		return "", nil
	}
	*seen = append(*seen, key)
	h, err := s.open(t, p)
	if h == nil || err != nil {
		return "", err
	}
	f := h.parsed.file
	switch {
	case f == nil:
		return "", nil
	case !compatible(f, s.main.File):
		return fmt.Sprintf("found %s in %s but it is for %s", p, t.Name, f), nil
	case path.Base(p) == name:
		return fmt.Sprintf("%s is in %s, but not where the loader looks", p, t.Name), nil
	case h.resolved.Path != p:
		return "", nil // the file that the link leads to is listed itself
	}
	return fmt.Sprintf("%s has another version, %s", t.Name, p), nil
}

// names names the entries of a directory; none if it is not there.
func (s *search) names(t *tree, dir string) ([]string, error) {
	res, err := rootfs.Resolve(t.fs, dir)
	if err != nil || !res.Info.IsDir() {
		return nil, rootfs.UnlessAbsent(err)
	}
	entries, err := fs.ReadDir(t.fs, rootfs.Name(res.Path))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// maxMatching is how many libraries are named for a name with *.
const maxMatching = 8

// proposeName puts the name of a library that a tree has before the other ways out of a
// missing one: people write the name that the linker takes, libz.so, or leave the version
// out or guess it.
func (s *search) proposeName(p *Problem, name string) error {
	if p.Code != CodeLibraryMissing || p.Name != name {
		return nil
	}
	stem, _, _ := strings.Cut(path.Base(name), ".so")
	var all, matching []string
	for _, t := range s.trees {
		names, err := s.sonamesIn(t)
		if err != nil {
			return err
		}
		for _, n := range names {
			if strings.HasPrefix(n, stem+".so") {
				p.Fixes = append([]string{fmt.Sprintf("write %s, which %s has", n, t.Name)}, p.Fixes...)
				return nil
			}
			all = append(all, n)
			if ok, err := path.Match(path.Base(name), n); err == nil && ok && len(matching) < maxMatching {
				matching = append(matching, n)
			}
		}
	}
	if len(matching) > 0 {
		p.Fixes = append([]string{"write the name of each: " + strings.Join(matching, ", ")}, p.Fixes...)
		return nil
	}
	if guess := diag.Nearest(path.Base(name), all); guess != "" {
		p.Fixes = append([]string{"did you mean " + guess + "?"}, p.Fixes...)
	}
	return nil
}

// sonamesIn lists the names by which the libraries in the common directories of a tree are
// opened, sorted.
func (s *search) sonamesIn(t *tree) ([]string, error) {
	var out []string
	for _, dir := range append([]string{s.main.origin}, commonDirs...) {
		names, err := s.names(t, dir)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if _, version, ok := strings.Cut(n, ".so."); !ok || version == "" {
				continue
			}
			h, err := s.open(t, path.Join(dir, n))
			if err != nil {
				return nil, err
			}
			if h != nil && h.parsed.file != nil && h.parsed.file.Soname != "" && compatible(h.parsed.file, s.main.File) {
				out = append(out, h.parsed.file.Soname)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
