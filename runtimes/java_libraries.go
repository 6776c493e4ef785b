package runtimes

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// leaves returns what reports whether a file of a runtime stays out with the modules that
// are not kept: their native libraries and licences; the archives of classes that were made
// of all modules; the launchers of tools; what only serves to make or to read runtimes.
func (m *javaModules) leaves() (func(string, fs.FileInfo) bool, error) {
	left := map[string]bool{}
	for _, name := range []string{"lib/modules", "lib/classlist", "lib/jrt-fs.jar", "lib/jexec", "lib/jar.binfmt"} {
		left[m.home+"/"+name] = true
	}
	for _, module := range m.image.Modules() {
		if _, ok := m.kept[module]; !ok {
			left[m.home+"/legal/"+module] = true
		}
	}
	libraries, err := m.unusedLibraries()
	if err != nil {
		return nil, err
	}
	for _, name := range libraries {
		left[name] = true
	}
	return func(name string, info fs.FileInfo) bool {
		dir := path.Dir(name)
		switch {
		case left[name], m.leavesForPeople(name, info):
			return true
		case dir == m.home+"/bin":
			return name != m.Path && path.Base(name) != "java"
		}
		return path.Ext(name) == ".jsa" && path.Dir(dir) == m.home+"/lib"
	}, nil
}

// agents are the libraries that the JVM loads for a module without a class that says so.
var agents = map[string]string{"jdwp": "jdk.jdwp.agent", "dt_socket": "jdk.jdwp.agent", "instrument": "java.instrument"}

// unusedLibraries are the native libraries that only modules load which are not kept.
func (m *javaModules) unusedLibraries() ([]string, error) {
	files, err := m.libraries()
	if err != nil {
		return nil, err
	}
	loadedBy, err := m.loaders()
	if err != nil {
		return nil, err
	}
	for name, module := range agents {
		loadedBy[name] = append(loadedBy[name], module)
	}
	unused := map[string]bool{}
	for name := range files {
		modules := loadedBy[name]
		unused[name] = len(modules) > 0 && !slices.ContainsFunc(modules, func(module string) bool {
			_, ok := m.kept[module]
			return ok
		})
	}
	var out []string
	for name, file := range files {
		if !unused[name] && len(loadedBy[name]) == 0 {
			// No class loads it; another library of those that are not used may.
			if unused[name], err = m.needsUnused(file, unused); err != nil {
				return nil, err
			}
		}
		if unused[name] {
			out = append(out, file)
		}
	}
	return out, nil
}

// libraries are the files of the native libraries of a runtime, by the names that classes
// load them by: "net" for lib/libnet.so.
func (m *javaModules) libraries() (map[string]string, error) {
	dir := m.home + "/lib"
	list, err := fs.ReadDir(m.Tree, rootfs.Name(dir))
	if err != nil {
		return nil, rootfs.UnlessAbsent(err)
	}
	out := map[string]string{}
	for _, e := range list {
		name, isLib := strings.CutPrefix(e.Name(), "lib")
		name, isShared := strings.CutSuffix(name, ".so")
		if isLib && isShared && e.Type().IsRegular() {
			out[name] = dir + "/" + e.Name()
		}
	}
	return out, nil
}

// loaders are the modules whose classes load a native library, by its name.
func (m *javaModules) loaders() (map[string][]string, error) {
	out := map[string][]string{}
	err := m.image.Each(func(name string, data []byte) error {
		if !bytes.Contains(data, []byte("loadLibrary")) || path.Ext(name) != ".class" {
			return nil
		}
		c, err := classfile.Parse(data)
		if err != nil {
			return err
		}
		module, _, _ := strings.Cut(name[1:], "/")
		for _, text := range c.Strings {
			out[text] = append(out[text], module)
		}
		return nil
	})
	return out, err
}

// needsUnused reports whether a library needs one that is not used.
func (m *javaModules) needsUnused(file string, unused map[string]bool) (bool, error) {
	f, err := rootfs.OpenAt(m.Tree, file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	e, err := elffile.Read(f, info.Size())
	if elffile.IsFormat(err) {
		return false, nil // the resolver says so
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(e.Needed, func(needed string) bool {
		return unused[strings.TrimSuffix(strings.TrimPrefix(needed, "lib"), ".so")]
	}), nil
}
