package spec

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

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

// sameItem reports whether two items of a list say the same: a scalar is short for a
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
