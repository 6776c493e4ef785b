package jimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/jimage/jimagetest"
)

var resources = map[string]string{
	"/java.base/module-info.class":           "base",
	"/java.base/java/lang/Object.class":      "object",
	"/java.base/java/lang/String.class":      "string",
	"/java.base/java/util/List.class":        "list",
	"/java.sql/module-info.class":            "sql",
	"/java.sql/java/sql/Driver.class":        "driver",
	"/java.sql/java/util/strange/Util.class": "util",
}

// A subset is a jimage: all that is left is found in it as the JVM looks it up, the
// directories and packages included.
func TestSubset(t *testing.T) {
	t.Parallel()
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		data := jimagetest.Build(order, resources)
		image, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%v %q %q %q", image.Modules(), image.Package("java.sql"), image.Package("java.lang"), image.Package("none")); got != `[java.base java.sql] "java.sql" "java.base" ""` {
			t.Error(got)
		}
		subset, err := image.Subset(func(m string) bool { return m == "java.base" },
			map[string][]byte{"/java.base/java/util/List.class": []byte("another list"), "/java.base/java/lang/String.class": nil})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if n, err := subset.WriteTo(&out); err != nil || n != subset.Size() || n != int64(out.Len()) {
			t.Fatal(n, subset.Size(), out.Len(), err)
		}
		want := `/java.base/java/lang/Object.class = object
/java.base/java/util/List.class = another list
/java.base/module-info.class = base
/modules = [/modules/java.base]
/modules/java.base = [/java.base/module-info.class /modules/java.base/java]
/modules/java.base/java = [/modules/java.base/java/lang /modules/java.base/java/util]
/modules/java.base/java/lang = [/java.base/java/lang/Object.class]
/modules/java.base/java/util = [/java.base/java/util/List.class]
/packages = [/packages/java.lang /packages/java.util]
/packages/java.lang = java.base
/packages/java.util = java.base
`
		if got := dump(t, order, out.Bytes()); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// dump writes all that is in a jimage, and looks each up by its name as the JVM does.
func dump(t *testing.T, order byteOrder, data []byte) string {
	t.Helper()
	image, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	table, size := order.Uint32(data[16:]), order.Uint32(data[20:])
	offsets := data[headerSize+4*table:]
	locations := offsets[4*table:][:size]
	var lines []string
	all := maps.Clone(image.dirs)
	maps.Copy(all, image.byName)
	for name, l := range all {
		value := int32(order.Uint32(data[headerSize+4*(hash(name, hashMultiplier)%table):]))
		slot := uint32(-1 - value)
		if value > 0 {
			slot = hash(name, uint32(value)) % table
		}
		if found, err := readLocation(locations, order.Uint32(offsets[4*slot:])); err != nil || found != l {
			t.Errorf("%s is not found: %v, %v, want %v", name, err, found, l)
		}
		content, err := image.bytes(l)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		switch {
		case strings.HasPrefix(name, "/packages/"):
			text = image.packages[strings.TrimPrefix(name, "/packages/")][0].module
		case strings.HasPrefix(name, "/modules") || name == "/packages":
			var children []string
			for ; len(content) > 0; content = content[4:] {
				child, err := readLocation(locations, order.Uint32(content))
				if err != nil {
					t.Fatal(err)
				}
				childName, err := image.name(child)
				if err != nil {
					t.Fatal(err)
				}
				children = append(children, childName)
			}
			text = fmt.Sprint(children)
		}
		lines = append(lines, name+" = "+text+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// What is cut off or changed gives an error or another image, and no more.
func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := jimagetest.Build(binary.LittleEndian, resources)
	for n := range len(whole) {
		if _, err := Open(bytes.NewReader(whole[:n]), int64(n)); err == nil || !errors.Is(err, ErrFormat) {
			t.Fatalf("cut off at %d of %d: %v", n, len(whole), err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(jimagetest.Build(binary.LittleEndian, resources))
	f.Fuzz(func(t *testing.T, data []byte) {
		image, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		subset, err := image.Subset(func(m string) bool { return m == "java.base" }, nil)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := subset.WriteTo(&out); err == nil && int64(out.Len()) != subset.Size() {
			t.Error(out.Len(), subset.Size())
		}
		_ = image.Each(func(string, []byte) error { return nil })
	})
}
