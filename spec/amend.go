package spec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Addition is an item to be added to one of a spec's lists, or a setting to be added to
// an item that is there.
type Addition struct {
	// In is the path of the item that gets a setting: "files[3]". Key is the setting then,
	// and Item its value.
	In string `json:"in,omitempty"`
	// Key is the list's: one of those that AmendableKeys has.
	Key string `json:"key"`
	// Item is the item as YAML on one line: `debian:/usr/share/app`.
	Item string `json:"item"`
	// Note says why it is there. It becomes a comment where there is place for one.
	Note string `json:"note,omitempty"`
}

// Same tells whether two additions are one, whatever their notes say.
func (a Addition) Same(b Addition) bool { return a.In == b.In && a.Key == b.Key && a.Item == b.Item }

// AmendableKeys are the lists that Amend adds to, in the order in which they stand in
// a spec.
func AmendableKeys() []string {
	return []string{"binaries", "include", "files", "directories", "links", "volumes"}
}

// settableKeys are the settings that Amend adds to items.
func settableKeys() []string { return []string{"mode", "owner"} }

// Amend adds items to the text of a spec: to its main image, or to a target of that
// name. All that is there stays as it is, comments and layout included: text is
// inserted and nothing else changes. Items that are there already are not added again.
//
// The items can come from anyone. The error says so when the amended text would hold
// anything but the old spec and the items.
func Amend(text []byte, target string, additions []Addition) ([]byte, error) {
	root, err := amendable(text)
	if err != nil {
		return nil, err
	}
	a := &amender{text: string(text), newline: "\n"}
	if bytes.Contains(text, []byte("\r\n")) {
		a.newline = "\r\n"
	}
	if a.lines = lineOffsets(a.text); len(a.lines) != len(splitLines(a.text)) {
		return nil, errors.New("the spec has line breaks that are no newlines")
	}
	in := root
	if target != "" {
		if in = lookup(lookup(root, "targets"), target); in == nil || in.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("the spec has no target %q that could be added to", target)
		}
	}
	for _, add := range additions {
		if add.In != "" {
			if err := a.set(itemAt(root, add.In), add); err != nil {
				return nil, fmt.Errorf("%s: %w", add.In, err)
			}
		}
	}
	for _, key := range AmendableKeys() {
		items, err := newItems(lookup(in, key), key, additions)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			continue
		}
		if err := a.add(in, key, items); err != nil {
			return nil, err
		}
	}
	out := a.apply()
	return out, sameBut(text, out, target, additions)
}

// amendable is the root of a spec's text.
func amendable(text []byte) (*yaml.Node, error) {
	whole, unreadable := readText(text)
	if unreadable != nil {
		return nil, errors.New(unreadable.Message)
	}
	root, bad := parseYAML(whole, splitLines(whole))
	if bad != nil {
		return nil, errors.New(bad.Message)
	}
	if tree := checkTree(root); tree.fatal {
		return nil, errors.New(tree.list[0].Message)
	}
	return root, nil
}

// newItems are the additions of a list that it does not have.
func newItems(list *yaml.Node, key string, additions []Addition) ([]Addition, error) {
	var have []any
	if list != nil {
		for _, n := range list.Content {
			var v any
			if err := n.Decode(&v); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			have = append(have, v)
		}
	}
	var out []Addition
	for _, add := range additions {
		if add.In != "" {
			continue
		}
		if !slices.Contains(AmendableKeys(), add.Key) {
			return nil, fmt.Errorf("nothing is ever added to %q", add.Key)
		}
		if add.Key != key {
			continue
		}
		v, err := decodeItem(add.Item)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(have, func(other any) bool { return sameItem(v, other) }) {
			have = append(have, v)
			out = append(out, add)
		}
	}
	return out, nil
}

// sameItem tells whether two items of a list say the same: a scalar is short for a
// mapping with its first key alone.
func sameItem(a, b any) bool {
	return reflect.DeepEqual(long(a), long(b))
}

func long(item any) any {
	if m, ok := item.(map[string]any); ok && len(m) == 1 {
		for _, key := range []string{"from", "path"} {
			if v, ok := m[key]; ok {
				return v
			}
		}
	}
	return item
}

// decodeItem reads an item, which has to be YAML that can stand in a list on one line.
func decodeItem(item string) (any, error) {
	if strings.ContainsFunc(item, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }) {
		return nil, fmt.Errorf("not one line: %q", item)
	}
	var list []any
	if err := yaml.Unmarshal([]byte("["+item+"]"), &list); err != nil || len(list) != 1 {
		return nil, fmt.Errorf("not one item of a list: %q", item)
	}
	var alone any
	if err := yaml.Unmarshal([]byte(item), &alone); err != nil || !reflect.DeepEqual(alone, list[0]) || alone == nil {
		return nil, fmt.Errorf("not one item of a list: %q", item)
	}
	return alone, nil
}

// sameBut is an error unless a text holds what another one holds, and the additions.
func sameBut(before, after []byte, target string, additions []Addition) error {
	var want, got map[string]any
	if err := errors.Join(yaml.Unmarshal(before, &want), yaml.Unmarshal(after, &got)); err != nil {
		return fmt.Errorf("the amended spec cannot be read: %w", err)
	}
	in := want
	if target != "" {
		in = want["targets"].(map[string]any)[target].(map[string]any)
	}
	for _, add := range additions {
		v, err := decodeItem(add.Item)
		if err != nil {
			return err
		}
		if add.In != "" {
			setIn(want, add.In, add.Key, v)
			continue
		}
		list, _ := in[add.Key].([]any)
		if !slices.ContainsFunc(list, func(other any) bool { return sameItem(v, other) }) {
			in[add.Key] = append(slices.Clone(list), v)
		}
	}
	if !reflect.DeepEqual(want, got) {
		return errors.New("the spec is written in a way that nothing can be added to by itself")
	}
	return nil
}

// itemPath are the steps to an item of a list: keys, and the index in the last one's. There
// are none if the path is no such item's.
func itemPath(item string) (keys []string, index int) {
	rest, ok := strings.CutSuffix(item, "]")
	list, number, found := strings.Cut(rest, "[")
	index, err := strconv.Atoi(number)
	if !ok || !found || err != nil || index < 0 {
		return nil, 0
	}
	return strings.Split(list, "."), index
}

// itemAt is the node of an item; nil if there is none.
func itemAt(root *yaml.Node, item string) *yaml.Node {
	keys, index := itemPath(item)
	n := root
	for _, key := range keys {
		n = lookup(n, key)
	}
	if len(keys) == 0 || n == nil || n.Kind != yaml.SequenceNode || index >= len(n.Content) {
		return nil
	}
	return n.Content[index]
}

// setIn adds a setting to an item of a decoded spec.
func setIn(spec map[string]any, item, key string, value any) {
	keys, index := itemPath(item)
	var at any = spec
	for _, k := range keys {
		in, _ := at.(map[string]any)
		at = in[k]
	}
	list, _ := at.([]any)
	if index >= len(list) {
		return
	}
	if m, ok := list[index].(map[string]any); ok {
		m[key] = value
		return
	}
	list[index] = map[string]any{firstKey(keys): list[index], key: value}
}

// firstKey is the key that a scalar is short for, in a list with that path.
func firstKey(list []string) string {
	if list[len(list)-1] == "directories" {
		return "path"
	}
	return "from"
}

// set adds a setting to an item, unless it has one already: what a person has written is
// not changed.
func (a *amender) set(n *yaml.Node, add Addition) error {
	switch {
	case !slices.Contains(settableKeys(), add.Key):
		return fmt.Errorf("nothing ever sets %q", add.Key)
	case n == nil:
		return errors.New("the spec has no such item")
	}
	var old any
	if have := lookup(n, add.Key); have != nil {
		if err := have.Decode(&old); err != nil {
			return err
		}
		if value, err := decodeItem(add.Item); err == nil && reflect.DeepEqual(old, value) {
			return nil
		}
		return fmt.Errorf("%s is set already", add.Key)
	}
	setting := add.Key + ": " + add.Item
	switch {
	case n.Kind == yaml.ScalarNode:
		at := a.offset(n)
		written := a.scalar(n, at)
		if written == "" {
			return errors.New("it is written in a way that nothing can be added to")
		}
		keys, _ := itemPath(add.In)
		a.insert(at, "{"+firstKey(keys)+": ")
		a.insert(at+len(written), ", "+setting+"}")
		return nil
	case n.Kind != yaml.MappingNode:
		return errors.New("it is no item that has settings")
	case n.Style&yaml.FlowStyle != 0:
		return a.addToFlow(n, setting)
	}
	a.insertLines(a.endOf(n, len(n.Content)-2), strings.Repeat(" ", n.Column-1)+setting+a.newline)
	return nil
}

// scalar is a scalar on one line as it is written at a place of the text; empty if it is
// written otherwise.
func (a *amender) scalar(n *yaml.Node, at int) string {
	for _, written := range []string{n.Value, strconv.Quote(n.Value), "'" + n.Value + "'"} {
		if strings.HasPrefix(a.text[at:], written) && n.Anchor == "" {
			return written
		}
	}
	return ""
}

// amender inserts text into text.
type amender struct {
	text    string
	newline string
	lines   []int // where each line begins
	inserts []insert
}

type insert struct {
	at   int
	text string
}

func lineOffsets(text string) []int {
	out := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

func (a *amender) apply() []byte {
	slices.SortStableFunc(a.inserts, func(x, y insert) int { return cmp.Compare(x.at, y.at) })
	var b strings.Builder
	done := 0
	for _, in := range a.inserts {
		b.WriteString(a.text[done:in.at])
		b.WriteString(in.text)
		done = in.at
	}
	b.WriteString(a.text[done:])
	return []byte(b.String())
}

func (a *amender) insert(at int, text string) { a.inserts = append(a.inserts, insert{at, text}) }

// offset is where a node begins in the text. YAML counts columns in characters.
func (a *amender) offset(n *yaml.Node) int {
	start := a.lines[n.Line-1]
	at := start
	if n.Line == 1 {
		at += len(a.text) - len(strings.TrimPrefix(a.text, "\ufeff"))
	}
	for range n.Column - 1 {
		_, size := firstRune(a.text[at:])
		at += size
	}
	return at
}

func firstRune(text string) (rune, int) {
	for _, r := range text {
		return r, len(string(r))
	}
	return 0, 0
}

// add adds items to the list of a key in a mapping.
func (a *amender) add(in *yaml.Node, key string, items []Addition) error {
	list := lookup(in, key)
	switch {
	case in.Style&yaml.FlowStyle != 0 && list == nil:
		return a.addToFlow(in, key+": ["+joined(items)+"]")
	case list == nil:
		a.addKey(in, key, items)
		return nil
	case isNull(list) && list.Value == "" && in.Style&yaml.FlowStyle == 0 && list.Anchor == "":
		a.addBelow(in, key, items)
		return nil
	case list.Kind != yaml.SequenceNode:
		return fmt.Errorf("%s is no list that could be added to", key)
	case list.Style&yaml.FlowStyle != 0:
		return a.addToList(list, items)
	}
	a.addBlock(in, key, list.Column-1, items)
	return nil
}

func joined(items []Addition) string {
	var all []string
	for _, x := range items {
		all = append(all, x.Item)
	}
	return strings.Join(all, ", ")
}

// maxLine is how long a line may become by what is added to it.
const maxLine = 100

// addToList adds items to a list in brackets.
func (a *amender) addToList(list *yaml.Node, items []Addition) error {
	text := joined(items)
	end, err := a.flowEnd(list)
	if err != nil {
		return err
	}
	line := a.text[a.lines[list.Line-1]:end.last]
	if i := strings.LastIndexByte(line, '\n'); i >= 0 {
		line = line[i+1:]
	}
	if len(line)+len(text) > maxLine {
		indent := a.newline + strings.Repeat(" ", a.indentOf(list.Line)+4)
		var all []string
		for _, x := range items {
			all = append(all, x.Item)
		}
		text = indent + strings.Join(all, ","+indent)
	}
	a.insertFlow(end, text)
	return nil
}

// addToFlow adds to a list or mapping in brackets.
func (a *amender) addToFlow(n *yaml.Node, text string) error {
	end, err := a.flowEnd(n)
	if err == nil {
		a.insertFlow(end, text)
	}
	return err
}

func (a *amender) insertFlow(end flowEnd, text string) {
	space := " "
	if strings.HasPrefix(text, a.newline) {
		space = ""
	}
	switch {
	case end.empty:
		a.insert(end.last, text)
	case end.comma:
		a.insert(end.last, space+text)
	default:
		a.insert(end.last, ","+space+text)
	}
}

// flowEnd is the end of a list or mapping in brackets: where its last token ends, which
// can be a comma.
type flowEnd struct {
	last         int
	comma, empty bool
}

// flowEnd finds the end of a list or mapping in brackets. The text is known to be YAML.
func (a *amender) flowEnd(n *yaml.Node) (flowEnd, error) {
	at := a.offset(n)
	// An anchor or a tag stands before the bracket.
	for at < len(a.text) && a.text[at] != '[' && a.text[at] != '{' {
		at++
	}
	depth := 0
	end := flowEnd{}
	token := true // a quote here begins a scalar
	for ; at < len(a.text); at++ {
		switch c := a.text[at]; {
		case c == '[' || c == '{':
			if depth++; depth == 1 {
				end = flowEnd{last: at + 1, empty: true}
			} else {
				end = flowEnd{last: at + 1}
			}
			token = true
			continue
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return end, nil
			}
			token = false
		case c == ',':
			end = flowEnd{last: at + 1, comma: true}
			token = true
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			// What is quoted begins after a space as well, as in `a: "b"`. Inside a plain
			// scalar a quote can, too, only there it does not matter: it has a pair or the
			// amended text is not what it must be.
			token = token || c == '\n' || at > 0 && (a.text[at-1] == ':' || a.text[at-1] == ',')
			continue
		case c == '#' && at > 0 && strings.IndexByte(" \t\n", a.text[at-1]) >= 0:
			for at+1 < len(a.text) && a.text[at+1] != '\n' {
				at++
			}
			continue
		case token && c == '"':
			for at++; at < len(a.text) && a.text[at] != '"'; at++ {
				if a.text[at] == '\\' {
					at++
				}
			}
			token = false
		case token && c == '\'':
			for at++; at < len(a.text); at++ {
				if a.text[at] == '\'' {
					if at+1 >= len(a.text) || a.text[at+1] != '\'' {
						break
					}
					at++
				}
			}
			token = false
		default:
			token = false
		}
		end = flowEnd{last: min(at+1, len(a.text))}
	}
	return end, errors.New("a list is not closed")
}

func (a *amender) indentOf(line int) int {
	text := a.text[a.lines[line-1]:]
	return len(text) - len(strings.TrimLeft(text, " "))
}

// addKey adds a key with a list, after those that stand before it in a spec.
func (a *amender) addKey(in *yaml.Node, key string, items []Addition) {
	order := fieldOrder()
	indent := in.Column - 1
	after := -1
	for i := 0; i < len(in.Content); i += 2 {
		if slices.Index(order, in.Content[i].Value) < slices.Index(order, key) {
			after = i
		}
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent) + key + ":" + a.newline)
	b.WriteString(a.block(indent+2, items))
	after = max(after, 0) // the mapping may begin beside another key
	a.insertLines(a.endOf(in, after), b.String())
}

// fieldOrder are the keys of a spec in the order in which they stand.
func fieldOrder() []string { return keysOf(fieldsOf(reflect.TypeFor[Spec]())) }

// addBelow adds items to a key without a value.
func (a *amender) addBelow(in *yaml.Node, key string, items []Addition) {
	for i := 0; i < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			line := in.Content[i].Line
			a.insertLines(line, a.block(in.Column+1, items))
		}
	}
}

// addBlock adds items to a list with dashes.
func (a *amender) addBlock(in *yaml.Node, key string, indent int, items []Addition) {
	for i := 0; i < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			a.insertLines(a.endOf(in, i), a.block(indent, items))
		}
	}
}

func (a *amender) block(indent int, items []Addition) string {
	var b strings.Builder
	for _, x := range items {
		b.WriteString(strings.Repeat(" ", indent) + "- " + x.Item)
		if note := oneLine(x.Note); note != "" {
			b.WriteString("  # " + note)
		}
		b.WriteString(a.newline)
	}
	return b.String()
}

// oneLine is a text as a comment can hold it.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == '\ufffd' {
			return ' '
		}
		return r
	}, text))
}

// endOf is the last line of the value of a mapping's entry. Comments after it that are
// indented no further than the entry belong to what comes next.
func (a *amender) endOf(in *yaml.Node, entry int) int {
	first := in.Content[entry].Line
	next := len(a.lines) + 1
	if entry+2 < len(in.Content) {
		next = in.Content[entry+2].Line
	} else {
		// The mapping ends where something stands further to the left.
		for line := first + 1; line <= len(a.lines); line++ {
			if text := a.line(line); strings.TrimSpace(text) != "" && !strings.HasPrefix(strings.TrimSpace(text), "#") && a.indentOf(line) < in.Column-1 {
				next = line
				break
			}
		}
	}
	last := next - 1
	for ; last > first; last-- {
		text := strings.TrimSpace(a.line(last))
		if text == "" || text == "..." || strings.HasPrefix(text, "#") && a.indentOf(last) <= in.Column-1 {
			continue
		}
		break
	}
	return last
}

func (a *amender) line(n int) string {
	start := a.lines[n-1]
	end := len(a.text)
	if n < len(a.lines) {
		end = a.lines[n]
	}
	return a.text[start:end]
}

// insertLines inserts whole lines after a line.
func (a *amender) insertLines(after int, text string) {
	if after < len(a.lines) {
		a.insert(a.lines[after], text)
		return
	}
	if !strings.HasSuffix(a.text, "\n") && !slices.ContainsFunc(a.inserts, func(i insert) bool { return i.at == len(a.text) }) {
		text = a.newline + text
	}
	a.insert(len(a.text), text)
}
