package loader

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// nearDirs are where libraries commonly are, whether or not they are searched.
var nearDirs = []string{
	"/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32",
	"/usr/local/lib", "/usr/local/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
	"/usr/lib/i386-linux-gnu", "/usr/lib/arm-linux-gnueabihf", "/opt/lib", "/app/lib",
}

const maxNear = 5

// near describes files that come near to a missing library: passed over for
// their kind, in a directory that is not searched, or of another version.
func (s *search) near(name string, tr *trail) ([]string, error) {
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
		found, err := s.nearIn(t, path.Base(name), stem, &seen)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out[:min(len(out), maxNear)], nil
}

func (s *search) nearIn(t *tree, name, stem string, seen *[]string) ([]string, error) {
	var out []string
	for _, dir := range append([]string{s.main.origin}, nearDirs...) {
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
			what, err := s.nearFile(t, path.Join(res.Path, n), name, seen)
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

// nearFile describes one file that has the name or another version of it.
func (s *search) nearFile(t *tree, p, name string, seen *[]string) (string, error) {
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
	if err != nil {
		if absent(err) {
			return nil, nil
		}
		return nil, err
	}
	if !res.Info.IsDir() {
		return nil, nil
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
