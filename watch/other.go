//go:build !linux || !(amd64 || arm64)

package watch

// Start starts a program and records what it asks for: not on this system.
func Start(Command, *Record) (*Process, error) { return nil, ErrUnavailable }

// Follow starts a program and keeps count of what it starts: not on this system.
func Follow(Command) (*Process, error) { return nil, ErrUnavailable }
