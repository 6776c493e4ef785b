package convert

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/rootfs"
)

// place says where everything is from once all instructions are known.
func (c *conversion) place() error {
	if c.whole {
		c.useStage()
	}
	c.placeVerbatim()
	if s := c.sources[c.imageSource]; s != nil && !c.whole {
		s.packages = c.packages
	}
	if err := c.placeCommand(); err != nil {
		return err
	}
	if c.health != nil {
		if err := c.placeHealth(); err != nil {
			return err
		}
	}
	c.placeHome()
	c.dropRepeated()
	c.tellPackages()
	return nil
}

// dropRepeated leaves out what the spec has twice: links by which a program of the stage is
// named, which ship with it, and what a later COPY puts to the same place once more.
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
	c.items = kept
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

// placeCommand sees that what the image starts ships, and names it by its path.
func (c *conversion) placeCommand() error {
	starts := &c.entrypoint
	if len(*starts) == 0 {
		starts = &c.cmd
	}
	if len(*starts) == 0 {
		return nil
	}
	at, err := c.find((*starts)[0])
	if at != "" {
		*starts = append([]string{at}, (*starts)[1:]...)
	}
	for _, argv := range [][]string{c.entrypoint, c.cmd} {
		c.findStarted(argv)
	}
	if len(c.entrypoint) > 0 && len(c.cmd) > 0 {
		c.findAlso(c.cmd[0])
	}
	return err
}

// findStarted ships what a program starts that is given to it as words: after "--", as
// init programs take it, or in the line of a shell.
func (c *conversion) findStarted(argv []string) {
	if i := slices.Index(argv, "--"); i >= 0 && i+1 < len(argv) {
		c.findAlso(argv[i+1])
	}
	i := slices.Index(argv, "-c")
	if i < 0 || i+1 >= len(argv) || !isShell(argv[0]) {
		return
	}
	for _, part := range betweenCommands.Split(argv[i+1], -1) {
		for word := range strings.FieldsSeq(part) {
			if slices.Contains(shellWords, word) || strings.Contains(word, "=") {
				continue
			}
			c.findAlso(word)
			break
		}
	}
}

// betweenCommands is what ends one command of a shell and begins another.
var betweenCommands = regexp.MustCompile("[;&|(`\n]+")

// shellWords are those before a command that are none.
var shellWords = []string{"exec", "if", "then", "else", "elif", "do", "while", "until", "!", "{"}

func isShell(name string) bool {
	switch path.Base(name) {
	case "sh", "ash", "bash", "dash":
		return true
	}
	return false
}

// useStage makes the last stage a source in place of its image, and takes from it what
// was copied before a command that may have changed it.
func (c *conversion) useStage() {
	old := c.imageSource
	stage := c.stages[len(c.stages)-1]
	title := stage.Name
	if title == "" {
		title = "app"
	}
	s := &source{dockerfile: c.name, target: stage.Name, build: true}
	if stage.Name == "" && c.targeted { // a target is named; one without a name ends a text
		s.dockerfile = c.until(len(c.stages))
	}
	s.comments = []string{"These run in this stage. What they make in a directory below ships with it; what else\nthe image needs of it is to be named:"}
	for _, run := range c.runs {
		s.comments = append(s.comments, run)
		c.remarks = append(c.remarks, "what this makes must be named if no program needs it: "+oneLine(run))
	}
	delete(c.sources, old)
	c.imageSource = c.newSource(title, s)
	for i, it := range c.items {
		dest := strings.TrimSuffix(it.to, "/")
		switch {
		case dest == "":
			continue // the whole tree would be more than was copied
		case strings.HasSuffix(it.to, "/") && !c.made[dest] && c.isFile(it, path.Join(dest, path.Base(it.from))):
			dest = path.Join(dest, path.Base(it.from))
		}
		c.items[i] = item{source: c.imageSource, from: dest, to: dest}
	}
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		return slices.ContainsFunc(c.items, func(o item) bool { return o.source == it.source && strings.HasPrefix(it.to, o.to+"/") })
	})
	c.shipMade()
	c.items = unique(c.items)
	// What the stage has may have another owner by now.
	c.dirs = slices.DeleteFunc(c.dirs, func(d directory) bool { return c.copiedAt(d.path) })
	// What only the lost items used is no source any more.
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		if name != c.imageSource && !slices.ContainsFunc(c.items, func(it item) bool { return it.source == name }) {
			delete(c.sources, name)
		}
	}
	c.packages, _ = included(c.packages)
}

// isFile reports whether an item is a file, which is then at a path of the stage, and not a
// directory. Where that cannot be seen it is taken for one.
func (c *conversion) isFile(it item, at string) bool {
	if it.from == "." || strings.HasSuffix(it.from, "/") {
		return false
	}
	if it.source == "" {
		info, err := fs.Stat(c.context, it.from)
		return err != nil || !info.IsDir()
	}
	tree, err := c.tree()
	if err != nil || tree == nil {
		return true
	}
	found, err := rootfs.Resolve(tree, at)
	return err == nil && !found.Info.IsDir()
}

func unique(items []item) []item {
	var out []item
	for _, it := range items {
		if !slices.Contains(out, it) {
			out = append(out, it)
		}
	}
	return out
}

// search is where a program's name is looked for.
func (c *conversion) search(name string) []string {
	if strings.Contains(name, "/") {
		return []string{c.abs(name)}
	}
	var out []string
	for dir := range strings.SplitSeq(c.words.env["PATH"], ":") {
		out = append(out, path.Join("/", dir, name))
	}
	return out
}

// find sees that a program ships: one that is copied, one that the image has, or one that
// a copied directory may have. It returns its path, or nothing where that is not known.
func (c *conversion) find(name string) (string, error) {
	at := c.search(name)
	for i, it := range c.items {
		if p, ok := it.file(); ok && slices.Contains(at, c.defaults(p)) {
			c.items[i].binary = true
			c.findInterpreter(it)
			return c.defaults(p), nil
		}
	}
	for _, one := range c.content {
		if slices.Contains(at, one.to) {
			if line, ok := strings.CutPrefix(one.text, "#!"); ok {
				c.findNamedIn(line)
			}
			return one.to, nil
		}
	}
	tree, err := c.tree()
	if err != nil {
		return "", err
	}
	if tree != nil {
		if p := lookUp(tree, at); p != "" {
			c.shipFound(tree, p)
			return p, nil
		}
	}
	for _, p := range at {
		if c.linked(p) || slices.ContainsFunc(c.items, func(it item) bool { return c.mayHold(it, name, p) }) {
			c.findRuntime()
			if tree == nil && c.image == nil && c.imageSource != "" {
				c.remarks = append(c.remarks, fmt.Sprintf("%s is in a directory that is copied: if it is a script, name what runs it under binaries", p))
			}
			return p, nil
		}
		if tree == nil && c.imageSource != "" && c.image != nil && lookUp(c.image.Tree, []string{p}) != "" {
			c.programs = append(c.programs, program{c.imageSource, p})
			return p, nil
		}
	}
	switch {
	case c.imageSource == "":
		if c.image == nil {
			return name, nil // the base may have it
		}
		return lookUp(c.image.Tree, at), nil
	case tree != nil:
		c.remarks = append(c.remarks, fmt.Sprintf("%s was not found: name it under binaries", name))
		return "", nil
	}
	guess := at[0]
	if !strings.Contains(name, "/") {
		guess = c.guess(name, at)
	}
	c.programs = append(c.programs, program{c.imageSource, guess})
	c.remarks = append(c.remarks, fmt.Sprintf("%s is taken from %s:%s, which was not looked at: correct the path if it is elsewhere", name, c.imageSource, guess))
	return guess, nil
}

// guess is where a program may be that cannot be looked for: where a command says to write it,
// or else where most are.
func (c *conversion) guess(name string, at []string) string {
	for _, p := range at {
		written := regexp.MustCompile(`[\s=]` + regexp.QuoteMeta(p) + `(\s|$)`)
		if slices.Contains(c.wrote, p) || slices.ContainsFunc(c.runs, written.MatchString) {
			return p
		}
	}
	return "/usr/bin/" + name
}

// shipFound ships a program that the last stage has. Where it was copied there in a
// directory, it is what it is a link to, as the Python of a virtual environment is, or
// what runs it.
func (c *conversion) shipFound(tree rootfs.FS, p string) {
	if c.whole || !c.copiedAt(p) {
		c.programs = append(c.programs, program{c.imageSource, p})
		return
	}
	for range 8 { // links that lead on
		target, err := tree.ReadLink(rootfs.Name(p))
		if err != nil {
			break
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(p), target)
		}
		if p = target; !c.copiedAt(p) {
			c.programs = append(c.programs, program{c.imageSource, p})
			return
		}
	}
	c.findRuntime()
	text, err := rootfs.ReadFile(tree, p, 1<<20)
	if line, ok := strings.CutPrefix(string(text), "#!"); err == nil && ok {
		c.findNamedIn(line)
	}
}

// copiedAt reports whether a path is one that the last stage copies.
func (c *conversion) copiedAt(p string) bool {
	return slices.ContainsFunc(c.items, func(it item) bool {
		dir := strings.TrimSuffix(it.to, "/")
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
	usual := slices.ContainsFunc(plainDirs, func(dir string) bool { return strings.HasPrefix(p, dir) })
	return !usual && (c.image == nil || lookUp(c.image.Tree, []string{p}) == "")
}

// plainDirs are where packages have their programs.
var plainDirs = []string{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/lib/", "/lib/"}

// findNamedIn ships what stands in the first line of a script, after its #!.
func (c *conversion) findNamedIn(text string) {
	line, _, _ := strings.Cut(text, "\n")
	for word := range strings.FieldsSeq(line) {
		if !strings.HasPrefix(word, "-") {
			c.findAlso(word)
		}
	}
}

// linked reports whether a path is a link that the stage makes, to something that is copied.
func (c *conversion) linked(p string) bool {
	return slices.ContainsFunc(c.links, func(l link) bool {
		return l.path == p && slices.ContainsFunc(c.items, func(it item) bool { return strings.HasPrefix(l.target, strings.TrimSuffix(it.to, "/")) })
	})
}

// mayHold reports whether a directory that is copied may have a program at a path: one that
// was asked for by this path, one in the directory's own bin, or one in a directory below it
// that the Dockerfile has put into PATH.
func (c *conversion) mayHold(it item, name, p string) bool {
	dir := strings.TrimSuffix(it.to, "/")
	if dir == "" {
		return it.from != "/" && c.isBelow(it, p) && strings.Contains(name, "/")
	}
	if !strings.HasPrefix(p, dir+"/") {
		return false
	}
	usual := strings.Split(defaultPath, ":")
	if c.image != nil {
		for _, setting := range c.image.Config.Env {
			if value, ok := strings.CutPrefix(setting, "PATH="); ok {
				usual = append(usual, strings.Split(value, ":")...)
			}
		}
	}
	return strings.Contains(name, "/") || path.Dir(p) == dir || path.Dir(p) == dir+"/bin" ||
		!slices.Contains(usual, path.Dir(p))
}

// findRuntime ships what the image starts by itself, unless that is a shell: the images of
// languages start their interpreter, and a program that was copied onto one may be a
// script for it.
func (c *conversion) findRuntime() {
	if c.image == nil || len(c.image.Config.Cmd) == 0 {
		return
	}
	if name := c.image.Config.Cmd[0]; !isShell(name) {
		c.findAlso(name)
	}
}

// findInterpreter ships what a script of the build context names in its first line, and
// for what cannot be looked at what the image starts by itself.
func (c *conversion) findInterpreter(it item) {
	if it.source != "" || c.context == nil {
		c.findRuntime()
		if strings.HasSuffix(it.from, ".sh") {
			c.findAlso("sh")
		}
		return
	}
	text, err := fs.ReadFile(c.context, it.from)
	line, ok := strings.CutPrefix(string(text), "#!")
	if err != nil || !ok {
		return
	}
	c.findNamedIn(line)
}

// findAlso ships another program if there is one of that name: what a script that is the
// entrypoint starts, for one.
func (c *conversion) findAlso(name string) {
	if c.sought[name] {
		return
	}
	c.sought[name] = true
	for _, it := range c.items {
		if p, ok := it.file(); ok && slices.Contains(c.search(name), p) {
			c.findInterpreter(it)
			return
		}
	}
	tree, err := c.tree()
	if tree == nil && c.imageSource != "" && c.image != nil {
		tree = c.image.Tree
	}
	if err == nil && tree != nil && !strings.HasPrefix(name, "-") {
		if p := lookUp(tree, c.search(name)); p != "" {
			c.shipFound(tree, p)
		}
	}
}

// tree is that of the source which the last stage is, or is on; nil if it is not known.
func (c *conversion) tree() (rootfs.FS, error) {
	if c.imageSource == "" {
		return nil, nil
	}
	if !c.whole && len(c.packages) == 0 {
		if c.image == nil {
			return nil, nil
		}
		return c.image.Tree, nil
	}
	tree, err := c.images.Stage()
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	return tree, err
}

// lookUp is the first path that is a file.
func lookUp(tree rootfs.FS, paths []string) string {
	for _, p := range paths {
		if found, err := rootfs.Resolve(tree, p); err == nil && found.Info.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// lookUpDir reports whether a tree has a directory.
func lookUpDir(tree rootfs.FS, name string) bool {
	found, err := rootfs.Resolve(tree, name)
	return err == nil && found.Info.IsDir()
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

// placeHealth takes over a health check. One for a shell is started without, where that is
// the same, and else gets the shell of the source.
func (c *conversion) placeHealth() error {
	test := c.health.Test
	if len(test) == 0 || test[0] == "NONE" {
		c.health = nil
		return nil
	}
	var argv []string
	switch test[0] {
	case "CMD":
		argv = test[1:]
	case "CMD-SHELL":
		line := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(strings.Join(test[1:], " ")), "|| exit 1"), "|| false")
		argv, _ = command(strings.TrimSpace(line))
		if len(argv) == 0 && c.imageSource != "" {
			argv = append(slices.Clone(c.shell), test[1])
			c.remark("The health check needs a shell, which ships for it; what the line starts must be named under binaries", c.healthText)
			c.findStarted(argv)
		}
	}
	if len(argv) == 0 {
		c.remark("A health check that needs a shell cannot be taken over, as there is none", c.healthText)
		c.health = nil
		return nil
	}
	at, err := c.find(argv[0])
	if at == "" {
		c.remark("What the health check starts is not there", c.healthText)
		c.health = nil
		return err
	}
	c.health.Test = append([]string{at}, argv[1:]...)
	return err
}

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
	if c.stageKnows() && !isNumber(name) { // what it has made of its users is sure
		if tree, err := c.images.Stage(); err == nil {
			if o, ok := inPasswd(tree, name); ok {
				return o, true
			}
		}
	}
	if o, ok := c.users[name]; ok {
		return o, true
	}
	if c.image != nil {
		if o, ok := inPasswd(c.image.Tree, name); ok {
			return o, true
		}
	}
	if o, ok := accounts[name]; ok {
		return o, true
	}
	return owner{}, false
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
		if len(f) > 5 && strings.HasPrefix(f[5], "/home/") && lookUpDir(tree, f[5]) {
			o.home = f[5]
		}
		return o, true
	}
	return owner{}, false
}

// placeHome keeps the home of the user, where programs look for their settings: the image's own
// account has another.
func (c *conversion) placeHome() {
	if c.base != "" || c.passwd || c.person(c.user) == "" {
		return
	}
	user, _, _ := strings.Cut(c.defaults(c.user), ":")
	o, _ := c.lookUpUser(user)
	if o.home == "" {
		return
	}
	if _, set := c.env["HOME"]; !set {
		c.env["HOME"] = interpolated(o.home)
	}
	if !c.copiedAt(o.home) && !slices.ContainsFunc(c.dirs, func(d directory) bool { return d.path == o.home }) {
		c.dirs = append(c.dirs, directory{path: o.home, owner: c.user})
	}
}

// included separates packages that stand for ready-made parts of a spec from others.
func included(packages []string) (include, rest []string) {
	for _, p := range packages {
		if part, ok := parts.Lookup(p); ok && !part.Default {
			include = append(include, p)
		}
	}
	return include, packages
}

// shareArgs gives the build's arguments to the sources that are stages of the Dockerfile.
func (c *conversion) shareArgs() {
	used := false
	for _, s := range c.sources {
		used = used || s.build
	}
	if !used {
		return
	}
	for _, stage := range c.stages {
		for _, cmd := range stage.Commands {
			arg, ok := cmd.(*instructions.ArgCommand)
			if !ok {
				continue
			}
			for _, a := range arg.Args {
				value := a.ValueString()
				if _, have := c.args[a.Key]; have || predefined.MatchString(a.Key) || strings.Contains(value, "$") || a.Value == nil {
					continue
				}
				if plain, err := c.words.raw(value); err == nil {
					c.setArg(a.Key, plain)
				}
			}
		}
	}
}
