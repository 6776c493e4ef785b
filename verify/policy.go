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
	"reflect"
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
	// own are the pack's own rules, and local tells that it is in the build's own context,
	// as the spec is.
	own   []*rule.Rule
	local bool
	// demanded tells that it is there by whoever builds, or by the base, and not by the spec.
	demanded bool
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
	// root is the pack that was named, by which the level is there; nil for the spec alone.
	root  *level
	from  Date
	until Date
}

// exemption is one of a level.
type exemption struct {
	Exemption
	level *level
}

// Spec is what the spec, or the command line, says beside naming packs: the level below
// all of them.
type Spec struct {
	Rules      map[string]Setting
	Exemptions []Exemption
	// Target is what the target says that is built; nil for nothing.
	Target *Target
}

// Target is what a target of a spec says: the level below that of the spec.
type Target struct {
	Name string
	// At is the spec node that says it.
	At    string
	Rules map[string]Setting
}

// Digest is the digest of a pack's text.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// compose puts the settings of levels over one another: for each pack that is named, those
// above it, itself and the spec. Packs that are named beside one another both hold, and
// neither changes what the other asks.
func compose(levels, roots []*level, spec Spec) *Policy {
	p := &Policy{levels: levels, rules: rules.All()}
	for _, l := range levels {
		p.addRules(l)
	}
	for _, l := range levels {
		p.addExemptions(l)
	}
	own := specLevels(levels, spec)
	for _, l := range own {
		p.addExemptions(l)
		for _, id := range slices.Sorted(maps.Keys(l.Rules)) {
			if _, ok := rules.Lookup(p.rules, id); !ok {
				p.problem("policy-rule-unknown", l.at+".rules."+id, fmt.Sprintf("there is no rule %s%s", id, p.meant(id)))
			}
		}
	}
	chains := 0
	for _, root := range roots {
		if slices.ContainsFunc(roots, func(other *level) bool { return other.above[root] }) {
			continue // another one extends it
		}
		chains++
		p.addChain(root, own)
	}
	if chains == 0 {
		p.addChain(nil, own)
	}
	p.problems = diag.Unique(p.problems)
	return p
}

// chain is a pack with those above it, the uppermost first, and what they ask. Its rules are
// those that the packs have of their own.
type chain struct {
	settings []*setting
	rules    []*rule.Rule
}

// addChain adds what a pack asks with those above it, as the spec has changed it; or what
// the spec alone asks.
func (p *Policy) addChain(root *level, spec []*level) {
	c := &chain{}
	for _, l := range p.levels {
		if root != nil && (l == root || root.above[l]) {
			c.rules = append(c.rules, l.own...)
			p.addLevel(c, l)
		}
	}
	for _, l := range spec {
		p.addLevel(c, l)
	}
	for _, s := range c.settings {
		s.root = root
	}
	p.settings = append(p.settings, c.settings...)
}

// specLevels are the levels of a spec, below all packs: its own, and that of the target.
func specLevels(levels []*level, spec Spec) []*level {
	own := &level{Pack: &Pack{Rules: spec.Rules, Exemptions: spec.Exemptions}, title: "the spec", at: "policy", above: map[*level]bool{}}
	for _, l := range levels {
		own.above[l] = true
	}
	if spec.Target == nil {
		return []*level{own}
	}
	target := &level{Pack: &Pack{Rules: spec.Target.Rules}, title: "the target " + spec.Target.Name, at: spec.Target.At, above: maps.Clone(own.above)}
	target.above[own] = true
	return []*level{own, target}
}

// isSpec reports whether the level is that of a spec.
func (l *level) isSpec() bool { return l.digest == "" }

func (p *Policy) problem(code, at, message string, fixes ...string) {
	p.problems = append(p.problems, diag.Diagnostic{Code: code, At: at, Message: message, Fixes: fixes})
}

// meant proposes the rule that was probably meant.
func (p *Policy) meant(id string) string {
	if guess := p.nearestRule(id); guess != "" {
		return "; did you mean " + guess + "?"
	}
	return ""
}

// ruleMeant is the fix for a rule that there is not.
func (p *Policy) ruleMeant(id string) []string {
	if guess := p.nearestRule(id); guess != "" {
		return []string{"write rule: " + guess}
	}
	return []string{"remove it, or name a pack that has the rule under packs"}
}

func (p *Policy) nearestRule(id string) string {
	var known []string
	for _, r := range p.rules {
		known = append(known, r.ID)
	}
	return diag.Nearest(id, known)
}

// addExemptions adds the exemptions of a level.
func (p *Policy) addExemptions(l *level) {
	for _, e := range l.Exemptions {
		p.dated = cmp.Or(p.dated, "the exemption from "+e.Rule+" of "+l.title+" expires")
		if _, ok := rules.Lookup(p.rules, e.Rule); !ok {
			p.problem("policy-rule-unknown", cmp.Or(e.At, l.at), fmt.Sprintf("the exemption of %s is from the rule %s, which there is not%s", l.title, e.Rule, p.meant(e.Rule)),
				p.ruleMeant(e.Rule)...)
			continue
		}
		p.exemptions = append(p.exemptions, exemption{e, l})
	}
}

// addLevel adds what one level says to what those above it ask.
func (p *Policy) addLevel(c *chain, l *level) {
	if !l.EffectiveFrom.IsZero() || !l.EffectiveUntil.IsZero() {
		p.dated = cmp.Or(p.dated, "the policy "+l.title+" is in force for a time")
	}
	for _, r := range l.own {
		c.settings = append(c.settings, &setting{rule: r, severity: r.Severity, params: rule.Values{}, owner: l, by: l, from: l.EffectiveFrom, until: l.EffectiveUntil})
	}
	for _, id := range slices.Sorted(maps.Keys(l.Rules)) {
		r, ok := rules.Lookup(c.rules, id)
		if !ok {
			r, ok = rules.Lookup(p.rules, id)
		}
		if ok {
			p.set(c, l, r, l.Rules[id])
		} else if !l.isSpec() {
			p.problem("policy-rule-unknown", l.at, fmt.Sprintf("the policy %s sets the rule %s, which there is not%s", l.title, id, p.meant(id)))
		}
	}
}

// set adds what a level says of a rule. What a level above has delegated it changes there.
// What is stricter is a setting of its own, beside that of the level above, which goes on
// to hold. Anything else is refused.
func (p *Policy) set(c *chain, l *level, r *rule.Rule, s Setting) {
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
	var above []*setting
	for _, other := range c.settings {
		if other.rule == r {
			above = append(above, other)
		}
	}
	if len(above) == 0 {
		if s.Severity != "" {
			own.severity = severities[s.Severity]
		}
		c.settings = append(c.settings, own)
		return
	}
	if i := slices.IndexFunc(above, func(other *setting) bool { return other.owner == l }); i >= 0 {
		above[i].amend(own, s)
		return
	}
	stricter := len(s.Delegate) > 0
	for _, other := range above {
		stricter = p.change(l, other, own, s) || stricter
	}
	if !stricter {
		return
	}
	nearest := above[len(above)-1]
	own.params = maps.Clone(nearest.params)
	maps.Copy(own.params, params)
	if own.severity = nearest.severity; s.Severity != "" {
		own.severity = severities[s.Severity]
	}
	c.settings = append(c.settings, own)
}

// amend adds what a pack says of a rule of its own.
func (s *setting) amend(own *setting, said Setting) {
	maps.Copy(s.params, own.params)
	s.delegate, s.from, s.until = said.Delegate, own.from, own.until
	if said.Severity != "" {
		s.severity = severities[said.Severity]
	}
}

// change changes the setting of a level above in what it delegates. It tells whether what
// the lower level wants is stricter elsewhere, and reports where it is not.
func (p *Policy) change(l *level, upper, own *setting, s Setting) (stricter bool) {
	dated := !own.from.IsZero() || !own.until.IsZero()
	delegates := func(what string) bool { return upper.delegates(what) && !dated }
	if severity := severities[s.Severity]; s.Severity != "" && severity != upper.severity {
		switch {
		case delegates("severity"):
			upper.severity, upper.by = severity, l
		case rank(severity) < rank(upper.severity):
			p.loosened(l, upper, dated && upper.delegates("severity"), fmt.Sprintf("sets %s to %s, and %s asks for it as %s", upper.rule.ID, s.Severity, upper.by.title, word(upper.severity)))
		default:
			stricter = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own.params)) {
		param, _ := upper.rule.Param(name)
		was, ok := upper.params[name]
		if !ok {
			was = param.Default
		}
		switch {
		case reflect.DeepEqual(was, own.params[name]):
		case delegates(name):
			upper.params[name], upper.by = own.params[name], l
		case was != nil && param.Loosens(was, own.params[name]):
			p.loosened(l, upper, dated && upper.delegates(name), fmt.Sprintf("sets the parameter %s of %s less strictly than %s", name, upper.rule.ID, upper.by.title))
		default:
			stricter = true
		}
	}
	return stricter
}

func (p *Policy) loosened(l *level, upper *setting, dated bool, what string) {
	at := l.at
	if l.isSpec() {
		at += ".rules." + upper.rule.ID
	}
	if dated {
		p.problem("policy-loosened", at, fmt.Sprintf("%s %s; what is delegated can be set for all time alone", l.name(), what),
			"leave out effectiveFrom and effectiveUntil, of the rule and of the pack", "write an exemption, which expires")
		return
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
			at += ".rules." + r.ID + ".parameters." + name
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

// NeedsBase reports whether a rule in force looks at the files of the base.
func (p *Policy) NeedsBase() bool {
	return slices.ContainsFunc(p.settings, func(s *setting) bool { return s.severity != rule.Off && s.rule.NeedsBase })
}

// References are the images that rules in force compare with, sorted.
func (p *Policy) References() []string {
	var out []string
	for _, s := range p.settings {
		if s.severity == rule.Off || s.rule.Reference == nil {
			continue
		}
		if name := s.rule.Reference(s.params); name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Problems are what is wrong with the packs, whatever image is judged.
func (p *Policy) Problems() diag.List { return p.problems }
