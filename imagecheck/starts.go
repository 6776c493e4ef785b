package imagecheck

import (
	"slices"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/start"
)

// checkStarts sees that programs start in the finished tree.
func (img *Image) checkStarts() error {
	image := rootfs.Cached(img.Tree.View)
	known, err := img.known(image)
	if err != nil {
		return err
	}
	p := img.Process
	p.Known = known
	user := start.New(image, p)
	p.User = start.User{}
	root := start.New(image, p)
	if err := img.checkPrograms(user, root); err != nil {
		return err
	}
	if err := img.checkCommands(user); err != nil {
		return err
	}
	img.checkTimeZone()
	if err := img.checkCalled(); err != nil {
		return err
	}
	if err := img.checkNamed(); err != nil {
		return err
	}
	if err := img.checkModules(); err != nil {
		return err
	}
	if err := img.checkFilesRun(); err != nil {
		return err
	}
	return img.checkHanded(user)
}

// known are the programs that ship as such, by their physical paths in the image.
func (img *Image) known(image rootfs.FS) (map[string]*linkage.Report, error) {
	out := map[string]*linkage.Report{}
	for _, p := range img.Programs {
		found, err := rootfs.Resolve(image, p.To)
		if err != nil {
			if rootfs.IsAbsent(err) {
				continue
			}
			return nil, err
		}
		if e := img.Tree.Entries[found.Path]; e != nil && (e.Reason.Cause == plan.CauseBinary || e.Reason.Cause == plan.CauseScriptInterpreter) {
			out[found.Path] = p.Facts
		}
	}
	return out, nil
}

// lookPath is where a command leads in a tree of the image. What cannot be read is
// reported when the command is checked.
func (img *Image) lookPath(name string) (rootfs.Resolved, bool) {
	_, found, ok, err := start.New(img.Tree.View, img.Process).Find(name)
	return found, ok && err == nil
}

// checkPrograms sees that the programs that the spec names start. Where only the
// image's user may not, that is a warning, unless the config starts them.
func (img *Image) checkPrograms(starter, asRoot *start.Starter) error {
	for _, p := range img.Programs {
		if !p.Named || p.library() {
			continue
		}
		chain, err := starter.Exec(p.To)
		if err != nil {
			return err
		}
		for _, w := range chain.Warnings {
			img.reportStart(w.Diagnostic(), p.At+".from")
		}
		failure := chain.Failure
		if failure == nil {
			continue
		}
		own := len(chain.Steps) == 0 || failure.Path == chain.Steps[0].Path
		if failure.Denied() && p.Starts {
			continue // said of the command
		}
		if failure.Denied() {
			other, err := asRoot.Exec(p.To)
			if err != nil {
				return err
			}
			if own || other.Failure == nil {
				img.warnOfDenial(p, failure)
				continue
			}
		}
		img.reportStart(img.startDiagnostic(failure), p.At+".from")
	}
	return nil
}

func (img *Image) reportStart(d diag.Diagnostic, at string) {
	d.At = at
	img.report(d)
}

// warnOfDenial warns of a program of the spec that the image's user may not start.
// What the spec says of a program's own mode or owner is meant.
func (img *Image) warnOfDenial(p Program, f *start.Problem) {
	i := slices.IndexFunc(img.Binaries, func(b spec.Binary) bool { return b.At == p.At })
	if i < 0 {
		return
	}
	b := img.Binaries[i]
	if f.Code != start.CodeNotSearchable && f.By == "" && (b.Mode != nil || b.Owner != nil) {
		return
	}
	d := f.Diagnostic()
	d.Severity = diag.SeverityWarning
	d.Fixes = img.denialFixes(f)
	img.reportStart(d, p.At)
}

// checkCommands sees that what the config starts does start.
func (img *Image) checkCommands(starter *start.Starter) error {
	for _, c := range img.Commands {
		chain, err := starter.Command(c.Name)
		if err != nil {
			return err
		}
		named, err := img.isNamed(chain)
		if err != nil {
			return err
		}
		if !named {
			img.warnOfCommand(c, chain)
		}
		f := chain.Failure
		if f == nil || named && !f.Denied() {
			continue // said at the program's own place
		}
		d := img.startDiagnostic(f)
		d.Message = f.MessageFor(c.Use)
		switch {
		case f.Denied():
			d.Fixes = img.denialFixes(f)
			if fix := img.interpreted(f, c); fix != "" {
				d.Fixes = []string{fix}
			}
			if at := img.ownMode(f); at != "" {
				d.Fixes = []string{`write mode: "0755", or leave mode out for that of the file`}
				img.reportStart(d, at)
				continue
			}
		case f.Code == start.CodeNotFound:
			d.Fixes = img.commandFixes(f, c)
		default:
			if fix := img.interpreted(f, c); fix != "" {
				d.Fixes = append([]string{fix}, d.Fixes...)
			}
		}
		img.reportStart(d, c.At)
	}
	return nil
}

// ownMode is where the spec sets the mode of a program that may not be executed, or "".
func (img *Image) ownMode(f *start.Problem) string {
	found, err := rootfs.Resolve(img.Tree.View, f.Path)
	if err != nil || f.Code != start.CodeNotExecutable {
		return ""
	}
	for _, b := range img.Binaries {
		if b.To == found.Path && b.Mode != nil {
			return b.At + ".mode"
		}
	}
	for _, file := range img.Files {
		if file.To == found.Path && file.Mode != nil {
			return file.At + ".mode"
		}
	}
	return ""
}

// isNamed reports whether a command is one of the spec's programs, which have been
// checked.
func (img *Image) isNamed(chain *start.Chain) (bool, error) {
	if len(chain.Steps) == 0 {
		return false, nil
	}
	for _, p := range img.Programs {
		if !p.Named {
			continue
		}
		known, err := rootfs.Resolve(img.Tree.View, p.To)
		if err != nil {
			if rootfs.IsAbsent(err) {
				continue
			}
			return false, err
		}
		if known.Path == chain.Steps[0].Real {
			return true, nil
		}
	}
	return false, nil
}

// warnOfCommand says what may surprise in a command that is not one of the spec's
// programs: one that came under files or with the base.
func (img *Image) warnOfCommand(c Command, chain *start.Chain) {
	for _, w := range chain.Warnings {
		img.reportStart(w.Diagnostic(), c.At)
	}
	for _, step := range chain.Steps {
		for _, d := range step.Facts.Check(string(spec.LinkageAny)).Warnings() {
			img.reportStart(d, c.At)
		}
	}
}
