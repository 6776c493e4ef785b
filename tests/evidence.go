package tests

import (
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/watch"
)

// Evidence is what was seen of a test that failed.
type Evidence struct {
	// Accesses are what programs asked for in the image.
	Accesses []watch.Access `json:"accesses,omitempty"`
	// Whole are what they asked for in the image with all of the sources below it; nil
	// when the test was not run there.
	Whole []watch.Access `json:"whole,omitempty"`
	// Mended tells that it passed there, and Took how long that was.
	Mended bool          `json:"mended,omitempty"`
	Took   time.Duration `json:"-"`
	// Said is what a program wrote last, and the problems.
	Said string `json:"said,omitempty"`
	// Accounts are those of the files with accounts that were opened.
	Accounts []string `json:"accounts,omitempty"`
}

// maxAsked is how many paths a question has of one test, of either kind: it is part of
// a message of BuildKit's.
const maxAsked = 5000

// NewEvidence is what a failure shows by itself.
func NewEvidence(failed *Outcome) Evidence {
	e := Evidence{Said: strings.Join(append(slices.Clone(failed.Problems), failed.Said), "\n")}
	for _, name := range accountFiles {
		if slices.ContainsFunc(failed.Accesses, func(a watch.Access) bool { return a.Path == name && a.Use == watch.Open }) {
			e.Accounts = append(e.Accounts, name)
		}
	}
	for _, a := range slices.Backward(failed.Accesses) { // the last ones matter most
		if a.Error != "" && !hidden(a.Path) && len(e.Accesses) < maxAsked {
			e.Accesses = append(e.Accesses, a)
		}
	}
	slices.Reverse(e.Accesses)
	return e
}

// AddWhole adds what came of the same test with all of the sources below the image.
func (e *Evidence) AddWhole(failed, whole *Outcome) {
	e.Mended, e.Took = whole.Passed(), whole.Took
	known := map[string]bool{}
	for _, a := range failed.Accesses {
		known[a.Path] = known[a.Path] || a.Error == ""
	}
	for _, a := range whole.Accesses {
		if a.Error == "" && !known[a.Path] && !a.Write && a.Use != watch.Change && !hidden(a.Path) && len(e.Whole) < maxAsked {
			e.Whole = append(e.Whole, a)
		}
	}
}

// hidden reports whether no image decides what is at a path: it is the runtime's, or a
// test's own, or the loader's, for which the plan has what it needs.
func hidden(name string) bool {
	for _, dir := range []string{"/proc", "/sys", "/dev", "/.sinter"} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return slices.Contains([]string{"/", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}, name)
}
