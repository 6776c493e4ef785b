package runtimes

import (
	"fmt"
	"strings"
	"testing"
)

// What a file imports is found, and nothing in its strings and comments. A name in
// parentheses need not be imported when the file runs; with a question mark it may be
// no module.
func TestScanPython(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"import a", "a:1"},
		{"import a, b.c as d, e;import f", "a:1 b.c:1 e:1 f:1"},
		{"from a import b", "a:1 a.b?:1"},
		{"from a.b import (c, # x\n  d as e,\n f)", "a.b:1 a.b.c?:1 a.b.d?:1 a.b.f?:1"},
		{"from a import *", "a:1"},
		{"from . import b\nfrom .a import b\nfrom .. import c", ""},
		{"import a \\\n , b\nimport c", "a:1 b:1 c:3"},
		{"def f():\n    import a\nimport b", "(a):2 b:3"},
		{"try:\n\timport a\nexcept ImportError: import b", "(a):2 (b):3"},
		{"if x: import a", "(a):1"},
		{"if TYPE_CHECKING:\n    import a\n    import b\nimport c", "c:4"},
		{"if typing.TYPE_CHECKING:\n  import a\nelse:\n  import b", "(b):4"},
		{"# import a\nx = 'import b'\n\"\"\"\nimport c\n\"\"\"\nimport d", "d:6"},
		{"x = r'\\'; import a\ny = '\\'import b'\nimport c", "c:3"},
		{"x = rb\"\"\"a\"b\\\"\"\"\"\nimport c", "c:2"},
		{"x = 'open\nimport a", "a:2"},
		{"x = (\nimport_, from_,\n'x'\n)\nimport a", "a:5"},
		{"f(import_module('a.b'), importlib.import_module(\"c\"), __import__('d'), import_module(x))", "(a.b):1 (c):1 (d):1"},
		{"important = 1\nfrom_ = 2\nx.import_ = 3\nyield_from = a", ""},
		{"def f():\n  yield from g\n  raise X from e", ""},
		{"import a\r\nimport b\r\n", "a:1 b:2"},
		{"x = {'a': 1}\nclass A: import b\nlambda: 0; import c", "(b):2 (c):3"},
		{"x = f'{y!r}'; import a", "a:1"},
		{"))))\nimport a", "a:2"},
		{"import é.b", "é.b:1"},
	} {
		var got []string
		for _, i := range scanPython([]byte(test.text)).Imports {
			name := i.Name
			if i.Guess {
				name += "?"
			}
			if !i.Plain {
				name = "(" + name + ")"
			}
			got = append(got, fmt.Sprintf("%s:%d", name, i.Line))
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%q\n got %s\nwant %s", test.text, text, test.want)
		}
	}
}

func FuzzScanPython(f *testing.F) {
	f.Add("from a import (b, 'c')\nif x:\n  import d\\\n;")
	f.Fuzz(func(_ *testing.T, text string) { scanPython([]byte(text)) })
}
