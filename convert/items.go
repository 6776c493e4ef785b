package convert

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// dropRepeated leaves out what the spec has twice: links by which a program of the stage is
// named, which ship with it, what a later COPY puts to the same place once more, and a directory to which
// several instructions that are left copy.
func (c *conversion) dropRepeated() {
	c.links = slices.DeleteFunc(c.links, func(l link) bool {
		return c.whole && slices.Contains(c.programs, program{c.imageSource, l.path})
	})
	var kept []item
	for i, it := range c.items {
		if !slices.ContainsFunc(c.items[i+1:], it.isIn) {
			kept = append(kept, it)
		}
	}
	c.items = unique(kept)
}

// isIn reports whether a directory that is copied later has an item at its place.
func (it item) isIn(later item) bool {
	from, to := strings.TrimSuffix(later.from, "/")+"/", strings.TrimSuffix(later.to, "/")+"/"
	if later.from == "." {
		from = ""
	}
	rest, below := strings.CutPrefix(strings.TrimSuffix(it.from, "/"), from)
	place := strings.TrimSuffix(it.to, "/")
	if strings.HasSuffix(it.to, "/") && !strings.HasSuffix(it.from, "/") && path.Base(it.from) != path.Base(place) {
		place = path.Join(place, path.Base(it.from)) // of a file
	}
	return it.source == later.source && it.source == "" && below && rest != "" && to+rest == place
}

// isFile reports whether an item, which is then at a path of the stage, is a file and not a
// directory, and whether that is known.
func (c *conversion) isFile(it item, at string) (file, known bool) {
	if it.from == "." || strings.HasSuffix(it.from, "/") {
		return false, true
	}
	if it.source == "" && c.context != nil {
		if info, err := fs.Stat(c.context, it.from); err == nil {
			return !info.IsDir(), true
		}
	}
	if it.source != "" && c.stageKnows() {
		if tree, err := c.images.Stage(); err == nil {
			found, err := rootfs.Resolve(tree, at)
			return err == nil && !found.Info.IsDir(), true
		}
	}
	return extension.MatchString(it.from), extension.MatchString(it.from)
}

// isTree reports whether an item is a directory as far as can be told: nobody copies two files to
// one path.
func (c *conversion) isTree(it item) bool {
	file, known := c.isFile(it, it.to)
	return !file && (known || it.source != "")
}

// extension is that of a file, and of a library with its version: directories are called conf.d, python3.13 and .venv.
var extension = regexp.MustCompile(`[^/]\.([a-z][a-z0-9]+|so[.0-9]+)$`)

// mayBeDir reports whether an item that is named like a program may as well be a directory
// that has it, whose contents go where it is copied to: by dotnet publish -o /app/server.
func (it item) mayBeDir() bool {
	return it.source != "" && strings.HasSuffix(it.to, "/") && !it.intoBin() && !extension.MatchString(it.from)
}

// intoBin reports whether an item goes into a directory of programs.
func (it item) intoBin() bool { return strings.HasSuffix(it.to, "bin/") }

func unique(items []item) []item {
	var out []item
	for _, it := range items {
		if !slices.Contains(out, it) {
			out = append(out, it)
		}
	}
	return out
}

// copiedAt implements copiedFiles.
func (c *conversion) copiedAt(p string) bool {
	return slices.ContainsFunc(c.items, func(it item) bool {
		dir := c.defaults(strings.TrimSuffix(it.to, "/"))
		if dir == "" {
			return c.isBelow(it, p)
		}
		return p == dir || strings.HasPrefix(p, dir+"/")
	})
}

// isBelow reports whether what is copied to / has a path: a directory of the build context, or
// one of a stage where no package would have put it.
func (c *conversion) isBelow(it item, p string) bool {
	if it.source == "" && c.context != nil {
		_, err := fs.Stat(c.context, path.Join(it.from, p))
		return err == nil
	}
	if it.source == c.copied { // files that a pattern names, or that are fetched
		return false
	}
	return !packaged.has(p) && (c.image == nil || lookUp(c.image.Tree, []string{p}) == "")
}

// file is the path of an item that may be one file.
func (it item) file() (string, bool) {
	switch {
	case it.from == "." || strings.HasSuffix(it.from, "/"):
		return "", false
	case strings.HasSuffix(it.to, "/"):
		return it.to + path.Base(it.from), true
	}
	return it.to, true
}
