package spec

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// What people are used to write in the files of other tools, and what a spec has
// instead.

// whenRun is the advice for what no image can say.
const whenRun = "that is said when the image is run, in a compose file for instance, and not in the image"

// spacedReference is the fix for "d: /bin/ls", which YAML reads as a mapping where
// "d:/bin/ls" was meant; "" when it is none.
func (d *decoder) spacedReference(n, key, value *yaml.Node, fields []field) string {
	short, ok := shorthand(fields)
	if ok && short.goType == reflect.TypeFor[Ref]() && strings.Contains(key.Value, ":/") && isNull(value) {
		return "write " + key.Value + ", without the braces"
	}
	if ok && short.goType == reflect.TypeFor[Ref]() && len(n.Content) == 2 && value.Kind == yaml.SequenceNode && len(scalarsOf(value)) > 0 && d.doc.Has(join("sources", key.Value)) {
		return "write an item for each: " + key.Value + ":" + scalarsOf(value)[0] + ", without a space"
	}
	if ok && short.goType == reflect.TypeFor[Ref]() && len(n.Content) == 2 && strings.HasPrefix(value.Value, "/") && strings.ContainsAny(key.Value, "./") && !d.doc.Has(join("sources", key.Value)) {
		return fmt.Sprintf("write {from: %s, to: %s}", key.Value, value.Value)
	}
	if !ok || short.goType != reflect.TypeFor[Ref]() || lookup(n, short.key) != nil ||
		value.Kind != yaml.ScalarNode || !sourceName.MatchString(key.Value) {
		return ""
	}
	ref := key.Value + ":" + value.Value
	if value.Value == "" {
		ref += "/PATH"
	} else if !strings.HasPrefix(value.Value, "/") {
		return ""
	}
	if len(n.Content) == 2 {
		return "write " + ref + ", without a space"
	}
	return "write " + short.key + ": " + ref + ", without a space"
}

// splitReference is the fix for a source and a path that stand in two keys, as
// Dockerfiles have it; "" when they do not.
func (d *decoder) splitReference(n, key, value *yaml.Node, fields []field, guess string) string {
	short, ok := shorthand(fields)
	if !ok || short.goType != reflect.TypeFor[Ref]() || value.Kind != yaml.ScalarNode ||
		guess != short.key && !slices.Contains([]string{"path", "file"}, strings.ToLower(key.Value)) {
		return ""
	}
	from := lookup(n, short.key)
	if from == nil || from.Kind != yaml.ScalarNode || !d.doc.Has(join("sources", from.Value)) {
		return ""
	}
	return fmt.Sprintf("write %s: %s:%s", short.key, from.Value, value.Value)
}

// ownerInNumbers is the fix for the key uid or gid of what has an owner; "" for another.
func ownerInNumbers(n, key *yaml.Node, fields []field) string {
	if key.Value != "uid" && key.Value != "gid" || !slices.Contains(keysOf(fields), "owner") {
		return ""
	}
	ids := []string{"0", "0"}
	for i, name := range []string{"uid", "gid"} {
		if id := lookup(n, name); id != nil && id.Kind == yaml.ScalarNode && !isNull(id) {
			ids[i] = id.Value
		}
	}
	return fmt.Sprintf("write owner: %q", strings.Join(ids, ":"))
}

// besideSource is the fix for what stands in keys of its own beside an image or a repository, and
// belongs behind its name; "" for another key.
func besideSource(n, key *yaml.Node, t reflect.Type) string {
	of := func(names ...string) string {
		for _, name := range names {
			if v := lookup(n, name); v != nil && v.Kind == yaml.ScalarNode && !isNull(v) && !strings.ContainsAny(v.Value, " #@") {
				return v.Value
			}
		}
		return ""
	}
	image, git := of("image"), of("git")
	ref, dir := of("ref", "branch", "tag", "commit"), of("subdir", "dir", "directory", "path")
	switch {
	case t != reflect.TypeFor[Source]() || !slices.Contains([]string{"ref", "branch", "tag", "commit", "subdir", "dir", "directory", "path", "version", "digest"}, key.Value):
	case git != "" && (ref != "" || dir != ""):
		if dir != "" {
			ref += ":" + strings.Trim(strings.TrimPrefix(dir, "./"), "/")
		}
		return "write git: " + git + "#" + ref
	case image != "" && !strings.Contains(path.Base(image), ":"):
		tag, digest := of("tag", "version"), of("digest")
		if tag != "" {
			image += ":" + tag
		}
		if digest != "" && digestText.MatchString(digest) {
			image += "@" + digest
		}
		if (tag != "" && key.Value != "digest" || digestText.MatchString(digest)) && isImage(image) {
			return "write image: " + image
		}
	}
	return ""
}

// hasMergeKey reports whether a mapping takes keys from elsewhere, which is refused.
func hasMergeKey(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			return true
		}
	}
	return false
}

// maxShown is how many items of a list a fix writes out.
const maxShown = 6

// mappingOf writes a list as the inside of a mapping: A=B, {A: B}, or {name: A, value:
// B} as Kubernetes has it. It is "" when the list is none of these.
func mappingOf(n *yaml.Node, value reflect.Type) string {
	var pairs []string
	for _, item := range n.Content {
		item = resolved(item)
		name, text, ok := "", "", false
		switch {
		case item.Kind == yaml.ScalarNode:
			name, text, ok = pairIn(item.Value, value)
		case item.Kind == yaml.MappingNode && len(item.Content) == 2 && item.Content[1].Kind == yaml.ScalarNode:
			name, text, ok = item.Content[0].Value, quoted(item.Content[1], value), true
		case item.Kind == yaml.MappingNode:
			name, text, ok = namedItem(item, value)
		}
		if !ok {
			return ""
		}
		if len(pairs) == maxShown {
			pairs = append(pairs, "…")
			break
		}
		pairs = append(pairs, name+": "+text)
	}
	return strings.Join(pairs, ", ")
}

// pairIn is a text that has a name and a value: A=B, A:B and, of environment variables
// and arguments, a name alone; of a source also an image alone.
func pairIn(text string, value reflect.Type) (name, written string, ok bool) {
	text = strings.TrimPrefix(text, "export ")
	name, rest, found := strings.Cut(text, "=")
	if !found {
		name, rest, found = strings.Cut(text, ":")
	}
	name, rest = strings.TrimSpace(name), strings.TrimSpace(rest)
	switch {
	case name == "" || strings.ContainsAny(name, " \t"):
		return "", "", false
	case value == reflect.TypeFor[Source]():
		_, _, twice := strings.Cut(rest, ":")
		if found && !twice && !strings.Contains(text, "=") { // an image with its tag
			rest, name = text, path.Base(name)
		}
		return name, rest, rest != "" && sourceName.MatchString(name) && !strings.ContainsAny(rest, " \t")
	case value == reflect.TypeFor[Arg]() && !found:
		return name, "{}", true
	case value.Kind() == reflect.String && !found:
		return name, "VALUE", true
	case value.Kind() == reflect.String || value == reflect.TypeFor[Arg]():
		return name, fmt.Sprintf("%q", rest), true
	}
	return "", "", false
}

// pairsIn are the pairs of a line such as a=b,c=d or a=b c=d; none where a piece is no pair.
func pairsIn(text string) []string {
	var pairs []string
	for piece := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		name, value, ok := strings.Cut(piece, "=")
		if !ok || name == "" {
			return nil
		}
		pairs = append(pairs, fmt.Sprintf("%s: %q", name, value))
	}
	return pairs
}

// beside is the finding for keys that stand beside the name that they are to be below, as
// image does here:
//
//	sources:
//	  debian:
//	  image: debian:bookworm-slim
//
// It is nil where nothing has a wrong place.
func beside(n *yaml.Node, at string, item reflect.Type) (key string, problem *diag.Diagnostic) {
	if item.Kind() != reflect.Struct {
		return "", nil
	}
	keys := keysOf(fieldsOf(item))
	above, scalar, strays, sure := "", "", []string(nil), false
	for k, v := range entries(n) {
		switch {
		case !slices.Contains(keys, k.Value):
			if len(strays) > 0 {
				break
			}
			above, scalar = "", ""
			switch {
			case isNull(v):
				above = k.Value
			case v.Kind == yaml.ScalarNode:
				scalar = k.Value
			}
		case above == "" && scalar != "" && item == reflect.TypeFor[Source]() && v.Kind == yaml.SequenceNode:
			return k.Value, wrongType(fmt.Sprintf("%s stands beside %s in %s, and not in it", k.Value, scalar, at),
				fmt.Sprintf("write %s: {image: %s, %s: %s}", scalar, lookup(n, scalar).Value, k.Value, "["+strings.Join(scalarsOf(v), ", ")+"]"))
		case above != "":
			strays = append(strays, k.Value)
			sure = sure || v.Kind == yaml.SequenceNode || v.Kind == yaml.ScalarNode && (k.Value == "image" || k.Value == "dockerfile")
		}
	}
	if !sure {
		return "", nil
	}
	return strays[0], wrongType(
		fmt.Sprintf("%s stands beside %s in %s, which has nothing below it", strays[0], above, at),
		fmt.Sprintf("indent %s further than %s", strings.Join(strays, " and "), above))
}

// namedItem is a mapping that holds its name beside the rest.
func namedItem(item *yaml.Node, value reflect.Type) (name, text string, ok bool) {
	key := lookup(item, "name")
	if key == nil || key.Kind != yaml.ScalarNode {
		return "", "", false
	}
	if v := lookup(item, "value"); v != nil && v.Kind == yaml.ScalarNode && value.Kind() != reflect.Struct {
		return key.Value, quoted(v, value), true
	}
	var rest []string
	for k, v := range entries(item) {
		switch {
		case k.Value == "name":
		case v.Kind != yaml.ScalarNode:
			rest = append(rest, k.Value+": …")
		default:
			rest = append(rest, k.Value+": "+v.Value)
		}
	}
	return key.Value, "{" + strings.Join(rest, ", ") + "}", value.Kind() == reflect.Struct
}

// quoted is a scalar as it is written where texts are expected.
func quoted(n *yaml.Node, value reflect.Type) string {
	if value.Kind() == reflect.Struct {
		return n.Value
	}
	return fmt.Sprintf("%q", n.Value)
}

// areArguments reports whether a list is one of words for a program, as args is in
// manifests of Kubernetes, and none of build arguments.
func areArguments(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") || strings.HasPrefix(w, "/") })
}

// WithoutShell is the fix for a command that a shell is given to run, as in
// [sh, -c, "app --serve"], if it needs none.
func WithoutShell(command []string) (fix string, ok bool) {
	if len(command) != 3 || !slices.Contains([]string{"sh", "bash", "dash", "ash"}, path.Base(command[0])) || !strings.HasSuffix(command[1], "c") {
		return "", false
	}
	words, ok := commandWords(command[2])
	if !ok {
		words, ok = failsAnyway(command[2])
	}
	if !ok || strings.Contains(command[2], "$") {
		return "", false
	}
	return "a minimal image has no shell: write the words of the command, " + flowList(words), true
}

// commandIn is a command as a list: that of a text, or of the key command of a mapping.
func commandIn(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		if program, args := commandKey(n), lookup(n, "args"); program != nil && program.Kind == yaml.ScalarNode && args != nil && args.Kind == yaml.SequenceNode {
			return flowList(append([]string{program.Value}, scalarsOf(args)...))
		}
		if options := optionsIn(n); commandKey(n) == nil && len(options) > 0 {
			return flowList(options)
		}
		n = commandKey(n)
	}
	if n != nil && n.Kind == yaml.ScalarNode {
		if words, ok := commandWords(n.Value); ok {
			return flowList(words)
		}
	}
	if n != nil && n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		return flowList(scalarsOf(n))
	}
	return `["/usr/bin/app", "--option"]`
}

// commandKey is the value of the key of a mapping that says what starts, by one of its names.
func commandKey(n *yaml.Node) *yaml.Node {
	for _, name := range []string{"command", "program", "exec", "cmd", "run", "path"} {
		if v := lookup(n, name); v != nil {
			return v
		}
	}
	return nil
}

// optionsIn are the options of a mapping such as {port: 80}.
func optionsIn(n *yaml.Node) []string {
	var words []string
	for key, value := range entries(n) {
		if value.Kind != yaml.ScalarNode || strings.ContainsAny(key.Value, " /") {
			return nil
		}
		words = append(words, "--"+strings.TrimLeft(key.Value, "-"))
		if !isNull(value) && value.Value != "true" {
			words = append(words, value.Value)
		}
	}
	return words
}

func scalarsOf(n *yaml.Node) []string {
	var out []string
	for _, item := range n.Content {
		if item.Kind == yaml.ScalarNode {
			out = append(out, item.Value)
		}
	}
	return out
}

// valuesIn are the values of a mapping that are scalars.
func valuesIn(n *yaml.Node) []string {
	var out []string
	for _, value := range entries(n) {
		if value.Kind == yaml.ScalarNode {
			out = append(out, value.Value)
		}
	}
	return out
}

func keysIn(n *yaml.Node) []string {
	var out []string
	for key := range entries(n) {
		out = append(out, key.Value)
	}
	return out
}
