package spec

// Policy says what the image is judged by before it is exported. A scalar or a list in
// the file is its Packs.
type Policy struct {
	// Packs are collections of rules: baseline, restricted, a file of the build context
	// or, as SOURCE:PATH, of a source, or docker-image://NAME@DIGEST#PATH. It is baseline
	// where the spec has no policy.
	Packs []Pack `yaml:"packs,omitempty" json:"packs,omitempty" spec:"short,one"`
	// Rules are settings of rules by their names. They may make rules stricter, and set
	// what the packs leave to specs.
	Rules map[string]RuleSetting `yaml:"rules,omitempty" json:"rules,omitempty" spec:"keys=rule"`
	// Exemptions say where rules need not hold.
	Exemptions []Exemption `yaml:"exemptions,omitempty" json:"exemptions,omitempty"`
	At         string      `yaml:"-" json:"-"`
}

// TargetPolicy is what a target says of the policy: packs that its image is judged by
// besides, and rules that are stricter for it. It takes nothing away of what the spec asks.
type TargetPolicy struct {
	// Packs are as those of the spec, and are added to them.
	Packs []Pack `yaml:"packs,omitempty" json:"packs,omitempty" spec:"short,one"`
	// Rules are settings of rules by their names, which may make rules stricter.
	Rules map[string]RuleSetting `yaml:"rules,omitempty" json:"rules,omitempty" spec:"keys=rule"`
	At    string                 `yaml:"-" json:"-"`
}

// Pack is one entry of Packs, a scalar in the file.
type Pack struct {
	Name string `json:"name"`
	At   string `json:"-"`
}

// RuleSetting is what a spec says of a rule. A scalar in the file is its Severity.
type RuleSetting struct {
	// Severity is what becomes of what is found: an error stops the build.
	Severity string `yaml:"severity,omitempty" json:"severity,omitempty" spec:"severity,short"`
	// Parameters are values by the names of the rule's parameters.
	Parameters map[string][]string `yaml:"parameters,omitempty" json:"parameters,omitempty" spec:"text,one,keys=rule"`
	At         string              `yaml:"-" json:"-"`
}

// Exemption says that a rule need not hold somewhere.
type Exemption struct {
	// Rule is the rule's name.
	Rule string `yaml:"rule" json:"rule" spec:"line"`
	// Path is a pattern of paths in the image, in which * stands for any text without a
	// slash and ** for any text; by default all that the rule finds is exempted.
	Path string `yaml:"path,omitempty" json:"path,omitempty" spec:"line"`
	// Reason says why.
	Reason string `yaml:"reason" json:"reason" spec:"line"`
	// Owner answers for it.
	Owner string `yaml:"owner" json:"owner" spec:"line"`
	// Expires is the last day on which it holds, as in 2026-12-24.
	Expires string `yaml:"expires" json:"expires" spec:"date"`
	At      string `yaml:"-" json:"-"`
}
