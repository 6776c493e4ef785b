package spec

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/sinter-build/sinter/diag"
)

// Render writes findings as people read them, each with the spec's own line:
//
//	app.yaml:5:11: MESSAGE
//	  5 |   - from: bulid:/out/app
//	    |           ^^^^^^^^^^^^^^
//	  at run time: RUNTIME
//	  fix: FIX
func (d *Document) Render(list diag.List) string {
	var b strings.Builder
	for _, item := range list {
		d.render(&b, item)
	}
	return b.String()
}

func (d *Document) render(b *strings.Builder, item diag.Diagnostic) {
	head, rest, _ := strings.Cut(item.String(), "\n")
	if item.Severity == diag.SeverityWarning {
		head = "warning: " + head
	}
	r, ok := d.Range(item.At)
	if !ok || item.At == "" {
		fmt.Fprintf(b, "%s: %s\n", d.filename, head)
	} else {
		fmt.Fprintf(b, "%s:%d:%d: %s\n", d.filename, r.StartLine, r.StartColumn, head)
		b.WriteString(d.snippet(r))
	}
	if rest != "" {
		b.WriteString(rest + "\n")
	}
}

// widest is how much of a line is shown, in characters.
const widest = 120

// snippet shows the first line of a range with the range underlined.
func (d *Document) snippet(r Range) string {
	line := printable(lineAt(d.lines, r.StartLine))
	from := min(r.StartColumn-1, len(line))
	to := len(line)
	if r.EndLine == r.StartLine {
		to = min(r.EndColumn-1, to)
	}
	if from > widest*2/3 {
		cut := from - widest/3
		line = append([]rune("…"), line[cut:]...)
		from, to = from-cut+1, to-cut+1
	}
	if len(line) > widest {
		line = append(line[:widest:widest], '…')
		to = min(to, widest)
	}
	number := fmt.Sprint(r.StartLine)
	return fmt.Sprintf("  %s | %s\n  %s | %s%s\n",
		number, strings.TrimRight(string(line), " \t"),
		strings.Repeat(" ", len(number)), blank(line[:from]), strings.Repeat("^", max(to-from, 1)))
}

// printable makes a line safe to write to a terminal.
func printable(line string) []rune {
	text := []rune(line)
	for i, r := range text {
		if r != '\t' && !unicode.IsPrint(r) {
			text[i] = '\uFFFD'
		}
	}
	return text
}

// blank is as wide as text: tabs stay tabs.
func blank(text []rune) string {
	out := make([]rune, len(text))
	for i, r := range text {
		if out[i] = ' '; r == '\t' {
			out[i] = '\t'
		}
	}
	return string(out)
}
