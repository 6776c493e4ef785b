package imagecheck

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// checkWorkdir sees that the working directory is one: a runtime goes into it before it
// starts anything.
func (img *Image) checkWorkdir() error {
	dir := img.Process.Workdir
	if dir == "" {
		return nil
	}
	found, err := rootfs.Resolve(img.Tree.View, dir)
	if err != nil {
		return rootfs.UnlessAbsent(err) // the runtime makes it
	}
	if e := img.Tree.Entries[found.Path]; found.Info.IsDir() && e != nil && e.Reason.At == "workdir" {
		img.misspeltWorkdir(path.Clean(dir))
	}
	if found.Info.IsDir() {
		return nil
	}
	img.report(diag.Diagnostic{
		Code: "path-conflict", At: "workdir",
		Message: fmt.Sprintf("the working directory %s is a file in the image", dir),
		Runtime: fmt.Sprintf("chdir to cwd (%q) set in config.json failed: not a directory", dir),
		Fixes:   []string{"write the directory that the program is to start in, such as workdir: " + path.Dir(found.Path)},
	})
	return nil
}

// checkVolumes warns of volumes in which the image's user may not write: a runtime
// gives a new volume the mode and owner of its directory in the image.
func (img *Image) checkVolumes() error {
	view := start.NewView(img.Tree.View, img.Process.User)
	for _, v := range img.Volumes {
		found, err := view.Resolve(v.Path)
		var dir *start.Unsearchable
		switch {
		case errors.As(err, &dir):
			found.Info, found.Path = dir.Info, dir.Dir
		case rootfs.IsAbsent(err): // root's, made by the runtime
			continue
		case err != nil:
			return err
		case !found.Info.IsDir():
			img.report(diag.Diagnostic{
				Code: "path-conflict", At: v.At,
				Message: fmt.Sprintf("the volume %s is a file in the image, and a volume is a directory", v.Path),
				Runtime: "not a directory: are you trying to mount a directory onto a file (or vice-versa)?",
				Fixes:   []string{"write the directory that is to outlive containers", "a file alone is mounted when the image is run, and needs no volume"},
			})
			continue
		case img.Process.User.May(found.Info, start.Write|start.Execute), img.ownerIsMeant(found.Path):
			continue
		}
		whose := start.Attributes(found.Info)
		if found.Path != v.Path {
			whose = fmt.Sprintf("%s: %s", found.Path, whose)
		}
		img.report(diag.Diagnostic{
			Code: "volume-not-writable", Severity: diag.SeverityWarning, At: v.At,
			Message: fmt.Sprintf("user %s may not write to the volume %s (%s)", img.Process.User, v.Path, whose),
			Runtime: fmt.Sprintf("open %s: permission denied", path.Join(v.Path, "data")),
			Fixes:   []string{fmt.Sprintf(`give it to the user, under directories: - {path: %s, owner: "%s"}`, v.Path, img.Process.User)},
		})
	}
	return nil
}

// directoryIsMeant tells whether the spec says of a directory of the image whose it
// is, or which mode it has.
func (img *Image) directoryIsMeant(dir string) bool {
	e := img.Tree.Entries[dir]
	return e != nil && slices.ContainsFunc(img.Directories, func(d spec.Directory) bool {
		return d.At == e.Reason.At && (d.Mode != nil || d.Owner != nil)
	})
}

// ownerIsMeant tells whether the spec says whose a directory of the image is.
func (img *Image) ownerIsMeant(dir string) bool {
	e := img.Tree.Entries[dir]
	return e != nil && slices.ContainsFunc(img.Directories, func(d spec.Directory) bool {
		return d.At == e.Reason.At && d.Owner != nil
	})
}
