package convert

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// The marks around the name of a build argument while a text is expanded. They cannot
// stand in a Dockerfile that a person wrote.
const (
	argBegin = "\x01"
	argEnd   = "\x02"
)

// words expands what a Dockerfile says as the builder would. Build arguments stay
// arguments, now of the spec.
type words struct {
	// escape is the character that takes the meaning from others.
	escape rune
	lex    *shell.Lex
	env    map[string]string
	// unset are the variables that were asked for and nothing sets.
	unset map[string]bool
	// cut are the variables with build arguments in them of which only a part was asked for: a
	// spec has no words for that.
	cut map[string]bool
	// mixed are the build arguments without a default that stand for different texts where they are not
	// given, and fixed those of them that were asked for: a spec has one default.
	mixed, fixed map[string]bool
	// defaults are those of the build arguments.
	defaults map[string]string
}

func newWords(escape rune) *words {
	return &words{escape: escape, lex: shell.NewLex(escape), env: map[string]string{}, unset: map[string]bool{}, cut: map[string]bool{}, fixed: map[string]bool{}}
}

// arg makes a name one of a build argument.
func (w *words) arg(name string) { w.env[name] = argBegin + name + argEnd }

// environ implements shell.EnvGetter.
type environ map[string]string

func (e environ) Get(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

func (e environ) Keys() []string {
	var keys []string
	for key := range e {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// raw expands a word, with build arguments marked.
func (w *words) raw(word string) (string, error) {
	env := environ(w.env)
	for _, m := range elsewise.FindAllStringSubmatch(word, -1) {
		name, operator, other := m[1], m[2], m[3]
		value, declared := w.defaults[name]
		switch {
		case !declared || value != "" || w.env[name] != argBegin+name+argEnd:
		case strings.HasSuffix(operator, "-") && !w.mixed[name]: // a spec has defaults where arguments are declared alone
			w.defaults[name] = other
		default:
			env = maps.Clone(env)
			delete(env, name)
			if w.mixed[name] {
				w.fixed[name] = true
			}
		}
	}
	for _, name := range w.cuts(word) {
		env = maps.Clone(env)
		env[name] = w.plain(env[name])
		w.cut[name] = true
	}
	text, unset, err := w.lex.ProcessWord(word, env)
	for name := range unset {
		w.unset[name] = true
	}
	return text, err
}

// cuts are the variables with build arguments in them of which a word has a part alone.
func (w *words) cuts(word string) []string {
	var names []string
	for _, m := range part.FindAllStringSubmatch(word, -1) {
		if marked.MatchString(w.env[m[1]]) {
			names = append(names, m[1])
		}
	}
	return names
}

// part is a variable of which a beginning or an end is taken away, or a part replaced.
var part = regexp.MustCompile(`\$\{(\w+)[#%/]`)

// plain is an expanded text with the defaults of build arguments in it.
func (w *words) plain(text string) string {
	for range 8 { // in defaults, too
		if !marked.MatchString(text) {
			break
		}
		text = marked.ReplaceAllStringFunc(text, func(m string) string { return w.defaults[strings.Trim(m, argBegin+argEnd)] })
	}
	return text
}

// elsewise is a variable with what stands for it where it is empty, or is not.
var elsewise = regexp.MustCompile(`\$\{(\w+)(:?[-+])([^${}]*)\}`)

// asked is a variable that is asked for in any way, and set one that ENV sets.
var (
	asked = regexp.MustCompile(`\$\{?(\w+)`)
	set   = regexp.MustCompile(`(?mi)^\s*ENV\s+(\w+)`)
)

// mixedIn are the variables of a Dockerfile that are asked for with a text for where they are empty, and
// in another way as well.
func mixedIn(dockerfile string) map[string]bool {
	text := commentLine.ReplaceAllString(dockerfile, "")
	ways, with := map[string]map[string]bool{}, map[string]int{}
	for _, m := range elsewise.FindAllStringSubmatch(text, -1) {
		if ways[m[1]] == nil {
			ways[m[1]] = map[string]bool{}
		}
		ways[m[1]][m[2]+m[3]] = true
		with[m[1]]++
	}
	for _, m := range set.FindAllStringSubmatch(text, -1) { // which is then what is asked for
		delete(ways, m[1])
	}
	all := map[string]int{}
	for _, m := range asked.FindAllStringSubmatch(text, -1) {
		all[m[1]]++
	}
	mixed := map[string]bool{}
	for name, said := range ways {
		mixed[name] = len(said) > 1 || all[name] > with[name]
	}
	return mixed
}

// heredoc expands a text as the builder does: quotes are part of it, and a backslash takes
// its meaning from what follows.
func (w *words) heredoc(text string) (string, error) {
	lex := shell.NewLex(w.escape)
	lex.SkipProcessQuotes = true
	out, unset, err := lex.ProcessWord(text, environ(w.env))
	for name := range unset {
		w.unset[name] = true
	}
	return out, err
}

// forShell expands a line that a shell is given: quotes, and what takes the meaning from characters,
// stay for the shell.
func (w *words) forShell(line string) (string, error) {
	escape := string(w.escape)
	return w.raw(strings.NewReplacer(escape, escape+escape, `"`, escape+`"`, `'`, escape+`'`).Replace(line))
}

var marked = regexp.MustCompile(argBegin + `([^` + argEnd + `]*)` + argEnd)

// interpolated is an expanded text as a value of the spec.
func interpolated(text string) string {
	return marked.ReplaceAllString(strings.ReplaceAll(text, "$", "$$"), "$${$1}")
}

// shown is an expanded text with its build arguments as a Dockerfile names them.
func shown(text string) string { return marked.ReplaceAllString(text, "$${$1}") }

// argsIn are the build arguments that an expanded text has in it.
func argsIn(text string) []string {
	var names []string
	for _, m := range marked.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// unquoted are the characters that a shell gives a meaning to, outside of quotes.
const unquoted = "|&;<>()$`*?[]{}~!#\n"

// command splits a command line that needs no shell into its words.
func command(line string) ([]string, bool) {
	quote := rune(0)
	for _, r := range line {
		switch {
		case quote == '\'' && r != '\'':
		case quote == '"' && r != '"':
			if strings.ContainsRune("$`\\", r) {
				return nil, false
			}
		case r == quote:
			quote = 0
		case r == '\'' || r == '"':
			quote = r
		case strings.ContainsRune(unquoted, r):
			return nil, false
		}
	}
	argv, err := shlex.Split(line)
	if err != nil || len(argv) == 0 || strings.Contains(argv[0], "=") {
		return nil, false
	}
	return argv, true
}

// builtins are commands that shells have alone, and words of theirs.
var builtins = map[string]bool{
	".": true, ":": true, "cd": true, "done": true, "eval": true, "exit": true, "export": true, "fi": true, "read": true, "set": true, "shift": true,
	"source": true, "trap": true, "ulimit": true, "umask": true, "unset": true, "wait": true,
}

// startable is command for a line that starts a program, and nothing of a shell's own.
func startable(line string) ([]string, bool) {
	argv, ok := command(line)
	if !ok || builtins[argv[0]] {
		return nil, false
	}
	return argv, true
}

// settings are the variables that a line sets for the command in it.
var settings = regexp.MustCompile(`^(\w+=("[^"$]*"|'[^']*'|[\w./-]*)\s+)+`)

// comment is one of a shell at the end of a line. Where it is part of a text in quotes, what
// is left has a quote too few, and is no command.
var comment = regexp.MustCompile(`(?m)(^|\s)#.*$`)

// lines is a line of shell in which what goes on in the next line is joined, without the lines that
// are comments, in which an apostrophe is no quote.
func lines(text string) string {
	text = quotedComment.ReplaceAllString(strings.ReplaceAll(text, "\\\n", " "), "")
	return commentLine.ReplaceAllString(quiet.ReplaceAllString(text, ""), "")
}

// quiet is what throws away what a command says.
var quiet = regexp.MustCompile(`[ \t]+([12]|&)?>>?[ \t]*/dev/null\b|[ \t]+2>&1`)

// quotedComment is a comment among the words of a command, as one that gives nothing.
var quotedComment = regexp.MustCompile("`\\s*#[^`]*`")

var commentLine = regexp.MustCompile(`(?m)^\s*#.*$`)

// anyName stands for a * in words that are split.
const anyName = "\x03"

// commands splits a line of shell into simple commands that follow each other; false
// if there is more to it.
func commands(line string) ([][]string, bool) {
	line = lines(line)
	var all [][]string
	for _, part := range regexp.MustCompile(`&&|;|\n`).Split(comment.ReplaceAllString(line, ""), -1) {
		if part = strings.TrimSpace(part); part == "" || strings.HasPrefix(part, "set -") {
			continue
		}
		// A cleanup may name files by patterns.
		if strings.HasPrefix(part, "rm ") {
			part = strings.ReplaceAll(part, "*", "")
		}
		stars := strings.HasPrefix(part, "chmod ") && !strings.ContainsAny(part, `'"`) // of files that were copied, which are known
		if stars {
			part = strings.ReplaceAll(part, "*", anyName)
		}
		argv, ok := command(settings.ReplaceAllString(part, ""))
		if !ok {
			return nil, false
		}
		for i := range argv {
			if stars {
				argv[i] = strings.ReplaceAll(argv[i], anyName, "*")
			}
		}
		all = append(all, argv)
	}
	return all, len(all) > 0
}
