package sources

import (
	"cmp"
	"context"
	_ "embed" // of the script
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// whyDir is where whyScript leaves its answer.
const whyDir = "/run/sinter-why"

//go:embed why.sh
var whyScript []byte

// managers are the package managers that install.sh knows, where they are, in its
// order.
var managers = []string{"apt-get", "apk", "dnf", "microdnf", "zypper"}

// notInstalled says which packages of a source cannot be installed, and why. The
// output of a step that has failed is not for frontends to see, so another step asks
// the package manager.
func (l *Loader) notInstalled(ctx context.Context, name string, src spec.Source, err error) error {
	if found := l.noManager(ctx, name, src); found != nil {
		return found
	}
	why := l.askWhy(ctx, name, src)
	var list diag.List
	for i, pkg := range src.Packages {
		if said, ok := why.said[pkg]; ok && len(why.update) == 0 {
			list = append(list, why.refused(pkg, said, fmt.Sprintf("sources.%s.packages[%d]", name, i), src))
		}
	}
	if len(list) > 0 {
		return list
	}
	at := "sources." + name + ".packages"
	fixes := []string{"see what the package manager says in the output of this step"}
	if len(why.update) > 0 {
		if found := l.badKey(ctx, name, src); found != nil {
			return found
		}
		message := fmt.Sprintf("%s cannot be installed in source %s: the lists of packages cannot be had: %s", strings.Join(src.Packages, ", "), name, strings.Join(why.update, "; "))
		fixes = []string{"see that the builder reaches the repositories of " + src.Image + " from where it runs, through a proxy perhaps: --build-arg HTTPS_PROXY=URL"}
		if len(src.Repositories) > 0 {
			fixes = append(fixes, repositoriesFix)
		}
		if len(src.Repositories) > 0 && holds(message, "does not have a release file", "is not signed", "no_pubkey", "expkeysig") {
			fixes = fixes[1:] // it was reached
		}
		return failure("packages-not-installed", at, message, fixes...)
	}
	fixes = append(fixes, "check the names: the packages have to be those of the distribution and the release of "+src.Image)
	if len(src.Repositories) > 0 {
		fixes[1] += ", or of its repositories"
		fixes = append(fixes, repositoriesFix)
	}
	return failure("packages-not-installed", at,
		fmt.Sprintf("%s cannot be installed in source %s: %s", strings.Join(src.Packages, ", "), name, oneLine(err)), fixes...)
}

const repositoriesFix = "check that each repository has its suite and components, and that key is the one that signs it"

// noManager is the finding for an image that has no package manager, or nil.
func (l *Loader) noManager(ctx context.Context, name string, src spec.Source) error {
	at := "sources." + name
	tree, err := l.image(ctx, name, src.Image, at+".image")
	if err != nil {
		return nil
	}
	fs, err := l.files(ctx, tree.State)
	if err != nil {
		return nil
	}
	if has(fs, "/bin/sh") && slices.ContainsFunc(managers, func(m string) bool {
		return has(fs, "/usr/bin/"+m) || has(fs, "/bin/"+m) || has(fs, "/sbin/"+m) || has(fs, "/usr/sbin/"+m)
	}) {
		return nil
	}
	return failure("packages-not-installed", at+".packages",
		fmt.Sprintf("nothing can be installed in source %s: the image %s has no package manager (%s)", name, src.Image, strings.Join(managers, ", ")),
		fmt.Sprintf("install in the image of a whole distribution: %s: {image: %s, packages: [%s]}", name, distribution(fs), strings.Join(src.Packages, ", ")),
		fmt.Sprintf("to build on %s, write base: %s", src.Image, src.Image))
}

// distribution is an image with a package manager for the release of a tree.
func distribution(fs rootfs.FS) string {
	id, release := "", ""
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		found, err := rootfs.Resolve(fs, name)
		if err != nil {
			continue
		}
		data, err := rootfs.ReadFile(fs, found.Path, 64<<10)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch value = strings.Trim(value, `"'`); key {
			case "ID":
				id = value
			case "VERSION_CODENAME":
				release = value
			}
		}
		break
	}
	switch {
	case id == "debian" && codename(release):
		return "debian:" + release + "-slim"
	case id == "ubuntu" && codename(release):
		return "ubuntu:" + release
	case id == "alpine" || id == "wolfi":
		return "alpine"
	}
	return "debian:bookworm-slim"
}

// codename reports whether text can be the name of a release.
func codename(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""
}

func has(fs rootfs.FS, name string) bool {
	_, err := rootfs.Resolve(fs, name)
	return err == nil
}

// files are the files of a state, read through the gateway.
func (l *Loader) files(ctx context.Context, st llb.State) (rootfs.FS, error) {
	ref, err := l.solve(ctx, st)
	if err != nil {
		return nil, err
	}
	return gatewayfs.New(ctx, ref), nil
}

func (l *Loader) solve(ctx context.Context, st llb.State) (client.Reference, error) {
	def, err := st.Marshal(ctx, llb.Platform(l.Platform), llb.WithCaps(l.UI.BuildOpts().LLBCaps))
	if err != nil {
		return nil, err
	}
	res, err := l.Client.Solve(ctx, client.SolveRequest{Definition: def.ToPB(), CacheImports: l.UI.CacheImports})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// reasons are what a package manager says of packages that it does not install.
type reasons struct {
	manager  string
	update   []string            // why the lists of packages cannot be had
	said     map[string][]string // by package, as the spec has it
	versions map[string][]string // by the name alone
	names    []string
}

// askWhy asks the package manager of a source. What it does not find out is empty.
func (l *Loader) askWhy(ctx context.Context, name string, src spec.Source) reasons {
	tree, err := l.image(ctx, name, src.Image, "sources."+name+".image")
	if err != nil {
		return reasons{}
	}
	script, err := l.installer(ctx, name, src.Repositories)
	if err != nil {
		return reasons{}
	}
	script = script.File(llb.Mkfile("/why", 0o755, whyScript))
	what := append(l.vertex(name, "packages", "ask why packages cannot be installed"), llb.IgnoreCache)
	command := append([]string{"/bin/sh", installDir + "/why"}, src.Packages...)
	ref, err := l.solve(ctx, l.installerRun(tree.State, script, command, what).AddMount(whyDir, llb.Scratch()))
	if err != nil {
		return reasons{}
	}
	data, err := gatewayfs.ReadFile(ctx, ref, "answer")
	if err != nil {
		return reasons{}
	}
	return readReasons(string(data))
}

// readReasons reads the answer of whyScript.
func readReasons(text string) reasons {
	out := reasons{said: map[string][]string{}, versions: map[string][]string{}}
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		first, second, _ := strings.Cut(rest, " ")
		switch word {
		case "manager":
			out.manager = rest
		case "update":
			out.update = append(out.update, rest)
		case "said":
			out.said[first] = append(out.said[first], strings.TrimSpace(strings.TrimPrefix(second, "E: ")))
		case "version":
			out.versions[first] = append(out.versions[first], second)
		case "name":
			out.names = append(out.names, rest)
		}
	}
	return out
}

// maxVersions is how many versions of a package are told.
const maxVersions = 5

// searches are the commands that look for a word among packages.
var searches = map[string]string{
	"apt-get": "apt-get update && apt-cache search", "apk": "apk update && apk search",
	"dnf": "dnf search", "microdnf": "microdnf search", "zypper": "zypper search",
}

// refused is the finding for one package.
func (r reasons) refused(pkg string, said []string, at string, src spec.Source) diag.Diagnostic {
	name := pkg
	if i := strings.IndexAny(pkg, "=<>~@/"); i > 0 {
		name = pkg[:i]
	}
	name, _, _ = strings.Cut(name, ":")
	d := diag.Diagnostic{Code: "packages-not-installed", At: at}
	versions := r.versions[name]
	switch {
	case len(versions) > 0 && name != pkg:
		told := versions[:min(len(versions), maxVersions)]
		d.Message = fmt.Sprintf("%s has no %s now: of %s it has %s", src.Image, pkg, name, strings.Join(told, ", "))
		d.Fixes = []string{
			fmt.Sprintf("write %s=%s, or %s alone for the newest", name, told[0], name),
			"distributions keep only the newest versions: to keep one, name a repository that keeps it under repositories, such as one of snapshot.debian.org",
		}
	case r.manager == "apt-get" && strings.ContainsAny(pkg, "~@") && !strings.Contains(pkg, "=") || strings.Contains(pkg, "~="):
		d.Message = fmt.Sprintf("%s has no package %s: that is how other package managers ask for a version", src.Image, pkg)
		d.Fixes = []string{fmt.Sprintf("write %s for the newest, or pin one: %s=VERSION", name, name)}
	case r.manager == "apt-get" && slices.Contains(r.names, beforeSlice(name)):
		d.Message = fmt.Sprintf("%s has no package %s: that is the name of a slice of %s", src.Image, name, beforeSlice(name))
		d.Fixes = []string{fmt.Sprintf("write %s, and what is to ship of it under binaries and files", beforeSlice(name))}
	case len(r.names) > 0 && !slices.Contains(r.names, name):
		d.Message = fmt.Sprintf("%s has no package %s", src.Image, name)
		if guess := cmp.Or(r.elsewhere(name), diag.Nearest(name, r.names)); guess != "" {
			d.Message += "; did you mean " + guess + "?"
			d.Fixes = append(d.Fixes, "write "+guess)
		}
		if search := searches[r.manager]; search != "" {
			d.Fixes = append(d.Fixes, fmt.Sprintf("look for its name: docker run --rm %s sh -c '%s WORD'", src.Image, search))
		}
		if len(src.Repositories) == 0 {
			d.Fixes = append(d.Fixes, "if it is from another repository, name that under repositories")
		}
	default:
		d.Message = fmt.Sprintf("%s cannot be installed in %s", pkg, src.Image)
		if text := strings.Trim(strings.Join(said, "; "), "; "); text != "" {
			d.Message += ": " + text
		}
		d.Fixes = []string{"see what the package manager says in the output of this step"}
	}
	return d
}

// beforeSlice is the package that chisel's name for a part of one begins with, as in curl_bins;
// "" for another name. No package of Debian has an underscore in its name.
func beforeSlice(name string) string {
	pkg, _, found := strings.Cut(name, "_")
	if !found {
		return ""
	}
	return pkg
}
