package convert

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/rootfs"
)

// Dockerfile makes a spec of a stage of the Dockerfile that has a name in the build context:
// of the last one where target is empty.
func Dockerfile(context fs.FS, name string, text []byte, target string, images Images) (*Result, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	stages, global, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("%s: it has no stage", name)
	}
	after := 0
	if target != "" {
		i, ok := stageOf(stages, target)
		if !ok {
			return nil, fmt.Errorf("%s: it has no stage %s%s", name, target, stageNames(stages))
		}
		if i+1 < len(stages) {
			after = stages[i+1].Location[0].Start.Line
		}
		stages = stages[:i+1]
	}
	c := &conversion{
		context: context, name: name, text: text, stages: stages, images: images, words: newWords(parsed.EscapeToken), effects: newEffects(),
		args: map[string]string{}, sources: map[string]*source{}, derived: map[string]string{},
		running:  running{workdir: "/", shell: []string{"/bin/sh", "-c"}, env: map[string]string{}, labels: map[string]string{}},
		shipping: shipping{made: map[string]bool{"/": true}, sought: map[string]bool{}},
	}
	c.effects.at, c.effects.copied, c.words.defaults = "/", c, c.args
	c.words.mixed = mixedIn(string(text))
	c.global, c.needed = global, map[string]bool{}
	c.targeted, c.after = target != "", after
	if err := c.convert(global); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c.write()
}

// conversion is a Dockerfile on its way to a spec.
type conversion struct {
	context fs.FS
	name    string
	text    []byte
	stages  []instructions.Stage
	// global are the build arguments before the first stage.
	global []instructions.ArgCommand
	images Images
	words  *words
	*effects

	// args are the defaults of the build arguments, in which others can be marked, and
	// declared their names in order.
	args     map[string]string
	declared []string
	// derived are the defaults, as they are said, of arguments that are made of parts of others.
	derived map[string]string
	// needed are the arguments of which it was told that they need a value.
	needed  map[string]bool
	sources map[string]*source
	// base is the image that stays below the spec's files; image the one that the last
	// stage is on and the spec takes from, with the source that it is.
	base        string
	image       *Image
	imageSource string
	// known is what is known of an image that was not looked at, if anything is.
	known   knownImage
	isKnown bool
	// unseen tells that nothing is known of the image.
	unseen bool
	// byPlatform are the stages that are on one that the platform names, as they say it.
	byPlatform map[int]string
	// triggers are the ONBUILD instructions of what the next stage is on.
	triggers []string
	// runs are the commands that only the stage itself can carry out.
	runs []ran
	// madeUsers are those of which is known that they make users.
	madeUsers []said
	// runsShell tells that a command of the last stage is given to a shell.
	runsShell bool
	// lastUser is the last USER of the last stage, as it is said.
	lastUser string
	// line is that of the instruction that is taken over, and isLast tells that the last stage is.
	line   int
	isLast bool
	// accounts tells that those are looked up in the stage.
	accounts bool
	// passwd tells that the accounts are those of another stage.
	passwd bool
	// whole tells that the stage itself is a source, named imageSource, and named that it is one beside the
	// others, for the account of the image's user.
	whole, knows bool
	// byName is the user who owns files and directories by name.
	byName string

	// copied is the source of instructions that are left as they are, left their text, and
	// leftStages whether that needs other stages.
	copied, left, leftDir string
	leftStages            bool

	// targeted tells that the stage was named, and need not be the last of the Dockerfile.
	targeted bool
	// after is the line of the stage behind it, 0 for none.
	after int

	running
	shipping
	// unknown are comments about what a spec has no word for.
	unknown []string
	remarks []string
	// told is how many of them come before those on commands.
	told int
}

// shipping is what the spec takes into the image.
type shipping struct {
	// maybe are words that may name programs which others start, and could not be looked for.
	maybe []string
	// sought are the programs that were looked for besides what the image starts.
	sought map[string]bool
	items  []item
	// fromContext are those that are copied from the build context, as COPY says it.
	fromContext []item
	programs    []program
	content     []inline
	// made are the directories that there are.
	made map[string]bool
}

// running is how the image runs.
type running struct {
	user, workdir string
	// stays is the working directory that a base has, if it was looked at, and entered
	// tells that there is a WORKDIR.
	stays   string
	entered bool
	// shell starts lines that are no lists.
	shell           []string
	entrypoint, cmd []string
	// deaf tells that the entrypoint is a line of a shell, which is given no cmd.
	deaf           bool
	env, labels    map[string]string
	ports, volumes []string
	stop           string
	health         *dockerspec.HealthcheckConfig
	healthSaid     said
}

// source is a source of the spec.
type source struct {
	image, dockerfile, target string
	packages                  []string
	comments                  []string
	build                     bool // takes the build's arguments
}

// item is a file or directory that ships.
type item struct {
	source, from, to, mode, owner string
	chown                         string // the owner as it is said
	binary                        bool
}

// program is one that a source has.
type program struct{ source, path string }

// inline is a file whose text stands in the Dockerfile.
type inline struct{ text, to, mode, owner, chown string }

// predefined are build arguments that need no declaration.
var predefined = regexp.MustCompile(`^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT|STAGE)$|(?i)^(http|https|ftp|no|all)_proxy$`)

func (c *conversion) convert(global []instructions.ArgCommand) error {
	for _, name := range []string{"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT"} {
		c.words.arg(name)
	}
	for _, arg := range global {
		if err := c.declare(arg); err != nil {
			return err
		}
	}
	c.words.cut = map[string]bool{} // told where a global argument is used
	c.nameStages()
	if !c.targeted {
		for _, other := range unusedStages(c.stages, c.byPlatform) {
			c.remarks = append(c.remarks, fmt.Sprintf("the stage %s is no part of the last one: sinter init --target %s makes a spec of it", other, other))
		}
	}
	last := len(c.stages) - 1
	chain, root := c.chain(last)
	c.tellPlatform(chain)
	c.lastUser = lastUser(c.stages, chain)
	c.runsShell = slices.ContainsFunc(chain, func(i int) bool { return runsShell(c.stages[i]) })
	below, err := c.words.raw(root.BaseName)
	if err != nil {
		return err
	}
	for _, name := range argsIn(below) {
		if c.args[name] == "" && !predefined.MatchString(name) {
			c.needed[name] = true
			c.remarks = append(c.remarks, fmt.Sprintf("FROM %s: %s has no default: give it one under args", root.BaseName, name))
		}
	}
	if _, err := reference.ParseNormalizedNamed(c.defaults(below)); err != nil && len(argsIn(below)) > 0 {
		return fmt.Errorf("FROM %s is %q, which is no image\n  fix: say what each argument in it is, by --build-arg NAME=VALUE or in the Dockerfile, ARG NAME=VALUE", root.BaseName, c.defaults(below))
	}
	if err := c.on(below); err != nil {
		return err
	}
	for _, arg := range global { // they are for FROM alone, until a stage declares them, too
		for _, a := range arg.Args {
			delete(c.words.env, a.Key)
		}
	}
	for n, i := range chain {
		c.isLast = n+1 == len(chain)
		if err := c.pull(); err != nil {
			return err
		}
		for _, cmd := range c.stages[i].Commands {
			if at := cmd.Location(); len(at) > 0 {
				c.line = at[0].Start.Line
			}
			if err := c.take(cmd); err != nil {
				return err
			}
		}
	}
	c.line = 0
	c.tellUnset()
	c.tellCut()
	c.tellFixed()
	c.keepAccounts()
	if err := c.place(); err != nil {
		return err
	}
	c.tellUnseen(c.defaults(below))
	c.tellNothing()
	c.shareArgs()
	return nil
}

// chain are the stages that the last one builds on, the first one first, and the image
// below them.
func (c *conversion) chain(last int) (chain []int, root instructions.Stage) {
	at := last
	for {
		chain = append([]int{at}, chain...)
		next, ok := instructions.HasStage(c.stages[:at], c.stages[at].BaseName)
		if !ok {
			return chain, c.stages[at]
		}
		at = next
	}
}

// declare takes over a build argument with a default.
func (c *conversion) declare(arg instructions.ArgCommand) error {
	for _, a := range arg.Args {
		if predefined.MatchString(a.Key) {
			continue
		}
		if _, ok := c.args[a.Key]; !ok || a.Value != nil {
			value, err := c.words.raw(a.ValueString())
			if err != nil {
				return err
			}
			if len(c.words.cuts(a.ValueString())) > 0 {
				c.derived[a.Key] = a.ValueString()
				value = c.defaults(value)
			}
			c.setArg(a.Key, value)
		}
		if _, set := c.env[a.Key]; !set { // ENV goes before ARG
			c.words.arg(a.Key)
		}
	}
	return nil
}

// on says what the last stage is on: an image that stays as it is when there is no
// shell in it, and else one to take from.
func (c *conversion) on(ref string) (err error) {
	c.words.env["PATH"] = defaultPath
	if ref == "scratch" {
		return nil
	}
	if c.image, err = c.images.Image(c.defaults(ref)); err != nil && !errors.Is(err, ErrUnknown) {
		return err
	}
	if c.image != nil {
		c.ids.ofTree(c.image.Tree)
		c.groups = groupsOf(c.image.Tree)
		c.as = unlessRoot(c.image.Config.User)
		c.workdir = path.Clean(cmp.Or(c.image.Config.WorkingDir, "/"))
		c.at, c.stays = c.workdir, c.workdir
	}
	c.busybox = ofBusybox(c.defaults(ref))
	if c.minimal(ref) {
		c.base = interpolated(ref)
	} else {
		c.imageSource = c.newSource(imageTitle(c.defaults(ref)), &source{image: interpolated(ref)})
	}
	switch {
	case c.image == nil:
		c.recall(c.defaults(ref))
	case c.base == "":
		c.inherit()
	default:
		c.keepOfBase()
	}
	return nil
}

// keepOfBase takes over what an image says that stays below, and that a spec with a base says anew: a health
// check, and a user who is not the one whom a spec has by itself.
func (c *conversion) keepOfBase() {
	config := c.image.Config
	if config.Healthcheck != nil {
		c.health, c.healthSaid = config.Healthcheck, said{text: "the health check of the image"}
	}
	user := unlessRoot(config.User)
	if uid, _, _ := strings.Cut(c.person(user), ":"); uid != accounts["nonroot"].uid {
		c.user = user
	}
}

// defaults is an expanded text with the build arguments' defaults in it.
func (c *conversion) defaults(text string) string { return c.words.plain(text) }

// setArg declares a build argument with its default. One that is made of others is declared
// behind them.
func (c *conversion) setArg(name, value string) {
	if slices.Contains(argsIn(value), name) {
		value = c.defaults(value)
	}
	c.args[name] = value
	c.declared = append(slices.DeleteFunc(c.declared, func(n string) bool { return n == name && len(argsIn(value)) > 0 }), name)
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// minimal reports whether an image is a base: it has no shell, so that nothing can be run
// on it either.
func (c *conversion) minimal(ref string) bool {
	if c.image == nil {
		ref = c.defaults(ref)
		return !c.runsShell && slices.ContainsFunc([]string{"distroless", "chainguard", "chiseled"}, func(word string) bool { return strings.Contains(ref, word) })
	}
	_, err := rootfs.Resolve(c.image.Tree, "/bin/sh")
	return rootfs.IsAbsent(err)
}

// inherit takes over what an image says that is then no longer below.
func (c *conversion) inherit() {
	config := c.image.Config
	c.triggers = config.OnBuild
	for _, setting := range config.Env {
		name, value, _ := strings.Cut(setting, "=")
		c.words.env[name] = value
		c.env[name] = interpolated(value)
	}
	if c.env["PATH"] == defaultPath {
		delete(c.env, "PATH")
	}
	if len(config.Shell) > 0 {
		c.shell = config.Shell
	}
	c.entrypoint, c.cmd = config.Entrypoint, config.Cmd
	c.user, c.stop = config.User, config.StopSignal
	if config.Healthcheck != nil {
		c.health, c.healthSaid = config.Healthcheck, said{text: "the health check of the image"}
	}
	c.ports = slices.Sorted(maps.Keys(config.ExposedPorts))
	c.volumes = slices.Sorted(maps.Keys(config.Volumes))
}

// imageTitle is the last part of an image's name.
func imageTitle(ref string) string {
	ref = marked.ReplaceAllString(ref, "x")
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "image"
	}
	return path.Base(reference.Path(named))
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// newSource adds a source, by a name that is like a title and not taken.
func (c *conversion) newSource(title string, s *source) string {
	title = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(title), "-"), "-")
	if title == "" || title == "context" || title == "scratch" {
		title = "image"
	}
	name := title
	for n := 2; c.sources[name] != nil; n++ {
		name = fmt.Sprintf("%s-%d", title, n)
	}
	c.sources[name] = s
	return name
}

// take takes over one instruction.
func (c *conversion) take(cmd instructions.Command) error {
	if e, ok := cmd.(instructions.SupportsSingleWordExpansion); ok {
		if _, arg := cmd.(*instructions.ArgCommand); !arg {
			if err := e.Expand(c.words.raw); err != nil {
				return err
			}
		}
	}
	switch cmd := cmd.(type) {
	case *instructions.ArgCommand:
		return c.declare(*cmd)
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			c.words.env[kv.Key] = kv.Value
			c.env[kv.Key] = interpolated(kv.Value)
		}
	case *instructions.LabelCommand:
		for _, kv := range cmd.Labels {
			c.labels[interpolated(kv.Key)] = interpolated(kv.Value)
		}
	case *instructions.MaintainerCommand:
		c.labels["org.opencontainers.image.authors"] = interpolated(cmd.Maintainer)
	case *instructions.WorkdirCommand:
		c.enter(c.abs(cmd.Path))
	case *instructions.UserCommand:
		if c.user = cmd.User; c.user == "" {
			c.user = strings.TrimSpace(strings.TrimPrefix(cmd.String(), "USER")) // of a variable that nothing sets
		}
		c.as = unlessRoot(c.user)
	case *instructions.ExposeCommand:
		return c.expose(cmd.Ports)
	case *instructions.VolumeCommand:
		for _, v := range cmd.Volumes {
			if c.defaults(v) == "" {
				c.remark("What names this volume is empty: say it under volumes", c.said(cmd.String()))
				continue
			}
			c.volumes = append(c.volumes, interpolated(c.abs(v)))
		}
	case *instructions.StopSignalCommand:
		c.stop = interpolated(cmd.Signal)
	case *instructions.HealthCheckCommand:
		c.health, c.healthSaid = cmd.Health, c.said(cmd.String())
	case *instructions.EntrypointCommand:
		if c.entrypoint, c.cmd = c.argv("ENTRYPOINT", cmd.ShellDependantCmdLine), nil; slices.Equal(c.entrypoint, []string{""}) {
			c.entrypoint = nil // as runtimes have it
		}
		c.deaf = cmd.PrependShell
	case *instructions.CmdCommand:
		c.cmd = c.argv("CMD", cmd.ShellDependantCmdLine)
	case *instructions.RunCommand:
		c.run(cmd)
	case *instructions.CopyCommand:
		return c.copy(cmd)
	case *instructions.AddCommand:
		return c.add(cmd)
	case *instructions.ShellCommand:
		c.shell = cmd.Shell
	case *instructions.OnbuildCommand:
		c.triggers = append(c.triggers, cmd.Expression)
		if c.isLast {
			c.remark("ONBUILD has no place in a spec", c.said(cmd.String()))
		}
	}
	return nil
}

// expose takes over ports. One of an argument without a default is none until it gets one.
func (c *conversion) expose(ports []string) error {
	for _, p := range ports {
		text, err := c.words.raw(p)
		if err != nil {
			return err
		}
		if c.defaults(text) == "" {
			c.remark("What names this port is empty: say it under ports", c.said("EXPOSE "+p))
			continue
		}
		c.ports = append(c.ports, interpolated(text))
	}
	return nil
}

// pull carries out the ONBUILD instructions of what a stage is on, as the builder does before its
// own.
func (c *conversion) pull() error {
	triggers := c.triggers
	c.triggers = nil
	for _, text := range triggers {
		parsed, err := parser.Parse(strings.NewReader(text))
		if err != nil {
			return err
		}
		for _, node := range parsed.AST.Children {
			cmd, err := instructions.ParseCommand(node)
			if err != nil {
				return err
			}
			if err := c.take(cmd); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlessRoot is who makes files that are not root's; empty for root.
func unlessRoot(user string) string {
	if name, _, _ := strings.Cut(user, ":"); name == "root" || name == "0" {
		return ""
	}
	return user
}

// enter makes a directory the one that commands run in. If there is none, it is made for the
// user at that time.
func (c *conversion) enter(dir string) {
	c.workdir, c.at, c.entered = dir, c.defaults(dir), true
	if c.as != "" && !c.made[dir] && !c.exists(c.at) {
		c.dirs = append(c.dirs, directory{path: dir, owner: c.numbered(c.as)})
	}
	for ; !c.made[dir] && dir != "."; dir = path.Dir(dir) {
		c.made[dir] = true
	}
}

func (c *conversion) abs(p string) string {
	if !path.IsAbs(c.defaults(p)) {
		p = path.Join(c.workdir, p)
	}
	return path.Clean(p)
}

// argv is how a program starts. A spec starts no shell by itself: a line that needs none
// is split, and another gets the shell of the source.
func (c *conversion) argv(what string, line instructions.ShellDependantCmdLine) []string {
	if !line.PrependShell {
		return line.CmdLine
	}
	text := strings.Join(line.CmdLine, " ")
	if argv, ok := startable(strings.TrimPrefix(text, "exec ")); ok && c.inUsualShell() {
		return argv
	}
	c.remark(what+" needs a shell, "+c.shipsForLine(), c.said(what+" "+text))
	return append(slices.Clone(c.shell), text)
}

// shipsForLine says what ships for a line that a shell is given: the scripts of those that are known are followed.
func (c *conversion) shipsForLine() string {
	if c.inUsualShell() {
		return "which ships for it with the programs that the line is seen to start"
	}
	return "which ships for it; what the line starts must be named under binaries"
}

// inUsualShell reports whether lines are given to a shell whose words are known.
func (c *conversion) inUsualShell() bool { return len(c.shell) > 0 && isShell(c.shell[0]) }

// run takes over a RUN: what it is known to do, or the whole stage as a source.
func (c *conversion) run(cmd *instructions.RunCommand) {
	line, said := assigned(runLine(cmd)), cmd.String()
	for _, file := range cmd.Files {
		said += "\n" + file.Data + file.Name
	}
	if cmd.PrependShell && !c.inUsualShell() {
		c.runs, c.whole = append(c.runs, ran{said: c.said(said), at: c.at}), true
		return
	}
	unset, cut := c.words.unset, c.words.cut // the shell's own do not matter
	c.words.unset, c.words.cut = map[string]bool{}, map[string]bool{}
	text, err := c.inShell(line)
	shells := len(c.words.unset) > 0
	c.words.unset, c.words.cut = unset, cut
	for _, p := range removes(c.defaults(text), c.at) {
		c.drop(p)
	}
	users := len(c.users)
	switch {
	case !cmd.PrependShell && c.understandAll([][]string{cmd.CmdLine}), cmd.PrependShell && err == nil && !shells && c.understand(c.defaults(text)):
		if len(c.users) > users {
			c.madeUsers = append(c.madeUsers, c.said(said))
		}
		return
	case cmd.PrependShell && err == nil:
		c.remember(c.defaults(text))
		for _, script := range c.scriptsIn(c.defaults(text)) {
			c.rememberOf(script, true)
		}
	}
	c.runs = append(c.runs, c.ran(c.said(said), c.withVariables(line)))
	c.whole = true
}

// inShell expands a line of a RUN with what a shell knows by itself.
func (c *conversion) inShell(line string) (string, error) {
	if _, set := c.words.env["PWD"]; !set {
		c.words.env["PWD"] = c.workdir
		defer delete(c.words.env, "PWD")
	}
	return c.words.forShell(line)
}

// withVariables is a line of a RUN with the variables in it that its shell alone knows, but for the
// home of who runs it.
func (c *conversion) withVariables(line string) string {
	w := *c.words
	lex := *w.lex
	lex.SkipUnsetEnv = true
	w.lex, w.env, w.unset, w.cut = &lex, maps.Clone(w.env), map[string]bool{}, map[string]bool{}
	w.env["PWD"], w.env["HOME"] = cmp.Or(w.env["PWD"], c.workdir), c.homeNow()
	text, err := w.forShell(line)
	if err != nil {
		return line
	}
	return c.defaults(text)
}

// runLine is what the shell is given by a RUN.
func runLine(cmd *instructions.RunCommand) string {
	line := strings.Join(cmd.CmdLine, " ")
	if len(cmd.Files) == 1 && strings.HasPrefix(line, "<<") && !strings.HasPrefix(cmd.Files[0].Data, "#!") {
		line = cmd.Files[0].Data
	}
	return line
}
