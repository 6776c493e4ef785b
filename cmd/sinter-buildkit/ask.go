package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // docker-container://
	_ "github.com/moby/buildkit/client/connhelper/kubepod"         // kube-pod://
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer" // podman-container://
	_ "github.com/moby/buildkit/client/connhelper/ssh"             // ssh://
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/appdefaults"
	"github.com/moby/buildkit/util/grpcerrors"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/sinter-build/sinter/frontend"
)

// ask has a BuildKit answer a request about the spec, and returns what the frontend
// says: "result.txt", "result.json" and the like. The frontend runs in this
// process, so no image of it is needed.
func (q *question) ask(ctx context.Context, request string) (map[string][]byte, error) {
	return q.askOf(ctx, request, frontend.Build)
}

// askImage does the same with the frontend of the image that the spec names in its
// first line. Tests need one: it has the program that they run under.
func (q *question) askImage(ctx context.Context, request string) (map[string][]byte, error) {
	return q.askOf(ctx, request, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		opts := maps.Clone(q.attrs)
		opts["requestid"] = request
		opts["frontend.caps"] = "moby.buildkit.frontend.subrequests+forward"
		return c.Solve(ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: opts})
	})
}

func (q *question) askOf(ctx context.Context, request string, build gateway.BuildFunc) (map[string][]byte, error) {
	c, err := connect(ctx, q.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	solve, err := q.solveOpt(request)
	if err != nil {
		return nil, err
	}
	var answer map[string][]byte
	g, gctx := errgroup.WithContext(ctx)
	statuses := make(chan *client.SolveStatus)
	g.Go(func() error {
		_, err := c.Build(gctx, solve, "", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
			res, err := build(ctx, c)
			if err == nil {
				answer = res.Metadata
			}
			return gateway.NewResult(), err
		}, statuses)
		return err
	})
	g.Go(func() error { return q.shown.follow(ctx, statuses) })
	if err := g.Wait(); err != nil {
		return nil, explained(err)
	}
	return answer, nil
}

// explained is a build's error with the lines of the spec that it is about, as
// other clients of BuildKit print it.
func explained(err error) error {
	if grpcerrors.Code(err) == codes.Unavailable {
		return fmt.Errorf("the BuildKit does not answer: %w\n  fix: see that it runs, and that --addr or BUILDKIT_HOST name it", err)
	}
	var b strings.Builder
	for _, source := range errdefs.Sources(err) {
		if printErr := source.Print(&b); printErr != nil {
			return errors.Join(err, printErr)
		}
	}
	if solve, ok := errors.AsType[*errdefs.SolveError](err); ok {
		err = solve.Err
	}
	text := strings.TrimPrefix(err.Error(), "failed to solve: ")
	text = strings.TrimPrefix(text, "failed to run Build function: ")
	return fmt.Errorf("%s\n%s", text, strings.Trim(b.String(), "\n"))
}

// connect reaches the BuildKit at an address; at none, the one that BUILDKIT_HOST
// names, the one on this machine, or whichever buildx uses.
func connect(ctx context.Context, addr string) (*client.Client, error) {
	if addr == "" {
		addr = os.Getenv("BUILDKIT_HOST")
	}
	if addr == "" {
		// One of Windows itself does not build images for Linux.
		socket, ok := strings.CutPrefix(appdefaults.Address, "unix://")
		if ok && exists(socket) {
			addr = appdefaults.Address
		}
	}
	if addr != "" {
		return client.New(ctx, addr)
	}
	command, err := buildx(ctx)
	if err != nil {
		return nil, err
	}
	return client.New(ctx, "", client.WithContextDialer(func(context.Context, string) (net.Conn, error) {
		// The connection outlives the dialling.
		return commandconn.New(context.Background(), command[0], command[1:]...)
	}))
}

// buildx is the command that connects to the builder that buildx uses.
func buildx(ctx context.Context) ([]string, error) {
	for _, command := range [][]string{{"docker", "buildx"}, {"buildx"}} {
		version := exec.CommandContext(ctx, command[0], append(command[1:], "version")...)
		if version.Run() == nil {
			return append(command, "dial-stdio", "--progress", "quiet"), nil
		}
	}
	return nil, errors.New("there is no BuildKit to ask: none is at " + appdefaults.Address + ", and docker buildx is not installed\n" +
		"  fix: say where one is, with --addr tcp://HOST:PORT or in BUILDKIT_HOST\n" +
		"  fix: install Docker with buildx")
}

// solveOpt is the request with the directories that it needs.
func (q *question) solveOpt(request string) (client.SolveOpt, error) {
	attrs := maps.Clone(q.attrs)
	attrs["requestid"] = request
	opt := client.SolveOpt{
		FrontendAttrs: attrs,
		LocalMounts:   map[string]fsutil.FS{},
		Session:       []session.Attachable{credentials(q.stderr)},
	}
	var err error
	for name, dir := range q.locals {
		if opt.LocalMounts[name], err = fsutil.NewFS(dir); err != nil {
			return opt, fmt.Errorf("directory %s: %w", dir, err)
		}
	}
	// What a daemon has of a directory from last time is known by this key.
	abs, err := filepath.Abs(q.locals["context"])
	sum := sha256.Sum256([]byte(abs))
	opt.SharedKey = hex.EncodeToString(sum[:])
	return opt, err
}

// credentials are those that docker uses.
func credentials(stderr io.Writer) session.Attachable {
	return authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
		AuthConfigProvider: authprovider.LoadAuthConfig(config.LoadDefaultConfigFile(stderr)),
	})
}
