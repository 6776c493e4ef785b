package imagecheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// histories are the directories in which version control keeps what a project has ever
// been.
var histories = []string{".git", ".hg", ".svn", ".bzr"}

// historyIn is the directory of version control that a path leads into; "" if into none.
func historyIn(name string) string {
	if !strings.Contains(name, "/.") {
		return ""
	}
	for _, dir := range histories {
		if before, _, ok := strings.Cut(name+"/", "/"+dir+"/"); ok {
			return before + "/" + dir
		}
	}
	return ""
}

// history is what ships of one item's version control.
type history struct {
	dir   plan.Origin // the first one
	files int
}

// checkHistory warns of version control that ships with a directory, as it does with the
// whole build context. What the spec names is meant.
func (img *Image) checkHistory() error {
	meant := map[plan.Origin]bool{}
	for _, f := range img.Files {
		tree := plan.TreeOf(f.From.Source)
		meant[plan.Origin{Tree: tree, Path: historyIn(f.From.Path)}] = true
	}
	found := map[string]*history{} // by the item
	for _, name := range img.Tree.Paths() {
		e := img.Tree.Entries[name]
		if e.Reason.Cause != plan.CauseFile || e.Kind == plan.KindDir || e.From == nil {
			continue
		}
		dir := plan.Origin{Tree: e.From.Tree, Path: historyIn(e.From.Path)}
		if dir.Path == "" || meant[dir] {
			continue
		}
		if found[e.Reason.At] == nil {
			found[e.Reason.At] = &history{dir: dir}
		}
		found[e.Reason.At].files++
	}
	for _, at := range slices.Sorted(maps.Keys(found)) {
		img.report(found[at].diagnostic(at))
	}
	return nil
}

func (h *history) diagnostic(at string) diag.Diagnostic {
	fix := "name what the program needs, in place of the directory"
	if h.dir.Tree == plan.TreeContext {
		fix = fmt.Sprintf("write %s in .dockerignore", h.dir.Reference())
	}
	return diag.Diagnostic{
		Code: "history-shipped", Severity: diag.SeverityWarning, At: at,
		Message: fmt.Sprintf("the history of a project ships: %s of %s, %d files", h.dir.Path, plan.TreeName(h.dir.Tree), h.files),
		Fixes:   []string{fix, "if it is meant, name it as an item of its own"},
	}
}
