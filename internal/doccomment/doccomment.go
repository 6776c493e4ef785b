// Package doccomment reads what Go source says about its types, from which the
// JSON Schemas of specs and plans take their descriptions.
package doccomment

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// Docs is what the Go files of a directory say.
type Docs struct {
	// Texts are the doc comments of types and of the fields of these, each on one
	// line, by "Type" and "Type.Field".
	Texts map[string]string
	// Constants are the string constants that are declared with a type, by its
	// name, in the order of the files.
	Constants map[string][]Constant
}

// Constant is a string constant with the comment above it or behind it.
type Constant struct{ Value, Doc string }

// Read reads the Go files of a directory, tests left out.
func Read(dir string) (Docs, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return Docs{}, err
	}
	docs := Docs{Texts: map[string]string{}, Constants: map[string][]Constant{}}
	for _, name := range files { // sorted
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return Docs{}, err
		}
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range group.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					docs.addType(s, group.Doc)
				case *ast.ValueSpec:
					docs.addConstant(s)
				}
			}
		}
	}
	return docs, nil
}

func (d Docs) addType(s *ast.TypeSpec, doc *ast.CommentGroup) {
	d.Texts[s.Name.Name] = line(doc)
	structure, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range structure.Fields.List {
		for _, name := range f.Names {
			d.Texts[s.Name.Name+"."+name.Name] = line(f.Doc)
		}
	}
}

func (d Docs) addConstant(s *ast.ValueSpec) {
	declared, ok := s.Type.(*ast.Ident)
	if !ok || len(s.Values) != 1 {
		return
	}
	literal, ok := s.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return // no Go
	}
	doc := line(s.Doc)
	if doc == "" {
		doc = line(s.Comment)
	}
	d.Constants[declared.Name] = append(d.Constants[declared.Name], Constant{Value: value, Doc: doc})
}

// line is a comment's text on one line.
func line(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
