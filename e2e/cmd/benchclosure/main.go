// Command benchclosure times `sinter closure` as a whole process against ldd, the
// loader's own --list, libtree and lddtree, on curl and ffmpeg in a Debian tree.
// All take turns in one run, so that they meet the same machine.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/sinter-build/sinter/e2e/corpus"
	"github.com/sinter-build/sinter/e2e/lab"
)

// rounds is how often each program is looked at.
const rounds = 25

// environment is what Debian starts programs with.
var environment = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchclosure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root, err := lab.Root()
	if err != nil {
		return err
	}
	tree, err := corpus.SmallTree(ctx, filepath.Join(root, ".build", "cache"), os.Stderr)
	if err != nil {
		return err
	}
	sinter := filepath.Join(root, ".build", "bin", "sinter")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", sinter, "./cmd/sinter")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	all := contenders(sinter, tree)
	for _, program := range []string{"/usr/bin/curl", "/usr/bin/ffmpeg"} {
		if err := compare(ctx, os.Stdout, all, program); err != nil {
			return err
		}
	}
	return nil
}

// contender is one way to list what a program loads.
type contender struct {
	name   string
	argv   []string // the program's path is added
	chroot string   // when it must run inside the tree
}

// contenders are Sinter, which looks at the tree from outside, and the programs
// of the tree, each of which looks around itself.
func contenders(sinter, tree string) []contender {
	return []contender{
		{name: "sinter closure", argv: []string{sinter, "closure", "--root", tree}},
		{name: "ldd", argv: []string{"/usr/bin/ldd"}, chroot: tree},
		{name: "ld.so --list", argv: []string{"/lib64/ld-linux-x86-64.so.2", "--list"}, chroot: tree},
		{name: "libtree", argv: []string{"/usr/bin/libtree"}, chroot: tree},
		{name: "lddtree", argv: []string{"/usr/bin/lddtree"}, chroot: tree},
	}
}

// result is what the runs of one contender took.
type result struct {
	times  []time.Duration
	memory float64 // MB; zero when unknown
	lines  int
}

func compare(ctx context.Context, w io.Writer, all []contender, program string) error {
	results := make([]result, len(all))
	for round := range rounds {
		for i, c := range all {
			if c.name == "lddtree" && round%5 != 0 {
				continue // it takes as long as all others together
			}
			if err := results[i].measure(ctx, c, program); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	for i, c := range all {
		if err := results[i].weigh(ctx, c, program); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tmedian\tbest\tagainst sinter\tmemory\tlines\n", program)
	base := results[0].median()
	for i, c := range all {
		r := results[i]
		fmt.Fprintf(t, "  %s\t%.1f ms\t%.1f ms\t%.2f\t%.1f MB\t%d\n", c.name, milli(r.median()), milli(r.times[0]),
			float64(r.median())/float64(base), r.memory, r.lines)
	}
	return t.Flush()
}

// measure runs a contender once.
func (r *result) measure(ctx context.Context, c contender, program string) error {
	cmd := exec.CommandContext(ctx, c.argv[0], append(slices.Clone(c.argv[1:]), program)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	cmd.Dir, cmd.Env = "/", environment
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.chroot}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	r.times = append(r.times, time.Since(start))
	slices.Sort(r.times)
	r.lines = strings.Count(out.String(), "\n")
	return nil
}

// weigh measures memory. GNU time does it: a process counts that of the one it
// was forked from, and this one is large.
func (r *result) weigh(ctx context.Context, c contender, program string) error {
	at, err := exec.LookPath("time")
	if err != nil {
		return nil
	}
	argv := []string{"-f", "%M"}
	if c.chroot != "" {
		argv = append(argv, "chroot", c.chroot)
	}
	cmd := exec.CommandContext(ctx, at, append(append(argv, c.argv...), program)...)
	cmd.Dir, cmd.Env = "/", environment
	var text bytes.Buffer
	cmd.Stderr = &text
	if err := cmd.Run(); err != nil {
		return err
	}
	lines := strings.Fields(text.String())
	kib, err := strconv.ParseFloat(lines[len(lines)-1], 64)
	r.memory = kib / 1024
	return err
}

func (r *result) median() time.Duration { return r.times[len(r.times)/2] }

func milli(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
