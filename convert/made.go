package convert

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"

	"github.com/sinter-build/sinter/rootfs"
)

// shipMade ships what the commands of the last stage say that they make, if the stage has it
// and the image below has not.
func (c *conversion) shipMade() {
	tree, err := c.tree()
	if err == nil && tree == nil {
		c.shipSupposed()
	}
	if err != nil || tree == nil {
		return
	}
	for _, p := range c.allWrote() {
		if passing(p) || c.fromStage(p) || c.hasDir(p) || slices.ContainsFunc(c.programs, func(prog program) bool { return prog.path == p }) {
			continue
		}
		dir, err := rootfs.Resolve(tree, path.Dir(p))
		if err != nil {
			continue
		}
		name := rootfs.Name(path.Join(dir.Path, path.Base(p)))
		if _, err := tree.Lstat(name); err != nil {
			continue
		}
		// A link to /dev/stdout leads out of every tree.
		if target, err := tree.ReadLink(name); err == nil && passing(target) {
			c.links = append(c.links, link{path: p, target: target})
			continue
		}
		c.items = append(c.items, item{source: c.imageSource, from: p, to: p})
	}
	if c.entered && c.appAt(tree, c.at) {
		c.items = append(c.items, item{source: c.imageSource, from: c.at, to: c.at})
	}
}

// shipSupposed ships what there is for certain where the stage was not looked at: the directories
// that its commands make, with what they put there, the one that they work in, and what they write
// where the image is told to look for it.
func (c *conversion) shipSupposed() {
	for _, d := range c.supposed {
		usual := present.is(d.path) && d.owner+d.mode == "" // as images have it
		switch {
		case usual || c.hasDir(d.path) || c.hasMade(d.path) || c.copiedAt(d.path):
		case d.certain && !present.is(d.path):
			c.items = append(c.items, item{source: c.imageSource, from: d.path, to: d.path})
		default:
			c.dirs = append(c.dirs, d)
		}
	}
	for i, run := range c.runs {
		for _, l := range run.linked {
			if passing(l.target) && !passing(l.path) && !c.removed(i, l.path) && !c.fromStage(l.path) && !slices.Contains(c.links, l) {
				c.links = append(c.links, l) // which leads out of every tree
			}
		}
		for _, p := range run.wrote {
			for _, named := range c.named(p) {
				if c.isKept(p) && c.isKept(named) && !c.removed(i, named) {
					c.items = append(c.items, item{source: c.imageSource, from: named, to: named})
				}
			}
		}
	}
	at := path.Clean(c.at)
	worked := slices.ContainsFunc(c.runs, func(run ran) bool {
		return run.at != "/" && strings.HasPrefix(at+"/", path.Clean(run.at)+"/") || slices.Contains(run.entered, at)
	})
	if (worked || c.entered && c.wrote(at)) && c.isKept(at) && !c.hasMade(at) {
		c.items = append(c.items, item{source: c.imageSource, from: at, to: at})
	}
}

// shipFilled ships the directories that the stage makes and that one of its commands names, with what
// that puts there.
func (c *conversion) shipFilled() {
	for _, d := range c.dirs {
		p := c.defaults(d.path)
		if d.onTheWay || present.is(p) || !c.isKept(p) || c.removed(0, p) {
			continue
		}
		names := regexp.MustCompile(`[\s="']` + regexp.QuoteMeta(p) + `($|[/\s"';&|])`)
		if slices.ContainsFunc(c.runs, func(run ran) bool { return names.MatchString(run.line) }) {
			c.items = append(c.items, item{source: c.imageSource, from: p, to: p})
		}
	}
}

// isKept reports whether a path is one that an image is to have, and no directory of every image,
// and that does not ship from the stage yet.
func (c *conversion) isKept(p string) bool {
	return !passing(p) && !crowded.is(p) && !c.fromStage(p)
}

// appAt reports whether a working directory of the stage has a program's files: commands that
// install one write there without saying so.
func (c *conversion) appAt(tree rootfs.FS, dir string) bool {
	if passing(dir) || crowded.is(dir) || c.fromStage(dir) {
		return false
	}
	found, err := rootfs.Resolve(tree, dir)
	if err != nil || !found.Info.IsDir() {
		return false
	}
	entries, err := fs.ReadDir(tree, rootfs.Name(found.Path))
	return err == nil && len(entries) > 0
}

// maxCompared bounds the files that are compared, by their number and the size of each.
const maxCompared, maxComparedSize = 1000, 1 << 20

// shipChanged ships from the stage what a command has changed of files of the build context that
// were copied over the image.
func (c *conversion) shipChanged() {
	tree, err := c.tree()
	if err != nil || tree == nil || c.context == nil {
		return
	}
	seen := 0
	for _, it := range slices.Clone(c.items) {
		if it.source != "" {
			continue
		}
		from := path.Clean(it.from)
		_ = fs.WalkDir(c.context, from, func(name string, d fs.DirEntry, err error) error {
			if seen++; err != nil || seen > maxCompared {
				return fs.SkipAll
			}
			at := path.Join("/", it.to, strings.TrimPrefix(name, from))
			if d.Type().IsRegular() && !c.fromStage(at) && c.changed(name, tree, at) {
				c.items = append(c.items, item{source: c.imageSource, from: at, to: at})
			}
			return nil
		})
	}
}

// changed reports whether a file of the build context is another one in the stage: one that can
// be run, or one with another text.
func (c *conversion) changed(name string, tree rootfs.FS, at string) bool {
	found, err := rootfs.Resolve(tree, at)
	if err != nil || !found.Info.Mode().IsRegular() {
		return false
	}
	info, err := fs.Stat(c.context, name)
	if err != nil || info.Mode()&0o111 != found.Info.Mode()&0o111 || info.Size() != found.Info.Size() {
		return err == nil
	}
	if info.Size() > maxComparedSize {
		return false
	}
	before, err := fs.ReadFile(c.context, name)
	if err != nil {
		return false
	}
	after, err := rootfs.ReadFile(tree, found.Path, maxComparedSize)
	return err == nil && !bytes.Equal(before, after)
}

// fromStage reports whether a path ships from the stage: a command may have changed what does
// not.
func (c *conversion) fromStage(p string) bool {
	return slices.ContainsFunc(c.items, func(it item) bool {
		to := c.defaults(strings.TrimSuffix(it.to, "/"))
		return it.source == c.imageSource && (to == p || strings.HasPrefix(p, to+"/"))
	})
}

// drop leaves out what was copied to a path, which a command has removed.
func (c *conversion) drop(p string) {
	gone := func(to string) bool {
		to = c.defaults(to)
		return to == p || strings.HasPrefix(to, strings.TrimSuffix(p, "/")+"/")
	}
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		to, file := it.file()
		return file && gone(to) || gone(strings.TrimSuffix(it.to, "/"))
	})
	c.content = slices.DeleteFunc(c.content, func(one inline) bool { return gone(one.to) })
}

// removes are the paths and patterns of paths that the commands of a line remove, all of a directory by
// that directory.
func removes(line, at string) []string {
	var out []string
	for _, part := range parted(lines(line)) {
		argv, err := shlex.Split(part)
		if err != nil || len(argv) < 2 {
			continue
		}
		_, rest := split(argv[1:])
		if argv[0] == "mv" && len(rest) > 0 { // what it moves is gone from there
			argv[0], rest = "rmdir", rest[:len(rest)-1]
		}
		for _, p := range rest {
			if !path.IsAbs(p) {
				p = path.Join(at, p)
			}
			switch path.Base(argv[0]) {
			case "cd":
				at = path.Clean(p)
			case "rmdir":
				out = append(out, path.Clean(p))
			case "rm":
				if p = strings.TrimSuffix(path.Clean(p), "/*"); p != "" && !strings.Contains(p, "$") {
					out = append(out, p)
				}
			}
		}
	}
	return out
}
