package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/step"
)

// Where the tools are in a tree that is looked at.
const (
	toolsDir = "/.sinter"
	toolsBin = toolsDir + "/bin"
	planFile = "plan.json"
	whyName  = "why"
)

// tools are what one looks at a tree with: a static busybox, and this program with
// the plan.
type tools struct {
	// image has busybox, or is one of a distribution that has it as a package; empty
	// for a file of this machine.
	image string
	// dir is a directory of this machine with the plan, and maybe with busybox.
	dir      string
	platform ocispecs.Platform
}

// toolsImage is where busybox is from unless something else is said.
const toolsImage = "debian:bookworm-slim"

const toolsLocal = "sinter-tools"

// newTools takes busybox from a file of this machine or an image.
func newTools(from string, platform ocispecs.Platform) (*tools, error) {
	t := &tools{platform: platform}
	var err error
	if t.dir, err = os.MkdirTemp("", "sinter-tools"); err != nil {
		return nil, err
	}
	if info, statErr := os.Stat(from); statErr == nil && info.Mode().IsRegular() {
		err = t.copyFile(from)
	} else {
		if from == "" {
			from = toolsImage
		}
		t.image, err = imageName(strings.TrimPrefix(from, "docker-image://"))
	}
	if err != nil {
		t.close()
		return nil, fmt.Errorf("--tools: %w", err)
	}
	return t, nil
}

func (t *tools) copyFile(from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := checkTool(bytes.NewReader(data), int64(len(data))); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(filepath.Join(t.dir, "busybox"), data, 0o755)
}

// checkTool sees that a program runs in any tree.
func checkTool(r io.ReaderAt, size int64) error {
	f, err := elffile.Read(r, size)
	if err != nil {
		return err
	}
	if f.HasInterp {
		return errors.New("it is not static, so that it would not run in a tree without its libraries")
	}
	return nil
}

func (t *tools) close() { _ = os.RemoveAll(t.dir) }

// send makes the directory one of those of a build.
func (t *tools) send(q *question) { q.locals[toolsLocal] = t.dir }

// build makes the tree of the tools. The program is left out where it cannot be sent.
func (t *tools) build(ctx context.Context, c gateway.Client, own *program) (gateway.Reference, error) {
	session := c.BuildOpts().SessionID
	local := llb.Local(toolsLocal, llb.SessionID(session), llb.WithCustomName("[internal] load tools"))
	st, err := t.busybox(ctx, c, local)
	if err != nil {
		return nil, err
	}
	// The links are made where they are used, so that they lead to the right place.
	st = st.Run(llb.Args([]string{toolsBin + "/busybox", "--install", "-s", toolsBin}), llb.Network(llb.NetModeNone),
		llb.WithCustomName("[tools] busybox")).Root()
	if exists(filepath.Join(t.dir, planFile)) && own.runsOn(c.BuildOpts()) {
		mode := llb.ChmodOpt{Mode: 0o644}
		st = st.File(llb.Copy(own.image(session), step.Program, toolsBin+"/"+whyName).
			Copy(local, "/"+planFile, toolsDir+"/"+planFile, &llb.CopyInfo{Mode: &mode}), llb.WithCustomName("[tools] the plan"))
	}
	return solveState(ctx, c, st)
}

// busybox is a tree with busybox among the tools and nothing else.
func (t *tools) busybox(ctx context.Context, c gateway.Client, local llb.State) (llb.State, error) {
	put := func(from llb.State, name string) llb.State {
		mode := llb.ChmodOpt{Mode: 0o755}
		return llb.Scratch().Platform(t.platform).File(llb.Copy(from, name, toolsBin+"/busybox",
			&llb.CopyInfo{Mode: &mode, CreateDestPath: true, FollowSymlinks: true}), llb.WithCustomName("[tools] busybox"))
	}
	if t.image == "" {
		return put(local, "/busybox"), nil
	}
	from := llb.Image(t.image, llb.Platform(t.platform))
	ref, err := solveState(ctx, c, from)
	if err != nil {
		return from, t.explained(err)
	}
	found, err := staticBusybox(gatewayfs.New(ctx, ref))
	if err != nil {
		return from, err
	}
	if found == "" {
		from = from.Run(llb.Shlex(`sh -c "apt-get update && apt-get install -y --no-install-recommends busybox-static || apk add busybox-static"`),
			llb.WithCustomName("[tools] install busybox-static")).Root()
		if ref, err = solveState(ctx, c, from); err != nil {
			return from, t.explained(err)
		}
		if found, err = staticBusybox(gatewayfs.New(ctx, ref)); err != nil {
			return from, err
		}
	}
	if found == "" {
		return from, t.explained(errors.New("there is no static busybox in it"))
	}
	return put(from, found), nil
}

// explained says what to do where there is no busybox. What a step has said stands in
// the progress.
func (t *tools) explained(err error) error {
	return fmt.Errorf("the tools are not to be had from %s: %s\n  fix: say where there is a static busybox: --tools IMAGE or --tools FILE", t.image, err.Error())
}

// staticBusybox finds a busybox of a tree that needs nothing else of it.
func staticBusybox(tree rootfs.FS) (string, error) {
	for _, name := range []string{"/bin/busybox", "/bin/busybox.static", "/usr/bin/busybox", "/busybox/busybox"} {
		found, err := rootfs.Resolve(tree, name)
		if err != nil {
			continue // it is not there
		}
		f, err := tree.Open(rootfs.Name(found.Path))
		if err != nil {
			return "", err
		}
		r, ok := f.(io.ReaderAt)
		if ok && found.Info.Mode().IsRegular() && checkTool(r, found.Info.Size()) == nil {
			return found.Path, f.Close()
		}
		if err := f.Close(); err != nil {
			return "", err
		}
	}
	return "", nil
}

// isWhy reports whether this program was started as the tool that tells why a file is
// in the image.
func isWhy(args []string) bool { return path.Base(filepath.ToSlash(args[0])) == whyName }

// answerWhy tells about paths from a plan as explain gives it, or about all there is.
func answerWhy(plan []byte, args []string, std streams) error {
	doc, err := readJSON(bytes.NewReader(plan))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		_, err := io.WriteString(std.out, doc.Text())
		return err
	}
	for _, arg := range args {
		if strings.Contains(arg, "/") && !path.IsAbs(arg) {
			dir, err := os.Getwd()
			if err != nil {
				return err
			}
			arg = path.Join(filepath.ToSlash(dir), arg)
		}
		for n := range doc.Images {
			answer := doc.Images[n].Why(arg)
			text := report.Answers{Answers: []report.Answer{answer}}.Text()
			if answer.Found == report.FoundAbsent {
				text = fmt.Sprintf("%s is not among what the spec ships; `sinter explain %s` says whether the base or a source has it\n", arg, arg)
			}
			if _, err := io.WriteString(std.out, text); err != nil {
				return err
			}
		}
	}
	return nil
}
