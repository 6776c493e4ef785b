package convert

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
)

// leaves is what a command of the stage leaves behind besides the paths that it names, as far as is known.
type leaves struct {
	// more tells that it may make something else, and packages that it installs some that nobody can name.
	more, packages bool
	// modules tells that it installs modules of Python for all, tools are the programs that it installs for all by
	// npm, and fetched tells that it fetches those that corepack starts, which it does else when they start.
	modules, fetched bool
	tools            []string
}

// quietWords are words of a shell that make nothing, beside tidiers and shellWords.
var quietWords = namesOf(`: [ case command date do done echo elif else esac exit export fi for grep id if local printf sleep sync test then truncate uname unset while which`)

// managers are the programs that install packages of the distribution, which are told as such, that make accounts, which
// are the stage's, and those that PHP's images have for extensions, which ship where PHP's configuration names them.
var managers = namesOf(`apk apt apt-get apt-mark dnf microdnf rpm yum zypper addgroup adduser groupadd groupdel groupmod passwd useradd userdel usermod
	docker-php-ext-configure docker-php-ext-enable docker-php-ext-install docker-php-source install-php-extensions pecl ldconfig locale-gen setcap update-ca-certificates`)

// inPlace are the commands of programs that install what an app needs into the directory that they work in.
var inPlace = map[string][]string{
	"npm":  {"ci", "install", "i", "prune", "cache", "rebuild", "dedupe", "update"},
	"yarn": {"", "install", "add", "cache"}, "pnpm": {"install", "i", "add", "prune", "store"}, "bun": {"install", "add"},
	"composer": {"install", "dump-autoload", "dumpautoload", "clear-cache", "update"}, "bundle": {"install", "config", "clean"}, "uv": {"sync", "venv"},
}

// leaves is what a command leaves behind.
func (c *conversion) leaves(run ran) (out leaves) {
	for _, part := range parted(lines(run.line)) {
		argv, err := shlex.Split(settings.ReplaceAllString(strings.TrimSpace(part), ""))
		if err != nil {
			out.more = true
			continue
		}
		for _, m := range target.FindAllStringSubmatch(withoutTexts(part), -1) {
			out.more = out.more || !plainPath.MatchString(m[1])
		}
		if argv, _ = withoutWords(argv); len(argv) > 0 {
			c.leavesOf(argv, run, &out)
		}
	}
	return out
}

// target is where a shell is told to write, whatever its name is made of.
var target = regexp.MustCompile(`[^-=>]>>?\s*([^\s>&]+)`)

// withoutWords is a command without the words of a shell before it, and whether there are some.
func withoutWords(argv []string) (left []string, within bool) {
	left = argv
	for len(left) > 0 && (slices.Contains(shellWords, left[0]) || left[0] == "(" || left[0] == "}" || left[0] == ")") {
		left = left[1:]
	}
	return left, len(left) < len(argv)
}

// leavesOf adds what one program leaves behind.
func (c *conversion) leavesOf(argv []string, run ran, out *leaves) {
	name := path.Base(argv[0])
	flags, rest := split(argv[1:])
	first := ""
	if len(rest) > 0 {
		first = rest[0]
	}
	unnamed := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.ContainsAny(w, "$`") })
	}
	switch commands, app := inPlace[name]; {
	case name == "mkdir" || name == "touch":
		out.more = out.more || unnamed(rest)
	case (name == "cp" || name == "mv" || name == "ln") && len(rest) > 0:
		if to := rest[len(rest)-1]; !strings.HasSuffix(to, "/") && to != "." && !present.is(to) && !crowded.is(to) {
			rest = rest[len(rest)-1:]
		}
		out.more = out.more || unnamed(rest)
	case c.makesEnvironment(argv, run), made[name] != nil: // which is told by its paths
	case name == "xargs" && slices.ContainsFunc(argv, func(w string) bool { return slices.Contains(changers, w) }):
	case name == "find":
		out.more = out.more || slices.Contains(argv, "-exec") && !slices.ContainsFunc(argv, func(w string) bool { return slices.Contains(changers, w) })
	case managers[name]:
		virtual := slices.ContainsFunc(flags, func(f string) bool { return f == "-t" || strings.HasPrefix(f, "--virtual") }) // which is to go
		installs := slices.Contains([]string{"install", "add", "in", "-i"}, first) || name == "rpm"
		out.packages = out.packages || installs && unnamed(rest) && !virtual || slices.ContainsFunc(rest, func(p string) bool { return path.Ext(p) == ".deb" || path.Ext(p) == ".rpm" })
	case slices.Contains(tidiers, name), quietWords[name], assignment.MatchString(argv[0]), strings.HasPrefix(argv[0], ">"):
	case name == "sed" && slices.ContainsFunc(flags, isInPlace) && len(rest) > 1:
		out.more = out.more || unnamed(rest[1:])
	case name == "bundle" && slices.Contains(commands, first), name == "gem" && (first == "install" || first == "update"):
		out.more = out.more || !c.keepsGems(name)
	case tools(argv) != nil:
		out.tools = append(out.tools, tools(argv)...)
	case name == "corepack":
		out.fetched = out.fetched || first == "prepare" || first == "install" || first == "use" || first == "up"
	case name == "uv" && first == "sync" && slices.ContainsFunc(run.wrote, c.fromStage):
	case name == "poetry" && first == "install" && strings.HasPrefix(strings.ToLower(c.words.env["POETRY_VIRTUALENVS_CREATE"]), "f"):
		out.modules = true
	case name == "poetry" && first == "install" && c.words.env["POETRY_VIRTUALENVS_IN_PROJECT"] != "" && c.worksInShipped(run):
	case isPip(argv):
		out.modules = out.modules || !c.inEnvironment(argv[0])
	case app && slices.Contains([]string{"cache", "config", "store", "clear-cache"}, first): // of what nobody keeps
	case builtins[name] && name != "eval":
	case app && slices.Contains(commands, first) && !slices.ContainsFunc(flags, isElsewhere) && c.worksInShipped(run):
	default:
		out.more = true
	}
}

// worksInShipped reports whether a command works in directories alone that ship from the stage.
func (c *conversion) worksInShipped(run ran) bool {
	if len(run.entered) == 0 {
		return c.fromStage(path.Clean(run.at))
	}
	return !slices.ContainsFunc(run.entered, func(dir string) bool { return !c.fromStage(dir) })
}

// keepsGems reports whether gems are installed where Ruby's ship from.
func (c *conversion) keepsGems(by string) bool {
	home := c.defaults(c.words.env["GEM_HOME"])
	if by == "bundle" {
		home = cmp.Or(c.defaults(c.words.env["BUNDLE_PATH"]), home)
	}
	return home == "/usr/local/bundle" || home != "" && c.fromStage(home) || home == "" && by == "gem"
}

// isElsewhere reports whether a flag names another directory than the one that a command works in.
func isElsewhere(flag string) bool {
	flag, _, _ = strings.Cut(flag, "=")
	return slices.Contains([]string{"--prefix", "--cwd", "--dir", "-C", "--directory", "--working-dir", "-d"}, flag)
}

// makesEnvironment reports whether a command makes a virtual environment that ships.
func (c *conversion) makesEnvironment(argv []string, run ran) bool {
	dir, ok := environment(argv)
	if !path.IsAbs(dir) {
		dir = path.Join(run.at, dir)
	}
	return ok && c.fromStage(dir)
}

// changers are the commands that change what find finds, or remove it.
var changers = []string{"chmod", "chown", "chgrp", "rm", "touch"}

// assignment is a variable of a shell that is set.
var assignment = regexp.MustCompile(`^\w+=`)

func isInPlace(flag string) bool { return strings.HasPrefix(flag, "-i") }

// tools are the programs that npm is told to install for all, by the names of their packages, which most
// have; nil if a command is another.
func tools(argv []string) (names []string) {
	flags, rest := split(argv[1:])
	global := path.Base(argv[0]) == "npm" && (slices.Contains(flags, "-g") || slices.Contains(flags, "--global")) && len(rest) > 1 && slices.Contains([]string{"install", "i", "add"}, rest[0])
	if path.Base(argv[0]) == "yarn" && len(rest) > 2 && rest[0] == "global" && rest[1] == "add" {
		global, rest = true, rest[1:]
	}
	if !global || slices.ContainsFunc(flags, isElsewhere) {
		return nil
	}
	names = []string{}
	for _, pkg := range rest[1:] {
		if strings.HasPrefix(pkg, ".") || strings.HasPrefix(pkg, "/") || strings.Contains(pkg, ":") { // a directory, or a repository
			continue
		}
		scope, name, scoped := strings.Cut(pkg, "/")
		if !scoped {
			scope, name = "", scope
		}
		name, _, _ = strings.Cut(name, "@")
		switch main := toolOf[path.Join(scope, name)]; {
		case main != "":
			name = main
		case scoped && (name == "cli" || name == "core"): // of which nobody can tell
			continue
		}
		if plainPath.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// toolOf are programs that packages of npm have which are called otherwise.
var toolOf = map[string]string{
	"@angular/cli": "ng", "@nestjs/cli": "nest", "@vue/cli": "vue", "@ionic/cli": "ionic", "@sveltejs/kit": "svelte-kit", "typescript": "tsc",
}

// isPip reports whether a command has pip, or uv in its place, install modules.
func isPip(argv []string) bool {
	name := strings.TrimRight(path.Base(argv[0]), "0123456789.")
	i := slices.Index(argv, "install")
	switch {
	case name == "pip", name == "uv" && slices.Contains(argv, "pip"):
		return i > 0 || slices.Contains(argv, "cache")
	case name == "python":
		return i > 0 && slices.Contains(argv, "pip")
	}
	return false
}

// inEnvironment reports whether a program is of a virtual environment that ships whole.
func (c *conversion) inEnvironment(program string) bool {
	if path.IsAbs(program) && c.fromStage(program) {
		return true
	}
	first, _, _ := strings.Cut(c.defaults(c.words.env["PATH"]), ":")
	return !path.IsAbs(program) && path.Base(first) == "bin" && !present.is(first) && c.fromStage(first)
}

// installed says which programs that a command installs a person is to name.
func (c *conversion) installed(run ran) (out []string) {
	left := c.leaves(run)
	if left.packages {
		out = append(out, "packages that this installs are not known: name their programs under binaries, as - "+ref(c.imageSource, "/usr/bin/PROGRAM"))
	}
	if left.modules {
		out = append(out, "modules that this installs ship where something imports them: name a program among them that nothing starts under binaries, as - "+
			ref(c.imageSource, c.toolsDir()+"/PROGRAM"))
	}
	if left.fetched {
		cache := cmp.Or(c.defaults(c.words.env["COREPACK_HOME"]), path.Join(run.home, ".cache/node/corepack"))
		out = append(out, "what this fetches is fetched again when it starts, unless it is named under files: - "+ref(c.imageSource, cache))
	}
	names := slices.DeleteFunc(slices.Clone(left.tools), func(name string) bool {
		return slices.ContainsFunc(c.programs, func(p program) bool { return path.Base(p.path) == name })
	})
	for i, name := range names {
		names[i] = c.toolsDir() + "/" + name
	}
	switch {
	case len(names) > 0:
		out = append(out, "a program that this installs ships with its package where it is named under binaries: "+c.listed(names))
	case left.tools != nil && len(left.tools) == 0:
		out = append(out, "a program that this installs ships with its package where it is named under binaries, as - "+ref(c.imageSource, c.toolsDir()+"/PROGRAM"))
	}
	return out
}

// toolsDir is where npm and pip most likely put programs that are for all.
func (c *conversion) toolsDir() string {
	if slices.ContainsFunc(c.runs, func(run ran) bool { return strings.Contains(run.line, "nodesource") }) {
		return "/usr/bin"
	}
	if dir := c.known.bin; dir != "" && dir != "/usr/bin" {
		return dir
	}
	return "/usr/local/bin"
}

// installers are the programs that npm and corepack are told to install for all by a line, and those that it has
// install modules of Python.
func installers(line string) (names, pips []string) {
	for _, part := range parted(lines(line)) {
		argv, err := shlex.Split(settings.ReplaceAllString(strings.TrimSpace(part), ""))
		if argv, _ = withoutWords(argv); err != nil || len(argv) == 0 {
			continue
		}
		names = append(names, tools(argv)...)
		if path.Base(argv[0]) == "corepack" && slices.Contains(argv, "enable") {
			names = append(names, "pnpm", "pnpx", "yarn", "yarnpkg")
		}
		if isPip(argv) {
			pips = append(pips, argv[0])
		}
	}
	return names, pips
}

// installsForAll reports whether a command has npm or pip install a program for all, as far as names tell: npm
// one by its name, pip one that no package of the distribution has.
func (c *conversion) installsForAll(name string) bool {
	if c.isTool(name) {
		return true
	}
	other := c.installs(name) || everywhere[name] || elsewhere[name] != "" || c.isRuntime(name) || isShell(name) || strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pip")
	return !other && slices.ContainsFunc(c.runs, func(run ran) bool {
		return slices.ContainsFunc(run.pips, func(pip string) bool { return !c.inEnvironment(pip) })
	})
}

// isTool reports whether npm or corepack is told to install a program for all.
func (c *conversion) isTool(name string) bool {
	return slices.ContainsFunc(c.runs, func(run ran) bool { return slices.Contains(run.tools, name) })
}
