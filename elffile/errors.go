package elffile

import (
	"errors"
	"fmt"
)

// The ways in which a file can be unfit. Every error of this package that is
// not an I/O error of the underlying reader wraps one of them.
var (
	// ErrNotELF: the file does not begin with the ELF magic.
	ErrNotELF = errors.New("not an ELF file")
	// ErrTruncated: a range that the file announces lies beyond its end.
	ErrTruncated = errors.New("truncated ELF file")
	// ErrBad: the file contradicts itself.
	ErrBad = errors.New("bad ELF file")
	// ErrLimit: the file may be sound, but a part of it is larger than this
	// package reads.
	ErrLimit = errors.New("ELF file beyond Sinter's limits")
)

// Error says what is wrong with a file.
type Error struct {
	// Kind is ErrNotELF, ErrTruncated, ErrBad or ErrLimit.
	Kind error
	// Detail names the part and what is wrong with it.
	Detail string
}

func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Detail }

// Unwrap makes errors.Is work with the Err values.
func (e *Error) Unwrap() error { return e.Kind }

func bad(format string, args ...any) error {
	return &Error{ErrBad, fmt.Sprintf(format, args...)}
}

func limit(format string, args ...any) error {
	return &Error{ErrLimit, fmt.Sprintf(format, args...)}
}

func truncated(what string, off, n uint64, size int64) error {
	return &Error{ErrTruncated, fmt.Sprintf("%s at offset %d, %d bytes, in a file of %d bytes", what, off, n, size)}
}
