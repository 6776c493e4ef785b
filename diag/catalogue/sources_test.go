package catalogue

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of the repository's root, which is two directories up.
const (
	module = "github.com/sinter-build/sinter"
	root   = "../.."
)

// sources are the Go files of the repository that are no tests, by package
// directory. They are read as text, for all systems and without types: what is
// built for another system reports findings, too.
type sources struct {
	fset     *token.FileSet
	packages map[string]*pkg // by directory, "spec"
}

type pkg struct {
	files      []*ast.File
	constants  map[string]string // those that are strings
	forwarders map[string]int    // functions with a parameter that becomes a code, and which
}

// readSources parses every file. What only tests use (e2e) reports nothing to users.
func readSources(t *testing.T, tree fs.FS) *sources {
	t.Helper()
	s := &sources{fset: token.NewFileSet(), packages: map[string]*pkg{}}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (name == "e2e" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go"):
			return nil
		}
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(s.fset, name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if s.packages[dir] == nil {
			s.packages[dir] = &pkg{constants: map[string]string{}, forwarders: map[string]int{}}
		}
		s.packages[dir].files = append(s.packages[dir].files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.packages {
		p.readConstants()
	}
	return s
}

func (p *pkg) readConstants() {
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					if text, ok := literal(spec.Values[i]); ok {
						p.constants[name.Name] = text
					}
				}
			}
			return true
		})
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// uses are the places where a code is given to a finding.
type uses struct {
	codes   map[string][]string // the places, by code
	unclear []string            // places whose code cannot be told
}

// find looks for codes in three forms: the field Code of a literal, an
// assignment to such a field, and an argument of a function that passes the
// parameter on to one of these.
func (s *sources) find() uses {
	for more := true; more; {
		more = false
		s.eachValue(func(_ *ast.File, p *pkg, in *ast.FuncDecl, value ast.Expr) {
			if i, ok := parameter(in, value); ok {
				if _, known := p.forwarders[in.Name.Name]; !known {
					p.forwarders[in.Name.Name], more = i, true
				}
			}
		})
	}
	u := uses{codes: map[string][]string{}}
	s.eachValue(func(file *ast.File, p *pkg, in *ast.FuncDecl, value ast.Expr) {
		at := s.fset.Position(value.Pos()).String()
		if code, ok := s.constant(file, p, value); ok {
			u.codes[code] = append(u.codes[code], at)
		} else if _, passed := parameter(in, value); !passed && !isCopy(value) {
			u.unclear = append(u.unclear, at)
		}
	})
	slices.Sort(u.unclear)
	return u
}

// eachValue visits what becomes a code.
func (s *sources) eachValue(visit func(*ast.File, *pkg, *ast.FuncDecl, ast.Expr)) {
	for _, p := range s.packages {
		for _, file := range p.files {
			for _, decl := range file.Decls {
				in, _ := decl.(*ast.FuncDecl)
				ast.Inspect(decl, func(n ast.Node) bool {
					for _, value := range s.values(file, p, n) {
						visit(file, p, in, value)
					}
					return true
				})
			}
		}
	}
}

func (s *sources) values(file *ast.File, p *pkg, n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && isCodeField(key.Name) && !isNumber(n.Value) {
			return []ast.Expr{n.Value}
		}
	case *ast.AssignStmt:
		var out []ast.Expr
		for i, left := range n.Lhs {
			if sel, ok := left.(*ast.SelectorExpr); ok && isCodeField(sel.Sel.Name) && len(n.Rhs) == len(n.Lhs) {
				out = append(out, n.Rhs[i])
			}
		}
		return out
	case *ast.CallExpr:
		owner, name := s.named(file, p, n.Fun)
		if owner == nil {
			return nil
		}
		if i, ok := owner.forwarders[name]; ok && i < len(n.Args) {
			return []ast.Expr{n.Args[i]}
		}
	}
	return nil
}

func isCodeField(name string) bool { return name == "Code" || name == "code" }

func isNumber(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.INT
}

// isCopy reports whether a code is that of another finding, d.Code, or the ID of a rule,
// rule.ID: package rules has those.
func isCopy(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of := ""
	switch x := sel.X.(type) {
	case *ast.Ident:
		of = x.Name
	case *ast.SelectorExpr:
		of = x.Sel.Name
	}
	return isCodeField(sel.Sel.Name) || of == "rule" && sel.Sel.Name == "ID"
}

// parameter tells which parameter of a function a value is.
func parameter(in *ast.FuncDecl, value ast.Expr) (int, bool) {
	id, ok := value.(*ast.Ident)
	if in == nil || !ok {
		return 0, false
	}
	i := 0
	for _, field := range in.Type.Params.List {
		for _, name := range field.Names {
			if name.Name == id.Name {
				return i, true
			}
			i++
		}
	}
	return 0, false
}

// constant is the text that an expression stands for.
func (s *sources) constant(file *ast.File, p *pkg, e ast.Expr) (string, bool) {
	if text, ok := literal(e); ok {
		return text, true
	}
	owner, name := s.named(file, p, e)
	if owner == nil {
		return "", false
	}
	text, ok := owner.constants[name]
	return text, ok
}

// named resolves NAME and PACKAGE.NAME; anything else before the dot is a value
// whose methods are taken for this package's.
func (s *sources) named(file *ast.File, p *pkg, e ast.Expr) (*pkg, string) {
	switch e := e.(type) {
	case *ast.Ident:
		return p, e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			for _, spec := range file.Imports {
				full, _ := literal(spec.Path)
				short := path.Base(full)
				if spec.Name != nil {
					short = spec.Name.Name
				}
				if short == x.Name {
					return s.packages[strings.TrimPrefix(full, module+"/")], e.Sel.Name
				}
			}
		}
		return p, e.Sel.Name
	}
	return nil, ""
}

func repository(t *testing.T) fs.FS {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return os.DirFS(dir)
}

// compare tells what is wrong between the codes in use and those in the catalogue.
func compare(u uses, known []string) []string {
	var wrong []string
	for code, places := range u.codes {
		if !slices.Contains(known, code) {
			wrong = append(wrong, fmt.Sprintf("%s: the code %q has no row in the catalogue", places[0], code))
		}
	}
	for _, code := range known {
		if len(u.codes[code]) == 0 {
			wrong = append(wrong, fmt.Sprintf("the row %q is dead: nothing reports it", code))
		}
	}
	for _, at := range u.unclear {
		wrong = append(wrong, at+": which code is this? give it as a constant, or as an argument that is one")
	}
	slices.Sort(wrong)
	return wrong
}
