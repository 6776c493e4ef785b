package evidence

import (
	"path"

	"github.com/sinter-build/sinter/elffile"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// needPAM ships the configurations of PAM that the package of a program has for it, those that they
// include, and the modules that they name. Without them PAM refuses everybody.
func (r *Gatherer) needPAM(o draft.Object, own *family, _ needspkg.Strings) error {
	if !o.File.Executable() || o.Need || !needspkg.LinksPAM(o.File.Needed) {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	for _, name := range own.below(needspkg.PAMDirectory) {
		if f := own.files[name]; f.own && f.pkg == own.files[o.Path].pkg {
			if err := r.needPAMStack(o, name, maxPAMDepth); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxPAMDepth bounds how far configurations of PAM include each other.
const maxPAMDepth = 8

func (r *Gatherer) needPAMStack(o draft.Object, name string, depth int) error {
	found, ok, err := r.Look(o.Tree, name)
	if err != nil || !ok || depth == 0 || !found.Info.Mode().IsRegular() || found.Info.Size() > maxConfig {
		return err
	}
	const what = "a stack of PAM's for it"
	if err := r.shipNeed(o, r.ruled(o, name, what)); err != nil {
		return err
	}
	text, err := rootfs.ReadFile(r.Trees[o.Tree], found.Path, maxConfig)
	if err != nil {
		return err
	}
	modules, includes := needspkg.PAMStack(text)
	for _, module := range modules {
		if err := r.needPAMModule(o, module); err != nil {
			return err
		}
	}
	for _, name := range includes {
		if err := r.needPAMStack(o, name, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// needPAMModule ships a module of PAM, which lies in a directory beside the library, and what it reads.
func (r *Gatherer) needPAMModule(o draft.Object, module string) error {
	dir := r.directoryOf(o.Tree, "libpam.so")
	if dir == "" {
		return nil
	}
	if module == "pam_unix.so" {
		if err := r.wantPasswords(o, path.Join(dir, "security", module)); err != nil {
			return err
		}
	}
	const what = "a module of PAM that its stack names"
	for _, name := range append([]string{path.Join(dir, "security", module)}, needspkg.PAMFiles[module]...) {
		if _, ok, err := r.Look(o.Tree, name); err != nil {
			return err
		} else if !ok {
			continue
		}
		if err := r.shipNeed(o, r.ruled(o, name, what)); err != nil {
			return err
		}
	}
	return nil
}

// wantPasswords notes what PAM needs to know the accounts of the system: passwords may stand in the
// one, and the other runs with its group's rights, so that the user has to say so.
func (r *Gatherer) wantPasswords(o draft.Object, module string) error {
	want := func(name, why string) {
		r.wanted = append(r.wanted, plan.Wanted{Path: name, Tree: o.Tree, By: o.To, Why: "asks PAM about accounts, which " + why, At: o.At, Told: true})
	}
	if _, ok, err := r.Look(o.Tree, needspkg.Shadow); err != nil || !ok {
		return err
	}
	want(needspkg.Shadow, "looks into it")
	found, ok, err := r.Look(o.Tree, module)
	if err != nil || !ok {
		return err
	}
	f, err := rootfs.OpenAt(r.Trees[o.Tree], found.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if file, broken := elffile.Read(f, found.Info.Size()); broken == nil {
		if own, _ := file.Symbols(f, found.Info.Size()).Referred(needspkg.ReadsShadow); len(own) == 0 {
			want(needspkg.ChecksPasswords, "starts it to look into "+needspkg.Shadow)
		}
	}
	return nil
}
