package evidence

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// maxTmpfiles bounds a file of tmpfiles.d(5), in bytes.
const maxTmpfiles = 64 << 10

// needRunDirectories makes the directories that a program keeps its state and its sockets
// in and that are made when a system starts: those that its package lists for that,
// and those under /run that it names.
func (r *Gatherer) needRunDirectories(o draft.Object, own *family, found needspkg.Strings) error {
	if !o.File.Executable() {
		if r.isOwnLibrary(o, own) { // of the program that it is loaded for
			for _, n := range found.Paths {
				if err := r.needRunDirectory(o, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, n := range found.Paths {
		if err := r.needRunDirectory(o, n); err != nil {
			return err
		}
		if err := r.needStateDirectory(o, n); err != nil {
			return err
		}
	}
	r.needOwnDirectories(o, own)
	if err := r.needServiceDirectories(o, own); err != nil {
		return err
	}
	for _, name := range own.below("/usr/lib/tmpfiles.d") {
		if !own.files[name].own {
			continue
		}
		text, err := rootfs.ReadFile(r.Trees[o.Tree], name, maxTmpfiles)
		if err != nil {
			if errors.Is(err, rootfs.ErrTooLarge) || rootfs.IsAbsent(err) {
				continue
			}
			return err
		}
		for line := range strings.Lines(string(text)) {
			if dir, ok := needspkg.Tmpfile(line); ok {
				r.wantRunDirectory(o, dir, name, dir)
			}
		}
	}
	return nil
}

// needServiceDirectories makes the directories under /run that the service of a program has, as its
// package says: RuntimeDirectory of systemd.exec(5).
func (r *Gatherer) needServiceDirectories(o draft.Object, own *family) error {
	if o.Need {
		return nil
	}
	for _, name := range append(own.below("/usr/lib/systemd/system"), own.below("/lib/systemd/system")...) {
		if !own.files[name].own || path.Ext(name) != ".service" {
			continue
		}
		if info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name)); err != nil || !info.Mode().IsRegular() {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return err
			}
			continue
		}
		text, err := rootfs.ReadFile(r.Trees[o.Tree], name, maxTmpfiles)
		if err != nil {
			if errors.Is(err, rootfs.ErrTooLarge) || rootfs.IsAbsent(err) {
				continue
			}
			return err
		}
		for _, dir := range needspkg.ServiceDirectories(string(text), path.Base(o.Path)) {
			if err := r.needRunDirectory(o, needspkg.Named{Path: "/var" + dir, Dir: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// needOwnDirectories makes the directories under /var that the package of a program keeps
// for it: state, logs, caches. What they are called may stand nowhere as a whole.
func (r *Gatherer) needOwnDirectories(o draft.Object, own *family) {
	if o.Need {
		return
	}
	for _, name := range own.below("/var") {
		f := own.files[name]
		found, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if !f.own || needspkg.Shared(name) || err != nil || !found.IsDir() {
			continue
		}
		ship := r.shipmentOf(o, own, plan.EvidenceRule, "a directory of its package for what changes")
		ship.wantDirectory(rootfs.Resolved{Path: name, Info: found}, f)
	}
}

// needRunDirectory makes the directory under /run that a path is in, and ships the link by
// which it is /var/run, too.
func (r *Gatherer) needRunDirectory(o draft.Object, n needspkg.Named) error {
	dir := needspkg.RunDirectory(n)
	if dir == "" {
		return nil
	}
	r.wantRunDirectory(o, dir, o.To, n.Path)
	if !strings.HasPrefix(n.Path+"/", "/var/run/") {
		return nil
	}
	found, err := rootfs.Resolve(r.Trees[o.Tree], "/var/run")
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	before := len(r.Entries)
	r.WantLinks(o.Tree, found, plan.Reason{At: o.At, Chain: o.Chain})
	for i := range r.Entries[before:] {
		r.Entries[before+i].Soft = true
	}
	return nil
}

// needStateDirectory makes the directory under /var that a program makes when it runs as
// root, and that its source does not have.
func (r *Gatherer) needStateDirectory(o draft.Object, n needspkg.Named) error {
	dir := needspkg.StateDirectory(n)
	if dir == "" || o.Need {
		return nil
	}
	if _, err := r.Trees[o.Tree].Lstat(rootfs.Name(dir)); err == nil || !rootfs.IsAbsent(err) {
		return rootfs.UnlessAbsent(err)
	}
	if r.Req.User.UID == 0 {
		dir = path.Dir(dir) // in which it makes its own, with the rights that it asks for
	}
	r.wantRunDirectory(o, dir, o.To, n.Path)
	return nil
}

// wantRunDirectory asks for a directory of the image's user. If that is root, it has the owner
// that it has in its source: the program that root starts becomes another.
func (r *Gatherer) wantRunDirectory(o draft.Object, dir, in, name string) {
	dir = path.Clean(dir)
	if rest, ok := strings.CutPrefix(dir, "/var/run/"); ok {
		dir = "/run/" + rest
	}
	if r.ExcludesNeed(dir, "") {
		return
	}
	e := plan.Entry{Path: dir, Kind: plan.KindDir, Mode: 0o755, UID: r.Req.User.UID, GID: r.Req.User.GID}
	if info, err := r.Trees[o.Tree].Lstat(rootfs.Name(dir)); err == nil {
		if !info.IsDir() {
			return
		}
		_, uid, gid := imagetree.Attributes(info)
		if e.Mode = uint32(info.Mode() & (fs.ModePerm)); r.Req.User.UID == 0 {
			e.UID, e.GID = uid, gid
		}
	}
	e.Reason = plan.Reason{Cause: plan.CauseNeed, At: o.At, Chain: o.Chain, Evidence: &plan.Evidence{Kind: plan.EvidenceNamed, In: in, Name: name}}
	r.Want(imagetree.Entry{Entry: e, Soft: true})
}
