package convert

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// starters are programs that start the first of their words that is no flag.
var starters = []string{"tini", "dumb-init", "docker-init", "catatonit", "env", "exec", "nice", "nohup", "timeout"}

// steppers are programs that start another as the user whom their first word names.
var steppers = []string{"gosu", "su-exec", "s6-setuidgid", "chpst"}

// findStarted ships what a program starts that is given to it as words: after "--", as
// init programs take it, or without, or in the line of a shell.
func (c *conversion) findStarted(argv []string) {
	if len(argv) == 0 {
		return
	}
	if i := slices.Index(argv, "--"); i >= 0 && i+1 < len(argv) {
		c.findMaybe(argv[i+1])
	} else if len(argv) > 1 && slices.Contains(starters, path.Base(argv[0])) {
		begins := func(word string) bool { return word != "" && !strings.ContainsAny(word[:1], "-0123456789") } // no flag, no time
		if i := 1 + slices.IndexFunc(argv[1:], begins); i > 0 && !strings.Contains(argv[i], "=") {
			c.findMaybe(argv[i])
			c.findStarted(argv[i:])
		}
	}
	if len(argv) > 2 && slices.Contains(steppers, path.Base(argv[0])) {
		c.findMaybe(argv[2])
		c.findStarted(argv[2:])
	}
	i := slices.Index(argv, "-c")
	if i < 0 || i+1 >= len(argv) || !isShell(argv[0]) {
		return
	}
	for _, part := range betweenCommands.Split(withoutTexts(argv[i+1]), -1) {
		words := strings.Fields(part)
		i := slices.IndexFunc(words, func(word string) bool { return !slices.Contains(shellWords, word) && !strings.Contains(word, "=") })
		if i >= 0 && words[i] != "_" && !strings.HasPrefix(words[i], "$") {
			c.findMaybe(words[i])
			c.findStarted(words[i:])
		}
	}
}

// betweenCommands is what ends one command of a shell and begins another.
var betweenCommands = regexp.MustCompile("[;&|()`\n]+")

// shellWords are those before a command that are none.
var shellWords = []string{"exec", "if", "then", "else", "elif", "do", "while", "until", "!", "{"}

func isShell(name string) bool {
	switch path.Base(name) {
	case "sh", "ash", "bash", "dash", "ksh", "zsh":
		return true
	}
	return false
}

// search is where a program's name is looked for.
func (c *conversion) search(name string) []string {
	if strings.Contains(name, "/") {
		return []string{c.defaults(c.abs(name))}
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
			c.items[i].binary = !it.mayBeDir()
			c.findInterpreter(it)
			return p, nil
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
	if tree == nil {
		at = c.copiedPaths(name, at)
	}
	if tree == nil && !strings.Contains(name, "/") && c.inOneOf(name, at) {
		return name, nil
	}
	for _, p := range at {
		if c.linked(p) || slices.ContainsFunc(c.items, func(it item) bool { return c.mayHold(it, name, p) }) {
			c.findRuntime()
			if tree == nil {
				c.findScript(p)
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
		return c.findInBase(name, at), nil
	case tree != nil:
		c.remarks = append(c.remarks, fmt.Sprintf("%s was not found: name it under binaries", name))
		return "", nil
	}
	guess := c.abs(name)
	if !strings.Contains(name, "/") {
		guess = c.guess(name, at)
	}
	c.shipGuess(name, guess)
	if c.known.starts != "" && c.isStarted(name) {
		c.findKnownRuntime()
	}
	return guess, nil
}

// copiedPaths are those of a program at which what is copied may have it, where nobody can look:
// what the image or a package has is not in what is copied to the usual places.
func (c *conversion) copiedPaths(name string, at []string) []string {
	if c.image != nil || c.imageSource == "" || !c.isOwn(name) {
		return at
	}
	_, other := c.known.other[name]
	ofPackage := c.installs(name) || everywhere[name] || other || c.isTool(name) || slices.Contains(c.known.entrypoint, name)
	return slices.DeleteFunc(slices.Clone(at), func(p string) bool {
		_, copied := c.inContext(p)
		return !copied && (ofPackage || slices.Contains(strings.Split(defaultPath, ":"), path.Dir(p)))
	})
}

// inOneOf reports whether several of some paths of a program are in one directory that is copied,
// such as /usr/local/sbin and /usr/local/bin: nobody can tell which has it, and a spec can have
// its name alone.
func (c *conversion) inOneOf(name string, at []string) bool {
	return slices.ContainsFunc(c.items, func(it item) bool {
		dir := c.defaults(strings.TrimSuffix(it.to, "/"))
		return dir != "" && slices.Contains(at, path.Join(dir, "bin", name)) && slices.Contains(at, path.Join(dir, "sbin", name))
	})
}

// shipGuess ships a program from where it most likely is.
func (c *conversion) shipGuess(name, at string) {
	if dir := c.writtenAbove(at); dir != "" {
		c.items = append(c.items, item{source: c.imageSource, from: dir, to: dir})
	} else {
		c.programs = append(c.programs, program{c.imageSource, at})
	}
	c.remarks = append(c.remarks, fmt.Sprintf("%s is taken from %s:%s, which was not looked at: correct the path if it is elsewhere", name, c.imageSource, at))
}

// writtenAbove is the directory of an app in which a program is, where a command says to make it;
// empty if there is none.
func (c *conversion) writtenAbove(at string) string {
	for dir := path.Dir(at); len(dir) > 1 && !passing(dir) && !present.is(dir); dir = path.Dir(dir) {
		if c.whole && c.wrote(dir) {
			return dir
		}
	}
	return ""
}

// findInBase is where the base has a program, or may have it. A spec starts programs by their
// paths.
func (c *conversion) findInBase(name string, at []string) string {
	if c.base == "" || strings.Contains(name, "/") {
		return at[0]
	}
	if c.image != nil {
		if found := lookUp(c.image.Tree, at); found != "" {
			return found
		}
	}
	guess := cmp.Or(ofBases[name], "/usr/bin/"+name)
	c.remarks = append(c.remarks, fmt.Sprintf("%s is taken to be %s of the base, which has not been seen: correct the path if it is elsewhere", name, guess))
	return guess
}

// ofBases are the programs of images without a shell that are not in /usr/bin.
var ofBases = map[string]string{"node": "/nodejs/bin/node"}

// guess is where a program may be that cannot be looked for: where a command says to write it,
// or else where most are.
func (c *conversion) guess(name string, at []string) string {
	for _, p := range at {
		written := regexp.MustCompile(`[\s=]` + regexp.QuoteMeta(p) + `(\s|$)`)
		if c.wrote(p) || slices.ContainsFunc(c.runs, func(run ran) bool { return written.MatchString(run.text) }) {
			return p
		}
	}
	// One that is fetched or unpacked.
	if slices.ContainsFunc(c.runs, func(run ran) bool {
		return strings.Contains(run.text, name) && (strings.Contains(run.text, "/usr/local/bin") || run.unpacks("/usr/local"))
	}) && !c.isOwn(name) {
		return "/usr/local/bin/" + name
	}
	return c.usualPlace(name)
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

// findNamedIn ships what stands in the first line of a script, after its #!.
func (c *conversion) findNamedIn(text string) {
	line, _, _ := strings.Cut(text, "\n")
	for word := range strings.FieldsSeq(line) {
		if !strings.HasPrefix(word, "-") {
			c.findAlso(word)
		}
	}
}

// inContext is the text of a file of the build context that is copied to a path, and whether there is one.
func (c *conversion) inContext(p string) (string, bool) {
	if c.context == nil {
		return "", false
	}
	for _, it := range slices.Backward(c.fromContext) {
		names := []string{it.from}
		if to, ok := it.file(); !ok || c.defaults(to) != p {
			names = nil
		}
		if rest, ok := strings.CutPrefix(p, c.defaults(strings.TrimSuffix(it.to, "/"))+"/"); ok {
			names = append(names, path.Join(it.from, rest))
		}
		for _, name := range names {
			if info, err := fs.Stat(c.context, path.Clean(name)); err == nil && info.Mode().IsRegular() {
				return c.textOf(path.Clean(name)), true
			}
		}
	}
	return "", false
}

// findScript ships what the script at a path starts with, if it is one of the build context.
func (c *conversion) findScript(p string) {
	text, _ := c.inContext(p)
	if line, script := strings.CutPrefix(text, "#!"); script {
		c.findNamedIn(line)
	}
}

// findInEnv ships the programs of packages, and those that commands make, that variables name by their
// paths, as a browser for a script.
func (c *conversion) findInEnv() {
	if tree, err := c.tree(); tree != nil || err != nil { // where files tell
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		p := c.defaults(c.words.env[name])
		if packaged.is(path.Dir(p)) && path.Base(path.Dir(p)) != "lib" && (c.installs(path.Base(p)) || c.wrote(p)) {
			c.findMaybe(p)
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
	dir := c.defaults(strings.TrimSuffix(it.to, "/"))
	if dir == "" {
		if c.whole && it.source != "" { // which the stage has, in any case
			return false
		}
		return it.from != "/" && c.isBelow(it, p) && strings.Contains(name, "/")
	}
	file, known := c.isFile(it, p)
	if file || !known && it.intoBin() && path.Base(it.from) != "bin" || !strings.HasPrefix(p, dir+"/") {
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

// consoles are what images of languages start by themselves, with what runs programs there
// where that is another program.
var consoles = map[string]string{"irb": "ruby", "jshell": "java"}

// runtimes are the programs that run others, by the variables that mark their images.
var runtimes = []struct{ variable, program string }{{"JAVA_HOME", "java"}, {"DOTNET_VERSION", "dotnet"}}

// findRuntime ships what runs programs in the image: a program that was copied onto one of a
// language may be a script for it, or start it. It is what the image starts by itself, unless
// that is a shell, or what a variable tells.
func (c *conversion) findRuntime() {
	if c.image == nil {
		c.findKnownRuntime()
		return
	}
	if cmd := c.image.Config.Cmd; len(cmd) > 0 && !isShell(cmd[0]) {
		c.findAlso(cmp.Or(consoles[cmd[0]], cmd[0]))
	}
	for _, r := range runtimes {
		if _, set := c.env[r.variable]; set {
			c.findAlso(r.program)
		}
	}
}

// findKnownRuntime is findRuntime for an image that was not looked at.
func (c *conversion) findKnownRuntime() {
	name := c.known.runtime
	if name == "" || c.imageSource == "" || c.sought[name] {
		return
	}
	c.sought[name] = true
	if !slices.ContainsFunc(c.programs, func(p program) bool { return strings.HasPrefix(name, path.Base(p.path)) }) {
		c.shipGuess(name, c.usualPlace(name))
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
	switch {
	case err != nil:
	case tree == nil && c.isRuntime(path.Base(name)):
		c.findKnownRuntime()
	case tree != nil && !strings.HasPrefix(name, "-"):
		if p := lookUp(tree, c.search(name)); p != "" {
			c.shipFound(tree, p)
		}
	}
}

// findMaybe ships a program that another starts, if it does: it is given to it as a word. Where
// nothing can be looked at, one that is named by its path is taken to be there, and a person is
// told of another.
func (c *conversion) findMaybe(name string) {
	tree, err := c.tree()
	_, other := c.known.other[name]
	switch {
	case tree != nil || err != nil || c.image != nil || c.imageSource == "" || strings.HasPrefix(name, "-"):
		c.findAlso(name)
	case name == "" || builtins[name] || everyShell[name]:
	case c.installs(name), (everywhere[name] || other || c.isTool(name) || c.isRuntime(name) || c.isStarted(name)) && !c.isShipped(name):
		_, _ = c.find(name)
		if isShell(name) { // what its script starts is the image's own as often as not
			c.findRuntime()
		}
	case c.isShipped(name):
		c.findRuntime()
	case path.IsAbs(name):
		_, _ = c.find(name)
	default:
		c.maybe = append(c.maybe, name)
	}
}

// everyShell are programs that shells have as well, and do without.
var everyShell = map[string]bool{"[": true, "echo": true, "false": true, "printf": true, "pwd": true, "test": true, "true": true}

// isShipped reports whether the spec has a program of a name already.
func (c *conversion) isShipped(name string) bool {
	at := c.search(name)
	held := c.copiedPaths(name, at)
	return slices.ContainsFunc(at, c.linked) ||
		slices.ContainsFunc(c.programs, func(p program) bool { return slices.Contains(at, p.path) || path.Base(p.path) == name }) ||
		slices.ContainsFunc(c.items, func(it item) bool {
			p, file := it.file()
			return file && slices.Contains(at, c.defaults(p)) ||
				slices.ContainsFunc(held, func(p string) bool { return c.mayHold(it, name, p) })
		})
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
