// Package libtree runs the tests of another resolver, libtree, with Sinter in
// its place. The tests are not part of this repository: Debian's source package
// has them.
package libtree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// fetch returns a directory below a cache directory that has libtree's source
// archive, libtree_*.orig.tar.gz, and the package libc6-i386 with a loader for
// 32-bit programs. They are fetched when they are not there.
func fetch(ctx context.Context, cache string, log io.Writer) (string, error) {
	cache, err := filepath.Abs(cache)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "libtree-bookworm")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintln(log, "fetching libtree's tests (once)")
	temp := dir + ".making"
	if err := os.RemoveAll(temp); err != nil {
		return "", err
	}
	for _, sub := range []string{"apt/lists/partial", "apt/cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(temp, sub), 0o755); err != nil {
			return "", err
		}
	}
	parts := filepath.Join(temp, "apt/sources")
	if err := withSources(parts); err != nil {
		return "", err
	}
	for _, args := range [][]string{{"update"}, {"source", "--download-only", "libtree"}, {"download", "libc6-i386"}} {
		options := []string{
			"-o", "Dir::Etc::sourcelist=/dev/null", "-o", "Dir::Etc::sourceparts=" + parts,
			"-o", "Dir::State::lists=" + filepath.Join(temp, "apt/lists"), "-o", "Dir::Cache=" + filepath.Join(temp, "apt/cache"),
			"-o", "APT::Architecture=amd64", "-o", "APT::Sandbox::User=root",
		}
		cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
		cmd.Dir = temp
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	if err := os.RemoveAll(filepath.Join(temp, "apt")); err != nil {
		return "", err
	}
	return dir, os.Rename(temp, dir)
}

// oneLine and deb822 are the beginnings of what names an archive in a .list and
// in a .sources file: sources.list(5).
var (
	oneLine = regexp.MustCompile(`(?m)^deb\s`)
	deb822  = regexp.MustCompile(`(?mi)^Types:\s*deb\s*$`)
)

// withSources writes this machine's lists of archives into a new directory, with
// the source packages of each, which most machines do not ask for.
func withSources(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	names := []string{"/etc/apt/sources.list"}
	for _, pattern := range []string{"*.list", "*.sources"} {
		more, err := filepath.Glob("/etc/apt/sources.list.d/" + pattern)
		if err != nil {
			return err
		}
		names = append(names, more...)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		sources := oneLine.ReplaceAll(text, []byte("deb-src "))
		if bytes.Equal(sources, text) {
			sources = nil
		}
		text = deb822.ReplaceAll(text, []byte("Types: deb deb-src"))
		text = append(append(text, '\n'), sources...)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
