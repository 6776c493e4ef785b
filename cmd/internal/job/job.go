// Package job is what sinter hands to sinter-buildkit: one command about a build,
// with all that its user said. sinter alone reads a command line, and
// sinter-buildkit alone links a BuildKit client, whose packages take longer to
// initialise than sinter takes to find what a program needs.
package job

import (
	"encoding/json"
	"errors"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

// version changes when a field of Job changes its meaning, so that two programs
// of different releases say that they do not fit.
const version = 1

// The commands.
const (
	BuildImage = "build"
	RunImage   = "run"
	Debug      = "debug"
	Init       = "init"
	Explain    = "explain"
	Tree       = "tree"
	SBOM       = "sbom"
	Report     = "report"
	Diff       = "diff"
	Check      = "check"
	Test       = "test"
	Trace      = "trace"
	Schema     = "schema"
)

// The formats of an answer.
const (
	Text      = "text"
	JSON      = "json"
	SPDX      = "spdx"
	CycloneDX = "cyclonedx"
	SARIF     = "sarif"
	JUnit     = "junit"
	GitHub    = "github"
)

// Job is a command about one build, or about two for Diff.
type Job struct {
	Command string
	Build   Settings
	// Export is what becomes of the image of BuildImage.
	Export Export `json:",omitzero"`
	// Run is how RunImage and Debug run a program.
	Run Run `json:",omitzero"`
	// Init is what Init makes a spec of.
	Init Start `json:",omitzero"`
	// Format is one of the formats that the command has.
	Format string `json:",omitzero"`
	// Trace is the command that Trace follows in place of the tests; empty for the tests.
	Trace []string `json:",omitzero"`
	// Write has Trace write what it proposes into the spec.
	Write bool `json:",omitzero"`
	// JUnit is the file for what came of each test of Test; empty for none.
	JUnit string `json:",omitzero"`
	// Path is the file of the image that Explain is asked about; empty for all.
	Path string `json:",omitzero"`
	// Check is how Check judges.
	Check Checking `json:",omitzero"`
	// Output is the file that Report writes; empty for standard output. With is the
	// image that it compares layers with, as Diff takes them; empty for none.
	Output string `json:",omitzero"`
	With   string `json:",omitzero"`
	// Before and After are what Diff compares: specs, listings or image layouts.
	Before string `json:",omitzero"`
	After  string `json:",omitzero"`
}

// Settings say what is built, as the options of `docker buildx build` do, and by
// which BuildKit.
type Settings struct {
	// File is the spec; "-" is standard input, and empty the only one that there is.
	File string `json:",omitzero"`
	// Context is a directory or a URL; empty for the current directory, and in a
	// Diff for the directory of the spec.
	Context string `json:",omitzero"`
	Target  string `json:",omitzero"`
	// Platforms, Args and Contexts are the values of --platform, --build-arg and
	// --build-context, unparsed.
	Platforms []string `json:",omitzero"`
	Args      []string `json:",omitzero"`
	Contexts  []string `json:",omitzero"`
	// Labels, Attests, Secrets and SSH are the values of --label, --attest, --secret and
	// --ssh, unparsed.
	Labels  []string `json:",omitzero"`
	Attests []string `json:",omitzero"`
	Secrets []string `json:",omitzero"`
	SSH     []string `json:",omitzero"`
	// CacheFrom and CacheTo are the values of --cache-from and --cache-to, unparsed.
	CacheFrom []string `json:",omitzero"`
	CacheTo   []string `json:",omitzero"`
	NoCache   bool     `json:",omitzero"`
	// Addr is the BuildKit's address; empty for whichever is there.
	Addr string `json:",omitzero"`
	// Progress is one of ProgressModes.
	Progress string
}

// Export says what becomes of an image, as the options of `docker buildx build` do.
type Export struct {
	// Tags and Outputs are the values of --tag and --output, unparsed.
	Tags    []string `json:",omitzero"`
	Outputs []string `json:",omitzero"`
	Push    bool     `json:",omitzero"`
	Load    bool     `json:",omitzero"`
}

// Run says how a program runs in a container.
type Run struct {
	// Args are its arguments, or for Debug the command in place of a shell.
	Args []string `json:",omitzero"`
	// Env, Publish and Volumes are the values of --env, --publish and --volume,
	// unparsed.
	Env     []string `json:",omitzero"`
	Publish []string `json:",omitzero"`
	Volumes []string `json:",omitzero"`
	// User runs it; empty for the image's own.
	User string `json:",omitzero"`
	// With is Auto, BuildKit or one of Engines.
	With string `json:",omitzero"`
	// Image is the image that Debug looks at; empty for that of the spec.
	Image string `json:",omitzero"`
	// Tools is where Debug has busybox from; empty for its own choice.
	Tools string `json:",omitzero"`
}

// Start says what a spec is made of, and where it is written. A Dockerfile is the File
// of the job's settings.
type Start struct {
	// Of are a program, or an image and its programs; none for a Dockerfile.
	Of []string `json:",omitempty"`
	// Out is the file that is written; "-" is standard output.
	Out     string
	Force   bool `json:",omitzero"`
	Offline bool `json:",omitzero"`
}

// What runs a container, besides Engines.
const (
	Auto     = "auto"
	BuildKit = "buildkit"
)

// Engines returns the programs that run containers, in the order in which they are
// looked for.
func Engines() []string { return []string{"docker", "podman", "nerdctl"} }

// ProgressModes returns the values of --progress, the default first.
func ProgressModes() []string { return []string{"auto", "plain", Quiet} }

// Quiet is the progress mode that shows nothing but errors.
const Quiet = "quiet"

// handed is a job on its way.
type handed struct {
	Version int
	Job     Job
}

// Encode returns the job as the only argument of sinter-buildkit.
func (j Job) Encode() (string, error) {
	text, err := json.Marshal(handed{version, j})
	return string(text), err
}

// Decode is the reverse of Encode.
func Decode(args []string) (Job, error) {
	var h handed
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &h) != nil {
		return Job{}, errors.New("sinter-buildkit is started by sinter, which has the commands")
	}
	if h.Version != version {
		return Job{}, exit.Failure{Err: errors.New("sinter and sinter-buildkit are of different releases\n" +
			"  fix: go install github.com/sinter-build/sinter/cmd/...@latest")}
	}
	return h.Job, nil
}

// Checking says what Check judges, and by what.
type Checking struct {
	// Image is an OCI image layout, a directory or a tar file; empty for that of a spec.
	Image string `json:",omitzero"`
	// Policies are packs: names of those of the program, files, and what a spec may name.
	Policies []string `json:",omitzero"`
	// Time is when the image is judged: a day, a moment or seconds since 1970; empty for
	// now.
	Time string `json:",omitzero"`
	// Reference is an image layout whose size growth is compared with.
	Reference string `json:",omitzero"`
	// TestPacks runs the tests in the policies in place of judging an image.
	TestPacks bool `json:",omitzero"`
}
