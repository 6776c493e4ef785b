package loader

import (
	"slices"
	"strings"
	"syscall"
)

// failureKey is what searches in vain have in common that are told as one: the name,
// and the file that the loader gives up on, if there is one. What is in the way of a
// library that may be missing is told by itself, for it is only a warning.
type failureKey struct {
	name     string
	tree     int
	path     string
	optional bool
}

// untold is the index of a problem that is beyond the limit.
const untold = -1

// failure is a search in vain: the index of the problem, and who asked.
type failure struct {
	problem  int
	neededBy []string
}

// trail is what a search in vain leaves for the message.
type trail struct {
	places   []place
	more     bool // there are more places
	rejected []rejection
	tried    bool // whether any file was looked for; errno says so
	// fault is why the last file that was looked for could not be opened.
	fault syscall.Errno
}

type place struct{ tree, where string }

const (
	// viaSystem begins Object.Via of what is found in a directory that is built
	// into the loader.
	viaSystem = "system directory "
	// systemDirs stands for all of them in messages: they are many and say little.
	systemDirs = "the loader's own directories"
)

// rejection is a file of the right name that the search passed over. It has a fix
// where other permissions would do.
type rejection struct{ tree, path, why, fix string }

func (tr *trail) searched(t *tree, where string) {
	p := place{t.Name, where}
	switch {
	case slices.Contains(tr.places, p):
	case len(tr.places) >= maxPlaces:
		tr.more = true
	default:
		tr.places = append(tr.places, p)
	}
}

// summary lists what was searched, tree by tree.
func (tr *trail) summary() string {
	var out []string
	for i := 0; i < len(tr.places); {
		tree := tr.places[i].tree
		var where []string
		for ; i < len(tr.places) && tr.places[i].tree == tree; i++ {
			where = append(where, tr.places[i].where)
		}
		out = append(out, tree+" ("+strings.Join(where, ", ")+")")
	}
	if len(out) == 0 {
		return "nothing"
	}
	if tr.more {
		out = append(out, "more places")
	}
	return strings.Join(out, ", then ")
}
