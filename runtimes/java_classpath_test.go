package runtimes

import (
	"slices"
	"testing"
)

func TestClassPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		manifest string
		want     []string
	}{
		{"Manifest-Version: 1.0\r\nMain-Class: x\r\n", nil},
		{"Class-Path: a.jar ../b/c.jar\n", []string{"/usr/share/java/a.jar", "/usr/share/b/c.jar"}},
		{"Class-Path: /usr/share/ja\r\n va/long.jar\r\n  file:/opt/x.jar http://a/b.jar\r\n\r\nClass-Path: no.jar\r\n", []string{"/usr/share/java/long.jar", "/opt/x.jar"}},
		{"class-path: ../../../../../etc\n", []string{"/etc"}},
	} {
		if got := classPath(test.manifest, "/usr/share/java"); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.manifest, got, test.want)
		}
	}
}

// Archives list others in their properties, and what is no archive lists none.
func TestListedArchives(t *testing.T) {
	t.Parallel()
	tree := memoryTree(t, map[string]string{
		"/lib/core.jar":  archive(t, map[string]string{"core-classpath.properties": "projects=a,b\nruntime=ant.jar, guava.jar\noptional=../../etc/x.jar,/y.jar", "z.properties": "no=no.jar"}),
		"/lib/plain.jar": archive(t, map[string]string{"a.properties": "x=y.jar"}),
		"/lib/text.jar":  "no archive",
	})
	for name, want := range map[string][]string{"/lib/core.jar": {"/lib/ant.jar", "/lib/guava.jar"}, "/lib/plain.jar": nil, "/lib/text.jar": nil} {
		if got, err := ListedArchives(tree, name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
