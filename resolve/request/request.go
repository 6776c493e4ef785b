package request

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// Request is all that a plan depends on besides the source trees. It holds no
// more of the spec than the plan needs, so that a changed label leaves a cached
// analysis valid.
type Request struct {
	// Platform is the target, as in Plan.
	Platform string `json:"platform"`
	// Base is true when there is a tree named TreeBase under the image.
	Base bool `json:"base,omitempty"`
	// Trees names every other tree, in the order in which parts are looked for.
	// TreeContext is the build context.
	Trees []string `json:"trees"`
	// Listings are the trees of which no more than this is known, by name.
	Listings map[string]Listing `json:"listings,omitempty"`
	// Installed are the packages that the spec has trees install by their names, by tree.
	Installed map[string][]string `json:"installed,omitempty"`
	// Images are the references of the trees that are images, by tree: packages can be
	// installed in them.
	Images map[string]string `json:"images,omitempty"`
	// Tools are the programs of sources that tests run, which need not ship.
	Tools []spec.Ref `json:"tools,omitempty"`

	Binaries    []spec.Binary    `json:"binaries,omitempty"`
	Libraries   spec.Libraries   `json:"libraries,omitzero"`
	Include     []spec.Part      `json:"include,omitempty"`
	Exclude     []string         `json:"exclude,omitempty"`
	Files       []spec.File      `json:"files,omitempty"`
	Directories []spec.Directory `json:"directories,omitempty"`
	Links       []spec.Link      `json:"links,omitempty"`
	// User is who the program runs as, and UserAt the place of that in the spec.
	User     spec.NamedOwner      `json:"user"`
	UserAt   string               `json:"userAt,omitempty"`
	Env      map[string]string    `json:"env,omitempty"`
	Workdir  string               `json:"workdir,omitempty"`
	Commands []imagecheck.Command `json:"commands,omitempty"`
	Volumes  []imagecheck.Volume  `json:"volumes,omitempty"`
	// Runtime says what ships of what programs open when they run.
	Runtime spec.Runtime `json:"runtime,omitzero"`
	// Makes reports whether files can be made in the analysis, see plan.Entry.Made.
	Makes bool `json:"makes,omitempty"`
	// Metadata reports whether package metadata ships.
	Metadata spec.Metadata `json:"metadata,omitempty"`
	// BaseFiles reports whether the plan lists the files of the base.
	BaseFiles bool `json:"baseFiles,omitempty"`
	// References are trees whose sizes are asked for, and of which nothing ships.
	References []string `json:"references,omitempty"`
	// Others are sources that the spec declares and takes nothing from: they are not
	// among the trees.
	Others []string `json:"others,omitempty"`
	// MaxLayers is how many layers there may be above the base.
	MaxLayers int `json:"maxLayers"`
	// Ask is about one path; nil asks nothing.
	Ask *plan.Query `json:"ask,omitempty"`
}

// New is the request of a spec's image that runs as a config says. The trees
// are left to fill in: Base, Trees and Listings.
func New(s *spec.Spec, c plan.Config, platform string) Request {
	return Request{
		Platform:    platform,
		Installed:   installed(s),
		Images:      images(s),
		Tools:       tools(s),
		Binaries:    s.Binaries,
		Libraries:   libraries(s),
		Include:     s.Include,
		Exclude:     s.Exclude,
		Files:       s.Files,
		Directories: s.Directories,
		Links:       s.Links,
		User:        user(s, c),
		UserAt:      s.At("user"),
		Env:         c.Environ(),
		Workdir:     c.Workdir,
		Commands:    commands(s, c),
		Volumes:     volumes(s, c),
		Runtime:     s.Runtime,
		Metadata:    s.Metadata,
		MaxLayers:   s.Layers.Max,
	}
}

// libraries are the spec's, which are looked for in the sources of its programs where it says of no
// other: what a program of the build context needs is there, too.
func libraries(s *spec.Spec) spec.Libraries {
	out := s.Libraries
	if len(out.From) > 0 {
		return out
	}
	for _, b := range s.Binaries {
		if tree := TreeOf(b.From); tree != plan.TreeContext && !slices.Contains(out.From, tree) {
			out.From = append(out.From, tree)
		}
	}
	return out
}

// user is the config's user, or the names that the spec has for it.
func user(s *spec.Spec, c plan.Config) spec.NamedOwner {
	if s.User != nil && s.User.Named() {
		return *s.User
	}
	return spec.NamedOwner{Owner: spec.Owner{UID: c.User.UID, GID: c.User.GID}}
}

// installed are the packages that the spec's sources install.
func installed(s *spec.Spec) map[string][]string {
	out := map[string][]string{}
	for name, source := range s.Sources {
		if len(source.Packages) > 0 {
			out[plan.TreeOf(name)] = source.Packages
		}
	}
	return out
}

// images are the sources that are images, by tree.
func images(s *spec.Spec) map[string]string {
	out := map[string]string{}
	for name, source := range s.Sources {
		if source.Image != "" {
			out[plan.TreeOf(name)] = source.Image
		}
	}
	return out
}

// WithPackage is the source of a tree with one more package, as the spec declares it; "" where
// packages cannot be installed in the tree.
func (r Request) WithPackage(tree, pkg string) string {
	if r.Images[tree] == "" || pkg == "" || slices.Contains(r.Installed[tree], pkg) {
		return ""
	}
	packages := append(slices.Clone(r.Installed[tree]), pkg)
	return fmt.Sprintf("%s: {image: %s, packages: [%s]}", tree, r.Images[tree], strings.Join(packages, ", "))
}

// tools are the programs of the spec's sources that its tests run, each once.
func tools(s *spec.Spec) []spec.Ref {
	var out []spec.Ref
	for _, t := range s.Tests {
		if program, ok := t.Program(); ok && !slices.Contains(out, program) {
			out = append(out, program)
		}
	}
	return out
}

// commands lists what the config starts.
func commands(s *spec.Spec, c plan.Config) []imagecheck.Command {
	var out []imagecheck.Command
	if start := c.Command(); len(start) > 0 {
		at := s.At("entrypoint")
		switch {
		case s.Entrypoint == nil && s.Cmd == nil:
			at = "base" // which brings them
		case s.Entrypoint == nil && len(c.Entrypoint) == 0:
			at = s.At("cmd")
		}
		out = append(out, imagecheck.Command{Name: start[0], Args: start[1:], Use: "entrypoint", At: at, ArgsAt: argsAt(s, c, at)})
	}
	if h := c.Healthcheck; h != nil && len(h.Test) > 0 {
		out = append(out, imagecheck.Command{Name: h.Test[0], Args: h.Test[1:], Use: "health check", At: s.At("healthcheck") + ".test"})
	}
	return out
}

// argsAt are the places of the words behind the first of what the image starts: those of the base
// and of the only program are at another.
func argsAt(s *spec.Spec, c plan.Config, at string) []string {
	var out []string
	for i := range c.Entrypoint {
		if s.Entrypoint == nil {
			out = append(out, at)
			continue
		}
		out = append(out, fmt.Sprintf("%s[%d]", s.At("entrypoint"), i))
	}
	for i := range c.Cmd {
		if s.Cmd == nil {
			out = append(out, at)
			continue
		}
		out = append(out, fmt.Sprintf("%s[%d]", s.At("cmd"), i))
	}
	if len(out) == 0 {
		return nil
	}
	return out[1:]
}

// volumes lists the config's volumes, those of the base among them.
func volumes(s *spec.Spec, c plan.Config) []imagecheck.Volume {
	var out []imagecheck.Volume
	for _, v := range c.Volumes {
		at := "base"
		if i := slices.Index(s.Volumes, v); i >= 0 {
			at = s.At(fmt.Sprintf("volumes[%d]", i))
		}
		out = append(out, imagecheck.Volume{Path: path.Clean("/" + v), At: at})
	}
	return out
}

// TreeOf returns the name of the tree that a reference points into.
func TreeOf(r spec.Ref) string { return plan.TreeOf(r.Source) }

// AllTrees lists all trees of the request but for the base.
func (r Request) AllTrees() []string {
	if r.Ask == nil {
		return r.Trees
	}
	return slices.Concat(r.Trees, r.Ask.Trees)
}
