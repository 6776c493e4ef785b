package frontend

import (
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/sinter-build/sinter/diag"
)

// merge puts the findings of several variants into one list, each finding once and
// in the order in which they were found first. What only some variants have says
// which.
func merge[T any](all []T, of func(T) (*variant, diag.List)) diag.List {
	var whole []*variant
	var order diag.List
	having := map[string][]*variant{}
	for _, one := range all {
		v, list := of(one)
		whole = append(whole, v)
		for _, d := range diag.Unique(list) {
			key := identity(d)
			if having[key] == nil {
				order = append(order, d)
			}
			having[key] = append(having[key], v)
		}
	}
	for i, d := range order {
		if only := difference(having[identity(d)], whole, d.At); only != "" {
			order[i].Message += " (" + only + ")"
		}
	}
	return order
}

// identity tells findings apart.
func identity(d diag.Diagnostic) string {
	return d.At + "\x00" + d.Code + "\x00" + d.String()
}

// difference says what sets some variants apart from all: "in target debug, on
// linux/arm64". A node of a target says that by itself.
func difference(some, all []*variant, at string) string {
	var words []string
	if only := missing(some, all, variantTarget); only != "" && !strings.HasPrefix(at, "targets.") {
		words = append(words, "in "+only)
	}
	if only := missing(some, all, variantPlatform); only != "" {
		words = append(words, "on "+only)
	}
	return strings.Join(words, ", ")
}

// missing names what some variants are, unless all are that.
func missing(some, all []*variant, name func(*variant) string) string {
	few, every := names(some, name), names(all, name)
	if len(few) == len(every) {
		return ""
	}
	return strings.Join(few, " and ")
}

func names(variants []*variant, name func(*variant) string) []string {
	var out []string
	for _, v := range variants {
		if n := name(v); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func variantPlatform(v *variant) string { return platforms.Format(v.platform) }

func variantTarget(v *variant) string {
	if v.target == "" {
		return "the main image"
	}
	return "target " + v.target
}
