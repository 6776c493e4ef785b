package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// accounts are users that every image has, or that there are in images of the kind.
var accounts = map[string]owner{"root": {uid: "0", gid: "0"}, "nobody": {uid: "65534", gid: "65534"}, "nonroot": {uid: "65532", gid: "65532"}}

// person is a user, or USER:GROUP, in numbers; empty if the name is not known.
func (c *conversion) person(text string) string {
	if text == "" {
		return ""
	}
	if text != c.defaults(text) {
		return c.personOfArgs(text)
	}
	user, group, grouped := strings.Cut(text, ":")
	o, ok := c.lookUpUser(user)
	if !ok && !isNumber(user) {
		return ""
	}
	if !ok {
		o = owner{uid: user, gid: "0"}
		if grouped {
			o.gid = user
		}
	}
	if grouped {
		switch id, known := c.group(group); {
		case isNumber(group):
			o.gid = group
		case known:
			o.gid = id
		default:
			g, ok := c.lookUpUser(group)
			if !ok && group != "" {
				return ""
			}
			if ok {
				o.gid = g.gid
			}
		}
	}
	return o.String()
}

// keepAccounts makes the stage a source where it makes users and runs as root: what is root is to
// become one of them, and looks them up by name. Sinter takes such accounts from a source.
func (c *conversion) keepAccounts() {
	switch {
	case len(c.madeUsers) == 0 || c.imageSource == "" || c.passwd:
	case unlessRoot(c.defaults(c.user)) == "":
		c.whole, c.accounts = true, true
	case !c.whole:
		c.knowAccount()
	}
}

// knowAccount makes the stage a source beside the others where the image's user is an account that it makes:
// Sinter looks that up by its name, and the image has its record and its home.
func (c *conversion) knowAccount() {
	user, group, _ := strings.Cut(c.defaults(c.user), ":")
	if len(c.empty(c.user)) > 0 || !c.madeNames[user] && !c.madeNames[group] && c.madeByNumber() == "" {
		return
	}
	// A number that a tool chooses is a guess where nobody can look: names are sure where they can be said.
	if o, ok := c.lookUpUser(user); ok && !o.said && c.image == nil && c.madeNames[user] {
		if c.ownsElsewhere(user) {
			return
		}
		c.byName = user
	}
	s := c.stageSource()
	s.comments = []string{"This stage has the account that the image runs as:"}
	for _, run := range c.madeUsers {
		s.comments = append(s.comments, run.String())
	}
	c.newSource("accounts", s)
	c.knows = true
}

// ownsElsewhere reports whether a user owns what is from another source, of whose accounts a spec would take it.
func (c *conversion) ownsElsewhere(user string) bool {
	return strings.Contains(c.left, "--chown=") || slices.ContainsFunc(c.items, func(it item) bool {
		name, _, _ := strings.Cut(c.defaults(it.chown), ":")
		return it.source != "" && name == user
	})
}

// nameOf is an owner by name where that is the image's user with the user's own group or one by number; else empty.
func (c *conversion) nameOf(said string) string {
	said = c.defaults(said)
	user, group, grouped := strings.Cut(said, ":")
	if c.byName == "" || user != c.byName {
		return ""
	}
	o, _ := c.lookUpUser(user)
	if id, ok := c.group(group); grouped && !isNumber(group) && (!ok || id != o.gid) {
		return ""
	}
	return said
}

// stageKnows reports whether the last stage may have accounts that are not seen otherwise.
func (c *conversion) stageKnows() bool { return c.whole || len(c.packages) > 0 || c.passwd }

// group is the number of a group: of one that the stage has, or has made.
func (c *conversion) group(name string) (id string, ok bool) {
	if c.stageKnows() {
		if tree, err := c.images.Stage(); err == nil {
			if id, ok = groupsOf(tree)[name]; ok {
				return id, true
			}
		}
	}
	id, ok = c.groups[name]
	return id, ok
}

// personOfArgs is a user that build arguments name: they stay arguments where they are
// numbers, and are what their defaults name otherwise.
func (c *conversion) personOfArgs(text string) string {
	who := c.person(c.defaults(text))
	user, group, _ := strings.Cut(text, ":")
	uid, gid, _ := strings.Cut(who, ":")
	for _, part := range []struct {
		said string
		id   *string
	}{{user, &uid}, {group, &gid}} {
		if isNumber(c.defaults(part.said)) {
			*part.id = interpolated(part.said)
		}
	}
	if who == "" {
		return ""
	}
	return uid + ":" + gid
}

// lookUpUser finds a user by name or number: one that the stage has made, one of the
// image's, or one of those that are everywhere.
func (c *conversion) lookUpUser(name string) (owner, bool) {
	if c.stageKnows() { // what it has made of its users is sure
		if tree, err := c.images.Stage(); err == nil {
			if o, ok := inPasswd(tree, name); ok {
				return o, true
			}
		}
	}
	if o, ok := ofName(c.users, name); ok {
		return o, true
	}
	if c.image != nil {
		if o, ok := inPasswd(c.image.Tree, name); ok || isNumber(name) {
			return o, ok
		}
	}
	if isNumber(name) && c.base == "" && (c.imageSource == "" || name != accounts["nobody"].uid) {
		return owner{}, false
	}
	return ofName(accounts, name)
}

// ofName finds a user by name or number.
func ofName(users map[string]owner, name string) (owner, bool) {
	if o, ok := users[name]; ok {
		return o, true
	}
	for _, n := range slices.Sorted(maps.Keys(users)) {
		if users[n].uid == name {
			return users[n], true
		}
	}
	return owner{}, false
}

// account is the image's user by name, where the base or a source of the spec has that account,
// or may have it: it is looked up there when the image is built, which then has its record and
// its home.
func (c *conversion) account() string {
	if name := c.madeByNumber(); name != "" && (c.whole || c.knows) {
		return name
	}
	user, group, _ := strings.Cut(c.user, ":")
	if c.madeOfArgs(user) {
		return interpolated(c.user)
	}
	if unlessRoot(user) == "" || isNumber(user) || strings.ContainsAny(c.user, "$"+argBegin) || c.passwd {
		return ""
	}
	tree := c.trueTree()
	switch {
	case c.base != "":
		if c.person(c.user) != "" {
			return "" // of whom the numbers are known
		}
	case c.imageSource == "" || !c.whole && !c.knows && (c.madeNames[user] || c.madeNames[group]):
		return ""
	case c.knows:
	case tree != nil:
		if _, ok := inPasswd(tree, user); !ok {
			return ""
		}
	}
	return c.user
}

// madeOfArgs reports whether a user whom arguments name is one that a command of the stage makes.
func (c *conversion) madeOfArgs(user string) bool {
	name := c.defaults(user)
	if name == user || !c.whole && !c.knows || !c.madeNames[name] || len(c.empty(c.user)) > 0 || c.passwd || c.base != "" {
		return false
	}
	tree := c.trueTree()
	if tree == nil || c.knows {
		return true
	}
	_, ok := inPasswd(tree, name)
	return ok
}

// madeByNumber is the user made by a command whose number USER says, with no other group than that user's.
func (c *conversion) madeByNumber() string {
	uid, gid, grouped := strings.Cut(c.defaults(c.user), ":")
	if !isNumber(uid) || unlessRoot(uid) == "" || c.base != "" || c.imageSource == "" || c.passwd {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(c.madeNames)) {
		if o, ok := c.lookUpUser(name); ok && o.uid == uid && (!grouped || o.gid == gid) {
			return name
		}
	}
	return ""
}

// tellAccount says beside the user of the spec in which its account differs from the one that commands
// make: numbers have the name that Sinter gives them, and a home begins empty.
func (c *conversion) tellAccount(p *page) {
	user, _, _ := strings.Cut(c.defaults(c.user), ":")
	name := cmp.Or(c.madeByNumber(), user)
	o, ok := c.lookUpUser(name)
	if !ok || !c.madeNames[name] {
		return
	}
	if c.account() == "" && name != "nonroot" {
		p.comment("", fmt.Sprintf("The Dockerfile calls it %s: in the image's passwd it is nonroot.", name))
	}
	if o.madeHome && !c.busybox && !c.copiedAt(o.home) {
		p.comment("", fmt.Sprintf("%s has nothing of what useradd copies from /etc/skel, which shells of people read.", o.home))
	}
	if groups := c.joined[name]; len(groups) > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("USER %s: %s is in the groups %s as well, which an image with a user in numbers cannot say: give them when it is run, as by --group-add",
			c.defaults(c.user), name, strings.Join(groups, ", ")))
	}
}

// trueTree is the tree that the last stage is or is on, nil if it was not looked at.
func (c *conversion) trueTree() rootfs.FS {
	tree, err := c.tree()
	if err != nil {
		return nil
	}
	if tree == nil && !c.whole && c.image != nil {
		return c.image.Tree
	}
	return tree
}

// inPasswd finds a user by name or number in a tree.
func inPasswd(tree rootfs.FS, name string) (owner, bool) {
	text, err := rootfs.ReadFile(tree, "etc/passwd", 1<<20)
	if err != nil {
		return owner{}, false
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, ":")
		if len(f) < 4 || f[0] != name && f[2] != name {
			continue
		}
		o := owner{uid: f[2], gid: f[3]}
		if len(f) > 5 && !nowhere(f[5]) && !crowded.is(f[5]) && lookUpDir(tree, f[5]) {
			o.home, o.madeHome = f[5], strings.HasPrefix(f[5], "/home/")
		}
		return o, true
	}
	return owner{}, false
}

// placeHomes makes the homes of the users that commands make with one, where the image starts as root,
// who is to become one of them.
func (c *conversion) placeHomes() {
	if !c.whole || c.passwd || unlessRoot(c.defaults(c.user)) != "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.madeNames)) {
		o, ok := c.users[name]
		if ok && o.madeHome && !c.fromStage(o.home) && !c.hasMade(o.home) {
			c.dirs = append(c.dirs, directory{path: o.home, owner: o.String()})
		}
	}
}

// placeHome keeps the home of the user, where programs look for their settings: the image's own
// account has another.
func (c *conversion) placeHome() {
	if c.base != "" || c.passwd || c.person(c.user) == "" {
		return
	}
	user, _, _ := strings.Cut(c.defaults(c.user), ":")
	o, _ := c.lookUpUser(user)
	if o.home == "" || o.uid == "0" { // root's is in every image
		return
	}
	named := c.account() != "" // whose home the account says
	if _, set := c.env["HOME"]; !set && !named {
		c.env["HOME"] = interpolated(o.home)
	}
	if c.copiedAt(o.home) || slices.ContainsFunc(c.dirs, func(d directory) bool { return c.defaults(d.path) == c.defaults(o.home) }) {
		return
	}
	if o.madeHome {
		if !named {
			c.dirs = append(c.dirs, directory{path: o.home, owner: c.user})
		}
		return
	}
	tree, err := c.tree()
	if err != nil || tree == nil {
		return
	}
	if found, err := rootfs.Resolve(tree, o.home); err == nil && found.Info.IsDir() {
		c.dirs = append(c.dirs, c.like(directory{path: o.home}, found.Info))
	}
}
