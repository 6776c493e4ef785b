package runtimes

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// shellScript is what a shell script says about programs.
type shellScript struct {
	// Commands are the simple commands whose name is known, with their words; a word
	// that is only known at run time is empty.
	Commands [][]string
	// Beside are the names of commands after a variable that nothing is known of, sorted: "rcs" of
	// `"$d"rcs`. They may be in the script's own directory.
	Beside []string
	// Set are the constants that variables are set to, and Values all of these, sorted.
	Set    map[string][]string
	Values []string
	// Unset are the variables of which nothing is known that a command is, sorted: "JAVA" of
	// `exec "$JAVA" -jar x`. A part of the script in another file may set them.
	Unset []string
	// Hands tells that it starts what it is called with, as `exec "$@"` does, and Shifts
	// that it takes words of it away.
	Hands, Shifts bool
}

// HandedOn is the command that a shell script starts if it is called with these words, as
// exec "$@" does, and whether nothing else can become of them: it may take some for itself. It is
// nil for other scripts.
func HandedOn(text []byte, words []string) (command []string, sure bool) {
	script := scanShell(text, "")
	if !script.Hands {
		return nil, false
	}
	if script.Shifts {
		words = afterOwnWords(words)
	}
	return words, !script.Shifts
}

// afterOwnWords is the command behind the words that a script takes for itself: those before "--",
// or those that cannot be a program's name.
func afterOwnWords(words []string) []string {
	if i := slices.Index(words, "--"); i >= 0 {
		return words[i+1:]
	}
	for len(words) > 0 && !programName(words[0]) {
		words = words[1:]
	}
	return words
}

// ShellCommands are the commands of a line for a shell.
func ShellCommands(line string) [][]string { return scanShell([]byte(line), "").Commands }

// ShellWords are what the variables of a script of the shell are set to and what its commands are
// called with, as far as that is constant.
func ShellWords(text []byte, name string) []string {
	script := scanShell(text, name)
	words := slices.Clone(script.Values)
	for _, argv := range script.Commands {
		words = append(words, argv[1:]...)
	}
	return words
}

// StartedBy is the command that a program starts which is there to start others: "nginx"
// of "tini -- nginx". It is nil for other programs.
func StartedBy(argv []string) []string {
	if !slices.Contains(shellPrefixes, path.Base(argv[0])) {
		return nil
	}
	return afterPrefix(argv)
}

// IsCommandName tells what can be the name of a program, or the path of one.
func IsCommandName(name string) bool { return programName(name) }

// scanShell finds the commands in a script of the shell (POSIX.1-2017, XCU 2, with what
// bash adds): the words in command position, in substitutions too. Functions of the
// script and what the shell does itself are left out. Variables that are set to a
// constant are filled in.
func scanShell(text []byte, name string) shellScript {
	s := &shellScanner{text: strings.ReplaceAll(string(text), "\\\n", ""), shellState: &shellState{vars: map[string][]string{"0": {name}}, functions: map[string]bool{}, beside: map[string]bool{}, unset: map[string]bool{}, exported: map[string]bool{}}}
	s.script()
	out := shellScript{Hands: s.hands, Beside: slices.Sorted(maps.Keys(s.beside)), Unset: slices.Sorted(maps.Keys(s.unset)), Set: s.vars}
	for _, c := range s.started {
		if slices.Contains(shellBuiltins, c[0]) && programName(c[0]) {
			out.Commands = append(out.Commands, c)
		}
	}
	for _, c := range s.commands {
		out.Shifts = out.Shifts || c[0] == "shift"
		if s.runsArguments && s.functions[c[0]] && len(c) > 1 && c[1] != "" {
			c = c[1:]
		}
		c[0], _, _ = strings.Cut(c[0], " ") // of a variable that holds an option, too
		if !s.functions[c[0]] && !slices.Contains(shellBuiltins, c[0]) && programName(c[0]) {
			out.Commands = append(append(append(out.Commands, c), startedByAwk(c)...), startedByTar(c)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.exported)) {
		for _, value := range s.vars[name] {
			if (path.IsAbs(value) || slices.ContainsFunc(s.commands, func(c []string) bool { return asksFor(c) == value })) && programName(value) {
				out.Commands = append(out.Commands, []string{value})
			}
		}
	}
	for _, values := range s.vars {
		out.Values = append(out.Values, values...)
	}
	slices.Sort(out.Values)
	return out
}

// startedByAwk are the commands that awk has a shell run: those in the strings of a program that
// reads from commands, or calls system.
func startedByAwk(c []string) [][]string {
	if !slices.Contains([]string{"awk", "gawk", "mawk"}, path.Base(c[0])) {
		return nil
	}
	var out [][]string
	for _, program := range c[1:] {
		if !strings.Contains(program, "getline") && !strings.Contains(program, "system(") {
			continue
		}
		parts := strings.Split(program, `"`)
		for i := 1; i < len(parts); i += 2 {
			if text := strings.ReplaceAll(parts[i], `\`, ""); strings.Contains(text, " ") {
				out = append(out, scanShell([]byte(text), "").Commands...)
			}
		}
	}
	return out
}

// startedByTar are the programs that tar starts, with the shell that it has do so: by its options, and by
// the name of the archive, as it is told to or reads it (tar(1), Compression options).
func startedByTar(c []string) [][]string {
	if path.Base(c[0]) != "tar" && path.Base(c[0]) != "bsdtar" {
		return nil
	}
	var out [][]string
	for i, word := range c[1:] {
		letters := !strings.HasPrefix(word, "--") && (i == 0 && !strings.ContainsAny(word, "./") || strings.HasPrefix(word, "-"))
		for _, by := range tarPrograms {
			if letters && by.letter != "" && strings.Contains(word, by.letter) || word == by.option || slices.ContainsFunc(by.endings, func(end string) bool { return strings.HasSuffix(word, end) }) {
				out = append(out, []string{by.program}, []string{"/bin/sh"})
			}
		}
	}
	return out
}

// tarPrograms are what tar starts, with the letter and the option for it, and how archives end that it is for.
var tarPrograms = []struct {
	program, letter, option string
	endings                 []string
}{
	{"bzip2", "j", "--bzip2", []string{".bz2", ".tbz", ".tbz2"}},
	{"gzip", "z", "--gzip", []string{".tar.gz", ".tgz"}},
	{"xz", "J", "--xz", []string{".tar.xz", ".txz"}},
	{"zstd", "", "--zstd", []string{".tar.zst", ".tzst"}},
}

// programName tells what can be the name of a program, or the path of one.
func programName(name string) bool {
	return name != "" && name[0] != '-' && len(name) < 200 && strings.Trim(name, "0123456789") != "" &&
		!strings.ContainsFunc(name, func(r rune) bool { return r > 127 || !wordByte(byte(r)) && strings.IndexByte("./+-", byte(r)) < 0 })
}

// maxShellDepth bounds substitutions in substitutions.
const maxShellDepth = 20

// shellScanner goes through a script.
type shellScanner struct {
	*shellState
	text     string
	at       int
	depth    int
	commands [][]string

	wordAt   int      // where the last word begins
	command  []string // the simple command so far
	heredocs []string // what ends those that follow the line
	cases    int      // open ones
	pattern  bool     // what comes is the pattern of a case
}

// shellState is what a script and the substitutions in it have in common.
type shellState struct {
	vars      map[string][]string // the constants that each is set to
	functions map[string]bool
	beside    map[string]bool // names behind variables of which nothing is known
	unset     map[string]bool // such variables that commands are
	exported  map[string]bool // variables that what is started gets: xmlto says so where cp is
	// dir is the working directory, as far as cd has made it known.
	dir string
	// runsArguments tells that "$@" stands where a command does: a function of the
	// script starts what it is called with.
	runsArguments bool
	// hands tells that "$@" stands there, behind what starts others: exec "$@".
	hands bool
	// started are commands that another program starts: test of find -exec test is none of the
	// shell's own.
	started [][]string
}

// shellWord is one word with its quotes removed.
type shellWord struct {
	texts  []string // what it can be, by the values of variables
	known  bool     // without what only the shell knows
	quoted bool
	// assigns tells that a = stands before any quotes.
	assigns bool
	// asked is the program that a substitution in it asks for: "java" of `which java`.
	asked string
}

// maxShellTexts bounds what a word can be.
const maxShellTexts = 32

func (w *shellWord) add(texts ...string) {
	var out []string
	for _, a := range w.texts {
		for _, b := range texts {
			if len(out) < maxShellTexts {
				out = append(out, a+b)
			}
		}
	}
	w.texts = out
}

// substituted adds what a substitution asks for and prints.
func (w *shellWord) substituted(asked string, printed []string) {
	w.asked = asked
	w.known = w.known && len(printed) > 0
	if len(printed) > 0 {
		w.add(printed...)
	}
}

func (w shellWord) text() string { return w.texts[0] }

func (s *shellScanner) script() {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\n':
			s.at++
			s.end()
			s.skipHeredocs()
		case c == ' ' || c == '\t' || c == '\r':
			s.at++
		case c == '#':
			s.skipLine()
		case strings.IndexByte(";&|(){}", c) >= 0:
			s.operator(c)
		case c == '<' || c == '>':
			s.redirection()
		default:
			s.take(s.word())
		}
	}
	s.end()
}

func (s *shellScanner) skipLine() {
	for s.at < len(s.text) && s.text[s.at] != '\n' {
		s.at++
	}
}

// operator ends a command.
func (s *shellScanner) operator(c byte) {
	s.at++
	if c == '(' && len(s.command) == 1 && s.at < len(s.text) && s.text[s.at] == ')' {
		s.functions[s.command[0]] = true
		s.command = nil
		return
	}
	if s.pattern {
		s.pattern = c != ')'
		return
	}
	s.end()
	if c == ';' && s.cases > 0 && s.at < len(s.text) && (s.text[s.at] == ';' || s.text[s.at] == '&') {
		s.at++
		s.pattern = true
	}
}

// redirection passes over where input and output go.
func (s *shellScanner) redirection() {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte("<>&|-", s.text[s.at]) >= 0 {
		s.at++
	}
	op := s.text[start:s.at]
	if s.at < len(s.text) && s.text[s.at] == '(' {
		return // a process substitution, which is a command
	}
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
	if s.at < len(s.text) && strings.IndexByte("\n;&|()", s.text[s.at]) < 0 {
		w := s.word()
		if op == "<<" || op == "<<-" {
			s.heredocs = append(s.heredocs, w.text())
		}
	}
}

// skipHeredocs passes over the texts that follow a line.
func (s *shellScanner) skipHeredocs() {
	for _, end := range s.heredocs {
		for s.at < len(s.text) {
			start := s.at
			s.skipLine()
			line := s.text[start:s.at]
			s.at = min(s.at+1, len(s.text))
			if strings.TrimLeft(line, "\t") == end {
				break
			}
		}
	}
	s.heredocs = nil
}

// take adds a word to the command, unless it is one of the shell's own.
func (s *shellScanner) take(w shellWord) {
	raw := s.text[s.wordAt:s.at]
	if s.at < len(s.text) && (s.text[s.at] == '<' || s.text[s.at] == '>') && strings.Trim(w.text(), "0123456789") == "" {
		return // the number of what is redirected
	}
	if s.pattern && w.text() != "esac" {
		return
	}
	if len(s.command) == 0 && !w.quoted {
		switch w.text() {
		case "if", "then", "elif", "else", "fi", "do", "done", "while", "until", "!", "{", "}", "time":
			return
		case "case":
			s.cases++
			s.skipTo("in")
			s.pattern = true
			return
		case "esac":
			s.cases, s.pattern = max(0, s.cases-1), false
			return
		case "for", "select":
			s.skipTo("")
			return
		case "function":
			s.blank()
			s.functions[s.word().text()] = true
			return
		}
	}
	if name, value, _ := strings.Cut(w.text(), "="); len(s.command) == 0 && w.assigns && pythonName(strings.TrimSuffix(name, "+")) {
		for _, text := range w.texts { // what it is set to can have several values itself
			if w.known {
				s.set(name, strings.TrimPrefix(text, w.text()[:len(w.text())-len(value)]))
			}
		}
		if !w.known {
			s.setCommand(name, raw)
		}
		if w.asked != "" { // which java, to start what is found
			s.commands = append(s.commands, []string{w.asked})
		}
		return
	}
	if len(s.command) == 0 && (raw == "$@" || raw == `"$@"`) {
		s.runsArguments = true
	}
	if s.isCode() {
		_, _ = s.substitute(w.text())
	}
	if isArguments(raw) && onlyPrefixes(s.command) {
		s.hands = true
	}
	if !w.known {
		if of := behindVariable.FindStringSubmatch(raw); of != nil && programName(of[1]) && onlyPrefixes(s.command) {
			s.beside[of[1]] = true
		}
		if of := variableAlone.FindStringSubmatch(raw); of != nil && onlyPrefixes(s.command) {
			s.unset[of[1]] = true
		}
		w.texts = []string{""}
	} else if strings.HasPrefix(raw, "$") && strings.Contains(w.text(), " ") {
		// A variable without quotes can be several words, or none.
		words := strings.Fields(w.text())
		if len(words) == 0 {
			return
		}
		s.commands = append(s.commands, words[:1])
		w.texts = []string{""}
	}
	if len(s.command) == 0 || len(s.command) == 2 && s.command[0] == "set" && s.command[1] == "--" {
		for _, other := range w.texts[1:] { // what it is if a condition holds
			s.commands = append(s.commands, []string{other})
		}
	}
	s.command = append(s.command, w.text())
}

// behindVariable has the name of a program behind a variable for its directory, which may end with
// the slash itself: "rcs" of `"$d"rcs` and of "$d/rcs".
var behindVariable = regexp.MustCompile(`^"?\$(?:\{\w+\}|\w+["/])"?/?([\w.+-]+)"?$`)

// variableAlone is a word that is a variable: "JAVA" of `"$JAVA"` and of ${JAVA}.
var variableAlone = regexp.MustCompile(`^"?\$\{?([A-Za-z_]\w*)\}?"?$`)

func (s *shellScanner) blank() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// skipTo passes over words until one, or until the end of the line or command.
func (s *shellScanner) skipTo(end string) {
	for s.at < len(s.text) {
		for s.blank(); end != "" && s.at < len(s.text) && s.text[s.at] == '\n'; s.blank() {
			s.at++
		}
		if s.at == len(s.text) || strings.IndexByte("\n;&|", s.text[s.at]) >= 0 {
			return
		}
		if strings.IndexByte("()<>{}", s.text[s.at]) >= 0 {
			s.at++
			continue
		}
		if w := s.word(); end != "" && w.text() == end {
			return
		}
	}
}

// end closes a simple command.
func (s *shellScanner) end() {
	c := s.command
	s.command = nil
	if len(c) > 2 && c[0] == "set" && c[1] == "--" {
		c = c[2:] // for an exec "$@" that follows
	}
	if len(c) > 2 && c[0] == "exec" && c[1] == "" && c[2] != "" && c[2][0] != '-' {
		c = c[2:] // exec $wrapper java
	}
	if len(c) > 1 && c[0] == "export" {
		for _, word := range c[1:] {
			s.export(word)
		}
	}
	if len(c) > 0 && c[0] == "cd" {
		s.dir = ""
		if to := c[len(c)-1]; len(c) > 1 && strings.HasPrefix(to, "/") {
			s.dir = path.Clean(to)
		}
	}
	for len(c) > 0 && c[0] != "" {
		s.commands = append(s.commands, c)
		next := startedBy(c)
		if len(next) > 0 && c[0] != "command" && c[0] != "builtin" {
			s.started = append(s.started, next)
		}
		c = next
	}
}

// export notes what the command of that name is given: NAME or NAME=VALUE.
func (s *shellScanner) export(word string) {
	name, value, sets := strings.Cut(word, "=")
	s.exported[name] = true
	if sets {
		s.set(name, value)
	}
}

// set adds a value to those that a variable can have.
func (s *shellScanner) set(name, value string) {
	if !slices.Contains(s.vars[name], value) && len(s.vars[name]) < maxShellTexts {
		s.vars[name] = append(s.vars[name], value)
	}
}

// beginsCommand has what a variable is set to begins with where more follows: the program of a
// command, or the variable that has it.
var beginsCommand = regexp.MustCompile(`^\w+="(?:\$\{?(\w+)\}?|([\w./+-]+))[ \t]`)

// setCommand sets a variable to the program alone of a command whose arguments are known when the script
// runs: java for CMD="java $OPTIONS", which is started as $CMD.
func (s *shellScanner) setCommand(name, raw string) {
	of := beginsCommand.FindStringSubmatch(raw)
	if of == nil {
		return
	}
	for _, value := range append(slices.Clone(s.vars[of[1]]), of[2]) {
		if words := strings.Fields(value); len(words) > 0 {
			s.set(name, words[0]+" ")
		}
	}
}

// startedBy is the command that another one starts. There is none for most.
func startedBy(c []string) []string {
	if i := slices.IndexFunc(c, func(w string) bool { return w == "-exec" || w == "-execdir" || w == "-ok" }); c[0] == "find" && i > 0 {
		return c[i+1:]
	}
	if !slices.Contains(shellPrefixes, c[0]) {
		return nil
	}
	return afterPrefix(c)
}

// afterPrefix is what follows a command that starts others, with its options.
func afterPrefix(c []string) []string {
	skip, command := 1, path.Base(c[0])
	if slices.Contains(shellUsers, command) {
		skip = 2
	}
	takes := prefixValues[command]
	c = c[min(skip, len(c)):]
	operand := slices.Contains(shellOperands, command)
	for len(c) > 0 && (strings.HasPrefix(c[0], "-") || !operand && (strings.Contains(c[0], "=") || isDuration(c[0]))) {
		value := len(c[0]) == 2 && c[0][0] == '-' && strings.Contains(takes, c[0][1:]) && len(c) > 1
		if c = c[1:]; value {
			c = c[1:]
		}
	}
	if len(c) > 0 && operand {
		c = c[1:]
	}
	return c
}

// prefixValues are the options of such commands that have their value in a word of its own.
var prefixValues = map[string]string{
	"chpst": "uUebnlLmdopfcrt/", "chrt": "DPT", "env": "uC", "fakeroot": "bfils", "flock": "Ew", "ionice": "cn", "nice": "n", "numactl": "CNimp", "runuser": "Ggu", "softlimit": "adsplmtcfor",
	"stdbuf": "ioe", "strace": "EIOPSUXabeopsu", "timeout": "sk", "unshare": "GRSw", "watch": "n", "xargs": "adEILnPs", "xvfb-run": "efnpsw",
}

// isDuration reports whether a word is a number, such as the 5s of timeout.
func isDuration(word string) bool {
	return word != "" && word[0] >= '0' && word[0] <= '9' && strings.Trim(word, "0123456789.smhd") == ""
}

// isCode reports whether the next word of the command is itself a script: of eval, of trap,
// and of sh -c.
func (s *shellScanner) isCode() bool {
	n := len(s.command)
	if n == 0 {
		return false
	}
	if s.command[0] == "eval" || s.command[0] == "trap" && n == 1 {
		return true
	}
	runsCode := func(c string) bool { return isShell(c) || c == "su" || c == "runuser" }
	last := s.command[n-1]
	return len(last) > 1 && last[0] == '-' && last[len(last)-1] == 'c' && slices.ContainsFunc(s.command, runsCode)
}

// isArguments reports whether a word is all that a script is called with.
func isArguments(raw string) bool {
	return slices.Contains([]string{"$@", `"$@"`, "${@}", `"${@}"`, "$*"}, raw)
}

// onlyPrefixes reports whether a command has nothing yet but what starts others.
func onlyPrefixes(c []string) bool {
	for len(c) > 0 && slices.Contains(shellPrefixes, c[0]) {
		c = afterPrefix(c)
	}
	return len(c) == 0
}

// word reads a word, with the commands that are substituted in it.
func (s *shellScanner) word() shellWord {
	w := shellWord{texts: []string{""}, known: true}
	start := s.at
	s.wordAt = start
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ';', '&', '|', '(', ')', '<', '>':
			if s.at == start {
				s.at++ // so that there is always an end
			}
			return w
		case '\'':
			w.quoted = true
			end := strings.IndexByte(s.text[s.at+1:], '\'')
			if end < 0 {
				s.at = len(s.text)
				return w
			}
			w.add(s.text[s.at+1 : s.at+1+end])
			s.at += end + 2
		case '"':
			w.quoted = true
			s.at++
			s.double(&w)
		default:
			s.char(&w)
		}
	}
	return w
}

// double reads on to the end of a text in double quotes.
func (s *shellScanner) double(w *shellWord) {
	for s.at < len(s.text) {
		if s.text[s.at] == '"' {
			s.at++
			return
		}
		s.char(w)
	}
}

// char reads a character, an expansion or a substitution.
func (s *shellScanner) char(w *shellWord) {
	switch c := s.text[s.at]; c {
	case '\\':
		if s.at+1 < len(s.text) {
			w.add(s.text[s.at+1 : s.at+2])
		}
		s.at = min(s.at+2, len(s.text))
	case '`':
		end := s.at + 1
		for end < len(s.text) && s.text[end] != '`' {
			if s.text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(s.text))
		w.substituted(s.substitute(backquoted.Replace(s.text[min(s.at+1, end):end])))
		s.at = min(end+1, len(s.text))
	case '$':
		s.dollar(w)
	case '*', '?', '~':
		w.known = w.known && w.quoted
		w.add(string(c))
		s.at++
	default:
		w.assigns = w.assigns || c == '=' && !w.quoted
		w.add(string(c))
		s.at++
	}
}

// dollar reads what a $ begins.
func (s *shellScanner) dollar(w *shellWord) {
	rest := s.text[s.at+1:]
	switch {
	case strings.HasPrefix(rest, "(("): // arithmetic, with commands that are substituted in it
		end := s.closing(s.at+1, '(', ')')
		if text := s.text[s.at+3 : max(s.at+3, end-2)]; strings.ContainsAny(text, "$`") {
			s.substitute(": " + strings.NewReplacer("<", " ", ">", " ", "#", " ", "(", " (", "$ (", "$(").Replace(text))
		}
		s.at = end
		w.known = false
	case strings.HasPrefix(rest, "("):
		end := s.closing(s.at+1, '(', ')')
		w.substituted(s.substitute(s.text[s.at+2 : max(s.at+2, end-1)]))
		s.at = end
	case strings.HasPrefix(rest, "{"):
		end := s.closing(s.at+1, '{', '}')
		name := s.text[s.at+2 : max(s.at+2, end-1)]
		s.at = end
		name, otherwise := defaultOf(name)
		values := s.vars[name]
		if otherwise != "" && !slices.Contains(values, otherwise) {
			values = append(slices.Clone(values), otherwise)
		}
		if len(values) > 0 {
			w.add(values...)
			return
		}
		if _, text, ok := strings.Cut(name, "$("); ok {
			_, _ = s.substitute(text)
		}
		w.known = false
	default:
		n := 0
		for n < len(rest) && wordByte(rest[n]) {
			n++
		}
		values, ok := s.vars[rest[:n]]
		if ok {
			w.add(values...)
		}
		w.known = w.known && ok && n > 0
		if n == 0 && len(rest) > 0 && strings.IndexByte("@*#?-$!", rest[0]) >= 0 {
			n = 1
		}
		s.at += 1 + n
	}
}

// closing is the place after the bracket that closes the one at a place.
func (s *shellScanner) closing(at int, open, end byte) int {
	depth := 0
	for ; at < len(s.text); at++ {
		switch s.text[at] {
		case '\\':
			at++
		case '\'':
			if next := strings.IndexByte(s.text[at+1:], '\''); next >= 0 {
				at += next + 1
			}
		case open:
			depth++
		case end:
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return len(s.text)
}

// backquoted undoes the escapes between backquotes.
var backquoted = strings.NewReplacer("\\\\", "\\", "\\$", "$", "\\`", "`")

// substitute reads the commands of a substitution. If the last of them asks where a program
// is, asked is its name; printed are the paths that it prints, as far as they are known.
func (s *shellScanner) substitute(text string) (asked string, printed []string) {
	if s.depth >= maxShellDepth {
		return "", nil
	}
	inner := &shellScanner{text: text, depth: s.depth + 1, shellState: s.shellState}
	before := s.dir
	inner.script()
	printed = inner.prints()
	s.dir = before
	s.commands = append(s.commands, inner.commands...)
	if len(inner.commands) == 0 {
		return "", printed
	}
	return asksFor(inner.commands[len(inner.commands)-1]), printed
}

// asksFor is the program whose path a command asks for: java of "which java".
func asksFor(c []string) string {
	asks := c[0] == "which" && len(c) == 2 || len(c) == 3 && (c[0] == "command" && c[1] == "-v" || c[0] == "type" && c[1] == "-p")
	if name := c[len(c)-1]; asks && programName(name) {
		return name
	}
	return ""
}

// prints are the paths that the last command of a substitution prints: the directory of a path
// or the path itself. Functions of the script that it calls with its own name follow links.
func (s *shellScanner) prints() []string {
	if len(s.commands) == 0 {
		return nil
	}
	c := s.commands[len(s.commands)-1]
	last := c[len(c)-1]
	switch {
	case c[0] == "pwd" && s.dir != "":
		return []string{s.dir}
	case len(c) < 2 || !strings.HasPrefix(last, "/"):
	case c[0] == "dirname" && len(c) == 2:
		return []string{path.Dir(last)}
	case c[0] == "realpath" || c[0] == "readlink" && slices.Contains([]string{"-f", "-e", "-m"}, c[1]):
		return []string{path.Clean(last)}
	case s.functions[c[0]] && len(c) == 2 && slices.Contains(s.vars["0"], last):
		return []string{last}
	}
	return nil
}

// defaultOf takes a constant default from an expansion: JAVACMD and "java" of
// "JAVACMD:-java".
func defaultOf(expansion string) (name, otherwise string) {
	i := strings.IndexAny(expansion, ":-=")
	if i < 0 {
		return expansion, ""
	}
	name, otherwise = expansion[:i], strings.TrimPrefix(expansion[i:], ":")
	if otherwise == "" || otherwise[0] != '-' && otherwise[0] != '=' || len(otherwise) < 2 {
		return expansion, ""
	}
	// It may be a command with arguments: ${SORT:-sort -f}.
	program, _, _ := strings.Cut(otherwise[1:], " ")
	if !programName(program) || strings.ContainsAny(otherwise, "$`\"'\\(){}") {
		return expansion, ""
	}
	return name, otherwise[1:]
}

// shellPrefixes are commands that start the one that follows them.
var shellPrefixes = []string{
	"exec", "command", "builtin", "env", "nohup", "nice", "ionice", "timeout", "xargs", "setsid", "stdbuf", "tini", "dumb-init", "catatonit", "gosu", "su-exec", "setpriv", "chroot",
	"chpst", "envdir", "s6-setuidgid", "setlock", "setuidgid", "softlimit",
	"chrt", "dbus-run-session", "eatmydata", "faketime", "fakeroot", "flock", "numactl", "prlimit", "runuser", "setarch", "strace", "taskset", "torsocks", "unbuffer", "unshare", "valgrind", "watch", "xvfb-run",
}

// shellUsers are those of them that take a word first: a user, a directory, a priority, a time.
var shellUsers = []string{"gosu", "su-exec", "chroot", "envdir", "s6-setuidgid", "setlock", "setuidgid"}

// shellOperands are those that take such a word behind their options.
var shellOperands = []string{"chrt", "faketime", "flock", "setarch", "taskset"}

// shellBuiltins are what a shell does itself.
var shellBuiltins = strings.Fields(`. : [ [[ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown echo enable eval exec
exit export false fc fg getopts hash help history in jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return set shift
shopt source suspend test times trap true type typeset ulimit umask unalias unset wait ]] ] } fi done esac`)
