package resolve

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
)

// reportSpecial says of a directory that it holds what no image can.
func (c *copier) reportSpecial() {
	if len(c.special) == 0 {
		return
	}
	shown := strings.Join(c.special[:min(len(c.special), maxSpecial)], ", ")
	if more := len(c.special) - maxSpecial; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	d := diag.Diagnostic{
		Code:    "not-a-file",
		At:      c.file.At + ".from",
		Message: fmt.Sprintf("%s holds what no image should: %s", draft.DescribeRef(c.file.From), shown),
		Fixes: []string{
			"remove them where the directory is made: RUN find " + c.file.From.Path + " -not -type f -not -type d -not -type l -delete",
			"name the files and directories beside them, each as an item of files",
		},
	}
	if c.tree == plan.TreeContext {
		d.Fixes[0] = "remove them, or leave them out with .dockerignore"
	}
	c.Report(d)
}

// inPlaceOfDirectory is the finding for a file at a path that is a directory on every
// system, or nil.
func inPlaceOfDirectory(f spec.File, to string) *diag.Diagnostic {
	if !spec.IsUsualDirectory(to) || to == f.From.Path {
		return nil
	}
	return &diag.Diagnostic{
		Code:    "path-conflict",
		At:      f.At + ".to",
		Message: fmt.Sprintf("%s is a directory on every system, and %q makes a file of that name of %s", to, "to: "+to, draft.DescribeRef(f.From)),
		Fixes:   []string{fmt.Sprintf("to put the file into it, end it with a slash: to: %s/", to)},
	}
}

// maxSpecial is how many special files are named.
const maxSpecial = 3

// specialName is a path with what is there.
func specialName(name string, mode fs.FileMode) string {
	switch {
	case mode&fs.ModeDevice != 0:
		return name + " (a device)"
	case mode&fs.ModeNamedPipe != 0:
		return name + " (a pipe)"
	case mode&fs.ModeSocket != 0:
		return name + " (a socket)"
	}
	return name
}

// How far a tree is looked through for a file that is not where it was expected.
const (
	maxDeeper      = 20_000
	maxDeeperDepth = 6
)

// otherThings are directories in which a name means something else than elsewhere.
var otherThings = []string{"/dev", "/etc", "/proc", "/sys", "/usr/share", "/var"}

// deeper is a file whose path ends in the one that was named: archives often hold one
// directory with everything in it, app-1.2/bin/app. It is "" when there is none.
func (r *resolver) deeper(tree rootfs.FS, ref spec.Ref) string {
	seen := 0
	var search func(dir string, depth int) string
	search = func(dir string, depth int) string {
		entries, err := tree.ReadDir(rootfs.Name(dir))
		if err != nil {
			return ""
		}
		for _, e := range entries {
			if seen++; seen > maxDeeper {
				return ""
			}
			name := path.Join(dir, e.Name())
			if strings.HasSuffix(name, ref.Path) || !e.IsDir() && e.Name() == path.Base(ref.Path) {
				return name
			}
		}
		for _, e := range entries {
			if !e.IsDir() || depth == maxDeeperDepth || slices.Contains(otherThings, path.Join(dir, e.Name())) {
				continue
			}
			if found := search(path.Join(dir, e.Name()), depth+1); found != "" {
				return found
			}
		}
		return ""
	}
	return search("/", 0)
}
