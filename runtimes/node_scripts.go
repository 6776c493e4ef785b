package runtimes

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// packageManagers have a shell run the scripts of package.json.
var packageManagers = []string{"npm", "npx", "pnpm", "yarn", "yarnpkg"}

// scripts ships what the scripts of the app's package.json call that the image's commands have a package
// manager run, with those around them and those that they run in turn (npm-run-script(1)).
func (t *nodeTrace) scripts() error {
	pkg, err := t.packageOf(t.Image, path.Join("/", t.Workdir))
	if err != nil || pkg == nil {
		return err
	}
	file := AppFile{To: path.Join("/", t.Workdir, "package.json"), At: t.At}
	run := map[string]bool{}
	for todo := t.Commands; len(todo) > 0; todo = todo[1:] {
		argv := todo[0]
		if !slices.ContainsFunc(argv, func(word string) bool { return slices.Contains(packageManagers, path.Base(word)) }) {
			continue
		}
		for _, name := range pkg.Scripts.keys {
			about := strings.TrimPrefix(strings.TrimPrefix(name, "pre"), "post")
			if run[name] || !slices.Contains(argv, name) && !slices.Contains(argv, about) {
				continue
			}
			run[name] = true
			for _, c := range ShellCommands(pkg.Scripts.get(name).text) {
				todo = append(slices.Clip(todo), c)
				t.out.Commands = append(t.out.Commands, c)
				if !strings.Contains(c[0], "/") || path.IsAbs(c[0]) {
					t.out.Programs = append(t.out.Programs, Program{Name: c[0], For: file, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: file.To, Name: c[0]}})
				}
			}
		}
	}
	return nil
}
