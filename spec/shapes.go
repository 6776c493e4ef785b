package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// What people write in another shape than a spec has it, and how a spec has it.

// itemsOf writes a mapping as the list that it was meant to be; "" where that is not known.
func itemsOf(n *yaml.Node, item reflect.Type, f field) string {
	var items []string
	for key, value := range entries(n) {
		one := ""
		switch {
		case f.format == "platform":
			one = platformsOf(key.Value, value)
		case f.format == "port" && value.Kind == yaml.ScalarNode && isDigits(value.Value):
			one = value.Value
		case item == reflect.TypeFor[Part]() && value.Kind == yaml.ScalarNode && (isNull(value) || value.Value == "true"):
			one = key.Value
		case item == reflect.TypeFor[Test]() && !isKey(key.Value, item):
			one = testNamed(key.Value, value)
		case item == reflect.TypeFor[Directory]() && strings.HasPrefix(key.Value, "/"):
			one = directoryOf(key.Value, value)
		case item == reflect.TypeFor[Binary]() && value.Kind == yaml.ScalarNode && !isKey(key.Value, item) && !slices.Contains(itemKeys, key.Value) && !strings.HasPrefix(value.Value, "/"):
			one = programOf(key.Value, value.Value)
		}
		if one == "" {
			return ""
		}
		if len(items) == maxShown {
			items = append(items, "…")
			break
		}
		items = append(items, one)
	}
	if len(items) == 0 {
		return ""
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// oneTest is the finding for the words of one test where a list of tests stands; nil for another
// list.
func oneTest(n *yaml.Node, path string, item reflect.Type) *diag.Diagnostic {
	words := scalarsOf(n)
	i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	if item != reflect.TypeFor[Test]() || len(words) != len(n.Content) || i < 0 {
		return nil
	}
	return invalid("invalid-test", fmt.Sprintf("each item of %s is a test of its own, and %s is no program", path, words[i]),
		"write ["+flowList(words)+"]")
}

// testNamed is one of {version: {run: [/bin/app, --version]}}.
func testNamed(name string, n *yaml.Node) string {
	text := flow(n, true)
	switch {
	case text == "" || len(text) > maxWritten:
		return ""
	case n.Kind == yaml.MappingNode:
		return fmt.Sprintf("{name: %s, %s", name, strings.TrimPrefix(text, "{"))
	}
	return fmt.Sprintf("{name: %s, run: %s}", name, text)
}

// itemKeys are keys that other tools have in the items of such lists.
var itemKeys = []string{"name", "path", "src", "source", "file", "dest", "dst", "destination", "target", "bin", "program"}

func isKey(name string, t reflect.Type) bool {
	return slices.Contains(keysOf(fieldsOf(t)), name)
}

// platformsOf are those of {linux: [amd64, arm64]}.
func platformsOf(system string, n *yaml.Node) string {
	archs := scalarsOf(n)
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		archs = []string{n.Value}
	}
	for i, arch := range archs {
		archs[i] = system + "/" + arch
	}
	return strings.Join(archs, ", ")
}

// directoryOf is one of {/data: {owner: "1:1"}}.
func directoryOf(path string, n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return path
	}
	pairs := []string{"path: " + path}
	for key, value := range entries(n) {
		if value.Kind != yaml.ScalarNode {
			return ""
		}
		pairs = append(pairs, fmt.Sprintf("%s: %q", key.Value, value.Value))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// programOf is one of {app: bin/app} or {/usr/bin/app: bin/app}.
func programOf(name, from string) string {
	if strings.HasPrefix(name, "/") {
		return fmt.Sprintf("{from: %s, to: %s}", from, name)
	}
	return from
}

// copiedLink is the fix for a link that is written as what is copied from a path to
// another, and its first key that links do not have.
func copiedLink(n *yaml.Node, t reflect.Type) (key, fix string) {
	if t != reflect.TypeFor[Link]() || n.Kind != yaml.MappingNode {
		return "", ""
	}
	first := func(keys ...string) (string, string) {
		for _, key := range keys {
			if v := lookup(n, key); v != nil && v.Kind == yaml.ScalarNode {
				return key, v.Value
			}
		}
		return "", ""
	}
	from, target := first("from", "source", "src")
	to, link := first("to", "dest", "destination", "dst", "target")
	if from == "" || to == "" {
		return "", ""
	}
	return from, fmt.Sprintf("write {path: %s, target: %s}: path is where the link is, target what it leads to", link, target)
}

// typographic are the quotes of text processors.
const typographic = "“”„‟‘’‚‛«»"

// typographicQuotes is the fix for a value in quotes that YAML does not know.
func typographicQuotes(n *yaml.Node) []string {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return nil
	}
	bare := strings.TrimFunc(n.Value, func(r rune) bool { return strings.ContainsRune(typographic, r) })
	if bare == n.Value || strings.HasPrefix(n.Value, bare) || strings.HasSuffix(n.Value, bare) {
		return nil
	}
	return []string{fmt.Sprintf("write %q", bare), "to keep them, put all of the value in plain quotes: \"" + n.Value + "\""}
}

// afterDash is what follows a dash that a text processor made of the hyphen of a list.
func afterDash(text string) string {
	for _, dash := range []string{"–", "—", "−", "•"} {
		if rest, ok := strings.CutPrefix(text, dash); ok {
			rest, _, _ = strings.Cut(rest, " "+dash)
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
