package runtimes

import (
	"slices"
	"strings"
)

// pythonImport is one module that a Python file imports.
type pythonImport struct {
	// Name is dotted: "os.path". The names of "from a import b" are "a" and, because
	// they may be modules, "a.b".
	Name string
	Line int
	// Plain tells that it is a statement by itself at the outermost level, which
	// runs whenever the file does: not in a function, under an if or in a try.
	Plain bool
	// Guess tells that Name may be no module: it is what "from" takes out of one.
	Guess bool
}

// pythonFile is what a Python file says about others.
type pythonFile struct {
	Imports []pythonImport
	// Strings are the literals of one line that could be names of modules: what
	// settings and entry points name.
	Strings []string
	// MovesPath tells that it changes where modules are looked for.
	MovesPath bool
}

// scanPython reads the imports of Python source as the tokenizer of Python does
// (Lib/tokenize.py), without its grammar: what begins a statement with "import" or
// "from" is one. Imports for type checkers alone are left out.
func scanPython(text []byte) pythonFile {
	s := pythonScanner{text: string(text), line: 1}
	var out pythonFile
	skip := -1 // the indentation of an "if TYPE_CHECKING:"
	for {
		line, ok := s.logicalLine()
		if !ok {
			return out
		}
		if skip >= 0 && line.indent > skip {
			continue
		}
		skip = -1
		if line.typing() {
			skip = line.indent
			continue
		}
		line.read(&out)
	}
}

// A pythonToken is a name, a string or one character of anything else.
type pythonToken struct {
	text string
	kind byte // 'n' for a name, 's' for a string, 'o' for others
	line int
}

func (t pythonToken) is(text string) bool { return t.kind != 's' && t.text == text }

// pythonLine is a logical line: what brackets and backslashes continue is joined.
type pythonLine struct {
	indent int
	tokens []pythonToken
}

// typing reports whether a line begins a block which never runs.
func (l pythonLine) typing() bool {
	is := func(words ...string) bool {
		return slices.EqualFunc(l.tokens[:min(len(l.tokens), len(words))], words, pythonToken.is)
	}
	return is("if", "TYPE_CHECKING", ":") || is("if", "typing", ".", "TYPE_CHECKING", ":")
}

// read adds what the line says.
func (l pythonLine) read(out *pythonFile) {
	start, depth := true, 0
	for i, t := range l.tokens {
		switch {
		case t.kind == 's':
			if pythonName(t.text) || pythonRequirement(t.text) != "" {
				out.Strings = append(out.Strings, t.text)
			}
		case start && depth == 0 && t.kind == 'n' && (t.text == "import" || t.text == "from"):
			l.readImport(i, out)
		case t.kind == 'n' && (t.text == "import_module" || t.text == "__import__"):
			if rest := l.tokens[i+1:]; len(rest) > 1 && rest[0].is("(") && rest[1].kind == 's' && pythonName(rest[1].text) {
				out.Imports = append(out.Imports, pythonImport{Name: rest[1].text, Line: t.line})
			}
		case t.is("sys") && i+2 < len(l.tokens) && l.tokens[i+1].is(".") && (l.tokens[i+2].is("path") || l.tokens[i+2].is("meta_path")), t.is("addsitedir"):
			out.MovesPath = true
		}
		depth += bracket(t)
		start = depth == 0 && (t.is(";") || t.is(":"))
	}
}

// bracket is how much deeper a token leads.
func bracket(t pythonToken) int {
	switch {
	case t.kind != 'o':
		return 0
	case strings.ContainsAny(t.text, "([{"):
		return 1
	case strings.ContainsAny(t.text, ")]}"):
		return -1
	}
	return 0
}

// readImport reads the statement that begins at a token.
func (l pythonLine) readImport(at int, out *pythonFile) {
	plain := l.indent == 0 && !slices.ContainsFunc(l.tokens[:at], func(t pythonToken) bool { return t.is(":") })
	keyword, rest := l.tokens[at], l.tokens[at+1:]
	add := func(name string, guess bool) {
		out.Imports = append(out.Imports, pythonImport{Name: name, Line: keyword.line, Plain: plain, Guess: guess})
	}
	if keyword.text == "import" {
		for {
			var name string
			name, rest = dotted(rest)
			if name == "" {
				return
			}
			add(name, false)
			for len(rest) > 0 && !rest[0].is(",") {
				if rest[0].is(";") {
					return
				}
				rest = rest[1:]
			}
			if len(rest) == 0 {
				return
			}
			rest = rest[1:]
		}
	}
	name, rest := dotted(rest)
	if name == "" || len(rest) == 0 || !rest[0].is("import") {
		return // a relative import, or no import at all
	}
	add(name, false)
	for i, t := range rest[1:] {
		if t.is(";") {
			return
		}
		if before := rest[i]; t.kind == 'n' && (before.is(",") || before.is("import") || before.is("(")) {
			add(name+"."+t.text, true)
		}
	}
}

// dotted reads a name with dots, and returns what follows it.
func dotted(tokens []pythonToken) (string, []pythonToken) {
	var parts []string
	for len(tokens) > 0 && tokens[0].kind == 'n' && !tokens[0].is("import") {
		parts = append(parts, tokens[0].text)
		tokens = tokens[1:]
		if len(tokens) < 2 || !tokens[0].is(".") || tokens[1].kind != 'n' {
			break
		}
		tokens = tokens[1:]
	}
	return strings.Join(parts, "."), tokens
}

// pythonName reports whether a text is a dotted name.
func pythonName(text string) bool {
	if len(text) > 200 {
		return false
	}
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' || strings.ContainsFunc(part, func(r rune) bool { return r > 127 || !wordByte(byte(r)) }) {
			return false
		}
	}
	return true
}

// pythonRequirement is the name of the distribution in a requirement, "gunicorn" of
// "gunicorn==20.1.0"; empty for what is none.
func pythonRequirement(text string) string {
	if len(text) > 200 {
		return ""
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r > 127 || !wordByte(byte(r)) && r != '-' && r != '.' })
	if end <= 0 || !strings.HasPrefix(strings.TrimLeft(text[end:], " "), "==") {
		return ""
	}
	return text[:end]
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// pythonScanner splits source into logical lines.
type pythonScanner struct {
	text string
	at   int
	line int
	// tokens are those of the last line, whose memory serves the next one.
	tokens []pythonToken
}

// logicalLine is the next line with something on it. It holds until the one after it is read.
func (s *pythonScanner) logicalLine() (pythonLine, bool) {
	out := pythonLine{tokens: s.tokens[:0]}
	defer func() { s.tokens = out.tokens }()
	depth := 0
	for s.at < len(s.text) {
		if len(out.tokens) == 0 {
			out.indent = s.indentation()
			if s.at == len(s.text) {
				break
			}
		}
		switch c := s.text[s.at]; {
		case c == '\n':
			s.at++
			s.line++
			if depth <= 0 && len(out.tokens) > 0 {
				return out, true
			}
		case c == '\\' && s.at+1 < len(s.text) && (s.text[s.at+1] == '\n' || s.text[s.at+1] == '\r'):
			s.at++
			if s.text[s.at] == '\r' {
				s.at++
			}
			if s.at < len(s.text) && s.text[s.at] == '\n' {
				s.at++
			}
			s.line++
		case c == '#':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			s.at++
		default:
			t := s.token()
			depth = max(0, depth+bracket(t))
			out.tokens = append(out.tokens, t)
		}
	}
	return out, len(out.tokens) > 0
}

// indentation passes over the blanks that a line begins with, and counts them.
func (s *pythonScanner) indentation() int {
	n := 0
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		n++
		s.at++
	}
	return n
}

// token reads a name, a string or one other character.
func (s *pythonScanner) token() pythonToken {
	start, line := s.at, s.line
	for s.at < len(s.text) && (wordByte(s.text[s.at]) || s.text[s.at] >= 0x80) {
		s.at++
	}
	word := s.text[start:s.at]
	if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') && len(word) <= 3 && strings.Trim(strings.ToLower(word), "rbuft") == "" {
		return pythonToken{text: s.str(), kind: 's', line: line}
	}
	if word != "" {
		return pythonToken{text: word, kind: 'n', line: line}
	}
	s.at++
	return pythonToken{text: s.text[start:s.at], kind: 'o', line: line}
}

// str reads a string literal from its quote on. One that is not closed ends with its
// line, or with the file if it has three quotes.
func (s *pythonScanner) str() string {
	quote := s.text[s.at : s.at+1]
	if long := s.text[s.at:min(s.at+3, len(s.text))]; len(long) == 3 && long[1] == quote[0] && long[2] == quote[0] {
		quote = long
	}
	s.at += len(quote)
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\\':
			if s.at+1 < len(s.text) && s.text[s.at+1] == '\n' {
				s.line++
			}
			s.at = min(s.at+2, len(s.text))
			continue
		case c == '\n' && len(quote) == 1:
			return s.text[start:s.at]
		case c == '\n':
			s.line++
		case strings.HasPrefix(s.text[s.at:], quote):
			text := s.text[start:s.at]
			s.at += len(quote)
			return text
		}
		s.at++
	}
	return s.text[start:]
}
