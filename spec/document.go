package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// Document is a spec file as it was written: its text, its YAML nodes and what
// is wrong with its structure. It is not tied to a platform or to build
// arguments; Evaluate is.
type Document struct {
	filename string
	lines    []string
	root     *yaml.Node // nil when the text is not usable YAML
	// tagged are the paths of values with a YAML tag, or in quotes that YAML does not know: what they
	// are is not known.
	tagged map[string]bool
	// foreign are the paths of mappings with unknown keys: what is not there may be meant by those.
	foreign  map[string]bool
	findings diag.List // what Parse found
}

// Parse reads a document strictly: syntax, keys, types and duplicate keys. It
// evaluates nothing, so build arguments may still be missing.
//
// The document is never nil, so that Range and Place can tell where it is wrong;
// Evaluate reports the same findings again beside its own.
func Parse(filename string, data []byte) (*Document, diag.List) {
	d := &Document{filename: filename}
	text, unreadable := readText(data)
	d.lines = splitLines(text)
	if unreadable != nil {
		return d.fail(*unreadable)
	}
	root, bad := parseYAML(text, d.lines)
	if bad != nil {
		return d.fail(*bad)
	}
	tree := checkTree(root)
	if tree.fatal {
		return d.fail(tree.list...)
	}
	d.root, d.tagged, d.foreign = root, tree.tagged, map[string]bool{}
	reader := &decoder{doc: d}
	reader.spec(nil)
	if problem := syntaxLine(d.lines); problem != nil {
		reader.list = append(reader.list, *problem)
	}
	d.findings = d.sorted(append(tree.list, reader.list...))
	return d, d.findings
}

func (d *Document) fail(list ...diag.Diagnostic) (*Document, diag.List) {
	d.findings = list
	return d, d.findings
}

// DeclaredArg is a build argument as the document declares it, for an outline.
type DeclaredArg struct {
	Name        string
	Description string
	// Default is the text as written, before interpolation; nil for none.
	Default *string
	// At is the document path, for Range.
	At string
}

// Args lists the declared build arguments in the order they are written.
func (d *Document) Args() []DeclaredArg {
	var args []DeclaredArg
	d.eachIn("args", func(name, at string, n *yaml.Node) {
		arg := DeclaredArg{Name: name, At: at}
		if n.Kind == yaml.ScalarNode {
			arg.Default = scalarText(n)
		}
		if v := lookup(n, "default"); v != nil {
			arg.Default = scalarText(v)
		}
		if v := scalarText(lookup(n, "description")); v != nil {
			arg.Description = *v
		}
		args = append(args, arg)
	})
	return args
}

// DeclaredTarget is a target as the document declares it.
type DeclaredTarget struct {
	Name        string
	Description string
	// At is the document path, for Range.
	At string
}

// Targets lists the targets in the order they are written, without the main image.
func (d *Document) Targets() []DeclaredTarget {
	var targets []DeclaredTarget
	d.eachIn("targets", func(name, at string, n *yaml.Node) {
		target := DeclaredTarget{Name: name, At: at}
		if v := scalarText(lookup(n, "description")); v != nil {
			target.Description = *v
		}
		targets = append(targets, target)
	})
	return targets
}

// eachIn calls visit for each entry of a top-level mapping, in order and once
// per name.
func (d *Document) eachIn(key string, visit func(name, at string, n *yaml.Node)) {
	n := lookup(d.root, key)
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for name, value := range entries(n) {
		visit(name.Value, key+"."+name.Value, value)
	}
}

// Has reports whether the document has a node at exactly this path.
func (d *Document) Has(at string) bool {
	_, exact := d.find(at)
	return exact
}

// Len is how many items the list at a path has; 0 where there is none.
func (d *Document) Len(at string) int {
	p, exact := d.find(at)
	if !exact || resolved(p.value).Kind != yaml.SequenceNode {
		return 0
	}
	return len(resolved(p.value).Content)
}

// scalarText is the text of a scalar with $$ read as $; nil for anything else.
func scalarText(n *yaml.Node) *string {
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return nil
	}
	text := strings.ReplaceAll(n.Value, "$$", "$")
	return &text
}
