// Command programs builds the images of real programs, has each do its work in its
// image, and tells what became of it. The programs are files in e2e/programs/testdata;
// go doc ./e2e/programs says what is in one.
//
//	go run ./e2e/cmd/programs -run '^nginx$' -v
//	go run ./e2e/cmd/programs -run 'python|perl' -runtime closure
//	make programs
//
//	go run ./e2e/cmd/programs -run '^nginx$' -runtime whole
//	go run ./e2e/cmd/programs -plan
//
// -runtime whole runs a program in its whole Debian tree: what it cannot do there is not
// for an image to do. -plan plans all images in minutes, and has no work done in them:
// for what can be told of the plan.
//
// Each image is judged by the pack baseline. What it warns of has to be true, and to stand
// in the program's settings; a false alarm ends the command with an error.
//
//	go run ./e2e/cmd/programs -run '^nginx$' -suite trixie
//
// -suite takes the packages of another release of Debian, whatever release the specs name,
// and -arch those of another architecture, whose programs need an emulator in the kernel:
//
//	e2e/emulation/with go run ./e2e/cmd/programs -arch arm64 -run '^redis$'
//
// No BuildKit is involved: each source is a Debian tree that is kept in
// .build/cache/programs, the plan is made from it in process, and what it says is
// written to a memory file system, where runc starts it as the image's config says. So
// a change of the rules is tried in seconds. It needs root, mmdebstrap (make deps) and
// runc (make tools).
//
// -v says for each program what evidence has brought how many bytes, how many of these
// were read in the work, and of one that fails the end of what it said, the files that
// it looked for in vain though its source has them, and what it was refused. That takes
// strace.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/e2e/programs"
)

func main() {
	own, err := programs.Main(os.Args[1:], os.Stdin, os.Stdout)
	if !own {
		err = run(os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

type options struct {
	match    *regexp.Regexp
	verbose  bool
	runtime  string
	table    string
	failures string
	of       programs.System
	at       int
	planOnly bool
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{match: regexp.MustCompile("")}
	flags := flag.NewFlagSet("programs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("run", "run the programs whose name matches the regular expression", func(text string) (err error) {
		o.match, err = regexp.Compile(text)
		return err
	})
	flags.BoolVar(&o.verbose, "v", false, "say what each brings, reads and misses")
	flags.StringVar(&o.runtime, "runtime", "auto", "auto or closure: what ships of what programs open when they run; whole: take all of Debian's tree, to see whether the work can be done")
	flags.StringVar(&o.table, "table", "", "write the table to this file, too")
	flags.StringVar(&o.failures, "failures", "", "write a line to this file for each program that fails or whose image grows much")
	flags.BoolVar(&o.planOnly, "plan", false, "plan the images and judge them by the pack baseline, and do no work in them")
	flags.StringVar(&o.of.Suite, "suite", programs.Usual.Suite, "the release of Debian that the sources are of")
	flags.StringVar(&o.of.Arch, "arch", programs.Usual.Arch, "the architecture of the images")
	flags.IntVar(&o.at, "p", 2, "how many programs run at a time")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, errors.New("programs are chosen by -run")
	}
	return o, nil
}

func run(args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	all, err := programs.All()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(p programs.Program) bool { return !o.match.MatchString(p.Name) })
	if len(all) == 0 {
		return errors.New("no program has such a name")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := programs.NewRunner(ctx, o.of, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.PlanOnly = o.planOnly
	start := time.Now()
	results, err := runAll(ctx, r, all, o, stdout)
	if err != nil {
		return err
	}
	programs.WriteTable(stdout, results)
	fmt.Fprintf(stdout, "\nIt took %s.\n", time.Since(start).Round(time.Second))
	return errors.Join(writeTable(o.table, results), writeFailures(o.failures, results), falseAlarms(results))
}

// falseAlarms is an error where the pack that holds by default warns of what it should not.
func falseAlarms(results []programs.Result) error {
	var names []string
	for _, r := range results {
		if r.Work.Size > 0 && len(r.Misjudged(r.Work.Judged)) > 0 {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the pack baseline is wrong about %s", strings.Join(names, ", "))
}

// runAll runs programs and says of each when it is done. One that fails is a result.
func runAll(ctx context.Context, r *programs.Runner, all []programs.Program, o options, out io.Writer) ([]programs.Result, error) {
	results := make([]programs.Result, len(all))
	var said sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.at)
	for i, p := range all {
		g.Go(func() error {
			res, err := r.Program(ctx, p, o.runtime)
			if err != nil {
				if ctx.Err() != nil {
					return err
				}
				// What cannot even be tried must not keep others from it.
				res.Closure, res.Work = &programs.Work{Failure: err.Error()}, &programs.Work{Failure: err.Error()}
			}
			results[i] = res
			said.Lock()
			defer said.Unlock()
			word := "works"
			if !res.Runs() {
				word = "FAILS"
			}
			fmt.Fprintf(out, "%s %s\n", word, p.Name)
			for _, line := range res.Misjudged(res.Work.Judged) {
				fmt.Fprintf(out, "  %s\n", line)
			}
			if o.verbose {
				programs.WriteDetails(out, res)
			}
			return nil
		})
	}
	return results, g.Wait()
}

const tableHead = `# Programs that work in their images

Real programs of Debian 12 for linux/amd64, each in an image from the spec that a
newcomer would write for it, run as the image's user, doing real work whose result is
checked. ` + "`make programs`" + ` writes this page; ` + "`e2e/programs/testdata`" + ` has the specs and
the work. The images are planned and written without BuildKit; those with a * are also
built by BuildKit whenever the tests run (` + "`go test ./e2e -run TestPrograms`" + `).

Sizes are in MB, not compressed. *packages* is what the program's packages have with all
that they depend on; *growth* is how much larger the image is than with what the loader
needs alone (` + "`runtime: closure`" + `), for programs that do their work with that, too. What
is *never read* in the work is known from the times of access that the file system keeps.
Each image is judged by the pack ` + "`baseline`" + `, which must warn of what is true alone: of
private keys, say, that installing a package has made.
`

func writeTable(file string, results []programs.Result) error {
	if file == "" {
		return nil
	}
	var b strings.Builder
	b.WriteString(tableHead)
	programs.WriteTable(&b, results)
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

func writeFailures(file string, results []programs.Result) error {
	if file == "" {
		return nil
	}
	var b strings.Builder
	for _, r := range results {
		if !r.Runs() {
			fmt.Fprintln(&b, programs.FailureLine(r))
		}
	}
	for _, r := range results {
		if line := programs.GrowthLine(r); line != "" {
			fmt.Fprintln(&b, line)
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
