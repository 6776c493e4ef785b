package spec

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A document path names a node: "targets.debug.binaries[0].from". Three more
// forms name what is not a value: "sources.Build#" is the key itself,
// "base#2" is the second occurrence of a key, and "@3:14" is a line and column.

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// ItemPath is the document path of an item of a list.
func ItemPath(list string, i int) string { return index(list, i) }

// keyOf is the path of the key itself.
func keyOf(path string) string { return path + "#" }

// nth is the path of a key that is written several times, counted from 1.
func nth(path string, n int) string { return path + "#" + strconv.Itoa(n) }

// position is the path of a node that no path can name.
func position(n *yaml.Node) string { return positionAt(n.Line, n.Column) }

// PositionAt is the path of a place in the document, for what is no node of it.
func PositionAt(line, column int) string { return positionAt(line, column) }

func positionAt(line, column int) string { return fmt.Sprintf("@%d:%d", line, column) }

func parsePosition(at string) (line, column int, ok bool) {
	text, ok := strings.CutPrefix(at, "@")
	if !ok {
		return 0, 0, false
	}
	l, c, ok := strings.Cut(text, ":")
	line, errLine := strconv.Atoi(l)
	column, errColumn := strconv.Atoi(c)
	return line, column, ok && errLine == nil && errColumn == nil && line > 0 && column > 0
}

// place is what a path leads to. key is nil for the root and for items of lists.
type place struct {
	key, value *yaml.Node
	onKey      bool
}

// find walks to the node that a path names, or to its nearest existing
// ancestor. Keys may hold dots and brackets; the walk that gets furthest wins.
func (d *Document) find(at string) (p place, exact bool) {
	if d.root == nil {
		return place{}, false
	}
	p, left := place{value: d.root}.walk(at)
	return p, left == 0
}

// walk returns the deepest place and how many bytes of the path were left over.
func (p place) walk(rest string) (place, int) {
	if rest == "" {
		return p, 0
	}
	if rest == "#" {
		p.onKey = true
		return p, 0
	}
	switch n := resolved(p.value); n.Kind {
	case yaml.SequenceNode:
		return p.walkList(n, rest)
	case yaml.MappingNode:
		return p.walkMapping(n, rest)
	}
	return p, len(rest)
}

func (p place) walkList(n *yaml.Node, rest string) (place, int) {
	number, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]")
	i, err := strconv.Atoi(number)
	if rest[0] != '[' || !ok || err != nil || i < 0 || i >= len(n.Content) {
		return p, len(rest)
	}
	return place{value: n.Content[i]}.walk(after)
}

func (p place) walkMapping(n *yaml.Node, rest string) (place, int) {
	best, left := p, len(rest)
	name := strings.TrimPrefix(rest, ".")
	times := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		after, ok := strings.CutPrefix(name, key.Value)
		if key.Kind != yaml.ScalarNode || !ok || (after != "" && !strings.ContainsRune(".[#", rune(after[0]))) {
			continue
		}
		times++
		child := place{key: key, value: n.Content[i+1]}
		if after == "#"+strconv.Itoa(times) {
			child.onKey = true
			return child, 0
		}
		if got, l := child.walk(after); l < left {
			best, left = got, l
		}
	}
	return best, left
}
