// Command bench does one job three ways on one daemon and compares them: redis
// from Debian's package, as a spec for Sinter, as a Dockerfile that copies a list
// of files kept by hand, and as a Dockerfile on top of Debian.
//
// It measures time, image size, the size of the frontend images and the memory of
// the frontends, and reports how that compares with what is expected of Sinter. A
// report is all it is: it fails only where something does not work at all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/containerd/log"
	"github.com/moby/buildkit/client"

	"github.com/sinter-build/sinter/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	install := flag.Bool("install", false, "time builds that install the package, too")
	flag.Parse()
	// The local content store warns of file systems without fs-verity.
	_ = log.SetLevel("error")
	if err := run(ctx, *install); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, install bool) error {
	l, err := lab.Start(ctx, lab.Seeded, os.Stderr)
	if err != nil {
		return err
	}
	b := &bench{lab: l, context: filepath.Join(l.Dir, "context")}
	return errors.Join(b.run(ctx, situations(install)), l.Close())
}

// way is one way to make the image.
type way struct {
	name     string
	frontend string // image
	file     string // in the build context
}

const dockerfileFrontend = "docker/dockerfile:1"

// ways are the ways that are compared: Sinter, then what it is measured against.
var ways = []way{
	{"Sinter", lab.FrontendRef, "app.yaml"},
	{"COPY --from", dockerfileFrontend, "copy.Dockerfile"},
	{"Debian slim", dockerfileFrontend, "slim.Dockerfile"},
}

// situation is what a build finds when it starts.
type situation struct {
	name    string
	rounds  int
	limit   float64 // of Sinter's time in terms of the COPY --from way's; 0 for none
	install bool    // let the build install redis, and do not give it an image that has it
	prepare func(*bench, context.Context) error
}

// situations are what is timed. What users meet the first time, with the
// installation of the package, takes long, mostly in what all ways have in common,
// and so is only timed on request.
func situations(install bool) []situation {
	all := []situation{
		{name: "cold", rounds: 5, limit: 1.5, prepare: (*bench).prune},
		{name: "warm", rounds: 11, limit: 1.1, prepare: (*bench).nothing},
		{name: "app changed", rounds: 11, limit: 1.1, prepare: (*bench).changeApp},
	}
	if install {
		all = append(all, situation{name: "cold, with apt-get", rounds: 3, install: true, prepare: (*bench).prune})
	}
	return all
}

// bench is one run of the benchmark.
type bench struct {
	lab     *lab.Lab
	daemon  *client.Client
	context string // directory
	library string // image with redis installed
	changes int    // made to the app
}

func (b *bench) run(ctx context.Context, todo []situation) (err error) {
	if b.daemon, err = client.New(ctx, b.lab.Host); err != nil {
		return err
	}
	defer b.daemon.Close()
	if err := b.lab.PushFrontend(ctx); err != nil {
		return err
	}
	if err := b.writeContext(); err != nil {
		return err
	}
	if err := b.pushLibrary(ctx); err != nil {
		return err
	}
	var r report
	fmt.Fprintln(os.Stderr, "bench: sizes")
	for _, w := range ways {
		img, err := b.image(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		r.images = append(r.images, img)
	}
	for _, ref := range []string{lab.FrontendRef, dockerfileFrontend} {
		size, err := b.frontendSize(ctx, ref)
		if err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
		r.frontends = append(r.frontends, size)
	}
	for _, s := range todo {
		fmt.Fprintf(os.Stderr, "bench: %s, %d rounds\n", s.name, s.rounds)
		times, err := b.measure(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.times = append(r.times, timing{situation: s, by: times})
	}
	fmt.Fprintln(os.Stderr, "bench: memory")
	if r.memory, err = b.memory(ctx); err != nil {
		return err
	}
	return r.write(os.Stdout)
}

// measure times each way's builds. The ways take turns, and a first round that
// does not count brings the registry and the daemon to where the others find them.
func (b *bench) measure(ctx context.Context, s situation) ([][]time.Duration, error) {
	times := make([][]time.Duration, len(ways))
	for round := range s.rounds + 1 {
		for turn := range ways {
			i := (round + turn) % len(ways)
			if err := s.prepare(b, ctx); err != nil {
				return nil, err
			}
			start := time.Now()
			if err := b.build(ctx, ways[i], s.install, b.push()); err != nil {
				return nil, fmt.Errorf("%s: %w", ways[i].name, err)
			}
			if round > 0 {
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	return times, nil
}
