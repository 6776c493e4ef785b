package frontend

import (
	"maps"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/diag"
)

// vertexName is where BuildKit looks for the name that progress shows.
const vertexName = "llb.customname"

// plainNames makes the names of all vertices safe to show. They hold names of
// files and libraries, and what the spec and Dockerfiles of others say, and
// clients print them as they come.
func plainNames(def *llb.Definition) {
	for vertex, meta := range def.Metadata {
		name := meta.Description[vertexName]
		if plain := diag.Plain(name); plain != name {
			// The map is the state's, which others may be reading.
			meta.Description = maps.Clone(meta.Description)
			meta.Description[vertexName] = plain
			def.Metadata[vertex] = meta
		}
	}
}
