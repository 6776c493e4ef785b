package runtimes

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// nodeBuilds finds the builds for other platforms and C libraries among packages: packages
// bring those of all, and Node picks one when it starts.
type nodeBuilds struct {
	LeaveRequest
	arch string // as Node calls it
	out  []Left
}

// Leaves implements Leaver.
func (node) Leaves(r LeaveRequest) ([]Left, error) {
	b := &nodeBuilds{LeaveRequest: r, arch: nodeArch(r.Platform)}
	for _, dir := range r.Directories {
		if path.Base(dir) == "node_modules" && b.arch != "" {
			if err := b.packages(dir); err != nil {
				return nil, err
			}
		}
	}
	if r.Settings.Node.Trim == "" || r.Settings.Node.Trim == "none" {
		return b.out, nil
	}
	unreached, err := nodeUnreached(r)
	return append(b.out, unreached...), err
}

// nodeArch is what Node calls a platform's machine (process.arch).
func nodeArch(platform string) string {
	parts := strings.Split(platform, "/")
	if len(parts) < 2 || parts[0] != "linux" {
		return ""
	}
	if name, ok := map[string]string{"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}[parts[1]]; ok {
		return name
	}
	return parts[1]
}

// packages looks at each package in a directory of them.
func (b *nodeBuilds) packages(dir string) error {
	list, err := fs.ReadDir(b.Image, rootfs.Name(dir))
	if err != nil {
		return err
	}
	for _, e := range list {
		at := path.Join(dir, e.Name())
		switch {
		case !e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case strings.HasPrefix(e.Name(), "@"):
			if err := b.packages(at); err != nil {
				return err
			}
		default:
			if err := b.pkg(at); err != nil {
				return err
			}
		}
	}
	return nil
}

// pkg looks at one package.
func (b *nodeBuilds) pkg(dir string) error {
	p, err := readNodePackage(b.Image, dir)
	if err != nil || p == nil {
		return err
	}
	for _, field := range []struct{ list, is []string }{{p.OS, []string{"linux"}}, {p.CPU, []string{b.arch}}, {p.Libc, []string{b.Libc}}} {
		if field.is[0] != "" && !permits(field.list, field.is[0]) {
			b.out = append(b.out, Left{dir, "a package for " + strings.Join(field.list, ", ")})
			return nil
		}
	}
	if err := b.prebuilds(path.Join(dir, "prebuilds")); err != nil {
		return err
	}
	return b.files(dir, nil)
}

// permits reports whether a list of package.json permits a value, as npm reads it.
func permits(list []string, value string) bool {
	if len(list) == 0 || slices.Contains(list, "any") {
		return true
	}
	only := false
	for _, item := range list {
		name, not := strings.CutPrefix(item, "!")
		if name == value {
			return !not
		}
		only = only || !not
	}
	return !only
}

// prebuilds looks at what prebuildify makes: a directory "linux-x64" for each platform, and
// in it "node.napi.musl.node" or "app.glibc.node" (node-gyp-build, parseTuple and parseTags).
func (b *nodeBuilds) prebuilds(dir string) error {
	list, err := fs.ReadDir(b.Image, rootfs.Name(dir))
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	var others []Left
	ours := ""
	for _, e := range list {
		system, archs, ok := strings.Cut(e.Name(), "-")
		switch {
		case !ok || !e.IsDir():
		case system == "linux" && slices.Contains(strings.Split(archs, "+"), b.arch):
			ours = path.Join(dir, e.Name())
		default:
			others = append(others, Left{path.Join(dir, e.Name()), "a build for " + e.Name()})
		}
	}
	if ours == "" {
		return nil // it is not known what the package does then
	}
	b.out = append(b.out, others...)
	return b.files(ours, func(tag string) string {
		if tag == "glibc" || tag == "musl" {
			return tag
		}
		return ""
	})
}

// files looks at the modules in machine code in one directory that say by their names what
// they are for. libcOf takes one part of a name, between dots, for a C library; nil takes
// one such as "linux-x64-gnu" for a platform.
func (b *nodeBuilds) files(dir string, libcOf func(string) string) error {
	list, err := fs.ReadDir(b.Image, rootfs.Name(dir))
	if err != nil {
		return err
	}
	found := false
	var others []Left
	for _, e := range list {
		name, ok := strings.CutSuffix(e.Name(), ".node")
		if !ok || !e.Type().IsRegular() {
			continue
		}
		for tag := range strings.SplitSeq(name, ".") {
			ours, known := b.isOurs(tag, libcOf)
			if known && ours {
				found = true
			} else if known {
				others = append(others, Left{path.Join(dir, e.Name()), "a build for " + tag})
			}
		}
	}
	if found {
		b.out = append(b.out, others...)
	}
	return nil
}

// isOurs reports whether a part of a file's name is about platforms, and then whether about
// the image's.
func (b *nodeBuilds) isOurs(tag string, libcOf func(string) string) (ours, known bool) {
	if libcOf != nil {
		libc := libcOf(tag)
		return libc == b.Libc, libc != "" && b.Libc != ""
	}
	parts := strings.Split(tag, "-")
	if len(parts) < 2 || !slices.Contains(nodeSystems, parts[0]) {
		return false, false
	}
	if parts[0] != "linux" || parts[1] != b.arch {
		return false, true
	}
	libc := ""
	if len(parts) > 2 {
		libc = map[string]string{"gnu": "glibc", "musl": "musl"}[parts[2]]
	}
	return libc == "" || b.Libc == "" || libc == b.Libc, true
}

// nodeSystems are operating systems, as Node calls them (process.platform).
var nodeSystems = []string{"linux", "darwin", "win32", "freebsd", "openbsd", "android", "sunos", "aix", "openharmony"}
