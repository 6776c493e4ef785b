package runtimes

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// table is the languages whose runtimes have their library in a fixed place, and
// need nothing else.
type table struct{}

// fixed is a runtime by the beginning of its name, with what follows in place of *: what
// it opens when it starts, and what that is.
var fixed = []struct {
	program, soname string
	paths           []string
	what            string
}{
	{"tclsh", "libtcl", []string{"/usr/share/tcltk/tcl*", "/usr/lib/tcl*", "/usr/share/tcltk/tcl8"}, "the standard library of Tcl *"},
}

// Name implements Language.
func (table) Name() string { return "other" }

// Runs implements Language.
func (table) Runs(file, soname string) bool {
	for i := range fixed {
		if _, ok := version(i, file, soname); ok {
			return true
		}
	}
	return false
}

// Reads implements Language.
func (table) Reads(string) bool { return false }

// Needs implements Language.
func (table) Needs(r Request) (Result, error) {
	var out Result
	for i, row := range fixed {
		v, ok := version(i, r.Path, path.Base(r.Path))
		if !ok {
			continue
		}
		for _, at := range row.paths {
			at = strings.ReplaceAll(at, "*", v)
			if exists(r.Tree, at) {
				name := strings.ReplaceAll(row.what, "*", v)
				out.Needs = append(out.Needs, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceRule, In: r.Path, Name: name}})
			}
		}
	}
	return out, nil
}

// version is what stands in the name of a runtime for its version: "8.6" of
// tclsh8.6 and libtcl8.6.so.
func version(row int, file, soname string) (string, bool) {
	if v, ok := strings.CutPrefix(path.Base(file), fixed[row].program); ok && strings.Trim(v, "0123456789.") == "" {
		return v, true
	}
	v, ok := strings.CutPrefix(soname, fixed[row].soname)
	v, _, _ = strings.Cut(v, ".so")
	return v, ok && strings.Trim(v, "0123456789.") == ""
}
