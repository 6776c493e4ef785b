// Command benchsize builds trees of unusual size with Sinter and with a Dockerfile that
// copies the same, on one daemon, and compares the times; each tree at half its size,
// too, which shows what grows faster than the tree. It reports how the times compare with
// what is expected of Sinter, and fails only where something does not work at all.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/containerd/log"
	"github.com/moby/buildkit/client"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	only := flag.String("run", "", "build only the trees that this regular expression matches")
	rounds := flag.Int("rounds", 3, "how often each is built")
	verbose := flag.Bool("v", false, "tell how long each step of a build took, by the daemon's clock")
	flag.Parse()
	// The local content store warns of file systems without fs-verity.
	_ = log.SetLevel("error")
	if err := run(ctx, *only, *rounds, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "benchsize:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, rounds int, verbose bool) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	l, err := lab.Start(ctx, lab.Seeded, os.Stderr)
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, l, chosen, rounds, verbose), l.Close())
}

// way is one way to build.
type way struct {
	name     string
	frontend string // image
	file     string // in the directory of the spec
}

// ways are Sinter and what it is measured against.
var ways = []way{
	{"Sinter", lab.FrontendRef, "app.yaml"},
	{"Dockerfile", "docker/dockerfile:1", "Dockerfile"},
}

// situations are what a build finds: nothing of an earlier one, one file that has
// changed since, and nothing that has.
var situations = []string{"first", "one changed", "again"}

// limit is how long Sinter may take in terms of the Dockerfile's time.
const limit = 1.1

// specs say the same twice: all of the build context goes to one directory.
var specs = map[string]string{
	"app.yaml":   "files:\n  - {from: ., to: /srv/tree}\nruntime: closure\n",
	"Dockerfile": "FROM scratch\nCOPY . /srv/tree\nENTRYPOINT [\"/srv/tree/x\"]\n",
}

func measure(ctx context.Context, l *lab.Lab, chosen *regexp.Regexp, rounds int, verbose bool) error {
	daemon, err := client.New(ctx, l.Host)
	if err != nil {
		return err
	}
	defer daemon.Close()
	if err := l.PushFrontend(ctx); err != nil {
		return err
	}
	b := &bench{daemon: daemon, specs: filepath.Join(l.Dir, "specs"), verbose: verbose}
	if err := os.Mkdir(b.specs, 0o755); err != nil {
		return err
	}
	for name, text := range specs {
		if err := os.WriteFile(filepath.Join(b.specs, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "%-34s\t%s\t%s\tSinter : %s\t\t\n", "seconds: median", ways[0].name, ways[1].name, ways[1].name)
	for _, t := range trees {
		for _, n := range []int{t.size / 2, t.size} {
			name := fmt.Sprintf("%d %s", n, t.name)
			if !chosen.MatchString(name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "benchsize: %s\n", name)
			b.context = filepath.Join(l.Dir, fmt.Sprint("tree", n))
			if err := t.make(b.context, n); err != nil {
				return err
			}
			times, err := b.times(ctx, rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for s, by := range times {
				verdict := "ok"
				if by.ratio() > limit {
					verdict = "over"
				}
				fmt.Fprintf(out, "%-34s\t%.2f\t%.2f\t%.2f×\t%s\t\n", name+", "+situations[s], median(by[0]), median(by[1]), by.ratio(), verdict)
			}
			if err := os.RemoveAll(b.context); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// timing is the times of a situation in seconds, of each way, in the order of the rounds.
type timing [2][]float64

// ratio is the median over the rounds of Sinter's time in terms of the other's.
func (t timing) ratio() float64 {
	var ratios []float64
	for i := range t[0] {
		ratios = append(ratios, t[0][i]/t[1][i])
	}
	return median(ratios)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// bench builds one tree.
type bench struct {
	daemon  *client.Client
	specs   string // directory of the spec and the Dockerfile
	context string // directory
	changes int
	verbose bool
}

// times measures a tree in each situation. The ways take turns.
func (b *bench) times(ctx context.Context, rounds int) ([]timing, error) {
	out := make([]timing, len(situations))
	for round := range rounds {
		for turn := range ways {
			i := (round + turn) % len(ways)
			if err := b.prepare(ctx, ways[i]); err != nil {
				return nil, err
			}
			for s := range situations {
				if s == 1 {
					if err := b.change(); err != nil {
						return nil, err
					}
				}
				start := time.Now()
				if err := b.build(ctx, ways[i], b.context); err != nil {
					return nil, fmt.Errorf("%s, %s: %w", ways[i].name, situations[s], err)
				}
				out[s][i] = append(out[s][i], time.Since(start).Seconds())
			}
		}
	}
	return out, nil
}

// prepare has the daemon forget everything but the frontend, which an empty tree needs,
// too.
func (b *bench) prepare(ctx context.Context, w way) error {
	if err := b.daemon.Prune(ctx, nil, client.PruneAll); err != nil {
		return err
	}
	small := b.context + "-small"
	if err := makeFiles(small, 1); err != nil {
		return err
	}
	return errors.Join(b.build(ctx, w, small), os.RemoveAll(small))
}

// changed is a file that every tree has.
const changed = "changed.txt"

// change makes the tree another one than in any build before.
func (b *bench) change() error {
	b.changes++
	return os.WriteFile(filepath.Join(b.context, changed), fmt.Appendf(nil, "change %d\n", b.changes), 0o644)
}

func (b *bench) build(ctx context.Context, w way, dir string) error {
	files, err := fsutil.NewFS(dir)
	if err != nil {
		return err
	}
	spec, err := fsutil.NewFS(b.specs)
	if err != nil {
		return err
	}
	watched := make(chan *client.SolveStatus)
	steps := make(chan string, 1)
	go func() { steps <- stepTimes(watched) }()
	_, err = b.daemon.Solve(ctx, nil, client.SolveOpt{
		Frontend:      "gateway.v0",
		FrontendAttrs: map[string]string{"source": w.frontend, "filename": w.file},
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": spec},
		Exports:       []client.ExportEntry{{Type: client.ExporterImage, Attrs: map[string]string{"name": "bench/size"}}},
	}, watched)
	if text := <-steps; b.verbose {
		fmt.Fprintf(os.Stderr, "%s:\n%s", w.name, text)
	}
	return err
}

// stepTimes tells the time between the start of a build and the start and the end of each
// of its steps, in the order in which they began.
func stepTimes(watched <-chan *client.SolveStatus) string {
	steps := map[digest.Digest]*client.Vertex{}
	for status := range watched {
		for _, v := range status.Vertexes {
			if v.Started != nil && v.Completed != nil {
				steps[v.Digest] = v
			}
		}
	}
	sorted := slices.SortedFunc(maps.Values(steps), func(a, b *client.Vertex) int {
		return cmp.Or(a.Started.Compare(*b.Started), a.Completed.Compare(*b.Completed), strings.Compare(a.Name, b.Name))
	})
	var text strings.Builder
	for _, v := range sorted {
		begun := sorted[0].Started
		fmt.Fprintf(&text, "  %6.2f to %6.2f  %s\n", v.Started.Sub(*begun).Seconds(), v.Completed.Sub(*begun).Seconds(), v.Name)
	}
	return text.String()
}
