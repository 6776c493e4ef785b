package spec

import (
	"cmp"
	"encoding/json"
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

// What a node is called in a message.
func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case isNull(n):
		return "nothing"
	}
	return "a single value"
}

func wrongType(message string, fixes ...string) *diag.Diagnostic {
	return invalid("wrong-type", message, fixes...)
}

func noValue(path string, n *yaml.Node, t reflect.Type, f field) *diag.Diagnostic {
	problem := invalid("no-value", path+" has no value", "give it a value, or leave it out")
	switch {
	case n.Value == "~" && t.Kind() == reflect.String && !formats[f.format].free:
		problem.Message = path + " is ~, which is YAML for nothing"
		problem.Fixes = []string{"write where it is in the image, as in /home/nonroot: nothing stands for a home directory here"}
	case t.Kind() == reflect.Slice:
		problem.Fixes = []string{"write [] for an empty list, or leave it out"}
	case formats[f.format].free && t.Kind() == reflect.String && n.Value == "":
		problem.Fixes = []string{`write "" for an empty text, or leave it out`}
	case formats[f.format].free && t.Kind() == reflect.String:
		problem.Fixes = []string{fmt.Sprintf("write %q for the word itself, or leave it out", n.Value)}
	}
	return problem
}

func notScalar(path string, n *yaml.Node) *diag.Diagnostic {
	problem := wrongType(fmt.Sprintf("%s must be a single value, not %s", path, kindName(n)))
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[1].Kind == yaml.ScalarNode && n.Content[1].Value != "" {
		problem.Fixes = []string{"write " + n.Content[1].Value + " alone"}
	}
	if strings.HasSuffix(path, ".content") {
		problem.Fixes = []string{"write content: | and the text of the file in the lines below, indented"}
		return problem
	}
	if name, ok := strings.CutPrefix(path, "env."); ok && n.Kind == yaml.MappingNode && len(n.Content) > 1 && n.Content[1].Kind == yaml.ScalarNode {
		problem.Fixes = []string{fmt.Sprintf("write a variable for each: %s_%s: %q", name, strings.ToUpper(n.Content[0].Value), n.Content[1].Value)}
	}
	for _, key := range []string{"target", "mountPath"} {
		if to := lookup(n, key); to != nil && strings.HasPrefix(to.Value, "/") && strings.HasPrefix(path, "volumes") {
			problem.Fixes = []string{"write " + to.Value + ", and mount it when you run the image"}
		}
	}
	if system, arch := lookup(n, "os"), lookup(n, "arch"); system != nil && arch != nil && strings.HasPrefix(path, "platforms[") {
		problem.Fixes = []string{"write " + system.Value + "/" + arch.Value}
	}
	if name := lookup(n, "name"); name != nil && strings.HasSuffix(path, ".image") {
		problem.Fixes = []string{"write image: " + name.Value}
		if tag := lookup(n, "tag"); tag != nil {
			problem.Fixes[0] += ":" + tag.Value
		}
	}
	if name := lookup(n, "name"); path == "metadata" && name != nil { // of a manifest of Kubernetes
		problem.Fixes = []string{fmt.Sprintf("write name: %s in place of it, at the top level", name.Value)}
	}
	if key, value := dotted(n, 8); key != "" && (strings.HasPrefix(path, "labels.") || strings.HasPrefix(path, "annotations.")) {
		problem.Fixes = []string{fmt.Sprintf("write %s.%s: %s", path[strings.Index(path, ".")+1:], key, value)}
	}
	for _, key := range []string{"containerPort", "target", "port"} {
		if port := lookup(n, key); port != nil && strings.HasPrefix(path, "ports[") {
			problem.Fixes = []string{"write " + port.Value + ", and publish it when you run the image"}
		}
	}
	if uid, gid := lookup(n, "uid"), lookup(n, "gid"); uid != nil && gid != nil {
		problem.Fixes = []string{fmt.Sprintf("write \"%s:%s\"", uid.Value, gid.Value)}
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && len(scalarsOf(n)) == len(n.Content) {
		problem.Fixes = []string{onePerItem(path, scalarsOf(n))}
	}
	return problem
}

// dotted is a name that is written as mappings in each other, with its value.
func dotted(n *yaml.Node, depth int) (key, value string) {
	if n.Kind != yaml.MappingNode || len(n.Content) < 2 || depth == 0 {
		return "", ""
	}
	if n.Content[1].Kind == yaml.ScalarNode {
		return n.Content[0].Value, n.Content[1].Value
	}
	rest, value := dotted(n.Content[1], depth-1)
	if rest == "" {
		return "", ""
	}
	return n.Content[0].Value + "." + rest, value
}

func notList(path string, n *yaml.Node, item reflect.Type, f field) *diag.Diagnostic {
	if f.format == "argv" && n.Kind == yaml.ScalarNode {
		return shellForm(path, n.Value)
	}
	problem := wrongType(fmt.Sprintf("%s must be a list, not %s", path, kindName(n)))
	switch {
	case f.format == "argv" && n.Kind == yaml.MappingNode:
		problem.Fixes = []string{"write a list of words: " + commandIn(n)}
	case f.format == "volume" && n.Kind == yaml.MappingNode:
		paths := slices.DeleteFunc(append(keysIn(n), valuesIn(n)...), func(p string) bool { return !strings.HasPrefix(p, "/") })
		if len(paths) == 0 {
			paths = []string{"/var/lib/app"}
		}
		problem.Fixes = []string{"write the paths in the image alone: " + path + ": [" + strings.Join(paths, ", ") + "]"}
	case item == reflect.TypeFor[Test]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{"write a list with an item for each test: [" + withoutShellWords(n.Value) + "]"}
	case f.format == "sourcename" && n.Kind == yaml.ScalarNode && !sourceName.MatchString(n.Value):
		problem.Fixes = []string{"write the name of a source that is declared, as in from: [debian], and where it is declared sources: {debian: " + n.Value + "}"}
	case n.Kind == yaml.ScalarNode && afterDash(n.Value) != "":
		problem.Fixes = []string{"write - " + afterDash(n.Value) + ", with the plain hyphen of the keyboard"}
	case n.Kind == yaml.MappingNode && itemsOf(n, item, f) != "":
		problem.Fixes = []string{"write " + itemsOf(n, item, f)}
	case n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n"):
		items := strings.FieldsFunc(n.Value, func(r rune) bool { return r == ',' || r == ' ' })
		if item, ok := strings.CutPrefix(n.Value, "-"); ok && f.format != "argv" {
			first, _, _ := strings.Cut(item, " -")
			problem.Fixes = []string{"write - " + strings.TrimSpace(first) + ", with a space after the dash"}
			break
		}
		problem.Fixes = []string{"write [" + strings.Join(items, ", ") + "]"}
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[1].Kind == yaml.SequenceNode && len(scalarsOf(n.Content[1])) > 0 && item.Kind() != reflect.Struct:
		problem.Fixes = []string{"write [" + strings.Join(scalarsOf(n.Content[1]), ", ") + "]"}
	case n.Kind == yaml.MappingNode && len(n.Content) > 1 && strings.HasPrefix(n.Content[1].Value, "/") && (item == reflect.TypeFor[Link]() || item == reflect.TypeFor[File]()):
		keys := "from: %s, to: %s"
		if item == reflect.TypeFor[Link]() {
			keys = "path: %s, target: %s"
		}
		problem.Fixes = []string{fmt.Sprintf("write an item for each: - {"+keys+"}", n.Content[0].Value, n.Content[1].Value)}
	case item.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		problem.Fixes = []string{"start each item with \"- \""}
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		problem.Fixes = []string{"write - " + n.Content[0].Value + ", one item to a line"}
	}
	return problem
}

// onePerItem is the fix for a list in place of a single value.
func onePerItem(path string, items []string) string {
	key := path[strings.LastIndex(path, ".")+1:]
	switch {
	case len(items) == 1:
		return "write " + items[0] + " without the brackets"
	case key == "dockerfile":
		return "write dockerfile: | and the lines below it, indented, without - before them"
	case strings.HasPrefix(path, "env."):
		return fmt.Sprintf("write one text: %s: %q", key, strings.Join(items, " "))
	case strings.HasPrefix(path, "labels."), strings.HasPrefix(path, "annotations."):
		_, name, _ := strings.Cut(path, ".")
		return fmt.Sprintf("write one text: %s: %q", name, strings.Join(items, ","))
	case (key == "user" || key == "owner") && len(items) == 2:
		return fmt.Sprintf("write %s: %q", key, strings.Join(items, ":"))
	case strings.HasSuffix(path, "]"):
		return "remove the inner brackets: " + strings.Join(items, ", ")
	case strings.Contains(path, "]."):
		return fmt.Sprintf("write an item for each, the first with %s: %s", key, items[0])
	}
	return fmt.Sprintf("keep one: %s: %s", key, items[0])
}

// withoutShellWords is a command as a list, or as it is where only a shell can split it.
func withoutShellWords(command string) string {
	words, ok := commandWords(command)
	if !ok {
		return fmt.Sprintf("%q", command)
	}
	return flowList(words)
}

func shellForm(path, command string) *diag.Diagnostic {
	problem := invalid("shell-form", path+" must be a list of arguments: a minimal image has no shell to split a line of text")
	problem.Runtime = `exec: "/bin/sh": stat /bin/sh: no such file or directory`
	problem.Fixes = []string{withoutShell(path, command)}
	return problem
}

// withoutShell is the fix for a line of text that a shell is to run at a path of the spec.
func withoutShell(path, command string) string {
	command = inOneLine(command)
	if variables, words := variablesBefore(command); len(variables) > 0 {
		if strings.HasPrefix(path, "tests") {
			return fmt.Sprintf("write {run: %s, env: {%s}}", flowList(words), strings.Join(variables, ", "))
		}
		return fmt.Sprintf("write env: {%s}, and here %s", strings.Join(variables, ", "), flowList(words))
	}
	if words, ok := commandWords(command); ok {
		return "write " + flowList(words)
	}
	inTest := strings.HasPrefix(path, "tests")
	if check, ok := failsAnyway(command); ok && !inTest {
		return "write " + flowList(check) + ": it fails by its own exit status"
	}
	if m := intoGrep.FindStringSubmatch(command); m != nil && inTest {
		if words, ok := commandWords(m[1]); ok {
			return fmt.Sprintf("write {run: %s, expect: {stdout: {contains: %q}}}", flowList(words), strings.Trim(m[2], `"'`))
		}
	}
	if inTest {
		return fmt.Sprintf("run a shell of a source, which does not ship: [SOURCE:/bin/sh, -c, %q]; what it calls is that of the image", command)
	}
	return "put it into a script that begins with #!/bin/sh, ship that with files: [{from: start.sh, to: /start.sh, mode: \"0755\"}], and write [/start.sh]: " +
		"it brings its shell, and the commands that it calls, from a source in libraries.from"
}

// inOneLine is a command that stands on several lines: each of them begins with an option, or
// ends with the backslash by which a shell goes on.
func inOneLine(command string) string {
	command = strings.TrimRight(strings.ReplaceAll(command, "\\\n", " "), "\n")
	first, rest, several := strings.Cut(command, "\n")
	for line := range strings.SplitSeq(rest, "\n") {
		if several && !strings.HasPrefix(strings.TrimSpace(line), "-") {
			return command
		}
	}
	if !several {
		return first
	}
	return strings.ReplaceAll(command, "\n", " ")
}

// assignment is a word by which a shell sets a variable for the command behind it.
var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// variablesBefore are the variables that stand before a command, and its words.
func variablesBefore(command string) (variables, words []string) {
	words, ok := commandWords(command)
	for ok && len(words) > 1 {
		m := assignment.FindStringSubmatch(words[0])
		if m == nil {
			break
		}
		variables, words = append(variables, fmt.Sprintf("%s: %q", m[1], m[2])), words[1:]
	}
	return variables, words
}

// intoGrep is a command whose output is looked at for a text.
var intoGrep = regexp.MustCompile(`^([^|]*)\|\s*grep\s+(?:-[qFi]+\s+)?("[^"]*"|'[^']*'|[^\s|"']+)\s*$`)

// orFails ends the health checks of Dockerfiles, where the status 2 is reserved.
var orFails = regexp.MustCompile(`\s*\|\|\s*(exit\s+[0-9]+|false)\s*;?\s*$`)

// failsAnyway is a command whose only use of the shell is to fail when it fails.
func failsAnyway(command string) (words []string, ok bool) {
	rest := orFails.ReplaceAllString(command, "")
	if rest == command {
		return nil, false
	}
	return commandWords(rest)
}

// flowList writes arguments as a YAML list on one line.
func flowList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf("%q", word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// commandWords splits a command, without the shell's word for taking its own place.
func commandWords(command string) (words []string, ok bool) {
	if rest, found := strings.CutPrefix(command, "CMD "); found { // an instruction of a Dockerfile
		command = strings.TrimSpace(rest)
	}
	if err := json.Unmarshal([]byte(command), &words); err == nil && len(words) > 0 {
		return words, true // a list in quotes
	}
	if strings.HasPrefix(command, "['") && strings.HasSuffix(command, "']") {
		return strings.FieldsFunc(strings.Trim(command, "[]'"), func(r rune) bool { return r == '\'' || r == ',' || r == ' ' }), true
	}
	words, ok = splitWords(command)
	if ok && len(words) > 1 && words[0] == "exec" {
		words = words[1:]
	}
	return words, ok
}

// splitWords splits a command as a shell would; ok is false when it holds what
// only a shell can do.
func splitWords(command string) (words []string, ok bool) {
	if strings.ContainsAny(command, "|&;<>()`\\\n*?~") || strings.Contains(command, "$(") {
		return nil, false
	}
	var word strings.Builder
	var quote rune
	inWord := false
	for _, r := range command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0 && len(words) > 0
}

func notMapping(path string, n *yaml.Node, value reflect.Type) *diag.Diagnostic {
	problem := wrongType(fmt.Sprintf("%s must be a mapping of names to values, not %s", path, kindName(n)))
	path = path[strings.LastIndex(path, ".")+1:]
	if n.Kind == yaml.ScalarNode {
		if pairs := pairsIn(n.Value); len(pairs) > 1 && value.Kind() == reflect.String {
			problem.Fixes = []string{fmt.Sprintf("write %s: {%s}", path, strings.Join(pairs, ", "))}
		} else if name, text, ok := pairIn(n.Value, value); ok && strings.ContainsAny(n.Value, "=:") {
			problem.Fixes = []string{fmt.Sprintf("write %s: {%s: %s}, with a space after each colon", path, name, text)}
		} else if value == reflect.TypeFor[FileCheck]() {
			problem.Fixes = []string{fmt.Sprintf("write %s: {%s: present}", path, n.Value)}
		} else if value.Kind() == reflect.String {
			problem.Fixes = []string{"write each of them here, " + path + ": {NAME: VALUE}: no file is read for them"}
		}
		return problem
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return problem
	}
	if value == reflect.TypeFor[Arg]() && areArguments(scalarsOf(n)) {
		problem.Fixes = []string{"write cmd: " + flowList(scalarsOf(n)) + ", for what the program is given: args are build arguments"}
		return problem
	}
	if fix := mappingOf(n, value); fix != "" {
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s}", path, fix)}
		return problem
	}
	if n.Content[0].Kind != yaml.ScalarNode {
		return problem
	}
	name := n.Content[0].Value
	switch {
	case value == reflect.TypeFor[Arg]():
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: DEFAULT}", path, name)}
	case value == reflect.TypeFor[RuleSetting]():
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: error}", path, name)}
	case value == reflect.TypeFor[Source]():
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: {image: IMAGE}}", path, name)}
	case value == reflect.TypeFor[FileCheck]():
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: file}", path[strings.LastIndex(path, ".")+1:], name)}
	case value == reflect.TypeFor[Target]():
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: {…}}", path, name)}
	}
	return problem
}

func notStructure(path string, n *yaml.Node, fields []field) *diag.Diagnostic {
	problem := wrongType(fmt.Sprintf("%s must be a mapping, not %s", path, kindName(n)),
		"the keys here are "+strings.Join(keysOf(fields), ", "))
	key := path[strings.LastIndex(path, ".")+1:]
	switch t := fields[0].owner; {
	case t == reflect.TypeFor[Source]() && slices.Contains(keysOf(fields), key):
		problem.Message = fmt.Sprintf("%s stands where the names of sources stand, and is a key of a source", key)
		problem.Fixes = []string{"indent it further, like the other keys of the source that it belongs to"}
	case n.Kind == yaml.SequenceNode && isListOfRefs(fields) && len(n.Content) > 0 && flow(n.Content[0], false) != "":
		problem.Fixes = []string{"write an item for each, with one dash or one pair of brackets: - " + flow(n.Content[0], false)}
	case n.Kind == yaml.SequenceNode && len(n.Content) == 1 && n.Content[0].Kind == yaml.MappingNode && len(keysIn(n.Content[0])) > 0 && isKey(keysIn(n.Content[0])[0], t):
		problem.Fixes = []string{"remove the dash: write " + key + ": and below it its keys, as in " + keysIn(n.Content[0])[0] + ": …"}
	case len(fields) == 1 && n.Kind == yaml.ScalarNode && n.Value == fields[0].key:
	case len(fields) == 1 && n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false"):
	case len(fields) == 1 && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{fmt.Sprintf("write %s: {%s: %s}", path[strings.LastIndex(path, ".")+1:], fields[0].key, n.Value)}
	case t == reflect.TypeFor[Link]() && n.Kind == yaml.ScalarNode:
		link, target, found := strings.Cut(n.Value, "->")
		if words := strings.Fields(n.Value); len(words) == 4 && words[0] == "ln" {
			link, target, found = words[3], words[2], true
		}
		if link, target = strings.TrimSpace(link), strings.TrimSpace(target); !found || link == "" || target == "" {
			link, target = "WHERE-THE-LINK-IS", "WHERE-IT-POINTS"
		}
		problem.Fixes = []string{fmt.Sprintf("write {path: %s, target: %s}", link, target)}
	case t == reflect.TypeFor[Exemption]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{fmt.Sprintf("write {rule: %s, reason: WHY-IT-NEED-NOT-HOLD, owner: WHO-ANSWERS-FOR-IT, expires: 2026-12-24}", n.Value)}
	case t == reflect.TypeFor[Repository]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{"write {url: URL, suite: SUITE, components: [COMPONENT], key: FILE}"}
	case t == reflect.TypeFor[Expect]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{fmt.Sprintf("write expect: {stdout: {contains: %q}}", n.Value)}
	case t == reflect.TypeFor[Healthcheck]() && slices.Contains([]string{"none", "NONE", "false"}, n.Value):
		problem.Fixes = []string{"leave healthcheck out"}
	case t == reflect.TypeFor[Healthcheck]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{"write healthcheck: " + instructedCheck(n.Value)}
	case t == reflect.TypeFor[Healthcheck]():
		problem.Fixes = []string{"write healthcheck: {test: " + commandIn(n) + "}"}
	case t == reflect.TypeFor[Arg]() && n.Kind == yaml.SequenceNode && len(scalarsOf(n)) > 0:
		problem.Fixes = []string{fmt.Sprintf("write one text: %s: %q", key, strings.Join(scalarsOf(n), " "))}
	case t == reflect.TypeFor[Runtime]() && n.Kind == yaml.SequenceNode:
		problem.Fixes = []string{"leave it out: auto, the default, ships what programs of every language are known to open", "settings of a language are a mapping, runtime: {python: {trim: imports}}"}
	case t == reflect.TypeFor[Text]() && n.Kind == yaml.SequenceNode && len(scalarsOf(n)) > 0:
		problem.Fixes = []string{"write {contains: " + flowList(scalarsOf(n)) + "}"}
	case t == reflect.TypeFor[Libraries]() && n.Kind == yaml.ScalarNode:
		problem.Fixes = []string{"write libraries: {" + librariesIn([]string{n.Value}) + "}"}
	case t == reflect.TypeFor[Libraries]() && n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.ScalarNode:
		problem.Fixes = []string{"write libraries: {" + librariesIn(scalarsOf(n)) + "}"}
	}
	return problem
}

// isListOfRefs reports whether a structure is an item of a list, which a scalar can stand for.
func isListOfRefs(fields []field) bool {
	short, ok := shorthand(fields)
	return ok && short.goType == reflect.TypeFor[Ref]()
}

// instructedCheck is a health check that is written as in a Dockerfile, or as a command.
func instructedCheck(text string) string {
	options, command := "", text
	if before, after, found := strings.Cut(text, "CMD"); found && (before == "" || strings.HasPrefix(before, "--")) {
		command = strings.TrimSpace(after)
		for word := range strings.FieldsSeq(before) {
			name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
			if key := map[string]string{"interval": "interval", "timeout": "timeout", "start-period": "startPeriod", "start-interval": "startInterval", "retries": "retries"}[name]; key != "" {
				options += ", " + key + ": " + value
			}
		}
	}
	words, ok := commandWords(command)
	if !ok {
		words, ok = failsAnyway(command)
	}
	if !ok {
		words = []string{"/usr/bin/app", "--option"}
	}
	return "{test: " + flowList(words) + options + "}"
}

// librariesIn tells sources and libraries apart that stand in one list.
func librariesIn(items []string) string {
	var from, add, keys []string
	for _, item := range items {
		if strings.Contains(item, ".so") || strings.Contains(item, "/") {
			add = append(add, item)
		} else {
			from = append(from, item)
		}
	}
	if len(from) > 0 {
		keys = append(keys, "from: ["+strings.Join(from, ", ")+"]")
	}
	if len(add) > 0 {
		keys = append(keys, "add: ["+strings.Join(add, ", ")+"]")
	}
	return strings.Join(keys, ", ")
}

func missingKey(path, key string) *diag.Diagnostic {
	example := map[string]string{
		"from": "from: SOURCE:PATH", "path": "path: /PATH/IN/THE/IMAGE",
		"target": "target: WHERE-IT-POINTS", "test": "test: [/usr/bin/app, health]",
		"to": "to: /PATH/IN/THE/IMAGE", "content": "content: TEXT",
		"url": "url: https://HOST/DIRECTORY", "port": "port: 8080", "http": "http: http://127.0.0.1:PORT/PATH", "log": "log: TEXT",
		"rule": "rule: no-shell", "reason": "reason: WHY-IT-NEED-NOT-HOLD", "owner": "owner: WHO-ANSWERS-FOR-IT", "expires": "expires: 2026-12-24",
	}[key]
	return invalid("missing-key", fmt.Sprintf("%s has no %q", path, key), "add "+example)
}

// hint guesses what an unknown key was meant to be: another key here, or
// something that is said in another way.
func hint(key string, t reflect.Type, fields []field) (guess string, fixes []string) {
	key = strings.TrimFunc(key, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(typographic, r) })
	lower := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))
	keys := keysOf(fields)
	if slices.Contains(keys, key) {
		return key, nil
	}
	if command := (lower == "command" || lower == "cmd" || lower == "exec" || lower == "run"); command && t == reflect.TypeFor[Test]() {
		return "run", nil
	} else if command && t == reflect.TypeFor[Healthcheck]() {
		return "test", nil
	}
	if (t == reflect.TypeFor[Binary]() || t == reflect.TypeFor[File]()) && slices.Contains([]string{"path", "file", "program", "binary"}, lower) {
		return "from", nil
	}
	if synonym := synonyms[lower]; slices.Contains(keys, synonym) {
		return synonym, nil
	}
	if advice := elsewhere[t][lower]; advice != "" {
		return "", []string{advice}
	}
	if t == reflect.TypeFor[Target]() && slices.Contains(topOnly, key) {
		return "", []string{key + " holds for all targets: move it to the top level"}
	}
	if guess := diag.Nearest(lower, keys); guess != "" {
		return guess, nil
	}
	if outer, inner, found := strings.Cut(key, "."); found && slices.Contains(keys, outer) {
		return "", []string{fmt.Sprintf("write %s: {%s: …}, one in the other", outer, inner)}
	}
	if advice := misplaced(key, lower, t); advice != "" {
		return "", []string{advice}
	}
	if advice := elsewhere[reflect.TypeFor[Spec]()][lower]; advice != "" && t == reflect.TypeFor[Target]() {
		return "", []string{advice}
	}
	return "", nil
}

// misplaced is the advice for a key that is one of another mapping, and for the name of a part.
func misplaced(key, lower string, t reflect.Type) string {
	_, isPart := parts.Lookup(key)
	switch top := t == reflect.TypeFor[Spec](); {
	case top && isPart, top && parts.Synonym(lower) != "":
		return "write include: [" + cmp.Or(parts.Synonym(lower), key) + "]"
	case top && isKey(key, reflect.TypeFor[Libraries]()):
		return fmt.Sprintf("write libraries: {%s: …}", key)
	case !top && isKey(key, reflect.TypeFor[Spec]()) && elsewhere[t][lower] == "" && t != reflect.TypeFor[Target]():
		return key + " is a key of the spec itself: move it to the beginning of the line"
	}
	return ""
}

// topOnly are the keys that targets cannot have.
var topOnly = []string{"name", "args", "sources", "base", "exclude", "platforms", "targets", "runtime", "metadata", "layers"}

// synonyms are other tools' words, in lower case without - and _.
var synonyms = map[string]string{
	"binary": "binaries", "bin": "binaries", "bins": "binaries", "program": "binaries", "programs": "binaries",
	"executables": "binaries", "executable": "binaries",
	"lib": "libraries", "libs": "libraries", "library": "libraries",
	"copy": "files", "content": "files", "assets": "files", "file": "files",
	"dir": "directories", "dirs": "directories", "mkdir": "directories", "paths": "directories",
	"symlinks": "links", "symlink": "links", "symboliclinks": "links",
	"expose": "ports", "port": "ports", "exposedports": "ports", "exposed": "ports",
	"environment": "env", "envs": "env", "envvars": "env", "variables": "env",
	"command": "cmd", "arguments": "cmd", "platform": "platforms", "architectures": "platforms", "arch": "platforms",
	"runas": "user", "runasuser": "user", "uid": "user", "containerport": "ports", "containerports": "ports",
	"regex": "matches", "regexp": "matches", "pattern": "matches", "match": "matches", "contain": "contains", "includes": "contains", "equal": "equals", "is": "equals", "cwd": "workdir", "workingdir": "workdir", "workingdirectory": "workdir",
	"volume": "volumes", "mounts": "volumes", "volumemounts": "volumes", "label": "labels", "annotation": "annotations",
	"healthchecks": "healthcheck", "livenessprobe": "healthcheck", "stop": "stopSignal",
	"arg": "args", "buildargs": "args", "inputs": "sources", "stages": "sources", "stage": "target",
	"variants": "targets", "parts": "include", "excludes": "exclude",
	"baseimage": "base", "defaultbaseimage": "base", "parent": "base",
	"exitcode": "exit", "exitstatus": "exit", "returncode": "exit", "code": "exit", "rc": "exit", "output": "stdout", "out": "stdout", "err": "stderr", "error": "stderr",
	"src": "from", "source": "from", "dest": "to", "destination": "to", "dst": "to", "as": "to",
	"chmod": "mode", "permissions": "mode", "perms": "mode", "chown": "owner", "ownership": "owner", "user": "owner",
	"link": "linkage", "linking": "linkage", "pkgs": "packages", "pkg": "packages", "apt": "packages", "apk": "packages", "dnf": "packages", "yum": "packages", "rpm": "packages", "deb": "packages", "install": "packages",
	"url": "http", "https": "http", "repo": "git", "repository": "git", "sha256": "checksum",
	"text": "content", "data": "content", "inline": "content", "body": "content", "extract": "unpack", "local": "context", "from": "image", "value": "default", "help": "description",
	"test": "tests", "checks": "tests", "cmdline": "test", "to": "target", "pointsto": "target", "at": "path", "name": "path", "linkname": "path",
}

// oneUser is the advice for accounts.
const oneUser = "write user: \"UID:GID\", such as \"1000:1000\": its records in /etc/passwd and /etc/group come by themselves"

// named is the advice for what an image is called.
const named = "remove it: an image gets its name and tag from the build, docker buildx build -t NAME:TAG ."

// stripped is the advice for the leading directories of an archive.
const stripped = "remove it, and name files with the directories that they have in the archive: NAME:/DIR/FILE"

// noProbe is the advice for checks that another machine makes.
const noProbe = "an image's health check is a program that runs in it: test: [/usr/bin/app, health]; what asks from outside belongs to the cluster that runs the image"

// gitDir is the advice for a key that says where in a repository the files are.
const gitDir = "put the directory of a repository after its URL: git: URL#REF:DIR; that of the build context is context: DIR"

// elsewhere says how to get what a key cannot: it belongs somewhere else, or
// does not exist on purpose.
var elsewhere = map[reflect.Type]map[string]string{
	reflect.TypeFor[Spec](): {
		"from":            "write base: IMAGE for the image to build on, or binaries: [{from: SOURCE:PATH}] for a program",
		"image":           "write base: IMAGE for the image to build on, or sources: {NAME: {image: IMAGE}} for one to take files from",
		"packages":        "packages belong to a source: sources: {debian: {image: debian:bookworm-slim, packages: […]}}",
		"dockerfile":      "a Dockerfile belongs to a source: sources: {build: {dockerfile: Dockerfile}}",
		"context":         "a part of the build context is a source: sources: {app: {context: DIR}}",
		"version":         "the version stands in the first line, # syntax=…/sinter:1",
		"apiversion":      "remove it: the version stands in the first line, # syntax=…/sinter:1, and a manifest of Kubernetes is another file, which names the image that is built of a spec",
		"syntax":          "write it as the first line, # syntax=sinterbuild/sinter:1, above JSON, too",
		"kind":            "remove it",
		"spec":            "write what is in it at the top level",
		"shell":           "nothing runs in a shell; write entrypoint and cmd as lists of arguments",
		"run":             "nothing runs in a minimal image; run it in a source: sources: {build: {dockerfile: …}}",
		"services":        "this is a compose file: a spec describes one image, and the service names it under build: {context: ., dockerfile: app.yaml}",
		"secrets":         "secrets are given with the build, --secret id=NAME,src=FILE, to the steps of a source's Dockerfile",
		"contents":        "what ships is named under binaries and files, and packages belong to a source: sources: {alpine: {image: alpine, packages: […]}}",
		"slices":          "what ships is named under binaries and files, and packages belong to a source: sources: {debian: {image: debian:bookworm-slim, packages: […]}}",
		"package":         "packages belong to a source: sources: {debian: {image: debian:bookworm-slim, packages: […]}}",
		"accounts":        "/etc/passwd and /etc/group come by themselves; user: UID:GID says who the program runs as",
		"envfile":         "write the variables under env",
		"archs":           "write platforms: [linux/amd64, linux/arm64]",
		"build":           "what is compiled on the way is a source: sources: {build: {dockerfile: Dockerfile, target: STAGE}}",
		"maintainer":      "write labels: {org.opencontainers.image.authors: NAME}",
		"author":          "write labels: {org.opencontainers.image.authors: NAME}",
		"description":     "write labels: {org.opencontainers.image.description: TEXT}",
		"title":           "write labels: {org.opencontainers.image.title: NAME}",
		"license":         "write labels: {org.opencontainers.image.licenses: LICENCE}",
		"licenses":        "write labels: {org.opencontainers.image.licenses: LICENCE}",
		"users":           oneUser,
		"groups":          oneUser,
		"runasgroup":      oneUser,
		"runasnonroot":    "remove it: the image's user is 65532:65532 unless user says another",
		"group":           "write user: \"UID:GID\"",
		"gid":             "write user: \"UID:GID\"",
		"tmp":             "remove it: /tmp is there unless exclude has tmp",
		"created":         "remove it: SOURCE_DATE_EPOCH in the environment of the build says which time the image has",
		"onbuild":         "remove it: nothing is built on an image by itself",
		"add":             "write files: [{from: SOURCE:PATH, to: /PATH}]; a download is a source, sources: {NAME: {http: URL, unpack: true}}",
		"restart":         whenRun,
		"dependson":       whenRun,
		"networks":        whenRun,
		"network":         whenRun,
		"networkmode":     whenRun,
		"deploy":          whenRun,
		"resources":       whenRun,
		"capadd":          whenRun,
		"capdrop":         whenRun,
		"privileged":      whenRun,
		"securitycontext": "write user: \"UID:GID\" for runAsUser and runAsGroup; the rest is said when the image is run, and not in the image",
		"stopgraceperiod": whenRun,
		"logging":         whenRun,
		"hostname":        whenRun,
		"tty":             whenRun,
		"ulimits":         whenRun,
		"sysctls":         whenRun,
		"tmpfs":           whenRun,
		"devices":         whenRun,
		"readonly":        whenRun,
		"init":            whenRun,
		"securityopt":     whenRun,
		"pipeline":        "steps run in a source: sources: {build: {dockerfile: Dockerfile}}, or their text as dockerfile: |",
		"jobs":            "this is a workflow: a spec describes one image, and a step of the workflow builds it: docker buildx build -f app.yaml .",
		"part":            "write include: [NAME]",
		"tag":             named,
		"tags":            named,
		"variant":         "variants of an image stand under targets: {NAME: {…}}; the tag that tells them apart is said by the build: docker buildx build -t NAME:TAG .",
		"builds":          "what is compiled on the way is a source: sources: {build: {dockerfile: Dockerfile, target: STAGE}}",
		"sbom":            "remove it: an SBOM is asked for by the build, docker buildx build --sbom=true .",
		"provenance":      "remove it: provenance is asked for by the build, docker buildx build --attest type=provenance .",
		"cache":           "remove it: caches are named by the build, docker buildx build --cache-from … --cache-to … .",
		"target":          "variants stand under targets: {NAME: {…}}",
	},
	reflect.TypeFor[Source](): {
		"run": "a step to run belongs in a Dockerfile: dockerfile: | and the text below",
		"ref": "put the branch, tag or commit after the URL: git: URL#REF", "branch": "put the branch after the URL: git: URL#BRANCH",
		"tag": "put the tag after the name or the URL: image: NAME:TAG, git: URL#TAG", "subdir": gitDir, "path": gitDir, "dir": gitDir, "directory": gitDir,
		"platform": "sources follow the platform that is built",
		"slices":   "a spec names programs and files where slices name parts of packages: write packages: […], and what is to ship under binaries and files",
		"strip":    stripped, "stripcomponents": stripped,
		"build":   "write dockerfile: FILE, the Dockerfile's path in the build context",
		"version": "put the version after the name: image: NAME:VERSION",
		"name":    "write image: NAME:TAG; the name of the source is the key above",
		"digest":  "put the digest after the name: image: NAME@sha256:…; that of a download is its checksum",
	},
	reflect.TypeFor[Test](): {
		"http":     "write ready: {http: URL}, beside service: true; what is asked then is a program to run",
		"url":      "write ready: {http: URL}, beside service: true; what is asked then is a program to run",
		"port":     "write ready: PORT, beside service: true",
		"log":      "write ready: {log: TEXT}, beside service: true",
		"output":   "write expect: {stdout: TEXT}",
		"stdout":   "write expect: {stdout: TEXT}",
		"stderr":   "write expect: {stderr: TEXT}",
		"exitcode": "write expect: {exit: NUMBER}",
		"exit":     "write expect: {exit: NUMBER}",
		"status":   "write expect: {exit: NUMBER}",
	},
	reflect.TypeFor[Expect](): {
		"contains": "say of what: stdout: {contains: TEXT}",
		"matches":  "say of what: stdout: {matches: EXPRESSION}",
		"equals":   "say of what: stdout: TEXT",
		"status":   "write exit: NUMBER for what the program ends with; a check of HTTP is a program to run, or ready: {http: URL} of a service",
	},
	reflect.TypeFor[Target](): {
		"extends":  "remove it: a target has all that the main image has, and what it says itself",
		"inherits": "remove it: a target has all that the main image has, and what it says itself",
	},
	reflect.TypeFor[Link](): {"from": "write {path: WHERE-THE-LINK-IS, target: WHERE-IT-POINTS}"},
	reflect.TypeFor[Binary](): {
		"static":  "write linkage: static",
		"dynamic": "write linkage: dynamic",
		"name":    "write to: /PATH/IN/THE/IMAGE",
	},
	reflect.TypeFor[Healthcheck](): {
		"http": noProbe, "httpget": noProbe, "port": noProbe, "tcpsocket": noProbe, "path": noProbe, "url": noProbe,
		"disable": "leave healthcheck out",
	},
}

// maxQuoted is how many bytes of a value a message quotes: a path of Linux has no more.
const maxQuoted = 4096

// shortened is a problem without most of a value that is absurdly long.
func shortened(problem *diag.Diagnostic, text string) *diag.Diagnostic {
	if len(text) <= maxQuoted {
		return problem
	}
	short := strings.NewReplacer(text, strings.ToValidUTF8(text[:64], "")+"…")
	out := *problem
	out.Message, out.Runtime, out.Fixes = short.Replace(out.Message), short.Replace(out.Runtime), nil
	for _, fix := range problem.Fixes {
		out.Fixes = append(out.Fixes, short.Replace(fix))
	}
	return &out
}
