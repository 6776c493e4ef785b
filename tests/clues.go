package tests

import (
	"cmp"
	"path"
	"slices"

	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/watch"
)

// Question is what is looked up in the trees for tests that failed.
type Question struct {
	// Sources are the sources that the image takes from, the first first.
	Sources []string `json:"sources"`
	// From are the sources of programs that asked for something, by their paths in the
	// image: what they lack is best from there.
	From map[string]string `json:"from,omitempty"`
	User plan.User         `json:"user"`
	// OneProgram tells that the image starts its only binary by itself: another one would
	// leave open which of them.
	OneProgram bool       `json:"oneProgram,omitempty"`
	Tests      []Evidence `json:"tests"`
}

// Clue is something that may be why a test failed: a path that a source has and the
// image lacks, or one that the image's user was refused.
type Clue struct {
	// Path is what a program asked for.
	Path string `json:"path"`
	// Source is the source that has it; empty for what was refused.
	Source string `json:"source,omitempty"`
	// Kind is what is there in the source, or in the image.
	Kind plan.Kind `json:"kind,omitempty"`
	// Target is what a link points to.
	Target string `json:"target,omitempty"`
	// Account is the user or group that was looked up, and Content the whole file with it.
	Account string `json:"account,omitempty"`
	Content string `json:"content,omitempty"`
	// Run is set when it was to be executed, and AsFile when it is better named under files
	// than under binaries.
	Run    bool `json:"run,omitempty"`
	AsFile bool `json:"asFile,omitempty"`
	// Package is the package that it is from, "apache2-bin 2.4.62", if one is known.
	Package string `json:"package,omitempty"`
	// Size is that of the file, or of all files of the directory, in bytes.
	Size int64 `json:"size,omitempty"`
	// NewMode is the mode that lets the image's user read it; 0 for the one that it has.
	NewMode uint32 `json:"newMode,omitempty"`
	// Part is the ready-made part that brings it.
	Part string `json:"part,omitempty"`
	// By is the program that asked for it.
	By string `json:"by,omitempty"`
	// InVain tells that it was asked for in the image.
	InVain bool `json:"inVain,omitempty"`
	// Write is set when something was to be written or made there.
	Write bool `json:"write,omitempty"`
	// Error is how the kernel refused, for what was refused.
	Error string `json:"error,omitempty"`
	// Mode, UID and GID are those of the file, or of the nearest directory that is there,
	// for what was refused.
	Mode uint32 `json:"mode,omitempty"`
	UID  uint32 `json:"uid,omitempty"`
	GID  uint32 `json:"gid,omitempty"`

	score, last int
	owner       *plan.Package
}

// Limits on the clues of one test: how many there are, and if there would be more, how
// many of one directory.
const (
	maxClues       = 100
	maxOfDirectory = 10
)

// LookUp finds the clues of each test, the most likely first.
func (q Question) LookUp(image rootfs.FS, sources map[string]rootfs.FS) ([][]Clue, error) {
	l := &lookup{Question: q, image: image, trees: sources, databases: map[string]*packages.DB{}}
	out := make([][]Clue, len(q.Tests))
	for i, e := range q.Tests {
		var err error
		if out[i], err = l.clues(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type lookup struct {
	Question
	image     rootfs.FS
	trees     map[string]rootfs.FS
	databases map[string]*packages.DB
}

// clues are those of one test.
func (l *lookup) clues(e Evidence) ([]Clue, error) {
	found := map[string]*Clue{}
	for _, a := range e.Accesses {
		var c *Clue
		switch {
		case a.Write || a.Use == watch.Change:
			c = l.refusedToWrite(a)
		case a.Error == "ENOENT" || a.Error == "ENOTDIR":
			if c = l.missing(a.Path, a.By); c != nil {
				c.InVain = true
			}
		case a.Error == "EACCES" || a.Error == "EPERM":
			c = l.refused(a)
		}
		note(found, c, a)
	}
	for _, a := range e.Whole {
		if c := note(found, l.missing(a.Path, a.By), a); c != nil && c.Source != "" {
			c.score = 4 // it was opened where it was there
		}
	}
	for _, a := range slices.Concat(e.Accesses, e.Whole) {
		if a.Use == watch.Exec && (a.Error == "" || a.Error == "ENOENT") {
			for _, name := range l.interpreters(a.Path) {
				asked := watch.Access{Path: name, Use: watch.Exec, Error: "ENOENT", By: a.Path, Last: a.Last}
				if c := note(found, l.missing(name, a.Path), asked); c != nil && c.Source != "" {
					c.InVain, c.score = true, 4
				}
			}
		}
	}
	inDirectories(found)
	l.accounts(e, found)
	all := make([]*Clue, 0, len(found))
	for _, c := range found {
		if l.weighs(c, e) {
			all = append(all, c)
		}
	}
	all = withoutParents(l.withoutFollowers(all))
	rank(all)
	all = spread(likely(oncePerPart(all)))
	if err := l.describe(all); err != nil {
		return nil, err
	}
	all, err := l.grouped(all)
	if err != nil {
		return nil, err
	}
	rank(all)
	out := make([]Clue, len(all))
	for i, c := range all {
		c.AsFile = c.Run && l.OneProgram
		out[i] = *c
	}
	return out, nil
}

// inDirectories has what is in a directory that was looked for in vain count as if it
// had been looked for itself: a program does not get so far.
func inDirectories(found map[string]*Clue) {
	for _, c := range found {
		if c.Source == "" || c.InVain {
			continue
		}
		for dir := path.Dir(c.Path); dir != "/"; dir = path.Dir(dir) {
			if above := found[dir]; above != nil && above.Source == c.Source && above.InVain && above.Kind == plan.KindDir {
				c.InVain, c.last = true, above.last
				break
			}
		}
	}
}

// note keeps one clue for each path, and returns it.
func note(found map[string]*Clue, c *Clue, a watch.Access) *Clue {
	if c == nil {
		return nil
	}
	if old := found[c.Path]; old != nil {
		c = old
	} else {
		found[c.Path] = c
	}
	c.By = cmp.Or(c.By, a.By)
	c.Run = c.Run || a.Use == watch.Exec
	if a.Error != "" {
		c.last = max(c.last, a.Last)
	}
	return c
}

// describe finds the packages of what sources have.
func (l *lookup) describe(all []*Clue) error {
	for _, source := range l.Sources {
		real := map[*Clue]string{}
		var paths []string
		for _, c := range all {
			if c.Source != source {
				continue
			}
			at, err := rootfs.Resolve(l.trees[source], rootfs.Name(c.Path))
			if err != nil {
				continue
			}
			real[c] = at.Path
			paths = append(paths, at.Path)
		}
		owners, err := l.owners(source, paths)
		if err != nil {
			return err
		}
		for c, name := range real {
			if p := owners[name]; p != nil {
				c.owner, c.Package = p, p.Name+" "+p.Version
			}
			if c.Kind == plan.KindDir {
				if c.Size, _, err = l.ownDirectory(source, c.Path, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *lookup) owners(source string, paths []string) (map[string]*plan.Package, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	if l.databases[source] == nil {
		db, err := packages.Open(l.trees[source])
		if err != nil {
			return nil, err
		}
		l.databases[source] = db
	}
	return l.databases[source].Owners(paths)
}
