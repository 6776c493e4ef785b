//go:build linux && amd64

package resolve_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A directory that a program names and that update-alternatives has chosen ships with what installing
// made in it, even where programs keep what changes.
func TestChosenDirectory(t *testing.T) {
	t.Parallel()
	tree := linkedTree{t, needsDir(t, "/var/lib/tool/dic", "/var/lib/tool/state")}
	tree.write("var/lib/tool/dic-large/words", "made by installing", 0o644)
	tree.write("var/lib/tool/state/db", "what changes", 0o644)
	err := errors.Join(
		os.MkdirAll(filepath.Join(tree.root, "etc/alternatives"), 0o755),
		os.Symlink("/etc/alternatives/tool-dic", filepath.Join(tree.root, "var/lib/tool/dic")),
		os.Symlink("/var/lib/tool/dic-large", filepath.Join(tree.root, "etc/alternatives/tool-dic")),
	)
	if err != nil {
		t.Fatal(err)
	}
	const spec = "binaries: ['debian:/usr/bin/tool']\n"
	const before, data = "/usr/share/tool/data /var/lib/tool 65532", " /var/lib/tool/dic-large 65532 /var/lib/tool/dic-large/words"
	checkNeeded(t, tree.root, spec, before+data)
}

// shellTree is a source like needsDir's that has a shell, too.
func shellTree(t *testing.T, name string) linkedTree {
	t.Helper()
	tree := linkedTree{t, needsDir(t, name)}
	shell, err := os.ReadFile(filepath.Join(tree.root, "usr/bin/tool"))
	if err != nil {
		t.Fatal(err)
	}
	tree.write("bin/sh", string(shell), 0o755)
	return tree
}

// What a script reads in /etc/default ships with it, and nothing else of what is there.
func TestScriptDefaults(t *testing.T) {
	t.Parallel()
	tree := shellTree(t, "/etc/default/tool")
	tree.write("usr/bin/start", "#!/bin/sh\nset -e\n. /etc/default/tool-dedicated\nexec /usr/bin/helper $OPTIONS\n", 0o755)
	tree.write("etc/default/tool-dedicated", "OPTIONS=-x\n", 0o644)
	tree.write("etc/default/tool", "OPTIONS=-y\n", 0o644)
	tree.own("tool", "/usr/bin/start")
	tree.own("tool", "/etc/default/tool-dedicated")
	tree.own("tool", "/etc/default/tool")
	res := needed(planFor(t, "binaries: ['debian:/usr/bin/start', 'debian:/usr/bin/tool']\nentrypoint: [/usr/bin/start]\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /usr/lib/tool, /usr/share, /var/lib/tool]\n", map[string]rootfs.FS{plan.TreeContext: rootfs.NewView(), "debian": rootfs.Dir(tree.root)}))
	if want := "/etc/default/tool-dedicated /usr/bin/helper"; res != want {
		t.Errorf("got %s, want %s", res, want)
	}
}

// A file that a script gives to a shell is a part of the script, whatever its name.
func TestPartsGivenToShell(t *testing.T) {
	t.Parallel()
	tree := shellTree(t, "x")
	tree.write("usr/bin/start", "#!/bin/sh\nPART=/usr/share/parts/html\nsh $PART x\n", 0o755)
	tree.write("usr/share/parts/html", "tool $1\n", 0o644)
	tree.own("tool", "/usr/bin/start", "/usr/share/parts", "/usr/share/parts/html")
	res := needed(planFor(t, "binaries: ['debian:/usr/bin/start']\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /usr/lib/tool, /usr/share/both, /usr/share/tool, /var/lib/tool]\n", map[string]rootfs.FS{plan.TreeContext: rootfs.NewView(), "debian": rootfs.Dir(tree.root)}))
	if want := "/usr/bin/tool /usr/share/parts/html"; res != want {
		t.Errorf("got %s, want %s", res, want)
	}
}

// A script names files of its packages by variables that are set to constants.
func TestPathsOfShell(t *testing.T) {
	t.Parallel()
	tree := shellTree(t, "x")
	tree.write("usr/bin/start", "#!/bin/sh\nBASE=/usr/share/other\nWORDS=$BASE/data\nREST=${UNKNOWN}/x:$BASE\nexec tool -w $WORDS -x /nowhere/$REST\n", 0o755)
	tree.own("tool", "/usr/bin/start")
	checkNeeded(t, tree.root, "binaries: ['debian:/usr/bin/start']\n", "/usr/bin/tool /usr/lib/tool/a.mod /usr/lib/tool/sub/b.mod /usr/share/both/tool /usr/share/other/data /usr/share/tool/data /var/lib/tool 65532")
}

// What installing made beside the settings of a program that a script calls does not ship where some may
// not read it: with a server's package come the keys of a machine, and ssh is its client.
func TestSecretBesideCalledProgram(t *testing.T) {
	t.Parallel()
	tree := shellTree(t, "x")
	tree.write("usr/bin/start", "#!/bin/sh\ncli x\n", 0o755)
	tree.own("tool", "/usr/bin/start")
	install(t, tree.root, "cli", "", "/usr/bin/cli", "/etc/cli/", "/etc/cli/settings")
	tree.write("etc/cli/key", "x", 0o600)
	tree.write("etc/cli/key.pub", "x", 0o644)
	for named, want := range map[string]string{
		"/usr/bin/start": "/etc/cli/key.pub /etc/cli/settings /usr/bin/cli",
		"/usr/bin/cli":   "/etc/cli/key /etc/cli/key.pub /etc/cli/settings",
	} {
		res := needed(planFor(t, "binaries: ['debian:"+named+"']\nmetadata: none\nexclude: [accounts, tmp, nsswitch, /usr/lib/tool, /usr/share/both, /var/lib/tool]\n", map[string]rootfs.FS{plan.TreeContext: rootfs.NewView(), "debian": rootfs.Dir(tree.root)}))
		if res != want {
			t.Errorf("%s: got %s, want %s", named, res, want)
		}
	}
}
