package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// Without the helper the commands that need it say where to get it.
func TestNoHelper(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, cmd := range delegated() {
		var stdout, stderr bytes.Buffer
		status := run([]string{cmd.Name(), "--file", "app.yaml"}, &stdout, &stderr)
		if want := "fix: go install github.com/sinter-build/sinter/cmd/...@latest"; status != exit.Bad || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: %d %s", cmd.Name(), status, stderr.String())
		}
	}
}
