package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/layout/registry"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// checkLayout judges the images of a layout, or of a registry.
func checkLayout(ctx context.Context, j job.Job, when time.Time) (*frontend.Check, error) {
	policy, err := loadPacks(ctx, j)
	if err != nil {
		return nil, err
	}
	plans, err := readPlans(ctx, j.Check.Image, j.Build.Platforms)
	if err != nil {
		return nil, exit.Failure{Err: fmt.Errorf("%s: %w", j.Check.Image, err), Status: exit.Usage}
	}
	var reference []*plan.Plan
	if j.Check.Reference != "" {
		if reference, err = readPlans(ctx, j.Check.Reference, j.Build.Platforms); err != nil {
			return nil, exit.Failure{Err: fmt.Errorf("--reference: %s: %w", j.Check.Reference, err), Status: exit.Usage}
		}
	}
	named := map[string][]*plan.Plan{}
	for _, name := range policy.References() {
		if named[name], err = readPlans(ctx, name, j.Build.Platforms); err != nil {
			return nil, exit.Failure{Err: fmt.Errorf("the image %s, which the policy compares with: %w", name, err), Status: exit.Usage}
		}
	}
	found := &frontend.Check{Findings: diag.List{}, Places: map[string]diag.Place{}}
	for _, p := range plans {
		image := rule.NewImage(p)
		image.Name, image.Time = j.Check.Image, when
		for _, other := range plans {
			image.Platforms = append(image.Platforms, other.Platform)
		}
		slices.Sort(image.Platforms)
		image.Reference = sizeFor(reference, p.Platform)
		image.References = map[string]rule.Size{}
		for name, plans := range named {
			if size := sizeFor(plans, p.Platform); size != nil {
				image.References[name] = *size
			}
		}
		v := policy.Judge(image)
		for _, d := range v.Diagnostics() {
			d.At = "" // a finished image has no spec
			if len(plans) > 1 {
				d.Message += " (on " + p.Platform + ")"
			}
			found.Findings = append(found.Findings, d)
		}
		found.Images = append(found.Images, frontend.CheckedImage{Platform: p.Platform, Verdict: v})
	}
	return found, nil
}

// sizeFor is how large the image of a platform is; nil where there is none.
func sizeFor(plans []*plan.Plan, platform string) *rule.Size {
	i := slices.IndexFunc(plans, func(p *plan.Plan) bool { return p.Platform == platform })
	if i < 0 {
		return nil
	}
	size := rules.SizeOf(rule.NewImage(plans[i]))
	return &size
}

// readPlans plans what is in the images of a layout, or of a registry.
func readPlans(ctx context.Context, name string, platforms []string) ([]*plan.Plan, error) {
	info, err := os.Stat(name)
	if ref, ok := inRegistry(name); ok && errors.Is(err, fs.ErrNotExist) {
		files, err := registry.Open(ctx, ref, platforms)
		if err != nil {
			return nil, err
		}
		return layout.Plans(files)
	}
	if err != nil {
		return nil, err
	}
	var files fs.FS = os.DirFS(name)
	if !info.IsDir() {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if files, err = layout.Tar(f); err != nil {
			return nil, err
		}
	}
	plans, err := layout.Plans(files)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("not an OCI image layout: %w", err)
	}
	return plans, err
}
