package frontend

import (
	"context"
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

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

// explain tells what every image will hold and why, or that of one path.
func (s *session) explain(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide)
	if err != nil {
		return nil, err
	}
	if s.question != "" {
		return s.explainPath(ctx, images)
	}
	doc := document(images)
	data, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	return s.answered(doc.Text(), data)
}

// tree draws the trees of what will ship.
func (s *session) tree(ctx context.Context) (*client.Result, error) {
	images, err := s.images(ctx, s.evaluations, (*image).load, (*image).decide)
	if err != nil {
		return nil, err
	}
	doc := document(images)
	data, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	return s.answered(doc.Tree(), data)
}

func document(images []*image) report.Document {
	doc := report.Document{}
	for _, i := range images {
		doc.Images = append(doc.Images, i.report())
	}
	return doc
}

// report describes what the plan ships.
func (i *image) report() report.Image {
	return report.New(i.plan, report.About{Name: i.title(), Locate: i.place})
}

func (s *session) explainPath(ctx context.Context, images []*image) (*client.Result, error) {
	answers := report.Answers{Answers: make([]report.Answer, len(images))}
	g, gctx := errgroup.WithContext(ctx)
	for n, i := range images {
		g.Go(func() (err error) {
			answers.Answers[n], err = i.why(gctx, s.question)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	data, err := answers.JSON()
	if err != nil {
		return nil, err
	}
	return s.answered(answers.Text(), data)
}

// why answers for one path. Only for what the plan does not have are the sources
// looked at, all of them.
func (i *image) why(ctx context.Context, question string) (report.Answer, error) {
	described := i.report()
	answer := described.Why(question)
	if answer.Found == report.FoundImage {
		return answer, nil
	}
	trees, unseen := i.treesFor(ctx, question)
	answer.Unseen = unseen
	found, _, err := i.analyse(ctx, trees, i.plan.Config)
	if err != nil {
		return answer, i.loader().Failed(ctx, err)
	}
	answer.Complete(found.Answer)
	return answer, nil
}

// treesFor are the trees of the plan with those of the sources that it takes
// nothing from, for a question about them all. It returns the names of those that
// cannot be had, too.
func (i *image) treesFor(ctx context.Context, question string) (all *trees, unseen []string) {
	all = &trees{named: maps.Clone(i.trees.named), order: i.trees.order, ask: &plan.Query{Path: question}}
	loader := i.loader()
	for _, name := range slices.Sorted(maps.Keys(i.spec.Sources)) {
		if _, ok := all.named[name]; ok {
			continue
		}
		tree, err := loader.Load(ctx, name)
		if err != nil {
			unseen = append(unseen, name)
			continue
		}
		all.named[name] = tree
		all.ask.Trees = append(all.ask.Trees, name)
	}
	return all, unseen
}
