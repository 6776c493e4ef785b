package frontend

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/frontend/sources"
	"github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// maxListed is how many files of the build context are listed; more are better
// looked at where they are.
const maxListed = 2000

// maxListedDepth is how deep they are. Each directory is a question to the daemon, and it
// walks to that from the root, component by component, once for each component.
const maxListedDepth = 40

// maxConfigs is how much of configurations is read for a list, in bytes.
const maxConfigs = 1 << 20

// contextList is what a spec takes from the build context, without the content.
type contextList struct {
	tree  rootfs.FS
	files request.Listing
	sizes map[string]int64
}

// contextLister makes a contextList.
type contextLister struct {
	seen map[string]bool
	// configs is how much of configurations was read, in bytes.
	configs int64
	contextList
}

// errNotListed is returned when the plan must see the files themselves.
var errNotListed = errors.New("a list is not enough")

// listContext lists what the spec takes from the build context. It returns nil when
// content of the build context matters to the plan, or nothing of it is used.
func (e *evaluation) listContext(ctx context.Context, trees *trees) (*contextList, error) {
	tree, ok := trees.named[plan.TreeContext]
	if !ok || !listable(e.spec) {
		return nil, nil
	}
	ref, err := e.solve(ctx, tree.State)
	if err != nil {
		return nil, err
	}
	l := &contextLister{seen: map[string]bool{}, contextList: contextList{tree: gatewayfs.New(ctx, ref), sizes: map[string]int64{}}}
	for _, f := range e.spec.Files {
		if f.From.Source != "" || f.Content != nil {
			continue
		}
		// Whatever is wrong, a list too long for one message for instance, the
		// analysis itself can still find its way.
		if err := l.add(f.From.Path, f.To); err != nil {
			return nil, ctx.Err()
		}
	}
	return &l.contextList, nil
}

// listable reports whether the build context gives an image nothing but files whose
// content the plan does not depend on, as far as the spec says.
func listable(s *spec.Spec) bool {
	if len(sources.ContextPaths(s)) == 0 {
		return false
	}
	for _, bin := range s.Binaries {
		if bin.From.Source == "" {
			return false
		}
	}
	for _, part := range s.Include {
		for _, ref := range part.Add {
			if ref.Source == "" {
				return false
			}
		}
	}
	for _, f := range s.Files {
		if f.From.Source == "" && f.Content == nil && (f.Mode != nil && *f.Mode&0o111 != 0 || decidesLoading(f.To)) {
			return false
		}
	}
	return true
}

// decidesLoading reports whether the content of the file at a destination decides what
// the loader does.
func decidesLoading(to string) bool {
	return to == "/etc/nsswitch.conf" || strings.HasPrefix(to, "/etc/ld")
}

// add lists what a path leads to, which goes to another in the image, and the links on
// the way.
func (l *contextLister) add(name, to string) error {
	found, err := rootfs.Resolve(l.tree, name)
	if err != nil {
		return errNotListed // the analysis says what is wrong
	}
	for _, link := range found.Links {
		if err := l.list(link.Path, link.Path); err != nil {
			return err
		}
	}
	return l.list(found.Path, to)
}

// shippable reports whether an image can hold a file of a mode: a regular one, a
// directory or a link.
func shippable(mode fs.FileMode) bool {
	return mode.IsRegular() || mode.IsDir() || mode&fs.ModeSymlink != 0
}

// list adds one file, or a directory with all that is in it.
func (l *contextLister) list(name, to string) error {
	if l.seen[name] {
		return nil
	}
	l.seen[name] = true
	info, err := l.tree.Lstat(rootfs.Name(name))
	if err != nil {
		return err
	}
	if request.ContentMatters(name, info.Mode()) || !shippable(info.Mode()) || !utf8.ValidString(name) || len(l.files) >= maxListed ||
		strings.Count(name, "/") > maxListedDepth {
		return errNotListed
	}
	st := rootfs.StatOf(info)
	entry := request.ListedFile{Path: name, Mode: info.Mode(), UID: st.UID, GID: st.GID}
	if info.Mode()&fs.ModeSymlink != 0 {
		if entry.Target, err = l.tree.ReadLink(rootfs.Name(name)); err != nil {
			return err
		}
		if !utf8.ValidString(entry.Target) {
			return errNotListed
		}
	}
	if info.Mode().IsRegular() && needs.IsConfig(to) {
		if l.configs += info.Size(); l.configs > maxConfigs {
			return errNotListed
		}
		mentions, err := request.ReadMentions(l.tree, name)
		if err != nil {
			return err
		}
		entry.Mentions = &mentions
	}
	l.sizes[name] = info.Size()
	l.files = append(l.files, entry)
	if !info.IsDir() {
		return nil
	}
	return l.listDir(name, to)
}

func (l *contextLister) listDir(name, to string) error {
	entries, err := fs.ReadDir(l.tree, rootfs.Name(name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := l.list(path.Join(name, e.Name()), path.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
