package sources

import (
	"context"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// How much of the build context is looked through for what was meant.
const (
	maxNames = 20_000
	maxDepth = 4
)

// contextNames are the paths in the build context, without what lies deep, and
// with what the ignore file leaves out. Only the names come from the client. It is
// empty where they cannot be had.
func (l *Loader) contextNames(ctx context.Context) []string {
	if !l.FromClient(ctx) {
		st, err := l.context(ctx, nil)
		if err != nil {
			return nil
		}
		fs, err := l.files(ctx, st)
		if err != nil {
			return nil
		}
		var names []string
		listNames(fs, "", 0, &names)
		return names
	}
	caps := l.UI.BuildOpts().LLBCaps
	if caps.Supports(pb.CapSourceMetadataTransfer) != nil {
		return nil
	}
	ref, err := l.solve(ctx, l.names())
	if err != nil {
		return nil
	}
	data, err := gatewayfs.ReadFile(ctx, ref, metadataFile)
	if err != nil {
		return nil
	}
	return namesIn(data)
}

// metadataFile is what BuildKit has of a directory of which it took no content
// (fsutil, receive.go): messages of the type Stat, each after its length in four
// bytes, the lowest first.
const metadataFile = ".fsutil-metadata"

// namesIn reads the names from a metadataFile.
func namesIn(data []byte) []string {
	var names []string
	for len(data) >= 4 && len(names) < maxNames {
		size := uint64(binary.LittleEndian.Uint32(data))
		if data = data[4:]; size > uint64(len(data)) {
			break
		}
		var st fstypes.Stat
		if st.UnmarshalVT(data[:size]) != nil {
			break
		}
		data = data[size:]
		if strings.Count(st.Path, "/") < maxDepth {
			names = append(names, st.Path)
		}
	}
	return names
}

// FromClient reports whether the build context is a directory of the client.
func (l *Loader) FromClient(ctx context.Context) bool {
	given, err := l.Client.Inputs(ctx)
	_, fromInput := given[dockerui.DefaultLocalNameContext]
	return err == nil && !fromInput && !l.remoteContext()
}

// names is the client's build context without the content of its files.
func (l *Loader) names() llb.State {
	local := l.localName()
	return llb.Local(local,
		llb.MetadataOnlyTransfer(nil),
		llb.ExcludePatterns([]string{".git", strings.TrimSuffix(strings.Repeat("*/", maxDepth+1), "/")}),
		llb.SessionID(l.sessionOf(local)),
		llb.SharedKeyHint(local+"-names"),
		dockerui.WithInternalName("look what the build context has"),
	)
}

func listNames(fs rootfs.FS, dir string, depth int, names *[]string) {
	entries, err := fs.ReadDir(rootfs.Name("/" + dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		if len(*names) >= maxNames {
			return
		}
		name := path.Join(dir, e.Name())
		*names = append(*names, name)
		if e.IsDir() && depth+1 < maxDepth && e.Name() != ".git" {
			listNames(fs, name, depth+1, names)
		}
	}
}

// nearName is the path that was probably meant: one with the same last element, or
// one that differs in little.
func nearName(name string, names []string) string {
	if guess := diag.Nearest(name, names); guess != "" {
		return guess
	}
	for _, n := range names {
		if strings.EqualFold(path.Base(n), path.Base(name)) {
			return n
		}
	}
	var beside []string
	for _, n := range names {
		if path.Dir(n) == path.Dir(name) {
			beside = append(beside, path.Base(n))
		}
	}
	if guess := diag.Nearest(path.Base(name), beside); guess != "" {
		return path.Join(path.Dir(name), guess)
	}
	return ""
}

// absent says of a path of the build context that it is not there, and what can be
// done.
func (l *Loader) absent(ctx context.Context, what, name, use string) (message string, fixes []string) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	names := l.contextNames(ctx)
	message = fmt.Sprintf("the build context has no %s %s, for %s", what, name, use)
	if what == "file" && hasBelow(names, name) {
		return fmt.Sprintf("%s of the build context is a directory, for %s", name, use), []string{"name the file in it: " + firstIn(name, names)}
	}
	if slices.Contains(names, name) {
		return fmt.Sprintf("%s of the build context is not sent, for .dockerignore leaves it out (%s)", name, use), []string{"add a line to .dockerignore, after the one that leaves it out: !" + name}
	}
	if guess := nearName(name, names); guess != "" {
		return message + "; did you mean " + guess + "?", []string{"paths are looked up from the root of the build context, the directory that the build is given"}
	}
	if len(names) == 0 {
		return message, []string{"make it first, and see that .dockerignore does not leave it out"}
	}
	return message, []string{"make it first, or give the build another directory as its context: it has " + someOf(names)}
}

// firstIn is a path to a Dockerfile in a directory: the first one that is called so.
func firstIn(dir string, names []string) string {
	for _, n := range names {
		if base, ok := strings.CutPrefix(n, dir+"/"); ok && strings.Contains(base, "Dockerfile") {
			return n
		}
	}
	return path.Join(dir, "Dockerfile")
}

// maxSome is how many names are told as examples.
const maxSome = 8

// someOf are the names at the root of the build context.
func someOf(names []string) string {
	var top []string
	for _, n := range names {
		if !strings.Contains(n, "/") {
			top = append(top, n)
		}
	}
	if more := len(top) - maxSome; more > 0 {
		return strings.Join(top[:maxSome], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(top, ", ")
}

// noDirectory is the finding for a directory of the build context that is not there.
func (l *Loader) noDirectory(ctx context.Context, at, name string, src spec.Source) error {
	message, fixes := l.absent(ctx, "directory", src.Context, "source "+name)
	return failure("source-unavailable", at, message, append(fixes,
		fmt.Sprintf("a directory elsewhere is given with --build-context %s=DIR, and declared as %s: {}", name, name))...)
}

// noDockerfile is the finding for a Dockerfile that is not there.
func (l *Loader) noDockerfile(ctx context.Context, name string, src spec.Source) error {
	message, fixes := l.absent(ctx, "file", src.Dockerfile, "the Dockerfile of source "+name)
	return failure("source-unavailable", "sources."+name+".dockerfile", message, append(fixes,
		"its text can stand in the spec instead: dockerfile: | and the lines below, indented")...)
}
