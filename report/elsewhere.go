package report

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
)

// absent tells where a path that does not ship could come from.
func (a *Answer) absent(out *page) {
	part, ofPart := parts.OfPath(a.Question)
	if ofPart {
		out.gap()
		out.line("It is of the part %s. To ship it:", part.Name)
		out.line("  %s", wayToShip(part))
	}
	if a.Provided != nil {
		out.gap()
		out.line("The host provides it when the image runs: it is %s.", a.Provided.why())
		return
	}
	if a.Elsewhere == nil {
		return
	}
	if len(a.Unseen) > 0 {
		out.gap()
		out.line("Sources that cannot be had, and were not looked at: %s", strings.Join(a.Unseen, ", "))
	}
	if len(a.Elsewhere.Candidates) > 0 {
		a.candidates(out)
		return
	}
	nowhere := "No source has it."
	if a.Base != "" {
		nowhere = "No source has it, nor has the base."
	}
	out.gap()
	out.line("%s Of the build context only what the spec names is known.", nowhere)
	for _, o := range a.Elsewhere.Similar {
		out.line("  near it: %s in %s", o.Path, plan.TreeName(o.Tree))
	}
	if ofPart {
		if part.Source != nil {
			out.gap()
			out.line("The part is taken from the sources, so one must have the package:")
			out.line("  sources: {debian: {image: debian:bookworm-slim, packages: [%s]}}", part.Source.Package)
		}
		return
	}
	out.gap()
	out.line("To ship it, add the package that has it to a source:")
	out.line("  sources: {debian: {image: debian:bookworm-slim, packages: [NAME]}}")
	out.line("and then name it under binaries, libraries or files.")
}

// wayToShip is what to write in the spec for a part.
func wayToShip(part parts.Part) string {
	if part.Default {
		return "remove " + part.Name + " from exclude"
	}
	return "include: [" + part.Name + "]"
}

// candidates tells of each place that has the path and how it would ship from
// there.
func (a *Answer) candidates(out *page) {
	if a.Elsewhere == nil {
		return
	}
	for _, s := range a.Elsewhere.Candidates {
		if a.Found == FoundBase && s.Tree != plan.TreeBase {
			continue // it need not come from there
		}
		out.gap()
		out.line("%s has %s", title(plan.TreeName(s.Tree)), named(s))
		out.table(facts(s))
		if s.Tree == plan.TreeBase {
			continue
		}
		out.wrap(whyNot(s), 2)
		out.line("  to ship it:")
		for _, way := range ways(s) {
			out.line("    %s", way)
		}
	}
	if a.Elsewhere.More > 0 {
		out.gap()
		out.line("and %d more of that name", a.Elsewhere.More)
	}
}

// named is the path of a candidate, with where it leads.
func named(s plan.Candidate) string {
	switch {
	case s.Real == "":
		return s.Path + " → " + s.Target + ", a link to nothing"
	case s.Real != s.Path:
		return s.Path + " → " + s.Real
	}
	return s.Path
}

// facts are the lines about a candidate.
func facts(s plan.Candidate) [][]string {
	var rows [][]string
	switch s.Kind {
	case plan.KindFile:
		what := "file, " + size(s.Size)
		if s.Linkage != "" && s.Linkage != string(linkage.NotELF) {
			what = s.Linkage + ", " + size(s.Size)
		}
		if s.Soname != "" {
			what += ", SONAME " + s.Soname
		}
		rows = append(rows, []string{"  what", what})
	case plan.KindDir:
		rows = append(rows, []string{"  what", "directory"})
	}
	if p := s.Package; p != nil {
		rows = append(rows, []string{"  package", p.Name + " " + p.Version + "  " + p.PURL})
	}
	return rows
}

// suggested is the priority of notes that nothing is done about.
const suggested = "suggested"

// whyNot is why a file of a source does not ship.
func whyNot(s plan.Candidate) string {
	var words []string
	for _, m := range s.Notes {
		text := fmt.Sprintf("%s says that it opens it at run time (%s)", m.By, m.Priority)
		if m.Feature != "" {
			text = fmt.Sprintf("%s says that it opens it at run time for %s (%s)", m.By, m.Feature, m.Priority)
		}
		words = append(words, text)
	}
	switch {
	case s.Excluded:
		words = append(words, "the spec excludes it")
	case slices.ContainsFunc(s.Notes, func(m plan.DlopenNote) bool { return m.Priority != suggested }):
		words = append(words, "of the libraries that such a note names, the first that is found ships")
	case len(words) > 0:
		words = append(words, "what is only suggested does not ship unasked")
	default:
		words = append(words, "nothing that ships needs it, as far as files tell")
	}
	return strings.Join(words, "; ")
}

// ways are what to write into the spec.
func ways(s plan.Candidate) []string {
	var out []string
	if s.Excluded {
		out = append(out, "remove it from exclude")
	}
	ref := s.Reference()
	library := s.Soname
	if library == "" && s.Linkage == string(linkage.SharedLibrary) {
		library = path.Base(s.Path)
	}
	switch linkage.Kind(s.Linkage) {
	case linkage.SharedLibrary:
		out = append(out, fmt.Sprintf("libraries: {from: [%s], add: [%s]}   with what it needs, for a program that opens it", s.Tree, library))
	case linkage.Static, linkage.StaticPIE, linkage.Dynamic, linkage.LoaderOnly, linkage.Script:
		return append(out, fmt.Sprintf("binaries: [%q]", ref))
	}
	if s.Kind == plan.KindDir {
		return append(out, fmt.Sprintf("files: [{from: %q, to: %s/}]", ref+"/", strings.TrimSuffix(s.Path, "/")))
	}
	return append(out, fmt.Sprintf("files: [%q]", ref))
}

func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
