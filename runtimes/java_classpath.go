package runtimes

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// maxManifest bounds the manifest of an archive, in bytes.
const maxManifest = 1 << 20

// ClassPath lists the archives and directories of a tree that a Java archive names in
// Class-Path of its manifest, by their absolute paths: the JVM loads classes from them, too
// (JAR File Specification, Class-Path Attribute). There are none in what is no archive.
func ClassPath(tree rootfs.FS, name string) ([]string, error) {
	return classPathFrom(tree, name, path.Dir(name))
}

// classPathFrom is ClassPath for an archive that is in another directory than in the tree.
func classPathFrom(tree rootfs.FS, name, dir string) ([]string, error) {
	text, err := textIn(tree, name, func(member string) bool { return strings.EqualFold(member, "META-INF/MANIFEST.MF") })
	return classPath(text, dir), err
}

// ListedArchives are what an archive lists of those beside it, by their absolute paths: Gradle has
// the names of the archives that a module of it needs in the properties of the module.
func ListedArchives(tree rootfs.FS, name string) ([]string, error) {
	text, err := textIn(tree, name, func(member string) bool { return strings.HasSuffix(member, "classpath.properties") })
	var out []string
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune("=, \t\r\n", c) }) {
		if path.Ext(word) == ".jar" && path.Base(word) == word {
			out = append(out, path.Join(path.Dir(name), word))
		}
	}
	return out, err
}

// textIn reads the first of an archive's members that is asked for. It is empty where there is none, and
// for what is no archive.
func textIn(tree rootfs.FS, name string, asked func(member string) bool) (string, error) {
	in, err := rootfs.OpenAt(tree, name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	z, err := zip.NewReader(in, info.Size())
	if err != nil {
		return "", nil //nolint:nilerr // the JVM takes it for no archive either
	}
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return asked(f.Name) })
	if i < 0 {
		return "", nil
	}
	r, err := z.File[i].Open()
	if err != nil {
		return "", nil //nolint:nilerr // as above
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return "", nil //nolint:nilerr // as above
	}
	return string(text), nil
}

// classPath reads a manifest, whose lines are broken after 72 bytes: a line that begins with
// a space continues the one before.
func classPath(manifest, dir string) []string {
	manifest = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(manifest)
	manifest = strings.ReplaceAll(manifest, "\n ", "")
	var out []string
	for line := range strings.Lines(manifest) {
		key, value, _ := strings.Cut(line, ":")
		if key == "" || key == "\n" {
			break // the main section ends
		}
		if !strings.EqualFold(key, "Class-Path") {
			continue
		}
		for entry := range strings.FieldsSeq(value) {
			entry = strings.TrimPrefix(entry, "file:")
			if strings.Contains(entry, ":") {
				continue // a URL
			}
			if !path.IsAbs(entry) {
				entry = path.Join(dir, entry)
			}
			out = append(out, path.Clean(entry))
		}
	}
	return out
}

// classPathNeeds are what archives of the app name in their manifests, and what the class path of
// a command does: in the runtime's own tree, by the path that it has in the image.
func (j javaRequest) classPathNeeds() (Result, error) {
	var out Result
	started := j.startedArchives()
	for _, f := range j.App {
		if !isJavaArchive(f.Path) {
			continue
		}
		names, err := ClassPath(f.Tree, f.Path)
		if err != nil {
			return out, err
		}
		moved, err := classPathFrom(f.Tree, f.Path, path.Dir(f.To))
		if err != nil {
			return out, err
		}
		var missing []string
		for i, name := range names {
			to := moved[i]
			switch {
			case exists(j.Image, to):
			case f.SameTree && exists(j.Tree, name):
				out.Needs = append(out.Needs, Need{Path: name, To: to, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: name}})
			case exists(j.Tree, to):
				out.Needs = append(out.Needs, Need{Path: to, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: to}})
			default:
				missing = append(missing, to)
			}
		}
		if len(missing) > 0 && slices.Contains(started, f.To) {
			out.Missing = append(out.Missing, missingArchives(missing, f))
		}
	}
	for _, name := range j.commandClassPath() {
		if isJavaArchive(name) && !exists(j.Image, name) && exists(j.Tree, name) {
			out.Needs = append(out.Needs, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: "the class path of the command", Name: name}})
		}
	}
	return out, nil
}

// startedArchives are the archives that commands start with -jar.
func (j javaRequest) startedArchives() []string {
	var out []string
	for _, c := range j.Commands {
		if i := slices.Index(c, "-jar"); i >= 0 && i+1 < len(c) {
			out = append(out, path.Join("/", j.Workdir, c[i+1]))
			if path.IsAbs(c[i+1]) {
				out[len(out)-1] = path.Clean(c[i+1])
			}
		}
	}
	return out
}

// commandClassPath is what the class paths and the module paths of commands that start Java have, by
// absolute paths.
func (j javaRequest) commandClassPath() []string {
	var out []string
	for _, c := range j.Commands {
		if path.Base(c[0]) != "java" {
			continue
		}
		for i, option := range c[:len(c)-1] {
			if slices.Contains([]string{"-cp", "-classpath", "--class-path", "-p", "--module-path"}, option) {
				for name := range strings.SplitSeq(c[i+1], ":") {
					if path.IsAbs(name) {
						out = append(out, path.Clean(name))
					}
				}
			}
		}
	}
	return out
}

// missingArchives tells of what the manifest of an archive that is started names in vain: the JVM
// passes over it, until a class is asked for.
func missingArchives(names []string, f AppFile) Missing {
	m := Missing{
		Name: names[0], In: f.To, At: f.At,
		Runtime: "java.lang.NoClassDefFoundError",
		Fixes:   []string{fmt.Sprintf("add what Class-Path of its manifest names to files, such as %s", path.Dir(names[0]))},
	}
	if more := len(names) - 1; more > 0 {
		m.Name = fmt.Sprintf("%s and %d more", names[0], more)
	}
	return m
}
