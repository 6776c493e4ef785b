package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/verify"
)

// packFile is the file of a pack on this machine.
type packFile struct {
	// name is how it was given: policy/web.yaml.
	name string
	// root is a directory that has it and what it extends, and path is its own below that,
	// slash-separated.
	root, path string
	// others are the paths of what it extends, direct or not, as far as they can be read.
	others []string
}

// Limits: how many files a pack and those above it may be in, and how large each may be.
const (
	maxPackFiles = 32
	maxPackSize  = 1 << 20
)

// findPack looks for what a pack extends by relative names, so that an organisation may keep
// packs in several directories. What is no pack is left where it is, unless it is beside the
// pack or below the working directory: whoever wrote the pack need not be who runs this.
func findPack(name string) (packFile, error) {
	file, err := filepath.Abs(name)
	if err != nil {
		return packFile{}, err
	}
	here, err := os.Getwd()
	if err != nil {
		return packFile{}, err
	}
	root := filepath.Dir(file)
	files := []string{file}
	for i := 0; i < len(files); i++ {
		extends, err := extended(files[i])
		if err != nil && i > 0 && !below(root, files[i]) && !below(here, files[i]) {
			files = slices.Delete(files, i, i+1)
			i--
			continue
		}
		for _, next := range extends {
			next = filepath.Join(filepath.Dir(files[i]), filepath.FromSlash(next))
			if len(files) < maxPackFiles && !slices.Contains(files, next) {
				files = append(files, next)
			}
		}
	}
	for _, next := range files {
		for !below(root, next) {
			root = filepath.Dir(root)
		}
	}
	p := packFile{name: name, root: root}
	for i, next := range files {
		rel, err := filepath.Rel(root, next)
		if err != nil {
			return p, err
		}
		if rel = filepath.ToSlash(rel); i == 0 {
			p.path = rel
		} else {
			p.others = append(p.others, rel)
		}
	}
	return p, nil
}

// extended are the files that the pack in a file extends.
func extended(file string) ([]string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxPackSize {
		return nil, errors.New("it is no pack")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return verify.Extends(data)
}

// below reports whether a file is in a directory or below it.
func below(dir, file string) bool {
	rel, err := filepath.Rel(dir, file)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// copyTo copies the files into a directory: no more than they is sent to a build. No link
// leads out of the root.
func (p packFile) copyTo(dir string) error {
	from, err := os.OpenRoot(p.root)
	if err != nil {
		return err
	}
	defer from.Close()
	for _, file := range append([]string{p.path}, p.others...) {
		data, err := from.ReadFile(filepath.FromSlash(file))
		if errors.Is(err, fs.ErrNotExist) && file != p.path {
			continue // the build says who asks for it
		}
		if err != nil {
			return fmt.Errorf("the policy %s: %w", p.name, err)
		}
		to := filepath.Join(dir, filepath.FromSlash(file))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// givenPacks are packs as a build gets them: their names, and the contexts that have their
// files.
type givenPacks struct {
	names, contexts []string
	// shown are pairs for strings.NewReplacer: what the build calls the files, and what
	// the user does.
	shown []string
}

// givePacks copies the files of packs into directories below dir.
func givePacks(names []string, dir string) (givenPacks, error) {
	var out givenPacks
	for i, name := range names {
		if !isFile(name) {
			out.names = append(out.names, name)
			continue
		}
		p, err := findPack(name)
		if err != nil {
			return out, err
		}
		source := fmt.Sprintf("sinter-policy-%d", i+1)
		to := filepath.Join(dir, source)
		if err := errors.Join(os.Mkdir(to, 0o755), p.copyTo(to)); err != nil {
			return out, err
		}
		given := source + ":" + path.Join("/", p.path)
		out.contexts = append(out.contexts, source+"="+to)
		out.names = append(out.names, given)
		out.shown = append(out.shown, given, name, "source "+source, shorter(p.root))
	}
	return out, nil
}

// shorter is a directory as a person would write it.
func shorter(dir string) string {
	if here, err := os.Getwd(); err == nil && below(here, dir) {
		if rel, err := filepath.Rel(here, dir); err == nil {
			return "the directory " + rel
		}
	}
	return "the directory " + dir
}

// show gives packs the names that the user gave them.
func (g givenPacks) show(found *frontend.Check) {
	replacer := strings.NewReplacer(g.shown...)
	for i := range found.Findings {
		d := &found.Findings[i]
		d.Message = replacer.Replace(d.Message)
		d.Fixes = slices.Clone(d.Fixes)
		for n := range d.Fixes {
			d.Fixes[n] = replacer.Replace(d.Fixes[n])
		}
	}
	for _, image := range found.Images {
		for i := range image.Verdict.Packs {
			used := &image.Verdict.Packs[i]
			used.Reference = replacer.Replace(used.Reference)
		}
		notes := diag.List(image.Verdict.Notes)
		for i := range notes {
			notes[i].Message = replacer.Replace(notes[i].Message)
		}
	}
}
