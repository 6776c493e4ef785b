package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// Custom is a rule of a pack's own, in CEL (https://cel.dev): expressions over a plan, as
// plan/schema.json describes it. They have no side effects, and read nothing else.
type Custom struct {
	// ID is the rule's within the pack. Elsewhere it is NAME/ID.
	ID string `yaml:"id"`
	// Title says what must hold.
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Severity is an error unless set.
	Severity string  `yaml:"severity"`
	Fix      written `yaml:"fix"`
	// Parameters are their names with their default values.
	Parameters map[string]parameter `yaml:"parameters"`
	// Each is what the rule looks at one by one, as `it`: entries, packages, basePackages,
	// baseFiles, sources or layers of the plan. Without it the rule looks at the image as
	// a whole.
	Each string `yaml:"each"`
	// Deny is true where something is against the rule.
	Deny expression `yaml:"deny"`
	// Message says what, as an expression that makes a string; the title by default.
	Message expression `yaml:"message"`
	// Path makes the path of the file that it is about; it.path of entries by default.
	Path expression `yaml:"path"`
}

// parameter is a default value, which says what kind of parameter it is.
type parameter struct {
	kind  rule.Kind
	value any
}

// UnmarshalYAML reads true, 5, [a, b] or a text.
func (p *parameter) UnmarshalYAML(n *yaml.Node) error {
	var text written
	if err := n.Decode(&text); err != nil {
		return err
	}
	p.kind = rule.Text
	switch {
	case n.Kind == yaml.SequenceNode:
		p.kind = rule.List
	case n.Tag == "!!bool":
		p.kind = rule.Flag
	case n.Tag == "!!int":
		p.kind = rule.Count
	}
	var err error
	p.value, err = rule.Param{Name: "the parameter", Kind: p.kind}.Parse(text)
	return err
}

// Limits on rules in CEL. An expression costs about one for each thing that it looks at.
const (
	maxExpression  = 4096
	maxCost        = 5_000_000
	maxRuleTime    = 2 * time.Second
	maxParserDepth = 50
	maxNesting     = 3
)

// collections are what Custom.Each may name: the type of its items, and where they are.
var collections = map[string]struct {
	of    reflect.Type
	items func(*plan.Plan) int
	item  func(*plan.Plan, int) any
	path  string
}{
	"entries":      {reflect.TypeFor[plan.Entry](), func(p *plan.Plan) int { return len(p.Entries) }, func(p *plan.Plan, i int) any { return &p.Entries[i] }, "it.path"},
	"baseFiles":    {reflect.TypeFor[plan.BaseFile](), func(p *plan.Plan) int { return len(p.BaseFiles) }, func(p *plan.Plan, i int) any { return &p.BaseFiles[i] }, "it.path"},
	"packages":     {reflect.TypeFor[plan.Package](), func(p *plan.Plan) int { return len(p.Packages) }, func(p *plan.Plan, i int) any { return &p.Packages[i] }, ""},
	"basePackages": {reflect.TypeFor[plan.Package](), func(p *plan.Plan) int { return len(p.BasePackages) }, func(p *plan.Plan, i int) any { return &p.BasePackages[i] }, ""},
	"sources":      {reflect.TypeFor[plan.Source](), func(p *plan.Plan) int { return len(p.Sources) }, func(p *plan.Plan, i int) any { return &p.Sources[i] }, ""},
	"layers":       {reflect.TypeFor[plan.Layer](), func(p *plan.Plan) int { return len(p.Layers) }, func(p *plan.Plan, i int) any { return &p.Layers[i] }, ""},
}

// addRules makes rules of a pack's own ones.
func (p *Policy) addRules(l *level) {
	l.own = nil
	for _, c := range l.Custom {
		r, err := c.compile(l.Name)
		if err == nil {
			if _, known := rules.Lookup(l.rules(), r.ID); known {
				err = errors.New("there are two rules of that name")
			}
		}
		if err != nil {
			p.problem("policy-invalid", l.at, fmt.Sprintf("the policy %s: the rule %q: %v", l.title, c.ID, err))
			continue
		}
		if r.NeedsTime {
			p.dated = cmp.Or(p.dated, "the rule "+r.ID+" asks for build.time")
		}
		p.rules = append(p.rules, r)
		l.own = append(l.own, r)
	}
}

// rules are those of a pack's own, and of the packs above it. A pack of the same name beside
// it, which may be another version of it, has others.
func (l *level) rules() []*rule.Rule {
	out := slices.Clone(l.own)
	for above := range l.above {
		out = append(out, above.own...)
	}
	return out
}

// compile makes a rule.
func (c *Custom) compile(pack string) (*rule.Rule, error) {
	severity, known := severities[c.Severity]
	switch {
	case !packName(c.ID):
		return nil, errors.New("its id is not one: write small letters, digits and dashes")
	case c.Title == "":
		return nil, errors.New("it has no title")
	case c.Deny.text == "":
		return nil, errors.New("it denies nothing: write deny: EXPRESSION")
	case c.Severity != "" && !known:
		return nil, fmt.Errorf("its severity is %q: write error, warning, info or off", c.Severity)
	case c.Each != "" && collections[c.Each].of == nil:
		return nil, fmt.Errorf("it looks at each of %q: write entries, packages, basePackages, baseFiles, sources or layers", c.Each)
	}
	e := &expressions{Custom: *c}
	if err := e.compile(); err != nil {
		return nil, err
	}
	r := &rule.Rule{
		ID: pack + "/" + c.ID, Title: c.Title, Rationale: c.Description, Fixes: c.Fix, Severity: severity, Since: "1.0",
		NeedsBase: strings.Contains(c.Each+c.Deny.text, "base"), NeedsTime: strings.Contains(c.Deny.text+c.Message.text, "build.time"), Check: e.check,
	}
	for name, def := range c.Parameters {
		r.Params = append(r.Params, rule.Param{Name: name, Kind: def.kind, Doc: "See the pack.", Default: def.value, Tightens: rule.Never})
	}
	slices.SortFunc(r.Params, func(a, b rule.Param) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// expressions are the compiled expressions of a rule; nil where there are none.
type expressions struct {
	Custom
	deny, message, path cel.Program
}

func (e *expressions) compile() error {
	env, err := environment(e.Each)
	if err != nil {
		return err
	}
	where := e.Path
	if where.text == "" {
		where.text = collections[e.Each].path
	}
	names := map[string][]string{"params": slices.Sorted(maps.Keys(e.Parameters)), "build": buildNames}
	for _, one := range []struct {
		key  string
		of   expression
		is   *cel.Type
		into *cel.Program
	}{{"deny", e.Deny, cel.BoolType, &e.deny}, {"message", e.Message, cel.StringType, &e.message}, {"path", where, cel.StringType, &e.path}} {
		if one.of.text == "" {
			continue
		}
		if *one.into, err = one.of.program(env, one.key, one.is, names); err != nil {
			return err
		}
	}
	return nil
}

// environment is what expressions can name: plan, build, params, and it where a rule looks
// at things one by one.
func environment(each string) (*cel.Env, error) {
	options := []cel.EnvOption{
		nativeTypes(reflect.TypeFor[plan.Plan]()),
		cel.Variable("plan", cel.ObjectType("plan.Plan")),
		cel.Variable("build", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("params", cel.MapType(cel.StringType, cel.DynType)),
		cel.Function("glob", cel.Overload("glob_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(glob))),
		cel.Function("octal", cel.Overload("octal_uint", []*cel.Type{cel.UintType}, cel.StringType,
			cel.UnaryBinding(func(mode ref.Val) ref.Val { return types.String(fmt.Sprintf("%04o", uint64(mode.(types.Uint)))) }))),
		cel.Function("compareVersions",
			cel.Overload("compareVersions_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.IntType,
				cel.BinaryBinding(func(a, b ref.Val) ref.Val { return compareVersions(a, b, types.String(plan.Dpkg)) })),
			cel.Overload("compareVersions_string_string_string", []*cel.Type{cel.StringType, cel.StringType, cel.StringType}, cel.IntType,
				cel.FunctionBinding(compareVersions))),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(maxParserDepth),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ASTValidators(cel.ValidateComprehensionNestingLimit(maxNesting), cel.ValidateRegexLiterals()),
	}
	if each != "" {
		options = append(options, cel.Variable("it", cel.ObjectType("plan."+collections[each].of.Name())))
	}
	return cel.NewEnv(options...)
}

// compareVersions is rules.CompareVersions, of two versions and the name of a package manager.
func compareVersions(args ...ref.Val) ref.Val {
	a, b, manager := string(args[0].(types.String)), string(args[1].(types.String)), string(args[2].(types.String))
	switch m := plan.Manager(manager); m {
	case plan.Dpkg, plan.APK, plan.RPM:
		return types.Int(rules.CompareVersions(m, a, b))
	}
	return types.NewErr("compareVersions: %q is no package manager: it is dpkg, apk or rpm, as in it.manager", manager)
}

// maxGlob is how large the product of the lengths of a pattern and a text may be: to match
// them takes as many steps.
const maxGlob = 1 << 22

// glob is rule.Match.
func glob(pattern, text ref.Val) ref.Val {
	p, t := string(pattern.(types.String)), string(text.(types.String))
	if len(p)*len(t) > maxGlob {
		return types.NewErr("glob: a pattern of %d bytes and a text of %d are too long", len(p), len(t))
	}
	return types.Bool(rule.Match(p, t))
}

// nativeTypes lets expressions read Go values by the names that they have in JSON.
func nativeTypes(of ...any) cel.EnvOption {
	return func(env *cel.Env) (*cel.Env, error) {
		args := append([]any{types.ParseStructTag("json")}, of...)
		provider, adapter, err := types.ComposeTypes(env.CELTypeProvider(), env.CELTypeAdapter(), args...)
		if err != nil {
			return nil, err
		}
		if env, err = cel.CustomTypeAdapter(namedStrings{adapter})(env); err != nil {
			return nil, err
		}
		return cel.CustomTypeProvider(provider)(env)
	}
}

// namedStrings reads values of types such as plan.Kind as strings.
type namedStrings struct{ types.Adapter }

// NativeToValue implements types.Adapter.
func (n namedStrings) NativeToValue(value any) ref.Val {
	if v := reflect.ValueOf(value); v.IsValid() && v.Kind() == reflect.String {
		return types.String(v.String())
	}
	return n.Adapter.NativeToValue(value)
}

// check asks the rule about an image.
func (e *expressions) check(c *rule.Check) {
	ctx, cancel := context.WithTimeout(context.Background(), maxRuleTime)
	defer cancel()
	vars := map[string]any{
		"plan": c.Plan, "params": map[string]any(c.Params),
		"build": map[string]any{"name": c.Name, "target": c.Target, "platforms": c.Platforms, "time": c.Time}, // buildNames
	}
	if e.Each == "" {
		e.ask(ctx, c, vars)
		return
	}
	of := collections[e.Each]
	for i := range of.items(c.Plan) {
		vars["it"] = of.item(c.Plan, i)
		if !e.ask(ctx, c, vars) {
			return
		}
	}
}

// ask asks the rule once. It tells whether to go on: not where an expression has failed.
func (e *expressions) ask(ctx context.Context, c *rule.Check, vars map[string]any) bool {
	denied, err := evaluate(ctx, e.deny, vars)
	if err != nil || denied != types.True {
		c.Fail(err)
		return err == nil
	}
	v := rule.Violation{Message: e.Title}
	for _, one := range []struct {
		program cel.Program
		into    *string
	}{{e.message, &v.Message}, {e.path, &v.Path}} {
		if one.program == nil {
			continue
		}
		text, err := evaluate(ctx, one.program, vars)
		if err != nil {
			c.Fail(err)
			return false
		}
		s, ok := text.(types.String)
		if !ok {
			c.Fail(fmt.Errorf("it makes a %s and must make a string", text.Type().TypeName()))
			return false
		}
		*one.into = string(s)
	}
	c.Report(v)
	return true
}

func evaluate(ctx context.Context, p cel.Program, vars map[string]any) (ref.Val, error) {
	out, _, err := p.ContextEval(ctx, vars)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("it takes longer than %s", maxRuleTime)
	}
	return out, err
}
