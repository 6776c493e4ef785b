package imagecheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// denial is what the image's user may not do with files of one item of files.
type denial struct {
	code  string // of the first
	first *imagetree.Entry
	// dir is set where the way there is closed.
	dir   *start.Unsearchable
	count int
}

// checkAccess warns of files that the spec ships and that the image's user cannot
// read, or cannot start if they are programs: once for each item of files. Modes
// come along from where files were made, and files from a URL have 0600. What the
// spec itself says of mode and owner is meant, and so are the modes of files that
// hold secrets.
func (img *Image) checkAccess() error {
	if img.Process.User.UID == 0 {
		return nil
	}
	view := start.NewView(img.Tree.View, img.Process.User)
	found := map[string]*denial{}
	for _, name := range img.Tree.Paths() {
		e := img.Tree.Entries[name]
		if e.Kind != plan.KindFile || e.Reason.Cause != plan.CauseFile || e.From != nil && isSecret(e.From.Path) {
			continue
		}
		d, err := img.denied(view, e)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if found[e.Reason.At] == nil {
			found[e.Reason.At] = d
		}
		found[e.Reason.At].count++
	}
	for _, at := range slices.Sorted(maps.Keys(found)) {
		img.report(img.denialOf(found[at]))
	}
	return nil
}

// denied says what the user may not do with a file; nil is nothing.
func (img *Image) denied(view *start.View, e *imagetree.Entry) (*denial, error) {
	item := img.fileItem(e.Reason.At)
	res, err := view.Resolve(e.Path)
	var dir *start.Unsearchable
	switch {
	case errors.As(err, &dir):
		up := img.Tree.Entries[dir.Dir]
		own := up != nil && up.Reason.Cause == plan.CauseFile && up.Reason.At == e.Reason.At
		if item.Owner != nil && (own || item.Owner.UID != img.Process.User.UID) || img.directoryIsMeant(dir.Dir) {
			return nil, nil
		}
		return &denial{code: start.CodeNotSearchable, first: e, dir: dir}, nil
	case err != nil:
		return nil, err
	case item.Mode != nil || item.Owner != nil:
		return nil, nil
	}
	executes, reads := img.Process.User.May(res.Info, start.Execute), img.Process.User.May(res.Info, start.Read)
	switch {
	case reads && (executes || e.Mode&0o111 == 0):
		return nil, nil
	case e.Mode&0o111 == 0: // what is in it does not matter
		return &denial{code: "file-not-readable", first: e}, nil
	}
	runs, kind, err := img.isProgram(e)
	switch {
	case err != nil:
		return nil, err
	case runs && !executes:
		return &denial{code: start.CodeNotExecutable, first: e}, nil
	case reads, runs && executes && kind != linkage.Script: // the kernel reads it
		return nil, nil
	}
	return &denial{code: "file-not-readable", first: e}, nil
}

// isProgram tells whether a file of the image is something that can be started: a
// script or an ELF program.
func (img *Image) isProgram(e *imagetree.Entry) (bool, linkage.Kind, error) {
	info, err := img.Tree.View.Lstat(rootfs.Name(e.Path))
	if err != nil {
		return false, "", err
	}
	facts, err := linkage.ClassifyFile(img.Tree.View, rootfs.Resolved{Path: e.Path, Info: info}, e.Path, img.Process.Platform)
	if err != nil {
		return false, "", err
	}
	return facts.Runs(), facts.Kind, nil
}

// fileItem is the item of files at a place of the spec.
func (img *Image) fileItem(at string) spec.File {
	i := slices.IndexFunc(img.Files, func(f spec.File) bool { return f.At == at })
	if i < 0 {
		return spec.File{}
	}
	return img.Files[i]
}

// secrets are files, and directories if they end in a slash, that hold what no
// program but the system's own is to read, as distributions ship them.
var secrets = []string{
	"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/passwd-", "/etc/group-", "/etc/.pwd.lock",
	"/etc/security/opasswd", "/etc/sudoers", "/etc/sudoers.d/", "/etc/ssl/private/", "/etc/pki/tls/private/", "/etc/ssh/",
	"/root/", "/lost+found/", "/var/cache/ldconfig/", "/var/cache/debconf/", "/var/cache/apt/", "/var/lib/apt/", "/var/lib/dpkg/",
	"/var/log/", "/var/spool/cron/",
}

// isSecret tells whether a file of a source is one of these.
func isSecret(name string) bool {
	return slices.ContainsFunc(secrets, func(s string) bool {
		return name == s || strings.HasSuffix(s, "/") && strings.HasPrefix(name, s)
	})
}

// denialOf is the warning about an item.
func (img *Image) denialOf(d *denial) diag.Diagnostic {
	u, name := img.Process.User, d.first.Path
	what, verb := name, "open"
	if d.count > 1 {
		what = fmt.Sprintf("%d of its files, such as %s", d.count, name)
	}
	out := diag.Diagnostic{Code: d.code, Severity: diag.SeverityWarning, At: d.first.Reason.At}
	attributes := fmt.Sprintf("mode %04o, owner %d:%d", d.first.Mode, d.first.UID, d.first.GID)
	switch d.code {
	case start.CodeNotSearchable:
		out.Message = fmt.Sprintf("user %s cannot get to %s: it may not search %s (%s)", u, what, d.dir.Dir, start.Attributes(d.dir.Info))
	case start.CodeNotExecutable:
		verb = "exec"
		out.Message = fmt.Sprintf("user %s cannot start %s (%s)", u, what, attributes)
	default:
		out.Message = fmt.Sprintf("user %s cannot read %s (%s)", u, what, attributes)
	}
	out.Runtime = fmt.Sprintf("%s %s: permission denied", verb, name)
	out.Fixes = img.openingFixes(d)
	return out
}

// openingFixes are what to write so that the user can use the files, and so that
// the warning does not come again where nothing is wrong.
func (img *Image) openingFixes(d *denial) []string {
	e := d.first
	item := img.fileItem(e.Reason.At)
	alone := true
	if found, err := rootfs.Resolve(img.Sources[plan.TreeOf(item.From.Source)], item.From.Path); err == nil {
		alone = !found.Info.IsDir()
	}
	whole := fmt.Sprintf(`give them to the user: owner: "%s"`, img.Process.User)
	switch {
	case d.dir != nil && (alone || !rootfs.Within(d.dir.Dir, item.To)):
		return []string{fmt.Sprintf(`let the user through, under directories: - {path: %s, mode: "0755"}`, d.dir.Dir)}
	case !alone:
		return []string{whole, fmt.Sprintf(`or say that it is meant so: owner: "%d:%d"`, e.UID, e.GID)}
	}
	mode := "0644"
	if e.Mode&0o111 != 0 {
		mode = "0755"
	}
	return []string{
		fmt.Sprintf(`set its mode: mode: "%s"`, mode),
		fmt.Sprintf(`or say that it is meant so: mode: "%04o"`, e.Mode),
	}
}
