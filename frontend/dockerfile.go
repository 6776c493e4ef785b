package frontend

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/spec"
)

// ownOptions are the options of a build that are about the spec and its image,
// and so are not passed on to the Dockerfile of a source.
var ownOptions = []string{
	"source", "cmdline", "requestid", "frontend.caps", "filename", "target",
	"context", "contextkey", "dockerfilekey", "contextsubdir",
	"multi-platform", "build-arg:BUILDKIT_MULTI_PLATFORM", "build-arg:BUILDKIT_SYNTAX",
}

// dockerfile is a stage of a Dockerfile, built by BuildKit's own Dockerfile
// frontend with the build context, named contexts and settings of this build.
func (t *target) dockerfile(ctx context.Context, name string, src spec.Source) (llb.State, error) {
	inputs, err := t.client.Inputs(ctx)
	if err != nil {
		return llb.State{}, err
	}
	_, fromInput := inputs[dockerui.DefaultLocalNameContext]
	inputs = maps.Clone(inputs)
	if inputs == nil {
		inputs = map[string]llb.State{}
	}
	if inputs[dockerui.DefaultLocalNameContext], err = t.context(ctx, nil); err != nil {
		return llb.State{}, err
	}
	file := src.Dockerfile
	if strings.Contains(file, "\n") {
		file = "sources." + name + ".dockerfile" // what messages and progress call it
		inputs[dockerui.DefaultLocalNameDockerfile] = t.inlineDockerfile(name, file, src.Dockerfile)
	} else if main := inputs[dockerui.DefaultLocalNameContext]; fromInput || t.remoteContext() {
		inputs[dockerui.DefaultLocalNameDockerfile] = main
	} else {
		inputs[dockerui.DefaultLocalNameDockerfile] = t.localDockerfile(file)
	}
	defs, err := marshalInputs(ctx, inputs)
	if err != nil {
		return llb.State{}, err
	}
	opts := t.dockerfileOptions(src)
	opts["filename"] = file
	res, err := t.client.Solve(ctx, client.SolveRequest{
		Frontend:       "dockerfile.v0",
		FrontendOpt:    opts,
		FrontendInputs: defs,
		CacheImports:   t.ui.CacheImports,
	})
	if err != nil {
		return llb.State{}, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return llb.State{}, err
	}
	if ref == nil {
		return llb.Scratch(), nil
	}
	return ref.ToState()
}

func (t *target) inlineDockerfile(name, file, text string) llb.State {
	return llb.Scratch().File(
		llb.Mkfile("/"+file, 0o644, []byte(text)),
		dockerui.WithInternalName("the Dockerfile of source "+name),
	)
}

// localDockerfile is a Dockerfile in the client's build context. It is sent by
// itself, as the ignore file may leave it out of what the Dockerfile sees.
func (t *target) localDockerfile(file string) llb.State {
	opts := t.ui.BuildOpts().Opts
	local := dockerui.DefaultLocalNameContext
	if v, ok := opts["contextkey"]; ok {
		local = v
	}
	session := t.ui.BuildOpts().SessionID
	if v, ok := opts["local-sessionid:"+local]; ok {
		session = v
	}
	return llb.Local(local,
		llb.FollowPaths([]string{file, file + ".dockerignore"}),
		llb.SessionID(session),
		llb.SharedKeyHint(local+"-"+file),
		llb.Differ(llb.DiffNone, false),
		dockerui.WithInternalName("load "+file),
	)
}

// remoteContext tells whether the build context is fetched by the daemon.
func (t *target) remoteContext() bool {
	opts := t.ui.BuildOpts().Opts
	local := dockerui.DefaultLocalNameContext
	if v, ok := opts["contextkey"]; ok {
		local = v
	}
	if _, ok, _ := dockerui.DetectGitContext(opts[local], nil); ok {
		return true
	}
	_, _, ok := dockerui.DetectHTTPContext(opts[local])
	return ok
}

func (t *target) dockerfileOptions(src spec.Source) map[string]string {
	opts := map[string]string{}
	for k, v := range t.ui.BuildOpts().Opts {
		switch {
		case strings.HasPrefix(k, "label:"), strings.HasPrefix(k, "attest:"):
		case strings.HasPrefix(k, "build-arg:") && !forwardedArg(k):
		default:
			opts[k] = v
		}
	}
	for _, k := range ownOptions {
		delete(opts, k)
	}
	if _, ok := opts["build-arg:"+sourceDateEpoch]; ok {
		// Of "context" only this build knows the value.
		opts["build-arg:"+sourceDateEpoch] = strconv.FormatInt(t.epoch.Unix(), 10)
	}
	for k, v := range src.Args {
		opts["build-arg:"+k] = v
	}
	if src.Target != "" {
		opts["target"] = src.Target
	}
	opts["platform"] = platforms.FormatAll(t.platform)
	return opts
}

// forwardedArg tells whether a build argument is a setting of BuildKit or its
// environment rather than one of the spec's own.
func forwardedArg(key string) bool {
	name := strings.TrimPrefix(key, "build-arg:")
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy":
		return true
	}
	return strings.HasPrefix(name, "BUILDKIT_") || name == sourceDateEpoch
}

func marshalInputs(ctx context.Context, inputs map[string]llb.State) (map[string]*pb.Definition, error) {
	defs := map[string]*pb.Definition{}
	for name, st := range inputs {
		def, err := st.Marshal(ctx)
		if err != nil {
			return nil, err
		}
		defs[name] = def.ToPB()
	}
	return defs, nil
}
