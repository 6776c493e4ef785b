package imagecheck

import (
	"fmt"
	"path"
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// checkCalled warns of programs that scripts of the spec call whatever happens, and that are not
// in the finished tree. BusyBox has many of them in its shell.
func (img *Image) checkCalled() error {
	if shell, err := rootfs.Resolve(img.Tree.View, "/bin/sh"); err == nil && path.Base(shell.Path) == "busybox" {
		return nil
	}
	starter := start.New(img.Tree.View, img.Process)
	for _, c := range img.Called {
		_, _, ok, err := starter.Find(c.Name)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		source := "the source that the script's shell is from"
		sources := slices.DeleteFunc(slices.Clone(img.From), func(name string) bool { return name == plan.TreeContext || name == plan.TreeBase })
		if len(sources) == 1 {
			source = "source " + sources[0]
		}
		by := fmt.Sprintf("%s:%d calls", c.For.To, c.Line)
		if c.Inline {
			by = "the script that " + c.For.To + " is given calls"
		}
		img.report(diag.Diagnostic{
			Code: "command-not-found", At: c.For.At, Severity: diag.SeverityWarning,
			Message: fmt.Sprintf("%s %s, which is neither in the image nor where it could be taken from", by, c.Name),
			Runtime: fmt.Sprintf("%s: %d: %s: not found", c.For.To, c.Line, c.Name),
			Fixes: []string{
				"add the package that has it to the packages of " + source,
				"if it is from another source, ship it under binaries: - SOURCE:/usr/bin/" + c.Name,
			},
		})
	}
	return nil
}
