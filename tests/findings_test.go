package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/watch"
)

// Where nothing is known of why a test failed, packages are told of which nothing ships.
func TestUnshippedPackages(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{
		Packages: []plan.Package{{Name: "nginx"}},
		Sources:  []plan.Source{{Name: "debian", Packages: []string{"nginx", "tzdata", "php-fpm"}}},
	}
	want := "nothing ships of tzdata, php-fpm, which source debian installs: if the program needs it, name what it needs under binaries or files"
	if got := strings.Join(Causes{}.Fixes(spec.Test{}, p), "\n"); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	clue := Clue{Path: "/etc/app.conf", Source: "debian"}
	if got := strings.Join(Causes{Clues: []Clue{clue}}.Fixes(spec.Test{}, p), "\n"); got == "" || strings.Contains(got, "nothing ships") {
		t.Errorf("what is known is not told alone: %s", got)
	}
}

// What is proposed for a test that no source mends is a guess, and told to be one.
func TestInVain(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{}
	clue := Clue{Path: "/etc/app.conf", Source: "debian"}
	tried := Evidence{Whole: []watch.Access{{}}}
	passed, saying := tried, tried
	passed.Mended, saying.Said = true, "cannot read app.conf"
	add := "add files: [debian:/etc/app.conf] (the test opens it where it is there)"
	for _, test := range []struct {
		name   string
		causes Causes
		want   []string
	}{
		{"not tried", Causes{Clues: []Clue{clue}}, []string{add}},
		{"passes", Causes{Evidence: passed, Clues: []Clue{clue}}, []string{add}},
		{"fails", Causes{Evidence: tried, Clues: []Clue{clue}}, []string{inVain}},
		{"fails, and says why", Causes{Evidence: saying, Clues: []Clue{clue}}, []string{inVain, add}},
		{"fails, and nothing is known", Causes{Evidence: tried}, []string{inVain}},
	} {
		if got := test.causes.Fixes(spec.Test{}, p); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

func TestLastLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "\n \n", ""},
		{"few", "a\n\n  b\n", "a | b"},
		{"the last five", "1\n2\n3\n4\n5\n6\n", "2 | 3 | 4 | 5 | 6"},
		{
			"an error before the calls that led to it",
			"/app/a.js:1\nthrow x\n\nError: no such binding\n    at f (a.js:1)\n    at g\n    at h\n    at i {\n  code: 'X'\n}\n\nNode.js v22\n",
			"Error: no such binding | … | at h | at i { | code: 'X' | } | Node.js v22",
		},
		{
			"the last of several", "E0: error: first\njava.io.IOException: second\n1\n2\n3\n4\n5\n",
			"java.io.IOException: second | … | 1 | 2 | 3 | 4 | 5",
		},
		{"an error among the last", "1\n2\n3\n4\n5\nKeyError: 'a'\n", "2 | 3 | 4 | 5 | KeyError: 'a'"},
		{"words that name none", "no error here\nstarting: error log\n2\n3\n4\n5\n6\n", "2 | 3 | 4 | 5 | 6"},
	} {
		if got := lastLines(test.text); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}
