package imagecheck_test

import (
	"testing"

	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A project's history that comes with a directory is told. One that the spec names is meant.
func TestHistory(t *testing.T) {
	t.Parallel()
	files := []string{
		"/.git/HEAD file 0644 x", "/.git/objects/11 file 0644 x", "/.github/ci file 0644 x", "/main.py file 0644 x",
		"/lib/a/.hg/store file 0644 x", "/lib/a/x.py file 0644 x",
	}
	const (
		warning = "warning history-shipped files[0]: the history of a project ships: "
		meant   = "\n  fix: if it is meant, name it as an item of its own\n"
	)
	for _, test := range []struct{ name, spec, want string }{
		{"all of the build context", "files: [{from: ., to: /app}]",
			warning + "/.git of the build context, 3 files\n  fix: write .git in .dockerignore" + meant},
		{"a directory of it", "files: [{from: lib, to: /app}]",
			warning + "/lib/a/.hg of the build context, 1 files\n  fix: write lib/a/.hg in .dockerignore" + meant},
		{"a directory of a source", "sources: {src: {}}\nfiles: [{from: 'src:/lib', to: /app}]",
			warning + "/lib/a/.hg of source src, 1 files\n  fix: name what the program needs, in place of the directory" + meant},
		{"beside what it is in", "files: [{from: ., to: /app}, {from: .git, to: /app/.git}, {from: lib/a/.hg, to: /app/lib/a/.hg}]", ""},
		{"alone", "files: [{from: .git, to: /app/.git}, main.py]", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: plantest.Tree(t, files...), "src": plantest.Tree(t, files...)}
			spec := "exclude: [accounts, tmp, nsswitch]\nruntime: closure\n" + test.spec
			if got := plantest.Findings(plantest.Plan(t, spec, trees).Diagnostics); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
