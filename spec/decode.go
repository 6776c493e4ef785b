package spec

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
)

// maxFindings bounds how much a broken document can say about itself.
const maxFindings = 100

// A decoder turns nodes into the types of this package. Without a scope it
// checks keys and kinds alone and leaves every value unread.
type decoder struct {
	doc   *Document
	scope *scope
	list  diag.List
	// listed are the lists of keys that have been told.
	listed []string
	// meant are the keys that unknown ones of the whole document were probably meant to be.
	meant []string
	// missing are the arguments that were used and have no value.
	missing []string
	// lenient leaves values out, silently, that need an argument nobody gave:
	// in the targets that are not being built, and in defaults.
	lenient bool
}

func (d *decoder) report(at string, problem *diag.Diagnostic) {
	if problem == nil || len(d.list) >= maxFindings || d.doc.tagged[at] {
		return
	}
	found := *problem
	found.At = at
	d.list = append(d.list, found)
}

// spec decodes the whole document. Args come first, because every other value
// can use them; built tells which target's values must all be there.
func (d *decoder) spec(built *string) Spec {
	var s Spec
	v := reflect.ValueOf(&s).Elem()
	fields := fieldsOf(v.Type())
	if n := lookup(d.doc.root, "args"); n != nil {
		d.args(n, &s)
	}
	d.object(d.doc.root, "", v, fields, func(f field, n *yaml.Node) bool {
		switch f.key {
		case "args":
			return true
		case "targets":
			d.targets(n, &s, f, built)
			return true
		case "platforms":
			d.platforms(n, &s)
			return true
		}
		return false
	})
	return s
}

// args decodes the arguments in order; each can use those above it.
func (d *decoder) args(n *yaml.Node, s *Spec) {
	if n.Kind != yaml.MappingNode {
		d.mapping(n, "args", reflect.ValueOf(&s.Args).Elem(), field{key: "args", keys: "arg"})
		if d.scope != nil {
			d.scope.unread = !isNull(n)
		}
		return
	}
	s.Args = map[string]Arg{}
	if d.scope != nil {
		for key := range entries(n) {
			d.scope.later = append(d.scope.later, key.Value)
		}
	}
	for key, value := range entries(n) {
		at := join("args", key.Value)
		d.report(keyOf(at), checkArgName(key.Value))
		var arg Arg
		d.lenient = true
		d.value(value, at, reflect.ValueOf(&arg).Elem(), field{})
		d.lenient = false
		if d.scope != nil {
			arg.Default = d.define(key.Value, at, value)
		}
		s.Args[key.Value] = arg
	}
}

// unknownArg stands for an argument whose value is told to be wrong: what uses it says
// nothing more.
const unknownArg = ""

// define gives an argument its value for all that follows, and returns its
// default.
func (d *decoder) define(name, at string, n *yaml.Node) *string {
	d.scope.later = slices.DeleteFunc(d.scope.later, func(l string) bool { return l == name })
	if isBuiltin(name) {
		return nil
	}
	node := n
	if n.Kind == yaml.MappingNode {
		node = lookup(n, "default")
	}
	if node == nil || node.Kind != yaml.ScalarNode || isNull(node) {
		// What is unknown may be the default.
		broken := node != nil && !isNull(node) || n.Kind == yaml.MappingNode && slices.ContainsFunc(keysIn(n), func(key string) bool {
			return key != "default" && key != "description"
		})
		if broken {
			d.scope.define(name, &variable{missing: []string{unknownArg}})
		} else {
			d.scope.define(name, nil)
		}
		return nil
	}
	value, problem := d.scope.expand(node.Value)
	if problem != nil {
		value = variable{} // reported where the default was decoded
	}
	d.scope.define(name, &value)
	if value.missing != nil {
		return nil
	}
	return &value.text
}

func (d *decoder) targets(n *yaml.Node, s *Spec, f field, built *string) {
	if n.Kind != yaml.MappingNode {
		d.mapping(n, "targets", reflect.ValueOf(&s.Targets).Elem(), f)
		return
	}
	s.Targets = map[string]Target{}
	for key, value := range entries(n) {
		at := join("targets", key.Value)
		if d.tooDeep(key.Value, value, "targets", reflect.TypeFor[Target]()) {
			continue
		}
		d.report(keyOf(at), checkTargetName(key.Value))
		var target Target
		d.lenient = built != nil && *built != key.Value
		d.value(value, at, reflect.ValueOf(&target).Elem(), f)
		d.lenient = false
		s.Targets[key.Value] = target
	}
}

// platforms decodes what cannot depend on the target platform.
func (d *decoder) platforms(n *yaml.Node, s *Spec) {
	if d.scope != nil {
		d.scope.untargeted = true
		defer func() { d.scope.untargeted = false }()
	}
	d.value(n, "platforms", reflect.ValueOf(&s.Platforms).Elem(), field{key: "platforms", format: "platform"})
}

// value decodes one node into v, and reports whether it did.
func (d *decoder) value(n *yaml.Node, path string, v reflect.Value, f field) bool {
	n = resolved(n)
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		into := reflect.New(t.Elem())
		ok := d.value(n, path, into.Elem(), f)
		if ok {
			v.Set(into)
		}
		return ok
	}
	if isNull(n) && !mayBeEmpty(t) {
		problem := noValue(path, n, t, f)
		if comment := d.commentBehind(n); comment != "" {
			problem.Fixes = append([]string{fmt.Sprintf("put it in quotes, %q: what follows \" #\" is a comment", comment)}, problem.Fixes...)
		}
		d.report(path, problem)
		return false
	}
	setAt(v, path)
	switch {
	case t == reflect.TypeFor[Part]():
		return d.part(n, path, v)
	case t == reflect.TypeFor[Service]():
		return d.service(n, path, v)
	case formatOf(t, f.format) != "":
		return d.scalar(n, path, v, formatOf(t, f.format))
	case t.Kind() == reflect.Slice:
		return d.sequence(n, path, v, f)
	case t.Kind() == reflect.Map:
		return d.mapping(n, path, v, f)
	}
	return d.structure(n, path, v)
}

// commentBehind is the comment right behind the colon of a key without a value: #ff0000, and not
// the remark that # and a space begin.
func (d *decoder) commentBehind(n *yaml.Node) string {
	if n.Value != "" {
		return ""
	}
	_, comment, found := strings.Cut(lineAt(d.doc.lines, n.Line), ": #")
	if !found || comment == "" || strings.ContainsAny(comment, " \t#") {
		return ""
	}
	return "#" + comment
}

func setAt(v reflect.Value, path string) {
	if v.Kind() != reflect.Struct {
		return
	}
	if at := v.FieldByName("At"); at.IsValid() {
		at.SetString(path)
	}
}

func (d *decoder) scalar(n *yaml.Node, path string, v reflect.Value, name string) bool {
	if n.Kind != yaml.ScalarNode {
		d.report(path, notScalar(path, n))
		return false
	}
	if name == "dockerfile" && n.Style&yaml.FoldedStyle != 0 {
		d.report(path, invalid("invalid-dockerfile", "> makes one line of the Dockerfile's lines", "write dockerfile: | in place of dockerfile: >"))
		return false
	}
	if d.scope == nil {
		return true
	}
	text, ok := d.text(n, path, name)
	if !ok {
		return false
	}
	format := formats[name]
	if problem := checkText(path, text, format); problem != nil {
		d.report(path, problem)
		return false
	}
	parsed, problem := format.parse(text)
	if problem != nil {
		d.inContext(path, text, problem)
		d.report(path, shortened(problem, text))
		return false
	}
	d.report(path, unseen(text, name))
	v.Set(reflect.ValueOf(parsed).Convert(v.Type()))
	setAt(v, path)
	return true
}

// inContext mends what is said of an item: from and to may be in each other's place.
func (d *decoder) inContext(path, text string, problem *diag.Diagnostic) {
	item, isTo := strings.CutSuffix(path, ".to")
	from, given := d.doc.find(join(item, "from"))
	if isTo && given && problem.Code == "relative-path" && strings.HasPrefix(from.value.Value, "/") {
		problem.Fixes = append([]string{fmt.Sprintf("if from and to are in each other's place, write {from: %s, to: %s}", text, from.value.Value)}, problem.Fixes...)
	}
}

// text is a scalar's text after interpolation. Dockerfile text has build
// arguments of its own and is left alone.
func (d *decoder) text(n *yaml.Node, path, format string) (string, bool) {
	if format == "dockerfile" && strings.Contains(n.Value, "\n") {
		return n.Value, true
	}
	value, problem := d.scope.expandAs(n.Value, formats[format].template)
	if problem != nil {
		inWhole(n.Value, problem)
		if format == "argv" {
			d.variableMeant(n.Value, problem)
		}
		d.report(path, problem)
		return "", false
	}
	for _, name := range value.missing {
		if !d.lenient && name != unknownArg && !slices.Contains(d.missing, name) {
			d.missing = append(d.missing, name)
		}
	}
	return value.text, value.missing == nil
}

func checkText(path, text string, f format) *diag.Diagnostic {
	switch {
	case strings.Contains(text, "\x00"):
		return invalid("invalid-value", path+" holds a NUL byte")
	case f.free:
		return nil
	case strings.TrimSpace(text) == "":
		return invalid("empty-value", path+" is empty", "give it a value, or leave it out")
	case strings.ContainsAny(text, "\n\r"):
		return invalid("invalid-value", path+" holds a line break", "write it on one line")
	}
	return nil
}

func (d *decoder) sequence(n *yaml.Node, path string, v reflect.Value, f field) bool {
	if n.Kind == yaml.ScalarNode && f.one {
		into := reflect.New(v.Type().Elem()).Elem()
		ok := d.value(n, path, into, field{format: f.format})
		if ok {
			v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), into))
		}
		return ok
	}
	if n.Kind != yaml.SequenceNode {
		d.report(path, notList(path, n, v.Type().Elem(), f))
		return false
	}
	if problem := oneTest(n, path, v.Type().Elem()); problem != nil {
		d.report(path, problem)
		return false
	}
	list := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, item := range n.Content {
		into := reflect.New(v.Type().Elem()).Elem()
		if d.value(item, index(path, i), into, f) {
			list = reflect.Append(list, into)
		}
	}
	v.Set(list)
	return true
}

func (d *decoder) mapping(n *yaml.Node, path string, v reflect.Value, f field) bool {
	if n.Kind != yaml.MappingNode {
		d.report(path, notMapping(path, n, v.Type().Elem()))
		return false
	}
	if key, problem := beside(n, path, v.Type().Elem()); problem != nil {
		d.report(keyOf(join(path, key)), problem)
		return false
	}
	out := reflect.MakeMap(v.Type())
	for key, value := range entries(n) {
		at := join(path, key.Value)
		if check := keyFormats[f.keys]; check != nil {
			d.report(keyOf(at), check(key.Value))
		}
		if d.tooDeep(key.Value, value, path, v.Type().Elem()) {
			continue
		}
		into := reflect.New(v.Type().Elem()).Elem()
		d.value(value, at, into, f)
		out.SetMapIndex(reflect.ValueOf(key.Value), into)
	}
	v.Set(out)
	return true
}

// tooDeep reports a list of the whole spec that stands among the names of sources or
// targets.
func (d *decoder) tooDeep(key string, n *yaml.Node, path string, item reflect.Type) bool {
	if item.Kind() != reflect.Struct || n.Kind != yaml.SequenceNode || !isKey(key, reflect.TypeFor[Spec]()) {
		return false
	}
	d.report(keyOf(join(path, key)), wrongType(fmt.Sprintf("%s stands in %s, and is a key of the spec itself", key, path),
		"move it, with all that belongs to it, to the beginning of the line"))
	return true
}

func (d *decoder) structure(n *yaml.Node, path string, v reflect.Value) bool {
	fields := fieldsOf(v.Type())
	if isNull(n) {
		return true
	}
	if short, ok := shorthand(fields); ok {
		list := short.goType.Kind() == reflect.Slice
		if n.Kind == yaml.ScalarNode || n.Kind == yaml.SequenceNode && list {
			return d.value(n, path, v.FieldByIndex(short.index), short)
		}
	}
	if n.Kind != yaml.MappingNode {
		d.report(path, notStructure(path, n, fields))
		return false
	}
	return d.object(n, path, v, fields, nil)
}

// object decodes a mapping whose keys are known. special, when it is not nil,
// decodes the fields for which it returns true.
func (d *decoder) object(n *yaml.Node, path string, v reflect.Value, fields []field, special func(field, *yaml.Node) bool) bool {
	if key, fix := copiedLink(n, v.Type()); fix != "" {
		d.report(keyOf(join(path, key)), &diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("unknown key %q in %s", key, path), Fixes: []string{fix}})
		return false
	}
	ok, foreign := true, hasMergeKey(n)
	if foreign && d.scope == nil {
		d.doc.foreign[path] = true
	}
	seen := map[string]bool{}
	for key, value := range entries(n) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if i < 0 {
			foreign = true
			d.unknown(n, key, value, path, v.Type(), fields)
			continue
		}
		f := fields[i]
		seen[f.key] = true
		if special == nil || !special(f, value) {
			if !d.value(value, join(path, f.key), v.FieldByIndex(f.index), f) && f.required {
				ok = false
			}
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.key] {
			ok = false
			if !foreign { // what is unknown may be what is missing
				d.report(path, missingKey(path, f.key))
			}
		}
	}
	if foreign && !slices.ContainsFunc(alternatives(v.Type()), func(a alternative) bool { return seen[a.key] }) {
		return ok && alternatives(v.Type()) == nil
	}
	return d.alternatives(path, alternatives(v.Type()), seen) && ok
}

// alternatives sees that one of several keys is there, and what it needs.
func (d *decoder) alternatives(path string, all []alternative, seen map[string]bool) bool {
	var there []alternative
	for _, a := range all {
		if seen[a.key] {
			there = append(there, a)
		}
	}
	switch {
	case len(all) == 0:
		return true
	case len(there) == 0:
		problem := missingKey(path, all[0].key)
		for _, a := range all[1:] {
			problem.Fixes = append(problem.Fixes, missingKey(path, a.key).Fixes...)
		}
		d.report(path, problem)
		return false
	case len(there) > 1:
		d.report(keyOf(join(path, there[1].key)), invalid("conflict",
			fmt.Sprintf("%s has both %s and %s", path, there[0].key, there[1].key), "keep one of the two"))
		return false
	}
	for _, key := range there[0].needs {
		if !seen[key] {
			d.report(path, missingKey(path, key))
			return false
		}
	}
	return true
}

// placeholder is what stands for the value of an unknown key in the advice for it.
var placeholder = regexp.MustCompile(`\b(NUMBER|TEXT|PORT|LICENCE|EXPRESSION)\b`)

// unknown reports a key that a mapping cannot have.
func (d *decoder) unknown(n, key, value *yaml.Node, path string, t reflect.Type, fields []field) {
	if d.scope == nil { // in Parse, which sees all of them before documents are shared
		d.doc.foreign[path] = true
	}
	guess, fixes := hint(key.Value, t, fields)
	if fix := d.spacedReference(n, key, value, fields); fix != "" && (guess == "" || d.doc.Has(join("sources", key.Value))) {
		guess, fixes = "", []string{fix}
	} else if t == reflect.TypeFor[Link]() && strings.HasPrefix(key.Value, "/") && value.Kind == yaml.ScalarNode && value.Value != "" {
		guess, fixes = "", []string{fmt.Sprintf("write {path: %s, target: %s}", key.Value, value.Value)}
	} else if t == reflect.TypeFor[Directory]() && strings.HasPrefix(key.Value, "/") && value.Kind == yaml.MappingNode && directoryOf(key.Value, value) != "" {
		guess, fixes = "", []string{"write " + directoryOf(key.Value, value)}
	} else if fix := d.splitReference(n, key, value, fields, guess); fix != "" {
		guess, fixes = "", []string{fix}
	}
	if args := lookup(n, "args"); path == "" && key.Value == "command" && args != nil && args.Kind == yaml.SequenceNode {
		guess = "entrypoint" // as Kubernetes calls it, beside the list
	}
	if word := placeholder.FindString(strings.Join(fixes, "\n")); word != "" && len(fixes) == 1 && value.Kind == yaml.ScalarNode && value.Value != "" && !isNull(value) {
		if text := flow(value, true); text != "" {
			fixes = []string{strings.Replace(fixes[0], word, text, 1)}
		}
	}
	if fix := besideSource(n, key, t); fix != "" {
		guess, fixes = "", []string{fix}
	}
	if fix := ownerInNumbers(n, key, fields); fix != "" {
		if key.Value == "gid" && lookup(n, "uid") != nil {
			return // told there
		}
		guess, fixes = "", []string{fix}
	}
	if name, _, ok := strings.Cut(key.Value, "="); ok && slices.Contains(keysOf(fields), strings.TrimSpace(name)) {
		guess, fixes = "", []string{"write " + strings.TrimSpace(name) + ": in place of " + strings.TrimSpace(name) + " ="}
		d.meant = append(d.meant, strings.TrimSpace(name))
	}
	if r := []rune(key.Value); len(r) > 0 && r[0] > unicode.MaxASCII && unicode.IsSpace(r[0]) {
		guess, fixes = "", []string{fmt.Sprintf("indent the line with plain spaces: it begins with %q, another kind of space", r[0])}
	}
	if strings.HasPrefix(key.Value, "//") && strings.HasPrefix(d.doc.lines[min(max(key.Line, 1), len(d.doc.lines))-1], strings.Repeat(" ", max(key.Column-1, 0))+"//") {
		guess, fixes = "", []string{"begin a comment with # in place of //, in JSON, too"}
	}
	switch {
	case t == reflect.TypeFor[Source]() && guess == "" && fixes == nil && isImage(key.Value+":"+value.Value) && value.Kind == yaml.ScalarNode && len(n.Content) == 2:
		fixes = []string{fmt.Sprintf("write image: %s:%s", key.Value, value.Value)}
	case t == reflect.TypeFor[Spec]() && strings.HasPrefix(key.Value, "x-"):
		guess, fixes = "", []string{"remove it: nobody reads keys of one's own; an anchor can stand where its value is first used"}
	}
	if guess != "" && path == "" {
		d.meant = append(d.meant, guess)
	}
	message := fmt.Sprintf("unknown key %q", key.Value)
	if path != "" {
		message += " in " + path
	}
	switch {
	case guess != "" && lookup(n, guess) != nil:
		fixes = []string{fmt.Sprintf("remove it: %s is there already", guess)}
	case guess != "":
		message += "; did you mean " + guess + "?"
		if f, ok := fieldNamed(fields, guess); ok {
			fixes = []string{d.renamed(key, value, path, f)}
		}
	case len(fixes) == 0:
		keys := "the keys here are " + strings.Join(keysOf(fields), ", ")
		if !slices.Contains(d.listed, keys) {
			d.listed, fixes = append(d.listed, keys), []string{keys}
		}
	}
	d.report(keyOf(join(path, key.Value)), &diag.Diagnostic{Code: "unknown-key", Message: message, Fixes: fixes})
}

// part decodes an item of include: a name, or a mapping of one name to its
// settings.
func (d *decoder) part(n *yaml.Node, path string, v reflect.Value) bool {
	name := v.FieldByName("Name")
	switch {
	case n.Kind == yaml.ScalarNode:
		return d.scalar(n, path, name, "part")
	case n.Kind != yaml.MappingNode || len(n.Content) == 0:
		d.report(path, notScalar(path, n))
		return false
	case len(n.Content) > 2 && isNull(resolved(n.Content[1])) && (n.Content[2].Value == "add" || n.Content[2].Value == "from"):
		d.report(path, invalid("wrong-type", fmt.Sprintf("%s stands beside %s in %s, which has nothing below it", n.Content[2].Value, n.Content[0].Value, path),
			fmt.Sprintf("indent %s further than %s", n.Content[2].Value, n.Content[0].Value)))
		return false
	case len(n.Content) > 2 && lookup(n, "name") != nil && lookup(n, "from") != nil && len(n.Content) == 4:
		d.report(path, invalid("wrong-type", path+" has the part's name as the value of a key", fmt.Sprintf("write %s: {from: %s}", lookup(n, "name").Value, lookup(n, "from").Value)))
		return false
	case len(n.Content) > 2:
		d.report(path, invalid("wrong-type", path+" holds several parts in one item", "start each part with \"- \" on a line of its own"))
		return false
	}
	for key, value := range entries(n) {
		at := join(path, key.Value)
		if _, problem := parsePart(key.Value); problem != nil {
			d.report(keyOf(at), problem)
			return false
		}
		name.SetString(key.Value)
		if !isNull(value) && !d.partSettings(value, at, v, partFields(key.Value)) {
			return false
		}
	}
	return name.String() != ""
}

// service decodes true, or a command.
func (d *decoder) service(n *yaml.Node, path string, v reflect.Value) bool {
	if n.Kind == yaml.SequenceNode {
		command := v.FieldByName("Command")
		return d.sequence(n, path, command, field{format: "argv"})
	}
	if n.Kind != yaml.ScalarNode {
		d.report(path, notList(path, n, reflect.TypeFor[string](), field{}))
		return false
	}
	if d.scope == nil {
		return true
	}
	text, ok := d.text(n, path, "boolean")
	if !ok {
		return false
	}
	if text != "true" && text != "false" {
		problem := shellForm(path, text)
		problem.Fixes = append(problem.Fixes, "write service: true, for what the image starts")
		d.report(path, problem)
		return false
	}
	v.FieldByName("Image").SetBool(text == "true")
	return true
}

// partFields are the keys of Part that a part takes.
func partFields(name string) []field {
	part, _ := parts.Lookup(name)
	return slices.DeleteFunc(fieldsOf(reflect.TypeFor[Part]()), func(f field) bool { return !part.Takes(parts.Setting(f.key)) })
}

func (d *decoder) partSettings(n *yaml.Node, path string, v reflect.Value, fields []field) bool {
	name := v.FieldByName("Name").String()
	switch {
	case len(fields) == 0:
		d.report(keyOf(path), invalid("unknown-key", "the part "+name+" takes no settings", "write - "+name))
		return false
	case n.Kind != yaml.MappingNode:
		problem := notStructure(path, n, fields)
		switch {
		case n.Kind == yaml.ScalarNode && n.Value == "true":
			problem.Fixes = []string{"write - " + name + " alone"}
		case n.Kind == yaml.ScalarNode && name == parts.Tzdata && strings.Contains(n.Value, "/"):
			problem.Fixes = []string{"write - " + name + " alone, which has all of them, and env: {TZ: " + n.Value + "}"}
		}
		if n.Kind == yaml.ScalarNode && strings.ContainsAny(n.Value, "./") && slices.ContainsFunc(fields, func(f field) bool { return f.key == "add" }) {
			problem.Fixes = []string{fmt.Sprintf("write %s: {add: [%s]}", name, n.Value)}
		}
		d.report(path, problem)
		return false
	}
	return d.object(n, path, v, fields, nil)
}
