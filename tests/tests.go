// Package tests is what a spec's tests are made of: what a test is to do, the judgement
// of what came of it, and what to add to the spec when it fails.
//
// A test that runs something is a step of the build in the finished tree, as the
// image's user. Package runner is what runs there, package step gives it its mounts,
// and package frontend emits the steps. The shapes of the files that they exchange are
// here.
package tests

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/watch"
)

// DefaultTimeout is how long a test may take that says nothing else.
const DefaultTimeout = 30 * time.Second

// Test is what a step is told of one test.
type Test struct {
	// Run is the program to run and its arguments; nil for none.
	Run []string `json:"run,omitempty"`
	// Source is the source that the program is from; empty for the image.
	Source string `json:"source,omitempty"`
	// Service is what is started first and has to keep running; nil for nothing.
	Service []string `json:"service,omitempty"`
	// Ready tells when the service is ready; nil for at once.
	Ready *spec.Ready `json:"ready,omitempty"`
	// StopSignal asks the service to end.
	StopSignal string `json:"stopSignal,omitempty"`
	Stdin      string `json:"stdin,omitempty"`
	// Env are settings, NAME=VALUE, that go before those of the image. Sorted.
	Env []string `json:"env,omitempty"`
	// Expect is what must come of Run.
	Expect spec.Expect `json:"expect"`
	// Files must hold in the end. Sorted by path.
	Files []File `json:"files,omitempty"`
	// Watch is how the image's programs are watched.
	Watch Watch `json:"watch"`
	// Timeout is how long all of it may take, in nanoseconds.
	Timeout time.Duration `json:"timeout"`
	// User runs it.
	User plan.User `json:"user"`
	// Home tells that the image's environment has HOME. Otherwise it is that of the
	// user's account, as container runtimes set it.
	Home bool `json:"home,omitempty"`
}

// Watch is how the programs of a test are watched.
type Watch string

const (
	// WatchNothing is for programs that have rights beyond the user's, which they lose
	// when anything of them is watched.
	WatchNothing Watch = "nothing"
	// WatchTasks follows which processes and threads there are, so that a program cannot
	// have too many of them, and none is left.
	WatchTasks Watch = "tasks"
	// WatchPaths records what paths they ask for, too.
	WatchPaths Watch = "paths"
)

// File is what must hold of a path.
type File struct {
	Path  string         `json:"path"`
	Check spec.FileCheck `json:"check"`
}

// Outcome is what came of a test.
type Outcome struct {
	// Started is when it ran, in nanoseconds since 1970. A failure of an earlier build
	// is no news: the test runs again.
	Started int64 `json:"started"`
	// Took is how long it ran, in nanoseconds.
	Took time.Duration `json:"took"`
	// Problems are what was not as it must be, each one line. A test without any has
	// passed.
	Problems []string `json:"problems,omitempty"`
	// Unexecutable is set when the system does not know the format of a program: it may be
	// for another platform.
	Unexecutable bool `json:"unexecutable,omitempty"`
	// Late is set when the program had not come to an end in its time, and Unready when the
	// service was not ready.
	Late    bool `json:"late,omitempty"`
	Unready bool `json:"unready,omitempty"`
	// Absent is the program, of the image or of a source, that is not there.
	Absent string `json:"absent,omitempty"`
	// LineEnd is "stdout" or "stderr" when what the program wrote there is what was expected
	// and a line break.
	LineEnd string `json:"lineEnd,omitempty"`
	// Letters is what the program wrote to its standard output in place of what it was
	// expected to contain, in other letters: capital or small ones.
	Letters string `json:"letters,omitempty"`
	// Listening are the TCP ports on which something listened when the service was not
	// ready in its time.
	Listening []int `json:"listening,omitempty"`
	// Unwatched is why nothing was recorded that was to be.
	Unwatched string `json:"unwatched,omitempty"`
	// Said is the end of what the program, or else the service, wrote to its standard
	// error, or to its standard output if that is empty.
	Said string `json:"said,omitempty"`
	// Accesses are what the image's programs asked for, in order; none when the test was
	// not watched.
	Accesses []watch.Access `json:"accesses,omitempty"`
	// Cut is set when they asked for more than is recorded.
	Cut bool `json:"cut,omitempty"`
}

// Passed reports whether all was as it must be.
func (o Outcome) Passed() bool { return len(o.Problems) == 0 && !o.Unexecutable }

// Recorded is the outcome with what was recorded in another run.
func (o Outcome) Recorded(watched Outcome) *Outcome {
	o.Unwatched, o.Accesses, o.Cut = watched.Unwatched, watched.Accesses, watched.Cut
	return &o
}

// What the line begins with that tells what came of a test.
const (
	LinePassed = "passed in "
	LineFailed = "failed after "
)

// Line says what came of it while others still run: "passed in 0.12s".
func (o Outcome) Line() string {
	took := o.Took.Round(10 * time.Millisecond).String()
	if o.Passed() {
		return LinePassed + took
	}
	if o.Unexecutable {
		return "not executed"
	}
	return LineFailed + took
}

// New is a test of an image that runs as config says.
func New(t spec.Test, config plan.Config) Test {
	out := Test{
		Run: t.Run, Service: t.Service.Command, StopSignal: config.StopSignal,
		Stdin: t.Stdin, Files: Files(t), Timeout: cmp.Or(t.Timeout, DefaultTimeout), User: config.User,
		Home: slices.ContainsFunc(config.Env, func(setting string) bool { return strings.HasPrefix(setting, "HOME=") }),
	}
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		out.Env = append(out.Env, name+"="+t.Env[name])
	}
	if program, ok := t.Program(); ok {
		out.Source, out.Run = program.Source, append([]string{program.Path}, t.Run[1:]...)
	}
	if t.Service.Image {
		out.Service = config.Command()
	}
	if out.Run == nil && !t.Service.Starts() && t.Runs() {
		out.Run = config.Command()
	}
	if t.Expect != nil {
		out.Expect = *t.Expect
	}
	if out.Service != nil {
		out.Ready = ready(t, config)
	}
	return out
}

// StartsNothing reports whether a test is about what the image starts and the image
// starts nothing.
func StartsNothing(t spec.Test, config plan.Config) bool {
	started := t.Service.Image || len(t.Run) == 0 && !t.Service.Starts()
	return started && len(config.Command()) == 0
}

// ready is how one sees that the service is ready: as the spec says, or by the image's
// first TCP port.
func ready(t spec.Test, config plan.Config) *spec.Ready {
	if t.Ready != nil {
		return t.Ready
	}
	for _, port := range config.Ports {
		if number, protocol, _ := strings.Cut(port, "/"); protocol == "tcp" && t.Service.Image {
			n, _ := strconv.Atoi(number)
			return &spec.Ready{Port: n}
		}
	}
	return nil
}

// Files are what must hold of files, sorted by path.
func Files(t spec.Test) []File {
	var out []File
	for _, path := range slices.Sorted(maps.Keys(t.Files)) {
		out = append(out, File{path, t.Files[path]})
	}
	return out
}

// Title is what a test is called.
func Title(t spec.Test) string {
	switch {
	case t.Name != "":
		return t.Name
	case len(t.Run) > 0:
		return strings.Join(t.Run, " ")
	case t.Service.Starts():
		return "the service"
	case t.Runs():
		return "the image's command"
	}
	return "files"
}
