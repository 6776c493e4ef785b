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

// dirKind is what is known of a directory of every image.
type dirKind uint8

const (
	present  dirKind = 1 << iota // images of distributions have it
	crowded                      // they have much in it, so that it never ships whole because of what is copied there
	packaged                     // packages have their programs and libraries in it
	cleaned                      // commands clean it of what package managers leave behind, with all below
	fleeting                     // nobody wants to keep it, or it is none of an image's, with all below
)

// dirKinds is what is known of directories by their paths; the root is "".
var dirKinds = map[string]dirKind{
	"":                    present | crowded,
	"/bin":                present | crowded | packaged,
	"/dev":                fleeting,
	"/etc":                present | crowded,
	"/etc/apt":            fleeting,
	"/etc/locale.gen":     fleeting,
	"/home":               present | crowded,
	"/lib":                present | crowded | packaged,
	"/lib64":              present | crowded,
	"/media":              present,
	"/mnt":                present,
	"/opt":                present,
	"/proc":               fleeting,
	"/root":               present | crowded,
	"/root/.cache":        cleaned | fleeting,
	"/run":                present | crowded,
	"/sbin":               present | crowded | packaged,
	"/srv":                present,
	"/sys":                fleeting,
	"/tmp":                present | cleaned | fleeting,
	"/usr":                present | crowded,
	"/usr/bin":            present | crowded | packaged,
	"/usr/lib":            present | crowded | packaged,
	"/usr/lib64":          present | crowded,
	"/usr/local":          present | crowded,
	"/usr/local/bin":      present | crowded,
	"/usr/local/etc":      present | crowded,
	"/usr/local/lib":      present | crowded,
	"/usr/local/sbin":     present | crowded,
	"/usr/local/share":    present | crowded,
	"/usr/sbin":           present | crowded | packaged,
	"/usr/share":          present | crowded,
	"/usr/share/keyrings": fleeting,
	"/usr/share/man":      fleeting,
	"/usr/src":            present,
	"/var":                present | crowded,
	"/var/cache":          present | cleaned,
	"/var/cache/apt":      fleeting,
	"/var/lib":            present | crowded,
	"/var/lib/apt":        fleeting,
	"/var/lib/apt/lists":  cleaned,
	"/var/log":            present | cleaned,
	"/var/run":            present,
	"/var/tmp":            present | cleaned | fleeting,
}

// is reports whether a directory is of a kind.
func (k dirKind) is(dir string) bool { return dirKinds[dir]&k != 0 }

// has reports whether a path is a directory of a kind, or below one.
func (k dirKind) has(p string) bool {
	for ; len(p) > 1; p = path.Dir(p) {
		if k.is(p) {
			return true
		}
	}
	return false
}

// passing reports whether a path is one that nobody wants to keep, or that is none of an
// image's.
func passing(p string) bool { return p == "/" || fleeting.has(p) }

// ownAround makes the directories around what COPY --chown copies to a path, and keeps those that
// there are.
func (c *conversion) ownAround(one item, dest, chown string) {
	c.ownParents(path.Dir(dest), chown, one.mode)
	into, at := strings.HasSuffix(one.to, "/"), dest
	if into {
		at = path.Join(dest, path.Base(one.from))
	}
	file, known := c.isFile(one, at)
	if into && (file || !known) {
		c.ownParents(dest, chown, one.mode)
	}
	if !file && one.owner != "" {
		c.keepOwner(dest)
	}
}

// ownParents makes a directory into which COPY --chown or --chmod copies, and those that it is in,
// for the owner of what is copied and with its mode, as the builder does (fsutil's copy.Copy).
func (c *conversion) ownParents(dir, chown, mode string) {
	who := ""
	if unlessRoot(c.defaults(chown)) != "" {
		who = c.numbered(chown)
	}
	if mode == "0755" { // which they have anyway
		mode = ""
	}
	if who+mode == "" {
		return
	}
	var missing []directory
	for ; len(dir) > 1 && !c.exists(dir); dir = path.Dir(dir) { // until it is / or, of what begins with an argument, .
		missing = append(missing, directory{path: dir, owner: who, mode: mode, onTheWay: true})
	}
	slices.Reverse(missing)
	c.dirs = append(c.dirs, missing...)
}

// keepOwner keeps a directory that a WORKDIR has made root's: COPY --chown of a directory changes
// what it copies, and Sinter would make it with the owner of that.
func (c *conversion) keepOwner(dir string) {
	if c.made[dir] && dir != "/" && !c.hasDir(dir) && !c.hasMade(dir) && !present.is(dir) {
		c.dirs = append(c.dirs, directory{path: dir})
	}
}

// exists reports whether there is a directory before an instruction.
func (c *conversion) exists(dir string) bool {
	return c.hasUnseen(dir) || c.made[dir] || c.hasDir(dir) || c.below(dir) || c.wasEntered(dir) ||
		slices.ContainsFunc(c.dirs, func(d directory) bool {
			return strings.HasPrefix(c.defaults(d.path)+"/", c.defaults(dir)+"/")
		})
}

// wasEntered reports whether a command has gone to a directory, or to one below.
func (c *conversion) wasEntered(dir string) bool {
	return slices.ContainsFunc(c.runs, func(run ran) bool {
		return slices.ContainsFunc(run.entered, func(at string) bool { return strings.HasPrefix(at+"/", dir+"/") })
	})
}

// hasUnseen reports whether an image that was not looked at has a directory, as all have.
func (c *conversion) hasUnseen(dir string) bool {
	scratch := c.base == "" && c.imageSource == ""
	return c.image == nil && !scratch && (present.is(dir) ||
		slices.ContainsFunc(append(slices.Clone(c.known.holds), c.known.workdir), func(held string) bool { return strings.HasPrefix(held+"/", dir+"/") }))
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
	certain           bool // tells that it is there whatever else the command does that makes it
}
