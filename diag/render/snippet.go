package render

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/sinter-build/sinter/diag"
)

// widest is how much of a line is shown, in characters.
const widest = 120

// snippet shows the first line of a place with the place underlined.
func snippet(p diag.Place) string {
	if p.Whole() {
		return ""
	}
	line := sameWidth(p.Text)
	from := min(p.StartColumn-1, len(line))
	to := len(line)
	if p.EndLine == p.StartLine {
		to = min(p.EndColumn-1, to)
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
	number := fmt.Sprint(p.StartLine)
	return fmt.Sprintf("  %s | %s\n  %s | %s%s\n",
		number, strings.TrimRight(string(line), " \t"),
		strings.Repeat(" ", len(number)), blank(line[:from]), strings.Repeat("^", max(to-from, 1)))
}

// sameWidth makes a line safe to show like [diag.Plain], but puts one character
// for one, so that what is underlined stays in its column.
func sameWidth(line string) []rune {
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
