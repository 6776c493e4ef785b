package spec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/diag"
)

// severityNames are what can become of what a rule finds.
var severityNames = []string{"error", "warning", "info", "off"}

func parseSeverity(text string) (any, *diag.Diagnostic) {
	if slices.Contains(severityNames, text) {
		return text, nil
	}
	return nil, invalid("invalid-value", fmt.Sprintf("unknown severity %q%s", text, meant(text, severityNames)), "write error, warning, info or off")
}

// parseDate takes a day, or a moment as in RFC 3339.
func parseDate(text string) (any, *diag.Diagnostic) {
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return text, nil
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text, nil
	}
	return nil, invalid("invalid-value", fmt.Sprintf("%q is not a date", text), "write a day, such as 2026-12-24")
}

// packScheme begins the reference of a pack in an image.
const packScheme = "docker-image://"

// parsePack takes the name of a pack: of one that is part of the program, of a file, or of
// a file in an image.
func parsePack(text string) (any, *diag.Diagnostic) {
	if strings.HasPrefix(text, packScheme) {
		if _, file, ok := strings.Cut(text, "#"); !ok || file == "" {
			return nil, invalid("invalid-value", fmt.Sprintf("%q does not say which file of the image the policy is", text),
				"write docker-image://NAME@sha256:DIGEST#PATH")
		}
		return Pack{Name: text}, nil
	}
	if builtinPack(text) {
		return Pack{Name: text}, nil
	}
	if _, problem := parseRef(text); problem != nil {
		return nil, problem
	}
	return Pack{Name: text}, nil
}

// builtinPack reports whether a text is the name of a pack, and not a path.
func builtinPack(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Ref is where a pack is that is a file of the build context or of a source. Others have
// none.
func (p Pack) Ref() (Ref, bool) {
	if strings.HasPrefix(p.Name, packScheme) || builtinPack(p.Name) {
		return Ref{}, false
	}
	ref, problem := parseRef(p.Name)
	if problem != nil {
		return Ref{}, false
	}
	return ref.(Ref), true
}

// Image is the image and the file in it, for a pack that names both.
func (p Pack) Image() (image, file string, ok bool) {
	rest, ok := strings.CutPrefix(p.Name, packScheme)
	if !ok {
		return "", "", false
	}
	image, file, _ = strings.Cut(rest, "#")
	return image, file, true
}

// checkPolicy makes sure that the sources of packs are declared.
func (s *Spec) checkPolicy() diag.List {
	var packs []Pack
	if s.Policy != nil {
		packs = s.Policy.Packs
	}
	if s.TargetPolicy != nil {
		packs = concat(packs, s.TargetPolicy.Packs)
	}
	var list diag.List
	for _, pack := range packs {
		if ref, ok := pack.Ref(); ok && ref.Source != "" {
			list = append(list, s.checkDeclared(ref.Source, ref.Path, pack.At)...)
		}
	}
	return list
}

// ParsePack reads the name of a pack that stands outside a spec.
func ParsePack(text string) (Pack, error) {
	pack, problem := parsePack(text)
	if problem != nil {
		return Pack{}, diag.List{*problem}
	}
	return pack.(Pack), nil
}
