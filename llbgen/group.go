package llbgen

import (
	"path"

	"github.com/sinter-build/sinter/plan"
)

// BuildKit copies a directory in one action much faster than the files in it one by
// one. groups finds the largest directories that can be copied so: all that such a
// copy brings is an entry of one layer, and no other entry is among it. It returns
// the group's directory for each path that comes with one, the directory itself
// included.
func groups(entries []plan.Entry) map[string]string {
	byPath := make(map[string]*plan.Entry, len(entries))
	for i := range entries {
		byPath[entries[i].Path] = &entries[i]
	}
	broken := map[string]bool{}              // directories that something else is in
	for i := len(entries) - 1; i >= 0; i-- { // what is in a directory comes before it
		e := &entries[i]
		up := path.Dir(e.Path)
		if dir := byPath[up]; dir != nil && (broken[e.Path] || !comesWith(e, dir)) {
			broken[up] = true
		}
	}
	out := map[string]string{}
	for _, e := range entries { // parents come first
		if root, ok := out[path.Dir(e.Path)]; ok {
			out[e.Path] = root
		} else if e.Verbatim && !broken[e.Path] {
			out[e.Path] = e.Path
		}
	}
	return out
}

// comesWith reports whether a copy of a directory brings an entry in it along, as the
// plan has it.
func comesWith(e, dir *plan.Entry) bool {
	return dir.Verbatim && e.Layer == dir.Layer && e.From != nil && e.Made == nil && (e.Kind != plan.KindDir || e.Verbatim) &&
		e.From.Tree == dir.From.Tree && e.From.Path == path.Join(dir.From.Path, path.Base(e.Path))
}
