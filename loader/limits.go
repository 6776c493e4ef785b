package loader

import "fmt"

// limits bound one search, against trees made to exhaust it. They are far above what
// programs have.
type limits struct {
	objects  int   // that are loaded
	opens    int   // places in which libraries are looked for
	requests int   // names that objects ask for
	problems int   // that are told
	lookups  int64 // objects that are asked for symbols
}

var usualLimits = limits{objects: 1 << 17, opens: 1 << 20, requests: 1 << 20, problems: 1 << 16, lookups: 1 << 25}

// limitError says which limit a search came to.
type limitError struct{ what string }

func (e *limitError) Error() string { return e.what + ", a limit of Sinter's" }

// beyond is the error of a search that came to a limit on a number of things.
func beyond(most int64, what string) error {
	return &limitError{fmt.Sprintf("more than %d %s", most, what)}
}

// Limits on single answers. What is more says nothing more.
const (
	// maxPlaces is how many places a message names that were searched.
	maxPlaces = 64
	// maxNear is for how many missing libraries similar ones are looked for.
	maxNear = 64
	// maxVersionProblems is how many versions of each kind are told that one object
	// asks for and are not there.
	maxVersionProblems = 16
)
