package resolve

import (
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// addBinaries adds the programs that the spec names.
func (r *resolver) addBinaries() error {
	for _, bin := range r.Req.Binaries {
		if err := r.addBinary(bin); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) addBinary(bin spec.Binary) error {
	found, ok, err := r.locate(bin.From, bin.At+".from")
	if err != nil || !ok {
		return err
	}
	if !found.Info.Mode().IsRegular() {
		r.Report(notAFile(bin.From, bin.At+".from", found.Info))
		return nil
	}
	p := draft.Root{Tree: request.TreeOf(bin.From), Path: bin.From.Path, To: bin.To, At: bin.At}
	if p.Facts, err = linkage.ClassifyFile(r.Trees[p.Tree], found, bin.To, r.Req.Platform); err != nil {
		return err
	}
	if !r.acceptable(bin, p.Facts) {
		return nil
	}
	r.shipProgram(bin, &p, found)
	r.AddRoot(p)
	return nil
}

// shipProgram ships the program itself. At the path that it has in its source
// it ships as it is there, behind the same links; at another path, as a file.
func (r *resolver) shipProgram(bin spec.Binary, p *draft.Root, found rootfs.Resolved) {
	reason := plan.Reason{Cause: plan.CauseBinary, At: p.At}
	to := p.To
	if to == p.Path {
		to = r.WantBehind(p.Tree, found, to, reason)
	}
	r.WantCopy(p.Tree, found.Path, to, found.Info, bin.Mode, bin.Owner, reason)
}

// acceptable reports a file that is not the kind of program it should be.
func (r *resolver) acceptable(bin spec.Binary, f *linkage.Report) bool {
	found := f.Check(string(bin.Linkage))
	for _, d := range found {
		d.At = bin.At + ".from"
		if d.Code == linkage.CodeNotStatic || d.Code == linkage.CodeNotDynamic {
			d.At = bin.At + ".linkage"
		}
		r.Report(d)
	}
	return found.Err() == nil
}
