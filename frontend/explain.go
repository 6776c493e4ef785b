package frontend

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// The names of the requests about what ships.
const (
	RequestExplain = "frontend.explain"
	RequestTree    = "frontend.tree"
)

// QuestionArg is the build argument that has explain answer for one path, or for
// a name that a file of any directory may have.
const QuestionArg = "explain"

// definition is a request with texts for people and for programs.
func definition(name, description string) subrequests.Request {
	return subrequests.Request{
		Name:        name,
		Version:     "1.0.0",
		Type:        subrequests.TypeRPC,
		Description: description,
		Metadata:    []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}},
	}
}

// explain tells what every image will hold and why, or that of one path.
func (b *build) explain(ctx context.Context) (*client.Result, error) {
	if err := b.parse(); err != nil {
		return nil, err
	}
	if question := b.question(); question != "" {
		return b.answer(ctx, question)
	}
	doc, err := b.images(ctx)
	if err != nil {
		return nil, err
	}
	data, err := doc.JSON()
	return answered(doc.Text(), data), err
}

// tree draws the trees of what will ship.
func (b *build) tree(ctx context.Context) (*client.Result, error) {
	if err := b.parse(); err != nil {
		return nil, err
	}
	doc, err := b.images(ctx)
	if err != nil {
		return nil, err
	}
	data, err := doc.JSON()
	return answered(doc.Tree(), data), err
}

func answered(text string, data []byte) *client.Result {
	res := client.NewResult()
	res.AddMeta("result.txt", []byte(text))
	res.AddMeta("result.json", data)
	return res
}

// question takes what explain is asked from the build arguments, where the spec
// would take it for one of its own.
func (b *build) question() string {
	question := b.ui.BuildArgs[QuestionArg]
	if !b.doc.Has("args." + QuestionArg) {
		delete(b.ui.BuildArgs, QuestionArg)
	}
	if strings.Contains(question, "/") && !path.IsAbs(question) {
		question = "/" + question
	}
	return question
}

func (b *build) images(ctx context.Context) (report.Document, error) {
	doc := report.Document{}
	all, err := b.plans(ctx)
	if err != nil {
		return doc, err
	}
	for _, p := range all {
		doc.Images = append(doc.Images, p.image())
	}
	return doc, nil
}

func (b *build) answer(ctx context.Context, question string) (*client.Result, error) {
	all, err := b.plans(ctx)
	if err != nil {
		return nil, err
	}
	answers := report.Answers{Answers: make([]report.Answer, len(all))}
	g, ctx := errgroup.WithContext(ctx)
	for i, p := range all {
		g.Go(func() (err error) {
			answers.Answers[i], err = p.why(ctx, question)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	data, err := answers.JSON()
	return answered(answers.Text(), data), err
}

// plans makes the plan of every platform, and fails as a build would.
func (b *build) plans(ctx context.Context) ([]*planned, error) {
	if err := b.choosePlatforms(); err != nil {
		return nil, err
	}
	all := make([]*planned, len(b.ui.TargetPlatforms))
	b.warnings = make([]diag.List, len(all))
	g, gctx := errgroup.WithContext(ctx)
	for i, platform := range b.ui.TargetPlatforms {
		g.Go(func() error {
			p, err := b.plan(gctx, platform, i)
			all[i] = p
			return err
		})
	}
	err := g.Wait()
	b.warn(ctx, diag.Unique(slices.Concat(b.warnings...)))
	return all, err
}

// image describes what the plan ships.
func (p *planned) image() report.Image {
	return report.New(&p.found.Plan, report.About{Name: p.title(), Base: p.base(), Locate: p.place})
}

// base is what the spec calls the base image; empty when there is none.
func (t *target) base() string {
	if t.spec.Base == dockerui.EmptyImageName {
		return ""
	}
	return t.spec.Base
}

// place is a spec node's first line.
func (b *build) place(at string) *report.Place {
	r, ok := b.doc.Range(at)
	if at == "" || !ok {
		return nil
	}
	lines := strings.Split(string(b.source.Data), "\n")
	return &report.Place{File: b.source.Filename, Line: r.StartLine, Text: strings.TrimRight(lines[r.StartLine-1], "\r")}
}

// why answers for one path. Only for what the plan does not have are the sources
// looked at, all of them.
func (p *planned) why(ctx context.Context, question string) (report.Answer, error) {
	img := p.image()
	answer := img.Why(question)
	if answer.Found == report.FoundImage {
		return answer, nil
	}
	trees, err := p.makeTrees(ctx)
	if err != nil {
		return answer, err
	}
	trees.ask = &plan.Query{Path: question}
	answer.Unseen = p.addUnneeded(ctx, trees)
	found, _, err := p.analyse(ctx, trees)
	if err != nil {
		return answer, err
	}
	answer.Complete(found.Answer)
	return answer, nil
}

// addUnneeded adds the sources that the plan takes nothing from, to be looked at
// for what is asked. It returns those that cannot be had.
func (t *target) addUnneeded(ctx context.Context, trees *trees) (unseen []string) {
	for _, name := range slices.Sorted(maps.Keys(t.spec.Sources)) {
		if _, ok := trees.states[name]; ok {
			continue
		}
		st, err := t.state(ctx, name)
		if err != nil {
			unseen = append(unseen, name)
			continue
		}
		trees.states[name] = st
		trees.local[name] = t.isLocal(name)
		trees.ask.Trees = append(trees.ask.Trees, name)
	}
	return unseen
}

// summary is the name of the vertex that ends the build of a platform.
func (p *planned) summary() string {
	stage := "[image] "
	if len(p.ui.TargetPlatforms) > 1 {
		stage = "[image " + platforms.Format(p.platform) + "] "
	}
	return stage + report.Summary(&p.found.Plan)
}
