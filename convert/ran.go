package convert

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
)

// ran is a command that only the stage itself can carry out.
type ran struct {
	said
	// line is what the shell is given, at where it works, and home that of who runs it.
	line, at, home string
	// wrote are the paths that it says to make or to change, and entered the directories that it
	// goes to.
	wrote, entered []string
	// may are the paths that it makes under some condition.
	may []string
	// tools are the programs that npm and corepack install for all, and pips those that install modules of Python.
	tools, pips []string
	// gone is what it removes.
	gone removal
	// linked are the links that it makes under no condition.
	linked []link
}

// ran is a command as the stage runs it now.
func (c *conversion) ran(what said, line string) ran {
	r := ran{said: what, line: unrolled(lines(line)), at: c.at, home: c.homeNow()}
	line = r.line
	r.wrote, r.entered = writes(line, c.at)
	var may []string
	for _, part := range parted(line) {
		words := strings.Fields(part)
		if argv, within := withoutWords(words); within {
			may = append(may, strings.Join(argv, " "))
		}
	}
	r.may, _ = writes(strings.Join(may, "\n"), c.at)
	r.gone, r.linked = gone(line, c.at), linksIn(line)
	r.tools, r.pips = installers(line)
	for _, text := range c.scriptsIn(line) {
		wrote, entered := writes(unrolled(lines(text)), c.at)
		r.wrote, r.entered = append(r.wrote, wrote...), append(r.entered, entered...)
	}
	if syncs.MatchString(line) {
		r.wrote = append(r.wrote, path.Join(c.at, cmp.Or(c.defaults(c.words.env["UV_PROJECT_ENVIRONMENT"]), ".venv")))
	}
	if forUser.MatchString(line) {
		r.wrote = append(r.wrote, path.Join(c.homeNow(), ".local"))
	}
	return r
}

// scriptsIn are the texts of the scripts of the build context that a line starts, by themselves or by a
// shell.
func (c *conversion) scriptsIn(line string) (texts []string) {
	for _, part := range parted(line) {
		argv, err := shlex.Split(part)
		if err != nil || len(argv) == 0 {
			continue
		}
		if _, rest := split(argv[1:]); isShell(argv[0]) && len(rest) > 0 {
			argv = rest
		}
		text, ok := c.inContext(path.Clean(c.abs(argv[0])))
		head, _, _ := strings.Cut(text, "\n")
		if interpreter := strings.Fields(strings.TrimPrefix(head, "#!")); ok && strings.HasPrefix(head, "#!") && slices.ContainsFunc(interpreter, isShell) {
			texts = append(texts, text)
		}
	}
	return texts
}

// constant is a variable of a shell that is set to words which stand there.
var constant = regexp.MustCompile("(?m)(?:^|[;&\\s])(\\w+)=(?:\"([^\"$`]*)\"|'([^']*)')")

// assigned is a line of a shell with the variables in it that it sets to words, once.
func assigned(line string) string {
	values, times := map[string]string{}, map[string]int{}
	for _, m := range constant.FindAllStringSubmatch(line, -1) {
		values[m[1]] = strings.Join(strings.Fields(strings.ReplaceAll(m[2]+m[3], "\\\n", " ")), " ")
		times[m[1]]++
	}
	left := maxText
	return shellVariable.ReplaceAllStringFunc(line, func(text string) string {
		name := strings.Trim(text, "${}")
		value, ok := values[name]
		if left -= len(value); !ok || times[name] > 1 || left < 0 || !plainWords.MatchString(value) {
			return text
		}
		return value
	})
}

// shellVariable is a variable that is asked for, and plainWords are words that a shell does nothing with.
var (
	shellVariable = regexp.MustCompile(`\$(\w+|\{\w+\})`)
	plainWords    = regexp.MustCompile(`^[\w./@+=:~ -]*$`)
)

// maxText bounds the texts that are read and made.
const maxText = 1 << 20

// loop is one of a shell over words that stand in it.
var loop = regexp.MustCompile(`(?s)\bfor\s+(\w+)\s+in\s+([\w./+@ \t-]+?)\s*[;\n]\s*do\s(.*?)[;\n]\s*done\b`)

// unrolled is a line of a shell with what its loops over words do for each of them.
func unrolled(line string) string {
	return loop.ReplaceAllStringFunc(line, func(text string) string {
		m := loop.FindStringSubmatch(text)
		words := strings.Fields(m[2])
		if len(words)*len(m[3]) > maxText {
			return text
		}
		var out []string
		for _, word := range words {
			out = append(out, regexp.MustCompile(`\$(`+m[1]+`\b|\{`+m[1]+`\})`).ReplaceAllLiteralString(m[3], word))
		}
		return strings.Join(out, "\n")
	})
}

// syncs is uv that makes the virtual environment of a project.
var syncs = regexp.MustCompile(`\buv sync\b`)

// forUser is pip that installs into the home of who runs it.
var forUser = regexp.MustCompile(`\bpip[\d.]* install [^&;|]*--user\b`)

// homeNow is the home of who runs the commands.
func (c *conversion) homeNow() string {
	if home := c.words.env["HOME"]; path.IsAbs(home) {
		return home
	}
	user, _, _ := strings.Cut(c.as, ":")
	if user == "" {
		return "/root"
	}
	o, _ := c.lookUpUser(c.defaults(user))
	return cmp.Or(o.home, "/home/"+user)
}

// findEnvironments ships the Python that virtual environments which commands make have links to.
func (c *conversion) findEnvironments() {
	for _, run := range c.runs {
		for _, part := range parted(lines(run.line)) {
			argv, err := shlex.Split(part)
			if err != nil || len(argv) < 2 {
				continue
			}
			dir, ok := environment(argv)
			if !path.IsAbs(dir) {
				dir = path.Join(run.at, dir)
			}
			if ok && c.fromStage(dir) {
				c.shipPython(path.Base(argv[0]))
			}
		}
	}
}

// shipPython ships a Python of a name from where it most likely is.
func (c *conversion) shipPython(name string) {
	if !strings.HasPrefix(name, "python") {
		name = "python3"
	}
	if !c.sought[name] && !c.isRuntime(name) {
		c.sought[name] = true
		c.shipGuess(name, c.usualPlace(name))
	}
}

// tidiers are the commands that change what is there, or make what they say and nothing else.
var tidiers = []string{"cd", "chgrp", "chmod", "chown", "cp", "ldconfig", "ln", "mkdir", "mv", "rm", "rmdir", "set", "touch", "true"}

// wrote reports whether a command says to make a path.
func (c *conversion) wrote(p string) bool {
	return slices.ContainsFunc(c.runs, func(run ran) bool { return slices.Contains(run.wrote, p) })
}

// allWrote are the paths that commands say to make.
func (c *conversion) allWrote() (all []string) {
	for _, run := range c.runs {
		all = append(all, run.wrote...)
	}
	return all
}

// redirected is where a shell is told to write what a command says.
var redirected = regexp.MustCompile(`(?:^|[^-=>])>>?\s*([\w./@-]+)`)

// inQuotes is a text in quotes, in which no > is the shell's.
var inQuotes = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// plainPath is one that a shell does nothing with.
var plainPath = regexp.MustCompile(`^[\w./@+-]+$`)

// withoutTexts is a command of a shell without the texts in quotes that are no paths and start nothing.
func withoutTexts(line string) string {
	return inQuotes.ReplaceAllStringFunc(line, func(quoted string) string {
		text := quoted[1 : len(quoted)-1]
		starts := quoted[0] == '"' && (strings.Contains(text, "$(") || strings.Contains(text, "`"))
		if starts || plainPath.MatchString(text) {
			return text
		}
		return "_"
	})
}

// outputs are the flags by which programs are told where to write.
var outputs = map[string][]string{
	"curl": {"-o", "--output"}, "wget": {"-O", "--output-document"}, "gpg": {"-o", "--output"}, "tar": {"-C", "--directory"},
	"unzip": {"-d"}, "pip": {"-t", "--target", "--prefix"}, "pip3": {"-t", "--target", "--prefix"},
}

// output is where a program is told to write by a flag, which may end several of one letter.
func output(argv []string) (string, bool) {
	for i, arg := range argv[1:] {
		for _, flag := range outputs[path.Base(argv[0])] {
			long := strings.HasPrefix(flag, "--")
			if value, ok := strings.CutPrefix(arg, flag+"="); ok && long {
				return value, true
			}
			same := arg == flag || !long && len(arg) > 2 && arg[0] == '-' && arg[1] != '-' && strings.HasSuffix(arg, flag[1:])
			if same && i+2 < len(argv) {
				return argv[i+2], true
			}
		}
	}
	return "", false
}

// environment is the directory that a command makes a virtual environment of Python in.
func environment(argv []string) (string, bool) {
	var rest []string
	for i := 1; i < len(argv); i++ {
		switch {
		case slices.Contains(ofEnvironment, argv[i]):
			i++
		case !strings.HasPrefix(argv[i], "-"):
			rest = append(rest, argv[i])
		}
	}
	name, module := path.Base(argv[0]), slices.Contains(argv, "-m") || path.Base(argv[0]) == "uv"
	switch {
	case len(rest) > 1 && rest[0] == "venv" && module, len(rest) > 0 && (name == "virtualenv" || slices.Contains(argv, "-mvenv")):
		return rest[len(rest)-1], true
	case len(rest) == 1 && rest[0] == "venv" && name == "uv":
		return ".venv", true
	}
	return "", false
}

// ofEnvironment are the flags with a value of what makes virtual environments.
var ofEnvironment = []string{"-p", "--python", "--prompt"}

// named is what ships of a path that a command says to make, because how the image runs names it or what is
// below it: the path, or what is in a directory of all images.
func (c *conversion) named(made string) (paths []string) {
	texts := slices.Concat(c.entrypoint, c.cmd)
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		texts = append(texts, c.words.env[name])
	}
	own := append(slices.Collect(maps.Values(c.known.env)), strings.Split(c.known.path, ":")...)
	for _, text := range texts {
		for _, p := range namesIn.Split(c.defaults(text), -1) {
			if slices.Contains(own, p) { // the image has it
				continue
			}
			rest, below := strings.CutPrefix(path.Clean(p)+"/", made+"/")
			first, _, _ := strings.Cut(rest, "/")
			switch {
			case !below:
			case !present.is(made):
				paths = append(paths, made)
			case first != "":
				paths = append(paths, path.Join(made, first))
			}
		}
	}
	return distinct(paths)
}

// namesIn is what separates the paths of a list, or one from the name that it is given to.
var namesIn = regexp.MustCompile(`[:=]`)

// removed reports whether a path is one that a later command removes, or that the command itself
// removes.
func (c *conversion) removed(by int, p string) bool {
	return slices.ContainsFunc(c.runs[by:], func(run ran) bool { return run.gone.has(p) })
}

// removal are the paths and patterns of paths that a line removes, and the paths that it makes again.
type removal struct {
	paths []string
	again map[string]bool
}

// has reports whether a path is removed.
func (r removal) has(p string) bool { return !r.again[p] && matchesAny(r.paths, p) }

// matchesAny reports whether a path is one of some paths and patterns of paths, or below one.
func matchesAny(paths []string, p string) bool {
	return slices.ContainsFunc(paths, func(gone string) bool {
		matched, err := path.Match(gone, p)
		return err == nil && matched || strings.HasPrefix(p+"/", gone+"/")
	})
}

// gone is what a line removes.
func gone(line, at string) removal {
	out := removal{again: map[string]bool{}}
	for _, part := range parted(lines(line)) {
		words, _ := withoutWords(strings.Fields(part))
		made, entered := writes(strings.Join(words, " "), at)
		for _, p := range made {
			out.again[p] = true
		}
		now := removes(part, at)
		if len(now) > 0 {
			maps.DeleteFunc(out.again, func(p string, _ bool) bool { return matchesAny(now, p) })
		}
		if out.paths = append(out.paths, now...); len(out.paths) > maxRemoved {
			break
		}
		if len(entered) > 0 {
			at = entered[len(entered)-1]
		}
	}
	return out
}

// maxRemoved bounds the paths that a line removes.
const maxRemoved = 1000

// linksIn are the links between paths that a line makes under no condition.
func linksIn(line string) (out []link) {
	depth := 0
	for _, part := range parted(line) {
		depth += nesting(part)
		argv, ok := command(strings.TrimSpace(part))
		if !ok || depth > 0 || argv[0] != "ln" {
			continue
		}
		flags, rest := split(argv[1:])
		if len(rest) != 2 || !strings.Contains(strings.Join(flags, ""), "s") {
			continue
		}
		if to := rest[1]; path.IsAbs(rest[0]) && path.IsAbs(to) && !strings.HasSuffix(to, "/") && !present.is(to) && !crowded.is(to) && plainPath.MatchString(rest[0]+to) {
			out = append(out, link{path: path.Clean(to), target: rest[0]})
		}
	}
	return out
}

// writes are the paths that the commands of a line make or change, as far as their words tell.
// entered are the directories that they go to.
func writes(line, at string) (out, entered []string) {
	defer func() { out = slices.DeleteFunc(out, func(p string) bool { return !plainPath.MatchString(p) }) }()
	abs := func(p string) string {
		if !path.IsAbs(p) {
			p = path.Join(at, p)
		}
		return path.Clean(p)
	}
	for _, part := range parted(lines(line)) {
		for _, m := range redirected.FindAllStringSubmatch(withoutTexts(part), -1) {
			if m[1] != "_" { // of a text
				out = append(out, abs(m[1]))
			}
		}
		argv, err := shlex.Split(part)
		if err != nil || len(argv) < 2 {
			continue
		}
		flags, rest := split(argv[1:])
		if to, ok := output(argv); ok && to != "-" {
			out = append(out, abs(to))
		}
		if len(rest) == 0 {
			continue
		}
		if to, ok := environment(argv); ok {
			out = append(out, abs(to))
		}
		out = append(out, made[path.Base(argv[0])]...)
		last := rest[len(rest)-1]
		switch path.Base(argv[0]) {
		case "cd":
			at = abs(last)
			entered = append(entered, at)
		case "tar", "bsdtar":
			if _, ok := output(argv); !ok && extracts(argv) {
				out = append(out, at)
			}
		case "unzip":
			if _, ok := output(argv); !ok {
				out = append(out, at)
			}
		case "update-alternatives":
			if i := slices.Index(argv, "--install"); i >= 0 && i+1 < len(argv) {
				out = append(out, argv[i+1])
			}
		case "git":
			if rest[0] == "clone" && len(rest) > 2 {
				out = append(out, abs(last))
			}
		case "mkdir", "touch", "tee":
			for _, p := range rest {
				out = append(out, abs(p))
			}
		case "chmod", "chown", "chgrp", "setcap":
			for _, p := range rest[1:] {
				out = append(out, abs(p))
			}
		case "install":
			out = append(out, abs(into(rest, !slices.Contains(flags, "-d"))))
		case "ln", "cp", "mv":
			out = append(out, abs(into(rest, true)))
		case "sed":
			if slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-i") }) {
				out = append(out, abs(last))
				if !slices.ContainsFunc(flags, func(f string) bool { return strings.HasSuffix(f, "e") || strings.HasPrefix(f, "--expression") }) {
					for _, p := range rest[1:] {
						out = append(out, abs(p))
					}
				}
			}
		}
	}
	return out, entered
}

// made are the directories in which programs of packages make what they are for.
var made = map[string][]string{
	"a2enmod": {"/etc/apache2"}, "a2dismod": {"/etc/apache2"}, "a2ensite": {"/etc/apache2"}, "a2dissite": {"/etc/apache2"}, "a2enconf": {"/etc/apache2"},
	"a2disconf": {"/etc/apache2"}, "phpenmod": {"/etc/php"}, "phpdismod": {"/etc/php"}, "locale-gen": {"/usr/lib/locale"}, "conda": {"/opt/conda"}, "mamba": {"/opt/conda"}, "micromamba": {"/opt/conda"},
}

// extracts reports whether tar is told to unpack.
func extracts(argv []string) bool {
	return slices.ContainsFunc(argv[1:], func(arg string) bool {
		return arg == "--extract" || !strings.HasPrefix(arg, "--") && strings.Contains(arg, "x") && !strings.ContainsAny(arg, "./")
	})
}

// unpacks reports whether a command puts what it does not name into a directory.
func (r ran) unpacks(dir string) bool {
	for _, part := range parted(lines(r.line)) {
		argv, err := shlex.Split(part)
		if err != nil || len(argv) < 2 || !slices.Contains([]string{"tar", "bsdtar", "unzip"}, path.Base(argv[0])) {
			continue
		}
		to, ok := output(argv)
		if !ok {
			to = r.at
		}
		if !path.IsAbs(to) {
			to = path.Join(r.at, to)
		}
		if path.Clean(to) == dir || !ok && slices.Contains(r.entered, dir) {
			return true
		}
	}
	return false
}

// into is the last of the words of a command that copies: what it names or, where it names a
// directory as such, the file in it.
func into(words []string, file bool) string {
	last := words[len(words)-1]
	if file && strings.HasSuffix(last, "/") {
		return last + path.Base(words[0])
	}
	return last
}

// parted is a line of shell at what ends its commands, outside of quotes.
func parted(line string) []string {
	quote := rune(0)
	return strings.FieldsFunc(line, func(r rune) bool {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		default:
			return strings.ContainsRune("&;|\n", r)
		}
		return false
	})
}
