package runtimes

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/rootfs"
)

// Limits on the classes of an app.
const (
	maxClass       = 16 << 20  // bytes of one
	maxInnerJar    = 256 << 20 // bytes of an archive in another one
	maxArchives    = 3         // archives in one another
	maxClassesRead = 4 << 30   // bytes altogether
)

func isJavaArchive(name string) bool {
	return slices.Contains([]string{".jar", ".war", ".ear"}, path.Ext(name))
}

// javaApp is what the classes of an app name.
type javaApp struct {
	modules *javaModules
	// seen are the texts that have been looked at.
	seen map[string]bool
	// named are the classes of the runtime that the app names, "java/util/Locale", each
	// with the file that does.
	named map[string]string
	// charset is a file that names a charset beyond the common ones, and locale one that
	// chooses a locale.
	charset, locale string
	charsets        map[string]bool // those beyond
	// left is how many bytes may still be read.
	left    int64
	classes int
}

// chooseForApp keeps the modules that the app uses.
func (m *javaModules) chooseForApp() error {
	a := &javaApp{modules: m, seen: map[string]bool{}, named: map[string]string{}, charsets: m.extendedCharsets(), left: maxClassesRead}
	for _, f := range m.App {
		if err := a.file(f); err != nil {
			return err
		}
	}
	if a.classes == 0 {
		return cannotTrim("no file of the app has classes", "name the modules: modules: [java.base, …]")
	}
	return a.apply()
}

func (a *javaApp) file(f AppFile) error {
	if !isJavaArchive(f.Path) && path.Ext(f.Path) != ".class" {
		return nil
	}
	in, err := rootfs.OpenAt(f.Tree, f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if isJavaArchive(f.Path) {
		return a.archive(in, info.Size(), f.To, 1)
	}
	data, err := io.ReadAll(io.LimitReader(in, maxClass))
	if err == nil {
		a.class(data, f.To)
	}
	return err
}

// archive reads the classes of an archive. What is none the JVM does not take for one
// either.
func (a *javaApp) archive(r io.ReaderAt, size int64, name string, depth int) error {
	z, err := zip.NewReader(r, size)
	if errors.Is(err, zip.ErrFormat) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range z.File {
		service, isService := strings.CutPrefix(f.Name, "META-INF/services/")
		inner := isJavaArchive(f.Name) && depth < maxArchives
		switch {
		case path.Ext(f.Name) == ".class":
			data, err := a.content(f, maxClass)
			if err != nil {
				return err
			}
			a.class(data, name)
		case isService:
			a.name(strings.ReplaceAll(service, ".", "/"), name)
		case inner:
			data, err := a.content(f, maxInnerJar)
			if err != nil {
				return err
			}
			if err := a.archive(bytes.NewReader(data), int64(len(data)), name+"!/"+f.Name, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// content is that of a file in an archive.
func (a *javaApp) content(f *zip.File, limit int64) ([]byte, error) {
	tooMuch := cannotTrim("the classes of the app are larger than what is read", "name the modules: modules: [java.base, …]")
	if a.left -= int64(min(f.UncompressedSize64, maxClassesRead)); a.left < 0 {
		return nil, tooMuch
	}
	in, err := f.Open()
	if err != nil {
		return nil, cannotTrim(f.Name+" in an archive cannot be read: "+err.Error(), "make the archive anew")
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, cannotTrim(f.Name+" in an archive cannot be read: "+err.Error(), "make the archive anew")
	}
	if int64(len(data)) > limit {
		return nil, tooMuch
	}
	return data, nil
}

// class looks at one class. What is none the JVM refuses if it is ever loaded.
func (a *javaApp) class(data []byte, file string) {
	c, err := classfile.Parse(data)
	if err != nil {
		return
	}
	a.classes++
	for _, text := range c.Texts {
		if !a.seen[text] {
			a.seen[text] = true
			a.text(text, file)
		}
	}
	if a.locale == "" && slices.Contains(c.Texts, "java/util/Locale") && slices.ContainsFunc(c.Texts, choosesLocale) {
		a.locale = file
	}
	for _, text := range c.Strings {
		if a.charset == "" && len(text) < 32 && a.charsets[charsetName(text)] {
			a.charset = file
		}
	}
}

// text notes the classes in a constant: the name of one, "java/util/List", a descriptor,
// "(Ljava/util/List;)V", or a string that is looked up, "java.util.List".
func (a *javaApp) text(text, file string) {
	switch {
	case len(text) > maxJavaName || strings.ContainsAny(text, " \n"):
	case strings.ContainsRune(text, ';'):
		for part := range strings.SplitSeq(text, ";") {
			if at := strings.IndexByte(part, 'L'); at >= 0 {
				part, _, _ = strings.Cut(part[at+1:], "<")
				a.name(part, file)
			}
		}
	case strings.ContainsRune(text, '/'):
		a.name(text, file)
	case strings.ContainsRune(text, '.'):
		name := strings.ReplaceAll(text, ".", "/")
		if module := a.moduleOf(name); module != "" && a.modules.image.Has("/"+module+"/"+name+".class") {
			a.name(name, file)
		}
	}
}

// maxJavaName bounds a constant that is looked at, in bytes.
const maxJavaName = 64 << 10

func (a *javaApp) moduleOf(class string) string {
	return a.modules.image.Package(strings.ReplaceAll(path.Dir(class), "/", "."))
}

// name notes a class, if it is of a package of the runtime.
func (a *javaApp) name(class, file string) {
	if _, ok := a.named[class]; !ok && a.moduleOf(class) != "" {
		a.named[class] = file
	}
}

// apply keeps the modules of what is named, and those that the rules say.
func (a *javaApp) apply() error {
	m := a.modules
	for _, class := range slices.Sorted(maps.Keys(a.named)) {
		why := strings.ReplaceAll(class, "/", ".") + " is named in " + a.named[class]
		if err := m.keep(a.moduleOf(class), why); err != nil {
			return err
		}
	}
	if err := a.services(); err != nil {
		return err
	}
	for _, rule := range javaRules {
		if why := rule.when(a); why != "" {
			if err := m.keep(rule.module, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// services keeps the modules that have implementations of the services that the app
// names: it looks these up by the name of what they implement.
func (a *javaApp) services() error {
	for _, name := range a.modules.image.Modules() {
		if !a.modules.describes(name) {
			continue
		}
		module, err := a.modules.module(name)
		if err != nil {
			return err
		}
		for _, service := range module.Provides {
			if file, ok := a.named[service]; ok && !slices.Contains(commonServices, service) {
				if err := a.modules.keep(name, "it provides "+strings.ReplaceAll(service, "/", ".")+", which is named in "+file); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
