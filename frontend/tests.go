package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/step"
	"github.com/sinter-build/sinter/tests"
)

// TestsArg is the build argument that leaves the tests out: with the value "skip".
const TestsArg = "SINTER_TESTS"

// test is the stage that tests the finished image. Nothing of it is exported unless
// all tests pass, and all failures are told. Tests that run something are steps of the
// build, which are cached like any other.
func (i *image) test(ctx context.Context) error {
	if len(i.spec.Tests) == 0 {
		return nil
	}
	// Findings are told in the order of the tests.
	found := make([]diag.List, len(i.spec.Tests))
	defer func() { i.noteResults(found) }()
	if i.skipTests {
		skipped := i.notRun("tests", "the tests were left out: the build argument "+TestsArg+" is skip", "build without --build-arg "+TestsArg+"=skip")
		for n := range found {
			found[n] = diag.List{skipped}
		}
		return diag.List{skipped}
	}
	own, err := ownImage(i.client)
	if err != nil {
		return err
	}
	if err := i.testFiles(ctx, own, found); err != nil {
		return err
	}
	own, err = i.runner()
	if list, ok := errors.AsType[diag.List](err); ok {
		first := slices.IndexFunc(i.spec.Tests, spec.Test.Runs)
		found[first], err = list, nil
	}
	if err == nil && own != nil {
		err = i.runTests(ctx, *own, found)
	}
	if all := slices.Concat(found...); err == nil && len(all) > 0 {
		return all
	}
	return err
}

// runner is the image with the program that tests run under; nil when no test runs
// anything. The error is a warning where they cannot run.
func (i *image) runner() (*llb.State, error) {
	first := slices.IndexFunc(i.spec.Tests, spec.Test.Runs)
	if first < 0 {
		return nil, nil
	}
	at := i.spec.Tests[first].At
	own, err := ownImage(i.client)
	switch name := platforms.Format(i.platform); {
	case err != nil:
		return nil, err
	case own == nil:
		return nil, diag.List{i.notRun(at, "the tests that run something did not run: that takes the frontend's image, and this build has none",
			"build with docker buildx build, or with the line # syntax= at the top of the spec")}
	case !i.executes():
		return nil, diag.List{i.notRun(at, fmt.Sprintf("the tests that run something did not run for %s: this builder cannot execute programs for it", name),
			"build on a machine for "+name+", or install emulation: docker run --privileged --rm tonistiigi/binfmt --install all")}
	}
	return own, nil
}

// trial is a test that has run.
type trial struct {
	spec.Test
	// index is which of the spec's tests it is.
	index   int
	step    llb.State
	outcome *tests.Outcome
}

// runAll runs tests beside one another.
func (i *image) runAll(ctx context.Context, own llb.State) error {
	g, gctx := errgroup.WithContext(ctx)
	for n, t := range i.spec.Tests {
		if t.Runs() {
			one := &trial{Test: t, index: n}
			i.trials = append(i.trials, one)
			g.Go(func() error { return i.runTest(gctx, own, one) })
		}
	}
	return g.Wait()
}

// runTests runs the tests, and notes what each of them finds.
func (i *image) runTests(ctx context.Context, own llb.State, found []diag.List) error {
	if err := i.runAll(ctx, own); err != nil {
		return err
	}
	var failed []*trial
	for _, t := range i.trials {
		switch {
		case i.unexecutable(t):
			found[t.index] = diag.List{i.notRun(t.At, fmt.Sprintf("the test %q did not run: this builder cannot execute programs for %s", tests.Title(t.Test), platforms.Format(i.platform)))}
		case !t.outcome.Passed():
			failed = append(failed, t)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	causes, err := i.findCauses(ctx, own, failed)
	if err != nil {
		return err
	}
	for n, t := range failed {
		one := tests.Failed(t.Test, t.outcome.Problems, t.outcome.Said)
		one.Fixes = causes[n].Fixes(t.Test, i.plan)
		if sure := tests.Sure(t.Test, t.outcome); len(sure) > 0 && len(causes[n].Needed) == 0 {
			one.Fixes = sure
		} else if len(one.Fixes) == 0 {
			one.Fixes = i.advice(t)
		}
		if instead := tests.Instead(t.outcome.Problems); instead != "" && len(causes[n].Needed) == 0 && len(tests.Sure(t.Test, t.outcome)) == 0 {
			one.Fixes = append(one.Fixes, instead)
		}
		if why := t.outcome.Unwatched; why != "" {
			one.Fixes = append(one.Fixes, "what it opened is not known: "+why)
		}
		found[t.index] = diag.List{one}
	}
	return nil
}

// advice is what the test itself shows, and the program that was probably meant by one that
// is not there.
func (i *image) advice(t *trial) []string {
	fixes := tests.Advice(t.Test, t.outcome)
	if absent := t.outcome.Absent; absent != "" {
		if near := i.nearProgram(absent); near != "" {
			return append([]string{"did you mean " + near + "?"}, fixes...)
		}
	}
	return fixes
}

// nearProgram is the program of the spec that is called nearly like another; "" for none.
func (i *image) nearProgram(name string) string {
	var names []string
	for _, b := range i.spec.Binaries {
		names = append(names, path.Base(b.To))
	}
	if n := slices.Index(names, diag.Nearest(path.Base(name), names)); n >= 0 {
		return i.spec.Binaries[n].To
	}
	return ""
}

// unexecutable reports whether a test could not run because the builder executes no
// programs of the image's platform. On that of the builder it is the program that is
// wrong.
func (i *image) unexecutable(t *trial) bool {
	return t.outcome.Unexecutable && !platforms.Only(i.ui.BuildPlatforms[0]).Match(i.platform)
}

// notRun warns that tests were not run.
func (i *image) notRun(at, message string, fixes ...string) diag.Diagnostic {
	return diag.Diagnostic{Code: "tests-not-run", Severity: diag.SeverityWarning, At: at, Message: message, Fixes: fixes}
}

// executes reports whether the builder runs programs of the image's platform, if only by
// emulation.
func (i *image) executes() bool {
	for _, w := range i.ui.BuildOpts().Workers {
		if slices.ContainsFunc(w.Platforms, platforms.Only(i.platform).Match) {
			return true
		}
	}
	return platforms.Only(i.ui.BuildPlatforms[0]).Match(i.platform)
}

// testFiles looks at the files that tests are about which run nothing, and notes what
// each of them finds: for every platform, as nothing of it is executed.
func (i *image) testFiles(ctx context.Context, own *llb.State, found []diag.List) error {
	var lists [][]tests.File
	for _, t := range i.spec.Tests {
		if !t.Runs() {
			lists = append(lists, tests.Files(t))
		}
	}
	if len(lists) == 0 {
		return nil
	}
	problems, err := i.judgeFiles(ctx, own, lists)
	if err != nil {
		return err
	}
	if len(problems) != len(lists) {
		return fmt.Errorf("reading what holds of files: %d answers to %d questions", len(problems), len(lists))
	}
	for n, t := range i.spec.Tests {
		if t.Runs() {
			continue
		}
		if len(problems[0]) > 0 {
			one := tests.Failed(t, problems[0], "")
			if instead := tests.Instead(problems[0]); instead != "" {
				one.Fixes = []string{instead}
			}
			found[n] = diag.List{one}
		}
		problems = problems[1:]
	}
	return nil
}

// judgeFiles says what is not as it must be with lists of files, for each of them. Like
// the analysis it is a step where this frontend runs from an image.
func (i *image) judgeFiles(ctx context.Context, own *llb.State, lists [][]tests.File) ([][]string, error) {
	if own == nil {
		ref, err := i.solve(ctx, i.final)
		if err != nil {
			return nil, err
		}
		return tests.JudgeLists(gatewayfs.New(ctx, ref), lists), nil
	}
	in, err := stepInput(step.FilesFile, lists, "which files to look at")
	if err != nil {
		return nil, err
	}
	opts := append(i.stepOptions(step.CheckFiles, in),
		llb.AddMount(step.ImageDir, i.final, i.knownByInputs([]llb.MountOption{llb.Readonly})...),
		llb.WithCustomNamef("[test] files of %s for %s", i.title(), platforms.Format(i.platform)),
	)
	var problems [][]string
	err = i.readStep(ctx, own.Run(opts...).AddMount(step.OutDir, llb.Scratch()), step.ProblemsFile, &problems)
	return problems, err
}

// readStep reads a file of JSON that a step has written.
func (e *evaluation) readStep(ctx context.Context, st llb.State, name string, into any) error {
	ref, err := e.solve(ctx, st)
	if err != nil {
		return err
	}
	data, err := gatewayfs.ReadFile(ctx, ref, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// runTest has a test run in the image, with as little that watches as can be: that takes
// time. One that fails runs again and what it asks for is recorded, to find out what it
// lacks. Where it is asked what tests open, that comes first, and the one that then fails
// has another run without.
func (i *image) runTest(ctx context.Context, own llb.State, t *trial) error {
	first, second := i.hardlyWatched(), tests.WatchPaths
	if i.recordTests {
		first, second = second, first
	}
	if err := i.tryTest(ctx, own, t, first); err != nil || t.outcome.Passed() || t.outcome.Unexecutable {
		return err
	}
	_, again, err := i.attempt(ctx, own, i.final, t.Test, second, llb.IgnoreCache)
	switch {
	case err != nil:
		return err
	case i.recordTests:
		t.outcome = again.Recorded(*t.outcome)
	default:
		t.outcome = t.outcome.Recorded(*again)
	}
	return nil
}

// hardlyWatched is how tests run that are not to be recorded.
func (i *image) hardlyWatched() tests.Watch {
	if tests.GivesRights(i.plan) {
		return tests.WatchNothing
	}
	return tests.WatchTasks
}

// tryTest has a test run in the image. A failure that an earlier build has met does not
// count: the test runs again.
func (i *image) tryTest(ctx context.Context, own llb.State, t *trial, how tests.Watch) (err error) {
	t.step, t.outcome, err = i.attempt(ctx, own, i.final, t.Test, how)
	if err == nil && !t.outcome.Passed() && t.outcome.Started < i.begun.UnixNano() {
		t.step, t.outcome, err = i.attempt(ctx, own, i.final, t.Test, how, llb.IgnoreCache)
	}
	return err
}

// explore has a test that failed run in another tree and records what it asks for.
// Programs with rights of their own have none then, so that it may pass only without.
func (i *image) explore(ctx context.Context, own, tree llb.State, t spec.Test, more ...llb.RunOption) (*tests.Outcome, error) {
	_, recorded, err := i.attempt(ctx, own, tree, t, tests.WatchPaths, more...)
	if err != nil || recorded.Passed() || !tests.GivesRights(i.plan) {
		return recorded, err
	}
	_, out, err := i.attempt(ctx, own, tree, t, tests.WatchNothing, more...)
	if err != nil {
		return nil, err
	}
	return out.Recorded(*recorded), nil
}

// attempt has a test run in a tree.
func (i *image) attempt(ctx context.Context, own, tree llb.State, t spec.Test, how tests.Watch, more ...llb.RunOption) (llb.State, *tests.Outcome, error) {
	if tests.StartsNothing(t, i.plan.Config) {
		return llb.State{}, &tests.Outcome{Started: i.begun.UnixNano(), Problems: []string{"the image starts nothing: it has neither entrypoint nor cmd"}}, nil
	}
	st, err := i.testStep(own, tree, t, how, more...)
	if err != nil {
		return st, nil, err
	}
	out := &tests.Outcome{}
	err = i.readStep(ctx, st, path.Join(path.Base(step.TestOut), step.OutcomeFile), out)
	return st, out, err
}

// testStep runs a test in a tree, as the image runs.
func (i *image) testStep(own, tree llb.State, t spec.Test, how tests.Watch, more ...llb.RunOption) (llb.State, error) {
	what := tests.New(t, i.plan.Config)
	what.Watch = how
	in, err := stepInput(step.TestFile, what, "what to test")
	if err != nil {
		return llb.State{}, err
	}
	config := i.plan.Config
	opts := []llb.RunOption{
		llb.Args([]string{step.TestSelf + step.Program, step.Test}),
		llb.User(startUser(config.User)),
		llb.Dir(config.Workdir),
		llb.AddMount(step.TestSelf, own, i.knownByInputs([]llb.MountOption{llb.Readonly})...),
		llb.AddMount(step.TestDir, in, llb.Readonly),
		llb.Platform(i.ui.BuildPlatforms[0]),
		llb.WithCustomNamef("[test] %s%s", tests.Title(t), i.ofPlatform()),
		i.locate(t.At),
	}
	for _, setting := range config.Env {
		name, value, _ := strings.Cut(setting, "=")
		opts = append(opts, llb.AddEnv(name, value))
	}
	for _, c := range i.constraints() {
		opts = append(opts, c)
	}
	if !t.Network {
		opts = append(opts, llb.Network(llb.NetModeNone))
	}
	if !t.Writable {
		opts = append(opts, llb.ReadonlyRootFS())
		opts = append(opts, i.writable(tree)...)
	}
	if what.Source != "" {
		mount := i.knownByInputs([]llb.MountOption{llb.Readonly})
		opts = append(opts, llb.AddMount(path.Join(step.TestSources, step.TreeDir(what.Source)), i.trees.ofTests[what.Source].State, mount...))
	}
	// Docker's builder takes bits off the mode, and so it is the user's own.
	open := llb.Scratch().File(llb.Mkdir("/"+path.Base(step.TestOut), 0o755, llb.WithUIDGID(int(config.User.UID), int(config.User.GID))), llb.WithCustomName("[internal] what comes of a test"))
	return tree.Run(append(opts, more...)...).AddMount(step.TestOutside, open), nil
}

// startUser is who a test's step starts as: root, which gives itself the one right that
// container runtimes give the image's user, and becomes that user.
func startUser(u plan.User) string {
	if u.UID == 0 {
		return fmt.Sprintf("0:%d", u.GID)
	}
	return "0:0"
}

// writable are mounts over what containers can write to even when their root is
// read-only: a temporary directory, if the image has one, and the volumes.
func (i *image) writable(tree llb.State) []llb.RunOption {
	var opts []llb.RunOption
	has := func(name string) bool {
		return i.plan.Base != nil || slices.ContainsFunc(i.plan.Entries, func(e plan.Entry) bool { return e.Path == name && e.Kind == plan.KindDir })
	}
	if has("/tmp") {
		opts = append(opts, llb.AddMount("/tmp", llb.Scratch(), llb.Tmpfs()))
	}
	for _, v := range i.plan.Config.Volumes {
		if v != "/tmp" && has(v) {
			opts = append(opts, llb.AddMount(v, tree, llb.SourcePath(v), llb.ForceNoOutput))
		}
	}
	return opts
}

// ofPlatform tells the platform where there are several.
func (i *image) ofPlatform() string {
	if len(i.ui.TargetPlatforms) < 2 {
		return ""
	}
	return " on " + platforms.Format(i.platform)
}
