package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/spec"
)

// RequestSchema asks for the JSON Schema of a spec, for editors.
const RequestSchema = "frontend.schema"

// schema is the same for every spec.
func (s *session) schema(context.Context) (*client.Result, error) {
	return s.answered(string(spec.Schema()), spec.Schema())
}
