package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/sshforward/sshprovider"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
)

// question is what a BuildKit is asked about: a build, as `docker buildx build`
// would send it.
type question struct {
	addr string
	// attrs are the options of the frontend.
	attrs map[string]string
	// locals are the directories that the frontend may read, by name.
	locals map[string]string
	// attached are the secrets and agents that the build may use, and the caches those
	// that it reads and writes.
	attached           []session.Attachable
	cacheFrom, cacheTo []client.CacheOptionsEntry
	// own is this program, for the steps of a build that makes an image; nil where none is
	// made, or it cannot be sent.
	own *program
	// stderr is where everything but the answer goes, and shown what of the build.
	stderr io.Writer
	shown  *progress
	// seen tells of tests as they end; nil when nobody wants to know.
	seen *lines
	// advice is for a person whose build has failed; often empty. The error that a build
	// function returns goes through BuildKit, and comes back as text.
	advice string
	// temp is the directory of a spec from standard input.
	temp string
}

// newQuestion prepares a build with more options of the frontend; they may be nil.
// An error is about what was asked for. The question is to be closed.
func newQuestion(b job.Settings, std streams, attrs map[string]string) (*question, error) {
	q := &question{addr: b.Addr, attrs: map[string]string{}, locals: map[string]string{}, stderr: std.errors}
	var err error
	if q.shown, err = newProgress(b.Progress, std.errors); err != nil {
		return nil, err
	}
	maps.Copy(q.attrs, attrs)
	if b.Target != "" {
		q.attrs["target"] = b.Target
	}
	if len(b.Platforms) > 0 {
		q.attrs["platform"] = strings.Join(b.Platforms, ",")
	}
	if b.NoCache {
		q.attrs["no-cache"] = ""
	}
	if err := q.addBuildctl(b); err != nil {
		return nil, err
	}
	for _, arg := range b.Args {
		name, value, given := strings.Cut(arg, "=")
		if !given {
			if value, given = os.LookupEnv(name); !given {
				continue // as docker buildx does
			}
		}
		q.attrs["build-arg:"+name] = value
	}
	for _, c := range b.Contexts {
		if err := q.addContext(c); err != nil {
			return nil, err
		}
	}
	if err := q.addSpec(b, std.in); err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

// newMaking prepares a build that makes an image, in the same way.
func newMaking(b job.Settings, std streams, attrs map[string]string) (*question, error) {
	q, err := newQuestion(b, std, attrs)
	if err != nil {
		return nil, err
	}
	if q.own, err = ownProgram(); err != nil {
		q.close()
		return nil, exit.Failure{Err: err}
	}
	return q, nil
}

// addBuildctl adds what is said in the words of buildx and buildctl, which BuildKit's own
// packages read.
func (q *question) addBuildctl(b job.Settings) error {
	for _, label := range b.Labels {
		name, value, _ := strings.Cut(label, "=")
		q.attrs["label:"+name] = value
	}
	attests, err := build.ParseOpt(attestOptions(b.Attests))
	if err != nil {
		return fmt.Errorf("--attest: %w", err)
	}
	maps.Copy(q.attrs, attests)
	if len(b.Secrets) > 0 {
		secrets, err := build.ParseSecret(b.Secrets)
		if err != nil {
			return fmt.Errorf("--secret: %w", err)
		}
		q.attached = append(q.attached, secrets)
	}
	if len(b.SSH) > 0 {
		agents, err := build.ParseSSH(b.SSH)
		if err != nil {
			return fmt.Errorf("--ssh: %w", err)
		}
		provider, err := sshprovider.NewSSHAgentProvider(agents)
		if err != nil {
			return fmt.Errorf("--ssh: %w", err)
		}
		q.attached = append(q.attached, provider)
	}
	if q.cacheFrom, err = build.ParseImportCache(cacheOptions(b.CacheFrom)); err != nil {
		return fmt.Errorf("--cache-from: %w", err)
	}
	if q.cacheTo, err = build.ParseExportCache(cacheOptions(b.CacheTo)); err != nil {
		return fmt.Errorf("--cache-to: %w", err)
	}
	return nil
}

// attestOptions are --attest type=sbom,KEY=VALUE as options of the frontend.
func attestOptions(attests []string) []string {
	var opts []string
	for _, a := range attests {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(a, "type="), ",")
		opts = append(opts, "attest:"+kind+"="+rest)
	}
	return opts
}

// cacheOptions are caches with the type that a name alone has.
func cacheOptions(caches []string) []string {
	out := slices.Clone(caches)
	for i, c := range out {
		if !strings.Contains(c, "=") {
			out[i] = "type=registry,ref=" + c
		}
	}
	return out
}

// close removes what newQuestion has made.
func (q *question) close() {
	if q.temp != "" {
		_ = os.RemoveAll(q.temp)
	}
}

// addSpec adds the spec and the main context. A spec in a remote context is
// looked for there.
func (q *question) addSpec(b job.Settings, stdin io.Reader) error {
	context := cmp.Or(b.Context, ".")
	remote := isRemote(context)
	switch {
	case remote:
		q.attrs["context"] = context
	case !exists(context):
		return fmt.Errorf("--context: there is no directory %s", context)
	default:
		q.locals["context"] = context
	}
	switch {
	case b.File == "" && remote:
		return errors.New("which spec of the context: say --file app.yaml")
	case b.File == "":
		return q.findSpec(context, b.Progress != job.Quiet)
	case b.File == "-":
		return q.saveStdin(stdin)
	case exists(b.File):
		q.useSpec(b.File)
	case remote:
		q.attrs["filename"] = b.File
	default:
		return fmt.Errorf("--file: there is no file %s", b.File)
	}
	return nil
}

// findSpec uses the only spec of a directory, and says which one it is where
// another file may have been meant.
func (q *question) findSpec(dir string, say bool) error {
	file, sure, err := onlySpec(dir)
	if err != nil {
		return err
	}
	if !sure && say {
		fmt.Fprintf(q.stderr, "sinter: the spec is %s\n", diag.Plain(file))
	}
	q.useSpec(file)
	return nil
}

// useSpec adds the spec at a path.
func (q *question) useSpec(file string) {
	q.attrs["filename"], q.locals["dockerfile"] = filepath.Base(file), filepath.Dir(file)
}

// stdinName is what a spec from standard input is called.
const stdinName = "spec.yaml"

// saveStdin puts the spec from standard input into a directory of its own.
func (q *question) saveStdin(stdin io.Reader) error {
	text, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}
	if q.temp, err = os.MkdirTemp("", "sinter"); err != nil {
		return err
	}
	q.attrs["filename"], q.locals["dockerfile"] = stdinName, q.temp
	return os.WriteFile(filepath.Join(q.temp, stdinName), text, 0o600)
}

// addContext adds a named context.
func (q *question) addContext(arg string) error {
	name, value, ok := strings.Cut(arg, "=")
	switch {
	case !ok || name == "" || value == "":
		return fmt.Errorf("--build-context %s: write NAME=DIRECTORY or NAME=URL", arg)
	case strings.HasPrefix(value, "oci-layout://"):
		return fmt.Errorf("--build-context %s: an OCI layout cannot be sent from here; push it to a registry and write docker-image://IMAGE", arg)
	case isRemote(value):
		q.attrs["context:"+name] = value
	case exists(value):
		local := strings.ReplaceAll(name, ":", "-")
		q.attrs["context:"+name], q.locals[local] = "local:"+local, value
	default:
		return fmt.Errorf("--build-context %s: there is no directory %s", arg, value)
	}
	return nil
}

func isRemote(context string) bool {
	return strings.Contains(context, "://") || strings.HasPrefix(context, "git@") || strings.HasPrefix(context, "github.com/")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
