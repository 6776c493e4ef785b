// Package verify judges images before they are exported: it asks rules about a plan
// and returns what they found. Which rules, and how strictly, is in packs.
//
// It reads plans and returns findings, and knows nothing of how either is made or shown.
// A verdict is a function of its input: the time is a part of that.
package verify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// Policy is what an image is judged by: packs, composed.
type Policy struct {
	levels     []*level
	rules      []*rule.Rule // built-in ones and those of packs
	settings   []*setting
	exemptions []exemption
	// dated tells that the verdict depends on the time, and the first reason why.
	dated string
	// problems are what is wrong with the packs.
	problems diag.List
}

// level is a pack, or what a spec says, in its place below others.
type level struct {
	*Pack
	// title is "acme 2026.11", or "the spec".
	title string
	// digest is that of the pack's text: "sha256:…"; empty for the spec.
	digest string
	// ref is how the pack was named.
	ref string
	// at is the spec node that names the pack.
	at string
	// above are the levels whose rules hold here, too, direct or not.
	above map[*level]bool
}

// setting is a rule with its severity and its parameters, as one level asks for it and
// those below have changed it.
type setting struct {
	rule     *rule.Rule
	severity diag.Severity
	params   rule.Values
	delegate []string
	// owner is the level that asks, and by the last one that has changed something.
	owner, by *level
	from      Date
	until     Date
}

// exemption is one of a level.
type exemption struct {
	Exemption
	level *level
}

// Spec is what the spec, or the command line, says beside naming packs: the level below
// all of them.
type Spec struct {
	Rules map[string]Setting
	// At gives the spec node of a rule's setting.
	At         func(id string) string
	Exemptions []Exemption
}

// Digest is the digest of a pack's text.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// compose puts the settings of levels, the upper ones first, over one another.
func compose(levels []*level, spec Spec) *Policy {
	p := &Policy{levels: levels, rules: rules.All()}
	for _, l := range levels {
		p.addCustom(l)
	}
	for _, l := range levels {
		p.addLevel(l)
	}
	if len(spec.Rules)+len(spec.Exemptions) > 0 {
		p.addLevel(specLevel(levels, spec))
		for _, id := range slices.Sorted(maps.Keys(spec.Rules)) {
			if _, ok := rules.Lookup(p.rules, id); !ok {
				p.problem("policy-rule-unknown", spec.At(id), fmt.Sprintf("there is no rule %s%s", id, p.meant(id)))
			}
		}
	}
	return p
}

// specLevel is the level of a spec: below all packs.
func specLevel(levels []*level, spec Spec) *level {
	own := &level{Pack: &Pack{Rules: spec.Rules, Exemptions: spec.Exemptions}, title: "the spec", at: "policy", above: map[*level]bool{}}
	for _, l := range levels {
		own.above[l] = true
	}
	return own
}

// isSpec tells whether the level is that of a spec.
func (l *level) isSpec() bool { return l.digest == "" }

func (p *Policy) problem(code, at, message string, fixes ...string) {
	p.problems = append(p.problems, diag.Diagnostic{Code: code, At: at, Message: message, Fixes: fixes})
}

// meant proposes the rule that was probably meant.
func (p *Policy) meant(id string) string {
	var known []string
	for _, r := range p.rules {
		known = append(known, r.ID)
	}
	if guess := diag.Nearest(id, known); guess != "" {
		return "; did you mean " + guess + "?"
	}
	return ""
}

// addLevel adds what one level says.
func (p *Policy) addLevel(l *level) {
	for _, d := range []Date{l.EffectiveFrom, l.EffectiveUntil} {
		if !d.IsZero() {
			p.dated = cmp.Or(p.dated, "the policy "+l.title+" is in force for a time")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.Rules)) {
		r, ok := rules.Lookup(p.rules, id)
		if !ok {
			if !l.isSpec() {
				p.problem("policy-rule-unknown", l.at, fmt.Sprintf("the policy %s sets the rule %s, which there is not%s", l.title, id, p.meant(id)))
			}
			continue
		}
		p.set(l, r, l.Rules[id])
	}
	for _, e := range l.Exemptions {
		p.dated = cmp.Or(p.dated, "the exemption from "+e.Rule+" of "+l.title+" expires")
		if _, ok := rules.Lookup(p.rules, e.Rule); !ok {
			p.problem("policy-rule-unknown", cmp.Or(e.At, l.at), fmt.Sprintf("the exemption of %s is from the rule %s, which there is not%s", l.title, e.Rule, p.meant(e.Rule)))
			continue
		}
		p.exemptions = append(p.exemptions, exemption{e, l})
	}
}

// set adds what a level says of a rule: to the settings of the levels above, or as one of
// its own.
func (p *Policy) set(l *level, r *rule.Rule, s Setting) {
	params, ok := p.parameters(l, r, s)
	if !ok {
		return
	}
	if !s.EffectiveFrom.IsZero() || !s.EffectiveUntil.IsZero() {
		p.dated = cmp.Or(p.dated, "the policy "+l.title+" sets "+r.ID+" for a time")
	}
	own := &setting{
		rule: r, severity: r.Severity, params: params, delegate: s.Delegate, owner: l, by: l,
		from: later(l.EffectiveFrom, s.EffectiveFrom), until: earlier(l.EffectiveUntil, s.EffectiveUntil),
	}
	if s.Severity != "" {
		own.severity = severities[s.Severity]
	}
	var above []*setting
	for _, other := range p.settings {
		if other.rule == r && (l.above[other.owner] || other.owner == l) {
			above = append(above, other)
		}
	}
	for _, other := range above {
		p.tighten(l, other, own, s)
	}
	if len(above) == 0 {
		p.settings = append(p.settings, own)
	}
}

// tighten changes the setting of a level above as one below says it. What would loosen
// it must be delegated. What is not always in force leaves the setting above as it is and
// stands beside it.
func (p *Policy) tighten(l *level, upper, own *setting, s Setting) {
	changed := *upper
	changed.params = maps.Clone(upper.params)
	changed.by = l
	if s.Severity != "" && own.severity != upper.severity {
		if rank(own.severity) < rank(upper.severity) && !upper.delegates("severity") && l != upper.owner {
			p.loosened(l, upper, fmt.Sprintf("sets %s to %s, and %s asks for it as %s", upper.rule.ID, s.Severity, upper.owner.title, word(upper.severity)))
		} else {
			changed.severity = own.severity
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own.params)) {
		param, _ := upper.rule.Param(name)
		was, ok := upper.params[name]
		if !ok {
			was = param.Default
		}
		if was != nil && param.Loosens(was, own.params[name]) && !upper.delegates(name) && l != upper.owner {
			p.loosened(l, upper, fmt.Sprintf("sets the parameter %s of %s less strictly than %s", name, upper.rule.ID, upper.owner.title))
			continue
		}
		changed.params[name] = own.params[name]
	}
	if s.Delegate != nil && l != upper.owner {
		changed.delegate = slices.DeleteFunc(slices.Clone(s.Delegate), func(name string) bool { return !upper.delegates(name) })
	}
	if own.from.IsZero() && own.until.IsZero() {
		*upper = changed
		return
	}
	changed.owner, changed.from, changed.until = l, own.from, own.until
	p.settings = append(p.settings, &changed)
}

func (p *Policy) loosened(l *level, upper *setting, what string) {
	at := l.at
	if l.isSpec() {
		at = "policy.rules." + upper.rule.ID
	}
	p.problem("policy-loosened", at, fmt.Sprintf("%s %s, which does not delegate that", l.name(), what),
		"leave the rule as it is above, or make it stricter",
		fmt.Sprintf("have it delegated where %s sets it, or write an exemption", upper.owner.title))
}

// name is the level as the subject of a sentence.
func (l *level) name() string {
	if l.isSpec() {
		return l.title
	}
	return "the policy " + l.title
}

func (s *setting) delegates(what string) bool {
	return slices.Contains(s.delegate, what) || slices.Contains(s.delegate, "*")
}

// parameters makes values of what a level says of a rule's parameters.
func (p *Policy) parameters(l *level, r *rule.Rule, s Setting) (rule.Values, bool) {
	out, ok := rule.Values{}, true
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		at := l.at
		if l.isSpec() {
			at = "policy.rules." + r.ID + ".parameters." + name
		}
		param, known := r.Param(name)
		if !known {
			p.problem("policy-invalid", at, fmt.Sprintf("%s sets the parameter %s of %s, which has %s", l.name(), name, r.ID, paramNames(r)))
			ok = false
			continue
		}
		value, err := param.Parse(s.Parameters[name])
		if err != nil {
			p.problem("policy-invalid", at, fmt.Sprintf("%s sets %s wrongly: %v", l.name(), r.ID, err))
			ok = false
			continue
		}
		out[name] = value
	}
	for _, name := range s.Delegate {
		if _, known := r.Param(name); !known && name != "severity" && name != "*" {
			p.problem("policy-invalid", l.at, fmt.Sprintf("%s delegates %s of %s, which has %s", l.name(), name, r.ID, paramNames(r)))
			ok = false
		}
	}
	return out, ok
}

func paramNames(r *rule.Rule) string {
	if len(r.Params) == 0 {
		return "no parameters"
	}
	var names []string
	for _, p := range r.Params {
		names = append(names, p.Name)
	}
	return "the parameters " + strings.Join(names, ", ")
}

// rank orders severities, the mildest first.
func rank(s diag.Severity) int {
	return slices.Index([]diag.Severity{rule.Off, diag.SeverityInfo, diag.SeverityWarning, diag.SeverityError}, s)
}

// word is a severity as packs write it.
func word(s diag.Severity) string {
	if s == diag.SeverityError {
		return "error"
	}
	return string(s)
}

func later(a, b Date) Date {
	if a.IsZero() || b.After(a.Time) {
		return b
	}
	return a
}

func earlier(a, b Date) Date {
	if a.IsZero() || !b.IsZero() && b.end().Before(a.end()) {
		return b
	}
	return a
}

// NeedsBase tells whether a rule in force looks at the files of the base.
func (p *Policy) NeedsBase() bool {
	return slices.ContainsFunc(p.settings, func(s *setting) bool { return s.severity != rule.Off && s.rule.NeedsBase })
}

// Problems are what is wrong with the packs, whatever image is judged.
func (p *Policy) Problems() diag.List { return p.problems }
