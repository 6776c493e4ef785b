package render

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// GitHub writes findings as workflow commands, by which a job's log annotates
// the files of a pull request
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions):
//
//	::error file=app.yaml,line=5,endLine=5,col=11,endColumn=25,title=CODE::MESSAGE%0A  fix: FIX
func GitHub(list diag.List, where Locator) string {
	var b strings.Builder
	for _, l := range ByPlace(list, where) {
		for _, d := range l.Findings {
			var properties []string
			if l.File != "" {
				properties = append(properties, "file="+property(l.File))
			}
			if !l.Whole() {
				properties = append(properties, fmt.Sprintf("line=%d,endLine=%d", l.StartLine, l.EndLine))
			}
			// Columns are taken only within one line, and the last one is part of it.
			if !l.Whole() && l.StartLine == l.EndLine {
				properties = append(properties, fmt.Sprintf("col=%d,endColumn=%d", l.StartColumn, max(l.StartColumn, l.EndColumn-1)))
			}
			if d.Code != "" {
				properties = append(properties, "title="+property(d.Code))
			}
			fmt.Fprintf(&b, "::%s %s::%s\n", command(d), strings.Join(properties, ","), data(d.String()))
		}
	}
	return b.String()
}

// command is the workflow command for a severity.
func command(d diag.Diagnostic) string {
	switch d.Severity {
	case diag.SeverityError:
		return "error"
	case diag.SeverityWarning:
		return "warning"
	}
	return "notice"
}

// data escapes a command's text as @actions/core does (escapeData). The line
// breaks are those between the lines of a finding.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes a command's property (escapeProperty).
func property(text string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(diag.Plain(text))
}
