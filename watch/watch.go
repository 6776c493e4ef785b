// Package watch starts programs and sees which paths they ask the kernel for: what
// they open, execute, look for in vain and are refused.
//
// A program and all that it starts run under ptrace. A seccomp filter hands only those
// system calls to the tracer that take a path; all others run at full speed. Tracer
// and program have the same user, so that no privilege is needed beyond what a
// container has by default. The bits setuid and setgid have no effect on programs that
// are watched.
//
// What a record says comes from the programs that were watched: it may tell nothing
// but paths that they asked for, and a hostile program can ask for any.
package watch

import (
	"cmp"
	"slices"
	"sync"
)

// Use is what a program wanted with a path.
type Use string

// The uses of paths.
const (
	Open    Use = "open"    // its content, or its names if it is a directory
	Exec    Use = "exec"    // to run it
	Look    Use = "look"    // whether it is there, or what kind of file it is
	Change  Use = "change"  // to make, remove or rename it, or to change its attributes
	Connect Use = "connect" // the socket there
)

// Access is one path and what came of asking for it.
type Access struct {
	// Path is absolute and clean, as the program asked for it: links on the way have
	// not been followed.
	Path string `json:"path"`
	Use  Use    `json:"use"`
	// Write is set when a program wanted to open it for writing.
	Write bool `json:"write,omitempty"`
	// Error is how the kernel refused, "ENOENT". Empty when it did not.
	Error string `json:"error,omitempty"`
	// By is the program that asked first, by its path.
	By string `json:"by,omitempty"`
	// First and Last count when it was asked for, among all that was seen.
	First int `json:"first"`
	Last  int `json:"last"`
}

// key is what makes two accesses one.
type key struct {
	path  string
	use   Use
	write bool
	err   string
}

// Limits on a record: a program may ask for any number of paths.
const (
	maxAccesses = 20_000
	maxBytes    = 4 << 20
)

// Record gathers accesses of any number of programs. The zero Record is ready to use.
type Record struct {
	mu    sync.Mutex
	all   map[key]*Access
	seen  int
	bytes int
	full  bool
}

// add notes that a path was asked for.
func (r *Record) add(a Access) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen++
	k := key{a.Path, a.Use, a.Write, a.Error}
	if old := r.all[k]; old != nil {
		old.Last = r.seen
		return
	}
	if size := len(a.Path) + len(a.By); len(r.all) >= maxAccesses || r.bytes+size > maxBytes {
		r.full = true
		return
	} else {
		r.bytes += size
	}
	if r.all == nil {
		r.all = map[key]*Access{}
	}
	a.First, a.Last = r.seen, r.seen
	r.all[k] = &a
}

// Accesses are what was recorded, in the order in which it was first asked for.
func (r *Record) Accesses() []Access {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Access, 0, len(r.all))
	for _, a := range r.all {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Access) int { return cmp.Compare(a.First, b.First) })
	return out
}

// Full reports whether there was more than a record holds.
func (r *Record) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}
