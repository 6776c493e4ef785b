package spec

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// amender inserts text into text.
type amender struct {
	text    string
	newline string
	lines   []int // where each line begins
	inserts []insert
}

type insert struct {
	at   int
	text string
}

func lineOffsets(text string) []int {
	out := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

func (a *amender) apply() []byte {
	slices.SortStableFunc(a.inserts, func(x, y insert) int { return cmp.Compare(x.at, y.at) })
	var b strings.Builder
	done := 0
	for _, in := range a.inserts {
		b.WriteString(a.text[done:in.at])
		b.WriteString(in.text)
		done = in.at
	}
	b.WriteString(a.text[done:])
	return []byte(b.String())
}

// offset is where a node begins in the text. YAML counts columns in characters.
func (a *amender) offset(n *yaml.Node) int {
	start := a.lines[n.Line-1]
	at := start
	if n.Line == 1 {
		at += len(a.text) - len(strings.TrimPrefix(a.text, "\ufeff"))
	}
	for range n.Column - 1 {
		_, size := firstRune(a.text[at:])
		at += size
	}
	return at
}

func firstRune(text string) (rune, int) {
	for _, r := range text {
		return r, len(string(r))
	}
	return 0, 0
}

func joined(items []Addition) string {
	var all []string
	for _, x := range items {
		all = append(all, x.Item)
	}
	return strings.Join(all, ", ")
}

// maxLine is how long a line may become by what is added to it.
const maxLine = 100

// addToFlow adds to a list or mapping in brackets.
func (a *amender) addToFlow(n *yaml.Node, text string) error {
	end, err := a.flowEnd(n)
	if err == nil {
		a.insertFlow(end, text)
	}
	return err
}

func (a *amender) insertFlow(end flowEnd, text string) {
	space := " "
	if strings.HasPrefix(text, a.newline) {
		space = ""
	}
	switch {
	case end.empty:
		a.insert(end.last, text)
	case end.comma:
		a.insert(end.last, space+text)
	default:
		a.insert(end.last, ","+space+text)
	}
}

// flowEnd is the end of a list or mapping in brackets: where its last token ends, which
// can be a comma.
type flowEnd struct {
	last         int
	comma, empty bool
}

func (a *amender) indentOf(line int) int {
	text := a.text[a.lines[line-1]:]
	return len(text) - len(strings.TrimLeft(text, " "))
}

func (a *amender) block(indent int, items []Addition) string {
	var b strings.Builder
	for _, x := range items {
		b.WriteString(strings.Repeat(" ", indent) + "- " + x.Item)
		if note := oneLine(x.Note); note != "" {
			b.WriteString("  # " + note)
		}
		b.WriteString(a.newline)
	}
	return b.String()
}

// oneLine is a text as a comment can hold it.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == '\ufffd' {
			return ' '
		}
		return r
	}, text))
}

// endOf is the last line of the value of a mapping's entry. Comments after it that are
// indented no further than the entry belong to what comes next.
func (a *amender) endOf(in *yaml.Node, entry int) int {
	first := in.Content[entry].Line
	next := len(a.lines) + 1
	if entry+2 < len(in.Content) {
		next = in.Content[entry+2].Line
	} else {
		// The mapping ends where something stands further to the left.
		for line := first + 1; line <= len(a.lines); line++ {
			if text := a.line(line); strings.TrimSpace(text) != "" && !strings.HasPrefix(strings.TrimSpace(text), "#") && a.indentOf(line) < in.Column-1 {
				next = line
				break
			}
		}
	}
	last := next - 1
	for ; last > first; last-- {
		text := strings.TrimSpace(a.line(last))
		if text == "" || text == "..." || strings.HasPrefix(text, "#") && a.indentOf(last) <= in.Column-1 {
			continue
		}
		break
	}
	return last
}

func (a *amender) line(n int) string {
	start := a.lines[n-1]
	end := len(a.text)
	if n < len(a.lines) {
		end = a.lines[n]
	}
	return a.text[start:end]
}

// insertLines inserts whole lines after a line.
func (a *amender) insertLines(after int, text string) {
	if after < len(a.lines) {
		a.insert(a.lines[after], text)
		return
	}
	if !strings.HasSuffix(a.text, "\n") && !slices.ContainsFunc(a.inserts, func(i insert) bool { return i.at == len(a.text) }) {
		text = a.newline + text
	}
	a.insert(len(a.text), text)
}

// scalar is a scalar on one line as it is written at a place of the text; empty if it is
// written otherwise.
func (a *amender) scalar(n *yaml.Node, at int) string {
	for _, written := range []string{n.Value, strconv.Quote(n.Value), "'" + n.Value + "'"} {
		if strings.HasPrefix(a.text[at:], written) && n.Anchor == "" {
			return written
		}
	}
	return ""
}

func (a *amender) insert(at int, text string) { a.inserts = append(a.inserts, insert{at, text}) }

// flowEnd finds the end of a list or mapping in brackets. The text is known to be YAML.
func (a *amender) flowEnd(n *yaml.Node) (flowEnd, error) {
	at := a.offset(n)
	// An anchor or a tag stands before the bracket.
	for at < len(a.text) && a.text[at] != '[' && a.text[at] != '{' {
		at++
	}
	depth := 0
	end := flowEnd{}
	token := true // a quote here begins a scalar
	for ; at < len(a.text); at++ {
		switch c := a.text[at]; {
		case c == '[' || c == '{':
			if depth++; depth == 1 {
				end = flowEnd{last: at + 1, empty: true}
			} else {
				end = flowEnd{last: at + 1}
			}
			token = true
			continue
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return end, nil
			}
			token = false
		case c == ',':
			end = flowEnd{last: at + 1, comma: true}
			token = true
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			// What is quoted begins after a space as well, as in `a: "b"`. Inside a plain
			// scalar a quote can, too, only there it does not matter: it has a pair or the
			// amended text is not what it must be.
			token = token || c == '\n' || at > 0 && (a.text[at-1] == ':' || a.text[at-1] == ',')
			continue
		case c == '#' && at > 0 && strings.IndexByte(" \t\n", a.text[at-1]) >= 0:
			for at+1 < len(a.text) && a.text[at+1] != '\n' {
				at++
			}
			continue
		case token && (c == '"' || c == '\''):
			at = closingQuote(a.text, at)
			token = false
		default:
			token = false
		}
		end = flowEnd{last: min(at+1, len(a.text))}
	}
	return end, errors.New("a list is not closed")
}

// closingQuote is where the scalar ends whose quote opens at a place: at the quote that
// closes it, or behind the text.
func closingQuote(text string, at int) int {
	quote := text[at]
	for at++; at < len(text); at++ {
		switch {
		case quote == '"' && text[at] == '\\':
			at++ // what is escaped
		case text[at] != quote:
		case quote == '\'' && at+1 < len(text) && text[at+1] == '\'':
			at++ // two of them stand for one
		default:
			return at
		}
	}
	return at
}
