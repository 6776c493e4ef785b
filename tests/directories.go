package tests

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What makes a directory better than the files in it that are missing: many of them, or
// some that are much of it.
const (
	many  = 4
	some  = 2
	least = 3 // elements that the path of a directory without packages has
	small = 64 << 10
)

// grouped puts the directory in the place of several files in it, where all of it is of
// the packages that they are from.
func (l *lookup) grouped(all []*Clue) ([]*Clue, error) {
	dirs := map[string][]*Clue{}
	for _, c := range all {
		if c.Source == "" || c.Kind != plan.KindFile || c.Part != "" || c.Run || c.Account != "" {
			continue
		}
		for dir := path.Dir(c.Path); dir != "/"; dir = path.Dir(dir) {
			dirs[c.Source+":"+dir] = append(dirs[c.Source+":"+dir], c)
		}
	}
	gone := map[*Clue]bool{}
	var whole []*Clue
	for _, name := range slices.Sorted(maps.Keys(dirs)) { // what is above comes first
		in := slices.DeleteFunc(dirs[name], func(c *Clue) bool { return gone[c] })
		if len(in) < some {
			continue
		}
		source, dir, _ := strings.Cut(name, ":")
		size, ok, err := l.ownDirectory(source, dir, in)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		// No more than what all of them are in.
		if at := commonDirectory(in); at != dir {
			dir = at
			if size, ok, err = l.ownDirectory(source, dir, in); err != nil || !ok {
				continue
			}
		}
		if !worthIt(in, size) {
			continue
		}
		first := in[max(0, slices.IndexFunc(in, func(c *Clue) bool { return c.owner != nil }))]
		group := &Clue{Path: dir, Source: source, Kind: plan.KindDir, Size: size, Package: first.Package, By: first.By, owner: first.owner}
		for _, c := range in {
			gone[c] = true
			// It stands for many.
			group.score, group.last, group.InVain = max(group.score, c.score+2), max(group.last, c.last), group.InVain || c.InVain
		}
		for _, c := range all {
			if c.Source == source && strings.HasPrefix(c.Path, dir+"/") {
				gone[c] = true // it comes along
			}
		}
		whole = append(whole, group)
	}
	return append(slices.DeleteFunc(all, func(c *Clue) bool { return gone[c] }), whole...), nil
}

// worthIt reports whether a directory is better than what is missing of it.
func worthIt(in []*Clue, size int64) bool {
	var sum int64
	for _, c := range in {
		sum += c.Size
	}
	if len(in) >= many {
		return size <= 50*(sum+small)
	}
	return size <= 4*sum+small
}

// commonDirectory is the directory that all of several files are in.
func commonDirectory(in []*Clue) string {
	dir := path.Dir(in[0].Path)
	for _, c := range in[1:] {
		for dir != "/" && !strings.HasPrefix(c.Path, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

// maxDirectory is how many files a directory may have that is proposed as a whole.
const maxDirectory = 5000

// ownDirectory reports whether all in a directory of a source is of the packages that
// files in it are from, or of others that are built from the same source packages, and
// its size. What is of no package may have been made by them when they were installed.
func (l *lookup) ownDirectory(source, dir string, in []*Clue) (size int64, ok bool, err error) {
	tree := l.trees[source]
	at, err := rootfs.Resolve(tree, rootfs.Name(dir))
	if err != nil {
		return 0, false, nil
	}
	var files []string
	err = rootfs.Walk(tree, rootfs.Name(at.Path), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if len(files) >= maxDirectory {
			return fs.SkipAll
		}
		files = append(files, rootfs.Abs(name))
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	if err != nil || len(files) >= maxDirectory {
		return 0, false, nil
	}
	owners, err := l.owners(source, files)
	if err != nil {
		return 0, false, err
	}
	var related []*plan.Package
	for _, c := range in {
		if c.owner == nil || slices.Contains(related, c.owner) {
			continue
		}
		same, err := l.databases[source].SameSource(c.owner)
		if err != nil {
			return 0, false, err
		}
		related = append(append(related, c.owner), same...)
	}
	if len(related) == 0 {
		return size, len(in) >= many && len(owners) == 0 && strings.Count(dir, "/") >= least, nil
	}
	for _, p := range owners {
		if !slices.Contains(related, p) {
			return 0, false, nil
		}
	}
	return size, true, nil
}
