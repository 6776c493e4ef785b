package runtimes

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/jimage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// atModules is the spec's setting.
const atModules = "runtime.java.modules"

// javaWhole is the error for a runtime of which no part can be made.
type javaWhole struct {
	why   string
	fixes []string
}

func (e *javaWhole) Error() string { return e.why }

func cannotTrim(why string, fixes ...string) error { return &javaWhole{why, fixes} }

// javaModules chooses the modules of a Java runtime that an image has.
type javaModules struct {
	javaRequest
	image *jimage.Image
	// kept are the modules that stay, each with what they are known to be needed by.
	kept map[string]string
	// missing are modules that the spec names and the runtime does not have.
	missing []string
}

// trimmed is what ships of a runtime of which the spec wants some modules. The error is a
// javaWhole where that cannot be done.
func (j javaRequest) trimmed() (Result, error) {
	if !j.Makes {
		return Result{}, cannotTrim("files are made of others only where Sinter's own image runs", "build with that image as the frontend")
	}
	found, err := rootfs.Resolve(j.Tree, j.home+"/lib/modules")
	if rootfs.IsAbsent(err) {
		return Result{}, cannotTrim("it has none, as all before Java 9", "leave out modules")
	}
	if err != nil {
		return Result{}, err
	}
	f, err := rootfs.OpenAt(j.Tree, found.Path)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	image, err := jimage.Open(f, found.Info.Size())
	if err != nil {
		return Result{}, unlessFormat(err)
	}
	m := &javaModules{javaRequest: j, image: image, kept: map[string]string{}}
	if err := m.choose(); err != nil {
		return Result{}, unlessFormat(err)
	}
	return m.result(found.Path)
}

// unlessFormat makes a javaWhole of an error for a file that is not understood.
func unlessFormat(err error) error {
	if errors.Is(err, jimage.ErrFormat) || errors.Is(err, classfile.ErrFormat) {
		return cannotTrim(err.Error(), "leave out modules; what jlink makes must not be compressed")
	}
	return err
}

func (m *javaModules) result(file string) (Result, error) {
	made := &plan.Made{Kind: plan.MadeJavaModules, Modules: slices.Sorted(maps.Keys(m.kept))}
	subset, err := javaSubset(m.image, made.Modules)
	if err != nil {
		return Result{}, unlessFormat(err)
	}
	leave, err := m.leaves()
	if err != nil {
		return Result{}, unlessFormat(err)
	}
	out := Result{Needs: []Need{
		{Path: m.home, To: m.destination(), Evidence: m.evidence("the JVM around it"), Leave: leave},
		{Path: file, Made: made, Size: subset.Size(), Evidence: m.evidence(m.words())},
	}, Decides: []string{m.home}}
	if to := m.destination(); to != "" {
		out.Needs[1].To = path.Join(to, "lib/modules")
	}
	if _, ok := m.kept["java.desktop"]; ok && exists(m.Tree, m.home+"/lib/libfontmanager.so") {
		m.addFonts(&out)
	}
	for _, name := range m.missing {
		fixes := []string{"name one of " + strings.Join(m.image.Modules(), ", ")}
		if near := diag.Nearest(name, m.image.Modules()); near != "" {
			fixes = []string{"did you mean " + near + "?"}
		}
		out.Missing = append(out.Missing, Missing{Name: "module " + name, In: "the spec", At: atModules, Fails: true,
			Runtime: "java.lang.module.FindException: Module " + name + " not found", Fixes: fixes})
	}
	return out, nil
}

// words says which modules there are and why: "3 of 70 modules: java.base, …".
func (m *javaModules) words() string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.kept)) {
		if why := m.kept[name]; why != "" {
			name += " (" + why + ")"
		}
		names = append(names, name)
	}
	return fmt.Sprintf("%d of %d modules: %s", len(names), len(m.image.Modules()), strings.Join(names, ", "))
}

// javaSubset is a runtime's modules without others.
func javaSubset(image *jimage.Image, modules []string) (*jimage.Subset, error) {
	replace, err := bootReplacements(image)
	if err != nil {
		return nil, err
	}
	return image.Subset(func(name string) bool { return slices.Contains(modules, name) }, replace)
}

// WriteMade writes a file that is made of one in a tree.
func WriteMade(w io.Writer, tree rootfs.FS, from string, made plan.Made) error {
	f, err := rootfs.OpenAt(tree, from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	image, err := jimage.Open(f, info.Size())
	if err != nil {
		return err
	}
	subset, err := javaSubset(image, made.Modules)
	if err != nil {
		return err
	}
	_, err = subset.WriteTo(w)
	return err
}

// choose decides which modules stay.
func (m *javaModules) choose() error {
	if err := m.keep("java.base", ""); err != nil {
		return err
	}
	for _, name := range m.Settings.Java.Modules {
		switch {
		case name == spec.ModulesAuto:
			if err := m.chooseForApp(); err != nil {
				return err
			}
		case !m.describes(name):
			m.missing = append(m.missing, name)
		default:
			if err := m.keep(name, "named in the spec"); err != nil {
				return err
			}
		}
	}
	for _, name := range m.addedModules() {
		if err := m.keep(name, "the JVM is started with it"); err != nil {
			return err
		}
	}
	return nil
}

func (m *javaModules) describes(module string) bool { return m.image.Has(moduleInfo(module)) }

// moduleInfo is the resource that describes a module.
func moduleInfo(module string) string { return "/" + module + "/module-info.class" }

// module is what a module says of itself.
func (m *javaModules) module(name string) (*classfile.Module, error) {
	data, err := m.image.Read(moduleInfo(name))
	if err != nil {
		return nil, err
	}
	c, err := classfile.Parse(data)
	if err != nil {
		return nil, err
	}
	if c.Module == nil {
		return nil, classfile.ErrFormat
	}
	return c.Module, nil
}

// keep keeps a module with those that it requires, if the runtime has it.
func (m *javaModules) keep(name, why string) error {
	type want struct{ name, why string }
	for todo := []want{{name, why}}; len(todo) > 0; todo = todo[1:] {
		next := todo[0]
		if _, ok := m.kept[next.name]; ok || !m.describes(next.name) {
			continue
		}
		m.kept[next.name] = next.why
		module, err := m.module(next.name)
		if err != nil {
			return err
		}
		for _, r := range module.Requires {
			if !r.Static {
				todo = append(todo, want{r.Name, "required by " + next.name})
			}
		}
	}
	return nil
}
