package frontend

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/report"
	"github.com/sinter-build/sinter/spec"
)

// session is one call of the frontend: what it was asked for and what the spec
// says. A build and every request start from it, and nothing changes it later.
type session struct {
	client client.Client
	ui     *dockerui.Client
	// file is the spec as it was read.
	file *dockerui.Source
	doc  *spec.Document
	// malformed is what is wrong with the document whatever it is built for.
	malformed diag.List
	// args are the build arguments for the spec.
	args map[string]string
	// question is what explain is asked about; empty for the whole image.
	question string
	// skipTests leaves the tests of the spec out.
	skipTests bool
	// recordTests has it recorded what all tests open, and not only those that fail.
	recordTests bool
	// demanded are packs of rules that whoever builds demands.
	demanded []spec.Pack
	// judged is when images are judged by their policies, if the build says so.
	judged time.Time
	// traced is the command that is traced in place of the tests; empty for the tests.
	traced []string
	// begun is when this call began. Nothing of the image depends on it.
	begun time.Time
	// epoch is the time that everything in the image carries.
	epoch time.Time
	// platforms are those to build for.
	platforms []ocispecs.Platform
	// refused is what is wrong with the options of the build and with what the
	// spec says for all platforms alike.
	refused diag.List
	// evaluations are the images to make, one for each platform.
	evaluations []*evaluation
}

// open reads the spec and the options of a request. What is wrong with them is
// noted: not every request minds.
func (s *session) open(ctx context.Context, req subrequest) error {
	var err error
	if s.ui, err = dockerui.NewClient(s.client); err != nil {
		return diag.List{{
			Code:    "invalid-option",
			At:      atBuild,
			Message: err.Error(),
			Fixes:   []string{"correct the option of the build that it is about"},
		}}
	}
	if err := s.read(ctx); err != nil {
		return err
	}
	s.doc, s.malformed = spec.Parse(s.file.Filename, s.file.Data)
	s.readArgs(req)
	if s.epoch, err = resolveEpoch(ctx, s.ui); err != nil {
		if err := s.note(err); err != nil {
			return err
		}
	}
	s.choosePlatforms()
	for _, p := range s.platforms {
		s.evaluations = append(s.evaluations, s.evaluate(p, s.ui.Target))
	}
	return nil
}

// read fetches the spec, from wherever the build's definition is.
func (s *session) read(ctx context.Context) error {
	file, err := s.ui.ReadEntrypoint(ctx, "YAML")
	if err == nil {
		s.file = file
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	name := s.client.BuildOpts().Opts["filename"]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	return diag.List{{
		Code:    "spec-unreadable",
		At:      atBuild,
		Message: fmt.Sprintf("cannot read the spec %s: %v", path.Clean(name), err),
		Fixes:   []string{"give the spec's name with -f, relative to where the build is started, or for a remote context to its root"},
	}}
}

// readArgs tells the build arguments of the spec from the question of explain.
func (s *session) readArgs(req subrequest) {
	s.args = maps.Clone(s.ui.BuildArgs)
	s.readTestsArg()
	s.recordTests = slices.Contains([]string{RequestTest, RequestCoverage, RequestTrace}, req.definition.Name)
	s.readPolicyArgs()
	if req.definition.Name == RequestTrace {
		s.readTraceArg()
	}
	if req.definition.Name != RequestExplain {
		return
	}
	s.question = s.args[QuestionArg]
	if !s.doc.Has("args." + QuestionArg) {
		delete(s.args, QuestionArg)
	}
	if strings.Contains(s.question, "/") && !path.IsAbs(s.question) {
		s.question = "/" + s.question
	}
}

// readTestsArg reports whether the tests are left out.
func (s *session) readTestsArg() {
	value, given := s.args[TestsArg]
	if !given || s.doc.Has("args."+TestsArg) {
		return
	}
	delete(s.args, TestsArg)
	s.skipTests = value == "skip"
	if value != "skip" && value != "run" {
		s.refused = append(s.refused, diag.Diagnostic{
			Code:    "invalid-option",
			At:      atBuild,
			Message: fmt.Sprintf("the build argument %s is %q", TestsArg, value),
			Fixes:   []string{"write skip to leave the tests out, or run"},
		})
	}
}

// locate makes a vertex point at nodes of the spec.
func (s *session) locate(at ...string) llb.ConstraintsOpt {
	return s.file.Location(s.ranges(at...))
}

// place is the first line of a node of the spec.
func (s *session) place(at string) *report.Place {
	r, ok := s.doc.Range(at)
	if at == "" || !ok {
		return nil
	}
	lines := strings.Split(string(s.file.Data), "\n")
	return &report.Place{File: s.file.Filename, Line: r.StartLine, Text: strings.TrimRight(lines[r.StartLine-1], "\r")}
}
