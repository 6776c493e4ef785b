package runtimes

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// r is R. Its home comes with its package; the packages that a program loads are in
// libraries, each a directory whose DESCRIPTION says which others it needs.
type r struct{}

// Name implements Language.
func (r) Name() string { return "r" }

// Runs implements Language. The library has no SONAME.
func (r) Runs(file, _ string) bool {
	return strings.HasSuffix(file, rProgram) || strings.HasSuffix(file, rLibrary)
}

// Where a home of R has its program and its library.
const (
	rProgram = "/bin/exec/R"
	rLibrary = "/lib/libR.so"
)

// Reads implements Language.
func (r) Reads(name string) bool {
	return slices.Contains([]string{".r", ".rmd", ".qmd"}, strings.ToLower(path.Ext(name)))
}

// Needs implements Language.
func (l r) Needs(q Request) (Result, error) {
	t := &rTrace{Request: q, tree: newReader(q.Tree), seen: map[string]bool{}}
	for _, name := range []string{"sh", "which"} { // which its package utils asks when it is loaded
		t.out.Programs = append(t.out.Programs, Program{
			Name: name, For: AppFile{To: q.To, At: q.At}, Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: q.Path, Name: name},
		})
	}
	for _, f := range q.App {
		script := strings.TrimRight(path.Base(f.Interpreter), "0123456789.")
		if !l.Reads(f.To) && script != "Rscript" && script != "R" && script != "littler" && script != "r" {
			continue
		}
		text, err := f.Read(maxText)
		if err != nil {
			return t.out, err
		}
		t.at, t.own = f.At, f.Own
		t.loads(string(text), f.To)
		t.out.Needs = append(t.out.Needs, zonesIn(t.tree, text, f.To)...)
	}
	for _, c := range q.Commands {
		for _, word := range c[1:] {
			t.loads(word, c[0])
		}
	}
	return t.out, t.tree.err
}

// rTrace follows which packages of R a program loads.
type rTrace struct {
	Request
	tree *reader
	seen map[string]bool
	out  Result
	// at is the spec node that the file which is read is there for, and own tells that it is the
	// user's.
	at  string
	own bool
}

// Calls that load a package, the name before what is taken of one, and comments.
var (
	rLoads    = regexp.MustCompile(`\b(library|require|requireNamespace|loadNamespace|attachNamespace)\s*\(\s*(?:package\s*=\s*)?["'` + "`" + `]?([A-Za-z][A-Za-z0-9.]+)([^\n)]*)`)
	rMembers  = regexp.MustCompile(`()\b([A-Za-z][A-Za-z0-9.]+)(:::?)[A-Za-z.]`)
	rComments = regexp.MustCompile(`(?m)^\s*#.*$`)
)

// loads ships what a piece of a program loads.
func (t *rTrace) loads(text, in string) {
	text = rComments.ReplaceAllString(text, "")
	for _, found := range []*regexp.Regexp{rLoads, rMembers} {
		for _, m := range found.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[3], "character.only") {
				continue // the name is that of a variable
			}
			if !t.load(m[2], in) && m[1] == "library" && t.own {
				t.miss(m[2], in)
			}
		}
	}
}

// miss tells of a package that is not there.
func (t *rTrace) miss(name, in string) {
	t.out.Missing = append(t.out.Missing, Missing{
		Name: "package " + name, In: in, At: t.at,
		Runtime: fmt.Sprintf("Error in library(%s) : there is no package called ‘%[1]s’", name),
		Fixes:   []string{fmt.Sprintf("install it in the source, such as by r-cran-%s under packages", strings.ToLower(name)), "add the library that it is in to files"},
	})
}

// load ships a package, and those that its DESCRIPTION says that it needs. It tells whether there
// is one.
func (t *rTrace) load(name, in string) bool {
	if ok, seen := t.seen[name]; seen {
		return ok
	}
	t.seen[name] = true
	for _, library := range t.libraries() {
		dir := path.Join(library, name)
		if exists(t.Image, path.Join(dir, "DESCRIPTION")) {
			return true
		}
		if !t.tree.isFile(path.Join(dir, "DESCRIPTION")) {
			continue
		}
		t.out.Needs = append(t.out.Needs, Need{Path: dir, Evidence: plan.Evidence{Kind: plan.EvidenceImport, In: in, Name: name}})
		for _, next := range rDependencies(string(t.tree.text(path.Join(dir, "DESCRIPTION")))) {
			t.load(next, name)
		}
		return true
	}
	t.seen[name] = false
	return false
}

// libraries are the directories of packages, in the order in which R looks.
func (t *rTrace) libraries() []string {
	home := strings.TrimSuffix(strings.TrimSuffix(t.Path, rProgram), rLibrary)
	var out []string
	for _, name := range []string{"R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"} {
		for dir := range strings.SplitSeq(t.Env[name], ":") {
			if path.IsAbs(dir) {
				out = append(out, dir)
			}
		}
	}
	return append(out, "/usr/local/lib/R/site-library", "/usr/lib/R/site-library", path.Join(home, "site-library"), path.Join(home, "library"))
}

// rDependencies are the packages that a DESCRIPTION names under Depends and Imports: its
// fields go on in lines that begin with a space (Writing R Extensions, 1.1.1).
func rDependencies(description string) []string {
	description = strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(description)
	var out []string
	for line := range strings.Lines(description) {
		key, value, _ := strings.Cut(line, ":")
		if key != "Depends" && key != "Imports" {
			continue
		}
		for item := range strings.SplitSeq(value, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(item), "(")
			if name = strings.TrimSpace(name); name != "R" && name != "" && !strings.Contains(name, "/") {
				out = append(out, name)
			}
		}
	}
	return out
}
