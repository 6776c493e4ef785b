package resolve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// addTzdata ships the time zones as one source has them.
func (r *resolver) addTzdata(part included) error {
	if r.inBase(part) {
		return nil
	}
	origin, ok, err := r.originOf(part)
	if err != nil || !ok {
		return err
	}
	if ok, err = r.hasTimeZone(origin); err != nil {
		return err
	}
	if !ok {
		r.reportPartUnusable(part, origin, "there is no time zone in it, a file that begins with TZif")
		return nil
	}
	c := copier{resolver: r, tree: origin.tree, reason: part.reason(), whole: true}
	c.file.At, c.file.From = part.at, spec.Ref{Source: origin.tree, Path: parts.Zoneinfo}
	return c.directory(origin.Path, parts.Zoneinfo)
}

// hasTimeZone reports whether a directory holds a file in the format of tzfile(5).
func (r *resolver) hasTimeZone(dir partOrigin) (bool, error) {
	tree := r.Trees[dir.tree]
	looked, found := 0, false
	err := rootfs.Walk(tree, rootfs.Name(dir.Path), func(name string, e fs.DirEntry, err error) error {
		if looked++; err != nil || looked > draft.MaxFiles {
			return errors.Join(err, fs.SkipAll)
		}
		if !e.Type().IsRegular() {
			return nil
		}
		if found, err = beginsWith(tree, name, "TZif"); err != nil || !found {
			return err
		}
		return fs.SkipAll
	})
	return found, err
}

func beginsWith(tree fs.FS, name, text string) (bool, error) {
	f, err := tree.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(len(text))))
	return string(data) == text, err
}

// maxOSRelease bounds an os-release file, in bytes; Debian's has 270.
const maxOSRelease = 64 << 10

// distributionID is the line of os-release(5) that names the distribution.
var distributionID = regexp.MustCompile(`(?m)^ID=["']?[A-Za-z0-9]`)

// addOSRelease ships the file that says which distribution the files are from.
func (r *resolver) addOSRelease(part included) error {
	if r.inBase(part) {
		return nil
	}
	origin, ok, err := r.originOf(part)
	if err != nil || !ok {
		return err
	}
	data, err := rootfs.ReadFile(r.Trees[origin.tree], origin.Path, maxOSRelease)
	if err != nil && !errors.Is(err, rootfs.ErrTooLarge) {
		return fmt.Errorf("%s: %w", origin, err)
	}
	if !distributionID.Match(data) {
		r.reportPartUnusable(part, origin, "it names no distribution: it has no ID=")
		return nil
	}
	if l := origin.Links; len(l) == 1 && l[0].Path == parts.OSReleaseFile && origin.Path == parts.OSReleaseData {
		r.WantLinks(origin.tree, origin.Resolved, part.reason())
		r.wantPartFile(part, origin, parts.OSReleaseData)
		return nil
	}
	// However else a source arranges it, that decides no path of the image.
	r.wantPartFile(part, origin, parts.OSReleaseFile)
	return nil
}
