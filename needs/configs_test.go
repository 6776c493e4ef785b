package needs_test

import (
	"testing"

	"github.com/sinter-build/sinter/needs"
)

func TestIsConfig(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/etc/app.toml":       true,
		"/srv/app.conf":       true,
		"/srv/app.toml":       false,
		"/etc/conf.d/README":  false,
		"/etc/passwd":         false,
		"/etc/group":          false,
		"/srv/etc/passwd.cnf": true,
	} {
		if got := needs.IsConfig(name); got != want {
			t.Errorf("%s is a configuration: %v, want %v", name, got, want)
		}
	}
}
