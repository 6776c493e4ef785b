package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
)

// Node is a daemon of a lab. All of them use its registry, and nothing else of each other.
type Node struct {
	// Host is the daemon's address.
	Host string

	daemon *process
}

// Kill ends the daemon at once, as a machine that fails does.
func (n *Node) Kill() {
	if n != nil {
		n.daemon.kill()
	}
}

// StartNode starts one more daemon, which runs until Close at the latest. Its program
// is the pinned buildkitd unless another one is named. No two nodes of a lab have the
// same name.
func (l *Lab) StartNode(ctx context.Context, name, buildkitd string) (*Node, error) {
	if buildkitd == "" {
		buildkitd = toolPath(l.root, "buildkitd")
	}
	n, err := l.startNode(ctx, "node-"+name, buildkitd)
	if n != nil {
		l.nodes = append(l.nodes, n)
	}
	return n, err
}

func (l *Lab) startNode(ctx context.Context, name, buildkitd string) (*Node, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	n := &Node{Host: "tcp://" + addr}
	n.daemon, err = start(command{
		path: buildkitd,
		args: append(l.DaemonFlags(), "--root", filepath.Join(l.Dir, name), "--addr", n.Host),
		log:  filepath.Join(l.Dir, name+".log"),
	})
	if err != nil {
		return nil, err
	}
	return n, n.daemon.ready(ctx, func(ctx context.Context) error {
		c, err := client.New(ctx, n.Host)
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.ListWorkers(ctx)
		return err
	})
}

func (l *Lab) daemonConfig() string { return filepath.Join(l.Dir, "buildkitd.toml") }

// writeDaemonConfig writes what all daemons of the lab are told.
func (l *Lab) writeDaemonConfig() error {
	text := fmt.Sprintf(daemonConfig, cgroupParent(l.Dir), l.Registry)
	return os.WriteFile(l.daemonConfig(), []byte(text), 0o644)
}

// DaemonFlags are the flags of a buildkitd that works as the lab's does, without a
// directory and an address of its own.
func (l *Lab) DaemonFlags() []string {
	return []string{
		"--config", l.daemonConfig(),
		"--oci-worker-snapshotter", "overlayfs",
		"--oci-worker-net", "host",
		"--oci-worker-binary", toolPath(l.root, "buildkit-runc"),
	}
}

// The worker is enabled by name: left to itself buildkitd leaves it out where
// there is no runc in PATH, whichever binary it is given.
const daemonConfig = `[worker.oci]
  enabled = true
  defaultCgroupParent = %[1]q
  gc = false
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = [%[2]q]
[registry."gcr.io"]
  mirrors = [%[2]q]
[registry.%[2]q]
  http = true
  insecure = true
`
