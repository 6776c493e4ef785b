package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/go-csvvalue"
	"golang.org/x/term"

	"github.com/sinter-build/sinter/cmd/internal/job"
)

// output is one place that an image goes to, in the form of buildx's --output.
type output struct {
	kind  string
	attrs map[string]string
	dest  string
}

// stdoutDest is the destination that is standard output.
const stdoutDest = "-"

// The kinds of output that are this side's own names.
const (
	registryKind = "registry" // an image that is pushed
	mobyKind     = "moby"     // Docker's own images, of the BuildKit inside of it
)

// outputs are what becomes of an image: what the options say, or an image that no one
// but the BuildKit has. Tags name every image that says no name itself.
func outputs(e job.Export) ([]output, error) {
	tags, err := normalised(e.Tags)
	if err != nil {
		return nil, err
	}
	var all []output
	for _, text := range e.Outputs {
		o, err := parseOutput(text)
		if err != nil {
			return nil, fmt.Errorf("--output %s: %w", text, err)
		}
		all = append(all, o)
	}
	if e.Push {
		all = append(all, output{kind: registryKind, attrs: map[string]string{}})
	}
	if e.Load {
		all = append(all, output{kind: client.ExporterDocker, attrs: map[string]string{}})
	}
	if len(all) == 0 {
		all = []output{{kind: client.ExporterImage, attrs: map[string]string{}}}
	}
	for _, o := range all {
		if o.kind != client.ExporterLocal && o.kind != client.ExporterTar && o.attrs["name"] == "" && len(tags) > 0 {
			o.attrs["name"] = strings.Join(tags, ",")
		}
		if o.kind == registryKind && o.attrs["name"] == "" {
			return nil, errors.New("what is pushed needs a name: say --tag REGISTRY/NAME:TAG")
		}
	}
	return all, toStdoutOnce(all)
}

// normalised are tags as registries know them: app is docker.io/library/app:latest.
func normalised(tags []string) ([]string, error) {
	var out []string
	for _, tag := range tags {
		ref, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			return nil, fmt.Errorf("--tag %s: %w", tag, err)
		}
		if _, ok := ref.(reference.Digested); ok {
			return nil, fmt.Errorf("--tag %s: a digest cannot be given to an image", tag)
		}
		out = append(out, reference.TagNameOnly(ref).String())
	}
	return out, nil
}

// parseOutput reads type=KIND,dest=PATH,KEY=VALUE; a path alone is a directory for
// the tree, and - alone standard output for a tar file of it.
func parseOutput(text string) (output, error) {
	o := output{attrs: map[string]string{}}
	fields, err := csvvalue.Fields(text, nil)
	if err != nil {
		return o, err
	}
	if len(fields) == 1 && !strings.HasPrefix(text, "type=") {
		if o.kind, o.dest = client.ExporterLocal, text; text == stdoutDest {
			o.kind = client.ExporterTar
		}
		return o, nil
	}
	for _, field := range fields {
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			return o, fmt.Errorf("%q is not KEY=VALUE", field)
		}
		switch key = strings.TrimSpace(strings.ToLower(key)); key {
		case "type":
			o.kind = value
		case "dest":
			o.dest = value
		default:
			o.attrs[key] = value
		}
	}
	return o, o.check()
}

func (o *output) check() error {
	switch {
	case o.kind == "":
		return errors.New("it says no type=")
	case o.toDir() && (o.dest == "" || o.dest == stdoutDest):
		return fmt.Errorf("type=%s needs a directory: dest=DIRECTORY", o.kind)
	case o.toFile() && o.dest == "" && o.kind != client.ExporterDocker:
		o.dest = stdoutDest
	case o.dest != "" && !o.toDir() && !o.toFile():
		return fmt.Errorf("type=%s takes no dest=", o.kind)
	}
	return nil
}

// unpacked reports whether an image is written as a directory and not as a tar file.
func (o *output) unpacked() bool {
	tar, err := strconv.ParseBool(o.attrs["tar"])
	return err == nil && !tar
}

func (o *output) isArchive() bool {
	return o.kind == client.ExporterOCI || o.kind == client.ExporterDocker
}

func (o *output) toDir() bool {
	return o.kind == client.ExporterLocal || o.isArchive() && o.unpacked()
}

func (o *output) toFile() bool {
	return o.kind == client.ExporterTar || o.isArchive() && !o.unpacked()
}

// loads reports whether the image goes to the containers of this machine.
func (o *output) loads() bool { return o.kind == client.ExporterDocker && o.dest == "" }

// toStdoutOnce refuses two files on one standard output, and one on a terminal.
func toStdoutOnce(all []output) error {
	n := 0
	for _, o := range all {
		if o.dest == stdoutDest {
			n++
		}
	}
	if n > 1 {
		return errors.New("--output: only one can be standard output")
	}
	if n == 1 && term.IsTerminal(int(os.Stdout.Fd())) {
		return errors.New("--output: an image is not written to a terminal; say dest=FILE")
	}
	return nil
}

// usesStdout reports whether standard output is an image's.
func usesStdout(all []output) bool {
	return slices.ContainsFunc(all, func(o output) bool { return o.dest == stdoutDest })
}

// entry is the output as BuildKit is told. What it writes is made when there is
// something to write.
func (o *output) entry(std streams, load *loading) client.ExportEntry {
	e := client.ExportEntry{Type: o.kind, Attrs: maps.Clone(o.attrs)}
	switch {
	case o.kind == registryKind:
		e.Type = client.ExporterImage
		e.Attrs["push"] = "true"
		if onLoopback(e.Attrs["name"]) {
			// As Docker does, and BuildKit by itself does not.
			e.Attrs["registry.insecure"] = cmp.Or(e.Attrs["registry.insecure"], "true")
		}
	case o.loads():
		e.Output = load.open
	case o.toDir():
		e.OutputDir = o.dest
	case o.toFile():
		e.Output = func(map[string]string) (io.WriteCloser, error) {
			if o.dest == stdoutDest {
				return keptOpen{std.out}, nil
			}
			return os.Create(o.dest)
		}
	}
	return e
}

// keptOpen is standard output, which is not closed when a file on it ends.
type keptOpen struct{ io.Writer }

func (keptOpen) Close() error { return nil }

// onLoopback reports whether all names are of a registry on this machine.
func onLoopback(names string) bool {
	for name := range strings.SplitSeq(names, ",") {
		ref, err := reference.ParseNormalizedNamed(name)
		if err != nil || !isLoopback(reference.Domain(ref)) {
			return false
		}
	}
	return true
}

// isLoopback reports whether a registry is on this machine.
func isLoopback(registry string) bool {
	host, _, err := net.SplitHostPort(registry)
	if err != nil {
		host = strings.Trim(registry, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// engine is the first program for containers that is there.
func engine() (string, error) {
	for _, name := range job.Engines() {
		if at, err := exec.LookPath(name); err == nil {
			return at, nil
		}
	}
	return "", errors.New("there is nothing to load the image into: docker, podman and nerdctl are not in PATH\n" +
		"  fix: install one of them\n" +
		"  fix: push the image to a registry, with --push")
}

// loading is an image on its way into what runs containers.
type loading struct {
	engine string
	stderr io.Writer
	cmd    *exec.Cmd
}

// open starts the program that reads the image.
func (l *loading) open(map[string]string) (io.WriteCloser, error) {
	l.cmd = exec.Command(l.engine, "load")
	l.cmd.Stdout, l.cmd.Stderr = l.stderr, l.stderr
	in, err := l.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return in, l.cmd.Start()
}

// wait ends when the image has been read.
func (l *loading) wait() error {
	if l.cmd == nil {
		return nil
	}
	if err := l.cmd.Wait(); err != nil {
		return fmt.Errorf("%s load: %w", l.engine, err)
	}
	return nil
}
