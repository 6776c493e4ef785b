package frontend

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
)

// request is a call that answers a question instead of building.
type request struct {
	definition subrequests.Request
	answer     func(context.Context) (*client.Result, error)
}

// requests lists what can be asked, with `docker buildx build --call=NAME`.
func (b *build) requests() []request {
	check := lint.SubrequestLintDefinition
	check.Description = "Check the spec without building"
	args := outline.SubrequestsOutlineDefinition
	args.Description = "List the build arguments of the spec"
	all := targets.SubrequestsTargetsDefinition
	all.Description = "List the targets of the spec"
	return []request{
		{args, b.outline},
		{all, b.targets},
		{check, b.lint},
		{definition(RequestExplain, "Tell which files ship and why; of one with --build-arg explain=PATH"), b.explain},
		{definition(RequestTree, "Draw the tree of what ships, with sizes"), b.tree},
		{definition(RequestSBOM, "Describe what ships in SPDX, with checksums"), b.answerSBOM},
		{subrequests.SubrequestsDescribeDefinition, b.describe},
	}
}

// subrequest answers a request, if the build is one.
func (b *build) subrequest(ctx context.Context) (*client.Result, bool, error) {
	name, ok := b.client.BuildOpts().Opts["requestid"]
	if !ok {
		return nil, false, nil
	}
	if name == "frontend.describe" { // what --call=describe sends
		name = subrequests.RequestSubrequestsDescribe
	}
	for _, r := range b.requests() {
		if r.definition.Name == name {
			res, err := r.answer(ctx)
			return res, true, err
		}
	}
	return nil, true, errdefs.NewUnsupportedSubrequestError(name)
}

// describe lists the requests.
func (b *build) describe(context.Context) (*client.Result, error) {
	var all []subrequests.Request
	for _, r := range b.requests() {
		all = append(all, r.definition)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := subrequests.PrintDescribe(data, &text); err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.json", data)
	res.AddMeta("result.txt", text.Bytes())
	res.AddMeta("version", []byte(subrequests.SubrequestsDescribeDefinition.Version))
	return res, nil
}

// outline lists the build arguments, with the values they have now. Clients print
// what the spec says of them as it comes.
func (b *build) outline(context.Context) (*client.Result, error) {
	if err := b.parse(); err != nil {
		return nil, err
	}
	out := outline.Outline{Name: b.ui.Target, Sources: [][]byte{b.source.Data}}
	for _, t := range b.doc.Targets() {
		if t.Name == b.ui.Target {
			out.Description = diag.Plain(t.Description)
		}
	}
	for _, a := range b.doc.Args() {
		value, given := b.ui.BuildArgs[a.Name]
		if !given && a.Default != nil {
			value = *a.Default
		}
		out.Args = append(out.Args, outline.Arg{
			Name:        a.Name,
			Description: diag.Plain(a.Description),
			Value:       diag.Plain(value),
			Location:    b.location("args." + a.Name),
		})
	}
	return out.ToResult()
}

// targets lists the main image, which has no name of its own, and its variants.
func (b *build) targets(context.Context) (*client.Result, error) {
	if err := b.parse(); err != nil {
		return nil, err
	}
	list := targets.List{
		Sources: [][]byte{b.source.Data},
		Targets: []targets.Target{{Default: true, Description: "The main image"}},
	}
	for _, t := range b.doc.Targets() {
		list.Targets = append(list.Targets, targets.Target{
			Name:        t.Name,
			Description: diag.Plain(t.Description),
			Location:    b.location("targets." + t.Name),
		})
	}
	return list.ToResult()
}

// lint checks the spec as far as that is possible without its sources.
func (b *build) lint(context.Context) (*client.Result, error) {
	results := lint.LintResults{}
	source := results.AddSource(b.source.SourceMap)
	var found diag.List
	if err := b.parse(); err != nil {
		return b.lintFailure(&results, source, err)
	}
	if err := b.choosePlatforms(); err != nil {
		return b.lintFailure(&results, source, err)
	}
	for _, p := range b.ui.TargetPlatforms {
		for _, name := range b.lintTargets() {
			_, diags := b.doc.Evaluate(b.vars(p), name)
			if err := b.fail(diags); err != nil {
				return b.lintFailure(&results, source, err)
			}
			found = append(found, diags.Warnings()...)
		}
	}
	for _, d := range diag.Unique(found) {
		about, _ := catalogue.Lookup(d.Code)
		results.Warnings = append(results.Warnings, lint.Warning{
			RuleName:    d.Code,
			Description: about.Title,
			URL:         catalogue.URL(d.Code),
			Detail:      d.String(),
			Location:    &pb.Location{SourceIndex: int32(source), Ranges: b.ranges(d.At)},
		})
	}
	return results.ToResult(nil)
}

// lintTargets lists the targets to check: the one that is asked for, or all.
func (b *build) lintTargets() []string {
	names := []string{b.ui.Target}
	if b.ui.Target == "" {
		for _, t := range b.doc.Targets() {
			names = append(names, t.Name)
		}
	}
	return names
}

// lintFailure reports a spec that cannot be built: as a finding, with its place.
func (b *build) lintFailure(results *lint.LintResults, source int, err error) (*client.Result, error) {
	results.Error = &lint.BuildError{Message: err.Error(), Location: pb.Location{SourceIndex: int32(source)}}
	for _, s := range errdefs.Sources(err) {
		results.Error.Location.Ranges = append(results.Error.Location.Ranges, s.Ranges...)
	}
	return results.ToResult(nil)
}

func (b *build) location(at string) *pb.Location {
	return &pb.Location{Ranges: b.ranges(at)}
}
