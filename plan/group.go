package plan

import (
	"path"
	"strings"
)

// A directory that the spec asks for as a whole is best copied in one action, as
// a thousand files are slow one by one. That is right only while nothing else
// stands among its files: regroup finds the largest directories of which it
// still holds, and has everything else copied by itself.

// disturb marks a path, and the directories that it stands in, as something that
// no copy of a whole directory may include.
func (t *tree) disturb(name string) {
	for ; name != "/" && !t.disturbed[name]; name = path.Dir(name) {
		t.disturbed[name] = true
	}
}

// regroup settles Entry.Within for all entries.
func (t *tree) regroup() {
	for _, name := range t.paths() {
		w := t.entries[name]
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if up := t.entries[dir]; up.Within != "" && !comesWith(w, up) {
				t.disturb(dir)
			}
		}
	}
	for _, name := range t.paths() { // parents come first
		w := t.entries[name]
		up := t.entries[path.Dir(name)]
		switch {
		case w.Within == "":
		case up != nil && up.Within != "" && comesWith(w, up):
			w.Within = up.Within
		case w.Kind == KindDir && !t.disturbed[name]:
			w.Within = name
		default:
			w.Within = ""
		}
	}
}

// comesWith tells whether copying a directory brings an entry below it along,
// as it is to be.
func comesWith(w, dir *wish) bool {
	below, ok := strings.CutPrefix(w.Path, dir.Path+"/")
	return ok && w.Within != "" && w.Layer == dir.Layer && w.From != nil && dir.From != nil &&
		w.From.Tree == dir.From.Tree && w.From.Path == path.Join(dir.From.Path, below)
}
