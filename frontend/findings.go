package frontend

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/verify/rules"
)

// atBuild is the place of findings about how the build was called: they have no
// line in the spec.
const atBuild = "(build)"

// What is told at once. BuildKit loses a message of more than 16 MiB whole, and
// every place in an error comes with the text of the spec.
const (
	maxTold        = 20
	maxWarned      = 100
	maxPlaces      = 20
	maxPlacesBytes = 4 << 20
)

// note keeps findings for later and returns any other error.
func (s *session) note(err error) error {
	var list diag.List
	if !errors.As(err, &list) {
		return err
	}
	s.refused = append(s.refused, list...)
	return nil
}

// shown turns findings into the error that clients show, with the lines of the
// spec. It is the only place that does; other errors are BuildKit's own and stay
// as they are.
func (s *session) shown(err error) error {
	var list diag.List
	if !errors.As(err, &list) {
		return err
	}
	list = list.Errors()
	shown := errors.New(s.text(list))
	// Clients print the innermost place first.
	for _, place := range s.places(list) {
		shown = errdefs.WithSource(shown, place)
	}
	return shown
}

// text tells findings one after the other, each with its position and its code.
func (s *session) text(list diag.List) string {
	text := strings.TrimSuffix(render.Lines(list[:min(len(list), maxTold)], s), "\n")
	if more := len(list) - maxTold; more > 0 {
		text += fmt.Sprintf("\n… and at least %d more: mend these first", more)
	}
	return text
}

// helpOf is the page about a finding.
func helpOf(d diag.Diagnostic) string {
	if d.Help != "" {
		return d.Help
	}
	return catalogue.URL(d.Code)
}

// titleOf is what a code is about; empty for a rule of a pack's own.
func titleOf(code string) string {
	if about, ok := catalogue.Lookup(code); ok {
		return about.Title
	}
	if r, ok := rules.Lookup(rules.All(), code); ok {
		return r.Title
	}
	return ""
}

// Place implements render.Locator.
func (s *session) Place(at string) diag.Place {
	if at == atBuild || s.doc == nil {
		return diag.Place{}
	}
	return s.doc.Place(at)
}

// ranges turns nodes of the spec into BuildKit's positions, whose characters start
// at 0 where our columns start at 1.
func (s *session) ranges(at ...string) []*pb.Range {
	var out []*pb.Range
	for _, node := range at {
		if s.Place(node).Whole() {
			continue
		}
		if r, ok := s.doc.Range(node); ok {
			out = append(out, &pb.Range{
				Start: &pb.Position{Line: int32(r.StartLine), Character: int32(r.StartColumn - 1)},
				End:   &pb.Position{Line: int32(r.EndLine), Character: int32(r.EndColumn - 1)},
			})
		}
	}
	return out
}

// near is how many lines may be between two places that are shown as one.
const near = 4

// places are the stretches of the spec that findings are about, each once and in
// the order of the file.
func (s *session) places(list diag.List) []*errdefs.Source {
	var all []*pb.Range
	for _, d := range list[:min(len(list), maxTold)] {
		all = append(all, s.ranges(d.At)...)
	}
	slices.SortStableFunc(all, func(a, b *pb.Range) int {
		return cmp.Or(comparePositions(a.Start, b.Start), comparePositions(a.End, b.End))
	})
	var out []*errdefs.Source
	end := int32(0)
	for i, r := range all {
		switch {
		case i > 0 && sameRange(r, all[i-1]):
			continue
		case i > 0 && r.Start.Line <= end+near:
			last := out[len(out)-1]
			last.Ranges = append(last.Ranges, r)
		default:
			out = append(out, &errdefs.Source{Info: s.sourceInfo(), Ranges: []*pb.Range{r}})
		}
		end = max(end, r.End.Line)
	}
	most := 1
	if n := len(s.fileText()); n > 0 {
		most = max(1, maxPlacesBytes/n)
	}
	return out[:min(len(out), most, maxPlaces)]
}

func comparePositions(a, b *pb.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Character, b.Character))
}

func sameRange(a, b *pb.Range) bool {
	return comparePositions(a.Start, b.Start) == 0 && comparePositions(a.End, b.End) == 0
}

func (s *session) fileText() []byte {
	if s.file == nil {
		return nil
	}
	return s.file.Data
}

func (s *session) sourceInfo() *pb.SourceInfo {
	return &pb.SourceInfo{
		Data:       s.file.Data,
		Filename:   s.file.Filename,
		Language:   s.file.Language,
		Definition: s.file.Definition.ToPB(),
	}
}
