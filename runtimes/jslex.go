package runtimes

import (
	"bytes"
	"slices"
)

// jsKind is what a token of JavaScript is.
type jsKind int

const (
	jsEnd   jsKind = iota
	jsWord         // a name, a keyword or a number
	jsText         // a string, or a template without ${}
	jsMade         // a template with ${}, up to the first of these
	jsRegex        // a regular expression
	jsMark         // one character of punctuation; ++ and -- are one
)

// jsToken is a token. Text is a string's value, as far as escapes need no more than
// the character that follows.
type jsToken struct {
	kind jsKind
	text string
	line int
	// guarded tells that it is in the block of a try statement.
	guarded bool
}

func (t jsToken) is(mark string) bool   { return t.kind == jsMark && t.text == mark }
func (t jsToken) word(text string) bool { return t.kind == jsWord && t.text == text }

// jsLexer splits JavaScript into tokens, well enough to find imports: what is in
// comments, strings and regular expressions is not code. It takes any text, and goes on
// behind what it does not understand.
type jsLexer struct {
	src  []byte
	at   int
	line int
	last jsToken
	// open are the braces and parentheses that are open.
	open  []jsOpen
	tries int // of these, how many are blocks of try
	// closed is the one that was closed last.
	closed jsOpen
}

// jsOpen is an open brace or parenthesis.
type jsOpen struct {
	mark byte
	// value tells that it is part of an expression, so that what follows its end is an
	// operator: an object, or the arguments of a function.
	value    bool
	template bool // ${ in a template
	try      bool
}

// next returns the next token.
func (l *jsLexer) next() jsToken {
	l.skip()
	t := l.token()
	t.line = l.line
	if t.kind == jsText || t.kind == jsMade {
		t.line = l.line - bytes.Count([]byte(t.text), []byte("\n"))
	}
	t.guarded = l.tries > 0
	l.last = t
	return t
}

func (l *jsLexer) peek(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

// skip goes to the next token.
func (l *jsLexer) skip() {
	for l.at < len(l.src) {
		switch c := l.src[l.at]; {
		case c == '\n':
			l.line++
			l.at++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.at++
		case c == '/' && l.peek(1) == '/' || c == '#' && l.at == 0 && l.peek(1) == '!':
			l.until("\n")
		case c == '/' && l.peek(1) == '*':
			l.at += 2
			l.until("*/")
			l.at = min(l.at+2, len(l.src))
		default:
			return
		}
	}
}

// until goes to the place before a text, or to the end.
func (l *jsLexer) until(text string) {
	n := bytes.Index(l.src[l.at:], []byte(text))
	if n < 0 {
		n = len(l.src) - l.at
	}
	l.line += bytes.Count(l.src[l.at:l.at+n], []byte("\n"))
	l.at += n
}

func (l *jsLexer) token() jsToken {
	if l.at >= len(l.src) {
		return jsToken{kind: jsEnd}
	}
	c := l.src[l.at]
	switch {
	case isJSName(c):
		start := l.at
		for l.at < len(l.src) && isJSName(l.src[l.at]) {
			l.at++
		}
		return jsToken{kind: jsWord, text: string(l.src[start:l.at])}
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c == '`':
		l.at++
		return l.template()
	case c == '/' && l.startsRegex():
		if end := l.regexEnd(); end > 0 {
			l.at = end
			return jsToken{kind: jsRegex}
		}
	case (c == '+' || c == '-') && l.peek(1) == c:
		l.at += 2
		return jsToken{kind: jsMark, text: string([]byte{c, c})}
	}
	l.at++
	return l.mark(c)
}

func isJSName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// quoted reads a string. One that the line ends before is none.
func (l *jsLexer) quoted(quote byte) jsToken {
	l.at++
	var text []byte
	for l.at < len(l.src) {
		c := l.src[l.at]
		l.at++
		switch c {
		case quote:
			return jsToken{kind: jsText, text: string(text)}
		case '\n':
			l.line++
			return jsToken{kind: jsMade, text: ""}
		case '\\':
			if l.at < len(l.src) {
				if l.src[l.at] == '\n' {
					l.line++
				} else {
					text = append(text, l.src[l.at])
				}
				l.at++
			}
		default:
			text = append(text, c)
		}
	}
	return jsToken{kind: jsMade}
}

// template reads a template from the place behind its ` or behind the } of one of its
// expressions.
func (l *jsLexer) template() jsToken {
	var text []byte
	for l.at < len(l.src) {
		c := l.src[l.at]
		l.at++
		switch {
		case c == '`':
			return jsToken{kind: jsText, text: string(text)}
		case c == '$' && l.peek(0) == '{':
			l.at++
			l.push(jsOpen{mark: '{', template: true})
			return jsToken{kind: jsMade, text: string(text)}
		case c == '\\' && l.at < len(l.src):
			c = l.src[l.at]
			l.at++
		}
		if c == '\n' {
			l.line++
		}
		text = append(text, c)
	}
	return jsToken{kind: jsMade}
}

// maxJSOpen bounds how deep braces are followed.
const maxJSOpen = 10_000

func (l *jsLexer) push(o jsOpen) {
	if len(l.open) >= maxJSOpen {
		l.at = len(l.src) // no program is like that
		return
	}
	l.open = append(l.open, o)
	if o.try {
		l.tries++
	}
}

// mark is a character of punctuation.
func (l *jsLexer) mark(c byte) jsToken {
	t := jsToken{kind: jsMark, text: string([]byte{c})}
	switch c {
	case '(':
		l.push(jsOpen{mark: c, value: !l.last.words("if", "while", "for", "with")})
	case '{':
		l.push(jsOpen{mark: c, value: l.expectsValue(), try: l.last.word("try")})
	case ')', '}':
		if len(l.open) == 0 {
			return t
		}
		l.closed = l.open[len(l.open)-1]
		l.open = l.open[:len(l.open)-1]
		if l.closed.try {
			l.tries--
		}
		if c == '}' && l.closed.template {
			rest := l.template()
			rest.kind, rest.text = jsMade, "" // the part before has said what there is to say
			return rest
		}
	}
	return t
}

func (t jsToken) words(all ...string) bool {
	return slices.ContainsFunc(all, t.word)
}

// expectsValue reports whether an expression goes on here, so that a brace begins an
// object and not a block.
func (l *jsLexer) expectsValue() bool {
	switch l.last.kind {
	case jsMark:
		return !l.last.is(")") && !l.last.is("}") && !l.last.is(";") && !l.last.is("{") && !l.last.is(">")
	case jsWord:
		return l.last.words("return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "yield", "await", "default")
	}
	return false
}

// startsRegex reports whether a slash begins a regular expression; else it divides.
func (l *jsLexer) startsRegex() bool {
	switch l.last.kind {
	case jsEnd:
		return true
	case jsMark:
		switch l.last.text {
		case ")", "}":
			return !l.closed.value
		case "]", "++", "--":
			return false
		}
		return true
	case jsWord:
		return l.last.words("return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "yield", "await", "else", "do", "instanceof")
	}
	return false
}

// regexEnd is the place behind a regular expression and its flags; 0 where the line
// ends first, so that it is none.
func (l *jsLexer) regexEnd() int {
	class := false
	for i := l.at + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\n':
			return 0
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(l.src) && isJSName(l.src[i]); i++ {
			}
			return i
		}
	}
	return 0
}
