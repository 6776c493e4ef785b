package runtimes

// A Leaver is a language that knows which of the files that the spec names by a directory
// its programs cannot open in the image, or need not.
type Leaver interface {
	Language
	// Leaves lists files and directories of the image. The error is for trees that
	// cannot be read.
	Leaves(LeaveRequest) ([]Left, error)
}

// LeaveRequest is what a Leaver is asked. Of Request, what is about the runtime is not
// set, for it is not known yet.
type LeaveRequest struct {
	Request
	// Libc is "glibc" or "musl", or empty where it is not known.
	Libc string
	// Directories are those of the image that the spec's items bring, sorted.
	Directories []string
}

// Left is a file, or a directory with all that is in it, that does not ship.
type Left struct {
	Path string
	// Why says why, "for darwin-arm64".
	Why string
}

// Leavers are the languages that know of files to leave out.
func Leavers() []Leaver { return []Leaver{node{}} }
