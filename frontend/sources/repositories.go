package sources

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// installer is a tree with the scripts that install packages and what they read:
// further repositories and their keys.
func (l *Loader) installer(ctx context.Context, source string, repositories []spec.Repository) (llb.State, error) {
	st := llb.Scratch().File(llb.Mkfile("/install", 0o755, installScript).Mkfile("/apt", 0o644, aptScript), dockerui.WithInternalName("how to install packages"))
	if len(repositories) == 0 {
		return st, nil
	}
	action := llb.Mkfile("/authorities", 0o755, authoritiesScript).Mkdir("/repositories", 0o755).Mkdir("/keys", 0o755)
	for i, r := range repositories {
		action = action.Mkfile(fmt.Sprintf("/repositories/%d.sources", i), 0o644, []byte(aptSources(r)))
		if r.Key == nil {
			continue
		}
		tree, err := l.keyTree(ctx, *r.Key)
		if err != nil {
			return st, err
		}
		mode := llb.ChmodOpt{Mode: 0o644}
		action = action.Copy(tree, r.Key.Path, fmt.Sprintf("/keys/%d", i), &llb.CopyInfo{Mode: &mode, FollowSymlinks: true})
	}
	return st.File(action, l.vertex(source, "repositories", "repositories and their keys")...), nil
}

// keyTree is the tree that a key is in.
func (l *Loader) keyTree(ctx context.Context, key spec.Ref) (llb.State, error) {
	if key.Source != "" {
		tree, err := l.Load(ctx, key.Source)
		if err != nil {
			return llb.State{}, err
		}
		return tree.State, nil
	}
	var paths []string
	if !strings.ContainsAny(key.Path, patternCharacters) {
		paths = []string{strings.TrimPrefix(key.Path, "/")}
	}
	return l.context(ctx, paths)
}

// aptSources is a repository as apt reads it (sources.list(5), deb822). The script
// fills in the image's own suite, and the key.
func aptSources(r spec.Repository) string {
	suite, components := r.Suite, r.Components
	if suite == "" {
		suite = "@image"
	}
	if len(components) == 0 {
		components = []string{"main"}
	}
	text := "Types: deb\nURIs: " + r.URL + "\nSuites: " + suite + "\n"
	if !strings.HasSuffix(suite, "/") { // a directory has no components
		text += "Components: " + strings.Join(components, " ") + "\n"
	}
	return text
}

// noKey is the finding for a key of a repository that the build context does not have.
func (l *Loader) noKey(ctx context.Context, name string, src spec.Source, err error) error {
	for i, r := range src.Repositories {
		if r.Key == nil || r.Key.Source != "" || !strings.Contains(err.Error(), `"`+r.Key.Path+`": not found`) {
			continue
		}
		message, fixes := l.absent(ctx, "file", r.Key.Path, "the key of a repository of source "+name)
		return failure("source-unavailable", keyAt(name, i), message, append(fixes,
			"or take it from a source: key: SOURCE:PATH")...)
	}
	return nil
}

func keyAt(source string, i int) string {
	return fmt.Sprintf("sources.%s.repositories[%d].key", source, i)
}

// maxKey bounds a file with keys, in bytes.
const maxKey = 1 << 20

// badKey is the finding for a key of a repository that is no OpenPGP key, armoured or as
// packets (RFC 9580, 4.2: the first bit of a packet is set).
func (l *Loader) badKey(ctx context.Context, name string, src spec.Source) error {
	for i, r := range src.Repositories {
		if r.Key == nil {
			continue
		}
		tree, err := l.keyTree(ctx, *r.Key)
		if err != nil {
			continue
		}
		fs, err := l.files(ctx, tree)
		if err != nil {
			continue
		}
		data, err := rootfs.ReadFile(fs, r.Key.Path, maxKey)
		if err != nil || len(data) > 0 && (data[0]&0x80 != 0 || bytes.Contains(data, []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----"))) {
			continue
		}
		first, _, _ := strings.Cut(string(data), "\n")
		return failure("invalid-repository", keyAt(name, i), fmt.Sprintf("%s holds no OpenPGP key: it begins with %q", r.Key, first[:min(len(first), 40)]),
			"give the key that signs the repository, as those who publish it offer it: a file .asc or .gpg")
	}
	return nil
}
