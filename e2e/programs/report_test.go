package programs

import (
	"strings"
	"testing"
)

// The table tells of each program what its image has and what of that was read, and the
// totals leave out what does not work.
func TestTable(t *testing.T) {
	t.Parallel()
	program := func(name string) Program { return Program{Name: name, Settings: Settings{Kind: "tool"}} }
	results := []Result{
		{
			Program: program("a"),
			Closure: &Work{Size: 10e6},
			Work:    &Work{Size: 11e6, Packages: 40e6, Usage: Usage{Opened: 9e6, Needs: []Need{{"named", 1e6, 5e5}}}},
		},
		{
			Program: program("b"),
			Closure: &Work{Size: 1e6, Failure: "no"},
			Work:    &Work{Size: 2e6, Packages: 10e6, Usage: Usage{Opened: 1e6, Needs: []Need{{"named", 1e6, 0}}}},
			Extra:   2,
		},
		{Program: program("c"), Closure: &Work{Failure: "no"}, Work: &Work{Failure: "no", Size: 5e6, Packages: 50e6}},
	}
	results[0].Fast = true
	results[0].Baseline = []string{"no-secrets /key"}
	results[0].Work.Judged = []RuleFinding{{"no-secrets", "/key", "/key holds a private key"}}
	var b strings.Builder
	WriteTable(&b, results)
	const want = `
| tool | works | extra lines | image | packages | growth | needs, never read | image, never read |
|---|---|--:|--:|--:|--:|--:|--:|
| a * | yes | 0 | 11.0 | 40.0 | 10.0 % | 0.5 | 2.0 |
| b | yes | 2 | 2.0 | 10.0 |  | 1.0 | 1.0 |
| c | **no** |  | 5.0 | 50.0 |  |  |  |

2 of 3 programs do their work, 1 of them without an extra line.
Their images have 13.0 MB, their packages with dependencies 50.0 MB.
1 do it with what the loader needs alone; these grow by 10.0 % in the median and 10.0 % at worst (a).
Of the bytes that needs bring, 25 % are read in the work; of what packages have beyond what the loader needs, these are 1 %.
Of all bytes of the images, 77 % are read in the work; of the packages', these are 20 %.
The pack baseline warns of 1 things in 1 of 3 images, all of them true.
`
	if got := b.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A warning that a program's settings do not have is a false alarm, and one that they
// have is not to be missed.
func TestMisjudged(t *testing.T) {
	t.Parallel()
	r := Result{
		Program: Program{Name: "a", Settings: Settings{Baseline: []string{"no-secrets /key", "no-root-ports"}}},
		Work:    &Work{Size: 1, Judged: []RuleFinding{{"no-root-ports", "", "it is root"}, {"no-secrets", "/cert", "/cert holds a private key"}}},
	}
	var b strings.Builder
	writeJudged(&b, []Result{r})
	const want = `The pack baseline warns of 2 things in 1 of 1 images, and is wrong in 2:

- a: baseline warns of no-secrets /cert: /cert holds a private key
- a: baseline does not warn of no-secrets /key
`
	if got := b.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
