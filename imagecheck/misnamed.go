package imagecheck

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// archiveEnds are how names of archives end.
var archiveEnds = []string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".zip"}

// fileEnds are how names of files end that are not given to directories.
var fileEnds = []string{
	".conf", ".cfg", ".ini", ".json", ".yaml", ".yml", ".toml", ".xml", ".properties", ".env", ".txt", ".sh", ".py", ".pem", ".crt", ".key",
}

// checkMisnamed warns where the name that an item of files has in the image is that of
// something else: an archive by the name of a directory or in the root, where ADD of a
// Dockerfile would have unpacked it, and a directory by the name of a file.
func (img *Image) checkMisnamed() error {
	for _, f := range img.Files {
		to := f.To
		if f.ToDir && to == "/" {
			to += path.Base(f.From.Path)
		}
		e := img.Tree.Entries[to]
		if f.Content != nil || e == nil || e.From == nil {
			continue
		}
		switch {
		case e.Kind == plan.KindFile && endsIn(f.From.Path, archiveEnds) && (path.Ext(to) == "" || to != f.To):
			img.reportMisnamed(f, fmt.Sprintf("%s is an archive, and ships as the file %s: nothing unpacks it", f.From, to),
				fmt.Sprintf("unpack it in a stage of a Dockerfile, ADD %s /unpacked/, and ship that directory", path.Base(f.From.Path)),
				fmt.Sprintf("if it is to stay packed, put it elsewhere by its name: to: %s", path.Join("/srv", path.Base(f.From.Path))))
		case e.Kind == plan.KindDir && !f.ToDir && endsIn(to, fileEnds) && path.Ext(f.From.Path) != path.Ext(to):
			img.reportMisnamed(f, fmt.Sprintf("%s is a directory, and ships as a directory %s", f.From, to),
				"name the file of it that is meant: from: "+strings.TrimSuffix(f.From.String(), "/")+"/"+path.Base(to),
				fmt.Sprintf("to put what is in it into %s, write to: %s/", path.Dir(to), strings.TrimSuffix(path.Dir(to), "/")),
				fmt.Sprintf("if the directory has this name, end it with a slash: to: %s/", to))
		}
	}
	return nil
}

func (img *Image) reportMisnamed(f spec.File, message string, fixes ...string) {
	img.report(diag.Diagnostic{Code: "name-of-another-kind", Severity: diag.SeverityWarning, At: f.At + ".to", Message: message, Fixes: fixes})
}

func endsIn(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}
