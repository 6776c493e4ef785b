//go:build linux && amd64

package resolve_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What a script or a configuration of the user's names, or the command of the image, ships if no
// package has it, and so do programs that a configuration starts.
func TestOwnTexts(t *testing.T) {
	t.Parallel()
	root := needsDir(t)
	static, err := os.ReadFile(filepath.Join(root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"usr/bin/dash":                  {string(static), 0o755},
		"usr/local/bin/entrypoint.sh":   {"#!/bin/sh\n# see /usr/src/gone\n. /opt/site/lib/a.sh\nfor f in /entrypoint.d/*; do \"$f\"; done\ntar -C /usr/src/app /usr/share/other/data /tmp/x\nexec \"$@\"\n", 0o755},
		"opt/site/lib/a.sh":             {"cat lib/b.txt\n", 0o644},
		"entrypoint.d/10-x.sh":          {"#!/bin/sh\ncat /opt/site/c.txt\n", 0o755},
		"opt/site/c.txt":                {"c", 0o644},
		"opt/site/unnamed":              {"u", 0o644},
		"usr/src/app/index.php":         {"i", 0o644},
		"usr/src/gone":                  {"g", 0o644},
		"usr/local/etc/app/errors/503":  {"e", 0o644},
		"usr/local/etc/app/errors/504":  {"e", 0o644},
		"app/service/web/run":           {"#!/bin/sh\nexec other\n", 0o755},
		"usr/bin/other":                 {string(static), 0o755},
		"usr/local/bin/started-by-path": {string(static), 0o755},
		"usr/bin/perl":                  {string(static), 0o755},
	} {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("dash", filepath.Join(root, "usr/bin/sh")), os.Symlink("usr/bin", filepath.Join(root, "bin"))); err != nil {
		t.Fatal(err)
	}
	const rest = "metadata: none\nexclude: [accounts, tmp, nsswitch, tool-data, other, tool-lib, /usr/lib/tool, /etc/settings.conf, /var/lib/tool]\n"
	for name, test := range map[string]struct{ spec, config, want string }{
		"script": {"binaries: ['debian:/usr/local/bin/entrypoint.sh']\n", "", "/entrypoint.d/10-x.sh /opt/site/c.txt /opt/site/lib/a.sh /usr/share/other/data /usr/src/app/index.php"},
		"config": {"binaries: ['debian:/usr/bin/tool']\nfiles: [{from: app.conf, to: /app/app.conf}]\n",
			"errorfile 503 /usr/local/etc/app/errors/503 # not /usr/local/etc/app/errors/504\ncommand=other --x\nexec = /usr/local/bin/started-by-path\n", "/usr/bin/other /usr/local/bin/started-by-path /usr/local/etc/app/errors/503 /usr/share/tool/data"},
		"config of a web server": {"binaries: ['debian:/usr/bin/tool']\nfiles: [{from: app.conf, to: /app/app.conf}]\n",
			"cgi.assign = ( \".cgi\" => \"/usr/bin/perl\" )\nManager /usr/bin/dpkg\n", "/usr/bin/perl /usr/share/tool/data"},
		"script of the spec":          {"binaries: ['debian:/usr/bin/tool']\nfiles: [{from: app.conf, to: /hook, mode: '0755'}]\n", "#!/bin/sh\nother\n", "/usr/bin/dash /usr/bin/other /usr/share/tool/data"},
		"text of the spec":            {"binaries: ['debian:/usr/bin/tool']\nfiles: [{to: /hook, mode: '0755', content: \"#!/bin/sh\\nother\\n\"}]\n", "", "/usr/bin/dash /usr/bin/other /usr/share/tool/data"},
		"script in a directory":       {"binaries: ['debian:/usr/bin/tool']\nfiles: [{from: ., to: /app}]\n", "#!/bin/sh\nother\n", "/usr/share/tool/data"},
		"script that a command names": {"binaries: ['debian:/usr/bin/tool']\nfiles: [{from: ., to: /app}]\ncmd: [--hook=/app/app.conf]\n", "#!/bin/sh\nother\n", "/usr/bin/dash /usr/bin/other /usr/share/tool/data"},
		"command":                     {"binaries: ['debian:/usr/bin/tool']\ncmd: [-P, /app/service]\n", "", "/app/service/web/run /usr/bin/other /usr/share/tool/data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mode := "644 "
			if strings.HasPrefix(test.config, "#!") {
				mode = "755 "
			}
			trees := map[string]rootfs.FS{plan.TreeContext: tree(t, "/app.conf file "+mode+test.config), "debian": rootfs.Dir(root)}
			if got := needed(planFor(t, test.spec+rest, trees)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got := needed(planFor(t, test.spec+rest+"runtime: closure\n", trees)); got != "" {
				t.Errorf("with runtime: closure %s", got)
			}
		})
	}
}

// A package's configuration that the user's includes has an effect where it lies: what it loads ships, and
// nothing that another one beside it would load.
func TestIncludedConfiguration(t *testing.T) {
	t.Parallel()
	root := needsDir(t)
	for name, text := range map[string]string{
		"etc/tool/mods-available/ssl.load":     "LoadModule ssl_module /usr/lib/tool/sub/b.mod\n",
		"etc/tool/mods-available/rewrite.load": "LoadModule rewrite_module /usr/lib/tool/a.mod\n",
		"var/lib/dpkg/info/tool-data.list":     "/usr/share/tool/data\n/etc/tool/mods-available/ssl.load\n/etc/tool/mods-available/rewrite.load\n",
	} {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	trees := map[string]rootfs.FS{plan.TreeContext: tree(t, "/app.conf file 644 Include /etc/tool/mods-available/ssl.load\n"), "debian": rootfs.Dir(root)}
	const text = "binaries: ['debian:/usr/bin/tool']\nfiles: [{from: app.conf, to: /etc/app.conf}]\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /var/lib/tool]\n"
	if got, want := needed(planFor(t, text, trees)), "/etc/tool/mods-available/rewrite.load /etc/tool/mods-available/ssl.load /usr/lib/tool/sub/b.mod /usr/share/tool/data"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
