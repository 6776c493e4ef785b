// Package container runs unpacked images with runc: as the image's config says,
// with Docker's default mounts and capabilities, and on a network where there is
// nothing but a loopback interface of its own.
package container

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/e2e/lab"
)

// Container is a container that was not started yet, runs or has ended.
type Container struct {
	Stdout, Stderr bytes.Buffer // to be read when it has ended

	cmd  *exec.Cmd
	work chan func() // for the thread in the container's network
	done chan error
}

// New makes a container for the unpacked image in root. Its own files go to the
// empty directory dir. args replace the image's cmd when they are not nil.
func New(l *lab.Lab, dir, root string, config ocispec.ImageConfig, args []string) (*Container, error) {
	cgroup := "/" + filepath.Join(l.CgroupParent(), filepath.Base(filepath.Dir(dir))+"-"+filepath.Base(dir))
	spec, err := Spec(dir, root, cgroup, config, args)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	hosts := []byte("127.0.0.1 localhost\n")
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644),
		os.WriteFile(filepath.Join(dir, "hosts"), hosts, 0o644),
	)
	if err != nil {
		return nil, err
	}
	c := &Container{work: make(chan func()), done: make(chan error, 1)}
	c.cmd = lab.Enclosed(l.Tool("runc"), "--root", filepath.Join(dir, "state"), "run", "--bundle", dir, "it")
	c.cmd.Stdout, c.cmd.Stderr = &c.Stdout, &c.Stderr
	return c, c.network()
}

// network makes the container's network and a thread that stays in it. The
// kernel takes the network away when thread and container are gone.
func (c *Container) network() error {
	ready := make(chan error)
	go func() {
		// Never unlocked: a thread in another network must not serve
		// other goroutines, and ends with this one.
		runtime.LockOSThread()
		ready <- errors.Join(unix.Unshare(unix.CLONE_NEWNET), NetworkUp())
		for f := range c.work {
			f()
		}
	}()
	return <-ready
}

// NetworkUp makes the thread's new network what Docker makes one: it has a loopback
// interface, and everybody may use low ports.
func NetworkUp() error {
	const low = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
	return errors.Join(loopbackUp(), os.WriteFile(low, []byte("0"), 0o644))
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// inside calls f in the container's network.
func (c *Container) inside(f func()) {
	done := make(chan struct{})
	c.work <- func() { defer close(done); f() }
	<-done
}

// Start starts the container.
func (c *Container) Start() (err error) {
	c.inside(func() { err = c.cmd.Start() })
	if err == nil {
		go func() { c.done <- c.cmd.Wait() }()
	}
	return err
}

// Wait waits until the container has ended and returns its exit code.
func (c *Container) Wait(ctx context.Context) (int, error) {
	var err error
	select {
	case err = <-c.done:
	case <-ctx.Done():
		c.Stop()
		return 0, fmt.Errorf("%w; its stderr: %s", context.Cause(ctx), c.Stderr.String())
	}
	close(c.work)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return c.cmd.ProcessState.ExitCode(), nil
}

// Stop kills the container, instead of waiting for it.
func (c *Container) Stop() {
	if c.cmd.Process != nil {
		lab.Kill(c.cmd.Process)
		<-c.done //nolint:errcheck // it was killed: how it ended says nothing
	}
	close(c.work)
}

// Ended reports whether the container has ended by itself; Wait has the rest.
func (c *Container) Ended() bool { return len(c.done) > 0 }

// Dial connects to a port of the container's loopback interface.
func (c *Container) Dial(ctx context.Context, port int) (conn net.Conn, err error) {
	c.inside(func() {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	})
	return conn, err
}

// Listen listens on the container's loopback interface.
func (c *Container) Listen(port int) (l net.Listener, err error) {
	c.inside(func() { l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) })
	return l, err
}
