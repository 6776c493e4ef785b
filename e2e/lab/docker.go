package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

//go:embed docker.sh
var dockerScript string

// dockerTree is Debian's stable release with its own Docker, and with the programs that
// people use beside it.
func dockerTree() recipe {
	return recipe{name: "docker", arch: runtime.GOARCH, suite: "trixie", args: append([]string{
		"--variant=minbase",
		"--format=directory",
		"--include=docker.io,docker-cli,docker-buildx,docker-compose,iptables,iproute2,ca-certificates,curl,git,postgresql-client",
		"--customize-hook=mkdir $1/host $1/state",
	}, slimArgs...)}
}

// directory returns the path of r's tree from the cache, or makes it.
func (r recipe) directory(ctx context.Context, cache string, log io.Writer) (string, error) {
	path := filepath.Join(cache, r.key())
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(log, "making a Debian tree: %s for %s (once, about a minute)\n", r.name, r.arch)
	temp, err := os.MkdirTemp(cache, r.name)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	tree := filepath.Join(temp, "tree")
	if err := r.mmdebstrap(ctx, tree); err != nil {
		return "", err
	}
	return path, os.Rename(tree, path)
}

// Docker is an engine of Docker's own, with a network of its own, in which the lab's
// registry and BuildKit have the addresses that they have outside.
type Docker struct {
	// Dir is a directory that commands see as /state.
	Dir string

	daemon    *process
	listeners []net.Listener
}

// StartDocker starts the engine. It runs until Kill, or until this process ends.
func (l *Lab) StartDocker(ctx context.Context, log io.Writer) (_ *Docker, err error) {
	tree, err := dockerTree().directory(ctx, filepath.Join(l.root, ".build", "cache"), log)
	if err != nil {
		return nil, err
	}
	d := &Docker{Dir: filepath.Join(l.Dir, "docker")}
	if err := os.Mkdir(d.Dir, 0o755); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.Kill()
		}
	}()
	d.daemon, err = start(command{
		path: "unshare",
		args: []string{
			"--net", "--", "sh", "-c", dockerScript, "docker", tree, d.Dir,
			"--cgroup-parent", "/" + l.CgroupParent(), "--registry-mirror", "http://" + l.Registry,
		},
		log: filepath.Join(l.Dir, "docker.log"),
	})
	if err != nil {
		return nil, err
	}
	if err := d.daemon.ready(ctx, func(ctx context.Context) error {
		cmd, err := d.Command(ctx, "/state", "docker version")
		if err != nil {
			return err
		}
		return cmd.Run()
	}); err != nil {
		return nil, err
	}
	return d, errors.Join(d.forward(l.Registry), d.forward(strings.TrimPrefix(l.Host, "tcp://")))
}

// Kill ends the engine and all of its containers.
func (d *Docker) Kill() {
	for _, l := range d.listeners {
		_ = l.Close()
	}
	d.daemon.kill()
}

// Command is a command of a shell beside the engine, in a directory of its own tree.
func (d *Docker) Command(ctx context.Context, dir, line string) (*exec.Cmd, error) {
	pid, err := d.pid()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "nsenter", "--target", pid, "--mount", "--net", "--pid", "--root", "--wd", "--",
		"/bin/sh", "-c", "cd "+dir+" && "+line)
	cmd.Env = []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/state",
		"DOCKER_HOST=unix:///state/docker.sock", "DOCKER_CONFIG=/state/config",
	}
	return cmd, nil
}

// pid is the first process of the engine's namespaces.
func (d *Docker) pid() (string, error) {
	unshare := d.daemon.cmd.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", unshare, unshare))
	if err != nil {
		return "", err
	}
	pid := strings.TrimSpace(string(children))
	if _, err := strconv.Atoi(pid); err != nil {
		return "", fmt.Errorf("the engine's first process: %w", err)
	}
	return pid, nil
}

// forward takes connections to an address of the engine's network to the same one of this
// process's.
func (d *Docker) forward(addr string) error {
	pid, err := d.pid()
	if err != nil {
		return err
	}
	inside, err := listenIn("/proc/"+pid+"/ns/net", addr)
	if err != nil {
		return err
	}
	d.listeners = append(d.listeners, inside)
	go func() {
		for {
			conn, err := inside.Accept()
			if err != nil {
				return
			}
			go relay(conn, addr)
		}
	}()
	return nil
}

// listenIn listens in another network namespace.
func listenIn(namespace, addr string) (net.Listener, error) {
	f, err := os.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	type result struct {
		l   net.Listener
		err error
	}
	done := make(chan result)
	go func() {
		// The thread is never unlocked: it ends with this function, and nothing else runs in
		// that namespace.
		runtime.LockOSThread()
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{err: err}
			return
		}
		l, err := net.Listen("tcp", addr)
		done <- result{l, err}
	}()
	r := <-done
	return r.l, r.err
}

// relay connects a connection with an address until both ends are done.
func relay(conn net.Conn, addr string) {
	defer conn.Close()
	other, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer other.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(other, conn) // the end of one is told to the other
		_ = other.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(conn, other)
	_ = conn.(*net.TCPConn).CloseWrite()
	<-done
}
