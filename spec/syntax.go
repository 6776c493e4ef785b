package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// readText makes sure that data is text, and drops a byte order mark.
func readText(data []byte) (string, *diag.Diagnostic) {
	switch {
	case len(data) > maxBytes:
		return "", &diag.Diagnostic{
			Code:    "file-too-large",
			Message: fmt.Sprintf("the file is %d bytes; a spec has at most %d", len(data), maxBytes),
			Fixes:   []string{"check that this is the spec and not, say, a program or an archive"},
		}
	case bytes.HasPrefix(data, []byte("\x7fELF")):
		return "", &diag.Diagnostic{
			Code:    "not-text",
			Message: "this file is a program, not a spec",
			Fixes:   []string{"give the spec's name with -f"},
		}
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "", &diag.Diagnostic{
			Code:    "not-utf8",
			Message: "the file is UTF-16",
			Fixes:   []string{"save it as UTF-8"},
		}
	}
	text := string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if at, what := firstUnreadable(text); what != "" {
		line := 1 + strings.Count(text[:at], "\n")
		column := 1 + utf8.RuneCountInString(text[strings.LastIndexByte(text[:at], '\n')+1:at])
		return text, &diag.Diagnostic{
			Code:    "not-text",
			At:      positionAt(line, column),
			Message: what,
			Fixes:   []string{"save the file as UTF-8 text"},
		}
	}
	return text, nil
}

// firstUnreadable finds the first byte that YAML text cannot hold.
func firstUnreadable(text string) (at int, what string) {
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			return i, fmt.Sprintf("byte 0x%02x is not valid UTF-8", text[i])
		case r == 0:
			return i, "a NUL byte; is this file really a spec?"
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return i, fmt.Sprintf("control character U+%04X", r)
		}
	}
	return 0, ""
}

// parseYAML reads exactly one document whose root is a mapping.
func parseYAML(text string, lines []string) (*yaml.Node, *diag.Diagnostic) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, notYAML(err, lines)
	}
	var doc, next yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) {
		return nil, emptyFile()
	} else if err != nil {
		return nil, notYAML(err, lines)
	}
	if err := loader.Load(&next); err == nil {
		return nil, &diag.Diagnostic{
			Code:    "several-documents",
			At:      position(&next),
			Message: "a second YAML document starts here",
			Fixes:   []string{"keep one document per file; variants of an image belong under targets"},
		}
	} else if !errors.Is(err, io.EOF) {
		return nil, notYAML(err, lines)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, emptyFile()
	}
	return rootMapping(doc.Content[0], lines)
}

func rootMapping(root *yaml.Node, lines []string) (*yaml.Node, *diag.Diagnostic) {
	switch {
	case root.Kind == yaml.MappingNode:
		return root, nil
	case isNull(root):
		return nil, emptyFile()
	}
	problem := &diag.Diagnostic{
		Code:    "wrong-type",
		At:      position(root),
		Message: fmt.Sprintf("a spec is a mapping of keys to values, not %s", kindName(root)),
		Fixes:   []string{"start with a key, such as binaries: [bin/app]"},
	}
	if line := dockerfileLine(lines); line > 0 {
		return nil, isDockerfile(line, lines)
	}
	if line := tomlLine(lines); line > 0 {
		return nil, isTOML(line)
	}
	if root.Kind == yaml.ScalarNode && strings.ContainsRune(root.Value, '：') {
		problem.Fixes = []string{"write the plain colon of the keyboard, and a space after it, in place of ："}
	}
	return nil, problem
}

func emptyFile() *diag.Diagnostic {
	return &diag.Diagnostic{
		Code:    "empty-spec",
		At:      positionAt(1, 1),
		Message: "the spec is empty",
		Fixes:   []string{"name a program, such as binaries: [bin/app]"},
	}
}

// syntaxError says what the YAML library found in words that fit a spec.
func syntaxError(err error, lines []string) *diag.Diagnostic {
	problem := &diag.Diagnostic{Code: "yaml-syntax", Message: "not valid YAML: " + err.Error()}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return problem
	}
	problem.Message = "not valid YAML: " + load.Message
	mark := load.Mark
	if mark.Line > 0 {
		problem.At = positionAt(mark.Line, max(mark.Column, 1))
	}
	if line, column := cutByComment(lines, mark.Line); line > 0 {
		problem.At = positionAt(line, column)
		problem.Message = "what follows \" #\" is a comment, so that this list or mapping is not closed"
		problem.Fixes = []string{"put a value that holds # in quotes"}
		return problem
	}
	if line, column, fix := unquotedVariable(lines, mark.Line); line > 0 {
		problem.At = positionAt(line, column)
		problem.Message = "the } of a variable ends the mapping or the list that it stands in"
		problem.Fixes = []string{fix}
		return problem
	}
	explain, ok := explainSyntax(load, lines)
	if !ok {
		return problem
	}
	problem.Message, problem.Fixes = explain.message, explain.fixes
	if explain.at != "" {
		problem.At = explain.at
	}
	if explain.atContext && load.ContextMark.Line > 0 {
		problem.At = positionAt(load.ContextMark.Line, max(load.ContextMark.Column, 1))
	}
	return problem
}

// cutByComment finds a # that makes a comment of the end of a list or mapping, in the last line
// with something in it that is not behind the one where the YAML library gave up.
func cutByComment(lines []string, line int) (at, column int) {
	for at = min(line, len(lines)); at > 0; at-- {
		text := lineAt(lines, at)
		before, comment, _ := strings.Cut(text, " #")
		open := strings.Count(before, "[") + strings.Count(before, "{") - strings.Count(before, "]") - strings.Count(before, "}")
		if open > 0 && strings.ContainsAny(comment, "]}") && !strings.ContainsAny(before, `"'`) {
			return at, utf8.RuneCountInString(before) + 2
		}
		if strings.TrimSpace(text) != "" && at < line {
			break
		}
	}
	return 0, 0
}

// bareVariable is a value with a variable and without quotes, inside of brackets.
var bareVariable = regexp.MustCompile(`[\[{,]\s*(?:[\w.-]+:\s+)?([^\s"'\[\]{},][^\s"'\[\]{},]*\$\{[^{}]*\}[^\s"'\[\]{},]*|\$\{[^{}]*\}[^\s"'\[\]{},]*)`)

// unquotedVariable finds a variable without quotes in a list or mapping on one line, in the
// last line with something in it that is not behind the one where the YAML library gave up.
func unquotedVariable(lines []string, line int) (at, column int, fix string) {
	for at = min(line, len(lines)); at > 0; at-- {
		text := lineAt(lines, at)
		if m := bareVariable.FindStringSubmatchIndex(text); m != nil {
			return at, utf8.RuneCountInString(text[:m[2]]) + 1, fmt.Sprintf("put it in quotes: %q", text[m[2]:m[3]])
		}
		if strings.TrimSpace(text) != "" && at < line {
			break
		}
	}
	return 0, 0, ""
}

// colonInValue is a line with a key, and a value that holds a colon and a space.
var colonInValue = regexp.MustCompile(`^\s*(?:-\s+)?([\w./-]+):\s+([^\s"'\[{&*!|>#][^#]*:\s[^#]*?)\s*$`)

// noSpaceBehind is a line with a key and a value, and no space behind the colon.
var noSpaceBehind = regexp.MustCompile(`^\s*(?:-\s+)?([A-Za-z]+):([^\s:][^#]*?)\s*$`)

// noSpace finds the key of a spec with its value right behind the colon, in the line where the
// YAML library gave up or the one above it.
func noSpace(lines []string, line int) (hint syntaxHint, ok bool) {
	for at := line; at > 0 && at >= line-1; at-- {
		m := noSpaceBehind.FindStringSubmatch(lineAt(lines, at))
		if m == nil || !isAnyKey(m[1]) {
			continue
		}
		column := utf8.RuneCountInString(lineAt(lines, at)) - utf8.RuneCountInString(strings.TrimLeft(lineAt(lines, at), " -")) + 1
		return syntaxHint{
			message: fmt.Sprintf("no space stands behind the colon of %s", m[1]),
			fixes:   []string{fmt.Sprintf("write %s: %s", m[1], m[2])},
			at:      positionAt(at, column),
		}, true
	}
	return syntaxHint{}, false
}

// isAnyKey reports whether a word is a key of the spec or of the items of its lists.
func isAnyKey(word string) bool {
	for _, t := range []reflect.Type{reflect.TypeFor[Spec](), reflect.TypeFor[Source](), reflect.TypeFor[Binary](), reflect.TypeFor[File](),
		reflect.TypeFor[Directory](), reflect.TypeFor[Link](), reflect.TypeFor[Libraries](), reflect.TypeFor[Healthcheck](), reflect.TypeFor[Test]()} {
		if isKey(word, t) {
			return true
		}
	}
	return false
}

type syntaxHint struct {
	at string // the place to show, where it is another than that of the library

	message   string
	fixes     []string
	atContext bool // the place to show is where the construct starts
}

func explainSyntax(e *yaml.LoadError, lines []string) (syntaxHint, bool) {
	line := lineAt(lines, e.Mark.Line)
	said := func(text string) bool { return strings.Contains(e.Message, text) }
	within := func(text string) bool { return strings.Contains(e.ContextMsg, text) }
	at := runeAt(line, e.Mark.Column)
	switch {
	case said("cannot start any token") && at == '\t', said("found a tab character"):
		return syntaxHint{message: "a tab cannot indent YAML", fixes: []string{"indent with spaces"}}, true
	case said("cannot start any token") && strings.HasPrefix(strings.TrimSpace(line), "```"):
		return syntaxHint{message: "``` is of Markdown, and not of the spec in it", fixes: []string{"remove the lines with ```"}}, true
	case said("cannot start any token"):
		return syntaxHint{
			message: fmt.Sprintf("a value cannot start with %q", at),
			fixes:   []string{"put the value in quotes"},
		}, true
	case said("incompatible YAML document"):
		return syntaxHint{message: "a spec says nothing of its YAML version", fixes: []string{"remove the line"}}, true
	case said("mapping values are not allowed"):
		if hint, ok := noSpace(lines, e.Mark.Line); ok {
			return hint, true
		}
		hint := syntaxHint{
			message: "a \": \" cannot stand here",
			fixes: []string{
				"put a value that holds \": \" in quotes",
				"if a key was meant, indent it like the other keys of its mapping",
			},
		}
		if m := colonInValue.FindStringSubmatch(line); m != nil {
			hint.fixes[0] += fmt.Sprintf(": %s: %q", m[1], m[2])
		}
		return hint, true
	case within("flow") && innerQuote.MatchString(lineAt(lines, e.Mark.Line)):
		return syntaxHint{
			message: "text goes on behind the quote that ends it",
			fixes:   []string{"put the whole value into quotes of the other kind", "or double the quote: in 'it''s' two of them stand for one"},
		}, true
	case within("flow sequence"):
		return unclosed(lineAt(lines, e.ContextMark.Line), "this list is not closed", "separate its items with \",\" and end it with \"]\""), true
	case within("flow mapping"):
		return unclosed(lineAt(lines, e.ContextMark.Line), "this mapping is not closed", "separate its keys with \",\" and end it with \"}\""), true
	case within("quoted scalar") && said("unexpected end of stream"):
		return syntaxHint{message: "this quoted text is not closed", fixes: []string{"end it with the quote it starts with"}, atContext: true}, true
	case said("unknown escape character"):
		return syntaxHint{message: "an unknown escape in double quotes", fixes: []string{"write \\\\ for a backslash, or use single quotes"}}, true
	case within("simple key") && blockBegins.MatchString(lineAt(lines, e.ContextMark.Line-1)):
		return syntaxHint{message: "the lines of a text that | or > begins stand further in than its key", fixes: []string{"indent this line further"}, atContext: true}, true
	case within("simple key"):
		if hint, ok := noSpace(lines, e.ContextMark.Line); ok {
			return hint, true
		}
		if m := keyEquals.FindStringSubmatch(lineAt(lines, e.ContextMark.Line)); m != nil && isAnyKey(m[1]) {
			return syntaxHint{message: "a key and its value have a colon between them", fixes: []string{fmt.Sprintf("write %s: %s", m[1], m[2])}, atContext: true}, true
		}
		return syntaxHint{message: "this line is no \"key: value\"", fixes: []string{"put a colon and a space after the key"}, atContext: true}, true
	case at == ',' && (said("did not find expected key") || said("did not find expected <document start>")):
		return syntaxHint{message: "a list on one line has no brackets", fixes: []string{"write [A, B]"}}, true
	case (at == '}' || at == ']') && (said("did not find expected key") || said("did not find expected <document start>")):
		return syntaxHint{message: fmt.Sprintf("%q closes nothing", at), fixes: []string{"remove it"}}, true
	case said("did not find expected key") && behindQuote.MatchString(line):
		return syntaxHint{
			message: "text goes on behind the quote that ends it",
			fixes:   []string{"put the whole value into quotes of the other kind", "or double the quote: in 'it''s' two of them stand for one"},
		}, true
	case said("did not find expected '-' indicator"), said("did not find expected key"), said("did not find expected <document start>"):
		return syntaxHint{
			message: "this line does not fit the lines above it",
			fixes:   []string{"indent it like the other keys of its mapping, or the other items of its list"},
		}, true
	case said("did not find expected node content"):
		return syntaxHint{message: fmt.Sprintf("a value was expected, not %q", at), fixes: []string{"write the value, or put it in quotes"}}, true
	case said("block sequence entries are not allowed"):
		return syntaxHint{message: "an item with - cannot begin here", fixes: []string{
			"write each item on a line of its own, below the key",
			"or all in one line: [A, B]; a value that starts with \"- \" belongs in quotes",
		}}, true
	case said("exceeded max depth"):
		return syntaxHint{message: tooDeep}, true
	case said("unknown anchor"):
		name := aliasName.FindString(strings.TrimPrefix(skipRunes(line, e.Mark.Column-1), "*"))
		return syntaxHint{message: "this alias stands for nothing: no value above it has the anchor &" + name,
			fixes: []string{fmt.Sprintf("put a value that starts with * in quotes: \"*%s\"", name), fmt.Sprintf("or write &%s before the value above that it stands for", name)}}, true
	}
	return syntaxHint{}, false
}

// aliasName is what stands behind the * of an alias.
var aliasName = regexp.MustCompile(`^[^\s,\[\]{}]*`)

// skipRunes is a text without its first characters.
func skipRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[i:]
		}
		n--
	}
	return ""
}

// blockBegins is the end of a line that a text of several lines follows.
var blockBegins = regexp.MustCompile(`[:-]\s+[|>][+-]?\s*$`)

// keyEquals is a key and a value as other formats have them.
var keyEquals = regexp.MustCompile(`^\s*([A-Za-z]+)\s*=\s*(\S.*?)\s*$`)

// innerQuote is a value between brackets with more behind what looks like its end.
var innerQuote = regexp.MustCompile(`[\[{,:]\s*('[^']*'|"[^"]*")[A-Za-z0-9]`)

// behindQuote is a value with more behind what looks like its end.
var behindQuote = regexp.MustCompile(`[:-]\s+('[^']*'|"[^"]*")[^\s,#\]}:]`)

// unclosed is the hint for a list or mapping without its end, which may stand in what YAML
// takes for a comment.
func unclosed(line, message, fix string) syntaxHint {
	hint := syntaxHint{message: message, fixes: []string{fix}, atContext: true}
	if strings.Contains(line, " #") {
		hint.fixes = append(hint.fixes, "what follows \" #\" is a comment: put a value that holds it in quotes")
	}
	return hint
}

// notYAML says what the YAML library found, or what can be seen of the whole file: that
// it is something else, or has in it what no editor shows.
func notYAML(err error, lines []string) *diag.Diagnostic {
	if line := dockerfileLine(lines); line > 0 {
		return isDockerfile(line, lines)
	}
	if line := tomlLine(lines); line > 0 {
		return isTOML(line)
	}
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeftFunc(line, unicode.IsSpace))]
		odd := strings.IndexFunc(indent, func(r rune) bool { return r > unicode.MaxASCII })
		switch {
		case isConflictMarker(line):
			return &diag.Diagnostic{Code: "yaml-syntax", At: positionAt(i+1, 1), Message: "this line marks a conflict that git could not merge",
				Fixes: []string{"keep what is right of the two, and remove the lines with <<<<<<<, ======= and >>>>>>>"}}
		case odd >= 0:
			return &diag.Diagnostic{Code: "yaml-syntax", At: positionAt(i+1, utf8.RuneCountInString(indent[:odd])+1), Message: "a space that does not break cannot indent YAML",
				Fixes: []string{"indent with the spaces of the space bar: these were probably copied from a page"}}
		}
	}
	return syntaxError(err, lines)
}

func isConflictMarker(line string) bool {
	return strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ")
}

func isTOML(line int) *diag.Diagnostic {
	return &diag.Diagnostic{
		Code:    "wrong-type",
		At:      positionAt(line, 1),
		Message: "this looks like TOML, and a spec is YAML",
		Fixes:   []string{"write KEY: VALUE for KEY = VALUE, and for [KEY] the key with what belongs to it indented below"},
	}
}

var (
	tomlTable = regexp.MustCompile(`^\[{1,2}[A-Za-z0-9_."-]+\]{1,2}\s*(#.*)?$`)
	tomlPair  = regexp.MustCompile(`^\s*[A-Za-z0-9_."-]+\s*=\s*["'\[{0-9tf]`)
)

// tomlLine is the first line of a file in TOML, or 0 if the file is none: a table or a pair,
// with a pair below it.
func tomlLine(lines []string) int {
	first := 0
	for i, line := range lines {
		pair := tomlPair.MatchString(line)
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case first > 0 && pair:
			return first
		case first == 0 && (pair || tomlTable.MatchString(line)):
			first = i + 1
		default:
			return 0
		}
	}
	return 0
}

// dockerfileLine is the line with the first instruction of a Dockerfile, or 0 if the file
// is none.
func dockerfileLine(lines []string) int {
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) > 1 && (strings.EqualFold(words[0], "FROM") || words[0] == "ARG") {
			return i + 1
		}
		return 0
	}
	return 0
}

func isDockerfile(line int, lines []string) *diag.Diagnostic {
	problem := &diag.Diagnostic{
		Code:    "wrong-type",
		At:      positionAt(line, 1),
		Message: "this looks like a Dockerfile, not a spec",
		Fixes:   []string{"give the spec's name with -f", "sinter init -f FILE writes a spec for a Dockerfile"},
	}
	if strings.HasPrefix(lineAt(lines, 1), "#") {
		problem.Fixes[0] = "remove the # syntax= line to build it as a Dockerfile, or give the spec's name with -f"
	}
	return problem
}
