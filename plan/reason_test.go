package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// Every cause that is declared has a row that says what its reasons must say: without one
// no entry with it gets into an image.
func TestEveryCauseHasARow(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[Cause]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Cause" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared[Cause(text)] = true
			if _, ok := causes[Cause(text)]; !ok {
				t.Errorf("%s has no row in causes", spec.Names[0])
			}
		}
		return true
	})
	if len(declared) != len(causes) {
		t.Errorf("%d causes are declared, and %d have a row", len(declared), len(causes))
	}
}
