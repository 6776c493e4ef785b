package plan

// Query asks about one path besides the plan: where there is such a file, whether
// it ships or not.
type Query struct {
	// Path is absolute, or a name without a slash, which a file of any directory
	// may have.
	Path string `json:"path"`
	// Trees are trees to look in that the plan itself takes nothing from.
	Trees []string `json:"trees,omitempty"`
}

// Answer is the answer to a Query.
type Answer struct {
	// At is where the path physically is in the finished image, base included;
	// empty when the image does not have it.
	At string `json:"at,omitempty"`
	// Links are the symlinks of the image that were followed to get there.
	Links []Link `json:"links,omitempty"`
	// Candidates are the files of that path or name that the base and the
	// sources have, those of the base first. More is how many are left out.
	Candidates []Candidate `json:"candidates,omitempty"`
	More       int         `json:"more,omitempty"`
	// Similar are files with the same or nearly the same name, where there is no
	// candidate.
	Similar []Origin `json:"similar,omitempty"`
}

// Link is a symlink that was followed on the way to a file.
type Link struct {
	// Path is the absolute physical path of the symlink itself.
	Path string `json:"path"`
	// Target is the symlink's literal text.
	Target string `json:"target"`
}

// Candidate is a file of a tree that a Query asks about.
type Candidate struct {
	Origin
	Kind Kind `json:"kind"`
	// Real is where the path leads in its tree; empty for a link to nothing.
	Real string `json:"real,omitempty"`
	// Target is what a symlink points to, literally.
	Target string `json:"target,omitempty"`
	Size   int64  `json:"size,omitempty"`
	// Package is what owns it there.
	Package *Package `json:"package,omitempty"`
	// Linkage is what it is as a program, a linkage.Kind.
	Linkage string `json:"linkage,omitempty"`
	// Soname is what programs ask for a shared library by.
	Soname string `json:"soname,omitempty"`
	// Excluded tells that the spec leaves it out by that name.
	Excluded bool `json:"excluded,omitempty"`
	// Notes are the notes in shipped objects that name the library.
	Notes []DlopenNote `json:"notes,omitempty"`
}

// DlopenNote is a note in an object which says that the object opens a library
// at run time.
type DlopenNote struct {
	// By is the object's path in the image.
	By      string `json:"by"`
	Feature string `json:"feature,omitempty"`
	// Priority is "required", "recommended" or "suggested".
	Priority string `json:"priority,omitempty"`
}
