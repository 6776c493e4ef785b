package programs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"golang.org/x/sys/unix"
)

// A stage is the text of a Dockerfile of one stage on Debian's image, for programs that
// lie where official images have them.
type stage struct {
	// Packages are what its first command installs. It is a command of its own, so that
	// stages with the same packages share the tree.
	Packages []string
	// Steps are the others, as scripts of a shell.
	Steps []string
}

// readStage reads the text of a Dockerfile: FROM Debian's image, RUN, COPY of files of
// the build context, ENV and WORKDIR.
func readStage(text string) (stage, error) {
	var s stage
	file, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return s, err
	}
	stages, _, err := instructions.Parse(file.AST, nil)
	if err != nil {
		return s, err
	}
	if len(stages) != 1 || stages[0].BaseName != debianImage {
		return s, fmt.Errorf("a Dockerfile that is not one stage on %s", debianImage)
	}
	var settings strings.Builder
	for _, command := range stages[0].Commands {
		step, err := stepOf(command)
		if err != nil {
			return s, err
		}
		packages, installs := strings.CutPrefix(step, installCommand)
		switch {
		case installs && s.Packages == nil && s.Steps == nil && !strings.ContainsAny(packages, "&;|"):
			s.Packages = strings.Fields(packages)
		case isSetting(command):
			settings.WriteString(step + "\n")
		default:
			s.Steps = append(s.Steps, settings.String()+step)
		}
	}
	return s, nil
}

const installCommand = "apt-get update && apt-get install -y --no-install-recommends "

func isSetting(command instructions.Command) bool {
	switch command.(type) {
	case *instructions.EnvCommand, *instructions.WorkdirCommand:
		return true
	}
	return false
}

// stepOf is a command of a Dockerfile as a script, in which /run/context is the build
// context.
func stepOf(command instructions.Command) (string, error) {
	switch c := command.(type) {
	case *instructions.RunCommand:
		var script strings.Builder
		script.WriteString(strings.Join(c.CmdLine, " "))
		for _, file := range c.Files {
			script.WriteString("\n" + file.Data + file.Name)
		}
		return script.String(), nil
	case *instructions.EnvCommand:
		var b strings.Builder
		for _, pair := range c.Env {
			fmt.Fprintf(&b, "export %s=\"%s\"\n", pair.Key, strings.Trim(pair.Value, `"`))
		}
		return b.String(), nil
	case *instructions.WorkdirCommand:
		return fmt.Sprintf("mkdir -p %[1]s && cd %[1]s", c.Path), nil
	case *instructions.CopyCommand:
		if c.From == "" && len(c.SourceContents) == 0 {
			return copyScript(c), nil
		}
	}
	return "", fmt.Errorf("a Dockerfile with %s in a form that the harness does not know", command.Name())
}

// copyScript copies as COPY does: of a directory what is in it.
func copyScript(c *instructions.CopyCommand) string {
	mode := ""
	if c.Chmod != "" {
		mode = "chmod -R " + c.Chmod + ` "$from"; `
	}
	var b strings.Builder
	for _, from := range c.SourcePaths {
		fmt.Fprintf(&b, `for from in /run/context/%[1]s; do
	%[3]sif [ -d "$from" ]; then mkdir -p %[2]s; cp -R "$from/." %[2]s; else mkdir -p "$(dirname %[2]sx)"; cp -R "$from" %[2]s; fi
done
`, strings.TrimPrefix(from, "/"), c.DestPath, mode)
	}
	return b.String()
}

// Stage returns the directories that are the tree of a Dockerfile, as Layers does.
func (t *Trees) Stage(ctx context.Context, self, text string, files fs.FS) ([]string, error) {
	s, err := readStage(text)
	if err != nil {
		return nil, err
	}
	lower, err := t.Layers(ctx, self, s.Packages)
	if err != nil || len(s.Steps) == 0 {
		return lower, err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, text)
	if err := hashFiles(sum, files); err != nil {
		return nil, err
	}
	upper := filepath.Join(t.dir, "trees", fmt.Sprintf("stage-%x", sum.Sum(nil)[:6]))
	layers := slices.Concat([]string{upper}, lower)
	unlock, err := t.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(upper); err == nil {
		return layers, nil
	}
	temp := upper + ".making"
	if err := errors.Join(os.RemoveAll(temp), os.MkdirAll(temp, 0o755)); err != nil {
		return nil, err
	}
	copied := temp + ".context"
	defer os.RemoveAll(copied)
	if err := errors.Join(os.RemoveAll(copied), os.MkdirAll(copied, 0o755), os.CopyFS(copied, files)); err != nil {
		return nil, err
	}
	job := installation{Base: strings.Join(lower, ":"), Upper: temp, Apt: filepath.Join(t.dir, "apt"), Steps: s.Steps, Context: copied}
	if err := enclosed(ctx, self, "install", job, nil); err != nil {
		return nil, fmt.Errorf("a Dockerfile: %w", err)
	}
	if err := t.share(temp); err != nil {
		return nil, err
	}
	return layers, os.Rename(temp, upper)
}

func hashFiles(sum interface{ Write([]byte) (int, error) }, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains([]string{specFile, settingFile, workFile}, name) {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s %d\n%s\n", name, len(text), text)
		return err
	})
}

// runSteps runs the steps of a Dockerfile in a tree, with the build context at
// /run/context.
func runSteps(root string, job installation) error {
	at := filepath.Join(root, "run", "context")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(job.Context, at, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	defer os.Remove(at)
	defer unix.Unmount(at, 0) //nolint:errcheck // the namespace ends with this process
	for _, step := range job.Steps {
		cmd := exec.Command("chroot", root, "sh", "-ec", step)
		cmd.Env = append(stepEnv(), "DEBIAN_FRONTEND=noninteractive", "HOME=/root")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", step, err, tail(string(out), 3000))
		}
	}
	return nil
}

func stepEnv() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
}
