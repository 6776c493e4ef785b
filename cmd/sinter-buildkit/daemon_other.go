//go:build !linux

package main

import (
	"context"
	"io"
)

// daemon is a buildkitd that was started for one job: on Linux alone, for it makes
// images with that system's containers.
type daemon struct{ addr string }

func startDaemon(context.Context, io.Writer) (*daemon, error) { return nil, nil }

func (d *daemon) stop() {}
