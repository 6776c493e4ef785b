package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// width is how many columns a line should stay within.
const width = 100

// indent is how far the column after sizes is from the left.
const indent = 10

// size is a number of bytes for a person, in at most eight columns: "340 B",
// "1.6 MB". The units are decimal, as disks and registries count.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		value /= 1000
		switch {
		case value < 99.95:
			return fmt.Sprintf("%.1f %s", value, unit)
		case value < 999.5:
			return fmt.Sprintf("%.0f %s", value, unit)
		}
	}
	return fmt.Sprintf("%.0f TB", value)
}

// Size is a number of bytes for a person: "340 B", "1.6 MB".
func Size(n int64) string { return size(n) }

// count is "1 file", "2 files", "3 directories".
func count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// String is "2 files, 1.6 MB".
func (t Total) String() string { return count(t.Files, "file") + ", " + size(t.Bytes) }

// columns is how wide a text is, if every character takes one column.
func columns(text string) int { return utf8.RuneCountInString(text) }

// pad fills a text up with blanks.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-columns(text)))
}

// page is text for a person, made line by line. Names in it come from images and
// specs, and so every line is made safe to show as it is added.
type page struct{ strings.Builder }

// line adds one line.
func (p *page) line(format string, args ...any) {
	p.WriteString(diag.Plain(fmt.Sprintf(format, args...)) + "\n")
}

// gap adds an empty line.
func (p *page) gap() { p.WriteString("\n") }

// wrap adds a text, broken between words into lines that all start at a column.
func (p *page) wrap(text string, at int) {
	lines, line := []string{}, ""
	for word := range strings.FieldsSeq(diag.Plain(text)) {
		switch {
		case line == "":
			line = word
		case at+columns(line)+1+columns(word) > width:
			lines = append(lines, line)
			line = "  " + word
		default:
			line += " " + word
		}
	}
	margin := strings.Repeat(" ", at)
	p.WriteString(margin + strings.Join(append(lines, line), "\n"+margin) + "\n")
}

// table adds rows with aligned columns, the last one excepted.
func (p *page) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			row[i] = diag.Plain(cell)
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(pad(cell, widths[i]))
		}
		p.line("%s", strings.TrimRight(line.String(), " "))
	}
}

// sized is a size in its column.
func sized(n int64) string { return fmt.Sprintf("%8s", size(n)) }

// title is "redis for linux/amd64", with the base it is on.
func (i *Image) title() string {
	name := i.Name
	if name == "" {
		name = "the image"
	}
	text := name + " for " + i.Platform
	if i.Base != "" {
		text += ", on " + i.Base
	}
	return text
}

// sum is "23 files, 7.4 MB, 9 packages, 6 layers".
func (i *Image) sum() string {
	return fmt.Sprintf("%s, %s, %s", i.Total, count(len(i.Packages), "package"), count(len(i.Layers), "layer"))
}

// largestFirst are the same things with the largest first; what is of one size stays in its
// order. Pointers are sorted: of a sort the compiler makes another one for each type of
// struct, and the frontend's image is to stay small.
func largestFirst[T any](all []T, size func(*T) int64) []T {
	pointers := make([]*T, len(all))
	for i := range all {
		pointers[i] = &all[i]
	}
	slices.SortStableFunc(pointers, func(a, b *T) int { return cmp.Compare(size(b), size(a)) })
	out := make([]T, len(all))
	for i, p := range pointers {
		out[i] = *p
	}
	return out
}

// plural is what else there is of a kind, in words.
func plural(kind plan.Kind, n int) string {
	switch kind {
	case plan.KindDir:
		return count(n, "directory")
	case plan.KindSymlink:
		return count(n, "link")
	}
	return count(n, "file")
}
