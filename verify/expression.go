package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// expression is a text in CEL, with its place in the pack.
type expression struct {
	text string
	// line is that of the file in which the text begins, and whole tells that the lines of
	// the text are lines of the file.
	line  int
	whole bool
}

// UnmarshalYAML reads a text.
func (x *expression) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("an expression is a text: write it behind the key, or below it after |")
	}
	*x = expression{text: n.Value, line: n.Line}
	if n.Style&yaml.LiteralStyle != 0 {
		x.line, x.whole = n.Line+1, true
	}
	return nil
}

// buildNames are what expressions can say of the build.
var buildNames = []string{"name", "platforms", "target", "time"}

// program compiles an expression, which has to make a value of a type. names are what the
// variables that are maps have.
func (x expression) program(env *cel.Env, key string, is *cel.Type, names map[string][]string) (cel.Program, error) {
	if len(x.text) > maxExpression {
		return nil, fmt.Errorf("%s: it has %d bytes, and may have %d", key, len(x.text), maxExpression)
	}
	checked, issues := env.Compile(x.text)
	if all := issues.Errors(); len(all) > 0 {
		return nil, x.wrong(key, all[0].Location, strings.Join(strings.Fields(all[0].Message), " "))
	}
	if got := checked.OutputType(); !got.IsExactType(is) && !got.IsExactType(cel.DynType) {
		return nil, x.wrong(key, nil, fmt.Sprintf("it makes a %s and must make a %s", got, is))
	}
	if err := x.checkNames(key, checked.NativeRep(), names); err != nil {
		return nil, err
	}
	return env.Program(checked, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(1000), cel.EvalOptions(cel.OptOptimize))
}

// wrong says what is wrong with an expression, and where: the line of the file, the
// column of the expression.
func (x expression) wrong(key string, at common.Location, message string) error {
	if at == nil || at.Line() < 1 {
		return fmt.Errorf("line %d: %s: %s", x.line, key, message)
	}
	line := x.line
	if x.whole {
		line += at.Line() - 1
	}
	return fmt.Errorf("line %d: %s, column %d: %s", line, key, at.Column()+1, message)
}

// checkNames looks whether the names that follow params and build are there, which to CEL
// are the keys of any map.
func (x expression) checkNames(key string, checked *ast.AST, names map[string][]string) error {
	var first error
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		of, name, ok := member(e)
		known, checks := names[of]
		if !ok || !checks || slices.Contains(known, name) || first != nil {
			return
		}
		message := fmt.Sprintf("there is no %s.%s", of, name)
		switch guess := diag.Nearest(name, known); {
		case guess != "":
			message += fmt.Sprintf("; did you mean %s.%s?", of, guess)
		case len(known) > 0:
			message += "; there is " + strings.Join(known, ", ")
		default:
			message += ": the rule has no parameters"
		}
		first = x.wrong(key, checked.SourceInfo().GetStartLocation(e.ID()), message)
	}))
	return first
}

// member takes x.name and x["name"] apart.
func member(e ast.Expr) (of, name string, ok bool) {
	var operand ast.Expr
	switch e.Kind() {
	case ast.SelectKind:
		operand, name = e.AsSelect().Operand(), e.AsSelect().FieldName()
	case ast.CallKind:
		args := e.AsCall().Args()
		if e.AsCall().FunctionName() != "_[_]" || args[1].Kind() != ast.LiteralKind {
			return "", "", false
		}
		text, is := args[1].AsLiteral().Value().(string)
		if !is {
			return "", "", false
		}
		operand, name = args[0], text
	default:
		return "", "", false
	}
	if operand.Kind() != ast.IdentKind {
		return "", "", false
	}
	return operand.AsIdent(), name, true
}
