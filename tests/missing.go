package tests

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// missing is the clue of a path that a source has and the image does not; nil for
// others. By is the program that asked for it.
func (l *lookup) missing(name, by string) *Clue {
	if len(name) > rootfs.MaxPath || l.there(name) {
		return nil
	}
	for _, source := range l.order(by) {
		tree := l.trees[source]
		at, err := rootfs.Resolve(tree, rootfs.Name(name))
		if err != nil {
			continue
		}
		c := &Clue{Path: name, Source: source, Size: at.Info.Size(), Kind: plan.KindFile}
		if l.there(at.Path) {
			// The image has the file: by another name, or it lacks a link to it.
			if c.Path, c.Target = l.missingLink(tree, name); c.Target == "" {
				continue
			}
			c.Kind, c.Size = plan.KindSymlink, 0
			return c
		}
		if l.isLink(name) {
			c.Path = at.Path // the image has what leads to it
		}
		if part, ok := parts.OfPath(name); ok {
			c.Part = part.Name
		}
		if at.Info.Mode().IsRegular() && !l.may(at.Info, 4) {
			c.NewMode = plan.ModeOf(at.Info.Mode()) | 0o444
		}
		switch {
		case at.Info.IsDir() && isState(name) && isEmpty(tree, at.Path):
			// Nothing is there to ship: it is for what the program will write.
			return &Clue{Path: name, Kind: plan.KindDir, Error: "ENOENT", Write: true}
		case at.Info.IsDir():
			c.Kind, c.Size = plan.KindDir, 0
		case !at.Info.Mode().IsRegular():
			continue
		}
		return c
	}
	return nil
}

// isLink reports whether the image has a link of that name, wherever it leads.
func (l *lookup) isLink(name string) bool {
	return linkTarget(l.image, name) != ""
}

// missingLink is the first link on the way from a name to a file of the image that the
// image does not have, and whose target it has.
func (l *lookup) missingLink(tree rootfs.FS, name string) (link, target string) {
	for range 40 {
		target := linkTarget(tree, name)
		if target == "" {
			return "", ""
		}
		to := target
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(name), to)
		}
		if l.there(to) {
			return name, target
		}
		name = to
	}
	return "", ""
}

// isState reports whether a path is in a place for what programs write.
func isState(name string) bool {
	top, _, _ := strings.Cut(name[1:], "/")
	return slices.Contains([]string{"var", "run", "srv", "home", "mnt"}, top)
}

func isEmpty(tree rootfs.FS, dir string) bool {
	all, err := fs.ReadDir(tree, rootfs.Name(dir))
	return err == nil && len(all) == 0
}

// interpreters are what the kernel executes for a script: what its first line names, and
// what env looks up for it. No call of a program names them.
func (l *lookup) interpreters(name string) []string {
	tree, at, err := l.anywhere(name)
	if err != nil || !at.Info.Mode().IsRegular() {
		return nil
	}
	f, err := tree.Open(rootfs.Name(at.Path))
	if err != nil {
		return nil
	}
	defer f.Close()
	line := make([]byte, 256) // BINPRM_BUF_SIZE
	n, _ := io.ReadFull(f, line)
	text, ok := strings.CutPrefix(string(line[:n]), "#!")
	if !ok {
		return nil
	}
	text, _, _ = strings.Cut(text, "\n")
	words := strings.Fields(text)
	if len(words) == 0 || !path.IsAbs(words[0]) {
		return nil
	}
	out := []string{path.Clean(words[0])}
	if path.Base(words[0]) == "env" && len(words) > 1 && !strings.ContainsAny(words[1], "/=-") {
		for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin"} {
			at := path.Join(dir, words[1])
			if _, _, err := l.anywhere(at); err == nil {
				return append(out, at)
			}
		}
	}
	return out
}

// anywhere is where the image has a file, or else the first source that does.
func (l *lookup) anywhere(name string) (rootfs.FS, rootfs.Resolved, error) {
	at, err := rootfs.Resolve(l.image, rootfs.Name(name))
	if err == nil {
		return l.image, at, nil
	}
	for _, source := range l.Sources {
		if at, err = rootfs.Resolve(l.trees[source], rootfs.Name(name)); err == nil {
			return l.trees[source], at, nil
		}
	}
	return nil, rootfs.Resolved{}, fs.ErrNotExist
}

// order are the sources in which to look for what a program asked for, its own first.
func (l *lookup) order(by string) []string {
	own, ok := l.From[by]
	if !ok || !slices.Contains(l.Sources, own) {
		return l.Sources
	}
	rest := slices.DeleteFunc(slices.Clone(l.Sources), func(s string) bool { return s == own })
	return append([]string{own}, rest...)
}

// linkTarget is what a link points to; empty for what is none.
func linkTarget(tree rootfs.FS, name string) string {
	at, err := physical(tree, name)
	if err != nil {
		return ""
	}
	target, err := tree.ReadLink(at)
	if err != nil {
		return ""
	}
	return target
}

func (l *lookup) there(name string) bool {
	_, err := rootfs.Resolve(l.image, rootfs.Name(name))
	return err == nil
}
