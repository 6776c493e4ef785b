package runtimes

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// makefile ships what the recipes of the app's makefiles call.
type makefile struct{}

// Name implements Language.
func (makefile) Name() string { return "make" }

// Runs implements Language.
func (makefile) Runs(file, _ string) bool {
	return slices.Contains([]string{"make", "gmake"}, path.Base(file))
}

// Reads implements Language.
func (makefile) Reads(name string) bool {
	return slices.Contains([]string{"GNUmakefile", "Makefile", "makefile"}, path.Base(name)) || path.Ext(name) == ".mk"
}

// Needs implements Language.
func (m makefile) Needs(r Request) (Result, error) {
	out := Result{}
	for _, f := range r.App {
		if !f.Own || !m.Reads(f.To) {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return out, err
		}
		out.call(f, ShellCommands(recipes(string(text))))
	}
	return out, nil
}

// makeReference is a reference to a variable, or a call of a function that has none in it.
var makeReference = regexp.MustCompile(`\$(\([^()]*\)|\{[^{}]*\}|[^$({\n])`)

// recipes are the lines of a makefile that it has a shell run, as a script: those that begin with a tab,
// without what is for make (GNU make manual, "Recipe Syntax"). What references stand for is not known.
func recipes(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		recipe, ok := strings.CutPrefix(line, "\t")
		if !ok {
			continue
		}
		recipe = strings.ReplaceAll(strings.TrimLeft(recipe, "\t @+-"), "$$", "\x00")
		for range 4 { // calls in calls
			recipe = makeReference.ReplaceAllString(recipe, "\x00_")
		}
		b.WriteString(strings.ReplaceAll(recipe, "\x00", "$"))
	}
	return b.String()
}
