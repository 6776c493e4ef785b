package imagecheck

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
)

// HiddenDirs are directories over which a runtime mounts file systems of the kernel:
// what the image has in them is not seen.
var HiddenDirs = []string{"/dev", "/proc", "/sys"}

// hiddenFiles are files that Docker, Podman or Kubernetes put there themselves,
// over the image's, with how a container is told what to have in them.
var hiddenFiles = map[string]string{
	"/.dockerenv":        "",
	"/run/.containerenv": "",
	"/etc/hostname":      "docker run --hostname, or hostname in a pod",
	"/etc/hosts":         "docker run --add-host, or hostAliases in a pod",
	"/etc/resolv.conf":   "docker run --dns, or dnsConfig in a pod",
}

// hiddenDir is the directory of HiddenDirs that a path is or is in, or "".
func hiddenDir(name string) string {
	for _, dir := range HiddenDirs {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return dir
		}
	}
	return ""
}

// isHidden reports whether what is at a path of the image is not seen when it runs.
func isHidden(name string) bool {
	_, file := hiddenFiles[name]
	return file || hiddenDir(name) != ""
}

// whiteoutPrefix begins the names by which a layer says that files of the layers
// below it are gone (OCI image specification, layer.md).
const whiteoutPrefix = ".wh."

func isWhiteout(name string) bool { return strings.Contains(name, "/"+whiteoutPrefix) }

// CheckPaths reports what has a path at which it cannot be in an image, or would
// not be seen: once for each item of the spec, which may be a directory of many.
func (img *Image) CheckPaths() diag.List {
	img.found = nil
	whiteouts, hidden := newItems(), newItems()
	for _, name := range img.Tree.Paths() {
		e := img.Tree.Entries[name]
		switch {
		case e.Reason.Cause == plan.CauseParent, img.isVolume(e):
		case isWhiteout(name):
			whiteouts.add(e, true)
		case isHidden(name) && !img.mayBeHidden(e):
			hidden.add(e, img.mustBeSeen(e))
		}
	}
	for _, i := range whiteouts.list {
		img.report(whiteout(i))
	}
	for _, i := range hidden.list {
		img.report(hiddenEntries(i))
	}
	img.checkHiddenCommands()
	img.checkHiddenVolumes()
	return img.found
}

// isVolume reports whether an entry is there for a volume, which has rules of its own.
func (img *Image) isVolume(e *imagetree.Entry) bool {
	return e.Soft && slices.ContainsFunc(img.Volumes, func(v Volume) bool { return v.At == e.Reason.At })
}

// checkHiddenVolumes reports volumes that no runtime mounts: below what it mounts
// itself, but for /dev, and in place of its files.
func (img *Image) checkHiddenVolumes() {
	for _, v := range img.Volumes {
		if !isHidden(v.Path) || hiddenDir(v.Path) == "/dev" && v.Path != "/dev" {
			continue
		}
		img.report(diag.Diagnostic{
			Code:    "path-hidden",
			At:      v.At,
			Message: fmt.Sprintf("there can be no volume at %s: %s", v.Path, hiddenBy(v.Path)),
			Fixes:   []string{"give it another path"},
		})
	}
}

// item is what is wrong with the entries of one item of the spec.
type item struct {
	first *imagetree.Entry
	count int
	// grave tells that the image cannot work.
	grave bool
}

// items are gathered in the order of their first entries.
type items struct {
	list []*item
	byAt map[string]*item
}

func newItems() *items { return &items{byAt: map[string]*item{}} }

func (all *items) add(e *imagetree.Entry, grave bool) {
	i := all.byAt[e.Reason.At]
	if i == nil {
		i = &item{first: e}
		all.byAt[e.Reason.At] = i
		all.list = append(all.list, i)
	}
	if grave && !i.grave {
		i.first, i.grave = e, true
	}
	i.count++
}

func whiteout(i *item) diag.Diagnostic {
	d := diag.Diagnostic{
		Code:    "whiteout-name",
		At:      i.first.Reason.At,
		Message: fmt.Sprintf("%s has a name that begins with %s: in a layer that removes files, and adds none", i.first.Describe(), whiteoutPrefix),
		Fixes:   []string{"rename it"},
	}
	if i.count > 1 {
		d.Message = fmt.Sprintf("%d paths such as %s have names that begin with %s: in a layer these remove files, and add none", i.count, i.first.Describe(), whiteoutPrefix)
		d.Fixes = []string{"rename them"}
	}
	if i.first.Reason.Cause == plan.CauseFile {
		d.Fixes = append(d.Fixes, "leave them out: name the files beside them one by one")
	}
	return d
}

// mayBeHidden reports whether it is harmless if a runtime mounts something over a
// directory: over the mount points themselves, and what came along in a larger directory.
func (img *Image) mayBeHidden(e *imagetree.Entry) bool {
	if e.Kind != plan.KindDir {
		return false
	}
	if slices.Contains(HiddenDirs, e.Path) {
		return true
	}
	up := img.Tree.Entries[path.Dir(e.Path)]
	return e.Reason.Cause == plan.CauseFile && up != nil && up.Reason.Cause == plan.CauseFile && up.Reason.At == e.Reason.At
}

// mustBeSeen reports whether the image cannot work without an entry. No mount is possible
// over what is of another kind.
func (img *Image) mustBeSeen(e *imagetree.Entry) bool {
	c := e.Reason.Cause
	return hiddenDir(e.Path) != "" || e.Kind == plan.KindDir || c.IsObject() ||
		c == plan.CauseBinary || c == plan.CauseScriptInterpreter || img.isStarted(e.Path)
}

// isStarted reports whether a path is that of a command of the config.
func (img *Image) isStarted(name string) bool {
	return slices.ContainsFunc(img.Commands, func(c Command) bool {
		found, ok := img.lookPath(c.Name)
		return ok && found.Path == name
	})
}

func hiddenEntries(i *item) diag.Diagnostic {
	name := i.first.Path
	d := diag.Diagnostic{Code: "path-hidden", At: i.first.Reason.At}
	if !i.grave {
		d.Severity = diag.SeverityWarning
	}
	d.Message = fmt.Sprintf("%s is not seen when the image runs: %s", i.first.Describe(), hiddenBy(name))
	if i.count > 1 {
		d.Message = fmt.Sprintf("%d paths such as %s are not seen when the image runs: %s", i.count, i.first.Describe(), hiddenBy(name))
	}
	if i.grave && i.first.Kind == plan.KindFile && i.first.Reason.Cause != plan.CauseFile {
		d.Runtime = fmt.Sprintf("exec %s: no such file or directory", name)
	}
	if i.grave {
		d.Fixes = append(d.Fixes, "give it another path")
	}
	if i.first.Reason.Cause == plan.CauseFile {
		d.Fixes = append(d.Fixes, "leave it out: name what the program needs, rather than all that is around it")
	}
	if how := hiddenFiles[name]; how != "" {
		d.Fixes = append(d.Fixes, "say what is to be in it when the image is run: "+how)
	}
	return d
}

func hiddenBy(name string) string {
	if dir := hiddenDir(name); dir != "" {
		return "the runtime mounts a file system of the kernel over " + dir
	}
	return "the runtime puts a file of its own in its place"
}

// checkHiddenCommands reports programs of the base that the config starts and that
// are hidden. Those that ship are reported as entries.
func (img *Image) checkHiddenCommands() {
	for _, c := range img.Commands {
		found, ok := img.lookPath(c.Name)
		if !ok || !isHidden(found.Path) || img.Tree.Entries[found.Path] != nil {
			continue
		}
		img.report(diag.Diagnostic{
			Code:    "path-hidden",
			At:      c.At,
			Message: fmt.Sprintf("the %s is %s of the base image, which is not seen when the image runs: %s", c.Use, found.Path, hiddenBy(found.Path)),
			Runtime: fmt.Sprintf("exec: %q: stat %s: no such file or directory", c.Name, c.Name),
			Fixes:   []string{"start a program at another path"},
		})
	}
}
