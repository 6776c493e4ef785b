package frontend

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

// imageSource is an image with its packages installed. The step's files stay in
// the source: what ships is decided file by file.
func (t *target) imageSource(ctx context.Context, name string, src spec.Source) (llb.State, error) {
	at := "sources." + name
	st, _, err := t.image(ctx, name, src.Image, at+".image")
	if err != nil || len(src.Packages) == 0 {
		return st, err
	}
	if err := t.canRun(src); err != nil {
		return st, err
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
		llb.Network(t.ui.NetworkMode),
		llb.WithProxy(proxyEnv(t.ui.BuildArgs)),
	}
	for _, c := range t.step(name, "install "+strings.Join(src.Packages, ", "), "packages") {
		opts = append(opts, c)
	}
	for _, h := range t.ui.ExtraHosts {
		opts = append(opts, llb.AddExtraHost(h.Host, h.IP))
	}
	return st.Run(opts...).Root(), nil
}

// canRun says early what a daemon without emulation would fail with only as
// "exec format error".
func (t *target) canRun(src spec.Source) error {
	var known []ocispecs.Platform
	for _, w := range t.ui.BuildOpts().Workers {
		known = append(known, w.Platforms...)
	}
	if len(known) == 0 || slices.ContainsFunc(known, platforms.Only(t.platform).Match) {
		return nil
	}
	return fmt.Errorf("installing packages runs programs of %s, which this builder cannot (it has no emulation for it)\n"+
		"  fix: use a builder with that platform, or set up emulation: docker run --privileged --rm tonistiigi/binfmt --install %s\n"+
		"  fix: use an image that already has %s, since files are only read from it",
		platforms.Format(t.platform), t.platform.Architecture, strings.Join(src.Packages, ", "))
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
