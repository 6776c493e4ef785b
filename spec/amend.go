package spec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
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

// Same reports whether two additions are one, whatever their notes say.
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
