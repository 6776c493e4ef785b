package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // docker-container://
	_ "github.com/moby/buildkit/client/connhelper/kubepod"         // kube-pod://
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer" // podman-container://
	_ "github.com/moby/buildkit/client/connhelper/ssh"             // ssh://
	"github.com/moby/buildkit/util/appdefaults"
)

// builder is a BuildKit that answers.
type builder struct {
	*client.Client
	workers []*client.WorkerInfo
	// daemon is the BuildKit's process if it was started for this job; else nil.
	daemon *daemon
}

// close ends the connection, and the BuildKit if it is this job's own.
func (b *builder) close() {
	_ = b.Close()
	b.daemon.stop()
}

// mobyLabel begins the labels that a worker has only inside of Docker's daemon.
const mobyLabel = "org.mobyproject.buildkit.worker.moby."

// inDocker reports whether the BuildKit is Docker's own, which puts images where
// `docker run` finds them.
func (b *builder) inDocker() bool {
	for _, w := range b.workers {
		for label := range w.Labels {
			if strings.HasPrefix(label, mobyLabel) {
				return true
			}
		}
	}
	return false
}

// connect reaches the BuildKit at an address; at none, the one that BUILDKIT_HOST
// names, the one on this machine, that of buildx or Docker, or as the last resort
// one that is started for this job.
func connect(ctx context.Context, addr string, stderr io.Writer) (*builder, error) {
	if addr == "" {
		addr = os.Getenv("BUILDKIT_HOST")
	}
	if addr == "" {
		addr = localAddress()
	}
	if addr != "" {
		return answering(ctx, addr, nil)
	}
	return search(ctx, stderr)
}

// search finds a BuildKit that has no address, or starts one.
func search(ctx context.Context, stderr io.Writer) (*builder, error) {
	var tried []error
	for _, find := range []func(context.Context) (dial, error){buildx, docker} {
		d, err := find(ctx)
		if err == nil && d == nil {
			continue
		}
		if err == nil {
			var b *builder
			if b, err = answering(ctx, "", d); err == nil {
				return b, nil
			}
		}
		tried = append(tried, err)
	}
	own, err := startDaemon(ctx, stderr)
	if err != nil {
		return nil, err
	}
	if own == nil {
		return nil, noBuilder(tried)
	}
	b, err := answering(ctx, own.addr, nil)
	if err != nil {
		own.stop()
		return nil, err
	}
	b.daemon = own
	return b, nil
}

// noBuilder says that there is nothing to build with, and what did not answer.
func noBuilder(tried []error) error {
	text := "there is no BuildKit to ask: none is at " + appdefaults.Address + ", and neither docker nor buildkitd is installed"
	if len(tried) > 0 {
		text = errors.Join(tried...).Error()
	}
	return errors.New(text + "\n" +
		"  fix: say where a BuildKit is, with --addr tcp://HOST:PORT or in BUILDKIT_HOST\n" +
		"  fix: start Docker, or put buildkitd and runc into PATH")
}

// localAddress is where a BuildKit of this machine listens, if there is one. One of
// Windows itself does not build images for Linux.
func localAddress() string {
	for _, addr := range []string{appdefaults.Address, appdefaults.UserAddress()} {
		if socket, ok := strings.CutPrefix(addr, "unix://"); ok && exists(socket) {
			return addr
		}
	}
	return ""
}

// dial makes a connection.
type dial func(context.Context) (net.Conn, error)

// answering connects and sees that there is an answer.
func answering(ctx context.Context, addr string, d dial) (*builder, error) {
	var opts []client.ClientOpt
	if d != nil {
		opts = append(opts, client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return d(ctx) }))
	}
	c, err := client.New(ctx, addr, opts...)
	if err != nil {
		return nil, err
	}
	workers, err := c.ListWorkers(ctx)
	if err != nil {
		_ = c.Close()
		return nil, explained(err)
	}
	return &builder{Client: c, workers: workers}, nil
}

// buildx dials the builder that buildx uses; nil where there is no buildx.
func buildx(ctx context.Context) (dial, error) {
	for _, command := range [][]string{{"docker", "buildx"}, {"buildx"}} {
		version := exec.CommandContext(ctx, command[0], append(command[1:], "version")...)
		if version.Run() == nil {
			return dialCommand(append(command, "dial-stdio", "--progress", "quiet")), nil
		}
	}
	return nil, ctx.Err()
}

func dialCommand(command []string) dial {
	return func(context.Context) (net.Conn, error) {
		// The connection outlives the dialling.
		return commandconn.New(context.Background(), command[0], command[1:]...)
	}
}

// docker dials the BuildKit inside of Docker's daemon, as buildx would; nil where
// there is no docker.
func docker(ctx context.Context) (dial, error) {
	if _, err := exec.LookPath("docker"); err != nil {
		return nil, nil
	}
	if out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("docker does not answer: %s", bytes.TrimSpace(out))
	}
	toDaemon := dialCommand([]string{"docker", "system", "dial-stdio"})
	return func(ctx context.Context) (net.Conn, error) {
		conn, err := toDaemon(ctx)
		if err != nil {
			return nil, err
		}
		c, err := upgrade(conn)
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		return c, nil
	}, nil
}

// upgrade makes a connection to Docker's API one to its BuildKit.
func upgrade(conn net.Conn) (net.Conn, error) {
	req, err := http.NewRequest(http.MethodPost, "http://docker/grpc", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "h2c")
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, fmt.Errorf("docker does not answer: %w", err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("docker has no BuildKit: %s", resp.Status)
	}
	return upgraded{conn, r}, nil
}

// upgraded is a connection of which some may have been read ahead.
type upgraded struct {
	net.Conn
	r *bufio.Reader
}

func (u upgraded) Read(p []byte) (int, error) { return u.r.Read(p) }
