package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// What people are used to write in the files of other tools, and what a spec has
// instead.

// whenRun is the advice for what no image can say.
const whenRun = "that is said when the image is run, in a compose file for instance, and not in the image"

// spacedReference is the fix for "d: /bin/ls", which YAML reads as a mapping where
// "d:/bin/ls" was meant; "" when it is none.
func spacedReference(n, key, value *yaml.Node, fields []field) string {
	short, ok := shorthand(fields)
	if !ok || short.goType != reflect.TypeFor[Ref]() || lookup(n, short.key) != nil ||
		value.Kind != yaml.ScalarNode || !strings.HasPrefix(value.Value, "/") || !sourceName.MatchString(key.Value) {
		return ""
	}
	ref := key.Value + ":" + value.Value
	if len(n.Content) == 2 {
		return "write " + ref + ", without a space"
	}
	return "write " + short.key + ": " + ref + ", without a space"
}

// splitReference is the fix for a source and a path that stand in two keys, as
// Dockerfiles have it; "" when they do not.
func (d *decoder) splitReference(n, key, value *yaml.Node, fields []field, guess string) string {
	short, ok := shorthand(fields)
	if !ok || short.goType != reflect.TypeFor[Ref]() || value.Kind != yaml.ScalarNode ||
		guess != short.key && !slices.Contains([]string{"path", "file"}, strings.ToLower(key.Value)) {
		return ""
	}
	from := lookup(n, short.key)
	if from == nil || from.Kind != yaml.ScalarNode || !d.doc.Has(join("sources", from.Value)) {
		return ""
	}
	return fmt.Sprintf("write %s: %s:%s", short.key, from.Value, value.Value)
}

// hasMergeKey tells whether a mapping takes keys from elsewhere, which is refused.
func hasMergeKey(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			return true
		}
	}
	return false
}

// maxShown is how many items of a list a fix writes out.
const maxShown = 6

// mappingOf writes a list as the inside of a mapping: A=B, {A: B}, or {name: A, value:
// B} as Kubernetes has it. It is "" when the list is none of these.
func mappingOf(n *yaml.Node, value reflect.Type) string {
	var pairs []string
	for _, item := range n.Content {
		item = resolved(item)
		name, text, ok := "", "", false
		switch {
		case item.Kind == yaml.ScalarNode && value.Kind() == reflect.String:
			name, text, ok = strings.Cut(item.Value, "=")
			text = fmt.Sprintf("%q", text)
		case item.Kind == yaml.MappingNode && len(item.Content) == 2 && item.Content[1].Kind == yaml.ScalarNode:
			name, text, ok = item.Content[0].Value, quoted(item.Content[1], value), true
		case item.Kind == yaml.MappingNode:
			name, text, ok = namedItem(item, value)
		}
		if !ok {
			return ""
		}
		if len(pairs) == maxShown {
			pairs = append(pairs, "…")
			break
		}
		pairs = append(pairs, name+": "+text)
	}
	return strings.Join(pairs, ", ")
}

// namedItem is a mapping that holds its name beside the rest.
func namedItem(item *yaml.Node, value reflect.Type) (name, text string, ok bool) {
	key := lookup(item, "name")
	if key == nil || key.Kind != yaml.ScalarNode {
		return "", "", false
	}
	if v := lookup(item, "value"); v != nil && v.Kind == yaml.ScalarNode && value.Kind() != reflect.Struct {
		return key.Value, quoted(v, value), true
	}
	var rest []string
	for k, v := range entries(item) {
		switch {
		case k.Value == "name":
		case v.Kind != yaml.ScalarNode:
			rest = append(rest, k.Value+": …")
		default:
			rest = append(rest, k.Value+": "+v.Value)
		}
	}
	return key.Value, "{" + strings.Join(rest, ", ") + "}", value.Kind() == reflect.Struct
}

// quoted is a scalar as it is written where texts are expected.
func quoted(n *yaml.Node, value reflect.Type) string {
	if value.Kind() == reflect.Struct {
		return n.Value
	}
	return fmt.Sprintf("%q", n.Value)
}

// commandIn is a command as a list: that of a text, or of the key command of a mapping.
func commandIn(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		n = lookup(n, "command")
	}
	if n != nil && n.Kind == yaml.ScalarNode {
		if words, ok := splitWords(n.Value); ok {
			return flowList(words)
		}
	}
	if n != nil && n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		return flowList(scalarsOf(n))
	}
	return `["/usr/bin/app", "--option"]`
}

func scalarsOf(n *yaml.Node) []string {
	var out []string
	for _, item := range n.Content {
		if item.Kind == yaml.ScalarNode {
			out = append(out, item.Value)
		}
	}
	return out
}

func keysIn(n *yaml.Node) []string {
	var out []string
	for key := range entries(n) {
		out = append(out, key.Value)
	}
	return out
}
