package spec

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/sinter-build/sinter/diag"
)

// whiteoutPrefix begins the names by which a layer says that files of the layers
// below it are gone (OCI image specification, layer.md).
const whiteoutPrefix = ".wh."

// maxPath is PATH_MAX without the final NUL.
const maxPath = 4095

// parsePath reads an absolute path in the image, other than its root.
func parsePath(text string) (any, *diag.Diagnostic) {
	clean, problem := cleanImagePath(text)
	if problem == nil && clean == "/" {
		problem = invalid("invalid-path", fmt.Sprintf("%q is the root of the image", text), "name a path below it")
	}
	if problem != nil {
		return nil, problem
	}
	return clean, nil
}

// parseVolume reads a path in the image, and knows what else Docker takes for one.
func parseVolume(text string) (any, *diag.Diagnostic) {
	parts := strings.Split(text, ":")
	if len(parts) > 1 && strings.HasPrefix(parts[1], "/") {
		return nil, invalid("invalid-path", fmt.Sprintf("%q says what is mounted, and a spec only where", text),
			fmt.Sprintf("write %s, and mount it when you run the image: docker run -v %s", path.Clean(parts[1]), text))
	}
	return parsePath(text)
}

// parseDirectory reads an absolute path in the image; the root is one.
func parseDirectory(text string) (any, *diag.Diagnostic) {
	clean, problem := cleanImagePath(text)
	if problem != nil {
		return nil, problem
	}
	return clean, nil
}

// parseDestination keeps the trailing slash that says "into this directory".
func parseDestination(text string) (any, *diag.Diagnostic) {
	clean, problem := cleanImagePath(text)
	if problem != nil {
		return nil, problem
	}
	if clean != "/" && isDirectoryPath(text) {
		clean += "/"
	}
	return clean, nil
}

func isDirectoryPath(text string) bool {
	last := text[strings.LastIndexByte(text, '/')+1:]
	return last == "" || last == "." || last == ".."
}

func cleanImagePath(text string) (string, *diag.Diagnostic) {
	if problem := checkPathText(text); problem != nil {
		return "", problem
	}
	if !strings.HasPrefix(text, "/") {
		fix := "start it with /, as in " + path.Clean("/"+text)
		switch {
		case isHome(text):
			fix = "write where it is in the image, as in /home/nonroot" + strings.TrimPrefix(path.Clean(text), "~") + ": nothing stands for a home directory here"
		case strings.Contains(text, " /"):
			fix = "write " + path.Clean(text[strings.LastIndex(text, " /")+1:])
		case strings.HasPrefix(text, `\`):
			fix = "write " + path.Clean(strings.ReplaceAll(text, `\`, "/"))
		case leavesRoot(text):
			fix = "start it with /"
		}
		return "", invalid("relative-path", fmt.Sprintf("%q is not an absolute path", text), fix)
	}
	if leavesRoot(text) {
		return "", invalid("path-leaves-root", fmt.Sprintf("%q leaves the root of the image", text), "remove the .. that goes above /")
	}
	return path.Clean(text), nil
}

func checkPathText(text string) *diag.Diagnostic {
	switch {
	case len(text) > maxPath:
		return invalid("invalid-path", fmt.Sprintf("a path of %d bytes; the kernel takes at most %d", len(text), maxPath))
	case strings.ContainsAny(text, "\x00\n\r"):
		return invalid("invalid-path", fmt.Sprintf("%q holds a line break or a NUL, which no path may", text))
	}
	for name := range strings.SplitSeq(text, "/") {
		if len(name) > 255 {
			return invalid("invalid-path", fmt.Sprintf("a file name of %d bytes; file systems take at most 255", len(name)))
		}
		if strings.HasPrefix(name, whiteoutPrefix) {
			return invalid("whiteout-name", fmt.Sprintf("%q holds a name that begins with %s: in a layer of an image that removes a file, and adds none", text, whiteoutPrefix),
				"choose another name")
		}
	}
	return nil
}

// pathFormats are the formats of paths and of what holds one.
var pathFormats = []string{"path", "volume", "destination", "workdir", "contextpath", "ref"}

// unseen warns of characters in a path that nobody sees: they come with what is copied from
// pages and chats.
func unseen(text, format string) *diag.Diagnostic {
	if !slices.Contains(pathFormats, format) {
		return nil
	}
	bare := strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d': // which some scripts need
		case unicode.Is(unicode.Cf, r):
			return -1
		case r != ' ' && unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, text))
	if bare == text {
		return nil
	}
	problem := invalid("invalid-path", fmt.Sprintf("the path %+q holds characters that nobody sees", text), fmt.Sprintf("write %s", bare))
	problem.Severity = diag.SeverityWarning
	return problem
}

// isHome reports whether a path begins in a home directory, as shells have it.
func isHome(text string) bool { return text == "~" || strings.HasPrefix(text, "~/") }

// leavesRoot reports whether following a path step by step goes above its start.
func leavesRoot(text string) bool {
	depth := 0
	for name := range strings.SplitSeq(text, "/") {
		switch name {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// parseContextPath reads a path in the build context, "." for all of it.
func parseContextPath(text string) (any, *diag.Diagnostic) {
	if problem := checkPathText(text); problem != nil {
		return nil, problem
	}
	if leavesRoot(text) {
		return nil, invalid("path-leaves-root", fmt.Sprintf("%q leaves the build context", text),
			"give the other directory with --build-context NAME=DIR, and declare the source as NAME: {}")
	}
	clean := strings.TrimPrefix(path.Clean("/"+text), "/")
	if clean == "" {
		clean = "."
	}
	return clean, nil
}

// parseDockerfile reads a path in the build context, or keeps inline text.
func parseDockerfile(text string) (any, *diag.Diagnostic) {
	if strings.Contains(text, "\n") {
		if strings.TrimSpace(text) == "" {
			return nil, invalid("empty-value", "the Dockerfile is empty")
		}
		return text, nil
	}
	if first, _, _ := strings.Cut(text, " "); strings.EqualFold(first, "FROM") {
		return nil, invalid("invalid-dockerfile", "Dockerfile text needs a line break to be told from a file's name",
			"write dockerfile: | and put the text on the lines below")
	}
	if text == "" {
		return nil, invalid("empty-value", "an empty file name")
	}
	clean, problem := parseContextPath(text)
	if problem == nil && clean == "." {
		problem = invalid("invalid-path", fmt.Sprintf("%q is a directory", text), "name the Dockerfile in it")
	}
	if problem != nil {
		return nil, problem
	}
	return clean, nil
}

// parseRef reads SOURCE:PATH, or PATH in the build context. What stands before
// the first colon is a source unless it holds a slash.
func parseRef(text string) (any, *diag.Diagnostic) {
	source, name, found := strings.Cut(text, ":")
	if strings.HasPrefix(name, `\`) {
		return nil, invalid("invalid-reference", fmt.Sprintf("%q is a path of Windows", text),
			"write the path from the root of the build context, with /")
	}
	if rest, ok := strings.CutPrefix(text, "from "); ok && found {
		return nil, invalid("invalid-reference", fmt.Sprintf("%q begins with a key and no colon", text), "write from: "+strings.TrimSpace(rest))
	}
	if from, to, ok := strings.Cut(text, " /"); ok { // as COPY has them
		from = strings.TrimSpace(strings.TrimRight(strings.TrimSuffix(from, " as"), "-=> "))
		if name, ok := strings.CutSuffix(from, ":"); ok && sourceName.MatchString(name) {
			return nil, invalid("invalid-reference", fmt.Sprintf("%q has a space behind its source", text), fmt.Sprintf("write %s:/%s", name, to))
		}
		return nil, invalid("invalid-reference", fmt.Sprintf("%q is two paths", text), fmt.Sprintf("write {from: %s, to: /%s}", from, to))
	}
	if !found || strings.Contains(source, "/") {
		source, name = "", text
	} else if source == "" {
		return nil, invalid("invalid-reference", fmt.Sprintf("%q names no source before the colon", text),
			"write SOURCE:PATH, or only PATH for the build context")
	}
	if problem := checkRefPath(source, name, text); problem != nil {
		return nil, problem
	}
	return Ref{Source: source, Path: path.Clean("/" + name), Dir: isDirectoryPath(name)}, nil
}

// namesImage reports whether a reference was meant as IMAGE:TAG:/PATH.
func namesImage(source, name string) bool {
	tag, _, found := strings.Cut(name, ":/")
	return source != "" && found && tag != "" && !strings.Contains(tag, "/")
}

func checkRefPath(source, name, text string) *diag.Diagnostic {
	switch {
	case namesImage(source, name):
		i := strings.Index(name, ":/")
		return invalid("invalid-reference", fmt.Sprintf("%q begins with an image, and a source is wanted, by its name", text),
			fmt.Sprintf("write %s:%s, and the image where the source is declared: sources: {%s: %q}", source, name[i+1:], source, source+":"+name[:i]))
	case mustache.MatchString(text):
		word := mustache.FindStringSubmatch(text)[1]
		arg := cmp.Or(builtinNames[strings.ToUpper(word)], word)
		return invalid("invalid-reference", fmt.Sprintf("%q: nothing expands {{ … }} here", text), "write "+mustache.ReplaceAllLiteralString(text, "${"+arg+"}"))
	case isHome(name) && source == "":
		return invalid("invalid-reference", fmt.Sprintf("%q is not in the build context: nothing stands for a home directory here", text),
			"write the path from the root of the build context",
			"for another directory, give it with --build-context NAME=DIR, declare the source as NAME: {}, and write NAME:PATH")
	case name == "":
		return invalid("invalid-reference", fmt.Sprintf("%q names no path after the colon", text),
			fmt.Sprintf("write %s:/PATH, or %s:/ for the whole tree", source, source))
	case strings.HasPrefix(name, "//") && source == "file":
		return invalid("invalid-reference", fmt.Sprintf("%q is a URL, not SOURCE:PATH", text),
			"write "+strings.TrimLeft(name, "/")+", the path from the root of the build context")
	case strings.HasPrefix(name, "//") && (source == "http" || source == "https"):
		return invalid("invalid-reference", fmt.Sprintf("%q is a URL, not SOURCE:PATH", text),
			"declare a source with http: "+text+" and name the file in it")
	case leavesRoot(name) && source == "":
		return invalid("path-leaves-root", fmt.Sprintf("%q leaves the build context", text),
			"give the other directory with --build-context NAME=DIR, declare the source as NAME: {}, and write NAME:PATH")
	case leavesRoot(name):
		return invalid("path-leaves-root", fmt.Sprintf("%q leaves the root of the source %s", text, source), "remove the .. that goes above it")
	}
	return checkPathText(name)
}

func parseFilename(text string) (any, *diag.Diagnostic) {
	if strings.Contains(text, "/") || text == "." || text == ".." {
		return nil, invalid("invalid-path", fmt.Sprintf("%q is not a file's name", text), "write the name alone, without a directory")
	}
	return text, checkPathText(text)
}
