package verify

import (
	"context"
	"embed"
)

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

// Severities are how severe a pack of the program makes each rule that it names, with
// those that it extends.
func Severities(pack string) (map[string]string, error) {
	p, err := Load(context.Background(), []Named{{Name: pack}}, Spec{}, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, s := range p.settings {
		out[s.rule.ID] = word(s.severity)
	}
	return out, p.problems.Err()
}
