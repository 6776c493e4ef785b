package runtimes

import (
	"path"
	"slices"
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
	scripts := map[string]string{}
	for i, name := range pkg.Scripts.keys {
		scripts[name] = pkg.Scripts.list[i].text
	}
	var commands [][]string
	for todo := slices.Clone(t.Commands); len(todo) > 0; todo = todo[1:] {
		argv := todo[0]
		if !slices.ContainsFunc(argv, func(word string) bool { return slices.Contains(packageManagers, path.Base(word)) }) {
			continue
		}
		for _, word := range argv {
			for _, name := range []string{"pre" + word, word, "post" + word} {
				calls := ShellCommands(scripts[name])
				delete(scripts, name) // each counts once
				todo, commands = append(todo, calls...), append(commands, calls...)
			}
		}
	}
	t.out.call(AppFile{To: path.Join("/", t.Workdir, "package.json"), At: t.At}, commands)
	return nil
}
