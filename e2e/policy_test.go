package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"github.com/tonistiigi/fsutil"
	"google.golang.org/protobuf/encoding/protojson"
)

// The source policy of docs/policy.md applies to the base: one that it denies ends the
// build at its line, with the ways out, and one that it allows is built on.
func TestSourcePolicy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```json\n(\\{\"rules\".*?)```").FindSubmatch(text)
	if shown == nil {
		t.Fatal("docs/policy.md shows no source policy")
	}
	policy := &spb.Policy{}
	if err := protojson.Unmarshal(shown[1], policy); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ base, want string }{
		{"gcr.io/distroless/base-debian12", ""},
		{"debian:bookworm-slim", "app.yaml:1:7: the source policy of this build denies the image debian:bookworm-slim"},
	} {
		dir := contextDir(t, map[string]string{"app.yaml": "base: " + test.base + "\nfiles: [{content: hello, to: /hello}]\n"})
		files, err := fsutil.NewFS(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := &testCase{recipe: recipe{File: "app.yaml"}, context: dir}
		request, err := c.request(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = daemon.Solve(t.Context(), nil, client.SolveOpt{
			Frontend: request.Frontend, FrontendAttrs: request.FrontendOpt, SourcePolicy: policy,
			LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
		}, nil)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.base, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "fix: use an image that the policy allows")):
			t.Errorf("%s: %v", test.base, err)
		}
	}
}
