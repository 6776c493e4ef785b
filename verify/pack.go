package verify

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
)

// Limits on what a pack may hold, far above any real one.
const (
	maxPackBytes = 1 << 20
	maxCustom    = 200
	maxItems     = 5000
)

// Pack is a collection of rules and their settings, as it stands in a YAML file.
type Pack struct {
	// Name begins the names of the pack's own rules: "acme".
	Name string `yaml:"name"`
	// Version is the pack's own, "2026.11".
	Version string `yaml:"version"`
	// Description says what the pack is for.
	Description string `yaml:"description"`
	// Extends names the packs above this one: what they ask holds here, too, and this
	// pack may tighten it.
	Extends written `yaml:"extends"`
	// EffectiveFrom is when the pack comes into force: before, it only warns.
	EffectiveFrom Date `yaml:"effectiveFrom"`
	// EffectiveUntil is the last day on which it is in force.
	EffectiveUntil Date `yaml:"effectiveUntil"`
	// Rules are settings by the IDs of rules.
	Rules map[string]Setting `yaml:"rules"`
	// Custom are rules of the pack's own.
	Custom []Custom `yaml:"custom"`
	// AllowExemptions says who may write exemptions from what this pack asks.
	AllowExemptions Exempting `yaml:"allowExemptions"`
	// Exemptions are what the pack exempts.
	Exemptions []Exemption `yaml:"exemptions"`
	// Tests are tests of the pack: see TestPack.
	Tests []PackTest `yaml:"tests"`
}

// Exempting is who may write exemptions from what a pack asks.
type Exempting string

// The kinds of Exempting; the zero value is ExemptAll.
const (
	ExemptAll   Exempting = "all"   // packs below it and specs
	ExemptPacks Exempting = "packs" // packs below it
	ExemptNone  Exempting = "none"  // the pack alone
)

// Setting is what a pack or a spec says of a rule. A scalar in the file is its
// severity.
type Setting struct {
	// Severity is empty when nothing is said of it; an error is "error".
	Severity string
	// Parameters are as they are written: a scalar is a list of one.
	Parameters map[string][]string
	// Delegate names what those below may set as they like: parameters, "severity", or
	// "*" for everything.
	Delegate []string
	// EffectiveFrom is as that of a pack, for this setting alone.
	EffectiveFrom Date
	// EffectiveUntil is as that of a pack, for this setting alone.
	EffectiveUntil Date
}

// Exemption says that a rule need not hold somewhere.
type Exemption struct {
	// Rule is the ID of the rule.
	Rule string `yaml:"rule"`
	// Path is a pattern of paths in the image; empty for all findings of the rule.
	Path string `yaml:"path"`
	// Reason says why, Owner who answers for it.
	Reason string `yaml:"reason"`
	Owner  string `yaml:"owner"`
	// Expires is the last day on which it holds.
	Expires Date `yaml:"expires"`
	// At is the path of the spec node that has it; empty for one of a pack.
	At string `yaml:"-"`
}

// Date is a day, or a moment. The zero value is none.
type Date struct {
	time.Time
	// day tells that it is a whole day.
	day bool
}

// ParseDate reads 2026-12-24, which is a day in UTC, or a time as in RFC 3339.
func ParseDate(text string) (Date, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return Date{t, true}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write 2026-12-24, or 2026-12-24T18:00:00Z", text)
	}
	return Date{t.UTC(), false}, nil
}

// UnmarshalYAML reads a date as ParseDate does.
func (d *Date) UnmarshalYAML(n *yaml.Node) (err error) {
	*d, err = ParseDate(n.Value)
	return err
}

// String is the date as it is written.
func (d Date) String() string {
	if d.day {
		return d.Format(time.DateOnly)
	}
	return d.Format(time.RFC3339)
}

// end is when the day, or the moment, is over.
func (d Date) end() time.Time {
	if d.day {
		return d.AddDate(0, 0, 1)
	}
	return d.Time
}

// UnmarshalYAML reads a setting.
func (s *Setting) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Severity = n.Value
		return nil
	}
	var long struct {
		Severity       string             `yaml:"severity"`
		Parameters     map[string]written `yaml:"parameters"`
		Delegate       written            `yaml:"delegate"`
		EffectiveFrom  Date               `yaml:"effectiveFrom"`
		EffectiveUntil Date               `yaml:"effectiveUntil"`
	}
	if n.Kind != yaml.MappingNode {
		return errors.New("a rule's setting is error, warning, info or off, or a mapping of keys: severity, parameters, delegate")
	}
	if err := checkShape(n, reflect.TypeOf(long), "a rule's setting"); err != nil {
		return err
	}
	if err := n.Decode(&long); err != nil {
		return err
	}
	*s = Setting{Severity: long.Severity, Delegate: long.Delegate, EffectiveFrom: long.EffectiveFrom, EffectiveUntil: long.EffectiveUntil}
	for name, value := range long.Parameters {
		if s.Parameters == nil {
			s.Parameters = map[string][]string{}
		}
		s.Parameters[name] = value
	}
	return nil
}

// written is one text or several.
type written []string

func (w *written) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = written{n.Value}
		return nil
	}
	var items []string
	if err := n.Decode(&items); err != nil {
		return errors.New("write a text, a number, true or false, or a list of texts")
	}
	*w = items
	return nil
}

// severities are those that a setting can have.
var severities = map[string]diag.Severity{
	"error": diag.SeverityError, "warning": diag.SeverityWarning, "info": diag.SeverityInfo, "off": rule.Off,
}

// parsePack reads a pack. Errors are for whoever wrote it.
func parsePack(data []byte) (*Pack, error) {
	if len(data) > maxPackBytes {
		return nil, fmt.Errorf("it has %d bytes, and a pack at most %d", len(data), maxPackBytes)
	}
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		if len(bytes.TrimSpace(data)) == 0 {
			err = errors.New("it is empty: write name: acme and version: \"1\"")
		}
		return nil, readable(err)
	}
	if len(document.Content) == 0 {
		return nil, errors.New("it has no document")
	}
	if err := checkShape(document.Content[0], reflect.TypeFor[Pack](), "a pack"); err != nil {
		return nil, err
	}
	p := &Pack{}
	if err := yaml.Load(data, p); err != nil {
		return nil, readable(err)
	}
	return p, p.check()
}

// check looks at what the types leave open.
func (p *Pack) check() error {
	switch {
	case !packName(p.Name):
		return fmt.Errorf("its name is %q: write name: acme, of small letters, digits and dashes", p.Name)
	case p.Version == "":
		return errors.New("it has no version: write version: \"1\"")
	case len(p.Custom) > maxCustom || len(p.Rules)+len(p.Exemptions)+len(p.Tests) > maxItems:
		return errors.New("it has too many rules")
	case !slices.Contains([]Exempting{"", ExemptAll, ExemptPacks, ExemptNone}, p.AllowExemptions):
		return fmt.Errorf("allowExemptions is %q: write all, packs or none", p.AllowExemptions)
	}
	if backwards(p.EffectiveFrom, p.EffectiveUntil) {
		return fmt.Errorf("it is in force until %s, and from %s on: it ends before it begins", p.EffectiveUntil, p.EffectiveFrom)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Rules)) {
		s := p.Rules[id]
		if _, ok := severities[s.Severity]; !ok && s.Severity != "" {
			return fmt.Errorf("the severity of %s is %q: write error, warning, info or off", id, s.Severity)
		}
		if from, until := later(p.EffectiveFrom, s.EffectiveFrom), earlier(p.EffectiveUntil, s.EffectiveUntil); backwards(from, until) {
			return fmt.Errorf("%s is in force until %s, and from %s on: it ends before it begins", id, until, from)
		}
	}
	for _, e := range p.Exemptions {
		if e.Rule == "" || e.Reason == "" || e.Owner == "" || e.Expires.IsZero() {
			return fmt.Errorf("the exemption from %q says not all: write rule, reason, owner and expires", e.Rule)
		}
	}
	return nil
}

// backwards reports whether a time ends before it begins.
func backwards(from, until Date) bool {
	return !from.IsZero() && !until.IsZero() && !from.Before(until.end())
}

func packName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && name[0] != '-'
}
