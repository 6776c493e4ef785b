// Package step is what Sinter runs inside a build's own steps: the frontend's
// image with source trees mounted, where BuildKit caches what comes of it like the
// result of any other step. A step has no network and executes nothing of what it
// reads.
//
// Package frontend emits the steps and reads their results; both sides take the
// mounts, the file names and the shapes of the files from here.
package step

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// Program is the frontend's program in its image. Started with the name of a step
// as its argument it is that step.
const Program = "/sinter-frontend"

// The steps, by the argument that selects them.
const (
	// Analyse makes the plan of an image. It reads RequestFile and TreesDir and
	// writes ResultFile and, below MetadataDir, the image's package metadata, and below
	// MadeDir the files that are made of others.
	Analyse = "analyse"
	// SBOM describes a finished image. It reads SubjectFile, AnalysisDir and
	// ImageDir and writes SBOMFile.
	SBOM = "sbom"
	// Secrets tells which of the secrets that are mounted in SecretsDir the build
	// was given. It writes GivenFile.
	Secrets = "secrets"
	// Test runs a test in a finished image, which is the step's root directory. It reads
	// TestFile of TestDir and writes OutcomeFile to TestOut.
	Test = "test"
	// CheckFiles looks at files of a finished image without running anything of it. It
	// reads FilesFile and ImageDir and writes ProblemsFile.
	CheckFiles = "check-files"
	// Clues finds out what tests that failed may have lacked. It reads QuestionFile,
	// ImageDir and TreesDir and writes CluesFile.
	Clues = "clues"
	// Tell says what is in WarningsFile on its standard error.
	Tell = "tell"
)

// The directories that are mounted into a step.
const (
	InDir       = "/sinter/in"       // what to do
	OutDir      = "/sinter/out"      // what comes of it; empty at first
	TreesDir    = "/sinter/trees"    // each source tree in its TreeDir
	AnalysisDir = "/sinter/analysis" // OutDir of the analysis
	ImageDir    = "/sinter/image"    // the finished image
	SecretsDir  = "/sinter/secrets"  // secrets and SSH agents that may be missing
)

// The directories that are mounted into a finished image to test it, at a place where
// no image has anything.
const (
	TestDir     = "/.sinter/in"      // what to do
	TestOut     = "/.sinter/out/all" // what comes of it; everyone may write to it
	TestOutside = "/.sinter/out"     // what TestOut is in
	TestSelf    = "/.sinter/self"    // this program's image
	TestSources = "/.sinter/sources" // sources of programs, each in its TreeDir
)

// The files in InDir and OutDir.
const (
	RequestFile = "request.json"   // a request.Request
	ResultFile  = "result.json"    // a resolve.Result
	SubjectFile = "subject.json"   // a Subject
	SBOMFile    = "sbom.spdx.json" // an SPDX document
	GivenFile   = "given.json"     // names in SecretsDir, sorted
	// WarningsFile is a text for people.
	WarningsFile = "warnings.txt"
	MadeDir      = "made"     // see llbgen.Options.Made
	MetadataDir  = "metadata" // see llbgen.Options.Metadata

	TestFile     = "test.json"     // a tests.Test
	OutcomeFile  = "outcome.json"  // a tests.Outcome
	FilesFile    = "files.json"    // lists of tests.File
	ProblemsFile = "problems.json" // for each list, what is not as it must be
	QuestionFile = "question.json" // a tests.Question
	CluesFile    = "clues.json"    // for each test, its []tests.Clue
)

// TreeDir is where a source tree is below TreesDir.
func TreeDir(tree string) string {
	if tree == plan.TreeBase {
		return "_base" // no source can have this name
	}
	return strings.NewReplacer("(", "_", ")", "").Replace(tree) // an image that is compared with: (reference-1)
}

// Run runs the step that the arguments name. Files get the modes that they are made
// with, whatever the process was started with; but a test has the mask that programs
// have in containers.
func Run(ctx context.Context, args []string) error {
	switch {
	case len(args) > 1:
		return fmt.Errorf("%d arguments; this program is started by BuildKit", len(args))
	case args[0] == Test:
		return runTest()
	}
	clearUmask()
	return run(ctx, "/", args[0])
}

// run runs a step whose directories are below root.
func run(ctx context.Context, root, name string) error {
	switch name {
	case Tell:
		return tell()
	case Analyse:
		return analyse(root)
	case SBOM:
		return makeSBOM(ctx, root)
	case Secrets:
		return listSecrets(root)
	case CheckFiles:
		return checkFiles(root)
	case Clues:
		return findClues(root)
	}
	return fmt.Errorf("unknown argument %q; this program is started by BuildKit", name)
}

// readJSON reads a file that the gateway side or another step has written.
func readJSON(name string, v any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}

// tell shows a text to whoever watches the build.
func tell() error {
	text, err := os.ReadFile(filepath.Join(InDir, WarningsFile))
	if err != nil {
		return err
	}
	_, err = os.Stderr.Write(text)
	return err
}
