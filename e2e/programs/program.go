// Package programs is a corpus of real programs, each with the spec that a newcomer
// would write for it and with work that it must do in its image: serve, query,
// convert, compile. `make programs` runs all of it, and go doc ./e2e/cmd/programs says
// how to run one.
//
// A program is a txtar file in testdata:
//
//	app.yaml      the spec; lines that end in "# extra" are those that a newcomer
//	              would not have written, and are tried only if it fails without
//	program.yaml  what the harness needs to know: Settings
//	work          a shell script that makes it work and checks what comes of it
//	prepare       a shell script that completes the build context; optional
//	…             everything else is the build context
//
// The scripts run on this machine, in a network where there is nothing but loopback.
// Their directory is writable and is /scratch in the image and in the Debian tree of
// client. prelude.sh has what they can call.
package programs

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/spec"
)

//go:embed testdata/*.txtar
var testdata embed.FS

// Names of files that are for the harness and not for the build.
const (
	specFile    = "app.yaml"
	settingFile = "program.yaml"
	workFile    = "work"
	prepareFile = "prepare"
)

// extraMark ends the lines of a spec that a newcomer would not have written.
const extraMark = "# extra"

// A Program is a program, its spec and its work.
type Program struct {
	Name string
	Settings
	// Spec is app.yaml with the extra lines.
	Spec string
	// Work and Prepare are the scripts.
	Work, Prepare string
	// Context is the rest of the build context.
	Context fs.FS
}

// Settings is program.yaml.
type Settings struct {
	// Kind is what the table lists it under, one of Kinds.
	Kind string `yaml:"kind"`
	// Clients are Debian packages for the scripts' client, which then has a tree
	// of its own. Without them it runs in the source named debian, or the first.
	Clients []string `yaml:"clients"`
	// Fast has it built by BuildKit, too, whenever the tests run. Such a program has
	// no clients, prepares nothing, and no rule warns of it.
	Fast bool `yaml:"fast"`
	// Baseline is what the pack that holds by default warns of, and rightly: "RULE PATH".
	// Anything else that it warns of is a false alarm.
	Baseline []string `yaml:"baseline"`
}

// Kinds are the groups of the table.
var Kinds = []string{"server", "database", "tool", "media", "language"}

// All returns every program, sorted by name.
func All() ([]Program, error) {
	files, err := fs.Glob(testdata, "testdata/*.txtar")
	if err != nil {
		return nil, err
	}
	var out []Program
	for _, file := range files {
		text, err := testdata.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := parse(strings.TrimSuffix(path.Base(file), ".txtar"), text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func parse(name string, text []byte) (Program, error) {
	p := Program{Name: name}
	archive, err := txtar.FS(txtar.Parse(text))
	if err != nil {
		return p, err
	}
	p.Context = archive
	var settings string
	for file, to := range map[string]*string{specFile: &p.Spec, settingFile: &settings, workFile: &p.Work, prepareFile: &p.Prepare} {
		text, err := fs.ReadFile(archive, file)
		if err != nil && file != prepareFile {
			return p, err
		}
		*to = string(text)
	}
	decoder := yaml.NewDecoder(strings.NewReader(settings))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p.Settings); err != nil {
		return p, err
	}
	if !slices.Contains(Kinds, p.Kind) {
		return p, fmt.Errorf("kind %q is none of %s", p.Kind, strings.Join(Kinds, ", "))
	}
	return p, nil
}

// Plain is the spec without its extra lines.
func (p *Program) Plain() string {
	var b strings.Builder
	for line := range strings.Lines(p.Spec) {
		if !isExtra(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Extra is how many extra lines the spec has.
func (p *Program) Extra() int {
	n := 0
	for line := range strings.Lines(p.Spec) {
		if isExtra(line) {
			n++
		}
	}
	return n
}

func isExtra(line string) bool { return strings.HasSuffix(strings.TrimSpace(line), extraMark) }

// WriteContext writes the build context into the empty directory dir, with the given
// text as its spec.
func (p *Program) WriteContext(dir, text string) error {
	if err := os.CopyFS(dir, p.Context); err != nil {
		return err
	}
	for _, name := range []string{settingFile, workFile, prepareFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, specFile), []byte(text), 0o644)
}

// WithRuntime is a spec that says which of what programs open at run time ships,
// unless it says so already.
func WithRuntime(text, runtime string) string {
	if strings.HasPrefix(text, "runtime:") || strings.Contains(text, "\nruntime:") {
		return text
	}
	return text + "runtime: " + runtime + "\n"
}

// sources returns the packages of each source of the spec, all of which are Debian's
// image or made of it by a Dockerfile in the spec: the others need a BuildKit.
func sources(s *spec.Spec) (map[string][]string, error) {
	out := map[string][]string{}
	for name, src := range s.Sources {
		if src.Dockerfile != "" {
			stage, err := readStage(src.Dockerfile)
			if err != nil {
				return nil, fmt.Errorf("source %s: %w", name, err)
			}
			out[name] = stage.Packages
			continue
		}
		if src.Image != debianImage {
			return nil, fmt.Errorf("source %s is not %s", name, debianImage)
		}
		out[name] = src.Packages
	}
	return out, nil
}

const debianImage = "debian:bookworm-slim"
