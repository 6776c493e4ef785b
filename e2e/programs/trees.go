package programs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/e2e/lab"
)

// Trees keeps Debian trees with packages installed: one base, such as the lab's
// debian:bookworm-slim, and for each set of packages what their installation adds to
// it. Files that several sets have are stored once.
type Trees struct {
	dir string // of the cache
	log io.Writer
}

// A System is what Debian's packages are of.
type System struct {
	// Suite is the release, bookworm for instance.
	Suite string
	// Arch is Debian's name of the architecture, which is Go's, too. Programs of another one
	// than this machine's run by emulation, if its kernel has an emulator.
	Arch string
}

// Usual is what the specs of the programs are written for.
var Usual = System{Suite: lab.Suite, Arch: "amd64"}

// OpenTrees opens the cache of the repository at root for a system, and makes the base if
// it is not there.
func OpenTrees(ctx context.Context, root string, of System, log io.Writer) (*Trees, error) {
	name := "programs"
	if of.Suite != Usual.Suite {
		name += "-" + of.Suite
	}
	if of.Arch != Usual.Arch {
		name += "-" + of.Arch
	}
	t := &Trees{dir: filepath.Join(root, ".build", "cache", name), log: log}
	for _, dir := range []string{"trees", "pool", "apt/lists/partial", "apt/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(t.dir, dir), 0o755); err != nil {
			return nil, err
		}
	}
	unlock, err := t.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(t.base()); err == nil {
		return t, nil
	}
	archive, err := lab.DebianTree(ctx, root, of.Suite, of.Arch, log)
	if err != nil {
		return nil, err
	}
	temp := t.base() + ".making"
	if err := errors.Join(os.RemoveAll(temp), os.MkdirAll(temp, 0o755)); err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "tar", "-C", temp, "-xzf", archive).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("tar: %w\n%s", err, out)
	}
	// As Debian's own image has it: nothing that is installed starts.
	policy := filepath.Join(temp, "usr/sbin/policy-rc.d")
	if err := os.WriteFile(policy, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		return nil, err
	}
	return t, os.Rename(temp, t.base())
}

func (t *Trees) base() string { return filepath.Join(t.dir, "base") }

// Layers returns the directories that are a tree with the packages when they are
// mounted as an overlay, the uppermost first. What is missing is installed, by one
// process at a time.
func (t *Trees) Layers(ctx context.Context, self string, packages []string) ([]string, error) {
	packages = slices.Compact(slices.Sorted(slices.Values(packages)))
	name := fmt.Sprintf("%s-%x", strings.Join(packages[:min(len(packages), 2)], "+"), sha256.Sum256([]byte(strings.Join(packages, " "))))
	upper := filepath.Join(t.dir, "trees", name[:len(name)-52])
	layers := []string{upper, t.base()}
	if _, err := os.Stat(upper); err == nil {
		return layers, nil
	}
	unlock, err := t.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(upper); err == nil {
		return layers, nil // another process has made it meanwhile
	}
	fmt.Fprintf(t.log, "installing %s, once\n", strings.Join(packages, ", "))
	temp := upper + ".making"
	if err := errors.Join(os.RemoveAll(temp), os.MkdirAll(temp, 0o755)); err != nil {
		return nil, err
	}
	if len(packages) > 0 {
		if err := enclosed(ctx, self, "install", installation{Base: t.base(), Upper: temp, Apt: filepath.Join(t.dir, "apt"), Packages: packages}, nil); err != nil {
			return nil, fmt.Errorf("install %s: %w", strings.Join(packages, ", "), err)
		}
	}
	if err := t.share(temp); err != nil {
		return nil, err
	}
	return layers, os.Rename(temp, upper)
}

func (t *Trees) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(t.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// share replaces files by links to the same ones of other trees.
func (t *Trees) share(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(name, &st); err != nil {
			return err
		}
		attributes, err := unix.Llistxattr(name, nil)
		if err != nil || attributes > 0 || st.Nlink > 1 || st.Size < 4096 {
			return err // small, or not to be known by its content
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		fmt.Fprintln(sum, st.Mode, st.Uid, st.Gid, st.Mtim)
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		pooled := filepath.Join(t.dir, "pool", fmt.Sprintf("%x", sum.Sum(nil)))
		if err := os.Link(name, pooled); !errors.Is(err, fs.ErrExist) {
			return err
		}
		linked := name + ".linked"
		return errors.Join(os.Link(pooled, linked), os.Rename(linked, name))
	})
}

// An installation puts packages into an overlay's upper directory.
type installation struct {
	Base, Upper, Apt string
	Packages         []string
	// Steps are those of a Dockerfile, which follow, and Context its build context.
	Steps   []string
	Context string
}

// listsAge is how old apt's lists may be.
const listsAge = 24 * time.Hour

// install installs packages as a build's source does. It runs in a mount namespace of
// its own.
func install(job installation) error {
	root, work := job.Upper+".root", job.Upper+".work"
	if err := errors.Join(os.MkdirAll(root, 0o755), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	defer os.RemoveAll(work)
	defer os.Remove(root)
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", job.Base, job.Upper, work)
	if err := unix.Mount("overlay", root, "overlay", 0, options); err != nil {
		return fmt.Errorf("mount overlay: %w", err)
	}
	defer unix.Unmount(root, unix.MNT_DETACH) //nolint:errcheck // the namespace ends with this process
	if err := mountSystem(root); err != nil {
		return err
	}
	cache := filepath.Join(root, "run", "apt")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(job.Apt, cache, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	var err error
	if len(job.Packages) > 0 {
		err = aptInstall(root, job)
	}
	if err == nil && len(job.Steps) > 0 {
		err = runSteps(root, job)
	}
	return errors.Join(err, unix.Unmount(cache, 0), os.Remove(cache))
}

func aptInstall(root string, job installation) error {
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return err
	}
	// The step of a build has the file from outside, too.
	if err := os.WriteFile(filepath.Join(root, "run", "resolv.conf"), resolver, 0o644); err != nil {
		return err
	}
	script := fmt.Sprintf(`set -eu
export DEBIAN_FRONTEND=noninteractive
touch /etc/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
mkdir -p /usr/share/man/man1 /usr/share/man/man7 /usr/share/man/man8
apt() { apt-get -q -o Dir::State::Lists=/run/apt/lists -o Dir::Cache=/run/apt -o APT::Sandbox::User=root "$@"; }
install() { apt install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@"; }
update() { apt update && touch /run/apt/updated; }
find /run/apt -name updated -mmin -%[1]d | grep -q . || update
install "$@" || { update; install "$@"; }
find /run/apt/archives -name '*.deb' -mmin +%[1]d -delete
umount /etc/resolv.conf
rm -f /run/resolv.conf
`, int(listsAge.Minutes()))
	cmd := exec.Command("chroot", append([]string{root, "sh", "-c", script, "sh"}, job.Packages...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy"} {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, tail(string(out), 3000))
	}
	return nil
}

// mountSystem gives a tree what a build's step and a shell expect.
func mountSystem(root string) error {
	for _, dir := range []string{"dev", "proc", "sys"} {
		at := filepath.Join(root, dir)
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("/"+dir, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mount %s: %w", at, err)
		}
	}
	return nil
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
