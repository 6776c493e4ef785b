package imagetree

import (
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// MarkVerbatim finds the directories that ship by evidence with all that is in them in
// their source: one copy brings each of these. As that gives everything one time, what
// has none of its own gets the one that most files there keep.
func (t *Tree) MarkVerbatim() error {
	paths := t.Paths()
	children := map[string]int{}
	for _, name := range paths {
		children[path.Dir(name)]++
	}
	for _, name := range slices.Backward(paths) { // what is in a directory comes first
		w := t.Entries[name]
		if w.Kind == plan.KindDir && w.Reason.Cause == plan.CauseNeed && w.From != nil {
			whole, err := t.holdsAll(w, children[name])
			if err != nil {
				return err
			}
			w.verbatim = whole
		}
	}
	t.spreadTimes(paths)
	return nil
}

// holdsAll reports whether a directory is as it is in its source.
func (t *Tree) holdsAll(w *Entry, count int) (bool, error) {
	list, err := fs.ReadDir(w.Source, rootfs.Name(w.From.Path))
	if err != nil || len(list) != count {
		return false, err
	}
	for _, f := range list {
		e := t.Entries[path.Join(w.Path, f.Name())]
		if e == nil || e.From == nil || e.Made != nil || e.From.Tree != w.From.Tree || e.From.Path != path.Join(w.From.Path, f.Name()) || e.Kind == plan.KindDir && !e.verbatim {
			return false, nil
		}
		info, err := w.Source.Lstat(rootfs.Name(e.From.Path))
		if err != nil {
			return false, err
		}
		if mode, uid, gid := Attributes(info); uid != e.UID || gid != e.GID || e.Kind != plan.KindSymlink && mode != e.Mode {
			return false, nil
		}
	}
	_, uid, gid := Attributes(w.Info)
	return w.UID == uid && w.GID == gid, nil
}

// spreadTimes gives everything in an outermost verbatim directory a time.
func (t *Tree) spreadTimes(paths []string) {
	within := map[string][]*Entry{} // by the outermost verbatim directory
	top := map[string]string{}
	for _, name := range paths {
		w := t.Entries[name]
		root := top[path.Dir(name)]
		if root == "" && w.verbatim {
			root = name
		}
		if root != "" {
			top[name] = root
			within[root] = append(within[root], w)
		}
	}
	for _, entries := range within {
		counts := map[int64]int{}
		for _, w := range entries {
			if w.ModTime != nil {
				counts[*w.ModTime]++
			}
		}
		if len(counts) == 0 {
			continue
		}
		times := slices.Sorted(maps.Keys(counts))
		most := slices.MaxFunc(times, func(a, b int64) int { return counts[a] - counts[b] })
		for _, w := range entries {
			if w.ModTime == nil {
				w.ModTime = new(most)
			}
		}
	}
}
