package runtimes

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// shell ships the commands that shell scripts call.
type shell struct{}

// Name implements Language.
func (shell) Name() string { return "shell" }

// Runs implements Language.
func (shell) Runs(file, _ string) bool { return isShell(file) }

func isShell(file string) bool {
	return slices.Contains([]string{"sh", "dash", "bash", "ash", "ksh", "ksh93", "mksh", "zsh", "busybox"}, path.Base(file))
}

// Reads implements Language.
func (shell) Reads(name string) bool { return strings.HasSuffix(name, ".sh") }

// Needs implements Language.
func (shell) Needs(r Request) (Result, error) {
	out := Result{Accounts: map[string][]string{}}
	handsOn := handingScripts(r.App)
	tree := newReader(r.Tree)
	var scripts []shellFile
	for _, f := range r.App {
		if !isShell(f.Interpreter) && (f.Interpreter != "" || !strings.HasSuffix(f.Path, ".sh")) {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return out, err
		}
		scripts = append(scripts, shellFile{AppFile: f, text: text, script: scanShell(text, f.To)})
	}
	for _, s := range scripts {
		f, text, script := s.AppFile, s.text, s.script
		seen := map[string]bool{}
		commands, setBy := script.Commands, s.setBy(scripts)
		for _, name := range slices.Sorted(maps.Keys(setBy)) {
			commands = append(commands, []string{name})
		}
		if starts(r.Commands, f.To) {
			out.Missing = append(out.Missing, shellSourced.missing(r, f, text)...)
		}
		if f.Own && f.SameTree {
			out.Needs = append(out.Needs, besideScript(script, f)...)
		}
		if isJavaWrapper(text) {
			commands = append(commands, []string{"java"})
			out.Needs = append(out.Needs, jarsOf(commands, f)...)
		}
		if bytes.Contains(text, []byte("TZ=")) {
			out.Needs = append(out.Needs, zonesIn(tree, text, f.To)...)
		}
		for _, name := range script.Beside {
			commands = append(commands, []string{besideOrInPath(tree, path.Dir(f.To), name)})
		}
		for _, argv := range commands {
			handed, err := handsOn(argv)
			if err != nil {
				return out, err
			}
			if len(handed) > 0 {
				commands = append(commands, handed)
			}
		}
		for _, argv := range commands {
			out.Commands = append(out.Commands, argv)
			out.Accounts[f.To] = append(out.Accounts[f.To], accountWords(argv)...)
			if name := argv[0]; !seen[name] && foundAlone(name) {
				seen[name] = true
				line := 0
				if f.Own && starts(r.Commands, f.To) {
					line = calledSurely(text, name)
				}
				out.Programs = append(out.Programs, Program{
					Name: name, For: f, Line: line, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: cmp.Or(setBy[name], f.To), Name: name},
				})
			}
		}
	}
	return out, tree.err
}

// foundAlone reports whether the name of a program says where it is without a working directory: an
// absolute path, or a name for PATH.
func foundAlone(name string) bool { return path.IsAbs(name) || !strings.Contains(name, "/") }

// call notes commands that a file has a shell run, and the programs that they start, once each.
func (r *Result) call(f AppFile, commands [][]string) {
	seen := map[string]bool{}
	for _, c := range commands {
		r.Commands = append(r.Commands, c)
		if name := c[0]; foundAlone(name) && !seen[name] {
			seen[name] = true
			r.Programs = append(r.Programs, Program{Name: name, For: f, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: f.To, Name: name}})
		}
	}
}

// besideOrInPath is the path of a program that a script calls behind a variable which it does not set:
// in the script's own directory, or where the source has its programs, as postfix-script calls
// $command_directory/postsuper. What the variable says is known only when it runs.
func besideOrInPath(tree *reader, dir, name string) string {
	beside := path.Join(dir, name)
	if tree.isFile(beside) {
		return beside
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin"} {
		if at := path.Join(dir, name); tree.isFile(at) {
			return at
		}
	}
	return beside
}

// shellFile is a script that was read.
type shellFile struct {
	AppFile
	text   []byte
	script shellScript
}

// setBy are the paths of programs that other scripts, which may be parts of this one, set the
// variables to that commands of it are, each with the script that does.
func (f shellFile) setBy(scripts []shellFile) map[string]string {
	out := map[string]string{}
	for _, name := range f.script.Unset {
		for _, other := range scripts {
			for _, value := range other.script.Set[name] {
				if strings.HasPrefix(value, "/") && programName(value) && out[value] == "" {
					out[value] = other.To
				}
			}
		}
	}
	return out
}

// handingScripts returns what a command starts that is the name of one of the app's own scripts:
// nginx of "wait-for-it.sh db:5432 -- nginx".
func handingScripts(app []AppFile) func(argv []string) ([]string, error) {
	scripts := map[string]AppFile{}
	for _, f := range app {
		if isShell(f.Interpreter) {
			scripts[f.To], scripts[path.Base(f.To)] = f, f
		}
	}
	return func(argv []string) ([]string, error) {
		f, ok := scripts[argv[0]]
		if !ok || len(argv) < 2 {
			return nil, nil
		}
		text, err := f.Read(maxText)
		if err != nil {
			return nil, err
		}
		command, _ := HandedOn(text, argv[1:])
		if len(command) == 0 || !programName(command[0]) {
			return nil, nil
		}
		return command, nil
	}
}

// accountWords are the words of a command that can be names of users and groups.
func accountWords(argv []string) []string {
	var out []string
	if argv[0] == "find" {
		for i, word := range argv[1:] {
			if argv[i] == "-user" || argv[i] == "-group" {
				out = append(out, word)
			}
		}
		return out
	}
	if !slices.Contains(takeAccounts, path.Base(argv[0])) {
		return nil
	}
	for _, word := range argv[1:] {
		for name := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == ':' || r == '=' }) {
			if programName(name) && !strings.Contains(name, "/") {
				out = append(out, name)
			}
		}
	}
	return out
}

// takeAccounts are commands whose arguments are names of users and groups.
var takeAccounts = []string{"chown", "chgrp", "gosu", "su-exec", "install", "setpriv", "su", "runuser", "id", "s6-setuidgid", "setuidgid", "chpst"}

// besideScript are the files and directories around a script of a vendor's that it finds from
// its own path: "$(dirname "$0")/../lib/app.jar".
func besideScript(script shellScript, f AppFile) []Need {
	home := path.Dir(f.To)
	if base := path.Base(home); base == "bin" || base == "sbin" {
		home = path.Dir(home)
	}
	if slices.Contains([]string{"/", "/usr", "/usr/local"}, home) {
		return nil
	}
	words := slices.Clone(script.Values)
	for _, argv := range script.Commands {
		words = append(words, argv[1:]...)
	}
	found := map[string]bool{}
	for _, word := range words {
		for name := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == ':' || r == '=' }) {
			name = path.Clean(strings.TrimSuffix(name, "/*"))
			if rootfs.Within(name, home) && name != home && name != path.Dir(f.To) && name != f.To {
				found[name] = true
			}
		}
	}
	var out []Need
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: name}})
	}
	return out
}

// isJavaWrapper reports whether a script starts a program with Debian's java-wrappers:
// functions that look for a JVM and for archives.
func isJavaWrapper(text []byte) bool {
	return bytes.Contains(text, []byte("/usr/lib/java-wrappers/java-wrappers.sh"))
}

// jarsOf are the archives that find_jars and find_jar of java-wrappers look for.
func jarsOf(commands [][]string, f AppFile) []Need {
	var out []Need
	for _, argv := range commands {
		if argv[0] != "find_jars" && argv[0] != "find_jar" {
			continue
		}
		for _, jar := range argv[1:] {
			if name := strings.TrimSuffix(jar, ".jar") + ".jar"; jar != "" {
				out = append(out, Need{Path: path.Join("/usr/share/java", name), Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: jar}})
			}
		}
	}
	return out
}
