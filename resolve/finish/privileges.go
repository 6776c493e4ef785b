package finish

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// FindPrivileges notes which files give rights to whoever executes them, and warns
// of those that the spec does not ask for. Such a file makes root of a program that
// is broken into, and an image of few files has few that need it.
func (r *Finisher) FindPrivileges(t *imagetree.Tree) error {
	found := map[string][]*imagetree.Entry{} // by the item that asked, or the path
	for _, name := range t.Paths() {
		e := t.Entries[name]
		if e.Kind != plan.KindFile || e.From == nil {
			continue
		}
		if e.Mode&0o111 != 0 { // nothing else is executed
			var err error
			if e.Capabilities, err = rootfs.Capabilities(e.Source, rootfs.Name(e.From.Path)); err != nil {
				return err
			}
		}
		if len(r.unasked(e)) > 0 {
			key := name
			if e.Reason.At != "" && !e.Reason.Cause.IsObject() {
				key = e.Reason.At
			}
			found[key] = append(found[key], e)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		r.Report(r.privileged(found[key]))
	}
	return nil
}

// unasked is what rights a file gives without the spec's saying so: an item that
// sets the mode says it.
func (r *Finisher) unasked(e *imagetree.Entry) []string {
	mode := e.Mode
	if r.setsMode(e.Reason.At) {
		mode &^= 0o6000
	}
	return plan.Privileges(mode, e.UID, e.GID, e.Capabilities)
}

// setsMode reports whether an item of the spec sets the mode of what it ships.
func (r *Finisher) setsMode(at string) bool {
	for _, f := range r.Req.Files {
		if f.At == at {
			return f.Mode != nil
		}
	}
	for _, b := range r.Req.Binaries {
		if b.At == at {
			return b.Mode != nil
		}
	}
	return false
}

// maxPrivileged is how many files one warning names.
const maxPrivileged = 5

// privileged is the warning about files of one item.
func (r *Finisher) privileged(files []*imagetree.Entry) diag.Diagnostic {
	first := files[0]
	d := diag.Diagnostic{Code: "file-privileged", Severity: diag.SeverityWarning, At: first.Reason.At}
	var texts []string
	bits, capable := false, ""
	for _, e := range files {
		if len(texts) < maxPrivileged {
			texts = append(texts, fmt.Sprintf("%s %s", e.Path, strings.Join(r.unasked(e), " and ")))
		}
		bits = bits || e.Mode&0o6000 != 0 && !r.setsMode(e.Reason.At)
		if e.Capabilities != "" {
			capable = cmp.Or(capable, e.From.Path)
			d.Runtime = cmp.Or(d.Runtime, capabilityRuntime(e))
		}
	}
	d.Message = first.Path + " gives more rights to whoever executes it: it " + strings.Join(r.unasked(first), " and ")
	if len(files) > 1 {
		d.Message = fmt.Sprintf("%d files give more rights to whoever executes them: %s", len(files), strings.Join(texts, "; "))
	}
	if more := len(files) - len(texts); more > 0 {
		d.Message += fmt.Sprintf("; and %d more", more)
	}
	tree := plan.TreeName(first.From.Tree)
	switch {
	case bits && (first.Reason.Cause.IsObject() || first.Reason.At == "" || first.Reason.Cause == plan.CausePart):
		d.Fixes = append(d.Fixes, fmt.Sprintf("take the bits away in %s: chmod ug-s %s", tree, first.From.Path))
	case bits:
		ref := first.From.Reference()
		plain := fmt.Sprintf("%04o", first.Mode&^0o6000)
		d.Fixes = append(d.Fixes,
			fmt.Sprintf("set the mode without the bits: {from: %q, to: %s, mode: %q}", ref, first.Path, plain),
			fmt.Sprintf("if it is meant, say so with the mode: mode: %q", fmt.Sprintf("%04o", first.Mode)))
	}
	if capable != "" {
		d.Fixes = append(d.Fixes, fmt.Sprintf("take the capabilities away in %s: setcap -r %s", tree, capable))
	}
	return d
}

// capabilityRuntime is what starting a file with capabilities says where it may not
// have them.
func capabilityRuntime(e *imagetree.Entry) string {
	if e.Capabilities == rootfs.InvalidCapabilities {
		return fmt.Sprintf("exec %s: invalid argument", e.Path)
	}
	if strings.Contains(e.Capabilities, "=e") {
		return fmt.Sprintf("exec %s: operation not permitted", e.Path)
	}
	return ""
}
