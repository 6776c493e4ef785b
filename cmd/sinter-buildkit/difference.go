package main

import (
	"fmt"
	"slices"
	"strings"
)

// context is how many lines of a difference are shown around what has changed.
const contextLines = 3

// difference is how a text has changed, as diff -u says it. A text like a spec is small.
func difference(name, before, after string) string {
	old, now := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	edits := edit(old, now)
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", name, name)
	for n := 0; n < len(edits); {
		if edits[n].sign == ' ' {
			n++
			continue
		}
		first := max(0, n-contextLines)
		last := n
		for end := n; end < len(edits) && end <= last+2*contextLines; end++ {
			if edits[end].sign != ' ' {
				last = end
			}
		}
		end := min(len(edits), last+1+contextLines)
		writeHunk(&b, edits[first:end])
		n = end
	}
	return b.String()
}

// line is a line of a text that was there before (-), is there now (+), or both, and its
// number in each.
type line struct {
	sign     byte
	text     string
	old, now int
}

// edit turns lines into others, with as many of them kept as can be.
func edit(old, now []string) []line {
	// common[i][j] is how many lines old[i:] and now[j:] have in common, in order.
	common := make([][]int, len(old)+1)
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i, line := range slices.Backward(old) {
		for j := len(now) - 1; j >= 0; j-- {
			if line == now[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []line
	for i, j := 0, 0; i < len(old) || j < len(now); {
		switch {
		case i < len(old) && j < len(now) && old[i] == now[j]:
			out = append(out, line{' ', old[i], i, j})
			i, j = i+1, j+1
		case j >= len(now) || i < len(old) && common[i+1][j] >= common[i][j+1]:
			out = append(out, line{'-', old[i], i, j})
			i++
		default:
			out = append(out, line{'+', now[j], i, j})
			j++
		}
	}
	return out
}

func writeHunk(b *strings.Builder, hunk []line) {
	olds, nows := 0, 0
	for _, l := range hunk {
		if l.text == "" {
			continue
		}
		if l.sign != '+' {
			olds++
		}
		if l.sign != '-' {
			nows++
		}
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", hunk[0].old+1, olds, hunk[0].now+1, nows)
	for _, l := range hunk {
		if l.text == "" {
			continue // after the last newline
		}
		b.WriteByte(l.sign)
		b.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
