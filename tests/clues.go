package tests

import (
	"cmp"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/watch"
)

// Evidence is what was seen of a test that failed.
type Evidence struct {
	// Accesses are what programs asked for in the image.
	Accesses []watch.Access `json:"accesses,omitempty"`
	// Whole are what they asked for in the image with all of the sources below it; nil
	// when the test was not run there.
	Whole []watch.Access `json:"whole,omitempty"`
	// Mended tells that it passed there, and Took how long that was.
	Mended bool          `json:"mended,omitempty"`
	Took   time.Duration `json:"-"`
	// Said is what a program wrote last, and the problems.
	Said string `json:"said,omitempty"`
	// Accounts are those of the files with accounts that were opened.
	Accounts []string `json:"accounts,omitempty"`
}

// maxAsked is how many paths a question has of one test, of either kind: it is part of
// a message of BuildKit's.
const maxAsked = 5000

// NewEvidence is what a failure shows by itself.
func NewEvidence(failed *Outcome) Evidence {
	e := Evidence{Said: strings.Join(append(slices.Clone(failed.Problems), failed.Said), "\n")}
	for _, name := range accountFiles {
		if slices.ContainsFunc(failed.Accesses, func(a watch.Access) bool { return a.Path == name && a.Use == watch.Open }) {
			e.Accounts = append(e.Accounts, name)
		}
	}
	for _, a := range slices.Backward(failed.Accesses) { // the last ones matter most
		if a.Error != "" && !hidden(a.Path) && len(e.Accesses) < maxAsked {
			e.Accesses = append(e.Accesses, a)
		}
	}
	slices.Reverse(e.Accesses)
	return e
}

// AddWhole adds what came of the same test with all of the sources below the image.
func (e *Evidence) AddWhole(failed, whole *Outcome) {
	e.Mended, e.Took = whole.Passed(), whole.Took
	known := map[string]bool{}
	for _, a := range failed.Accesses {
		known[a.Path] = known[a.Path] || a.Error == ""
	}
	for _, a := range whole.Accesses {
		if a.Error == "" && !known[a.Path] && !a.Write && a.Use != watch.Change && !hidden(a.Path) && len(e.Whole) < maxAsked {
			e.Whole = append(e.Whole, a)
		}
	}
}

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

// hidden tells of paths that no image decides on: of the runtime, of a test's own, and
// those of the loader, for which the plan has what it needs.
func hidden(name string) bool {
	for _, dir := range []string{"/proc", "/sys", "/dev", "/.sinter"} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return slices.Contains([]string{"/", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}, name)
}

// missing is the clue of a path that a source has and the image does not; nil for
// others. By is the program that asked for it.
func (l *lookup) missing(name, by string) *Clue {
	if len(name) > rootfs.MaxPath || l.there(name) {
		return nil
	}
	for _, source := range l.order(by) {
		tree := l.trees[source]
		at, err := rootfs.Resolve(tree, rootfs.Name(name))
		if err != nil {
			continue
		}
		c := &Clue{Path: name, Source: source, Size: at.Info.Size(), Kind: plan.KindFile}
		if l.there(at.Path) {
			// The image has the file: by another name, or it lacks a link to it.
			if c.Path, c.Target = l.missingLink(tree, name); c.Target == "" {
				continue
			}
			c.Kind, c.Size = plan.KindSymlink, 0
			return c
		}
		if l.isLink(name) {
			c.Path = at.Path // the image has what leads to it
		}
		if part, ok := parts.OfPath(name); ok {
			c.Part = part.Name
		}
		if at.Info.Mode().IsRegular() && !l.may(at.Info, 4) {
			c.NewMode = plan.ModeOf(at.Info.Mode()) | 0o444
		}
		switch {
		case at.Info.IsDir() && isState(name) && isEmpty(tree, at.Path):
			// Nothing is there to ship: it is for what the program will write.
			return &Clue{Path: name, Kind: plan.KindDir, Error: "ENOENT", Write: true}
		case at.Info.IsDir():
			c.Kind, c.Size = plan.KindDir, 0
		case !at.Info.Mode().IsRegular():
			continue
		}
		return c
	}
	return nil
}

// isLink tells whether the image has a link of that name, wherever it leads.
func (l *lookup) isLink(name string) bool {
	return linkTarget(l.image, name) != ""
}

// missingLink is the first link on the way from a name to a file of the image that the
// image does not have, and whose target it has.
func (l *lookup) missingLink(tree rootfs.FS, name string) (link, target string) {
	for range 40 {
		target := linkTarget(tree, name)
		if target == "" {
			return "", ""
		}
		to := target
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(name), to)
		}
		if l.there(to) {
			return name, target
		}
		name = to
	}
	return "", ""
}

// isState tells of places for what programs write.
func isState(name string) bool {
	top, _, _ := strings.Cut(name[1:], "/")
	return slices.Contains([]string{"var", "run", "srv", "home", "mnt"}, top)
}

func isEmpty(tree rootfs.FS, dir string) bool {
	all, err := fs.ReadDir(tree, rootfs.Name(dir))
	return err == nil && len(all) == 0
}

// interpreters are what the kernel executes for a script: what its first line names, and
// what env looks up for it. No call of a program names them.
func (l *lookup) interpreters(name string) []string {
	tree, at, err := l.anywhere(name)
	if err != nil || !at.Info.Mode().IsRegular() {
		return nil
	}
	f, err := tree.Open(rootfs.Name(at.Path))
	if err != nil {
		return nil
	}
	defer f.Close()
	line := make([]byte, 256) // BINPRM_BUF_SIZE
	n, _ := io.ReadFull(f, line)
	text, ok := strings.CutPrefix(string(line[:n]), "#!")
	if !ok {
		return nil
	}
	text, _, _ = strings.Cut(text, "\n")
	words := strings.Fields(text)
	if len(words) == 0 || !path.IsAbs(words[0]) {
		return nil
	}
	out := []string{path.Clean(words[0])}
	if path.Base(words[0]) == "env" && len(words) > 1 && !strings.ContainsAny(words[1], "/=-") {
		for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin"} {
			at := path.Join(dir, words[1])
			if _, _, err := l.anywhere(at); err == nil {
				return append(out, at)
			}
		}
	}
	return out
}

// anywhere is where the image has a file, or else the first source that does.
func (l *lookup) anywhere(name string) (rootfs.FS, rootfs.Resolved, error) {
	at, err := rootfs.Resolve(l.image, rootfs.Name(name))
	if err == nil {
		return l.image, at, nil
	}
	for _, source := range l.Sources {
		if at, err = rootfs.Resolve(l.trees[source], rootfs.Name(name)); err == nil {
			return l.trees[source], at, nil
		}
	}
	return nil, rootfs.Resolved{}, fs.ErrNotExist
}

// order are the sources in which to look for what a program asked for, its own first.
func (l *lookup) order(by string) []string {
	own, ok := l.From[by]
	if !ok || !slices.Contains(l.Sources, own) {
		return l.Sources
	}
	rest := slices.DeleteFunc(slices.Clone(l.Sources), func(s string) bool { return s == own })
	return append([]string{own}, rest...)
}

// linkTarget is what a link points to; empty for what is none.
func linkTarget(tree rootfs.FS, name string) string {
	at, err := physical(tree, name)
	if err != nil {
		return ""
	}
	target, err := tree.ReadLink(at)
	if err != nil {
		return ""
	}
	return target
}

func (l *lookup) there(name string) bool {
	_, err := rootfs.Resolve(l.image, rootfs.Name(name))
	return err == nil
}

// refused is the clue of a file of the image that its user could not use: that file, or
// the directory above it that is closed. It is nil when the modes do not tell.
func (l *lookup) refused(a watch.Access) *Clue {
	at, err := rootfs.Resolve(l.image, rootfs.Name(a.Path))
	if err != nil {
		return nil
	}
	names := strings.Split(strings.Trim(at.Path, "/"), "/")
	for n := range names {
		dir := "/" + strings.Join(names[:n+1], "/")
		info, err := l.image.Lstat(rootfs.Name(dir))
		if err != nil {
			return nil
		}
		needs := uint32(1) // to go through it
		if n == len(names)-1 && a.Use != watch.Exec {
			needs = 4
		}
		if !l.may(info, needs) {
			return refusal(a, dir, info)
		}
	}
	return nil
}

// may tells whether the image's user has a right by a file's mode: 4 to read, 2 to
// write, 1 to execute.
func (l *lookup) may(info fs.FileInfo, right uint32) bool {
	stat, mode := rootfs.StatOf(info), uint32(info.Mode().Perm())
	switch {
	case l.User.UID == 0:
		return right != 1 || info.IsDir() || mode&0o111 != 0
	case stat.UID == l.User.UID:
		mode >>= 6
	case stat.GID == l.User.GID:
		mode >>= 3
	}
	return mode&right == right
}

func refusal(a watch.Access, name string, info fs.FileInfo) *Clue {
	stat := rootfs.StatOf(info)
	c := &Clue{Path: name, Kind: plan.KindFile, Error: a.Error, Write: a.Write || a.Use == watch.Change,
		Mode: plan.ModeOf(info.Mode()), UID: stat.UID, GID: stat.GID}
	if info.IsDir() {
		c.Kind = plan.KindDir
	}
	return c
}

// refusedToWrite is the clue of something that could not be written or made: the
// directory that it would be in. What is there and cannot be written to is a clue by
// itself.
func (l *lookup) refusedToWrite(a watch.Access) *Clue {
	if !slices.Contains([]string{"EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"}, a.Error) {
		return nil
	}
	if at, err := rootfs.Resolve(l.image, rootfs.Name(a.Path)); err == nil && a.Use == watch.Open && a.Error != "EROFS" {
		return refusal(a, a.Path, at.Info)
	}
	dir := path.Dir(a.Path)
	if at, err := rootfs.Resolve(l.image, rootfs.Name(dir)); err == nil {
		if a.Error == "ENOENT" {
			return nil // it was to be changed, not made
		}
		return refusal(a, at.Path, at.Info)
	}
	return &Clue{Path: l.without(dir), Kind: plan.KindDir, Error: "ENOENT", Write: true}
}

// without is a path that the image does not have, without the links on the way: volumes
// are mounted where those lead.
func (l *lookup) without(name string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if at, err := rootfs.Resolve(l.image, rootfs.Name(dir)); err == nil {
			return path.Join(at.Path, strings.TrimPrefix(name, dir))
		}
		if dir == "/" {
			return name
		}
	}
}

// weighs gives a clue its score and tells whether it is one.
func (l *lookup) weighs(c *Clue, e Evidence) bool {
	if e.Mended && c.Source != "" && c.score == 0 {
		return false // the test passes without it
	}
	if c.Kind == plan.KindDir && c.Source != "" && !c.InVain {
		return false // what is in it counts
	}
	if c.Kind == plan.KindDir && c.Source != "" && e.Mended {
		c.score -= 6 // nothing in it was opened, or that is a clue by itself
	}
	if mentions(e.Said, c.Path) {
		c.score += 8
	}
	if e.Mended && c.Source == "" {
		c.score -= 4 // the user is not allowed more where the test passes
	}
	switch {
	case c.Run:
		c.score += 3
	case c.InVain:
		c.score += 2
	case c.Write:
		c.score += 3
	case c.Error != "":
		c.score += 2
	}
	if optional(c.Path) {
		c.score -= 6
	}
	return true
}

// mentions tells whether a text names a path, or the file by its name alone.
func mentions(text, name string) bool {
	if name == "/" {
		return false
	}
	if strings.Contains(text, name) {
		return true
	}
	base := path.Base(name)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\"'`:;,()[]<>=", r) }) {
		if word == base || word == strings.TrimSuffix(base, path.Ext(base)) && len(word) > 3 {
			return true
		}
	}
	return false
}

// optional tells of files that nearly every program looks for and goes on without:
// translations and what the loader would like to have.
func optional(name string) bool {
	for _, dir := range []string{"/usr/share/locale", "/usr/share/locale-langpack", "/usr/lib/locale", "/usr/share/man", "/usr/share/doc"} {
		if strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return name == "/etc/localtime" || strings.Contains(name, "/glibc-hwcaps/") || slices.Contains(lookedThrough, name)
}

// lookedThrough are directories in which programs look for others: that they are not
// there is no loss by itself.
var lookedThrough = []string{"/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/usr/local/sbin", "/usr/share/locale", "/usr/share/locale-langpack", "/usr/lib/locale"}

// withoutFollowers drops libraries that were only asked for where others were there:
// they ship with those.
func (l *lookup) withoutFollowers(all []*Clue) []*Clue {
	leads := slices.ContainsFunc(all, func(c *Clue) bool { return c.Source != "" && c.InVain && (c.Run || isLibrary(c.Path)) })
	return slices.DeleteFunc(all, func(c *Clue) bool { return leads && !c.InVain && c.Source != "" && isLibrary(c.Path) })
}

// withoutParents drops directories of which something else that is missing is in them.
func withoutParents(all []*Clue) []*Clue {
	above := map[string]bool{}
	for _, c := range all {
		for dir := path.Dir(c.Path); c.Source != "" && dir != "/"; dir = path.Dir(dir) {
			above[dir] = true
		}
	}
	return slices.DeleteFunc(all, func(c *Clue) bool { return c.Source != "" && c.Kind == plan.KindDir && above[c.Path] })
}

func isLibrary(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
}

// likely drops what is hardly to blame, where there is something else.
func likely(all []*Clue) []*Clue {
	if len(all) == 0 || all[0].score <= 0 {
		return all
	}
	return slices.DeleteFunc(all, func(c *Clue) bool { return c.score <= 0 })
}

// oncePerPart keeps one clue for each ready-made part, the most likely: the part brings
// all of it. Some programs ask for every time zone.
func oncePerPart(all []*Clue) []*Clue {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(c *Clue) bool {
		known := c.Part != "" && seen[c.Part]
		seen[c.Part] = true
		return known
	})
}

// spread keeps no more than maxClues, of many directories rather than of one.
func spread(all []*Clue) []*Clue {
	if len(all) <= maxClues {
		return all
	}
	of := map[string]int{}
	all = slices.DeleteFunc(all, func(c *Clue) bool {
		dir := path.Dir(c.Path)
		of[dir]++
		return of[dir] > maxOfDirectory
	})
	return all[:min(len(all), maxClues)]
}

func rank(all []*Clue) {
	slices.SortStableFunc(all, func(a, b *Clue) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.last, a.last), cmp.Compare(a.Path, b.Path))
	})
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

// worthIt tells whether a directory is better than what is missing of it.
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

// ownDirectory tells whether all in a directory of a source is of the packages that
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
