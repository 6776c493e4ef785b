package sources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/spec"
)

// installDir is where the script is in the step that runs it.
const installDir = "/run/sinter"

// installScript installs its arguments with whichever package manager the image
// has, and nothing that they merely recommend.
const installScript = `set -eu
if command -v apt-get >/dev/null 2>&1; then
	export DEBIAN_FRONTEND=noninteractive
	# Slim images lack these, and some packages fail to set themselves up then.
	mkdir -p /usr/share/man/man1 /usr/share/man/man7 /usr/share/man/man8
	apt-get update
	apt-get install -y --no-install-recommends "$@"
	rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
elif command -v apk >/dev/null 2>&1; then
	apk add --no-cache "$@"
elif command -v dnf >/dev/null 2>&1; then
	dnf install -y --setopt=install_weak_deps=0 "$@"
	dnf clean all
elif command -v microdnf >/dev/null 2>&1; then
	microdnf install -y --setopt=install_weak_deps=0 "$@"
	microdnf clean all
elif command -v zypper >/dev/null 2>&1; then
	zypper --non-interactive install --no-recommends "$@"
	zypper clean --all
else
	echo "no package manager found: apt-get, apk, dnf, microdnf and zypper are known" >&2
	exit 1
fi
`

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
	script := llb.Scratch().File(
		llb.Mkfile("/install", 0o755, []byte(installScript)),
		dockerui.WithInternalName("how to install packages"),
	)
	opts := []llb.RunOption{
		llb.Args(append([]string{"/bin/sh", installDir + "/install"}, src.Packages...)),
		llb.AddMount(installDir, script, llb.Readonly),
		llb.User("0"),
		llb.Dir("/"),
		llb.Network(l.UI.NetworkMode),
		llb.WithProxy(proxyEnv(l.UI.BuildArgs)),
	}
	for _, c := range l.vertex(name, "packages", "install "+strings.Join(src.Packages, ", ")) {
		opts = append(opts, c)
	}
	for _, h := range l.UI.ExtraHosts {
		opts = append(opts, llb.AddExtraHost(h.Host, h.IP))
	}
	tree.State = tree.State.Run(opts...).Root()
	tree.About.Packages = src.Packages
	return tree, nil
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
