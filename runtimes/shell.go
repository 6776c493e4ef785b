package runtimes

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// shell ships the commands that shell scripts call.
type shell struct{}

// Name implements Language.
func (shell) Name() string { return "shell" }

// Runs implements Language.
func (shell) Runs(file, _ string) bool { return isShell(file) }

func isShell(file string) bool {
	return slices.Contains([]string{"sh", "dash", "bash", "ash", "ksh", "ksh93", "mksh", "zsh", "busybox"}, path.Base(file))
}

// Reads implements Language.
func (shell) Reads(name string) bool { return strings.HasSuffix(name, ".sh") }

// Needs implements Language.
func (shell) Needs(r Request) (Result, error) {
	var out Result
	for _, f := range r.App {
		if !isShell(f.Interpreter) && (f.Interpreter != "" || !strings.HasSuffix(f.Path, ".sh")) {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return out, err
		}
		seen := map[string]bool{}
		for _, argv := range scanShell(text, f.To).Commands {
			out.Commands = append(out.Commands, argv)
			if name := argv[0]; !seen[name] && (strings.HasPrefix(name, "/") || !strings.Contains(name, "/")) {
				seen[name] = true
				out.Programs = append(out.Programs, Program{
					Name: name, For: f, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: f.To, Name: name},
				})
			}
		}
	}
	return out, nil
}
