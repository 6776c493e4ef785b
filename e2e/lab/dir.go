package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Root returns the repository's root: the nearest directory upwards from the
// working directory that holds the product's go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module github.com/sinter-build/sinter\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the Sinter repository")
		}
		dir = parent
	}
}

// tools are the programs that a lab runs: e2e/cmd/buildkit-runc and those that
// tools/go.mod pins.
var tools = []string{"buildkit-runc", "buildkitd", "buildctl", "buildx", "dockerfile-frontend", "registry", "runc"}

func toolPath(root, name string) string {
	return filepath.Join(root, ".build", "bin", name)
}

func checkTools(root string) error {
	for _, name := range tools {
		if _, err := os.Stat(toolPath(root, name)); err != nil {
			return fmt.Errorf("%s is not built yet: run `make tools`", name)
		}
	}
	return nil
}

// makeDir makes a new directory under parent and locks it for as long as this
// process lives. Directories whose owner was killed before it could remove them
// are removed first.
func makeDir(parent string) (string, *os.File, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", nil, err
	}
	// Between its making and its locking a directory looks abandoned, so
	// that happens under a lock on the parent.
	all, err := lockFile(filepath.Join(parent, "lock"), unix.LOCK_EX)
	if err != nil {
		return "", nil, err
	}
	defer all.Close()
	if err := sweep(parent); err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return "", nil, err
	}
	lock, err := lockFile(filepath.Join(dir, "lock"), unix.LOCK_EX|unix.LOCK_NB)
	return dir, lock, err
}

func sweep(parent string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, "*", "lock"))
	if err != nil {
		return err
	}
	for _, path := range dirs {
		lock, err := lockFile(path, unix.LOCK_EX|unix.LOCK_NB)
		if err != nil {
			continue // in use
		}
		dir := filepath.Dir(path)
		err = errors.Join(os.RemoveAll(dir), RemoveCgroups(cgroupParent(dir)), lock.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

func lockFile(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// cgroupParent names the control group that holds a lab's containers.
func cgroupParent(dir string) string {
	return "sinter-lab-" + filepath.Base(dir)
}

// RemoveCgroups removes the control groups that containers leave when they are
// killed together with their runtime: in the unified hierarchy or, with
// version 1, in that of every controller.
func RemoveCgroups(parent string) error {
	var found []string
	for _, pattern := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
		dirs, err := filepath.Glob(filepath.Join(pattern, parent))
		if err != nil {
			return err
		}
		found = append(found, dirs...)
	}
	for _, top := range found {
		if err := removeCgroup(top); err != nil {
			return err
		}
	}
	return nil
}

func removeCgroup(top string) error {
	var dirs []string
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, dir := range slices.Backward(dirs) { // children first
		if err := unix.Rmdir(dir); err != nil {
			return fmt.Errorf("remove control group %s: %w", dir, err)
		}
	}
	return nil
}
