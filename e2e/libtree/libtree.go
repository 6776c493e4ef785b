// Package libtree runs the tests of another resolver, libtree, with Sinter in
// its place. The tests are not part of this repository: Debian's source package
// has them.
package libtree

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// sourcesList lists what apt is asked for, whatever this machine's own lists are.
const sourcesList = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
`

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
	list := filepath.Join(temp, "apt/sources.list")
	if err := os.WriteFile(list, []byte(sourcesList), 0o644); err != nil {
		return "", err
	}
	for _, args := range [][]string{{"update"}, {"source", "--download-only", "libtree"}, {"download", "libc6-i386"}} {
		options := []string{
			"-o", "Dir::Etc::sourcelist=" + list, "-o", "Dir::Etc::sourceparts=/dev/null",
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
