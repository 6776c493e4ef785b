package convert

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// usual are directories that images have which were not looked at, besides those in which they
// have much.
var usual = []string{"/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr/src", "/var/cache", "/var/log", "/var/run", "/var/tmp"}

// ownAround makes the directories around what COPY --chown copies to a path, and keeps those that
// there are.
func (c *conversion) ownAround(one item, dest, chown string) {
	c.ownParents(path.Dir(dest), chown)
	into, at := strings.HasSuffix(one.to, "/"), dest
	if into {
		at = path.Join(dest, path.Base(one.from))
	}
	file, known := c.isFile(one, at)
	if into && (file || !known) {
		c.ownParents(dest, chown)
	}
	if !file && one.owner != "" {
		c.keepOwner(dest)
	}
}

// ownParents makes a directory into which COPY --chown copies, and those that it is in, for the
// owner of what is copied, as the builder does (fsutil's copy.MkdirAll).
func (c *conversion) ownParents(dir, chown string) {
	if unlessRoot(c.defaults(chown)) == "" {
		return
	}
	var missing []directory
	for ; len(dir) > 1 && !c.exists(dir); dir = path.Dir(dir) { // until it is / or, of what begins with an argument, .
		missing = append(missing, directory{path: dir, owner: c.numbered(chown), onTheWay: true})
	}
	slices.Reverse(missing)
	c.dirs = append(c.dirs, missing...)
}

// keepOwner keeps a directory that a WORKDIR has made root's: COPY --chown of a directory changes
// what it copies, and Sinter would make it with the owner of that.
func (c *conversion) keepOwner(dir string) {
	if c.made[dir] && dir != "/" && !c.hasDir(dir) && !c.hasMade(dir) && !slices.Contains(filled, dir) && !slices.Contains(usual, dir) {
		c.dirs = append(c.dirs, directory{path: dir})
	}
}

// exists reports whether there is a directory before an instruction.
func (c *conversion) exists(dir string) bool {
	return c.hasUnseen(dir) || c.made[dir] || c.hasDir(dir) || c.below(dir) ||
		slices.ContainsFunc(c.dirs, func(d directory) bool {
			return strings.HasPrefix(c.defaults(d.path)+"/", c.defaults(dir)+"/")
		})
}

// hasUnseen reports whether an image that was not looked at has a directory, as all have.
func (c *conversion) hasUnseen(dir string) bool {
	scratch := c.base == "" && c.imageSource == ""
	return c.image == nil && !scratch && (slices.Contains(usual, dir) || slices.Contains(filled, dir))
}

// hasDir reports whether the image below has a directory.
func (c *conversion) hasDir(p string) bool {
	if c.image == nil {
		return false
	}
	return lookUpDir(c.image.Tree, p)
}

// hasMade reports whether a command has made a directory.
func (c *conversion) hasMade(p string) bool {
	return slices.ContainsFunc(c.dirs, func(d directory) bool { return d.path == p })
}

// ownDirs gives directories the owner and the mode that they have in the last stage, where that is
// known: packages and later commands make and change some, too.
func (c *conversion) ownDirs() {
	if !c.stageKnows() {
		return
	}
	tree, err := c.images.Stage()
	if err != nil {
		return
	}
	var dirs []directory
	for _, d := range c.dirs {
		if found, err := rootfs.Resolve(tree, c.defaults(d.path)); err == nil && found.Info.IsDir() {
			d = c.like(d, found.Info)
		}
		if !d.onTheWay || d.owner != "" || d.mode != "" {
			dirs = append(dirs, d)
		}
	}
	c.dirs = dirs
}

// like is a directory with the owner and the mode of another.
func (c *conversion) like(d directory, info fs.FileInfo) directory {
	st := rootfs.StatOf(info)
	if is := fmt.Sprintf("%d:%d", st.UID, st.GID); cmp.Or(c.person(c.defaults(d.owner)), "0:0") != is {
		d.owner = strings.TrimPrefix(is, "0:0")
	}
	if mode := fmt.Sprintf("%04o", plan.ModeOf(info.Mode())); mode != "0755" || isNumber(d.mode) {
		d.mode = mode
	}
	return d
}

type directory struct {
	path, owner, mode string
	onTheWay          bool // tells that COPY makes it for what it copies
}

// filled are directories in which images have much.
var filled = []string{
	"", "/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local", "/usr/local/bin",
	"/usr/local/etc", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share", "/usr/sbin", "/usr/share", "/var", "/var/lib",
}
