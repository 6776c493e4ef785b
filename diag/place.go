package diag

// Place is where a finding is, in a file that a person edits. Lines and columns
// count from 1, columns in characters; the end is just past the last one. A
// finding about the whole file has no lines, and one about something else, an
// option of the build for example, no file either.
type Place struct {
	File                                       string
	StartLine, StartColumn, EndLine, EndColumn int
	// Text is the first line, without its line break.
	Text string
}

// Whole reports whether the place is the file and no part of it.
func (p Place) Whole() bool { return p.StartLine == 0 }
