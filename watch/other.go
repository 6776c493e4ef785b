//go:build !linux || !(amd64 || arm64)

package watch

// Start starts a program and records what it asks for: not on this system.
func Start(Command, *Record) (*Process, error) { return nil, ErrUnavailable }
