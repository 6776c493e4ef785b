package spec

import "time"

// Test is something that the finished image must do or hold. A scalar or a list in
// the file is its Run. One that runs nothing looks at files alone, for every
// platform; one with neither run nor service but with expect starts what the image
// starts.
type Test struct {
	// Name is what the test is called; what it runs by default.
	Name string `yaml:"name,omitempty" json:"name,omitempty" spec:"line"`
	// Run is the program to run and its arguments. The program is in the image, or,
	// as SOURCE:PATH, in a source, from which it need not ship.
	Run []string `yaml:"run,omitempty" json:"run,omitempty" spec:"argv,short,one"`
	// Service is what is to be started first and to keep running: true for what the
	// image starts, or a list of a program and its arguments.
	Service Service `yaml:"service,omitempty" json:"service,omitzero"`
	// Ready tells when the service is ready; by default when it listens on the first of
	// the image's TCP ports, if there is one.
	Ready *Ready `yaml:"ready,omitempty" json:"ready,omitempty"`
	// Env are environment variables beside those of the image, for the program and the
	// service.
	Env map[string]string `yaml:"env,omitempty" json:"env,omitempty" spec:"text,keys=env"`
	// Stdin is what the program reads from its standard input.
	Stdin string `yaml:"stdin,omitempty" json:"stdin,omitempty" spec:"text"`
	// Expect is what must come of the program.
	Expect *Expect `yaml:"expect,omitempty" json:"expect,omitempty"`
	// Files are what must hold of files in the end, by their paths.
	Files map[string]FileCheck `yaml:"files,omitempty" json:"files,omitempty" spec:"keys=path"`
	// Timeout is how long the whole test may take; 30s by default.
	Timeout time.Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// Network lets the test reach other machines. Without it there is a loopback
	// interface alone.
	Network bool `yaml:"network,omitempty" json:"network,omitempty"`
	// Writable lets the test write to all of the image that its user may write to, and
	// not only to /tmp and the volumes. Nothing that it writes ships.
	Writable bool   `yaml:"writable,omitempty" json:"writable,omitempty"`
	At       string `yaml:"-" json:"-"`
}

// Service is what a test starts first: what the image starts, or a command.
type Service struct {
	Image   bool
	Command []string
	At      string
}

// Ready is how one sees that a service is ready. A scalar in the file is its Port.
type Ready struct {
	// Port is a TCP port on which it listens.
	Port int `yaml:"port,omitempty" json:"port,omitempty" spec:"portnumber,short"`
	// HTTP is a URL that it answers with a status below 400.
	HTTP string `yaml:"http,omitempty" json:"http,omitempty" spec:"readyurl"`
	// Log is a text that it prints.
	Log string `yaml:"log,omitempty" json:"log,omitempty" spec:"line"`
	At  string `yaml:"-" json:"-"`
}

// Expect is what must come of a program.
type Expect struct {
	// Exit is the exit status that it must end with; 0 by default.
	Exit int `yaml:"exit,omitempty" json:"exit,omitempty"`
	// Stdout is what it must print to its standard output.
	Stdout *Text `yaml:"stdout,omitempty" json:"stdout,omitempty"`
	// Stderr is what it must print to its standard error.
	Stderr *Text  `yaml:"stderr,omitempty" json:"stderr,omitempty"`
	At     string `yaml:"-" json:"-"`
}

// Text is what must hold of a text. A scalar in the file is its Equals.
type Text struct {
	// Equals is the whole text.
	Equals *string `yaml:"equals,omitempty" json:"equals,omitempty" spec:"text,short"`
	// Contains are pieces of the text.
	Contains []string `yaml:"contains,omitempty" json:"contains,omitempty" spec:"text,one"`
	// Matches is a regular expression that some part of the text matches.
	Matches string `yaml:"matches,omitempty" json:"matches,omitempty" spec:"regexp"`
	At      string `yaml:"-" json:"-"`
}

// Presence is what there must be at a path.
type Presence string

// What there can be at a path.
const (
	PresenceAny       Presence = "present"
	PresenceAbsent    Presence = "absent"
	PresenceFile      Presence = "file"
	PresenceDirectory Presence = "directory"
	PresenceLink      Presence = "link"
)

// FileCheck is what must hold of a path of the image. A scalar in the file is its Is.
type FileCheck struct {
	// Is says what is there: file, directory, link, present for any of them, or
	// absent. It is present by default.
	Is Presence `yaml:"is,omitempty" json:"is,omitempty" spec:"short"`
	// Mode is the mode in octal.
	Mode *uint32 `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Owner is UID or UID:GID, in numbers.
	Owner *Owner `yaml:"owner,omitempty" json:"owner,omitempty" spec:"user"`
	// Link is what a symbolic link points to, as it is written in the link.
	Link string `yaml:"link,omitempty" json:"link,omitempty" spec:"line"`
	// Shell says whether the file is a shell, behind links too.
	Shell *bool `yaml:"shell,omitempty" json:"shell,omitempty"`
	// Text is what must hold of the file's text.
	Text `yaml:",inline"`
	At   string `yaml:"-" json:"-"`
}

// Runs reports whether the test starts a program of the image or a source.
func (t Test) Runs() bool {
	return len(t.Run) > 0 || t.Service.Starts() || t.Expect != nil || t.Stdin != ""
}

// Starts reports whether there is a service.
func (s Service) Starts() bool { return s.Image || len(s.Command) > 0 }

// IsZero is for the encoder of JSON.
func (s Service) IsZero() bool { return !s.Starts() }

// Program is the program that the test runs, when it is one of a source.
func (t Test) Program() (Ref, bool) {
	if len(t.Run) == 0 {
		return Ref{}, false
	}
	ref, problem := parseRef(t.Run[0])
	if problem != nil {
		return Ref{}, false
	}
	program := ref.(Ref)
	return program, program.Source != ""
}
