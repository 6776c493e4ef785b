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
