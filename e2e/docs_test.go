package e2e

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
)

// The files for bake and compose that the documentation shows are understood by buildx.
func TestDocumentedBakeFiles(t *testing.T) {
	for _, test := range []struct{ file, target, frontendFile string }{
		{"docker-bake.hcl", "app", "app.yaml"},
		{"docker-bake.hcl", "app-with-build", "app.yaml"},
		{"compose.yaml", "app", "app.yaml"},
		{"../../examples/php-nginx/compose.yaml", "web", "app.yaml"},
	} {
		cmd := exec.CommandContext(t.Context(), theLab.Tool("buildx"), "bake", "--print", "--file", test.file, test.target)
		cmd.Dir = "../docs/ci"
		var log bytes.Buffer
		cmd.Stderr = &log
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", test.file, err, &log)
			continue
		}
		var got struct {
			Target map[string]struct{ Dockerfile string }
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if got.Target[test.target].Dockerfile != test.frontendFile {
			t.Errorf("%s: got %s", test.file, out)
		}
	}
}
