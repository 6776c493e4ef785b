package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
)

// outline lists the build arguments, with the values they have now. One that lacks
// a value is no error here. Clients print what the spec says of them as it comes.
func (s *session) outline(context.Context) (*client.Result, error) {
	if err := s.malformed.Err(); err != nil {
		return nil, err
	}
	out := outline.Outline{Name: s.ui.Target, Sources: [][]byte{s.file.Data}}
	for _, t := range s.doc.Targets() {
		if t.Name == s.ui.Target {
			out.Description = diag.Plain(t.Description)
		}
	}
	for _, a := range s.doc.Args() {
		value, given := s.args[a.Name]
		if !given && a.Default != nil {
			value = *a.Default
		}
		out.Args = append(out.Args, outline.Arg{
			Name:        a.Name,
			Description: diag.Plain(a.Description),
			Value:       diag.Plain(value),
			Location:    s.location("args." + a.Name),
		})
	}
	return out.ToResult()
}

// targets lists the main image, which has no name of its own, and the others.
func (s *session) targets(context.Context) (*client.Result, error) {
	if err := s.malformed.Err(); err != nil {
		return nil, err
	}
	list := targets.List{
		Sources: [][]byte{s.file.Data},
		Targets: []targets.Target{{Default: true, Description: "The main image"}},
	}
	for _, t := range s.doc.Targets() {
		list.Targets = append(list.Targets, targets.Target{
			Name:        t.Name,
			Description: diag.Plain(t.Description),
			Location:    s.location("targets." + t.Name),
		})
	}
	return list.ToResult()
}

func (s *session) location(at string) *pb.Location {
	return &pb.Location{Ranges: s.ranges(at)}
}
