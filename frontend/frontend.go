// Package frontend is the gateway side of Sinter: what BuildKit calls to build a
// spec, or to ask something about it. It walks one road:
//
//	session   what the build was asked for: the spec's text, the options, the
//	          time, the platforms, and what the spec says for each of them
//	sources   each platform's base and sources as LLB (package sources)
//	analysis  what the image holds and why: a plan (package resolve, mostly in a
//	          step of the build; package step)
//	image     the plan as an image (package llbgen), tested (package tests), and its
//	          SBOM
//
// A build walks it to its end, and a request (requests.go) as far as it needs.
// Errors on the way that a user can mend are findings (diag.List); Build turns
// them into what clients show.
package frontend

import (
	"context"
	"time"

	"github.com/moby/buildkit/frontend/gateway/client"
)

// Build is the frontend's gateway function: it builds the image for every platform
// that was asked for, or answers a request.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	opts := c.BuildOpts().Opts
	if err := checkCaps(opts["frontend.caps"]); err != nil {
		return nil, err
	}
	req, err := requestOf(opts)
	if err != nil {
		return nil, err
	}
	s := &session{client: c, begun: time.Now()}
	if err := s.open(ctx, req); err != nil {
		return nil, s.shown(err)
	}
	res, err := req.answer(s, ctx)
	if err != nil {
		return nil, s.shown(err)
	}
	return res, nil
}
