package lab

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
)

// treeEpoch (2025-01-01) bounds the times in the trees: later ones become this
// one, as in Debian's own images. Files keep the earlier times that packages gave
// them.
const treeEpoch = 1735689600

var sourceDateEpoch = fmt.Sprintf("SOURCE_DATE_EPOCH=%d", treeEpoch)

//go:embed distroless.sh
var distrolessScript string

//go:embed unpacked.sh
var unpackedScript string

// Suite is the release of Debian that the lab's images are of.
const Suite = "bookworm"

// A recipe makes a Debian tree with mmdebstrap.
type recipe struct {
	name  string
	arch  string
	suite string // bookworm unless it says another one
	args  []string
	// script, when set, makes the tree's tar $3 in the directory $2 from the
	// packages in $1, which are then all that mmdebstrap is asked for.
	script string
}

// slimArgs leave out what Debian's slim images leave out.
var slimArgs = []string{
	"--skip=output/dev",
	"--dpkgopt=path-exclude=/usr/share/man/*",
	"--dpkgopt=path-exclude=/usr/share/locale/*",
	"--dpkgopt=path-exclude=/usr/share/doc/*",
	"--dpkgopt=path-include=/usr/share/doc/*/copyright",
}

// slim is debian:bookworm-slim for the machine's own architecture: it works
// whole, apt included.
func slim() recipe {
	return recipe{name: "debian", arch: "amd64", args: append([]string{"--variant=minbase"}, slimArgs...)}
}

// foreignSlim is debian:bookworm-slim for another architecture. The packages
// are extracted but not configured, for none of their scripts can run here: it
// is a tree to take files from, with the package metadata that it would have.
func foreignSlim(arch string) recipe {
	return recipe{name: "debian", arch: arch, args: append([]string{
		"--variant=extract",
		"--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
		"--extract-hook=" + unpackedScript,
		"--include=?essential", // a pattern must stand alone
		"--include=apt",
	}, slimArgs...)}
}

// distroless is like gcr.io/distroless/base-debian12: whole packages without
// their dependencies, not configured, with /lib apart from /usr/lib.
func distroless(arch string) recipe {
	return recipe{name: "distroless", arch: arch, script: distrolessScript, args: []string{
		"--variant=extract",
		"--include=base-files,netbase,media-types,tzdata,ca-certificates,libc6,libssl3",
	}}
}

// layer is a gzipped tar on disk, as an image holds it.
type layer struct {
	Path   string        `json:"-"`
	Digest digest.Digest `json:"digest"`
	Size   int64         `json:"size"`
	DiffID digest.Digest `json:"diffID"`
}

// tree returns r's tree from the cache in dir, or makes it.
func (r recipe) tree(ctx context.Context, dir string, log io.Writer) (layer, error) {
	path := filepath.Join(dir, r.key()+".tar.gz")
	if l, err := readLayer(path); err == nil {
		return l, nil
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		return layer{}, errors.New("mmdebstrap makes the Debian trees and is not installed: apt-get install mmdebstrap")
	}
	fmt.Fprintf(log, "making a Debian tree: %s for %s (once, about half a minute)\n", r.name, r.arch)
	plain := path + fmt.Sprintf(".%d.tar", os.Getpid())
	defer os.Remove(plain)
	if err := r.bootstrap(ctx, plain); err != nil {
		return layer{}, err
	}
	in, err := os.Open(plain)
	if err != nil {
		return layer{}, err
	}
	defer in.Close()
	return writeLayer(path, in)
}

// key names the tree by everything that it is made from.
func (r recipe) key() string {
	sum := sha256.Sum256([]byte(sourceDateEpoch + "\x00" + strings.Join(r.args, "\x00") + r.script))
	return fmt.Sprintf("%s-%s-%s-%x", r.name, r.release(), r.arch, sum[:6])
}

func (r recipe) release() string { return cmp.Or(r.suite, Suite) }

// bootstrap writes the tree's tar to path.
func (r recipe) bootstrap(ctx context.Context, path string) error {
	if r.script == "" {
		return r.mmdebstrap(ctx, path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), "tree")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	hook := "--extract-hook=copy-out /var/cache/apt/archives " + dir
	if err := r.mmdebstrap(ctx, "/dev/null", hook); err != nil {
		return err
	}
	debs, tree := filepath.Join(dir, "archives"), filepath.Join(dir, "tree")
	return run(ctx, "sh", "-c", r.script, "sh", debs, tree, path)
}

func (r recipe) mmdebstrap(ctx context.Context, output string, more ...string) error {
	args := []string{"--quiet", "--arch=" + r.arch, "--aptopt=Acquire::Languages \"none\""}
	args = append(append(args, r.args...), more...)
	return run(ctx, "mmdebstrap", append(args, r.release(), output)...)
}

// run runs a program for its effect; its output is for the error alone.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), sourceDateEpoch)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out.String())
	}
	return nil
}

// readLayer describes a layer that writeLayer wrote.
func readLayer(path string) (layer, error) {
	l := layer{Path: path}
	text, err := os.ReadFile(path + ".json")
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(text, &l)
}

// writeLayer compresses a tar into path and describes it beside.
func writeLayer(path string, tar io.Reader) (layer, error) {
	l := layer{Path: path}
	out, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return l, err
	}
	defer os.Remove(out.Name()) // gone already when all went well
	defer out.Close()
	packed, plain := digest.Canonical.Digester(), digest.Canonical.Digester()
	zip, err := gzip.NewWriterLevel(io.MultiWriter(out, packed.Hash()), gzip.BestSpeed)
	if err != nil {
		return l, err
	}
	if _, err := io.Copy(io.MultiWriter(zip, plain.Hash()), tar); err != nil {
		return l, err
	}
	if err := zip.Close(); err != nil {
		return l, err
	}
	if l.Size, err = out.Seek(0, io.SeekCurrent); err != nil {
		return l, err
	}
	l.Digest, l.DiffID = packed.Digest(), plain.Digest()
	return l, l.store(out.Name())
}

// store moves the finished file to its place. The description comes last: with
// it the layer counts as there.
func (l layer) store(temp string) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, l.Path); err != nil {
		return err
	}
	return os.WriteFile(l.Path+".json", text, 0o644)
}
