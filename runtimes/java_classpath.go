package runtimes

import (
	"archive/zip"
	"io"
	"path"
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
	in, err := rootfs.OpenAt(tree, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(in, info.Size())
	if err != nil {
		return nil, nil //nolint:nilerr // the JVM takes it for no archive either
	}
	for _, f := range z.File {
		if !strings.EqualFold(f.Name, "META-INF/MANIFEST.MF") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, nil //nolint:nilerr // as above
		}
		text, err := io.ReadAll(io.LimitReader(r, maxManifest))
		if err != nil {
			return nil, nil //nolint:nilerr // as above
		}
		return classPath(string(text), path.Dir(name)), r.Close()
	}
	return nil, nil
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

// classPathNeeds are what archives of the runtime's own tree name in their manifests.
func (j javaRequest) classPathNeeds() ([]Need, error) {
	var out []Need
	for _, f := range j.App {
		if !isJavaArchive(f.Path) || !f.SameTree {
			continue
		}
		names, err := ClassPath(f.Tree, f.Path)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			out = append(out, Need{Path: name, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: f.To, Name: name}})
		}
	}
	return out, nil
}
