package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bakeFile has a target with a spec whose source is another target's result. That
// one uses a secret. Steps that differ in nothing would share what they make.
const bakeFile = `target "build" {
  context = "app"
  dockerfile-inline = <<EOT
FROM debian:bookworm-slim
RUN --mount=type=secret,id=tok%s : %s; cat /run/secrets/tok >/out || echo none >/out
EOT
  secret = ["id=tok,src=secret"]
}
target "app" {
  context = "app"
  dockerfile = "app.yaml"
  contexts = { build = "target:build" }
  output = ["type=local,dest=out"]
  %s
}
`

// The secrets of a linked target do not reach its steps, which run in the build of
// the spec: the error, or the warning where a step does without, says what to
// declare, and then they do.
func TestSecretOfLinkedTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, mount, declared string
		want                  string // in what buildx writes
		content               string // of the file that the step makes; empty when the build fails
	}{
		{
			"required", ",required=true", "",
			`ERROR: target app: failed to solve: app.yaml:2:18: the build that gives source build has failed, in a step that gets the secret "tok" from this build: secret tok: not found [linked-secret]
  fix: give it to this build as well: secret = ["id=tok,…"] in the target of the bake file that has the spec, or --secret id=tok,…
`, "",
		},
		{
			"optional", "", "",
			`the build that gives source build can use the secret "tok", which this build is not given: what it makes may lack something`,
			"none\n",
		},
		{"required and declared", ",required=true", `secret = ["id=tok,src=secret"]`, "", "s3\n"},
		{"optional and declared", ",required=false", `secret = ["id=tok,src=secret"]`, "", "s3\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := contextDir(t, map[string]string{
				"docker-bake.hcl": fmt.Sprintf(bakeFile, test.mount, test.name, test.declared),
				"secret":          "s3\n",
				"app/app.yaml":    "# syntax=" + frontendRef + "\nsources: {build: {}}\nfiles: [{from: build:/out, to: /}]\n",
			})
			cmd := exec.CommandContext(interrupted, theLab.Tool("buildx"), "bake", "--builder", "lab", "--progress", "plain", "--allow", "fs=*", "app")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), theLab.Env()...)
			output, err := cmd.CombinedOutput()
			if (err == nil) != (test.content != "") {
				t.Errorf("buildx bake: %v\n%s", err, output)
			}
			text := string(output)
			if !strings.Contains(text, test.want) || test.want == "" && strings.Contains(text, "linked-secret") {
				t.Errorf("no %q in\n%s", test.want, text)
			}
			if test.want == "" && strings.Contains(text, "warning") {
				t.Errorf("a warning in\n%s", text)
			}
			content, _ := os.ReadFile(filepath.Join(dir, "out", "out"))
			if string(content) != test.content {
				t.Errorf("the step made %q, want %q", content, test.content)
			}
		})
	}
}
