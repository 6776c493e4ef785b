package tests

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/watch"
)

// refused is the clue of a file of the image that its user could not use: that file, or
// the directory above it that is closed. It is nil when the modes do not tell.
func (l *lookup) refused(a watch.Access) *Clue {
	at, err := rootfs.Resolve(l.image, rootfs.Name(a.Path))
	if err != nil {
		return nil
	}
	names := strings.Split(strings.Trim(at.Path, "/"), "/")
	for n := range names {
		dir := "/" + strings.Join(names[:n+1], "/")
		info, err := l.image.Lstat(rootfs.Name(dir))
		if err != nil {
			return nil
		}
		needs := uint32(1) // to go through it
		if n == len(names)-1 && a.Use != watch.Exec {
			needs = 4
		}
		if !l.may(info, needs) {
			return refusal(a, dir, info)
		}
	}
	return nil
}

// may reports whether the image's user has a right by a file's mode: 4 to read, 2 to
// write, 1 to execute.
func (l *lookup) may(info fs.FileInfo, right uint32) bool {
	stat, mode := rootfs.StatOf(info), uint32(info.Mode().Perm())
	switch {
	case l.User.UID == 0:
		return right != 1 || info.IsDir() || mode&0o111 != 0
	case stat.UID == l.User.UID:
		mode >>= 6
	case stat.GID == l.User.GID:
		mode >>= 3
	}
	return mode&right == right
}

func refusal(a watch.Access, name string, info fs.FileInfo) *Clue {
	stat := rootfs.StatOf(info)
	c := &Clue{Path: name, Kind: plan.KindFile, Error: a.Error, Write: a.Write || a.Use == watch.Change,
		Mode: plan.ModeOf(info.Mode()), UID: stat.UID, GID: stat.GID}
	if info.IsDir() {
		c.Kind = plan.KindDir
	}
	return c
}

// refusedToWrite is the clue of something that could not be written or made: the
// directory that it would be in. What is there and cannot be written to is a clue by
// itself.
func (l *lookup) refusedToWrite(a watch.Access) *Clue {
	if !slices.Contains([]string{"EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"}, a.Error) {
		return nil
	}
	if at, err := rootfs.Resolve(l.image, rootfs.Name(a.Path)); err == nil && a.Use == watch.Open && a.Error != "EROFS" {
		return refusal(a, a.Path, at.Info)
	}
	dir := path.Dir(a.Path)
	if at, err := rootfs.Resolve(l.image, rootfs.Name(dir)); err == nil {
		if a.Error == "ENOENT" {
			return nil // it was to be changed, not made
		}
		return refusal(a, at.Path, at.Info)
	}
	return &Clue{Path: l.without(dir), Kind: plan.KindDir, Error: "ENOENT", Write: true}
}

// without is a path that the image does not have, without the links on the way: volumes
// are mounted where those lead.
func (l *lookup) without(name string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if at, err := rootfs.Resolve(l.image, rootfs.Name(dir)); err == nil {
			return path.Join(at.Path, strings.TrimPrefix(name, dir))
		}
		if dir == "/" {
			return name
		}
	}
}
