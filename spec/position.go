package spec

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// Range is a stretch of the document. Lines and columns count from 1, columns
// in characters; the end is the place just past the last character.
type Range struct {
	StartLine, StartColumn, EndLine, EndColumn int
}

// Range is the position of the node at a document path, or of its nearest
// existing ancestor; ok is false only when the document could not be read.
// The range of a key is at its path with a "#", as in "sources.Build#"; that of
// a key without a value is the key's.
func (d *Document) Range(at string) (r Range, ok bool) {
	if line, column, isPosition := parsePosition(at); isPosition {
		return Range{line, column, line, column + 1}, true
	}
	if d.root == nil {
		return Range{}, false
	}
	p, _ := d.find(at)
	if p.key != nil && (p.onKey || isNull(p.value) && p.value.Value == "") {
		return d.extent(p.key), true
	}
	return d.extent(p.value), true
}

// Place is where the node at a document path is, for those who show findings
// (package render). Of "", and of a document that could not be read, it is the
// whole file.
func (d *Document) Place(at string) diag.Place {
	r, ok := d.Range(at)
	if !ok || at == "" {
		return diag.Place{File: d.filename}
	}
	return diag.Place{
		File:      d.filename,
		StartLine: r.StartLine, StartColumn: r.StartColumn, EndLine: r.EndLine, EndColumn: r.EndColumn,
		Text: lineAt(d.lines, r.StartLine),
	}
}

// sorted orders findings by where they are, those about the whole first.
func (d *Document) sorted(list diag.List) diag.List {
	list = list[:min(len(list), 2*maxFindings)]
	type located struct {
		Range
		diag.Diagnostic
	}
	all := make([]located, len(list))
	for i, item := range list {
		all[i].Diagnostic = item
		if item.At != "" {
			all[i].Range, _ = d.Range(item.At)
		}
	}
	slices.SortStableFunc(all, func(a, b located) int {
		return cmp.Or(
			cmp.Compare(a.StartLine, b.StartLine),
			cmp.Compare(a.StartColumn, b.StartColumn),
			cmp.Compare(a.Message, b.Message),
		)
	})
	var out diag.List
	for i, item := range all {
		if i > 0 && item.Message == all[i-1].Message && item.At == all[i-1].At {
			out[len(out)-1] = item.Diagnostic // who read the values knows more
			continue
		}
		out = append(out, item.Diagnostic)
	}
	return out
}

// splitLines splits at the line breaks that YAML counts.
func splitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return strings.Split(text, "\n")
}

// lineAt is a line by its number, or "" when there is none.
func lineAt(lines []string, number int) string {
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

// runeAt is the character at a column of a line, or a space past its end.
func runeAt(line string, column int) rune {
	for _, r := range line {
		if column--; column == 0 {
			return r
		}
	}
	return ' '
}

// extent measures a node in the text; the YAML library knows only its start.
func (d *Document) extent(n *yaml.Node) Range {
	c := cursor{lines: d.lines, line: n.Line, column: n.Column}
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		c.skipProperties()
	}
	r := Range{StartLine: c.line, StartColumn: c.column}
	switch n.Kind {
	case yaml.AliasNode:
		c.column += 1 + len([]rune(n.Value))
	case yaml.ScalarNode:
		c.skipScalar(n)
	case yaml.SequenceNode, yaml.MappingNode:
		open := c.rune()
		if len(n.Content) > 0 {
			last := d.extent(n.Content[len(n.Content)-1])
			c.line, c.column = last.EndLine, last.EndColumn
		} else {
			c.column++
		}
		if n.Style&yaml.FlowStyle != 0 && (open == '[' || open == '{') {
			c.skipPast(map[rune]rune{'[': ']', '{': '}'}[open])
		}
	}
	r.EndLine, r.EndColumn = c.line, c.column
	return r
}

// cursor is a place in the text.
type cursor struct {
	lines        []string
	line, column int
	runes        []rune // the line's characters
	runesOf      int    // which line that is
}

func (c *cursor) text() []rune {
	if c.runesOf != c.line {
		c.runes, c.runesOf = []rune(lineAt(c.lines, c.line)), c.line
	}
	return c.runes
}

// rune is the character at the cursor; 0 at the end of a line.
func (c *cursor) rune() rune {
	if text := c.text(); c.column >= 1 && c.column <= len(text) {
		return text[c.column-1]
	}
	return 0
}

func (c *cursor) done() bool { return c.line > len(c.lines) }

func (c *cursor) nextLine() { c.line, c.column = c.line+1, 1 }

// skipSpace passes blanks, comments and line breaks.
func (c *cursor) skipSpace() {
	for !c.done() {
		switch r := c.rune(); {
		case r == 0 || r == '#':
			c.nextLine()
		case unicode.IsSpace(r):
			c.column++
		default:
			return
		}
	}
}

// skipProperties passes the anchor and the tag before a value.
func (c *cursor) skipProperties() {
	for c.rune() == '&' || c.rune() == '!' {
		for r := c.rune(); r != 0 && !unicode.IsSpace(r); r = c.rune() {
			c.column++
		}
		c.skipSpace()
	}
}

// skipPast passes everything up to and with a closing bracket.
func (c *cursor) skipPast(closing rune) {
	start := *c
	for c.skipSpace(); !c.done(); c.skipSpace() {
		r := c.rune()
		c.column++
		if r == closing {
			return
		}
		if r != ',' && r != ':' {
			break
		}
	}
	*c = start
}

func (c *cursor) skipScalar(n *yaml.Node) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		c.skipQuoted('"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		c.skipQuoted('\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		c.skipBlock()
	default:
		c.skipPlain(n.Value)
	}
}

func (c *cursor) skipQuoted(quote rune) {
	c.column++
	for !c.done() {
		switch r := c.rune(); {
		case r == 0:
			c.nextLine()
			continue
		case r == '\\' && quote == '"':
			c.column++
		case r == quote:
			c.column++
			if quote == '"' || c.rune() != quote {
				return
			}
		}
		c.column++
	}
}

// skipBlock passes a block scalar: its header line and the lines indented at
// least like the first that is not blank.
func (c *cursor) skipBlock() {
	c.column = len(c.text()) + 1
	indent := -1
	for line := c.line + 1; line <= len(c.lines); line++ {
		text := lineAt(c.lines, line)
		trimmed := strings.TrimLeft(text, " ")
		if strings.TrimSpace(trimmed) == "" {
			continue
		}
		depth := len(text) - len(trimmed)
		if indent < 0 {
			indent = depth
		}
		if depth < indent || depth == 0 {
			return
		}
		c.line, c.column = line, len([]rune(text))+1
	}
}

// skipPlain passes unquoted text; of text over several lines, the first.
func (c *cursor) skipPlain(value string) {
	text := c.text()
	if c.column > len(text)+1 {
		return
	}
	rest := string(text[c.column-1:])
	if !strings.HasPrefix(rest, value) {
		value, _, _ = strings.Cut(rest, " #")
		value = strings.TrimRightFunc(value, unicode.IsSpace)
	}
	c.column += len([]rune(value))
}
