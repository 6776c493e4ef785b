package gatewaytest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/solver/pb"
)

// fileOp carries out the actions of a file vertex as BuildKit does
// (solver/llbsolver/file/backend.go).
func fileOp(op *pb.FileOp, inputs []Tree) (Tree, error) {
	all := inputs
	var last Tree
	for _, a := range op.Actions {
		base, err := pick(all, a.Input)
		if err != nil {
			return nil, err
		}
		w := work{tree: maps.Clone(base)}
		if err := w.do(a, all); err != nil {
			return nil, err
		}
		last = w.tree
		all = append(slices.Clip(all), last)
	}
	return last, nil
}

func pick(all []Tree, index int64) (Tree, error) {
	switch {
	case index < 0:
		return Tree{}, nil
	case int(index) < len(all):
		return all[index], nil
	}
	return nil, fmt.Errorf("a file action has the input %d of %d", index, len(all))
}

// work is a tree that an action changes.
type work struct{ tree Tree }

func (w *work) do(a *pb.FileAction, all []Tree) error {
	switch {
	case a.GetMkdir() != nil:
		return w.mkdir(a.GetMkdir())
	case a.GetMkfile() != nil:
		x := a.GetMkfile()
		file := File{Mode: fs.FileMode(x.Mode) & fs.ModePerm, Data: x.Data, Time: timeOf(x.Timestamp)}
		return w.make(x.Path, file, x.Owner)
	case a.GetSymlink() != nil:
		x := a.GetSymlink()
		if _, exists := w.tree[x.Newpath]; exists {
			return fmt.Errorf("symlink %s: %w", x.Newpath, fs.ErrExist)
		}
		return w.make(x.Newpath, File{Mode: fs.ModeSymlink | 0o777, Target: x.Oldpath, Time: timeOf(x.Timestamp)}, x.Owner)
	case a.GetCopy() != nil:
		from, err := pick(all, a.SecondaryInput)
		if err != nil {
			return err
		}
		return w.copy(from, a.GetCopy())
	}
	return errors.New("there is no such file action in memory")
}

// timeOf is a timestamp of LLB; what has none has the time of the build, which no
// image must carry.
func timeOf(ns int64) time.Time {
	if ns < 0 {
		return time.Unix(1<<32, 0)
	}
	return time.Unix(0, ns)
}

func (w *work) mkdir(x *pb.FileActionMkDir) error {
	at, err := w.tree.resolve(x.Path, true)
	if err != nil {
		return err
	}
	if _, exists := w.tree.lookup(at); exists {
		return nil
	}
	return w.make(at, File{Mode: fs.ModeDir | fs.FileMode(x.Mode)&fs.ModePerm, Time: timeOf(x.Timestamp)}, x.Owner)
}

// make adds a file to a directory that is there.
func (w *work) make(name string, file File, owner *pb.ChownOpt) error {
	dir, err := w.tree.resolve(path.Dir(name), true)
	if err != nil {
		return err
	}
	if parent, ok := w.tree.lookup(dir); !ok || !parent.Mode.IsDir() {
		return fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	if err := chown(&file, owner); err != nil {
		return err
	}
	w.add(path.Join(dir, path.Base(name)), file)
	return nil
}

// add puts a file into its directory, whose time changes.
func (w *work) add(name string, file File) {
	w.tree[name] = file
	if dir, ok := w.tree[path.Dir(name)]; ok {
		dir.Time = timeOf(-1)
		w.tree[path.Dir(name)] = dir
	}
}

func chown(file *File, owner *pb.ChownOpt) error {
	if owner == nil {
		return nil
	}
	for id, opt := range map[*uint32]*pb.UserOpt{&file.UID: owner.User, &file.GID: owner.Group} {
		if opt == nil {
			continue
		}
		if opt.GetByName() != nil {
			return errors.New("an owner by name")
		}
		*id = opt.GetByID()
	}
	return nil
}

func (w *work) copy(from Tree, x *pb.FileActionCopy) error {
	if x.AllowWildcard || len(x.IncludePatterns)+len(x.ExcludePatterns) > 0 || x.ModeStr != "" {
		return fmt.Errorf("there is no such copy in memory: %v", x)
	}
	src, err := from.resolve(x.Src, x.FollowSymlink)
	if err != nil {
		return err
	}
	file, ok := from.lookup(src)
	if !ok {
		return fmt.Errorf("lstat %s: %w", x.Src, fs.ErrNotExist)
	}
	dst, err := w.tree.resolve(x.Dest, true)
	if err != nil {
		return err
	}
	if x.AttemptUnpackDockerCompatibility {
		return w.unpack(file.Data, dst)
	}
	there, exists := w.tree.lookup(dst)
	contents := x.DirCopyContents && file.Mode.IsDir()
	if exists && there.Mode.IsDir() && !contents {
		dst = path.Join(dst, path.Base(src))
	}
	made, err := w.parents(dst, x)
	if err != nil {
		return err
	}
	if err := w.copyAll(from, src, dst, x); err != nil {
		return err
	}
	w.keepTime(made, x.Timestamp)
	return nil
}

// keepTime gives directories that a copy has made on the way the time of the copy, which
// they have lost with what was put into them.
func (w *work) keepTime(made []string, timestamp int64) {
	for _, name := range made {
		dir := w.tree[name]
		dir.Time = timeOf(timestamp)
		w.tree[name] = dir
	}
}

// parents makes the directory that a copy goes to, if it may.
func (w *work) parents(dst string, x *pb.FileActionCopy) (made []string, err error) {
	if parent, ok := w.tree.lookup(path.Dir(dst)); ok && parent.Mode.IsDir() {
		return nil, nil
	}
	if !x.CreateDestPath {
		return nil, fmt.Errorf("failed to stat %s: %w", x.Dest, fs.ErrNotExist)
	}
	for _, up := range ancestors(dst) {
		if _, ok := w.tree[up]; ok {
			continue
		}
		dir := File{Mode: fs.ModeDir | 0o755, Time: timeOf(x.Timestamp)}
		if err := chown(&dir, x.Owner); err != nil {
			return nil, err
		}
		w.add(up, dir)
		made = append(made, up)
	}
	return made, nil
}

// ancestors are the directories above a path, the uppermost first.
func ancestors(name string) []string {
	var out []string
	for up := path.Dir(name); up != "/"; up = path.Dir(up) {
		out = append([]string{up}, out...)
	}
	return out
}

// copyAll copies a file, or a directory with all that is in it. A directory that is
// there already keeps what it is like when it is the destination itself, and gets
// the attributes of its source below.
func (w *work) copyAll(from Tree, src, dst string, x *pb.FileActionCopy) error {
	names := append([]string{src}, from.below(src)...)
	for _, name := range names {
		file, _ := from.lookup(name)
		to := path.Join(dst, strings.TrimPrefix(name, src))
		if to == "/" {
			continue
		}
		there, exists := w.tree[to]
		if exists && there.Mode.IsDir() != file.Mode.IsDir() {
			return fmt.Errorf("cannot copy %s over %s: one is a directory", name, to)
		}
		if name == src && exists && file.Mode.IsDir() {
			continue
		}
		if err := apply(&file, x); err != nil {
			return err
		}
		w.add(to, file)
	}
	w.restore(from, names, src, dst, x)
	return nil
}

// apply gives a copied file what the action says.
func apply(file *File, x *pb.FileActionCopy) error {
	if x.Mode >= 0 && file.Mode&fs.ModeSymlink == 0 {
		file.Mode = file.Mode.Type() | goMode(uint32(x.Mode))
	}
	if x.Timestamp >= 0 {
		file.Time = timeOf(x.Timestamp)
	}
	return chown(file, x.Owner)
}

// restore sets the times of directories after they were filled.
func (w *work) restore(from Tree, names []string, src, dst string, x *pb.FileActionCopy) {
	for _, name := range names {
		to := path.Join(dst, strings.TrimPrefix(name, src))
		dir, ok := w.tree[to]
		if !ok || !dir.Mode.IsDir() {
			continue
		}
		dir.Time = from[name].Time
		if x.Timestamp >= 0 {
			dir.Time = timeOf(x.Timestamp)
		}
		w.tree[to] = dir
	}
}
