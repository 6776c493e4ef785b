// Command demo builds an example with the frontend of this tree, runs what came
// out, and shows what is in it. It uses the daemon at BUILDKIT_HOST or, when that
// is not set, a lab of its own. `make demo` compiles the frontend first.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/containerd/log"
	"github.com/moby/buildkit/client"

	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/e2e/oci"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The local content store warns of file systems without fs-verity.
	_ = log.SetLevel("error")
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	root, err := lab.Root()
	if err != nil {
		return err
	}
	if host := os.Getenv("BUILDKIT_HOST"); host != "" {
		return demo{out: out, root: root, host: host, example: redis, attach: true}.run(ctx)
	}
	example, images := redis, lab.Seeded
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		fmt.Fprintln(out, "mmdebstrap is not installed, so there is no Debian image to take libraries from:")
		fmt.Fprintln(out, "this is the static example. After `apt-get install mmdebstrap` it is a dynamic one.")
		example, images = hello, lab.Empty
	}
	l, err := lab.Start(ctx, images, out)
	if err != nil {
		return err
	}
	err = l.PushFrontend(ctx)
	if err == nil {
		err = demo{out: out, root: root, host: l.Host, example: example}.run(ctx)
	}
	return errors.Join(err, l.Close())
}

// example is a directory of examples/ and how to show it.
type example struct {
	dir     string
	prepare []string // a command, run in the directory first
	// until, when set, is what the program says when it has shown enough: it
	// is then asked to end.
	until string
}

var (
	redis = example{dir: "redis", until: "Ready to accept connections"}
	hello = example{
		dir:     "multi-platform",
		prepare: []string{"sh", "-ec", "for a in amd64 arm64; do CGO_ENABLED=0 GOARCH=$a go build -o bin/linux_$a/where main.go; done"},
	}
)

// demo is one showing.
type demo struct {
	out     io.Writer
	root    string // of the repository
	host    string
	example example
	// attach sends the frontend along with the build, for a daemon that
	// cannot pull it from a registry.
	attach bool
}

func (d demo) run(ctx context.Context) error {
	dir := filepath.Join(d.root, "examples", d.example.dir)
	if d.example.prepare != nil {
		cmd := exec.CommandContext(ctx, d.example.prepare[0], d.example.prepare[1:]...)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	c, err := client.New(ctx, d.host)
	if err != nil {
		return err
	}
	defer c.Close()
	layout := filepath.Join(d.root, ".build", "demo")
	if err := os.RemoveAll(layout); err != nil {
		return err
	}
	b := build{demo: d, client: c, dir: dir, layout: layout}
	if err := b.run(ctx); err != nil {
		return err
	}
	return d.show(layout)
}

// show says where the image is and what to try next.
func (d demo) show(layout string) error {
	images, err := oci.Open(layout)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%.1f MB to pull. The image is an OCI layout in .build/demo.\n", float64(images[0].Size())/1e6)
	fmt.Fprintf(d.out, "Next: change examples/%s and `make demo` again, or see examples/ for servers and bases.\n", d.example.dir)
	return nil
}
