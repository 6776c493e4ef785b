package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// A key that was meant to be another one has a value, too, and that is looked at like the
// value of the key that was meant: what is wrong with both is told at once, and the fix is a
// line that can be taken over.

// maxWritten is how long a value may be that a fix repeats.
const maxWritten = 120

// renamed is the fix for a key that was meant to be the one of field f, which stands in the
// mapping at path. What else is wrong with its value is reported.
func (d *decoder) renamed(key, value *yaml.Node, path string, f field) string {
	inPlace := fmt.Sprintf("write %s: in place of %s:", f.key, key.Value)
	if d.doc.tagged[join(path, key.Value)] {
		return inPlace
	}
	at := join(path, f.key)
	shape := d.tried(nil, value, at, f)
	if fix := wholeFix(shape, at, f.key); fix != "" {
		return fix
	}
	if d.scope != nil {
		shape = d.tried(d.scope, value, at, f)
	}
	for _, problem := range shape {
		d.report(join(path, key.Value)+strings.TrimPrefix(problem.At, at), &problem)
	}
	if len(shape) > 0 {
		return inPlace
	}
	if text := flow(value, false); text != "" && len(text) <= maxWritten {
		return fmt.Sprintf("write %s: %s", f.key, text)
	}
	return inPlace
}

// tried is what would be wrong with a value if it stood at another path. Without a scope
// only its shape is looked at.
func (d *decoder) tried(s *scope, value *yaml.Node, at string, f field) diag.List {
	try := &decoder{doc: d.doc, scope: s, lenient: true}
	try.value(value, at, reflect.New(f.goType).Elem(), f)
	return try.list
}

// wholeFix is the fix of the only problem of a value that has another shape, with the key
// before it; "" where there is none.
func wholeFix(list diag.List, at, key string) string {
	if len(list) != 1 || list[0].At != at || len(list[0].Fixes) != 1 {
		return ""
	}
	text, ok := strings.CutPrefix(list[0].Fixes[0], "write ")
	switch {
	case !ok:
		return ""
	case strings.HasPrefix(text, key+": "):
		return "write " + text
	case strings.HasPrefix(text, "["), strings.HasPrefix(text, "{"):
		return "write " + key + ": " + text
	}
	return ""
}

// flow writes a value on one line; "" for one that has no place there. Inside of a list or
// mapping more texts need quotes.
func flow(n *yaml.Node, inside bool) string {
	switch n = resolved(n); n.Kind {
	case yaml.ScalarNode:
		return flowScalar(n, inside)
	case yaml.SequenceNode:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			if items[i] = flow(item, true); items[i] == "" {
				return ""
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	case yaml.MappingNode:
		var pairs []string
		for key, value := range entries(n) {
			text := flow(value, true)
			if text == "" {
				return ""
			}
			pairs = append(pairs, flowScalar(key, true)+": "+text)
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	}
	return ""
}

func flowScalar(n *yaml.Node, inside bool) string {
	quotes := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	switch {
	case len(n.Value) > maxWritten || strings.ContainsAny(n.Value, "\n\r") || isNull(n):
		return ""
	case quotes, n.Value == "", inside && strings.ContainsAny(n.Value, ",[]{}"):
		return fmt.Sprintf("%q", n.Value)
	}
	return n.Value
}

// fieldNamed is the field of a key.
func fieldNamed(fields []field, key string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}
