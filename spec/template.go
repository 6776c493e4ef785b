package spec

import (
	"maps"
	"slices"
	"strings"
)

// Template is a text of which parts are known only with the base image: ${NAME}
// stands for a variable of the environment, and $$ for a dollar. Build arguments
// have been replaced already.
type Template string

// literal is the text of a template that stands for a text as it is.
func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// variableRef is how a template names a variable.
func variableRef(name string) string { return "${" + name + "}" }

// Expand replaces the variables by what value returns for them.
func (t Template) Expand(value func(name string) string) string {
	return t.replace("$", value)
}

// Names lists the variables that the template names, sorted.
func (t Template) Names() []string {
	names := map[string]bool{}
	t.Expand(func(name string) string {
		names[name] = true
		return ""
	})
	return slices.Sorted(maps.Keys(names))
}

// extend replaces references to a variable by another template, its value so far.
func (t Template) extend(name string, value Template) Template {
	return Template(t.replace("$$", func(named string) string {
		if named == name {
			return string(value)
		}
		return variableRef(named)
	}))
}

// replace writes dollar for each $$ and what value returns for each variable.
func (t Template) replace(dollar string, value func(name string) string) string {
	var b strings.Builder
	rest := string(t)
	for {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if inner, ok := strings.CutPrefix(after, "{"); ok {
			name, next, _ := strings.Cut(inner, "}")
			b.WriteString(value(name))
			rest = next
			continue
		}
		b.WriteString(dollar)
		rest = strings.TrimPrefix(after, "$")
	}
}
