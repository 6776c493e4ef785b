package diag

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"crun", "curl", "redis-server", "amd64"}
	for word, want := range map[string]string{
		"crul":        "curl", // and not crun, which is as near
		"curn":        "crun",
		"redis-sever": "redis-server",
		"CURL":        "curl",
		"nginx":       "",
		"curls":       "curl",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
