package gatewaytest

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
)

// What ParseTree reads is what List writes.
func TestTree(t *testing.T) {
	t.Parallel()
	const text = `/a dir 1777 7:8
/a/b file 4755 0:0 "x y\n"
/a/c link ../a/b
/d dir 0755 0:0
/d/e file 0644 1:2 ""
`
	tree, err := ParseTree(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := tree.List(past); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
	for _, bad := range []string{"/a", "a dir 755", "/a file 644 0:0", "/a file 9 0:0 \"\"", "/a fifo 644", "/a elf 755 big"} {
		if _, err := ParseTree(bad); err == nil {
			t.Errorf("%q is a tree", bad)
		}
	}
}

// A client sends what it is asked for, with the links on the way and their parents,
// but for what it is told to leave out.
func TestLocal(t *testing.T) {
	t.Parallel()
	tree, err := ParseTree(`/current link releases/2
/releases/1/a file 644 0:0 ""
/releases/2/a file 644 0:0 ""
/releases/2/sub link /other
/releases/2/b.log file 644 0:0 ""
/other/x file 644 0:0 ""
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		opts []llb.LocalOption
		want string
	}{
		{"everything", nil, "/current /other /other/x /releases /releases/1 /releases/1/a /releases/2 /releases/2/a /releases/2/b.log /releases/2/sub"},
		{"a directory", []llb.LocalOption{llb.FollowPaths([]string{"releases/1"})}, "/releases /releases/1 /releases/1/a"},
		{"behind a link", []llb.LocalOption{llb.FollowPaths([]string{"current/sub/x"})}, "/current /other /other/x /releases /releases/2 /releases/2/sub"},
		{"nothing there", []llb.LocalOption{llb.FollowPaths([]string{"gone/a"})}, ""},
		{"not everything", []llb.LocalOption{llb.ExcludePatterns([]string{"releases/1", "**/*.log"})}, "/current /other /other/x /releases /releases/2 /releases/2/a /releases/2/sub"},
	} {
		got, err := build(t, &Gateway{Locals: map[string]Tree{"x": tree}}, llb.Local("x", test.opts...))
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got.paths(), " "); text != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, text, test.want)
		}
	}
}

// What BuildKit would refuse is refused, and so is what only BuildKit can do.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := llb.Scratch().File(llb.Mkdir("/a", 0o755))
	for _, test := range []struct {
		name  string
		state llb.State
		want  string
	}{
		{"a file in no directory", llb.Scratch().File(llb.Mkfile("/a/b", 0o644, nil)), "open /a/b: file does not exist"},
		{"a directory in none", llb.Scratch().File(llb.Mkdir("/a/b", 0o755)), "open /a/b: file does not exist"},
		{"a link twice", llb.Scratch().File(llb.Symlink("x", "/a").Symlink("x", "/a")), "symlink /a: file already exists"},
		{"a copy of nothing", llb.Scratch().File(llb.Copy(dir, "/b", "/b")), "lstat /b: file does not exist"},
		{"a copy into nothing", llb.Scratch().File(llb.Copy(dir, "/a", "/b/a")), "failed to stat /b/a: file does not exist"},
		{"a program", dir.Run(llb.Shlex("true")).Root(), `there is no program ["true"] in memory`},
		{"an unknown image", llb.Image("none"), "none:latest: not found"},
		{"a repository", llb.Git("https://example.com/x.git", "main"), "there is no source git://example.com/x.git#main"},
	} {
		_, err := build(t, &Gateway{}, test.state)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

func build(t *testing.T, g *Gateway, st llb.State) (Tree, error) {
	t.Helper()
	def, err := st.Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	res, err := g.Solve(t.Context(), client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return nil, err
	}
	return res.Ref.(*Reference).Tree, nil
}
