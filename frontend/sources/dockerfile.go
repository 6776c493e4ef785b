package sources

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// ownOptions are the options of a build that are about the spec and its image,
// and so are not passed on to the Dockerfile of a source.
var ownOptions = []string{
	"source", "cmdline", "requestid", "frontend.caps", "filename", "target",
	"context", "contextkey", "dockerfilekey", "contextsubdir",
	"multi-platform", "build-arg:BUILDKIT_MULTI_PLATFORM", "build-arg:BUILDKIT_SYNTAX",
}

// sourceDateEpoch is the build argument that sets the time of a build's output.
const sourceDateEpoch = "SOURCE_DATE_EPOCH"

// dockerfile is a stage of a Dockerfile, built by BuildKit's own Dockerfile
// frontend with the build context, named contexts and settings of this build.
func (l *Loader) dockerfile(ctx context.Context, name string, src spec.Source) (*Tree, error) {
	file, inputs, err := l.dockerfileInputs(ctx, name, src)
	if err != nil {
		return nil, err
	}
	defs, err := marshalInputs(ctx, inputs)
	if err != nil {
		return nil, err
	}
	opts := l.dockerfileOptions(src, l.declaredArgs(ctx, src))
	opts["filename"] = file
	res, err := l.Client.Solve(ctx, client.SolveRequest{
		Frontend:       "dockerfile.v0",
		FrontendOpt:    opts,
		FrontendInputs: defs,
		CacheImports:   l.UI.CacheImports,
	})
	if err != nil {
		return nil, l.failedDockerfile(ctx, name, src, err)
	}
	tree := &Tree{State: llb.Scratch(), About: plan.Source{Kind: plan.SourceDockerfile}}
	if !isText(src.Dockerfile) {
		tree.About.Reference = src.Dockerfile
	}
	ref, err := res.SingleRef()
	if err != nil || ref == nil {
		return tree, err
	}
	tree.State, err = ref.ToState()
	return tree, err
}

// dockerfileInputs are what a Dockerfile is built from, itself included, and the
// name that it has there.
func (l *Loader) dockerfileInputs(ctx context.Context, name string, src spec.Source) (string, map[string]llb.State, error) {
	given, err := l.Client.Inputs(ctx)
	if err != nil {
		return "", nil, err
	}
	inputs := map[string]llb.State{}
	maps.Copy(inputs, given)
	main, err := l.context(ctx, nil)
	if err != nil {
		return "", nil, err
	}
	inputs[dockerui.DefaultLocalNameContext] = main
	file := src.Dockerfile
	_, fromInput := given[dockerui.DefaultLocalNameContext]
	switch {
	case isText(file):
		file = inlineName(name)
		inputs[dockerui.DefaultLocalNameDockerfile] = inlineDockerfile(name, file, src.Dockerfile)
	case fromInput || l.remoteContext():
		inputs[dockerui.DefaultLocalNameDockerfile] = main
	default:
		inputs[dockerui.DefaultLocalNameDockerfile] = l.localDockerfile(file)
	}
	return file, inputs, nil
}

// isText reports whether a source has the text of a Dockerfile, and not the name of a
// file.
func isText(dockerfile string) bool { return strings.Contains(dockerfile, "\n") }

// inlineName is what messages and progress call the Dockerfile in a source.
func inlineName(source string) string { return "sources." + source + ".dockerfile" }

func inlineDockerfile(name, file, text string) llb.State {
	return llb.Scratch().File(
		llb.Mkfile("/"+file, 0o644, []byte(text)),
		dockerui.WithInternalName("the Dockerfile of source "+name),
	)
}

// localDockerfile is a Dockerfile in the client's build context. It is sent by
// itself, as the ignore file may leave it out of what the Dockerfile sees.
func (l *Loader) localDockerfile(file string) llb.State {
	local := l.localName()
	return llb.Local(local,
		llb.FollowPaths([]string{file, file + ".dockerignore"}),
		llb.SessionID(l.sessionOf(local)),
		llb.SharedKeyHint(local+"-"+file),
		llb.Differ(llb.DiffNone, false),
		dockerui.WithInternalName("load "+file),
	)
}

// declaredArgs are those of the build's arguments that the Dockerfile of a source
// declares: it gets them, as it would from docker build.
func (l *Loader) declaredArgs(ctx context.Context, src spec.Source) []string {
	given := false
	for k := range l.UI.BuildOpts().Opts {
		given = given || strings.HasPrefix(k, "build-arg:") && !spec.IsWellKnownArg(strings.TrimPrefix(k, "build-arg:"))
	}
	if !given {
		return nil
	}
	return spec.DockerfileArgs(l.dockerfileText(ctx, src))
}

// dockerfileText is what a Dockerfile says; empty where it cannot be read, which is
// told when it is built.
func (l *Loader) dockerfileText(ctx context.Context, src spec.Source) string {
	if isText(src.Dockerfile) {
		return src.Dockerfile
	}
	st := l.localDockerfile(src.Dockerfile)
	if !l.FromClient(ctx) {
		var err error
		if st, err = l.context(ctx, nil); err != nil {
			return ""
		}
	}
	ref, err := l.solve(ctx, st)
	if err != nil {
		return ""
	}
	text, err := gatewayfs.ReadFile(ctx, ref, src.Dockerfile)
	if err != nil {
		return ""
	}
	return string(text)
}

// DeclaredArgs are the build arguments that the Dockerfiles of the spec's sources
// declare.
func (l *Loader) DeclaredArgs(ctx context.Context) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		if src := l.Spec.Sources[name]; src.Dockerfile != "" {
			all = append(all, l.declaredArgs(ctx, src)...)
		}
	}
	return all
}

// UnusedArgs warns of arguments of sources that their Dockerfiles do not declare. Sources
// that the build replaces are built of none.
func (l *Loader) UnusedArgs(ctx context.Context) diag.List {
	var list diag.List
	for _, name := range Needed(l.Spec) {
		if src := l.Spec.Sources[name]; src.Dockerfile != "" && len(src.Args) > 0 && l.specifier(name) == "" {
			list = append(list, src.UnusedSourceArgs(name, l.dockerfileText(ctx, src))...)
		}
	}
	return list
}

// sessionOf is the session that has a directory of the client.
func (l *Loader) sessionOf(local string) string {
	if v, ok := l.UI.BuildOpts().Opts["local-sessionid:"+local]; ok {
		return v
	}
	return l.UI.BuildOpts().SessionID
}

func (l *Loader) dockerfileOptions(src spec.Source, declared []string) map[string]string {
	opts := map[string]string{}
	for k, v := range l.UI.BuildOpts().Opts {
		switch {
		case strings.HasPrefix(k, "label:"), strings.HasPrefix(k, "attest:"):
		case strings.HasPrefix(k, "build-arg:") && !forwardedArg(k) && !slices.Contains(declared, strings.TrimPrefix(k, "build-arg:")):
		default:
			opts[k] = v
		}
	}
	for _, k := range ownOptions {
		delete(opts, k)
	}
	if _, ok := opts["build-arg:"+sourceDateEpoch]; ok {
		// Of "context" only this build knows the value.
		opts["build-arg:"+sourceDateEpoch] = strconv.FormatInt(l.Epoch.Unix(), 10)
	}
	for k, v := range src.Args {
		opts["build-arg:"+k] = v
	}
	if src.Target != "" {
		opts["target"] = src.Target
	}
	opts["platform"] = platforms.FormatAll(l.Platform)
	return opts
}

// forwardedArg reports whether a build argument is a setting of BuildKit or its
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
