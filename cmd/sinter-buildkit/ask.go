package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/solver/errdefs"
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

// askTested does the same where the answer tells of tests, too. The program that they run
// under is this one, or else it is in the frontend's image, which the spec names; with
// neither the answer says that they did not run.
func (q *question) askTested(ctx context.Context, request string) (map[string][]byte, error) {
	q.attrs["frontend.caps"] = "moby.buildkit.frontend.subrequests+forward"
	return q.askOf(ctx, request, q.builds())
}

// askOf does the same with another gateway function.
func (q *question) askOf(ctx context.Context, request string, build gateway.BuildFunc) (map[string][]byte, error) {
	b, err := connect(ctx, q.addr, q.stderr)
	if err != nil {
		return nil, err
	}
	defer b.close()
	return q.answer(ctx, b, request, build)
}

// answer has a frontend answer a request.
func (q *question) answer(ctx context.Context, b *builder, request string, build gateway.BuildFunc) (map[string][]byte, error) {
	opt, err := q.solveOpt()
	if err != nil {
		return nil, err
	}
	opt.FrontendAttrs["requestid"] = request
	var answer map[string][]byte
	_, err = q.solve(ctx, b, opt, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		res, err := build(ctx, c)
		if err == nil {
			answer = res.Metadata
		}
		return gateway.NewResult(), err
	})
	return answer, err
}

// solve has a BuildKit do what a gateway function asks of it, shows how that goes,
// and explains what goes wrong.
func (q *question) solve(ctx context.Context, b *builder, opt client.SolveOpt, build gateway.BuildFunc) (*client.SolveResponse, error) {
	var res *client.SolveResponse
	g, gctx := errgroup.WithContext(ctx)
	statuses := make(chan *client.SolveStatus)
	g.Go(func() (err error) {
		res, err = b.Build(gctx, opt, "", build, statuses)
		return err
	})
	g.Go(func() error { return q.shown.follow(ctx, q.seen.tee(statuses)) })
	err := g.Wait()
	if err == nil {
		return res, nil
	}
	if err = explained(err); q.advice != "" {
		err = fmt.Errorf("%w\n%s", err, q.advice)
	}
	return nil, err
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

// solveOpt is the request with the directories that it needs.
func (q *question) solveOpt() (client.SolveOpt, error) {
	opt := client.SolveOpt{
		FrontendAttrs: maps.Clone(q.attrs),
		LocalMounts:   map[string]fsutil.FS{},
		Session:       append([]session.Attachable{credentials(q.stderr)}, q.attached...),
		CacheImports:  q.cacheFrom,
		CacheExports:  q.cacheTo,
	}
	var err error
	for name, dir := range q.locals {
		if opt.LocalMounts[name], err = directory(dir); err != nil {
			return opt, err
		}
	}
	if q.own != nil {
		opt.LocalMounts[programLocal] = q.own.dir
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
