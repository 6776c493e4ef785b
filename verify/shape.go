package verify

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
)

// checkShape tells the first key of a YAML mapping that its type does not have, and the
// first value of another kind, in words for whoever wrote it. Types that read themselves
// (yaml.Unmarshaler) are left to do so.
func checkShape(n *yaml.Node, t reflect.Type, what string) error {
	if n.Kind == yaml.AliasNode {
		return nil // what it stands for is looked at where it is written
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]()) {
		return nil
	}
	want, kind := map[reflect.Kind]yaml.Kind{
		reflect.Struct: yaml.MappingNode, reflect.Map: yaml.MappingNode, reflect.Slice: yaml.SequenceNode, reflect.String: yaml.ScalarNode,
	}[t.Kind()], kindNames[n.Kind]
	if n.Kind != want && n.Tag != "!!null" {
		return fmt.Errorf("line %d: %s is %s, and must be %s", n.Line, what, kind, kindNames[want])
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkKeys(n, t, what)
	case reflect.Slice:
		for _, item := range n.Content {
			if err := checkShape(item, t.Elem(), "an item of "+what); err != nil {
				return err
			}
		}
	case reflect.Map:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := checkShape(n.Content[i+1], t.Elem(), n.Content[i].Value); err != nil {
				return err
			}
		}
	}
	return nil
}

var kindNames = map[yaml.Kind]string{yaml.MappingNode: "a mapping of keys", yaml.SequenceNode: "a list", yaml.ScalarNode: "a text"}

// checkKeys looks at the keys of a mapping.
func checkKeys(n *yaml.Node, t reflect.Type, what string) error {
	fields, names := map[string]reflect.Type{}, []string{}
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "-" {
			fields[name] = f.Type
			names = append(names, name)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			did := ""
			if guess := diag.Nearest(key.Value, names); guess != "" {
				did = "did you mean " + guess + "? "
			}
			return fmt.Errorf("line %d: %s has no key %q; %sit has %s", key.Line, what, key.Value, did, strings.Join(names, ", "))
		}
		if err := checkShape(n.Content[i+1], field, key.Value); err != nil {
			return err
		}
	}
	return nil
}

// readable is what a YAML library says, as a person says it: the first problem, with its line.
func readable(err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	message := strings.TrimPrefix(load.Message, "yaml: ")
	if line := load.Mark.Line; line > 0 && !strings.HasPrefix(message, "line ") {
		message = fmt.Sprintf("line %d: %s", line, message)
	}
	return errors.New(message)
}
