package loader

import (
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
)

func (s *search) versionMissing(o, p *object, version string) Problem {
	family, _, _ := strings.Cut(version, "_")
	best := p.highest(family + "_")
	msg := fmt.Sprintf("%s needs version %s of %s, but %s in %s does not define it",
		o.To, version, path.Base(p.To), p.To, s.trees[p.Tree].Name)
	if best != "" {
		msg += "; its highest is " + best
	}
	fixes := []string{fmt.Sprintf("take %s from a newer distribution: one that defines %s", path.Base(p.To), version)}
	if family == "GLIBC" {
		fixes = []string{"use a base or a libraries.from source whose glibc is at least as new as the one " + o.To + " was built with"}
		if best != "" {
			fixes = append(fixes, fmt.Sprintf("build %s on a distribution with glibc %s or older", o.To, strings.TrimPrefix(best, "GLIBC_")))
		}
	}
	if o == s.main {
		fixes = append(fixes, staticFix(s.main))
	}
	return Problem{
		Code: CodeVersionMissing, Name: version, NeededBy: o.To, Message: msg, Fixes: fixes,
		Runtime: s.failing(fmt.Sprintf("%s: version `%s' not found (required by %s)", p.To, version, o.To)),
	}
}

// versionStray reports versions that are asked of what is not loaded, as
// patchelf --remove-needed leaves them behind.
func (s *search) versionStray(o *object, need elffile.VersionNeed) Problem {
	return Problem{
		Code: CodeVersionStray, Name: need.File, NeededBy: o.To,
		Message: fmt.Sprintf("%s needs versions of %s, but nothing is loaded under that name, which makes the loader abort", o.To, need.File),
		Runtime: "Inconsistency detected by ld.so: dl-version.c",
		Fixes:   []string{"link " + o.To + " again instead of editing its NEEDED entries", "keep the NEEDED entry for " + need.File + ", under the same name as in its version requirements"},
	}
}

// noVersions reports a provider without versions. The loader only remarks on it,
// unless the provider has no version table at all: then looking up any symbol
// tied to it fails an assertion (glibc elf/dl-lookup.c, check_match).
func (s *search) noVersions(o, p *object) Problem {
	out := Problem{
		Code: CodeVersionsAbsent, Severity: diag.SeverityWarning, Name: p.Name, NeededBy: o.To,
		Message: fmt.Sprintf("%s was linked against a %s that has symbol versions; %s has none", o.To, p.Name, p.To),
		Runtime: s.failing(fmt.Sprintf("%s: no version information available (required by %s)", p.To, o.To)),
		Fixes:   []string{"ship the build of " + p.Name + " that " + o.To + " was linked against"},
	}
	if !p.File.HasVersionTable {
		out.Severity = diag.SeverityError
		out.Message += ", and no version table, which makes the loader abort"
		out.Runtime = "Inconsistency detected by ld.so: dl-lookup.c"
	}
	return out
}

func (s *search) relrUnmarked(o *object) Problem {
	return Problem{
		Code: CodeRelrUnmarked, Name: "GLIBC_ABI_DT_RELR", NeededBy: o.To,
		Message: o.To + " uses packed relocations (DT_RELR) without requiring GLIBC_ABI_DT_RELR, which glibc refuses",
		Runtime: s.loading(o.To + ": DT_RELR without GLIBC_ABI_DT_RELR dependency"),
		Fixes:   []string{"link it with -Wl,-z,pack-relative-relocs from binutils 2.38 or newer, or without packed relocations"},
	}
}

// maxSymbols is how many symbols a message names.
const maxSymbols = 3

// symbolMissing reports symbols that an object refers to and nothing defines. The
// loader ends at the first one.
func (s *search) symbolMissing(o *object, unbound []unboundSymbol, lazy bool) Problem {
	var names, symbols []string
	for i, u := range unbound {
		if symbols = append(symbols, u.name); i < maxSymbols {
			names = append(names, u.String())
		}
	}
	first := unbound[0]
	p := Problem{
		Code: CodeSymbolMissing, Name: first.name, NeededBy: o.To, Symbols: symbols,
		Message: fmt.Sprintf("%s uses the symbol %s, which nothing that is loaded defines", o.To, names[0]),
		Runtime: s.symbolText(o, first),
		Fixes:   []string{"ship the version of the library that " + o.To + " was linked against"},
	}
	if len(unbound) > 1 {
		if more := len(unbound) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		last := len(names) - 1
		p.Message = fmt.Sprintf("%s uses symbols that nothing which is loaded defines: %s", o.To,
			strings.Join(names[:last], ", ")+" and "+names[last])
	}
	if v := first.version; v != nil {
		p.Fixes = []string{"ship the version of " + v.File + " that " + o.To + " was linked against"}
	}
	switch {
	case s.atRunTime(o):
		p.Severity = diag.SeverityWarning
		p.Message += "; only a program that defines them can open it"
		p.Fixes = append(p.Fixes, "nothing, if the program that opens it defines them, as those with plugins do")
	case lazy:
		p.Severity = diag.SeverityWarning
		p.Message += "; it fails when the function is first called"
	}
	return p
}

func (u unboundSymbol) String() string {
	if u.version == nil {
		return u.name
	}
	return fmt.Sprintf("%s (%s of %s)", u.name, u.version.Name, u.version.File)
}

func (s *search) symbolText(o *object, u unboundSymbol) string {
	if s.libcName == "musl" {
		return fmt.Sprintf("Error relocating %s: %s: symbol not found", o.To, u.name)
	}
	text := fmt.Sprintf("%s: undefined symbol: %s", o.To, u.name)
	if u.version != nil {
		text += ", version " + u.version.Name
	}
	if s.atRunTime(o) {
		return text
	}
	return s.main.To + ": symbol lookup error: " + text
}

func unwinderMissing(o *object, symbol string) Problem {
	p := Problem{
		Code: CodeRuntimeMissing, Severity: diag.SeverityWarning, Name: unwinder, NeededBy: o.To,
		Message: fmt.Sprintf("%s calls %s, for which glibc opens %s at run time, and no tree has it", o.To, symbol, unwinder),
		Runtime: unwinder + " must be installed for " + symbol + " to work",
		Fixes:   []string{"add the package that has " + unwinder + " (Debian: libgcc-s1) to a source's packages and name that source in libraries.from"},
	}
	if symbol == "backtrace" {
		p.Runtime = "" // backtrace then returns no frames
	}
	return p
}
