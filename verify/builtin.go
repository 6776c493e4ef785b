package verify

import "embed"

//go:embed packs/*.yaml
var builtin embed.FS

// The packs that are part of the program.
const (
	Baseline   = "baseline"
	Restricted = "restricted"
)

// builtinPack is the text of a pack that is part of the program.
func builtinPack(name string) ([]byte, bool) {
	data, err := builtin.ReadFile("packs/" + name + ".yaml")
	return data, err == nil
}
