package loader

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/provided"
	"github.com/sinter-build/sinter/start"
)

// The codes of problems. They never change.
const (
	CodeProgramUnusable = "program-unusable"
	CodeInterpMissing   = "interpreter-not-found"
	CodeInterpUnusable  = "interpreter-unusable"
	CodeInterpUnknown   = "interpreter-unknown"
	CodeLibraryMissing  = "library-not-found"
	CodeLibraryUnusable = "library-unusable"
	CodeLibraryRelative = "library-path-relative"
	CodeSearchRelative  = "search-path-relative"
	CodeSearchPlatform  = "search-path-platform"
	CodePreloadMissing  = "preload-not-found"
	CodeAuditMissing    = "audit-not-found"
	CodeVersionMissing  = "version-not-found"
	CodeVersionStray    = "version-of-unneeded"
	CodeVersionsAbsent  = "version-information-missing"
	CodeRelrUnmarked    = "relr-unmarked"
	CodeMixedLibc       = "loader-libc-mismatch"
	CodeSymbolMissing   = "symbol-not-found"
	CodeRuntimeMissing  = "runtime-library-not-found"
	CodeDlopenMissing   = "dlopen-library-not-found"
	CodeBeyondLimits    = "beyond-limits"
)

// problemKey is what makes two problems the same.
type problemKey struct{ code, name, neededBy, message string }

// report adds a problem, unless the same one is there already, or it is about a
// library that will be there.
func (s *search) report(p Problem) {
	key := problemKey{p.Code, p.Name, p.NeededBy, p.Message}
	if !s.known[key] && !s.isProvided(p.Name) {
		s.known[key] = true
		s.append(p)
	}
}

// append adds a problem. What goes wrong only for a library that a program can do
// without is a warning. The texts hold names from files that nobody vouches for.
func (s *search) append(p Problem) {
	if s.optionals[p.NeededBy] {
		p.Severity = diag.SeverityWarning
	}
	s.stopped = s.stopped || p.Severity == diag.SeverityError && !s.later
	if len(s.problems) < s.limits.problems {
		s.tell(p)
	} else if s.untold == nil || p.Severity == diag.SeverityError {
		s.untold = &p.Severity
	}
}

func (s *search) tell(p Problem) {
	p.Message, p.Runtime = diag.Plain(p.Message), diag.Plain(p.Runtime)
	for i, fix := range p.Fixes {
		p.Fixes[i] = diag.Plain(fix)
	}
	s.problems = append(s.problems, p)
}

func programUnusable(o *object, err error) Problem {
	if errors.Is(err, elffile.ErrLimit) {
		return tooLarge(o.To, "", err)
	}
	return Problem{
		Code: CodeProgramUnusable, Name: o.To,
		Message: fmt.Sprintf("%s cannot run: %v", o.To, err),
		Runtime: fmt.Sprintf("exec %s: exec format error", o.To),
		Fixes:   []string{"build or fetch the file again: it is incomplete or damaged"},
	}
}

// tooLarge is about a file that may be sound and has more of something than is
// read.
func tooLarge(name, neededBy string, err error) Problem {
	return Problem{
		Code: CodeBeyondLimits, Name: name, NeededBy: neededBy,
		Message: fmt.Sprintf("what %s needs is not known: it is an %v", name, err),
		Fixes:   []string{"ship it under files, with all that it needs, and tell Sinter's maintainers of the file: its limits should be far above what programs have"},
	}
}

func (s *search) tooLarge(req *object, name string, h *hit) Problem {
	p := tooLarge(path.Clean(h.path)+" in "+h.t.Name, req.To, h.parsed.err)
	p.Name = name
	return p
}

// tellLimits reports the limit that ended a search, nil for none, and that there were
// more problems than are told.
func (s *search) tellLimits(limit *limitError) {
	if limit != nil {
		s.tell(s.beyondLimits(limit))
	}
	if s.untold != nil {
		p := s.beyondLimits(&limitError{fmt.Sprintf("more than %d problems", s.limits.problems)})
		p.Severity = *s.untold
		s.tell(p)
	}
}

// beyondLimits is about a search that was not finished.
func (s *search) beyondLimits(err *limitError) Problem {
	name := s.prog.Path
	if s.main != nil {
		name = s.main.To
	}
	return Problem{
		Code: CodeBeyondLimits, Name: name, NeededBy: name,
		Message: fmt.Sprintf("not all that %s loads could be looked for: %v", name, err),
		Fixes:   []string{"name fewer libraries under files and libraries.add: those that the program really opens"},
	}
}

// interpMissing names what the kernel hides: it blames the program for a missing
// interpreter.
func (s *search) interpMissing() (Problem, error) {
	name, libc := s.main.File.Interp, "the C library"
	if s.libcName != "" {
		libc = s.libcName
	}
	p := Problem{
		Code: CodeInterpMissing, Name: name, NeededBy: s.main.To,
		Message: fmt.Sprintf("%s needs the program interpreter %s (%s's dynamic loader), which is not in %s",
			s.main.To, name, libc, s.treeNames()),
		Runtime: fmt.Sprintf("exec %s: no such file or directory", s.main.To),
	}
	if !strings.HasPrefix(name, "/") {
		p.Message = fmt.Sprintf("%s names its program interpreter by a relative path, %q", s.main.To, name)
	}
	other, err := s.otherLoader()
	if err != nil {
		return p, err
	}
	if other != "" {
		p.Message += "; " + other
		p.Fixes = append(p.Fixes, "build the program on a distribution with the C library of the image")
	}
	p.Fixes = append(p.Fixes, "name a source that has "+name+" in libraries.from"+s.distributions())
	if len(s.main.File.Needed) == 0 {
		p.Fixes = append(p.Fixes, "it needs no library: link it without -buildmode=pie (Go) or as static PIE (-static-pie), and no interpreter is needed")
	} else {
		p.Fixes = append(p.Fixes, staticFix(s.main))
	}
	return p, nil
}

// staticFix is how to do without a loader, for the way the program was made.
func staticFix(o *object) string {
	if o.File.Go {
		return "build it with CGO_ENABLED=0, or with -tags netgo,osusergo if nothing else in it needs cgo"
	}
	return "link it statically (C, C++: -static with musl; Rust: --target ARCH-unknown-linux-musl)"
}

func (s *search) distributions() string {
	switch s.libcName {
	case "glibc":
		return " (an image with glibc, such as debian, ubuntu or fedora)"
	case "musl":
		return " (an image with musl, such as alpine)"
	}
	return ""
}

// otherLoader names the loader of another libc that a tree has instead.
func (s *search) otherLoader() (string, error) {
	for _, t := range s.trees {
		for _, dir := range []string{"/lib64", "/lib"} {
			names, err := s.names(t, dir)
			if err != nil {
				return "", err
			}
			for _, n := range names {
				if c := libcOf(n, nil); c != "" && c != s.libcName && strings.Contains(n, ".so") {
					return fmt.Sprintf("%s has %s's loader %s instead", t.Name, c, path.Join(dir, n)), nil
				}
			}
		}
	}
	return "", nil
}

func (s *search) interpUnusable(h *hit, why, text string) Problem {
	return Problem{
		Code: CodeInterpUnusable, Name: s.main.File.Interp, NeededBy: s.main.To, Tree: h.t.index, Path: h.path,
		Message: fmt.Sprintf("the program interpreter %s of %s, found in %s, cannot be used: %s",
			s.main.File.Interp, s.main.To, h.t.Name, why),
		Runtime: fmt.Sprintf("exec %s: %s", s.main.To, text),
		Fixes:   []string{"take base and sources for the program's own platform and C library"},
	}
}

// interpOutOfReach reports an interpreter that the user cannot get to.
func (s *search) interpOutOfReach(t *tree, dir *start.Unsearchable) Problem {
	return Problem{
		Code: CodeInterpUnusable, Name: s.main.File.Interp, NeededBy: s.main.To,
		Message: fmt.Sprintf("the program interpreter %s of %s is behind %s in %s, a directory that user %s may not search (%s)",
			s.main.File.Interp, s.main.To, dir.Dir, t.Name, s.user, start.Attributes(dir.Info)),
		Runtime: fmt.Sprintf("exec %s: permission denied", s.main.To),
		Fixes:   []string{letThrough(dir)},
	}
}

func (s *search) interpUnknown() Problem {
	return Problem{
		Code: CodeInterpUnknown, Name: s.main.File.Interp, NeededBy: s.main.To,
		Message: fmt.Sprintf("the program interpreter %s of %s is neither glibc's nor musl's (a compatibility layer such as gcompat, or Android's), so its rules are unknown",
			s.main.File.Interp, s.main.To),
		Fixes: []string{"list what the program needs under files"},
	}
}

// joins tells whether a search in vain has been reported. If so, who asks is added to
// those who asked before.
func (s *search) joins(req *object, key failureKey) bool {
	f := s.failures[key]
	if f == nil {
		return false
	}
	if f.neededBy[len(f.neededBy)-1] != req.To {
		f.neededBy = append(f.neededBy, req.To)
	}
	return true
}

// reportFailure reports a search in vain, for others to join.
func (s *search) reportFailure(req *object, key failureKey, p Problem) {
	f := &failure{problem: len(s.problems), neededBy: []string{req.To}}
	s.failures[key] = f
	if s.append(p); len(s.problems) == f.problem {
		f.problem = untold
	}
}

// fail reports a file that the loader gives up on, once for all who ask for it.
func (s *search) fail(req *object, name string, h *hit, problem func(req *object, name string, h *hit) Problem) {
	key := failureKey{name: name, tree: h.t.index, path: path.Clean(h.path), optional: s.optionals[req.To]}
	if !s.joins(req, key) {
		s.reportFailure(req, key, problem(req, name, h))
	}
}

// missing reports a name that no tree has, with what was searched and what comes
// near, once for all who ask for it.
func (s *search) missing(req *object, name string, tr *trail) error {
	key := failureKey{name: name, optional: s.optionals[req.To]}
	if s.joins(req, key) {
		return nil
	}
	var near []string
	if len(s.failures) < maxNear {
		var err error
		if near, err = s.nearMisses(name, tr); err != nil {
			return err
		}
	}
	p := Problem{
		Code: CodeLibraryMissing, Name: name, NeededBy: req.To,
		Message: fmt.Sprintf("%s, needed by %s%s, was not found; searched %s",
			name, req.To, s.chain(req), tr.summary()),
		Runtime: s.missingText(req, name, tr),
	}
	for _, n := range near {
		p.Message += "; " + n
	}
	for _, r := range tr.rejected {
		if r.fix != "" && !slices.Contains(p.Fixes, r.fix) {
			p.Fixes = append(p.Fixes, r.fix)
		}
	}
	if len(p.Fixes) == 0 {
		p.Fixes = s.missingFixes(name)
	}
	s.reportFailure(req, key, p)
	return nil
}

func (s *search) missingText(req *object, name string, tr *trail) string {
	if s.libcName == "musl" && tr.fault == syscall.ELOOP {
		return fmt.Sprintf("Error loading shared library %s: Symbolic link loop (needed by %s)", name, req.To)
	}
	if s.libcName == "musl" && name == "" {
		return fmt.Sprintf("Error loading shared library : Invalid argument (needed by %s)", req.To)
	}
	if s.libcName == "musl" && !tr.tried {
		return fmt.Sprintf("Error loading shared library %s: No error information (needed by %s)", name, req.To)
	}
	if s.libcName == "musl" {
		return fmt.Sprintf("Error loading shared library %s: No such file or directory (needed by %s)", name, req.To)
	}
	text := s.loading(name + ": cannot open shared object file")
	switch {
	case !tr.tried:
	case tr.fault == 0 || tr.fault == syscall.ENOENT:
		text += ": No such file or directory"
	default: // the loader knows few errors by name
		text += fmt.Sprintf(": Error %d", int(tr.fault))
	}
	return text
}

func (s *search) missingFixes(name string) []string {
	if preset := provided.PresetOf(name); preset != "" {
		return []string{fmt.Sprintf("it belongs to a driver of the host, whose container runtime provides it: write libraries: {provided: [%s]}", preset)}
	}
	return []string{
		"add the package that has " + path.Base(name) + " to a source's packages and name that source in libraries.from",
		"if the library is your own, put its directory into the program's RUNPATH ($ORIGIN/../lib) or copy it with files",
	}
}

// chain tells how the search came to an object: " (through A, B)".
func (s *search) chain(o *object) string {
	var names []string
	for l := o.loader; l != nil && l != s.main; l = l.loader {
		names = append(names, path.Base(l.To))
	}
	if len(names) == 0 {
		return ""
	}
	slices.Reverse(names)
	return " (loaded through " + strings.Join(names, ", ") + ")"
}

// summary lists what was searched, tree by tree.
func (tr *trail) summary() string {
	var out []string
	for i := 0; i < len(tr.places); {
		tree := tr.places[i].tree
		var where []string
		for ; i < len(tr.places) && tr.places[i].tree == tree; i++ {
			where = append(where, tr.places[i].where)
		}
		out = append(out, tree+" ("+strings.Join(where, ", ")+")")
	}
	if len(out) == 0 {
		return "nothing"
	}
	if tr.more {
		out = append(out, "more places")
	}
	return strings.Join(out, ", then ")
}

func (s *search) unusable(req *object, name string, h *hit) Problem {
	p := Problem{
		Code: CodeLibraryUnusable, Name: name, NeededBy: req.To, Tree: h.t.index, Path: h.path,
		Message: fmt.Sprintf("%s, needed by %s, is found first at %s in %s (%s), where the loader gives up: %s",
			name, req.To, path.Clean(h.path), h.t.Name, h.via, h.fatal),
		Fixes: []string{
			"remove or replace " + path.Clean(h.path) + " in " + h.t.Name,
			"name a source with a working " + path.Base(name) + " earlier in libraries.from",
		},
	}
	switch {
	case h.crash:
		p.Message = fmt.Sprintf("%s, needed by %s, is found first at %s in %s (%s), where the loader crashes: %s",
			name, req.To, path.Clean(h.path), h.t.Name, h.via, h.fatal)
		p.Runtime = crashText
	case s.libcName == "musl":
		p.Runtime = fmt.Sprintf("Error loading shared library %s: %s (needed by %s)", name, h.fatal, req.To)
	case h.mapping:
		p.Runtime = s.loading(name + ": " + h.fatal)
	default:
		p.Runtime = s.loading(h.to + ": " + h.fatal)
	}
	if !h.crash && h.parsed.file != nil && !compatible(h.parsed.file, s.main.File) {
		p.Message += fmt.Sprintf("; the file is for %s, the program for %s", h.parsed.file, s.main.File)
	}
	return p
}

// crashText is what becomes of a process that maps a damaged file.
const crashText = "Segmentation fault (exit code 139) or bus error (exit code 135)"

// loading is how glibc tells that it cannot load something: a program ends with the
// text, and dlopen of a library fails with it.
func (s *search) loading(text string) string {
	if s.library {
		return text
	}
	return s.main.To + ": error while loading shared libraries: " + text
}

func relativeName(req *object, name, workDir string) Problem {
	return Problem{
		Code: CodeLibraryRelative, Severity: diag.SeverityWarning, Name: name, NeededBy: req.To,
		Message: fmt.Sprintf("%s needs %q, a path relative to the working directory: it is found only while that is %s",
			req.To, name, workDir),
		Fixes: []string{"give the library a SONAME (-Wl,-soname,NAME) and link again"},
	}
}

func relativePath(o *object, kind, element, workDir string) Problem {
	return Problem{
		Code: CodeSearchRelative, Severity: diag.SeverityWarning, Name: element, NeededBy: o.To,
		Message: fmt.Sprintf("the %s of %s has the element %q, which means the working directory of the process (%s): libraries may be taken from wherever it is started",
			strings.ToUpper(kind), o.To, element, workDir),
		Fixes: []string{"use $ORIGIN or an absolute path"},
	}
}

func platformToken(o *object, p string) Problem {
	return Problem{
		Code: CodeSearchPlatform, Severity: diag.SeverityWarning, Name: p, NeededBy: o.To,
		Message: fmt.Sprintf("%s uses $PLATFORM in %q, whose value depends on the processor it runs on; it is not searched", o.To, p),
		Fixes:   []string{"use $ORIGIN or an absolute path"},
	}
}

func preloadMissing(main *object, name, from, libc string) Problem {
	p := Problem{
		Code: CodePreloadMissing, Severity: diag.SeverityWarning, Name: name, NeededBy: main.To,
		Message: fmt.Sprintf("%s asks for %s, which is missing or unusable; the loader goes on without it", from, name),
		Runtime: fmt.Sprintf("ERROR: ld.so: object '%s' from %s cannot be preloaded (cannot open shared object file): ignored.", name, from),
		Fixes:   []string{"ship the library, or drop it from " + from},
	}
	if libc == "musl" {
		p.Runtime = "" // musl says nothing
	}
	return p
}

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

// failing is how glibc tells of anything else.
func (s *search) failing(text string) string {
	if s.library {
		return text
	}
	return s.main.To + ": " + text
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

func (s *search) mixedLibc(o *object) Problem {
	return Problem{
		Code: CodeMixedLibc, Severity: diag.SeverityWarning, Name: o.Name, NeededBy: s.main.To,
		Message: fmt.Sprintf("libc.so.6 comes from %s but its loader %s from %s; glibc's parts work together only when they are of one build",
			s.trees[o.Tree].Name, s.interp.To, s.trees[s.interp.Tree].Name),
		Fixes: []string{"let one tree provide both"},
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

func noteMissing(o *object, n elffile.DlopenNote) Problem {
	p := Problem{
		Code: CodeDlopenMissing, Name: n.Sonames[0], NeededBy: o.To,
		Message: fmt.Sprintf("%s declares that it opens %s at run time (%s), and no tree has it",
			o.To, strings.Join(n.Sonames, " or "), n.Priority),
		Fixes: []string{"add the package that has " + n.Sonames[0] + " to a source's packages and name that source in libraries.from"},
	}
	if n.Description != "" {
		p.Message += "; it is for: " + n.Description
	}
	if n.Priority != "required" {
		p.Severity = diag.SeverityWarning
	}
	return p
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

func (s *search) treeNames() string {
	var names []string
	for _, t := range s.trees {
		names = append(names, t.Name)
	}
	return orList(names)
}

// orList joins names as a sentence does: "a, b or c".
func orList(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
