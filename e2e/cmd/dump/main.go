// Command dump shows what Sinter makes of a spec without a daemon: the plan as JSON,
// the LLB as text, or the report. Directories stand for the spec's sources:
//
//	go run ./e2e/cmd/dump -source debian=/srv/bookworm app.yaml
//	go run ./e2e/cmd/dump -html -source debian=/srv/bookworm app.yaml > report.html
//	go run ./e2e/cmd/dump -llb -source debian=/srv/bookworm app.yaml
//
// The build context is the directory of the spec. A source that is not given is empty,
// and -source base=DIR is the base. The directories are only read.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/report/html"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dump:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("dump", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asLLB := flags.Bool("llb", false, "show the LLB instead of the plan")
	asHTML := flags.Bool("html", false, "write the report instead of the plan")
	platform := flags.String("platform", "linux/amd64", "what to plan for")
	target := flags.String("target", "", "the target of the spec")
	dirs := map[string]string{}
	flags.Func("source", "NAME=DIR: a directory that stands for a source, or for the base", func(arg string) error {
		name, dir, ok := strings.Cut(arg, "=")
		if !ok {
			return errors.New("write NAME=DIR")
		}
		dirs[name] = dir
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name one spec")
	}
	m, err := makePlan(flags.Arg(0), *platform, *target, dirs, stderr)
	switch {
	case err != nil:
		return err
	case *asLLB:
		return writeLLB(stdout, m.plan)
	case *asHTML:
		_, err := stdout.Write(html.Render(html.Document{Images: []html.Image{m.report()}}))
		return err
	}
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(m.plan)
}

// made is what a spec comes to.
type made struct {
	doc      *spec.Document
	spec     *spec.Spec
	findings diag.List
	// plan is nil when there are errors.
	plan *plan.Plan
}

// makePlan plans the image of a spec. What is found on the way goes to stderr.
func makePlan(file, platform, target string, dirs map[string]string, stderr io.Writer) (*made, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &made{}
	m.doc, m.findings = spec.Parse(filepath.Base(file), text)
	if m.findings.Err() == nil {
		if m.plan, m.findings, err = m.planOf(filepath.Dir(file), platform, target, dirs); err != nil {
			return nil, err
		}
	}
	fmt.Fprint(stderr, render.Text(m.findings, m.doc))
	if m.plan == nil {
		return nil, errors.New("the spec has errors")
	}
	return m, nil
}

// report is the report on the image. No test has run.
func (m *made) report() html.Image {
	locate := func(at string) *report.Place {
		p := m.doc.Place(at)
		if p.Whole() {
			return nil
		}
		return &report.Place{File: p.File, Line: p.StartLine, Text: p.Text}
	}
	out := html.Image{
		Image:    report.New(m.plan, report.About{Name: m.spec.Name, Locate: locate}),
		Config:   m.plan.Config,
		Findings: html.Findings(m.findings, title, locate),
	}
	for _, t := range m.spec.Tests {
		out.Tests = append(out.Tests, html.Test{
			Name: tests.Title(t), Does: tests.Does(t), Result: html.NotRun, Said: []string{"this report was made without a build"}, Place: locate(t.At),
		})
	}
	return out
}

// title is what a code is about.
func title(code string) string {
	about, _ := catalogue.Lookup(code)
	return about.Title
}

// planOf plans the image of the document; the plan is nil when there are errors.
func (m *made) planOf(context, platform, target string, dirs map[string]string) (*plan.Plan, diag.List, error) {
	s, findings := m.doc.Evaluate(variables(platform), target)
	if findings.Err() != nil {
		return nil, findings, nil
	}
	m.spec = s
	config, more := imageconfig.Resolve(s, nil, nil)
	if findings = append(findings, more...); findings.Err() != nil {
		return nil, findings, nil
	}
	req := request.New(s, config, platform)
	trees := open(s, context, dirs)
	for name := range trees {
		if name != plan.TreeBase {
			req.Trees = append(req.Trees, name)
		}
	}
	slices.Sort(req.Trees)
	req.Base = trees[plan.TreeBase] != nil
	found, err := resolve.Make(req, trees)
	if err != nil {
		return nil, nil, err
	}
	if findings = append(findings, found.Diagnostics...); findings.Err() != nil {
		return nil, findings, nil
	}
	found.Configure(config)
	return &found.Plan, findings, nil
}

func variables(platform string) spec.Vars {
	os, arch, _ := strings.Cut(platform, "/")
	arch, variant, _ := strings.Cut(arch, "/")
	return spec.Vars{Builtin: map[string]string{
		"TARGETPLATFORM": platform, "TARGETOS": os, "TARGETARCH": arch, "TARGETVARIANT": variant, "TARGETMULTIARCH": linkage.Multiarch(platform),
		"BUILDPLATFORM": platform, "BUILDOS": os, "BUILDARCH": arch, "BUILDVARIANT": variant,
	}}
}

// open returns the trees of a spec: directories, or nothing.
func open(s *spec.Spec, context string, dirs map[string]string) map[string]rootfs.FS {
	trees := map[string]rootfs.FS{plan.TreeContext: rootfs.Dir(context)}
	for name := range s.Sources {
		trees[name] = rootfs.NewView()
		if dir := dirs[name]; dir != "" {
			trees[name] = rootfs.Dir(dir)
		}
	}
	if dir := dirs["base"]; dir != "" {
		trees[plan.TreeBase] = rootfs.Dir(dir)
	}
	return trees
}

// writeLLB shows the LLB of a plan. The trees are local sources of their names.
func writeLLB(out io.Writer, p *plan.Plan) error {
	states := map[string]llb.State{}
	for _, e := range p.Entries {
		if e.From != nil {
			states[e.From.Tree] = llb.Local(e.From.Tree)
		}
	}
	final, err := llbgen.Assemble(p, llbgen.Options{
		Base: llb.Scratch(), Trees: states, Epoch: time.Unix(0, 0), Caps: pb.Caps.CapSet(pb.Caps.All()), Last: "[image]",
	})
	if err != nil {
		return err
	}
	def, err := final.Marshal(context.Background())
	if err != nil {
		return err
	}
	text, err := llbgen.Dump(def.ToPB())
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}
