package gatewaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/patternmatcher"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// evaluate builds the tree of LLB.
func (g *Gateway) evaluate(ctx context.Context, def *pb.Definition) (Tree, error) {
	e := evaluation{gateway: g, ops: map[string]*pb.Op{}, done: map[string][]Tree{}}
	var last *pb.Op
	for _, data := range def.Def {
		last = &pb.Op{}
		if err := last.UnmarshalVT(data); err != nil {
			return nil, err
		}
		e.ops[digest.FromBytes(data).String()] = last
	}
	if last == nil {
		return Tree{}, nil
	}
	trees, err := e.inputs(ctx, last)
	if err != nil {
		return nil, err
	}
	return trees[0], nil
}

// evaluation is the building of one definition. Trees in it are shared and not
// changed.
type evaluation struct {
	gateway *Gateway
	ops     map[string]*pb.Op
	done    map[string][]Tree // the outputs of vertices, by digest
}

func (e *evaluation) inputs(ctx context.Context, op *pb.Op) ([]Tree, error) {
	var out []Tree
	for _, in := range op.Inputs {
		trees, err := e.vertex(ctx, in.Digest)
		if err != nil {
			return nil, err
		}
		if int(in.Index) >= len(trees) {
			return nil, fmt.Errorf("a vertex has no output %d", in.Index)
		}
		out = append(out, trees[in.Index])
	}
	return out, nil
}

// vertex builds a vertex, once, and returns its outputs.
func (e *evaluation) vertex(ctx context.Context, dgst string) ([]Tree, error) {
	if out, ok := e.done[dgst]; ok {
		return out, nil
	}
	op := e.ops[dgst]
	if op == nil {
		return nil, fmt.Errorf("the LLB has no vertex %s", dgst)
	}
	inputs, err := e.inputs(ctx, op)
	if err != nil {
		return nil, err
	}
	out, err := e.build(ctx, op, inputs)
	e.done[dgst] = out
	return out, err
}

func (e *evaluation) build(ctx context.Context, op *pb.Op, inputs []Tree) ([]Tree, error) {
	switch {
	case op.GetSource() != nil:
		tree, err := e.gateway.source(op)
		return []Tree{tree}, err
	case op.GetFile() != nil:
		tree, err := fileOp(op.GetFile(), inputs)
		return []Tree{tree}, err
	case op.GetMerge() != nil:
		out := Tree{}
		for _, in := range op.GetMerge().Inputs {
			maps.Copy(out, inputs[in.Input])
		}
		return []Tree{out}, nil
	case op.GetPassthrough() != nil:
		var out []Tree
		for _, in := range op.GetPassthrough().Outputs {
			out = append(out, inputs[in])
		}
		return out, nil
	case op.GetExec() != nil:
		return e.gateway.exec(ctx, op.GetExec(), inputs)
	}
	return nil, fmt.Errorf("there is no such vertex in memory: %v", op)
}

func (g *Gateway) source(op *pb.Op) (Tree, error) {
	id := op.GetSource().Identifier
	scheme, rest, _ := strings.Cut(id, "://")
	switch scheme {
	case "docker-image":
		if rest == frontendImage {
			return Tree{}, nil
		}
		img, _, err := g.image(rest, specPlatform(op.Platform))
		if err != nil {
			return nil, err
		}
		return img.Tree, nil
	case "local":
		return g.local(rest, op.GetSource().Attrs)
	}
	if tree, ok := g.Remotes[id]; ok {
		return tree, nil
	}
	return nil, fmt.Errorf("there is no source %s", id)
}

func specPlatform(p *pb.Platform) *ocispecs.Platform {
	if p == nil {
		return nil
	}
	return &ocispecs.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}
}

// local is what a client sends of a directory.
func (g *Gateway) local(name string, attrs map[string]string) (Tree, error) {
	tree, ok := g.Locals[name]
	if target, isStage := strings.CutPrefix(name, stagePrefix); isStage {
		tree, ok = g.Stages[target]
	}
	if !ok {
		return nil, fmt.Errorf("no local source %s", name)
	}
	var exclude, follow []string
	for key, list := range map[string]*[]string{pb.AttrExcludePatterns: &exclude, pb.AttrFollowPaths: &follow} {
		if text := attrs[key]; text != "" {
			if err := json.Unmarshal([]byte(text), list); err != nil {
				return nil, err
			}
		}
	}
	tree, err := tree.without(exclude)
	if err != nil || len(follow) == 0 {
		return tree, err
	}
	return tree.following(follow)
}

// without leaves out what the patterns of an ignore file match.
func (t Tree) without(patterns []string) (Tree, error) {
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	out := Tree{}
	for name, file := range t {
		ignored, err := matcher.MatchesOrParentMatches(strings.TrimPrefix(name, "/"))
		if err != nil {
			return nil, err
		}
		if !ignored {
			out.put(name, file)
		}
	}
	return out, nil
}

// following is what paths lead to, with the symlinks on the way.
func (t Tree) following(paths []string) (Tree, error) {
	out := Tree{}
	for _, name := range paths {
		at := "/"
		for step := range strings.SplitSeq(strings.Trim(path.Clean("/"+name), "/"), "/") {
			next := path.Join(at, step)
			if file, ok := t[next]; ok {
				out.put(next, file)
			}
			var err error
			if at, err = t.resolve(next, true); err != nil {
				return nil, err
			}
			if file, ok := t[at]; ok {
				out.put(at, file)
			}
		}
		for _, below := range t.below(at) {
			out.put(below, t[below])
		}
	}
	for name := range out { // parents with what they are, not what put made of them
		out[name] = t[name]
	}
	return out, nil
}
