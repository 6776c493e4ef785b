package spec

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// What BuildKit takes for the line that names the frontend: "# syntax=IMAGE" among the
// directives that a file begins with (frontend/dockerfile/parser/directives.go,
// DetectSyntax).
var (
	syntaxComment = regexp.MustCompile(`(?i)^#\s*syntax\b`)
	syntaxImage   = regexp.MustCompile(`(?i)^#\s*syntax\s*=\s*(\S+)\s*$`)
	directive     = regexp.MustCompile(`^#\s*[a-zA-Z][a-zA-Z0-9]*\s*=`)
)

// syntaxLine warns of a line that is to name the frontend and does not: docker would read
// the spec as a Dockerfile. A file without such a line names it in another way.
func syntaxLine(lines []string) *diag.Diagnostic {
	ahead, body := true, false
	for i, line := range lines {
		if line != "" && !strings.HasPrefix(line, "#") {
			ahead, body = false, true
			continue
		}
		if body && !syntaxImage.MatchString(line) {
			continue
		}
		if !syntaxComment.MatchString(line) {
			ahead = ahead && (directive.MatchString(line) || i == 0 && strings.HasPrefix(line, "#!"))
			continue
		}
		found := syntaxImage.FindStringSubmatch(line)
		message, fix := "", "write # syntax=sinterbuild/sinter:1"
		switch {
		case found == nil:
			message = "this line is meant to name the frontend, and does not"
		case !ahead:
			message, fix = "this line names the frontend only where the file begins with it", "move it to the first line"
		case strings.HasPrefix(path.Base(found[1]), "dockerfile"):
			message = fmt.Sprintf("the image %s reads Dockerfiles, and this is a spec", found[1])
		default:
			return nil
		}
		problem := invalid("syntax-line", message, fix)
		problem.Severity = diag.SeverityWarning
		problem.At = positionAt(i+1, 1)
		return problem
	}
	return nil
}
