package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/diag/render"
)

// fail returns the errors among diagnostics as one error that clients show with
// the spec's lines, or nil when there are none.
func (b *build) fail(list diag.List) error {
	errs := list.Errors()
	if len(errs) == 0 {
		return nil
	}
	err := errors.New(strings.TrimSuffix(render.Lines(errs, b.doc), "\n"))
	// Clients print the innermost source first, and so the first place is wrapped
	// first.
	for _, place := range render.ByPlace(errs, b.doc) {
		if !place.Whole() {
			err = errdefs.WithSource(err, &errdefs.Source{Info: b.sourceInfo(), Ranges: b.ranges(place.Findings[0].At)})
		}
	}
	return err
}

// warn sends warnings to the client, which shows them with the spec's lines.
func (b *build) warn(ctx context.Context, list diag.List) {
	for _, d := range list.Warnings() {
		lines := strings.Split(d.String(), "\n")
		detail := make([][]byte, 0, len(lines)-1)
		for _, line := range lines[1:] {
			detail = append(detail, []byte(strings.TrimSpace(line)))
		}
		b.source.Warn(ctx, lines[0], client.WarnOpts{Range: b.ranges(d.At), Detail: detail, URL: catalogue.URL(d.Code)})
	}
}

// position is "FILE:LINE:COLUMN" of a spec node.
func (b *build) position(at string) string {
	if r, ok := b.doc.Range(at); ok {
		return fmt.Sprintf("%s:%d:%d", b.source.Filename, r.StartLine, r.StartColumn)
	}
	return b.source.Filename
}

// ranges turns spec nodes into BuildKit's positions, whose characters start at
// 0 where our columns start at 1.
func (b *build) ranges(at ...string) []*pb.Range {
	var out []*pb.Range
	for _, node := range at {
		r, ok := b.doc.Range(node)
		if !ok {
			continue
		}
		out = append(out, &pb.Range{
			Start: &pb.Position{Line: int32(r.StartLine), Character: int32(r.StartColumn - 1)},
			End:   &pb.Position{Line: int32(r.EndLine), Character: int32(r.EndColumn - 1)},
		})
	}
	return out
}

func (b *build) sourceInfo() *pb.SourceInfo {
	return &pb.SourceInfo{
		Data:       b.source.Data,
		Filename:   b.source.Filename,
		Language:   b.source.Language,
		Definition: b.source.Definition.ToPB(),
	}
}

// locate makes a vertex point at spec nodes.
func (b *build) locate(at ...string) llb.ConstraintsOpt {
	return b.source.Location(b.ranges(at...))
}
