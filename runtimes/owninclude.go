package runtimes

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// An ownInclude is how source of a language asks for another file of the app, by a path that
// is known without running it.
type ownInclude struct {
	// statement is the whole of a line that does so whatever happens: it begins the line, so
	// that no condition, function or loop is around it. Its group is the path.
	statement *regexp.Regexp
	// beside tells that the path is from the directory of the file.
	beside bool
	// endings are what the language adds to the path.
	endings []string
	// runtime is what a user would see, of the file that asks, the line and the path.
	runtime string
}

var (
	rubyRelative = ownInclude{
		statement: regexp.MustCompile(`^require_relative[ (]\s*["']([^"'#\\]+)["']\s*\)?\s*$`), beside: true, endings: []string{".rb", ".so"},
		runtime: "%[1]s:%[2]d: cannot load such file -- %[3]s (LoadError)",
	}
	phpBeside = ownInclude{
		statement: regexp.MustCompile(`^require(?:_once)?[ (]\s*(?:__DIR__|dirname\(__FILE__\))\s*\.\s*["'](/[^"'$\\]+)["']\s*\)?\s*;\s*$`), beside: true,
		runtime: "PHP Fatal error:  Uncaught Error: Failed opening required '%[3]s' in %[1]s:%[2]d",
	}
	shellSourced = ownInclude{
		statement: regexp.MustCompile(`^(?:\.|source)\s+["']?(/[\w./+-]+)["']?\s*$`),
		runtime:   "%[1]s: %[2]d: .: cannot open %[3]s: No such file",
	}
)

// mounted are directories whose files come when the image runs.
var mounted = []string{"/dev", "/mnt", "/proc", "/run", "/sys", "/tmp", "/var/run"}

// missing are the files that a file of the app asks for and that neither the image nor the
// source of the language has.
func (i ownInclude) missing(r Request, f AppFile, text []byte) []Missing {
	var out []Missing
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		m := i.statement.FindStringSubmatch(line)
		if m == nil || !f.Own {
			continue
		}
		name := m[1]
		if i.beside {
			name = path.Join(path.Dir(f.To), name)
		}
		if i.there(r, f, path.Clean(name)) {
			continue
		}
		out = append(out, Missing{
			Name: "file " + name, In: f.To, Line: n, At: f.At,
			Runtime: fmt.Sprintf(i.runtime, f.To, n, name),
			Fixes:   []string{"add the file to files"},
		})
	}
	return out
}

// there reports whether a file is in the image, or may come: from where the language is from,
// or beside a file of that.
func (i ownInclude) there(r Request, f AppFile, name string) bool {
	within := func(dir string) bool { return rootfs.Within(name, dir) }
	if slices.ContainsFunc(mounted, within) {
		return true
	}
	for _, ending := range append([]string{""}, i.endings...) {
		own := func(a AppFile) bool { return a.To == name+ending }
		beside := path.Join(path.Dir(f.Path), strings.TrimPrefix(name, path.Dir(f.To))+ending)
		if slices.ContainsFunc(r.App, own) || exists(r.Image, name+ending) || exists(r.Tree, name+ending) || f.SameTree && exists(f.Tree, beside) {
			return true
		}
	}
	return false
}
