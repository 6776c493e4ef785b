// Command benchwatch measures what it costs a program to be watched: interpreters and a
// database of a Debian tree start by themselves, followed as tests are, and with all paths
// recorded as those that failed are, in turns in one run, so that all meet the same
// machine. Processor time is that of the program and of what watches it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/e2e/corpus"
	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/watch"
)

// inside is how this program starts itself in the tree.
const inside = "inside"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchwatch:", err)
		os.Exit(1)
	}
}

func run() error {
	root := flag.String("root", "", "`DIR` with a tree that has the programs, in place of one that is made")
	rounds := flag.Int("rounds", 25, "how often each program starts in each way")
	match := flag.String("run", "", "measure programs whose name matches the regular `EXPRESSION`")
	flag.Parse()
	chosen, err := regexp.Compile(*match)
	if err != nil {
		return err
	}
	if flag.Arg(0) == inside {
		return measureAll(os.Stdout, chosen, *rounds)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *root == "" {
		project, err := lab.Root()
		if err != nil {
			return err
		}
		if *root, err = corpus.StartTree(ctx, filepath.Join(project, ".build", "cache"), os.Stderr); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// A container without runc: its own mounts, its own processes, a user of no rights.
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", `
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1/tmp"
		mount -t tmpfs tmpfs "$1/dev"
		mknod -m 666 "$1/dev/null" c 1 3
		mknod -m 666 "$1/dev/urandom" c 1 9
		mkdir -m 1777 "$1/dev/shm"
		cp "$2" "$1/tmp/benchwatch"
		exec chroot --userspec=nobody:nogroup "$1" /tmp/benchwatch -rounds "$3" -run "$4" inside`, "sh", *root, self, fmt.Sprint(*rounds), *match)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// starts are the programs, and what each is to do.
var starts = []struct {
	name    string
	prepare []string
	args    []string
}{
	{name: "perl", args: []string{"/usr/bin/perl", "-e", "1"}},
	{name: "perl, modules", args: []string{"/usr/bin/perl", "-MPOSIX", "-MData::Dumper", "-MFile::Temp", "-MIO::Socket", "-MJSON::PP", "-e", "1"}},
	{name: "python3", args: []string{"/usr/bin/python3", "-c", "pass"}},
	{name: "python3, modules", args: []string{"/usr/bin/python3", "-c", "import argparse, asyncio, csv, decimal, email.message, http.server, json, logging.config, sqlite3, ssl, tempfile, xml.etree.ElementTree"}},
	{name: "ruby", args: []string{"/usr/bin/ruby", "-rjson", "-rset", "-e", "1"}},
	{name: "php", args: []string{"/usr/bin/php", "-r", "1;"}},
	{name: "node", args: []string{"/usr/bin/node", "-e", "0"}},
	{
		name:    "postgres",
		prepare: []string{"/usr/lib/postgresql/15/bin/initdb", "-D", "/tmp/data", "--no-sync", "-U", "app"},
		args:    []string{"/usr/lib/postgresql/15/bin/postgres", "--single", "-F", "-D", "/tmp/data", "template1"},
	},
	{name: "initdb", prepare: []string{"/bin/true"}, args: []string{"/usr/lib/postgresql/15/bin/initdb", "-D", "/tmp/again", "--no-sync", "-U", "app"}},
}

// sample is what one start took.
type sample struct{ wall, cpu time.Duration }

func measureAll(w io.Writer, chosen *regexp.Regexp, rounds int) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "program\tpaths\tCPU\tfollowed\trecorded\tper path\ttime\tfollowed\trecorded\t\n")
	for _, s := range starts {
		if !chosen.MatchString(s.name) {
			continue
		}
		if s.prepare != nil {
			if out, err := exec.Command(s.prepare[0], s.prepare[1:]...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", s.prepare[0], err, out)
			}
		}
		var runs [3][]sample // by how it is started
		paths := 0
		for range rounds {
			for way := range runs {
				one, n, err := start(s.args, way)
				if err != nil {
					return err
				}
				runs[way], paths = append(runs[way], one), max(paths, n)
			}
		}
		p, f, r := median(runs[plain]), median(runs[followed]), median(runs[recorded])
		fmt.Fprintf(t, "%s\t%d\t%.1f ms\t%.2f\t%.2f\t%.1f µs\t%.1f ms\t%.2f\t%.2f\t\n", s.name, paths,
			milli(p.cpu), float64(f.cpu)/float64(p.cpu), float64(r.cpu)/float64(p.cpu), 1000*milli(r.cpu-p.cpu)/float64(max(paths, 1)),
			milli(p.wall), float64(f.wall)/float64(p.wall), float64(r.wall)/float64(p.wall))
	}
	return t.Flush()
}

// The ways in which a program is started.
const (
	plain = iota
	followed
	recorded
)

// start runs a program to its end. Paths is how often it asked for one.
func start(args []string, way int) (s sample, paths int, err error) {
	if err := os.RemoveAll("/tmp/again"); err != nil {
		return s, 0, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return s, 0, err
	}
	defer null.Close()
	cmd := watch.Command{Args: args, Env: os.Environ(), Files: [3]*os.File{null, null, null}}
	var record watch.Record
	before, begun := used(), time.Now()
	var p *watch.Process
	switch way {
	case recorded:
		p, err = watch.Start(cmd, &record)
	case followed:
		p, err = watch.Follow(cmd)
	default:
		p, err = new(watch.Starter).Start(cmd)
	}
	if err != nil {
		return s, 0, err
	}
	<-p.Gone()
	s.wall, s.cpu = time.Since(begun), used()-before
	if p.Status().Exit != 0 {
		return s, 0, errors.New(args[0] + ": " + p.Status().String())
	}
	for _, a := range record.Accesses() {
		paths = max(paths, a.Last)
	}
	return s, paths, nil
}

// used is the processor time of this process and of those that it has waited for.
func used() time.Duration {
	var sum time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}

func median(all []sample) (out sample) {
	slices.SortFunc(all, func(a, b sample) int { return int(a.wall - b.wall) })
	out.wall = all[len(all)/2].wall
	slices.SortFunc(all, func(a, b sample) int { return int(a.cpu - b.cpu) })
	out.cpu = all[len(all)/2].cpu
	return out
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
