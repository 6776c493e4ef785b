package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/frontend"
)

// visit is a shell, or another command, in the tree of an image.
type visit struct {
	*question
	run   job.Run
	tools *tools
	// platform is that of the image.
	platform ocispecs.Platform
	// config and the trees are known once they are built.
	config       ocispecs.ImageConfig
	image, bench gateway.Reference
}

// debug runs a shell in the tree of an image, with tools beside it.
func debug(ctx context.Context, j job.Job, std streams) error {
	q, err := newVisit(j, std)
	if err != nil {
		return err
	}
	defer q.close()
	b, err := connect(ctx, q.addr, std.errors)
	if err != nil {
		return exit.Failure{Err: err}
	}
	defer b.close()
	if err := q.forOne(b); err != nil {
		return err
	}
	v := &visit{question: q, run: j.Run}
	if v.platform, err = platforms.Parse(q.attrs["platform"]); err != nil {
		return fmt.Errorf("--platform: %w", err)
	}
	if v.tools, err = newTools(j.Run.Tools, v.platform); err != nil {
		return err
	}
	defer v.tools.close()
	if j.Run.Image == "" {
		if err := v.savePlan(ctx, b); err != nil {
			return exit.Failure{Err: err}
		}
	}
	v.tools.send(q)
	return failed(q.runBuilt(ctx, b, v.prepare, func(ctx context.Context, c gateway.Client, _ *gateway.Result) error {
		if j.Build.Progress != job.Quiet && len(j.Run.Args) == 0 {
			v.tellJoining()
		}
		return v.process(std).run(ctx, c, v.image)
	}))
}

// newVisit is the question for the image that is looked at.
func newVisit(j job.Job, std streams) (*question, error) {
	if j.Run.Image == "" {
		// What fails its tests is what one wants to look at.
		return newMaking(j.Build, std, map[string]string{"build-arg:" + frontend.TestsArg: "skip"})
	}
	if j.Build.File != "" {
		return nil, errors.New("either an IMAGE or --file")
	}
	shown, err := newProgress(j.Build.Progress, std.errors)
	if err != nil {
		return nil, err
	}
	q := &question{addr: j.Build.Addr, attrs: map[string]string{}, locals: map[string]string{}, stderr: std.errors, shown: shown}
	if len(j.Build.Platforms) > 0 {
		q.attrs["platform"] = strings.Join(j.Build.Platforms, ",")
	}
	return q, nil
}

// savePlan puts the plan among the tools.
func (v *visit) savePlan(ctx context.Context, b *builder) error {
	answer, err := v.answer(ctx, b, frontend.RequestExplain, v.builds())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(v.tools.dir, planFile), answer[results[job.JSON]], 0o644)
}

// prepare builds the image and the tools.
func (v *visit) prepare(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	err := v.prepareImage(ctx, c)
	if err == nil {
		v.bench, err = v.tools.build(ctx, c, v.own)
	}
	return gateway.NewResult(), err
}

func (v *visit) prepareImage(ctx context.Context, c gateway.Client) error {
	if v.run.Image == "" {
		res, err := v.builds()(ctx, c)
		if err == nil {
			v.config, v.image, err = configOf(res)
		}
		return err
	}
	name, err := imageName(v.run.Image)
	if err != nil {
		return err
	}
	_, _, data, err := c.ResolveImageConfig(ctx, name, sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &v.platform}})
	if err != nil {
		return err
	}
	var img ocispecs.Image
	if err := json.Unmarshal(data, &img); err != nil {
		return fmt.Errorf("the config of %s: %w", name, err)
	}
	v.config = img.Config
	v.image, err = solveState(ctx, c, llb.Image(name, llb.Platform(v.platform)))
	return err
}

// imageName is an image's name in full.
func imageName(name string) (string, error) {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("the image %s: %w", name, err)
	}
	return reference.TagNameOnly(ref).String(), nil
}

// solveState builds a tree.
func solveState(ctx context.Context, c gateway.Client, st llb.State) (gateway.Reference, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.Solve(ctx, gateway.SolveRequest{Definition: def.ToPB(), Evaluate: true})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// process is the shell, or the command in its place. Programs of the image go before
// the tools.
func (v *visit) process(std streams) *process {
	p := &process{user: v.run.User, terminal: currentTerminal(std), std: std, args: v.run.Args}
	p.in(v.config)
	p.mounts = []gateway.Mount{{Dest: toolsDir, Selector: toolsDir, MountType: pb.MountType_BIND, Ref: v.bench, Readonly: true}}
	if len(p.args) == 0 {
		p.args = []string{toolsBin + "/sh"}
	}
	search := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	p.env = slices.DeleteFunc(slices.Clone(p.env), func(setting string) bool {
		value, ok := strings.CutPrefix(setting, "PATH=")
		if ok {
			search = value
		}
		return ok
	})
	p.env = append(p.env, "PATH="+search+":"+toolsBin, `PS1=\w \$ `)
	p.env = append(p.env, settings(v.run.Env)...)
	return p
}

// joiner is an image with a static busybox that everyone can pull.
const joiner = "busybox:musl"

// tellJoining tells how to do the same with a container that runs.
func (v *visit) tellJoining() {
	user := v.run.User
	if user == "" {
		user = v.config.User
	}
	if user == "" {
		user = "0"
	}
	planned := ""
	if exists(filepath.Join(v.tools.dir, planFile)) {
		planned = "\n  why PATH says why a file is here, why alone all that is"
	}
	fmt.Fprintf(v.stderr, "A copy of the image; nothing of it is kept. Tools are in %s.%s\n"+
		"A container that runs is joined by\n"+
		"  docker run --rm -it --pid container:NAME --network container:NAME --user %s %s sh -c 'cd /proc/1/root && exec sh'\n"+
		"  kubectl debug -it POD --target CONTAINER --profile general --image %s -- sh -c 'cd /proc/1/root && exec sh'\n",
		toolsBin, planned, user, joiner, joiner)
}

// why answers from the plan beside it; it is what this program is called among the
// tools.
func why(args []string, std streams) error {
	text, err := os.ReadFile(path.Join(toolsDir, planFile))
	if err != nil {
		return err
	}
	return answerWhy(text, args, std)
}
