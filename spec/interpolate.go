package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// Vars are the values that a build gives from outside.
type Vars struct {
	// BuildArgs are those of --build-arg.
	BuildArgs map[string]string
	// Builtin are the platform args of one platform's build: TARGETPLATFORM,
	// TARGETOS, TARGETARCH, TARGETVARIANT, BUILDPLATFORM, BUILDOS, BUILDARCH and
	// BUILDVARIANT, as Dockerfiles have them, and TARGETMULTIARCH, Debian's name for
	// directories of the target's. One that is absent is empty.
	Builtin map[string]string
}

// builtins are the platform args that every spec can use without declaring them.
var builtins = []string{
	"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETMULTIARCH",
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
}

// Builtins lists the platform args.
func Builtins() []string { return slices.Clone(builtins) }

func isBuiltin(name string) bool { return slices.Contains(builtins, name) }

// A scope is what ${NAME} can mean at one place of the document.
type scope struct {
	vars   Vars
	values map[string]variable
	// untargeted refuses what depends on the target platform: the list of
	// platforms is read before there is one.
	untargeted bool
	unread     bool            // args are there, and in no shape that can be read
	later      []string        // args that are declared further down
	used       map[string]bool // args that a value names
	written    int             // bytes that interpolation has made so far
}

type variable struct {
	text     string
	missing  []string // args that it depends on and nobody gave
	targeted bool     // depends on the target platform
}

func newScope(vars Vars) *scope {
	s := &scope{vars: vars, values: map[string]variable{}, used: map[string]bool{}}
	for _, name := range builtins {
		s.values[name] = variable{text: vars.Builtin[name], targeted: strings.HasPrefix(name, "TARGET")}
	}
	return s
}

func (s *scope) names() []string {
	names := make([]string, 0, len(s.values))
	for name := range s.values {
		if !isBuiltin(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return append(names, builtins...)
}

// expand replaces ${NAME} by its value and $$ by a dollar.
func (s *scope) expand(text string) (variable, *diag.Diagnostic) {
	return s.expandAs(text, false)
}

// expandAs does the same, or makes a Template, in which names of no build argument
// stay.
func (s *scope) expandAs(text string, template bool) (out variable, problem *diag.Diagnostic) {
	written := func(text string) string { return text }
	if template {
		written = literal
	}
	var b strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(after, "$"):
			b.WriteString(written("$"))
			text = after[1:]
		case strings.HasPrefix(after, "{"):
			name, rest, closed := strings.Cut(after[1:], "}")
			if !closed {
				return out, notClosed(after)
			}
			if template && argName.MatchString(name) && !s.isDeclared(name) {
				b.WriteString(variableRef(name))
				text = rest
				continue
			}
			value, problem := s.value(name)
			if problem != nil {
				return out, problem
			}
			out.missing = append(out.missing, value.missing...)
			out.targeted = out.targeted || value.targeted
			if s.written += len(value.text); s.written > maxBytes {
				return out, invalid("interpolation", "build arguments make the spec larger than a spec may be", "shorten their values, or use them less often")
			}
			b.WriteString(written(value.text))
			text = rest
		default:
			return out, s.loneDollar(after, template)
		}
	}
	out.text = b.String()
	return out, nil
}

// builtinNames are platform args by the names that other tools have for them.
var builtinNames = map[string]string{
	"ARCH": "TARGETARCH", "GOARCH": "TARGETARCH", "ARCHITECTURE": "TARGETARCH", "OS": "TARGETOS", "GOOS": "TARGETOS",
	"PLATFORM": "TARGETPLATFORM", "TARGET_ARCH": "TARGETARCH", "MULTIARCH": "TARGETMULTIARCH", "TRIPLET": "TARGETMULTIARCH",
}

func notClosed(after string) *diag.Diagnostic {
	problem := invalid("interpolation", fmt.Sprintf("%q is not closed", "$"+after), "end the name with }, or write $$ for a dollar")
	if name := argPrefix(after[1:]); name != "" {
		problem.Fixes = []string{"write ${" + name + "}" + after[1+len(name):], "write $$ for a dollar"}
	}
	return problem
}

var (
	argFix     = regexp.MustCompile(`^write (\$\{[A-Za-z_][A-Za-z0-9_]*\})( for the value of .*)?$`)
	undeclared = regexp.MustCompile(`^the build argument ([A-Za-z_][A-Za-z0-9_]*) is not declared`)
)

// inWhole writes out the whole value in the fix for a variable that is part of one.
func inWhole(text string, problem *diag.Diagnostic) {
	if len(problem.Fixes) == 0 || len(text) > maxWritten || strings.Contains(text, "\n") {
		return
	}
	fix := argFix.FindStringSubmatch(problem.Fixes[0])
	if fix == nil {
		return
	}
	wrong := strings.NewReplacer("{", "", "}", "").Replace(fix[1])
	if m := undeclared.FindStringSubmatch(problem.Message); m != nil {
		wrong = "${" + m[1] + "}"
	}
	if strings.HasSuffix(text, "${"+wrong[1:]) && strings.HasSuffix(problem.Message, " is not closed") {
		wrong = "${" + wrong[1:]
	}
	if strings.Count(text, wrong) == 1 && text != wrong {
		problem.Fixes = slices.Clone(problem.Fixes)
		problem.Fixes[0] = "write " + strings.Replace(text, wrong, fix[1], 1) + fix[2]
	}
}

// ofShells are variables that every shell has, with what they could be in an image.
var ofShells = map[string]string{"HOME": "/home/nonroot", "PWD": "/srv", "USER": "nonroot", "UID": "65532", "GID": "65532"}

func (s *scope) loneDollar(after string, template bool) *diag.Diagnostic {
	if command, _, ok := strings.Cut(after, ")"); ok && strings.HasPrefix(command, "(") {
		return invalid("interpolation", fmt.Sprintf("%q is a command for a shell, and nothing runs one here", "$"+command+")"),
			"declare a build argument, args: {VALUE: DEFAULT}, write ${VALUE} here, and pass --build-arg VALUE=\"$"+command+")\"",
			"write $$ for a dollar")
	}
	name, what := argPrefix(after), "build argument"
	if value := ofShells[name]; value != "" && !template && !s.isDeclared(name) {
		return invalid("interpolation", fmt.Sprintf("$%s is a variable of a shell, and no shell reads the spec", name),
			"write what it is to be in the image, such as "+value+strings.TrimPrefix(after, name), "write $$ for a dollar")
	}
	if template {
		what = "build argument or variable"
	}
	fix := "write ${NAME} for the value of a " + what
	if name != "" {
		fix = "write ${" + name + "} for the value of the " + what + " " + name
		if !template && !s.isDeclared(name) && !slices.Contains(s.later, name) {
			fix += fmt.Sprintf(", and declare it: args: {%s: DEFAULT}", name)
		}
	}
	if name != "" && slices.Contains(s.later, name) && !template {
		fix = fmt.Sprintf("to take it from where you build, leave the default out, %s: {}, and pass --build-arg %s=$%s", name, name, name)
	}
	dollar := "write $$ for a dollar"
	if more := strings.Count(strings.ReplaceAll(after, "$$", ""), "$"); more > 0 {
		dollar += fmt.Sprintf(", as for each of the %d more that follow, if they are meant as they are", more)
	}
	return invalid("interpolation", "a dollar sign alone means nothing", fix, dollar)
}

// argPrefix is the longest argument name that text starts with.
func argPrefix(text string) string {
	end := 0
	for end < len(text) && argName.MatchString(text[:end+1]) {
		end++
	}
	return text[:end]
}

func (s *scope) isDeclared(name string) bool {
	_, ok := s.values[name]
	return ok
}

func (s *scope) value(name string) (variable, *diag.Diagnostic) {
	v, declared := s.values[name]
	s.used[name] = true
	switch {
	case !declared && !argName.MatchString(name):
		return v, notAName(name)
	case !declared && s.unread:
		return variable{missing: []string{unknownArg}}, nil
	case !declared:
		return v, s.undeclared(name)
	case v.targeted && s.untargeted:
		return v, invalid("interpolation",
			fmt.Sprintf("${%s} depends on the target platform, which the list of platforms decides", name),
			"use BUILDPLATFORM, or write the platforms out")
	}
	return v, nil
}

// shellVariable finds what a shell would replace.
var shellVariable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// variableMeant mends the advice for a word of a command that names a variable of env: no
// shell puts its value there.
func (d *decoder) variableMeant(word string, problem *diag.Diagnostic) {
	for _, found := range shellVariable.FindAllStringSubmatch(word, -1) {
		value := lookup(lookup(d.doc.root, "env"), found[1])
		if d.scope.isDeclared(found[1]) || value == nil || value.Kind != yaml.ScalarNode {
			continue
		}
		problem.Fixes = []string{
			fmt.Sprintf("write the value itself, %s: env is for the program to read, and no shell puts it into the command", value.Value),
			"write $$ for a dollar, where a shell reads it",
		}
		return
	}
}

func notAName(name string) *diag.Diagnostic {
	if before := argPrefix(name); before != "" && strings.ContainsAny(name[len(before):len(before)+1], ":-+?=") {
		return invalid("interpolation", fmt.Sprintf("${%s} is shell syntax: only ${NAME} is interpolated", name),
			fmt.Sprintf("write ${%s}, and put a default under args: {%s: DEFAULT}", before, before))
	}
	if expression, ok := strings.CutPrefix(name, "{"); ok {
		return invalid("interpolation", fmt.Sprintf("${{%s}} is an expression of GitHub Actions, which replaces it in workflows alone", expression),
			fmt.Sprintf("declare a build argument, args: {VALUE: DEFAULT}, write ${VALUE} here, and pass --build-arg VALUE=${{%s}} in the workflow", expression),
			"write $${ for the characters themselves")
	}
	return invalid("interpolation", fmt.Sprintf("${%s} does not name a build argument", name),
		"write ${NAME} with letters, digits and _", "write $${ for the characters themselves")
}

func (s *scope) undeclared(name string) *diag.Diagnostic {
	if slices.Contains(s.later, name) {
		return invalid("undeclared-arg", fmt.Sprintf("${%s} has no value yet: a default can use only the arguments above it", name),
			"move "+name+" further up, or leave it out here")
	}
	problem := invalid("undeclared-arg", fmt.Sprintf("the build argument %s is not declared%s", name, meant(name, s.names())),
		fmt.Sprintf("declare it: args: {%s: DEFAULT}", name))
	if builtin := builtinNames[strings.ToUpper(name)]; builtin != "" {
		problem.Message = fmt.Sprintf("the build argument %s is not declared; did you mean %s?", name, builtin)
		problem.Fixes = append([]string{"write ${" + builtin + "}"}, problem.Fixes...)
		return problem
	}
	if value := ofShells[name]; value != "" {
		problem.Fixes = append([]string{"write what it is to be in the image, such as " + value + ": no shell reads the spec"}, problem.Fixes...)
		return problem
	}
	if guess := diag.Nearest(name, s.names()); guess != "" {
		problem.Fixes = []string{"write ${" + guess + "}", problem.Fixes[0]}
	}
	return problem
}

// define gives a declared arg its value: what the caller gave, or its default.
// A nil default means that the caller must give one.
func (s *scope) define(name string, byDefault *variable) {
	if given, ok := s.vars.BuildArgs[name]; ok {
		s.values[name] = variable{text: given}
	} else if byDefault != nil {
		s.values[name] = *byDefault
	} else {
		s.values[name] = variable{missing: []string{name}}
	}
}
