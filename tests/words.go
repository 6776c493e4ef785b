package tests

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/spec"
)

// Does says in words what a test does: "starts the image, waits for an answer from
// http://127.0.0.1:8080/, then runs curl".
func Does(t spec.Test) string {
	var words []string
	switch {
	case t.Service.Image:
		words = append(words, "starts the image")
	case t.Service.Starts():
		words = append(words, "starts "+strings.Join(t.Service.Command, " "))
	}
	if len(words) > 0 {
		words = append(words, "waits "+waits(t.Ready))
	}
	switch {
	case len(t.Run) > 0:
		words = append(words, "runs "+strings.Join(t.Run, " "))
	case t.Runs() && !t.Service.Starts():
		words = append(words, "starts the image")
	}
	if e := t.Expect; e != nil && (e.Stdout != nil || e.Stderr != nil) {
		words = append(words, "looks at what it prints")
	}
	switch n := len(t.Files); {
	case n == 1:
		words = append(words, "looks at one file")
	case n > 1:
		words = append(words, fmt.Sprintf("looks at %d files", n))
	}
	return strings.Join(words, ", ")
}

func waits(r *spec.Ready) string {
	switch {
	case r == nil:
		return "until it is ready"
	case r.HTTP != "":
		return "for an answer from " + r.HTTP
	case r.Log != "":
		return fmt.Sprintf("until it prints %q", r.Log)
	}
	return fmt.Sprintf("until it listens on port %d", r.Port)
}
