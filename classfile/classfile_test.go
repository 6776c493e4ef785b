package classfile_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/classfile/classtest"
)

func TestParse(t *testing.T) {
	t.Parallel()
	module := classfile.Module{
		Name:     "app",
		Requires: []classfile.Require{{Name: "java.base"}, {Name: "java.desktop", Static: true}},
		Uses:     []string{"a/Service"}, Provides: []string{"b/Service", "c/Service"},
	}
	for _, test := range []struct {
		name, data string
		want       classfile.Class
	}{
		{"a class", classtest.Class("app/Main", []string{"java/util/List", `"text"`}, "main()V"), classfile.Class{
			Major: 61, Name: "app/Main", Texts: []string{"app/Main", "java/util/List", "text", "main", "()V"}, Strings: []string{"text"}, Methods: []string{"main()V"},
		}},
		{"a module", classtest.ModuleInfo(module), classfile.Class{
			Major: 61, Name: "module-info", Module: &module,
			Texts: []string{"module-info", "app", "java.base", "java.desktop", "a/Service", "b/Service", "c/Service", "Module"},
		}},
	} {
		got, err := classfile.Parse([]byte(test.data))
		if err != nil || !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
		for n := range len(test.data) {
			if _, err := classfile.Parse([]byte(test.data[:n])); !errors.Is(err, classfile.ErrFormat) {
				t.Errorf("%s, cut off at %d: %v", test.name, n, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(classtest.Class("app/Main", []string{"java/util/List", `"text"`}, "main()V")))
	f.Add([]byte(classtest.ModuleInfo(classfile.Module{Name: "app", Uses: []string{"a"}, Provides: []string{"b"}})))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = classfile.Parse(data) })
}
