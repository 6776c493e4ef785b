package imagecheck

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/start"
)

// checkHanded warns of a command that is handed on and that does not start.
func (img *Image) checkHanded(starter *start.Starter) error {
	for _, h := range img.Handed {
		chain, err := starter.Command(h.Words[0])
		if err != nil {
			return err
		}
		f := chain.Failure
		if f == nil {
			continue
		}
		d := img.startDiagnostic(f)
		d.Severity = diag.SeverityWarning
		d.Message = f.MessageFor("command that " + h.By + " starts")
		switch {
		case f.Denied():
			d.Fixes = img.denialFixes(f)
		case f.Code == start.CodeNotFound:
			d.Fixes = img.commandFixes(f, Command{Name: h.Words[0], Args: h.Words[1:]})
		}
		img.reportStart(d, h.At)
	}
	return nil
}
