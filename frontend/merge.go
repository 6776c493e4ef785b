package frontend

import (
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/sinter-build/sinter/diag"
)

// merge puts the findings of several evaluations into one list, each finding once and
// in the order in which they were found first. What only some evaluations have says
// which.
func merge[T any](all []T, of func(T) (*evaluation, diag.List)) diag.List {
	var whole []*evaluation
	var order diag.List
	having := map[string][]*evaluation{}
	for _, one := range all {
		e, list := of(one)
		whole = append(whole, e)
		for _, d := range diag.Unique(list) {
			key := identity(d)
			if having[key] == nil {
				order = append(order, d)
			}
			having[key] = append(having[key], e)
		}
	}
	for i, d := range order {
		if only := difference(having[identity(d)], whole, d.At); only != "" {
			order[i].Message += " (" + only + ")"
		}
	}
	return order
}

// identity is what two findings have in common that are one.
func identity(d diag.Diagnostic) string {
	return d.At + "\x00" + d.Code + "\x00" + d.String()
}

// difference says what sets some evaluations apart from all: "in target debug, on
// linux/arm64". A node of a target says that by itself.
func difference(some, all []*evaluation, at string) string {
	var words []string
	if only := distinct(some, all, targetName); only != "" && !strings.HasPrefix(at, "targets.") {
		words = append(words, "in "+only)
	}
	if only := distinct(some, all, platformName); only != "" {
		words = append(words, "on "+only)
	}
	return strings.Join(words, ", ")
}

// distinct names what some evaluations are, unless they are all that there are.
func distinct(some, all []*evaluation, name func(*evaluation) string) string {
	few, every := names(some, name), names(all, name)
	if len(few) == len(every) {
		return ""
	}
	return strings.Join(few, " and ")
}

func names(evaluations []*evaluation, name func(*evaluation) string) []string {
	var out []string
	for _, e := range evaluations {
		if n := name(e); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func platformName(e *evaluation) string { return platforms.Format(e.platform) }

func targetName(e *evaluation) string {
	if e.target == "" {
		return "the main image"
	}
	return "target " + e.target
}
