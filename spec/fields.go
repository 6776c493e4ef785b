package spec

import (
	"reflect"
	"strings"
)

// field is one key of a mapping that the Go types describe.
type field struct {
	key      string
	index    []int
	goType   reflect.Type
	owner    reflect.Type // the struct that declares it
	goName   string
	format   string // of the scalar, of the list's items or of the mapping's values
	keys     string // format of the mapping's keys
	short    bool   // a scalar in place of the mapping is this field
	one      bool   // a scalar in place of the list is its only item
	required bool
}

// fieldsOf reads the keys of a struct from its tags: yaml for the name (one
// without omitempty is required), spec for the rest.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, flags, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if flags == "inline" {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		next := field{key: name, index: []int{i}, goType: f.Type, owner: t, goName: f.Name, required: flags == ""}
		for word := range strings.SplitSeq(f.Tag.Get("spec"), ",") {
			keys, isKeys := strings.CutPrefix(word, "keys=")
			switch {
			case word == "short":
				next.short = true
			case word == "one":
				next.one = true
			case isKeys:
				next.keys = keys
			default:
				next.format = word
			}
		}
		fields = append(fields, next)
	}
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// shorthand is the field that a scalar in place of the mapping sets.
func shorthand(fields []field) (field, bool) {
	for _, f := range fields {
		if f.short {
			return f, true
		}
	}
	return field{}, false
}

// alternative is a key that stands in place of another one, with those that it needs
// beside it.
type alternative struct {
	key   string
	needs []string
}

// alternatives are keys of which a mapping has one and no more.
func alternatives(t reflect.Type) []alternative {
	switch t {
	case reflect.TypeFor[File]():
		return []alternative{{key: "from"}, {key: "content", needs: []string{"to"}}}
	case reflect.TypeFor[Ready]():
		return []alternative{{key: "port"}, {key: "http"}, {key: "log"}}
	}
	return nil
}

// mayBeEmpty lists the mappings that can be left without a value: an argument
// that must be given, a source from outside, a target that adds nothing.
func mayBeEmpty(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Arg](), reflect.TypeFor[Source](), reflect.TypeFor[Target]():
		return true
	}
	return false
}
