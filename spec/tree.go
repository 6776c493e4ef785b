package spec

import (
	"fmt"
	"iter"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// Limits on what a document may hold, far above any real spec: they keep a
// hostile one from using up the builder.
const (
	maxBytes = 1 << 20
	maxNodes = 100_000 // with aliases expanded
	maxDepth = 64
	maxKey   = 256

	tooDeep = "values are nested more than 64 deep"
)

// treeCheck holds a document to the part of YAML that specs use.
type treeCheck struct {
	list  diag.List
	fatal bool // the tree cannot be walked
	nodes int
	depth int
	open  map[*yaml.Node]bool // collections being walked, to find cycles
	// tagged are the paths of values with a tag.
	tagged map[string]bool
}

func checkTree(root *yaml.Node) *treeCheck {
	c := &treeCheck{open: map[*yaml.Node]bool{}, tagged: map[string]bool{}}
	c.walk(root, "")
	return c
}

func (c *treeCheck) walk(n *yaml.Node, path string) {
	if c.fatal {
		return
	}
	if c.nodes++; c.nodes > maxNodes {
		c.stop(n, fmt.Sprintf("the document holds more than %d values once its aliases are expanded", maxNodes))
		return
	}
	if n.Kind == yaml.AliasNode {
		c.walkAlias(n, path)
		return
	}
	if n.Style&yaml.TaggedStyle != 0 {
		c.tagged[path] = true
		c.add(path, unknownTag(n.Tag))
	}
	if n.Kind == yaml.ScalarNode {
		if fixes := typographicQuotes(n); fixes != nil {
			c.tagged[path] = true
			c.add(path, diag.Diagnostic{Code: "invalid-value", Message: "these quotes are typographic ones, which are part of the value", Fixes: fixes})
		}
		return
	}
	if c.depth++; c.depth > maxDepth {
		c.stop(n, tooDeep)
		return
	}
	c.open[n] = true
	c.walkContent(n, path)
	delete(c.open, n)
	c.depth--
}

func (c *treeCheck) walkAlias(n *yaml.Node, path string) {
	if c.open[n.Alias] {
		c.stop(n, fmt.Sprintf("the alias *%s stands inside the value it stands for", n.Value))
		return
	}
	c.walk(n.Alias, path)
}

func (c *treeCheck) walkContent(n *yaml.Node, path string) {
	if n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			c.walk(item, index(path, i))
		}
		return
	}
	first := map[string]*yaml.Node{}
	count := map[string]int{}
	for i := 0; i+1 < len(n.Content) && !c.fatal; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !c.usableKey(key) {
			continue
		}
		at := join(path, key.Value)
		count[key.Value]++
		if prior := first[key.Value]; prior != nil {
			c.add(nth(at, count[key.Value]), diag.Diagnostic{
				Code:    "duplicate-key",
				Message: fmt.Sprintf("%s is already set on line %d", at, prior.Line),
				Fixes:   []string{"keep one of the two"},
			})
			continue
		}
		first[key.Value] = key
		c.walk(value, at)
	}
}

func unknownTag(tag string) diag.Diagnostic {
	problem := diag.Diagnostic{
		Code:    "yaml-tag",
		Message: fmt.Sprintf("the YAML tag %s has no meaning here", tag),
		Fixes:   []string{"remove the tag; every value is read as it is written"},
	}
	if !strings.HasPrefix(tag, "!!") && tag != "!" {
		problem.Fixes = []string{"write the value itself: nothing is included or worked out here"}
	}
	return problem
}

func (c *treeCheck) usableKey(key *yaml.Node) bool {
	switch {
	case key.Kind == yaml.MappingNode && key.Style&yaml.FlowStyle != 0:
		c.stop(key, "a key must be a plain name", "nothing expands {{ … }} here: write ${NAME} for a build argument", "put a text that begins with { in quotes")
	case key.Kind != yaml.ScalarNode:
		c.stop(key, "a key must be a plain name", "write it without brackets: the key, a colon and its value")
	case len(key.Value) > maxKey:
		c.stop(key, fmt.Sprintf("a key is longer than %d bytes", maxKey))
	case key.Tag == "!!merge":
		c.add(position(key), diag.Diagnostic{
			Code:    "merge-key",
			Message: "the YAML merge key << is not supported",
			Fixes:   []string{"write the keys out; what a variant adds belongs under targets"},
		})
		return false
	default:
		return true
	}
	return false
}

func (c *treeCheck) add(at string, d diag.Diagnostic) {
	d.At = at
	c.list = append(c.list, d)
}

func (c *treeCheck) stop(n *yaml.Node, message string, fixes ...string) {
	c.fatal = true
	c.add(position(n), diag.Diagnostic{Code: "yaml-structure", Message: message, Fixes: fixes})
}

// resolved follows aliases to the value they stand for.
func resolved(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// entries yields the keys and values of a mapping in order, without repeated,
// merged and unusable keys, and with aliases followed.
func entries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || seen[key.Value] {
				continue
			}
			seen[key.Value] = true
			if !yield(key, resolved(n.Content[i+1])) {
				return
			}
		}
	}
}

// lookup is the value of a key of a mapping, with aliases followed; nil when n
// is no mapping or has no such key.
func lookup(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for k, v := range entries(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}
