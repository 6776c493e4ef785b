package loader

import (
	"path"
	"strings"
)

// expansion is one reading of a path with tokens: in a tree, and in the image.
type expansion struct {
	path, to string
}

// token returns the dynamic string token at the start of s, which follows a
// dollar sign, and its length: glibc elf/dl-load.c, is_dst. Names are greedy, so
// that $ORIGINX is no token.
func token(s string) (name string, n int) {
	curly := strings.HasPrefix(s, "{")
	rest := strings.TrimPrefix(s, "{")
	for _, name := range []string{"ORIGIN", "PLATFORM", "LIB"} {
		after, ok := strings.CutPrefix(rest, name)
		switch {
		case !ok:
		case curly && strings.HasPrefix(after, "}"):
			return name, len(name) + 2
		case !curly && (after == "" || !identifier(after[0])):
			return name, len(name)
		}
	}
	return "", 0
}

func identifier(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// expand replaces the tokens in a path that o declares, for a search in tree t.
// An object that moves has two origins in its own tree: where it is, and where
// it will be. It is nil when a token's value depends on the processor.
func (g *glibc) expand(t *tree, o *object, p string) []expansion {
	if !strings.Contains(p, "$") {
		return []expansion{{p, p}}
	}
	if g.platformDependent(p) {
		g.search.report(platformToken(o, p))
		return nil
	}
	out := []expansion{}
	for _, origin := range origins(t, o) {
		out = append(out, reach(t, origin, expansion{
			substitute(p, origin.path, t.conf.lib),
			substitute(p, origin.to, t.conf.lib),
		}))
	}
	return out
}

// origins returns the values of $ORIGIN of an object in a tree.
func origins(t *tree, o *object) []expansion {
	image := expansion{o.imageOrigin, o.imageOrigin}
	if t.index != o.Tree || o.origin == o.imageOrigin {
		return []expansion{image}
	}
	return []expansion{{o.origin, o.imageOrigin}, image}
}

// reach makes "/app/../lib" lead to /lib in a tree that has no /app: in the image,
// the object that declares the path will be there.
func reach(t *tree, origin, e expansion) expansion {
	if strings.HasPrefix(e.path, origin.path) && !exists(t.fs, origin.path) {
		e.path = path.Clean(e.path)
	}
	return e
}

func (g *glibc) platformDependent(p string) bool {
	for i := range len(p) {
		if p[i] == '$' {
			if name, _ := token(p[i+1:]); name == "PLATFORM" {
				return true
			}
		}
	}
	return false
}

func substitute(p, origin, lib string) string {
	var b strings.Builder
	for p != "" {
		before, rest, found := strings.Cut(p, "$")
		b.WriteString(before)
		if !found {
			break
		}
		switch name, n := token(rest); name {
		case "ORIGIN":
			b.WriteString(origin)
			rest = rest[n:]
		case "LIB":
			b.WriteString(lib)
			rest = rest[n:]
		default:
			b.WriteByte('$')
		}
		p = rest
	}
	return b.String()
}
