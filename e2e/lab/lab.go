// Package lab brings up a real buildkitd and an image registry on loopback for
// tests, the demo and benchmarks, seeds the registry with real Debian images,
// and takes it all down again.
//
// The daemon lives in mount and PID namespaces of its own, so when it ends, or
// when whoever started it is killed, the kernel ends every step that it was
// running and drops every mount that it had made.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// readyTimeout bounds how long a daemon or registry may take to answer.
const readyTimeout = time.Minute

// Lab is a running daemon and registry.
type Lab struct {
	// Host is the daemon's address, for BUILDKIT_HOST.
	Host string
	// Registry is the registry's host:port. The daemon asks it first for
	// everything on docker.io and gcr.io.
	Registry string
	// Dir is a directory for this lab alone; Close removes it.
	Dir string

	root   string // of the repository
	images []image
	seeded map[string]bool
	daemon *Node
	nodes  []*Node
	server *process
	lock   *os.File
}

// Images says what a new lab's registry holds.
type Images bool

// The choices of Images.
const (
	// Seeded is Debian, distroless and Dockerfile frontend images.
	Seeded Images = true
	// Empty is nothing, which takes no time and no network.
	Empty Images = false
)

// Start brings up a lab, telling log what takes long. It needs root.
func Start(ctx context.Context, with Images, log io.Writer) (_ *Lab, err error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("a BuildKit daemon of our own needs root: run as root, or set BUILDKIT_HOST to the address of a daemon that runs")
	}
	root, err := Root()
	if err != nil {
		return nil, err
	}
	if err := checkTools(root); err != nil {
		return nil, err
	}
	var images []image
	if with == Seeded {
		if images, err = prepareImages(ctx, root, log); err != nil {
			return nil, err
		}
	}
	l := &Lab{root: root, images: images, seeded: map[string]bool{}}
	if l.Dir, l.lock, err = makeDir(filepath.Join(root, ".build", "lab")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if err := l.startRegistry(ctx); err != nil {
		return nil, err
	}
	if err := l.writeDaemonConfig(); err != nil {
		return nil, err
	}
	var g errgroup.Group
	g.Go(func() (err error) {
		if l.daemon, err = l.startNode(ctx, "buildkit", toolPath(root, "buildkitd")); err == nil {
			l.Host = l.daemon.Host
		}
		return err
	})
	g.Go(func() error { return l.seed(ctx, images) })
	return l, g.Wait()
}

// Kill ends the daemon and the registry. Close is still to be called.
func (l *Lab) Kill() {
	l.daemon.Kill()
	for _, n := range l.nodes {
		n.Kill()
	}
	l.server.kill()
}

// Close ends the lab and removes what it made.
func (l *Lab) Close() error {
	l.Kill()
	err := os.RemoveAll(l.Dir)
	return errors.Join(err, RemoveCgroups(cgroupParent(l.Dir)), l.lock.Close())
}

// Seeded reports whether a layer, by the digest of its uncompressed tar, belongs
// to an image that the lab put into its registry.
func (l *Lab) Seeded(diffID string) bool { return l.seeded[diffID] }

// Tool returns the path of a pinned program.
func (l *Lab) Tool(name string) string { return toolPath(l.root, name) }

// CgroupParent names a control group for the lab's containers. Close removes
// it and what is in it.
func (l *Lab) CgroupParent() string { return cgroupParent(l.Dir) }

// Env is what a child process needs to use the lab, for exec.Cmd.Env.
func (l *Lab) Env() []string {
	return []string{
		"BUILDKIT_HOST=" + l.Host,
		"SINTER_REGISTRY=" + l.Registry,
		"BUILDX_CONFIG=" + filepath.Join(l.Dir, "buildx"),
		"PATH=" + filepath.Join(l.root, ".build", "bin") + ":" + os.Getenv("PATH"),
	}
}

func (l *Lab) startRegistry(ctx context.Context) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	config := filepath.Join(l.Dir, "registry.yml")
	text := fmt.Sprintf(registryConfig, filepath.Join(l.Dir, "registry"), addr)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	l.Registry = addr
	l.server, err = start(command{
		path: toolPath(l.root, "registry"),
		args: []string{"serve", config},
		log:  filepath.Join(l.Dir, registryLog),
		// Its answer to a missing exporter is a line a second in the log.
		env: []string{"OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=none"},
	})
	if err != nil {
		return err
	}
	return l.server.ready(ctx, func(ctx context.Context) error {
		return newPusher(addr).ping(ctx)
	})
}

const registryConfig = `version: 0.1
log: {level: warn, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: %q}
http: {addr: %q}
`

// freeAddr returns a loopback address that nobody listens on. Whoever gets it
// binds it a moment later; that nobody takes it meanwhile is likely, not sure.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
