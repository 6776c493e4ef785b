package frontend

import (
	"maps"
	"regexp"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/diag"
)

// vertexName is where BuildKit looks for the name that progress shows.
const vertexName = "llb.customname"

// userInfo is the user with the password or the token in a URL.
var userInfo = regexp.MustCompile(`(://)[^/?#@\s]*@`)

// plainNames makes the names of all vertices safe to show. They hold names of
// files and libraries, and what the spec and Dockerfiles of others say, and
// clients print them as they come. BuildKit calls repositories by their URLs, with
// the password that these may have.
func plainNames(def *llb.Definition) {
	for vertex, meta := range def.Metadata {
		name := meta.Description[vertexName]
		if plain := userInfo.ReplaceAllString(diag.Plain(name), "$1"); plain != name {
			// The map is the state's, which others may be reading.
			meta.Description = maps.Clone(meta.Description)
			meta.Description[vertexName] = plain
			def.Metadata[vertex] = meta
		}
	}
}
