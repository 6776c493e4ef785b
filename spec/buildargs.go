package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// dockerfileArg finds where a Dockerfile declares build arguments.
var dockerfileArg = regexp.MustCompile(`(?im)^[ \t]*ARG[ \t]+(.*)$`)

// DockerfileArgs lists the build arguments that the text of a Dockerfile declares.
func DockerfileArgs(text string) []string {
	var names []string
	for _, line := range dockerfileArg.FindAllStringSubmatch(text, -1) {
		for word := range strings.FieldsSeq(line[1]) {
			if name, _, _ := strings.Cut(word, "="); argName.MatchString(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// IsWellKnownArg reports whether a build argument is one of BuildKit's own, or of its
// environment: nobody declares them.
func IsWellKnownArg(name string) bool {
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy", "source_date_epoch":
		return true
	}
	return isBuiltin(name) || strings.HasPrefix(name, "BUILDKIT_")
}

// UndeclaredArgs warns of build arguments that nothing in the spec declares. Further
// are the names that Dockerfiles of its sources declare.
func (s *Spec) UndeclaredArgs(given map[string]string, further []string) diag.List {
	declared := slices.Sorted(maps.Keys(s.Args))
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if IsWellKnownArg(name) || slices.Contains(declared, name) || slices.Contains(further, name) {
			continue
		}
		problem := invalid("undeclared-arg", fmt.Sprintf("the build argument %s is not declared and has no effect%s", name, meant(name, declared)))
		if diag.Nearest(name, declared) == "" {
			problem.Fixes = []string{fmt.Sprintf("declare it, args: {%s: DEFAULT}, and use it as ${%s}, or leave it out of the build", name, name)}
		}
		problem.Severity = diag.SeverityWarning
		if len(declared) > 0 {
			problem.At = keyOf("args")
		}
		list = append(list, *problem)
	}
	return list
}

// UnusedSourceArgs warns of arguments of a source that its Dockerfile does not declare. A
// Dockerfile for a frontend of its own may have another way to declare them.
func (s Source) UnusedSourceArgs(name, text string) diag.List {
	if text == "" || isForeign(text) {
		return nil
	}
	declared := DockerfileArgs(text)
	var list diag.List
	for _, arg := range slices.Sorted(maps.Keys(s.Args)) {
		if IsWellKnownArg(arg) || slices.Contains(declared, arg) {
			continue
		}
		at := join(s.At, join("args", arg))
		problem := located(keyOf(at), invalid("undeclared-arg",
			fmt.Sprintf("the Dockerfile of source %s has no ARG %s, so that it has no effect%s", name, arg, meant(arg, declared))))
		if diag.Nearest(arg, declared) == "" {
			problem.Fixes = []string{"declare it in the stage that uses it, ARG " + arg + ", or remove it here"}
		}
		problem.Severity = diag.SeverityWarning
		list = append(list, problem)
	}
	return list
}

// isForeign reports whether the first line of a file says that another frontend than
// Docker's reads it.
func isForeign(text string) bool {
	first, _, _ := strings.Cut(text, "\n")
	return strings.HasPrefix(first, "#") && strings.Contains(first, "syntax=") && !strings.Contains(first, "docker/dockerfile")
}

// checkBuildArgs is UndeclaredArgs where that can be told without the build context: no
// source has a Dockerfile there.
func (s *Spec) checkBuildArgs(vars Vars) diag.List {
	var further []string
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		src := s.Sources[name]
		if src.DockerfileIsFile() {
			return nil
		}
		further = append(further, DockerfileArgs(src.Dockerfile)...)
	}
	return s.UndeclaredArgs(vars.BuildArgs, further)
}

// DockerfileIsFile reports whether the Dockerfile is a file in the build context. Its
// text can stand in the spec, too.
func (s Source) DockerfileIsFile() bool {
	return s.Dockerfile != "" && !strings.Contains(s.Dockerfile, "\n")
}
