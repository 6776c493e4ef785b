package spec

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

var presences = []string{string(PresenceAny), string(PresenceAbsent), string(PresenceFile), string(PresenceDirectory), string(PresenceLink)}

func parsePresence(text string) (any, *diag.Diagnostic) {
	if slices.Contains(presences, text) {
		return Presence(text), nil
	}
	guess := cmp.Or(presenceNames[strings.ToLower(text)], diag.Nearest(text, presences))
	if guess != "" {
		return nil, invalid("invalid-test", fmt.Sprintf("unknown kind of file %q; did you mean %s?", text, guess), "write "+guess)
	}
	return nil, invalid("invalid-test", fmt.Sprintf("unknown kind of file %q", text), "write one of "+strings.Join(presences, ", "))
}

// presenceNames are other words for what may be at a path.
var presenceNames = map[string]string{
	"exists": "present", "exist": "present", "yes": "present", "true": "present", "there": "present",
	"missing": "absent", "none": "absent", "no": "absent", "false": "absent", "gone": "absent",
	"dir": "directory", "folder": "directory", "regular": "file", "symlink": "link", "symboliclink": "link",
}

// parseRegexp keeps the text of an expression that can be compiled.
func parseRegexp(text string) (any, *diag.Diagnostic) {
	if _, err := regexp.Compile(text); err != nil {
		return nil, invalid("invalid-test", fmt.Sprintf("%q is not a regular expression: %v", text, err),
			"write it in Go's syntax, https://pkg.go.dev/regexp/syntax, or use contains for a plain text")
	}
	return text, nil
}

func parseReadyPort(text string) (any, *diag.Diagnostic) {
	if n := parsePortNumber(text); n > 0 {
		return n, nil
	}
	if strings.HasPrefix(text, "http://") {
		return nil, invalid("invalid-port", fmt.Sprintf("%q is not a port", text), fmt.Sprintf("write {http: %q}", text))
	}
	fix := "write a number from 1 to 65535, such as 8080"
	if _, port, err := net.SplitHostPort(strings.TrimPrefix(text, "tcp://")); err == nil && parsePortNumber(port) > 0 {
		fix = "write " + port
	} else if number, _, found := strings.Cut(text, "/"); found && parsePortNumber(number) > 0 {
		fix = "write " + number
	}
	return nil, invalid("invalid-port", fmt.Sprintf("%q is not a port", text), fix)
}

// parseReadyURL takes plain HTTP: the service is in the same container.
func parseReadyURL(text string) (any, *diag.Diagnostic) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, invalid("invalid-url", fmt.Sprintf("%q is not a URL of a service in the container", text), "write http://127.0.0.1:PORT/PATH")
	}
	return text, nil
}

func checkPathKey(name string) *diag.Diagnostic {
	_, problem := parsePath(name)
	return problem
}

// checkTests looks at what tests run, and whether they say anything.
func (d *Document) checkTests(s *Spec) diag.List {
	var list diag.List
	for i := range s.Tests {
		t := &s.Tests[i]
		says := func(key string) bool { return d.Has(join(t.At, key)) }
		if !d.foreign[t.At] && !t.Runs() && len(t.Files) == 0 && !slices.ContainsFunc([]string{"run", "service", "files"}, says) {
			list = append(list, located(t.At, invalid("invalid-test", "the test says nothing", "name a program to run, or files to look at")))
		}
		if t.Ready != nil && !t.Service.Starts() && (!says("service") || d.isFalse(join(t.At, "service"))) {
			list = append(list, located(keyOf(join(t.At, "ready")),
				invalid("conflict", "ready goes with service, which the test does not have", "add service: true, or remove ready")))
		}
		list = append(list, s.checkTest(t)...)
	}
	return list
}

// isFalse reports whether the value at a path is written as false: another one that is not
// there could not be read, and that has been told.
func (d *Document) isFalse(at string) bool {
	p, exact := d.find(at)
	return exact && resolved(p.value).Value == "false"
}

// maxExit is the largest status that the kernel keeps of a program.
const maxExit = 255

func (s *Spec) checkTest(t *Test) diag.List {
	var list diag.List
	add := func(at string, problem *diag.Diagnostic) {
		if problem != nil {
			list = append(list, located(at, problem))
		}
	}
	if t.Expect != nil && t.Expect.Exit > maxExit {
		add(join(t.Expect.At, "exit"), invalid("invalid-number", fmt.Sprintf("no program ends with %d", t.Expect.Exit), fmt.Sprintf("write a number from 0 to %d", maxExit)))
	}
	if len(t.Service.Command) > 0 {
		add(index(t.Service.At, 0), s.checkProgram(t.Service.Command[0]))
	}
	if program, ok := t.Program(); ok {
		list = append(list, s.checkDeclared(program.Source, program.Path, t.At)...)
	} else if len(t.Run) > 0 {
		add(t.At, s.checkTestProgram(t))
	}
	if i := slices.IndexFunc(t.Run, func(w string) bool { return slices.Contains(shellOperators, w) }); i > 0 {
		add(t.At, operatorIn(t.Run[i], withoutShell(t.At, strings.Join(t.Run, " "))))
	}
	return list
}

func (s *Spec) checkTestProgram(t *Test) *diag.Diagnostic {
	program := t.Run[0]
	if len(t.Run) == 1 && strings.HasPrefix(program, "/") && strings.Contains(program, " ") {
		problem := shellForm("what the test runs", program)
		problem.Fixes = []string{withoutShell(t.At, program)}
		return problem
	}
	problem := s.checkProgram(program)
	if problem != nil && problem.Code == "shell-form" && strings.Contains(program, " ") {
		problem.Fixes = []string{withoutShell(t.At, program)}
	}
	return problem
}
