package imageconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// maxVariable is the longest NAME=VALUE with which Linux starts a program
// (MAX_ARG_STRLEN), in bytes, without the final NUL.
const maxVariable = 32*4096 - 1

// environment is the variables of an image while they are put together.
type environment struct {
	spec *spec.Spec
	// given are those that the spec does not set: the base's, and those that every
	// image and each of its parts has.
	given []string
	// values are those of the spec that are known, and open those that are being
	// worked out, in the order in which one led to another.
	values map[string]string
	open   []string
	isOpen map[string]bool
	// failed are those of the spec about which something was reported.
	failed map[string]bool
	found  diag.List
}

// env is the base's environment, then what parts need, then the spec's, each by
// name in place of an earlier one. New names come sorted.
func env(s *spec.Spec, base []string) ([]string, diag.List) {
	e := &environment{
		spec: s, given: slices.Clone(base), values: map[string]string{}, isOpen: map[string]bool{}, failed: map[string]bool{},
	}
	e.giveUnlessSet("PATH", start.DefaultPath)
	for _, v := range partsEnv(s) {
		e.giveUnlessSet(v.Name, v.Value)
	}
	out := slices.Clone(e.given)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		setting := name + "=" + e.value(name)
		e.checkLiteral(name)
		e.checkTilde(name)
		if i := indexOf(out, name); i >= 0 {
			out[i] = setting
		} else {
			out = append(out, setting)
		}
	}
	return out, e.found
}

// partsEnv is the environment that the image's parts need.
func partsEnv(s *spec.Spec) []parts.Variable {
	var out []parts.Variable
	for _, part := range parts.All() {
		included := slices.ContainsFunc(s.Include, func(p spec.Part) bool { return p.Name == part.Name })
		if included || part.Default && !slices.Contains(s.Exclude, part.Name) {
			out = append(out, part.Env...)
		}
	}
	return out
}

// indexOf finds a variable among NAME=VALUE settings.
func indexOf(env []string, name string) int {
	return slices.IndexFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
}

func (e *environment) giveUnlessSet(name, value string) {
	if indexOf(e.given, name) < 0 {
		e.given = append(e.given, name+"="+value)
	}
}

// value is what the spec sets a variable to, with what its text refers to: another
// variable of the spec, in whatever order they stand, or one that is given. A name in
// its own value is the given one.
func (e *environment) value(name string) string {
	if value, ok := e.values[name]; ok {
		return value
	}
	e.open, e.isOpen[name] = append(e.open, name), true
	inserted := 0
	value := e.spec.Env[name].Expand(func(ref string) string {
		text := e.refer(name, ref)
		if inserted += len(text); inserted > maxVariable {
			return "" // it is too long already
		}
		return text
	})
	e.open, e.isOpen[name] = e.open[:len(e.open)-1], false
	if max(inserted, len(name)+len("=")+len(value)) > maxVariable {
		e.report(name, diag.Diagnostic{
			Code:    "variable-too-long",
			Message: fmt.Sprintf("the variable %s is longer than the %d bytes with which Linux starts a program", name, maxVariable),
			Runtime: "argument list too long",
			Fixes:   []string{"put the value into a file, and the file's path into the variable"},
		})
		value = ""
	}
	e.values[name] = value
	return value
}

// refer is the value of a variable that the value of another one names.
func (e *environment) refer(name, ref string) string {
	if _, ok := e.spec.Env[ref]; ok && ref != name {
		if e.isOpen[ref] {
			e.reportLoop(e.open[slices.Index(e.open, ref):])
			return ""
		}
		return e.value(ref)
	}
	if i := indexOf(e.given, ref); i >= 0 {
		return e.given[i][len(ref)+len("="):]
	}
	e.reportUndefined(name, ref)
	return ""
}

// report adds a finding about a variable of the spec, the first one alone.
func (e *environment) report(name string, d diag.Diagnostic) {
	if e.failed[name] {
		return
	}
	e.failed[name] = true
	d.At = e.spec.At("env." + name)
	e.found = append(e.found, d)
}

func (e *environment) reportLoop(names []string) {
	e.report(names[0], diag.Diagnostic{
		Code:    "variable-loop",
		Message: fmt.Sprintf("the variables %s and %s refer to each other", strings.Join(names[:len(names)-1], ", "), names[len(names)-1]),
		Fixes:   []string{"write out the value of one of them"},
	})
}

func (e *environment) reportUndefined(name, ref string) {
	d := diag.Diagnostic{
		Code:    "undefined-variable",
		Message: fmt.Sprintf("${%s} is no build argument, and the base image %s sets no such variable", ref, e.spec.Base),
		Fixes:   []string{"declare a build argument: args: {" + ref + ": DEFAULT}", "leave it out: there is nothing to add to"},
	}
	if e.spec.Base == spec.BaseScratch {
		d.Message = fmt.Sprintf("${%s} is no build argument, and no variable of an image from scratch", ref)
	}
	if guess := diag.Nearest(ref, e.known(name)); guess != "" {
		d.Message += "; did you mean " + guess + "?"
	}
	e.report(name, d)
}

// known lists what the value of a variable can refer to.
func (e *environment) known(name string) []string {
	out := slices.AppendSeq(spec.Builtins(), maps.Keys(e.spec.Args))
	out = slices.AppendSeq(out, maps.Keys(e.spec.Env))
	out = slices.DeleteFunc(out, func(o string) bool { return o == name })
	for _, kv := range e.given {
		ref, _, _ := strings.Cut(kv, "=")
		out = append(out, ref)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkLiteral warns of a variable whose text has its own name after a dollar: that
// nothing replaces.
func (e *environment) checkLiteral(name string) {
	value := e.spec.Env[name].Expand(func(string) string { return "" })
	for _, text := range []string{"$" + name, "${" + name + "}"} {
		_, after, ok := strings.Cut(value, text)
		if !ok || text[1] != '{' && after != "" && isNameByte(after[0]) {
			continue
		}
		e.report(name, diag.Diagnostic{
			Code:     "variable-literal",
			Severity: diag.SeverityWarning,
			Message:  fmt.Sprintf("%s holds the text %s as it is: nothing replaces it when the image runs", name, text),
			Fixes:    []string{fmt.Sprintf("write ${%s} for the value of the base", name)},
		})
		return
	}
}

// checkTilde warns of a directory that begins with ~: a shell replaces that where it sets a variable
// (POSIX.1-2017, XCU 2.6.1), and nothing where the image does. Values of other variables can be meant for
// programs that replace it themselves.
func (e *environment) checkTilde(name string) {
	if name != "HOME" && name != "PATH" {
		return
	}
	value := e.spec.Env[name].Expand(func(string) string { return "" })
	for dir := range strings.SplitSeq(value, ":") {
		if dir != "~" && !strings.HasPrefix(dir, "~/") {
			continue
		}
		e.report(name, diag.Diagnostic{
			Code:     "variable-literal",
			Severity: diag.SeverityWarning,
			Message:  fmt.Sprintf("%s holds the text %s as it is: no shell replaces the ~ when the image runs", name, dir),
			Fixes:    []string{"write the whole path: the home of the image's user is /home/nonroot, unless the spec names another user"},
		})
		return
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
