package runtimes

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// inlineScript is the script that a command gives to a shell in its arguments: "ls /" of
// [sh, -c, "ls /"]. It is empty for other commands.
func inlineScript(argv []string) string {
	if len(argv) > 1 && path.Base(argv[0]) == "busybox" {
		argv = argv[1:]
	}
	if !isShell(argv[0]) {
		return ""
	}
	inline := false
	for i := 1; i < len(argv); i++ {
		word := argv[i]
		switch {
		case word == "--":
		case strings.HasPrefix(word, "--"):
			if word == "--rcfile" || word == "--init-file" {
				i++
			}
		case strings.HasPrefix(word, "-") || strings.HasPrefix(word, "+"):
			inline = inline || word[0] == '-' && strings.Contains(word, "c")
			if strings.HasSuffix(word, "o") || strings.HasSuffix(word, "O") { // -o pipefail
				i++
			}
		case inline:
			return word
		default:
			return ""
		}
	}
	return ""
}

const (
	// maxArgument is the longest argument with which Linux starts a program, in bytes (execve(2)).
	maxArgument = 128 << 10
	// maxSure bounds a script of which it is found out what it calls whatever happens, in bytes.
	maxSure = 4 << 10
)

// InlinePrograms are the programs that a command starts which gives an interpreter the text of a program
// in its arguments, once each. The line of those that a shell calls whatever happens is 1.
func InlinePrograms(argv []string, by AppFile) []Program {
	script := inlineScript(argv)
	if len(script) > maxArgument {
		return nil
	}
	var names []string
	for _, c := range ShellCommands(script) {
		names = append(names, c[0])
	}
	if code, ok := inlineCode(argv); ok && len(code) <= maxArgument {
		found := ReadStarted("", argv[0], []byte(code))
		names = found.Commands
		if found.Shell || found.LaterShell {
			names = append(names, "/bin/sh")
		}
	}
	var out []Program
	seen, lines := map[string]bool{}, []byte(inLines(script))
	for _, name := range names {
		if !foundAlone(name) || seen[name] {
			continue
		}
		seen[name] = true
		p := Program{Name: name, For: by, Inline: true, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: "the arguments of " + by.To, Name: name}}
		if len(script) <= maxSure && calledSurely(lines, name) > 0 {
			p.Line = 1
		}
		out = append(out, p)
	}
	return out
}

// inlineCode is the program that a command gives an interpreter of another language in its arguments.
func inlineCode(argv []string) (string, bool) {
	options := codeOptions[strings.TrimRight(path.Base(argv[0]), "0123456789.")]
	for i, word := range argv[1:] {
		// Behind -M, -m, -I and -r of Perl and Ruby stands a name.
		letters := len(word) > 1 && word[0] == '-' && (len(word) == 2 || !strings.ContainsRune("MmIr-", rune(word[1])))
		if slices.Contains(options, word) || letters && slices.Contains(options, "-"+word[len(word)-1:]) {
			return strings.Join(argv[min(i+2, len(argv)):min(i+3, len(argv))], ""), true
		}
	}
	return "", false
}

// codeOptions are the options of interpreters that a program follows, alone or behind other letters.
var codeOptions = map[string][]string{
	"lua": {"-e"}, "node": {"-e", "-p", "--eval", "--print"}, "nodejs": {"-e", "-p", "--eval", "--print"},
	"perl": {"-e", "-E"}, "php": {"-r"}, "python": {"-c"}, "ruby": {"-e"},
}

// inLines is a script with each of its commands on a line, where nothing is around them.
func inLines(script string) string {
	if strings.ContainsAny(script, "\"'`(){}<\\") || strings.Contains(script, "||") || compound.MatchString(script) {
		return script
	}
	return strings.NewReplacer("; ", "\n", ";", "\n", " && ", "\n", " | ", "\n").Replace(script)
}

// compound is what makes a compound command of others (POSIX.1-2017, XCU 2.9.4).
var compound = regexp.MustCompile(`\b(case|for|if|until|while|select)\b`)
