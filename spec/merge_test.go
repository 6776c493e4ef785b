package spec

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// Every key that a target can have is merged into the main image, in the way of
// its type: lists are appended to, mappings merged, single values and argument
// lists replaced. A key that mergeImage forgets, or whose place in the document
// it does not note, fails here.
func TestTargetIsMergedWhole(t *testing.T) {
	var merged Spec
	var target Image
	fill(t, reflect.ValueOf(&merged.Image).Elem(), "main")
	fill(t, reflect.ValueOf(&target).Elem(), "target")
	before := merged.Image
	merged.moved = map[string]string{}
	merged.mergeImage(&target, "targets.debug")
	compareMerged(t, &merged, "", reflect.ValueOf(before), reflect.ValueOf(target), reflect.ValueOf(merged.Image))
}

// compareMerged compares the fields of a struct before and after a merge; prefix
// is its own key.
func compareMerged(t *testing.T, s *Spec, prefix string, before, target, after reflect.Value) {
	t.Helper()
	for _, f := range fieldsOf(before.Type()) {
		key := join(prefix, f.key)
		b, tv, a := before.FieldByIndex(f.index), target.FieldByIndex(f.index), after.FieldByIndex(f.index)
		if f.goType.Kind() == reflect.Struct && formatOf(f.goType, f.format) == "" {
			compareMerged(t, s, key, b, tv, a)
			continue
		}
		want, places := tv, []string{key}
		switch {
		case f.goType.Kind() == reflect.Slice && f.format != "argv":
			want, places = reflect.AppendSlice(b, tv), nil
			if f.goType.Elem().Kind() == reflect.String { // other items carry their own At
				places = []string{index(key, b.Len())}
			}
		case f.goType.Kind() == reflect.Map:
			want, places = mapsJoined(b, tv), []string{join(key, "target")}
		}
		if !reflect.DeepEqual(a.Interface(), want.Interface()) {
			t.Errorf("%s is merged to %v, want %v", key, a, want)
		}
		for _, place := range places {
			if at := s.At(place); !slices.Contains([]string{"targets.debug." + place, "targets.debug." + index(key, 0)}, at) {
				t.Errorf("At(%q) is %q, not a place in the target", place, at)
			}
		}
	}
}

func mapsJoined(a, b reflect.Value) reflect.Value {
	out := reflect.MakeMap(a.Type())
	for _, m := range []reflect.Value{a, b} {
		for _, k := range m.MapKeys() {
			out.SetMapIndex(k, m.MapIndex(k))
		}
	}
	return out
}

// fill sets everything in v to something that tells whose it is.
func fill(t *testing.T, v reflect.Value, whose string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field, whose)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), whose)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), whose)
	case reflect.Map:
		item := reflect.New(v.Type().Elem()).Elem()
		fill(t, item, whose)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(whose), item)
	case reflect.String:
		v.SetString(whose)
	case reflect.Bool:
		v.SetBool(whose == "target")
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(whose)) * int64(time.Second))
	case reflect.Uint32:
		v.SetUint(uint64(len(whose)))
	default:
		t.Fatalf("cannot fill a %s", v.Type())
	}
}
