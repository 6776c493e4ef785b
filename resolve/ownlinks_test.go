//go:build linux && amd64

package resolve_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A link in a directory that the spec names brings what it leads to, if that is of the link's package
// or of one that this depends on, with a directory for what changes, and nothing that runs or is of others.
func TestLinksOfOwnDirectories(t *testing.T) {
	t.Parallel()
	tree := linkedTree{t, needsDir(t, "x")}
	program, err := os.ReadFile(filepath.Join(tree.root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"etc/pages/main.php": "m", "etc/pages/own.php": "o", "etc/pages/made.php": "made by installing", "usr/share/both/a.js": "a", "usr/share/unowned/b.js": "b", "var/log/pages/x": "x",
	} {
		tree.write(name, text, 0o644)
	}
	tree.write("usr/bin/helper", string(program), 0o755)
	tree.own("tool", "/usr/share/pages", "/usr/share/pages/conf", "/usr/share/pages/js", "/etc/pages", "/etc/pages/main.php", "/etc/pages/own.php",
		"/usr/share/both/a.js", "/usr/bin/helper", "/var/log/pages", "/var/log/pages/x")
	err = errors.Join(
		os.MkdirAll(filepath.Join(tree.root, "usr/share/pages/js"), 0o755),
		os.Symlink("/etc/pages", filepath.Join(tree.root, "usr/share/pages/conf")),
		os.Symlink("/etc/pages/made.php", filepath.Join(tree.root, "usr/share/pages/made.php")),
		os.Symlink("../../both/a.js", filepath.Join(tree.root, "usr/share/pages/js/a.js")), // made by installing
		os.Symlink("/usr/share/unowned/b.js", filepath.Join(tree.root, "usr/share/pages/js/b.js")),
		os.Symlink("/usr/bin/helper", filepath.Join(tree.root, "usr/share/pages/js/helper")),
		os.Symlink("/var/log/pages", filepath.Join(tree.root, "usr/share/pages/logs")),
	)
	if err != nil {
		t.Fatal(err)
	}
	const data = " /usr/share/tool/data /var/lib/tool 65532 /var/log/pages 65532"
	const spec = "binaries: ['debian:/usr/bin/tool']\n"
	checkNeeded(t, tree.root, spec+"files: ['debian:/usr/share/pages']\n", "/etc/pages/made.php /etc/pages/main.php /etc/pages/own.php /usr/share/both/a.js"+data)
	// What the spec has of it takes its place, and the rest still ships.
	checkNeeded(t, tree.root, spec+"files: ['debian:/usr/share/pages', {content: x, to: /etc/pages/own.php}]\n", "/etc/pages/made.php /etc/pages/main.php /usr/share/both/a.js"+data)
	checkNeeded(t, tree.root, spec+"files: ['debian:/usr/share/pages']\nruntime: closure\n", "")
	checkNeeded(t, tree.root, spec+"files: ['debian:/usr/share/pages']\nvolumes: [/etc/pages]\n", "/usr/share/both/a.js"+data)
}
