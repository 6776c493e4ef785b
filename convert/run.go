package convert

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// effects are what commands of the last stage have done that a spec can say.
type effects struct {
	packages []string
	// virtual are the packages that apk has by a name together, by which they can be removed.
	virtual map[string][]string
	users   map[string]owner
	groups  map[string]string
	// madeNames are the users and groups that commands have made.
	madeNames map[string]bool
	// joined are the groups that users are in besides their own.
	joined map[string][]string
	ids    ids
	dirs   []directory
	links  []link
	// supposed are the directories that commands make among what is not understood.
	supposed []directory
	// at is where commands run, as whom they run, and copied what the stage has copied.
	at, as string
	copied copiedFiles
	// busybox tells that users are made by BusyBox's tools.
	busybox bool
}

// copiedFiles are the files that a stage has copied before a command runs.
type copiedFiles interface {
	// below reports whether something was copied to a directory or below it.
	below(dir string) bool
	// copiedAt reports whether a path is one that was copied, or in a directory that was.
	copiedAt(p string) bool
	// setMode sets the mode of a file that was copied by itself, and reports whether it
	// was.
	setMode(file, mode string) bool
}

// abs is a path of a command.
func (e *effects) abs(p string) string {
	if !path.IsAbs(p) {
		p = path.Join(e.at, p)
	}
	return path.Clean(p)
}

// owner is a user with a group, in numbers, and a home, which was made for them or not.
type owner struct {
	uid, gid, home string
	madeHome       bool
	// said tells that a command says the number of the user.
	said bool
}

func (o owner) String() string { return o.uid + ":" + o.gid }

type link struct{ path, target string }

func newEffects() *effects {
	return &effects{users: map[string]owner{}, groups: map[string]string{}, madeNames: map[string]bool{}, joined: map[string][]string{}, ids: newIDs()}
}

// understand takes over what a RUN does, or returns false if that is more than a spec
// can say.
func (e *effects) understand(line string) bool {
	all, ok := commands(line)
	return ok && e.understandAll(all)
}

// understandAll is understand for commands.
func (e *effects) understandAll(all [][]string) bool {
	next := &effects{
		packages: slices.Clone(e.packages), virtual: maps.Clone(e.virtual), users: maps.Clone(e.users), groups: maps.Clone(e.groups), madeNames: maps.Clone(e.madeNames), joined: maps.Clone(e.joined), ids: e.ids.clone(),
		dirs: slices.Clone(e.dirs), links: slices.Clone(e.links), supposed: slices.Clone(e.supposed), at: e.at, as: e.as, copied: e.copied, busybox: e.busybox,
	}
	for _, argv := range all {
		if !next.one(argv) {
			return false
		}
	}
	*e = *next
	return true
}

// remember takes over the users, groups and directories that a line makes, and the packages that
// it installs, of which not all is understood: who files belong to, who the program runs as, and
// which ready-made parts it may need is known then.
func (e *effects) remember(line string) { e.rememberOf(line, false) }

// rememberOf is remember for a line, or for a script, whose directories may be those of a function that
// it does not call.
func (e *effects) rememberOf(line string, script bool) {
	depth := 0
	for _, part := range regexp.MustCompile(`&&|;|\n`).Split(lines(line), -1) {
		depth += nesting(part)
		argv, ok := command(settings.ReplaceAllString(strings.TrimSpace(part), ""))
		if !ok {
			continue
		}
		if within, _ := withoutWords(argv); len(within) > 1 && managers[path.Base(within[0])] {
			argv = within
		}
		switch path.Base(argv[0]) {
		case "mkdir", "chown", "chmod", "rm":
			if !script {
				e.suppose(argv, depth == 0)
			}
		case "groupadd", "addgroup", "useradd", "adduser", "usermod", "groupmod":
			made := maps.Clone(e.madeNames)
			if e.one(argv); depth > 0 { // which may make nobody
				e.madeNames = made
			}
		case "apt-get", "apt", "apk", "dnf", "microdnf", "yum", "zypper":
			e.one(argv)
		}
	}
}

// nesting is how much deeper in conditions and loops of a shell what follows a command is.
func nesting(part string) int {
	word, _, _ := strings.Cut(strings.TrimSpace(part), " ")
	switch word {
	case "if", "case", "for", "while", "until":
		return 1
	case "fi", "esac", "done":
		return -1
	}
	return 0
}

// suppose takes over what a command does to directories, by their whole paths, among others that
// are not understood: it counts where nobody can look at what came of them all.
func (e *effects) suppose(argv []string, certain bool) {
	name := path.Base(argv[0])
	flags, rest := split(argv[1:])
	value := ""
	if name == "chown" || name == "chmod" {
		if len(rest) == 0 {
			return
		}
		value, rest = rest[0], rest[1:]
	}
	below := name == "rm" || recursive(flags)
	for _, p := range rest {
		if p = path.Clean(p); !path.IsAbs(p) || passing(p) { // a cd may have gone before
			continue
		}
		in := func(d directory) bool { return d.path == p || below && strings.HasPrefix(d.path, p+"/") }
		switch {
		case name == "rm", name == "chmod" && !isNumber(value): // which adds to a mode
			e.supposed = slices.DeleteFunc(e.supposed, in)
			continue
		case name == "mkdir" || slices.ContainsFunc(e.supposed, in) && !slices.ContainsFunc(e.supposed, func(d directory) bool { return d.path == p }):
			e.supposed = append(e.supposed, directory{path: p, owner: e.as, certain: name == "mkdir" && certain})
		}
		for i, d := range e.supposed {
			switch {
			case !in(d):
			case name == "chown":
				e.supposed[i].owner = withGroup(value)
			case name == "chmod":
				e.supposed[i].mode = value
			}
		}
	}
}

// recursive reports whether the flags of a command are for all that is in a directory, too.
func recursive(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool {
		return f == "--recursive" || !strings.HasPrefix(f, "--") && strings.Contains(f, "R")
	})
}

// one takes over one command.
func (e *effects) one(argv []string) bool {
	virtual, before := "", len(e.packages)
	if path.Base(argv[0]) == "apk" {
		argv, virtual = withoutVirtual(argv)
	}
	flags, rest := split(argv[1:])
	switch name := path.Base(argv[0]); name {
	case "apt-get", "apt", "apk", "dnf", "microdnf", "yum", "zypper":
		understood := e.manage(flags, rest)
		if virtual != "" {
			e.virtual = maps.Clone(e.virtual)
			if e.virtual == nil {
				e.virtual = map[string][]string{}
			}
			e.virtual[virtual] = slices.Clone(e.packages[before:])
		}
		return understood
	case "rm":
		return !slices.ContainsFunc(rest, func(p string) bool { return !cleaned.has(p) })
	case "true", ":":
		return true
	case "export":
		return len(argv) == 2 && strings.HasPrefix(argv[1], "DEBIAN_FRONTEND=")
	case "ldconfig":
		return e.searchesOnly(rest)
	case "update-ca-certificates": // of the package's alone, without those of the Dockerfile
		return len(argv) == 1 && (e.copied == nil || !e.copied.below("/usr/local/share/ca-certificates"))
	case "groupadd", "addgroup":
		return e.addGroup(name, argv[1:])
	case "useradd", "adduser":
		return e.addUser(name, argv[1:])
	case "usermod", "groupmod":
		return e.modify(name, argv[1:])
	case "install":
		return e.install(argv[1:])
	case "mkdir":
		for _, p := range rest {
			if p = e.abs(p); !passing(p) {
				e.dirs = append(e.dirs, directory{path: p, owner: e.as})
			}
		}
		return true
	case "chown":
		return e.change(flags, rest, func(d *directory, who string) { d.owner = withGroup(who) })
	case "chmod":
		return len(rest) > 0 && octal(rest[0]) && (e.change(flags, rest, func(d *directory, mode string) { d.mode = mode }) || len(flags) == 0 && e.chmod(rest))
	case "ln":
		if len(rest) != 2 || !strings.Contains(strings.Join(flags, ""), "s") || strings.HasSuffix(rest[1], "/") {
			return false
		}
		e.links = append(e.links, link{path: e.abs(rest[1]), target: rest[0]})
		return true
	}
	return false
}

// searchesOnly reports whether ldconfig does no more than what a spec has anyway, a cache of the
// directories in which loaders look: libraries that were copied there get links by their SONAMEs,
// which the stage alone has.
func (e *effects) searchesOnly(dirs []string) bool {
	return !slices.ContainsFunc(dirs, func(dir string) bool { return !slices.Contains(searched, dir) }) &&
		(e.copied == nil || !slices.ContainsFunc(searched, func(dir string) bool { return e.copied.below(dir) || e.copied.copiedAt(dir) }))
}

// searched are directories of libraries in which loaders look by themselves.
var searched = []string{"/lib", "/usr/lib", "/usr/local/lib"}

// install takes over what makes directories: install -d -o OWNER -g GROUP -m MODE.
func (e *effects) install(args []string) bool {
	valued := map[string]string{"-o": "", "--owner": "", "-g": "", "--group": "", "-m": "", "--mode": ""}
	opts := map[string]string{}
	var dirs []string
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		if _, ok := valued[name]; ok && !given && i+1 < len(args) {
			i++
			value = args[i]
		}
		if strings.HasPrefix(name, "-") {
			opts[name] = value
		} else {
			dirs = append(dirs, name)
		}
	}
	if !has(opts, "-d", "--directory") || len(dirs) == 0 {
		return false
	}
	who := withGroup(cmp.Or(first(opts, "-o", "--owner"), e.as))
	if group := first(opts, "-g", "--group"); group != "" {
		user, _, _ := strings.Cut(cmp.Or(who, "root"), ":")
		who = user + ":" + group
	}
	for _, d := range dirs {
		e.dirs = append(e.dirs, directory{path: e.abs(d), owner: who, mode: first(opts, "-m", "--mode")})
	}
	return true
}

// withGroup is an owner of which chown is told the user alone: the group stays root's.
func withGroup(who string) string {
	if who == "" || strings.Contains(who, ":") {
		return who
	}
	return who + ":0"
}

// split separates flags from other arguments.
func split(args []string) (flags, rest []string) {
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			flags = append(flags, a)
		} else {
			rest = append(rest, a)
		}
	}
	return flags, rest
}

// valuedInstall are flags of package managers whose value is the next word, or that name
// another repository.
var valuedInstall = []string{"-t", "--virtual", "--target-release", "--default-release", "-o", "-c", "-X", "--repository"}

// withoutVirtual leaves out the name that apk gives some packages, by which they can be removed.
func withoutVirtual(argv []string) (left []string, name string) {
	for i, arg := range argv {
		flag, name, given := strings.Cut(arg, "=")
		switch {
		case flag == "--virtual" && given:
			return slices.Delete(slices.Clone(argv), i, i+1), name
		case (arg == "--virtual" || arg == "-t") && i+1 < len(argv):
			return slices.Delete(slices.Clone(argv), i, i+2), argv[i+1]
		}
	}
	return argv, ""
}

// manage takes over what a package manager does.
func (e *effects) manage(flags, rest []string) bool {
	if len(rest) == 0 {
		return false
	}
	plain := !slices.ContainsFunc(flags, func(f string) bool {
		f, _, _ = strings.Cut(f, "=")
		return slices.Contains(valuedInstall, f)
	})
	if !plain && !slices.ContainsFunc(flags, func(f string) bool { return strings.Contains(f, "=") }) { // whose value is among the rest
		return false
	}
	switch rest[0] {
	case "del", "remove", "purge":
		e.packages = slices.DeleteFunc(e.packages, func(p string) bool {
			return slices.ContainsFunc(rest[1:], func(gone string) bool { return p == gone || slices.Contains(e.virtual[gone], p) })
		})
		return false // what it depended on goes, too, or stays
	case "update", "upgrade", "clean", "autoremove", "autoclean", "distclean", "dist-clean", "makecache", "dist-upgrade":
		return true
	case "install", "add", "in":
	default:
		return false
	}
	for _, p := range rest[1:] {
		if strings.ContainsAny(p, "/.@<>~") && !strings.Contains(p, "=") && !packageName(p) {
			plain = false
			if p, _, _ = strings.Cut(p, "@"); !packageName(p) { // apk's for one of a repository
				continue
			}
		}
		e.packages = append(e.packages, p)
	}
	return plain
}

// packageName reports whether a word names a package and not a file or a repository.
func packageName(p string) bool {
	return !strings.ContainsAny(p, "/@<>~") && !strings.HasSuffix(p, ".deb") && !strings.HasSuffix(p, ".rpm") && !strings.HasSuffix(p, ".apk")
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

// change changes directories that were made before, and the one that commands run in;
// others are none of a spec's, and neither is what was copied into one.
func (e *effects) change(flags, rest []string, how func(*directory, string)) bool {
	if len(rest) < 2 {
		return false
	}
	whole := recursive(flags)
	for _, p := range rest[1:] {
		p = e.abs(p)
		if whole && e.copied != nil && e.copied.below(p) {
			return false
		}
		below := e.leadingTo(p)
		switch {
		case slices.ContainsFunc(e.dirs, func(d directory) bool { return d.path == p }):
		case p == e.at && p != "/", e.madeBelow(p) && !present.is(p):
			e.dirs = append(e.dirs, directory{path: p})
		default:
			return false
		}
		if whole {
			e.dirs = append(e.dirs, below...)
		}
		for i, d := range e.dirs {
			if d.path == p || whole && strings.HasPrefix(d.path, p+"/") {
				how(&e.dirs[i], rest[0])
			}
		}
	}
	return true
}

// madeBelow reports whether a command has made a directory below one.
func (e *effects) madeBelow(p string) bool {
	return slices.ContainsFunc(e.dirs, func(d directory) bool { return strings.HasPrefix(d.path, p+"/") })
}

// leadingTo are the directories between one and those that were made below it, which mkdir -p has
// made on the way.
func (e *effects) leadingTo(p string) (between []directory) {
	made := func(all []directory, dir string) bool {
		return slices.ContainsFunc(all, func(d directory) bool { return d.path == dir })
	}
	for _, d := range e.dirs {
		if !strings.HasPrefix(d.path, p+"/") {
			continue
		}
		for dir := path.Dir(d.path); dir != p; dir = path.Dir(dir) {
			if !made(e.dirs, dir) && !made(between, dir) {
				between = append(between, directory{path: dir})
			}
		}
	}
	slices.SortFunc(between, func(a, b directory) int { return strings.Compare(a.path, b.path) })
	return between
}

// chmod sets the modes of files that were copied.
func (e *effects) chmod(rest []string) bool {
	if len(rest) < 2 || e.copied == nil || !octal(rest[0]) {
		return false
	}
	mode := "0755"
	if isNumber(rest[0]) {
		mode = fmt.Sprintf("%04s", rest[0])
	}
	for _, p := range rest[1:] {
		if !e.copied.setMode(e.abs(p), mode) {
			return false
		}
	}
	return true
}
