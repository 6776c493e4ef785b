package tests

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// maxProblems is how many problems of one test a finding tells.
const maxProblems = 20

// Failed is the finding about a test that has failed. Said is what a program wrote last.
func Failed(t spec.Test, problems []string, said string) diag.Diagnostic {
	told := problems[:min(len(problems), maxProblems)]
	text := strings.Join(told, "; ")
	if more := len(problems) - len(told); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return diag.Diagnostic{
		Code:    "test-failed",
		At:      t.At,
		Message: fmt.Sprintf("the test %q failed: %s", Title(t), text),
		Runtime: lastLines(said),
	}
}

// What is told of what a program wrote: its last lines.
const (
	maxLines = 5
	maxLine  = 300
)

// lastLines are the last lines of a text as one line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			if len(line) > maxLine {
				line = line[:maxLine] + "…"
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxLines):], " | ")
}
