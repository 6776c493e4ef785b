package runtimes

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Started is what source in a language other than the shell's says of the programs that
// it starts, and of files that it opens.
type Started struct {
	// Commands are the names or paths of programs that calls name which start some.
	Commands []string
	// Handed are the names or paths of programs in what source puts together and starts later, in a
	// call that names a variable: of the first elements of lists, and of variables whose names say that
	// they are commands.
	Handed []string
	// Words are the literals that may be names of programs, whatever is done with them.
	Words []string
	// Paths are the literals that are absolute paths.
	Paths []string
	// Shell tells that commands are started by way of /bin/sh, and LaterShell that those are which are
	// made at run time.
	Shell, LaterShell bool
}

// A startingSyntax is how a language starts programs.
type startingSyntax struct {
	extensions   []string
	interpreters []string // without versions
	comment      string
	// calls start the program that their first argument is, or the first word of it.
	// Those that are true always have the shell do it.
	calls map[string]bool
	// receivers are what these are members of: db.exec("…") starts nothing.
	receivers []string
	// bare tells that calls need no parentheses, and backticks that these are calls; templates tells that
	// they are literals in which something is filled in.
	bare, backticks, templates bool
	// prefixes are letters that a literal can have before it.
	prefixes string
}

var startingSyntaxes = []startingSyntax{
	{
		extensions: []string{".py", ".wsgi"}, interpreters: []string{"python"}, comment: "#",
		calls: map[string]bool{
			"system": true, "popen": true, "getoutput": true, "getstatusoutput": true, "create_subprocess_shell": true,
			"call": false, "check_call": false, "check_output": false, "Popen": false, "run": false, "execvp": false, "execlp": false, "spawnvp": false, "spawnlp": false,
			"create_subprocess_exec": false, "spawn": false, "which": false, "find_executable": false, "tool_required": false,
		},
		receivers: []string{"asyncio", "commands", "os", "sp", "subprocess"},
		prefixes:  "fFrRbBuU",
	},
	{
		extensions: []string{".pl", ".pm"}, interpreters: []string{"perl"}, comment: "#", bare: true, backticks: true,
		calls: map[string]bool{"system": false, "exec": false, "can_run": false, "which": false},
	},
	{
		extensions: []string{".rb", ".ru"}, interpreters: []string{"ruby"}, comment: "#", bare: true, backticks: true,
		calls:     map[string]bool{"system": false, "exec": false, "spawn": false, "popen": false, "capture2": false, "capture2e": false, "capture3": false, "sh": false},
		receivers: []string{"IO", "Kernel", "Open3", "Process"},
	},
	{
		extensions: []string{".php"}, interpreters: []string{"php"}, comment: "//", backticks: true,
		calls: map[string]bool{"shell_exec": true, "exec": true, "system": true, "passthru": true, "popen": true, "proc_open": true, "Process": true},
	},
	{
		extensions: []string{".js", ".cjs", ".mjs", ".ts"}, interpreters: []string{"node", "nodejs"}, comment: "//", templates: true,
		calls: map[string]bool{
			"spawn": false, "spawnSync": false, "execFile": false, "execFileSync": false, "exec": true, "execSync": true,
			"execa": false, "execaSync": false, "execaCommand": false, "execaCommandSync": false, "sync": false, // the packages execa and cross-spawn
		},
		receivers: []string{"childProcess", "child_process", "cp", "execa", "shell", "shelljs", "spawn"},
	},
	{
		extensions: []string{".lua"}, interpreters: []string{"lua", "luajit"}, comment: "--",
		calls:     map[string]bool{"execute": true, "popen": true},
		receivers: []string{"io", "os"},
	},
}

// syntaxOf is how a file starts programs, by its name and by what runs it.
func syntaxOf(name, interpreter string) (startingSyntax, bool) {
	interpreter = strings.TrimRight(path.Base(interpreter), "0123456789.")
	for _, s := range startingSyntaxes {
		if slices.Contains(s.extensions, path.Ext(name)) || interpreter != "" && slices.Contains(s.interpreters, interpreter) {
			return s, true
		}
	}
	return startingSyntax{}, false
}

// Starts tells whether ReadStarted knows the language of a file.
func Starts(name, interpreter string) bool {
	_, ok := syntaxOf(name, interpreter)
	return ok
}

// ReadStarted finds the programs that source starts by constants: what stands in a call
// that starts one, in backticks, or in a pipe that is opened. It knows literals and names,
// and nothing of grammar: what it finds counts if a tree has a program of that name.
func ReadStarted(name, interpreter string, text []byte) Started {
	syntax, ok := syntaxOf(name, interpreter)
	if !ok {
		return Started{}
	}
	s := &startedScanner{startingSyntax: syntax, unclosed: map[byte]int{}, text: string(text)}
	s.scan()
	if !s.later {
		s.out.Handed = nil
	}
	for _, list := range []*[]string{&s.out.Commands, &s.out.Handed, &s.out.Words, &s.out.Paths} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return s.out
}

type startedScanner struct {
	startingSyntax
	// unclosed are the ends of text in which nothing closes a quote, so that it is read once.
	unclosed map[byte]int
	text     string
	at       int
	// later tells that a call starts what a variable has.
	later bool
	out   Started
}

func (s *startedScanner) scan() {
	blank := true // what comes before is no part of a name
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case blank && strings.HasPrefix(s.text[s.at:], s.comment):
			s.skipLine()
			continue
		case blank && s.comment == "//" && strings.HasPrefix(s.text[s.at:], "/*"):
			s.skipTo("*/")
			continue
		case c == '=' && s.comment == "#" && s.bare && s.isPod():
			s.skipTo("\n=cut")
			continue
		case s.isQuote(c):
			start := s.at
			if text, ok := s.literal(); ok {
				s.handed(start, text)
				s.word(text)
			}
			blank = true
			continue
		case c == '`' && s.backticks:
			if text, ok := s.literal(); ok {
				s.command(text, false)
			}
			continue
		case wordByte(c):
			s.name()
			blank = false
			continue
		}
		blank = c == ' ' || c == '\t' || c == '\n' || c == ';'
		s.at++
	}
}

// isQuote tells whether a literal begins with a byte.
func (s *startedScanner) isQuote(c byte) bool {
	return c == '"' || c == '\'' || c == '`' && s.templates
}

// quoteAt is where the quote of a literal is which begins at an offset, or the offset if none does.
func (s *startedScanner) quoteAt(at int) int {
	for i := at; i < min(len(s.text), at+3); i++ {
		if s.isQuote(s.text[i]) {
			return i
		}
		if strings.IndexByte(s.prefixes, s.text[i]) < 0 {
			break
		}
	}
	return at
}

// isPod tells that Perl's documentation begins.
func (s *startedScanner) isPod() bool {
	return (s.at == 0 || s.text[s.at-1] == '\n') && s.at+1 < len(s.text) && s.text[s.at+1] >= 'a' && s.text[s.at+1] <= 'z'
}

// skipTo skips what ends with a mark, or the rest of the text.
func (s *startedScanner) skipTo(end string) {
	_, rest, ok := strings.Cut(s.text[s.at:], end)
	if !ok {
		rest = ""
	}
	s.at = len(s.text) - len(rest)
}

func (s *startedScanner) skipLine() {
	for s.at < len(s.text) && s.text[s.at] != '\n' {
		s.at++
	}
}

// literal reads a string from its quote on: one of a line, or between three quotes as
// Python has them, which are passed over, for most are documentation. What has no end
// is no literal.
func (s *startedScanner) literal() (string, bool) {
	quote := s.text[s.at]
	if long := strings.Repeat(string(quote), 3); s.extensions[0] == ".py" && strings.HasPrefix(s.text[s.at:], long) {
		_, rest, ok := strings.Cut(s.text[s.at+3:], long)
		if !ok {
			rest = ""
		}
		s.at = len(s.text) - len(rest)
		return "", false
	}
	i := s.at + 1
	if s.at < s.unclosed[quote] {
		i = len(s.text)
	}
	for ; i < len(s.text) && (s.text[i] != '\n' || quote == '`' && s.templates); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case quote:
			text := s.text[s.at+1 : i]
			s.at = i + 1
			return text, true
		}
	}
	if s.at >= s.unclosed[quote] {
		s.unclosed[quote] = i
	}
	s.at++
	return "", false
}

// name reads a name, and what a call of it starts.
func (s *startedScanner) name() {
	start := s.at
	for s.at < len(s.text) && wordByte(s.text[s.at]) {
		s.at++
	}
	name := s.text[start:s.at]
	switch {
	case name == "qx" && s.bare:
		if text, ok := s.quoted(); ok {
			s.command(text, false)
		}
		return
	case name == "qw" && s.bare:
		text, _ := s.quoted()
		if words := strings.Fields(text); len(words) > 1 && strings.HasPrefix(words[1], "-") {
			s.add(words[0]) // with options: a list to start
		}
		return
	}
	if name == "shell" && s.extensions[0] == ".py" && strings.HasPrefix(strings.ReplaceAll(s.text[s.at:min(len(s.text), s.at+8)], " ", ""), "=True") {
		s.out.LaterShell = true // as subprocess is told
		return
	}
	shell, ok := s.calls[name]
	ok = ok || s.backticks && s.bare && strings.HasSuffix(name, "qx") // what modules of Perl call theirs
	if !ok || !s.starts(start, shell) {
		return
	}
	at, list, call := s.at, false, s.bare
	for ; at < len(s.text) && strings.IndexByte(" \t\r\n([", s.text[at]) >= 0; at++ {
		call = call || s.text[at] == '('
		list = list || s.text[at] == '['
	}
	at = s.quoteAt(at)
	if !call || at == len(s.text) || !s.isQuote(s.text[at]) {
		s.later = s.later || call && at < len(s.text) && (wordByte(s.text[at]) || s.text[at] == '$' || s.text[at] == '@' || s.text[at] == '*') && s.startsForSure(start)
		s.out.LaterShell = s.out.LaterShell || call && shell && s.isSure(start)
		return
	}
	s.at = at
	text, ok := s.literal()
	if !ok {
		return
	}
	if rest := strings.TrimLeft(s.text[s.at:min(len(s.text), s.at+64)], " \t\r\n"); list || !shell && s.bare && strings.HasPrefix(rest, ",") {
		s.add(text)
		return
	}
	s.command(text, shell)
}

// starts reports whether the name of a call at an offset is one of a function, or of a method
// that starts programs.
func (s *startedScanner) starts(at int, shell bool) bool {
	before := s.text[max(0, at-64):at]
	if s.templates && strings.HasSuffix(before, "$") {
		return false // a part of a name
	}
	object, method := before, false
	for _, separator := range []string{".", "->", "::"} {
		if object, method = strings.CutSuffix(before, separator); method {
			break
		}
	}
	if !method {
		return true
	}
	switch s.extensions[0] {
	case ".pl": // a function may have its package before it
		return strings.HasSuffix(before, "::")
	case ".py":
		if !shell {
			return true // modules are imported by other names
		}
	}
	if strings.HasSuffix(object, "child_process')") || strings.HasSuffix(object, `child_process")`) {
		return true // of require
	}
	return s.isReceiver(object)
}

// isReceiver tells whether text ends in the name of what starts programs.
func (s *startedScanner) isReceiver(text string) bool {
	i := strings.LastIndexFunc(text, func(c rune) bool { return c > 127 || !wordByte(byte(c)) })
	return slices.Contains(s.receivers, text[i+1:])
}

// isSure reports whether the name of a call at an offset is that of a function which the language
// has: os.execute, and not what an app calls execute.
func (s *startedScanner) isSure(at int) bool {
	before := s.text[max(0, at-64):at]
	if len(s.receivers) == 0 || s.templates && !strings.HasSuffix(before, ".") {
		return !strings.HasSuffix(strings.TrimRight(before, " \t"), "function")
	}
	return strings.HasSuffix(before, ".") // of a receiver, see starts
}

// startsForSure reports whether the name of a call at an offset is that of a function, or of a method of
// what starts programs: subprocess.run, and not app.run. A definition is no call.
func (s *startedScanner) startsForSure(at int) bool {
	before := strings.TrimRight(s.text[max(0, at-64):at], " \t")
	for _, word := range []string{"def", "function", "sub", "class"} {
		if strings.HasSuffix(before, word) {
			return false
		}
	}
	object, method := strings.CutSuffix(before, ".")
	if !method {
		return true
	}
	return s.isReceiver(object)
}

// handed takes a literal that starts at an offset for the program of a command that is started later, if
// it is the first of a list, the value of a variable that is called a command, or what a function gets
// with arguments for it: run("git", ["log"]).
func (s *startedScanner) handed(start int, text string) {
	before := strings.TrimRight(strings.TrimRight(s.text[max(0, start-128):start], s.prefixes), " \t\r\n")
	rest := strings.TrimLeft(s.text[s.at:min(len(s.text), s.at+64)], " \t\r\n")
	switch {
	case strings.HasSuffix(before, "["), s.extensions[0] == ".pl" && listInPerl.MatchString(before):
		if !strings.HasPrefix(rest, ",") {
			return // x["git"] is none
		}
	case strings.HasSuffix(before, "(") && strings.HasPrefix(rest, ",") && argumentsFollow.MatchString(rest):
		if lookUp.MatchString(before) {
			return
		}
	case mayBeSet(before) && commandVariable.MatchString(before):
		text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	default:
		return
	}
	if programName(text) {
		s.out.Handed = append(s.out.Handed, text)
	}
}

// mayBeSet tells what commandVariable cannot match: it is asked about each literal.
func mayBeSet(before string) bool {
	if before == "" || strings.IndexByte("=:>|?r,", before[len(before)-1]) < 0 {
		return false
	}
	near := strings.ToLower(before[max(0, len(before)-40):])
	return slices.ContainsFunc([]string{"cmd", "command", "bin", "executable", "program"}, func(word string) bool { return strings.Contains(near, word) })
}

var (
	// listInPerl is what stands before the first of a list that a variable gets: @cmd = (
	listInPerl = regexp.MustCompile(`@\w+\s*=\s*\($`)
	// argumentsFollow is what stands behind a program that a function gets with its arguments, and lookUp
	// stands before what is no program all the same: counts.get("git", []).
	argumentsFollow = regexp.MustCompile(`^,\s*(?:\[|["']-)`)
	lookUp          = regexp.MustCompile(`(?:get|pop|default)\w*\($`)
	// commandVariable is what stands before the value of a variable for a command, or before what it has by
	// default: self.ffmpeg_cmd = .
	commandVariable = regexp.MustCompile(`(?i)(?:cmd|command|_bin|binary|executable|program)(?:[\w"'\])]{0,16}\s*(?:=|:|=>|\|\||\?\?|or)|\w{0,16}["']\s*,)$`)
)

// quoted reads what Perl has in qx{…} and in qw(…).
func (s *startedScanner) quoted() (string, bool) {
	if s.at == len(s.text) || strings.IndexByte("{(/[|!", s.text[s.at]) < 0 {
		return "", false
	}
	end := s.text[s.at]
	if i := strings.IndexByte("{([", end); i >= 0 {
		end = "})]"[i]
	}
	i := strings.IndexByte(s.text[s.at+1:min(len(s.text), s.at+1+maxStarted)], end)
	if i < 0 {
		return "", false
	}
	text := s.text[s.at+1 : s.at+1+i]
	s.at += i + 2
	return text, true
}

// pipedCommand reads what Perl opens a pipe to or from: the argument behind the mode (perlfunc, open).
// Without more arguments it is a command for the shell.
func (s *startedScanner) pipedCommand() {
	rest := s.text[s.at:min(len(s.text), s.at+64)]
	argument := strings.TrimLeft(rest, ", \t\r\n")
	if !strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ",") || argument == "" || argument[0] != '"' && argument[0] != '\'' {
		return
	}
	s.at += len(rest) - len(argument)
	text, ok := s.literal()
	switch {
	case !ok:
	case strings.HasPrefix(strings.TrimLeft(s.text[s.at:min(len(s.text), s.at+64)], " \t\r\n"), ","):
		s.add(text)
	default:
		s.command(text, false)
	}
}

// maxStarted bounds a literal that is read as a command.
const maxStarted = 4096

// command takes a command with its arguments. One in which something is for the shell to do is
// the shell's.
func (s *startedScanner) command(text string, shell bool) {
	if len(text) > maxStarted {
		return
	}
	for { // #{…} is what Ruby fills in, and ${…} what JavaScript does
		before, rest, ok := strings.Cut(text, "#{")
		if !ok && s.templates {
			before, rest, ok = strings.Cut(text, "${")
		}
		_, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			break
		}
		text = before + "$X" + after
	}
	shell = shell || strings.ContainsAny(text, "|&;<>()$*?\"'`~")
	commands := scanShell([]byte(text), "").Commands
	for _, argv := range commands {
		s.add(argv[0])
		s.out.Shell = s.out.Shell || shell
	}
	s.out.LaterShell = s.out.LaterShell || shell && len(commands) == 0
	if words := strings.Fields(text); len(words) > 0 && !shell {
		s.add(words[0]) // what a shell would do itself, too: echo
	}
}

func (s *startedScanner) add(name string) {
	if programName(name) {
		s.out.Commands = append(s.out.Commands, name)
	}
}

// word takes a literal that is no argument of a call.
func (s *startedScanner) word(text string) {
	if s.bare && (text == "-|" || text == "|-") {
		s.pipedCommand()
		return
	}
	if pipe := strings.TrimSpace(text); s.bare && (strings.HasSuffix(pipe, "|") || strings.HasPrefix(pipe, "|")) && len(text) < maxStarted {
		s.command(strings.Trim(pipe, "|"), true)
		s.out.Shell = s.out.Shell || pipe == "|" // what comes before it is made at run time
		return
	}
	first, rest, more := strings.Cut(text, " ")
	if more && !strings.HasPrefix(rest, "-") && !strings.HasPrefix(rest, "%") || len(first) > 128 { // options, or what is put there
		return
	}
	if of := afterVariable.FindStringSubmatch(first); of != nil {
		first = of[1]
	}
	if programName(first) {
		s.out.Words = append(s.out.Words, first)
		if !more && path.IsAbs(text) {
			s.out.Paths = append(s.out.Paths, text)
		}
	}
}

// afterVariable is a path in a directory that a variable names: "$BIN_DIR/mgaps".
var afterVariable = regexp.MustCompile(`^(?:\$\{?\w+\}?|#\{\w+\})/([\w.+-]+)$`)
