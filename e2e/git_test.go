package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gitServer is a repository that a server of this process has.
type gitServer struct{ bare, url string }

// serveGit serves an empty repository until the test is over.
func serveGit(t *testing.T) gitServer {
	t.Helper()
	dir := t.TempDir()
	bare := filepath.Join(dir, "repo.git")
	git(t, dir, "init", "-q", "--bare", "-b", "main", bare)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return gitServer{bare: bare, url: server.URL + "/repo.git"}
}

// commit makes what is in dir the next commit of main, and returns its hash.
func (g gitServer) commit(t *testing.T, dir string) string {
	t.Helper()
	tree := []string{"--git-dir", g.bare, "--work-tree", dir}
	for _, args := range [][]string{
		{"add", "-A", "."},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "more"},
		{"update-server-info"},
	} {
		git(t, dir, append(tree, args...)...)
	}
	return strings.TrimSpace(git(t, dir, "--git-dir", g.bare, "rev-parse", "main"))
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=1700000000 +0000", "GIT_AUTHOR_DATE=1700000000 +0000")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}
