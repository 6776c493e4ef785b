package lab

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"
)

const registryLog = "registry.log"

// accessLine is a line of the registry's access log, in Apache's combined format.
var accessLine = regexp.MustCompile(`(?m)^\S+ \S+ \S+ \[[^]]*\] "([A-Z]+ \S+) HTTP/`)

// Requests are all that the registry was asked for until now, as "GET /v2/…" in
// the order in which it had answered. It says so itself, in its access log.
func (l *Lab) Requests(ctx context.Context) ([]string, error) {
	// A line is written after the answer: one more request marks the end.
	mark := fmt.Sprintf("GET /v2/lab/end/manifests/at-%d", time.Now().UnixNano())
	target := "http://" + l.Registry + mark[len("GET "):]
	if _, err := newPusher(l.Registry).do(ctx, http.MethodGet, target, "", nil, 0, http.StatusNotFound); err != nil {
		return nil, err
	}
	for {
		text, err := os.ReadFile(filepath.Join(l.Dir, registryLog))
		if err != nil {
			return nil, err
		}
		var out []string
		for _, line := range accessLine.FindAllSubmatch(text, -1) {
			out = append(out, string(line[1]))
		}
		if slices.Contains(out, mark) {
			return out, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Alias pushes a seeded image again, into another repository, and returns the
// digests of its layers.
func (l *Lab) Alias(ctx context.Context, repo, as string) ([]digest.Digest, error) {
	var layers []digest.Digest
	for _, img := range l.images {
		if img.repo != repo {
			continue
		}
		img.repo = as
		if err := img.push(ctx, newPusher(l.Registry)); err != nil {
			return nil, err
		}
		for _, v := range img.variants {
			layers = append(layers, v.layer.Digest)
		}
	}
	if layers == nil {
		return nil, fmt.Errorf("the lab has no image %s", repo)
	}
	return layers, nil
}
