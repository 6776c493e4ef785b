// Command genschema writes the JSON Schema of a spec file, schema.json, from the
// types of package spec and their doc comments. It runs in that package's
// directory, by go generate.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/sinter-build/sinter/spec"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

// schemaFile is the schema's name in the directory of package spec.
const schemaFile = "schema.json"

func write(dir string) error {
	schema, err := generate(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, schemaFile), schema, 0o644)
}

// generate makes the schema; dir is the directory of package spec.
func generate(dir string) ([]byte, error) {
	docs, err := docComments(dir)
	if err != nil {
		return nil, err
	}
	return spec.MakeSchema(docs)
}

// docComments reads what the Go files of a directory say about their types and
// the fields of these, by "Type" and "Type.Field".
func docComments(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	docs := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.TYPE {
				addDocs(docs, group)
			}
		}
	}
	return docs, nil
}

func addDocs(docs map[string]string, group *ast.GenDecl) {
	for _, s := range group.Specs {
		declared := s.(*ast.TypeSpec)
		docs[declared.Name.Name] = line(group.Doc)
		structure, ok := declared.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range structure.Fields.List {
			for _, name := range f.Names {
				docs[declared.Name.Name+"."+name.Name] = line(f.Doc)
			}
		}
	}
}

// line is a comment's text on one line.
func line(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
