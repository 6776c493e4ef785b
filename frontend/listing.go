package frontend

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// maxListed is how many files of the build context a listing holds; more are
// better looked at where they are.
const maxListed = 2000

// lister lists what the spec takes from the build context, so that a changed
// file alone does not make the analysis run anew.
type lister struct {
	tree  *gatewayFS
	out   resolve.Listing
	seen  map[string]bool
	sizes map[string]int64
}

// errNotListed is returned when the plan must see the files themselves.
var errNotListed = errors.New("a listing is not enough")

// list returns nil when content of the build context matters to the plan, or
// nothing of it is used.
func (t *target) list(ctx context.Context, trees *trees) (*lister, error) {
	st, ok := trees.states[plan.TreeContext]
	if !ok || len(t.contextPaths()) == 0 {
		return nil, nil
	}
	for _, bin := range t.spec.Binaries {
		if bin.From.Source == "" {
			return nil, nil
		}
	}
	for _, part := range t.spec.Include {
		for _, ref := range part.Add {
			if ref.Source == "" {
				return nil, nil
			}
		}
	}
	ref, err := t.solve(ctx, st)
	if err != nil {
		return nil, err
	}
	o := &lister{tree: newGatewayFS(ctx, ref), seen: map[string]bool{}, sizes: map[string]int64{}}
	for _, f := range t.spec.Files {
		if f.From.Source != "" {
			continue
		}
		if f.Mode != nil && *f.Mode&0o111 != 0 || decidesLoading(f.To) {
			return nil, nil
		}
		// Whatever is wrong, a listing too long for one message for instance, the
		// analysis itself can still find its way.
		if err := o.add(f.From.Path); err != nil {
			return nil, ctx.Err()
		}
	}
	return o, nil
}

// decidesLoading tells destinations whose content decides what the loader does.
func decidesLoading(to string) bool {
	return to == "/etc/nsswitch.conf" || strings.HasPrefix(to, "/etc/ld")
}

// add lists what a path leads to, and the links on the way.
func (o *lister) add(name string) error {
	found, err := rootfs.Resolve(o.tree, name)
	if err != nil {
		return errNotListed // the analysis says what is wrong
	}
	for _, l := range found.Links {
		if err := o.list(l.Path); err != nil {
			return err
		}
	}
	return o.list(found.Path)
}

// plain tells files, directories and links from what has no place in an image.
func plain(mode fs.FileMode) bool {
	return mode.IsRegular() || mode.IsDir() || mode&fs.ModeSymlink != 0
}

// list adds one file, or a directory with all that is in it.
func (o *lister) list(name string) error {
	if o.seen[name] {
		return nil
	}
	o.seen[name] = true
	info, err := o.tree.Lstat(rootfs.Name(name))
	if err != nil {
		return err
	}
	if resolve.ContentMatters(name, info.Mode()) || !plain(info.Mode()) || !utf8.ValidString(name) || len(o.out) >= maxListed {
		return errNotListed
	}
	st := rootfs.StatOf(info)
	entry := resolve.ListedFile{Path: name, Mode: info.Mode(), UID: st.UID, GID: st.GID}
	if info.Mode()&fs.ModeSymlink != 0 {
		if entry.Target, err = o.tree.ReadLink(rootfs.Name(name)); err != nil {
			return err
		}
		if !utf8.ValidString(entry.Target) {
			return errNotListed
		}
	}
	o.sizes[name] = info.Size()
	o.out = append(o.out, entry)
	if !info.IsDir() {
		return nil
	}
	entries, err := o.tree.ReadDir(rootfs.Name(name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := o.list(path.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
