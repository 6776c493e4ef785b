package sources

import (
	"context"
	_ "embed" // of scripts
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/spec"
)

// installDir is where the script is in the step that runs it.
const installDir = "/run/sinter"

// installScript installs its arguments, and authoritiesScript what https
// repositories need before that. aptScript is what scripts share.
var (
	//go:embed apt.sh
	aptScript []byte
	//go:embed install.sh
	installScript []byte
	//go:embed authorities.sh
	authoritiesScript []byte
)

// imageWithPackages is an image with its packages installed. The step's files stay
// in the source: what ships is decided file by file.
func (l *Loader) imageWithPackages(ctx context.Context, name string, src spec.Source) (*Tree, error) {
	tree, err := l.image(ctx, name, src.Image, "sources."+name+".image")
	if err != nil || len(src.Packages) == 0 {
		return tree, err
	}
	if err := l.checkEmulation(name, src); err != nil {
		return nil, err
	}
	script, err := l.installer(ctx, name, src.Repositories)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(src.Repositories, func(r spec.Repository) bool { return strings.HasPrefix(r.URL, "https:") }) {
		what := l.vertex(name, "repositories", "certificates of authorities, for the repositories")
		tree.State = l.runInstaller(tree.State, script, []string{"/bin/sh", installDir + "/authorities"}, what)
	}
	what := l.vertex(name, "packages", "install "+strings.Join(src.Packages, ", "))
	tree.State = l.runInstaller(tree.State, script, installArgs(src.Packages), what)
	tree.About.Packages = src.Packages
	return tree, nil
}

// runInstaller runs a command of the installer in an image, as root and with the
// network and the proxies of the build.
func (l *Loader) runInstaller(image, installer llb.State, command []string, what []llb.ConstraintsOpt) llb.State {
	return l.installerRun(image, installer, command, what).Root()
}

func (l *Loader) installerRun(image, installer llb.State, command []string, what []llb.ConstraintsOpt) llb.ExecState {
	opts := []llb.RunOption{
		llb.Args(command),
		llb.AddMount(installDir, installer, llb.Readonly),
		llb.User("0"),
		llb.Dir("/"),
		llb.Network(l.UI.NetworkMode),
		llb.WithProxy(proxyEnv(l.UI.BuildArgs)),
	}
	for _, c := range what {
		opts = append(opts, c)
	}
	for _, h := range l.UI.ExtraHosts {
		opts = append(opts, llb.AddExtraHost(h.Host, h.IP))
	}
	return image.Run(opts...)
}

// installArgs is the command that installs packages.
func installArgs(packages []string) []string {
	return append([]string{"/bin/sh", installDir + "/install"}, packages...)
}

// checkEmulation says early what a daemon without emulation would fail with only
// as "exec format error".
func (l *Loader) checkEmulation(name string, src spec.Source) error {
	var known []ocispecs.Platform
	for _, w := range l.UI.BuildOpts().Workers {
		known = append(known, w.Platforms...)
	}
	if len(known) == 0 || slices.ContainsFunc(known, platforms.Only(l.Platform).Match) {
		return nil
	}
	return failure("no-emulation", "sources."+name,
		fmt.Sprintf("installing packages runs programs of %s, which this builder cannot (it has no emulation for it)", platforms.Format(l.Platform)),
		"use a builder with that platform, or set up emulation: docker run --privileged --rm tonistiigi/binfmt --install "+l.Platform.Architecture,
		fmt.Sprintf("use an image that already has %s, since files are only read from it", strings.Join(src.Packages, ", ")))
}

// proxyEnv takes the proxy settings from the build arguments that carry them by
// convention.
func proxyEnv(args map[string]string) llb.ProxyEnv {
	get := func(name string) string {
		if v, ok := args[strings.ToUpper(name)]; ok {
			return v
		}
		return args[name]
	}
	return llb.ProxyEnv{
		HTTPProxy:  get("http_proxy"),
		HTTPSProxy: get("https_proxy"),
		FTPProxy:   get("ftp_proxy"),
		NoProxy:    get("no_proxy"),
		AllProxy:   get("all_proxy"),
	}
}
