// Package corpus holds a large Debian tree against which package loader is
// compared, program by program, with the tree's own loader: `make corpus`.
package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed packages.txt
var packageList string

// Documentation is left out of the trees, as programs do not need it to start.
var common = []string{
	"--skip=output/dev",
	`--aptopt=Acquire::Languages "none"`,
	"--dpkgopt=path-exclude=/usr/share/man/*",
	"--dpkgopt=path-exclude=/usr/share/locale/*",
	"--dpkgopt=path-exclude=/usr/share/doc/*",
	"--dpkgopt=path-include=/usr/share/doc/*/copyright",
}

// recipes are what mmdebstrap is told besides the packages, by architecture.
// Another machine's packages are extracted only: nothing of them can run here.
var recipes = map[string][]string{
	"amd64": append([]string{"--quiet", "--variant=minbase", "--arch=amd64"}, common...),
	"arm64": append([]string{
		"--quiet", "--variant=extract", "--arch=arm64", "--include=?essential",
		"--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
	}, common...),
}

// Tree returns the directory of an architecture's tree below a cache directory.
// It is made when it is not there, which needs root, the network, about 5 GB and
// several minutes.
func Tree(ctx context.Context, arch, cache string, log io.Writer) (string, error) {
	return tree(ctx, "corpus-bookworm-"+arch, recipes[arch], packages(), cache, log)
}

// SmallTree returns the directory of a tree with two of the programs, curl and
// ffmpeg, and other tools that tell what a program loads. It is made in a minute.
func SmallTree(ctx context.Context, cache string, log io.Writer) (string, error) {
	names := []string{"curl", "ffmpeg", "libtree", "pax-utils", "python3-pyelftools"}
	return tree(ctx, "closure-bookworm-amd64", recipes["amd64"], names, cache, log)
}

// StartTree returns the directory of a tree with interpreters and a database, whose start
// is measured. It is made in a minute.
func StartTree(ctx context.Context, cache string, log io.Writer) (string, error) {
	names := []string{"nodejs", "perl", "php-cli", "postgresql", "python3", "ruby"}
	return tree(ctx, "start-bookworm-amd64", recipes["amd64"], names, cache, log)
}

// tree makes a tree of packages and their dependencies, unless it is there.
func tree(ctx context.Context, title string, recipe, packages []string, cache string, log io.Writer) (string, error) {
	names := strings.Join(packages, ",")
	sum := sha256.Sum256([]byte(strings.Join(recipe, "\x00") + names))
	dir := filepath.Join(cache, fmt.Sprintf("%s-%x", title, sum[:6]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		return "", errors.New("mmdebstrap makes the tree and is not installed: apt-get install mmdebstrap")
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	fmt.Fprintf(log, "making a Debian tree of %d packages and their dependencies, once: %s\n", len(packages), title)
	temp := dir + ".making"
	if err := os.RemoveAll(temp); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(slices.Clone(recipe), "--include="+names, "bookworm", temp)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("mmdebstrap: %w\n%s", err, out.String())
	}
	return dir, os.Rename(temp, dir)
}

// packages are the names in packages.txt.
func packages() []string {
	var out []string
	for line := range strings.Lines(packageList) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Fields(line)...)
		}
	}
	return out
}
