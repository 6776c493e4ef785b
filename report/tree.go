package report

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// Tree draws the directories and files of every image, each with its size; that
// of a directory is all that is in it.
//
//	redis for linux/amd64: 23 files, 7.4 MB, 9 packages, 6 layers
//
//	  7.4 MB  /
//	  1.2 kB  ├── etc/
//	   340 B  │   └── passwd
//	          └── lib → usr/lib
func (d Document) Tree() string {
	var out page
	for n := range d.Images {
		if n > 0 {
			out.WriteString("\n\n")
		}
		img := &d.Images[n]
		out.line("%s: %s", img.title(), img.sum())
		out.gap()
		f := newForest(img.Entries)
		out.line("%s  /", sized(f.bytes["/"]))
		f.draw(&out, "/", "")
	}
	return out.String()
}

// forest is what stands in each directory.
type forest struct {
	children map[string][]Entry
	bytes    map[string]int64
}

func newForest(entries []Entry) *forest {
	f := &forest{children: map[string][]Entry{}, bytes: map[string]int64{}}
	for _, e := range entries {
		dir := path.Dir(e.Path)
		f.children[dir] = append(f.children[dir], e)
		for ; ; dir = path.Dir(dir) {
			f.bytes[dir] += e.Size
			if dir == "/" {
				break
			}
		}
	}
	return f
}

func (f *forest) draw(out *page, dir, margin string) {
	for i, e := range f.children[dir] {
		turn, more := "├── ", "│   "
		if i == len(f.children[dir])-1 {
			turn, more = "└── ", "    "
		}
		label, in := path.Base(e.Path), sized(e.Size)
		switch e.Kind {
		case plan.KindDir:
			label, in = label+"/", sized(f.bytes[e.Path])
		case plan.KindSymlink:
			label, in = label+" → "+e.Target, strings.Repeat(" ", 8)
		}
		out.line("%s  %s%s%s", in, margin, turn, label)
		f.draw(out, e.Path, margin+more)
	}
}
