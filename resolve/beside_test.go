//go:build linux && amd64

package resolve_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// What lies beside a program of no package and is named in it is told, with the lines that ship it:
// not what is embedded in it, what it was made of, and what it does not name.
func TestBesideProgram(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"app/main.c": `#include <stdio.h>
const char *embedded = "a page that stands in the program";
int main(void) {
	const char *names[] = {"templates/index.html", "./config.toml", "%s/media/%s", "pages", "src", "docs"};
	for (int i = 0; i < 6; i++) puts(names[i]);
	return embedded[0] == 0;
}
`,
		"app/templates/index.html": "<h1></h1>", "app/config.toml": "x = 1", "app/media/a.png": "png", "app/unnamed/a": "a",
		"app/pages/a.html": "a page that stands in the program", "app/src/x.c": "int x;", "app/docs/guide.html": "# x",
		"work/data/a": "a",
	} {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cc", "-O2", "-static", "-o", filepath.Join(root, "app/server"), filepath.Join(root, "app/main.c")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755), os.Symlink("/app/server", filepath.Join(root, "usr/bin/server"))); err != nil {
		t.Fatal(err)
	}
	const server = "binaries: ['debian:/app/server']\nmetadata: none\n"
	const told = "app.yaml: warning: /app/server names config.toml, media and templates, beside it in source debian, and the image has no /app/config.toml [data-not-shipped]\n" +
		"  at run time: open config.toml: no such file or directory\n" +
		"  fix: ship it too, under files: - debian:/app/config.toml\n  fix: ship it too, under files: - debian:/app/media\n  fix: ship it too, under files: - debian:/app/templates\n"
	for name, test := range map[string]struct{ spec, want string }{
		"beside":    {server + "workdir: /app\n", told},
		"elsewhere": {server, told + "  fix: if the program looks for it where it starts, write workdir: /app as well\n"},
		"ships":     {server + "workdir: /app\nfiles: ['debian:/app/templates', 'debian:/app/media', 'debian:/app/config.toml']\n", ""},
		"by a link": {"binaries: ['debian:/usr/bin/server']\nmetadata: none\nworkdir: /app\nfiles: ['debian:/app/templates', 'debian:/app/media', 'debian:/app/config.toml']\n", ""},
		"left out":  {server + "workdir: /app\nexclude: [/app/templates, /app/media, /app/config.toml]\n", ""},
		"another way": {"binaries: [{from: 'debian:/app/server', to: /srv/server}]\nmetadata: none\nworkdir: /srv\nfiles: ['debian:/app/media', {from: 'debian:/app/config.toml', to: /srv/config.toml}, {from: 'debian:/app/templates', to: /srv/templates}]\n", "app.yaml: warning: /srv/server names media, beside it in source debian, and the image has no /srv/media [data-not-shipped]\n" +
			"  at run time: open media: no such file or directory\n  fix: ship it too, under files: - {from: debian:/app/media, to: /srv/media}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, test.spec, map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
			for i := range res.Diagnostics {
				res.Diagnostics[i].At = ""
			}
			doc, _ := spec.Parse("app.yaml", nil)
			if got := render.Text(res.Diagnostics, doc); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// A program whose strings have the directory that it is in was configured for it: what it names around
// itself ships, and what the configurations among that name.
func TestProgramInItsPrefix(t *testing.T) {
	t.Parallel()
	root := needsDir(t)
	for name, text := range map[string]string{
		"opt/web/main.c": `#include <stdio.h>
int main(void) {
	const char *names[] = {"/opt/web", "conf/web.conf", "logs/web.pid"};
	for (int i = 0; i < 3; i++) puts(names[i]);
	return 0;
}
`,
		"opt/web/conf/web.conf": "Root /opt/web\nLoad modules/a.mod\n#Load modules/b.mod\nPages /opt/web/pages\n",
		"opt/web/modules/a.mod": "a", "opt/web/modules/b.mod": "b", "opt/web/pages/index.html": "i", "opt/web/manual/index.html": "m",
	} {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"opt/web/bin", "opt/web/logs"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cc", "-O2", "-static", "-o", filepath.Join(root, "opt/web/bin/web"), filepath.Join(root, "opt/web/main.c")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	res := planFor(t, "binaries: ['debian:/opt/web/bin/web']\nmetadata: none\n", map[string]rootfs.FS{plan.TreeContext: tree(t), "debian": rootfs.Dir(root)})
	const want = "/opt/web/conf/web.conf /opt/web/logs 65532 /opt/web/modules/a.mod /opt/web/pages/index.html"
	if got := needed(res); got != want {
		t.Errorf("got %s, want %s, %v", got, want, res.Diagnostics)
	}
}
