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

// joins reports whether a search in vain has been reported. If so, who asks is added to
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

// failing is how glibc tells of anything else.
func (s *search) failing(text string) string {
	if s.library {
		return text
	}
	return s.main.To + ": " + text
}

func (s *search) mixedLibc(o *object) Problem {
	return Problem{
		Code: CodeMixedLibc, Severity: diag.SeverityWarning, Name: o.Name, NeededBy: s.main.To,
		Message: fmt.Sprintf("libc.so.6 comes from %s but its loader %s from %s; glibc's parts work together only when they are of one build",
			s.trees[o.Tree].Name, s.interp.To, s.trees[s.interp.Tree].Name),
		Fixes: []string{"let one tree provide both"},
	}
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
