package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
)

func sizeBudget() *rule.Rule {
	return &rule.Rule{
		ID:    "size-budget",
		Title: "The image is within its budget",
		Rationale: "An image grows by itself. A budget makes someone look when it does. Sizes are of the files as they are in the tree, not compressed; layers are those above the base, and files those of the image with its base. " +
			"`growth` is how much larger, in percent, the image may be than `reference`, an image: what was released before, for example.",
		Fixes:    []string{"Look at what is large: `--call=tree`, `sinter diff`.", "Raise the budget, where whoever set it allows that."},
		Severity: diag.SeverityError,
		Since:    "1.0",
		Params: []rule.Param{
			number("bytes", rule.Bytes, rule.Less, "How large all files may be together: 40MB."),
			number("files", rule.Count, rule.Less, "How many files there may be."),
			number("layers", rule.Count, rule.Less, "How many layers there may be above the base."),
			number("growth", rule.Count, rule.Less, "By how many percent the bytes and the files may exceed the reference."),
			{
				Name: "reference", Kind: rule.Text, Tightens: rule.Never, Valid: validReference,
				Doc: "The image that growth is compared with, NAME@sha256:DIGEST; without one, what `--reference` of a check names.",
			},
		},
		NeedsBase: true,
		Reference: func(params rule.Values) string {
			if _, ok := params["growth"].(int64); !ok {
				return ""
			}
			return params.Text("reference")
		},
		Check: func(c *rule.Check) {
			is := SizeOf(c.Image)
			within(c, "bytes", is.Bytes, size)
			within(c, "files", is.Files, func(n int64) string { return fmt.Sprintf("%d files", n) })
			within(c, "layers", is.Layers, func(n int64) string { return fmt.Sprintf("%d layers", n) })
			checkGrowth(c, is)
		},
	}
}

// validReference says what is wrong with the name of a reference.
func validReference(name string) error {
	if _, digest := splitImage(name); !strings.HasPrefix(digest, "sha256:") {
		return errors.New("has no digest: write NAME@sha256:DIGEST, for what it is compared with must not change by itself")
	}
	return nil
}

// SizeOf is how large an image is, as far as its plan tells.
func SizeOf(i *rule.Image) rule.Size {
	is := rule.Size{Layers: int64(len(i.Plan.Layers))}
	for _, f := range i.Files() {
		if f.Kind == plan.KindFile {
			is.Files++
			is.Bytes += f.Size
		}
	}
	return is
}

// within reports what is more than a parameter says.
func within(c *rule.Check, name string, is int64, words func(int64) string) {
	if limit, ok := c.Params[name].(int64); ok && is > limit {
		c.Report(rule.Violation{Message: fmt.Sprintf("the image has %s, and its budget is %s", words(is), words(limit))})
	}
}

// checkGrowth compares the image with the reference.
func checkGrowth(c *rule.Check, is rule.Size) {
	limit, ok := c.Params["growth"].(int64)
	reference := c.Reference
	if name := c.Params.Text("reference"); name != "" {
		size, known := c.References[name]
		if reference = &size; !known {
			return
		}
	}
	if !ok || reference == nil {
		return
	}
	for _, one := range []struct {
		what    string
		is, was int64
		words   func(int64) string
	}{
		{"bytes", is.Bytes, reference.Bytes, size},
		{"files", is.Files, reference.Files, func(n int64) string { return fmt.Sprint(n) }},
	} {
		if one.was > 0 && float64(one.is) > float64(one.was)*(1+float64(limit)/100) {
			c.Report(rule.Violation{Message: fmt.Sprintf("the image has grown by %.1f%% in %s, from %s to %s, and the policy allows %d%%",
				float64(one.is)/float64(one.was)*100-100, one.what, one.words(one.was), one.words(one.is), limit)})
		}
	}
}
