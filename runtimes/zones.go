package runtimes

import (
	"slices"
	"strings"

	"github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
)

// zonesIn are the time zones that a text names, "Europe/Berlin", and the tree has.
func zonesIn(tree *reader, text []byte, by string) []Need {
	var out []Need
	words := strings.FieldsFunc(string(text), func(r rune) bool {
		return r > 127 || !wordByte(byte(r)) && r != '/' && r != '-' && r != '+'
	})
	slices.Sort(words)
	for _, word := range slices.Compact(words) {
		if file, sure := needs.ZoneFile(word); sure && tree.isFile(file) {
			out = append(out, Need{Path: file, Evidence: plan.Evidence{Kind: plan.EvidenceNamed, In: by, Name: word}})
		}
	}
	return out
}
