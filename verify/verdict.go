package verify

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// Verdict is what came of judging an image.
type Verdict struct {
	// Packs are those that were in force, the upper ones first.
	Packs []Used `json:"packs"`
	// Rules are those that were asked, sorted by ID.
	Rules []Asked `json:"rules"`
	// Findings are what is against them, the gravest first.
	Findings []Finding `json:"findings"`
	// Exempted are findings that an exemption is for.
	Exempted []Finding `json:"exempted,omitempty"`
	// Notes are findings about the policy itself: exemptions that are about to expire.
	Notes diag.List `json:"notes,omitempty"`
}

// Used is a pack that was in force.
type Used struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	// Reference is how it was named.
	Reference string `json:"reference"`
}

// Asked is a rule that was asked.
type Asked struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Found    int    `json:"found"`
	Exempted int    `json:"exempted,omitempty"`
	// Skipped says why the rule was not asked after all.
	Skipped string `json:"skipped,omitempty"`
}

// Finding is something against a rule.
type Finding struct {
	diag.Diagnostic
	// Policy is the title of the pack that asks for the rule.
	Policy string `json:"policy"`
	// Exemption is what exempts it, if it is exempted.
	Exemption *Exempted `json:"exemption,omitempty"`
}

// Exempted is the exemption of a finding.
type Exempted struct {
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires"`
	By      string `json:"by"`
}

// maxFound is how many findings of one rule are told one by one.
const maxFound = 50

// warnBefore is how long before an exemption expires that is told.
const warnBefore = 30 * 24 * time.Hour

// Judge asks the rules of a policy about an image. What is wrong with the policy itself
// is in Policy.Problems, but for what depends on the time.
func (p *Policy) Judge(image *rule.Image) *Verdict {
	v := &Verdict{Rules: []Asked{}, Findings: []Finding{}}
	if image.Time.IsZero() && p.dated != "" {
		v.Notes = append(v.Notes, diag.Diagnostic{
			Code: "policy-time", At: "policy", Message: "when the image is judged is not known, and " + p.dated,
			Fixes: []string{"give the time with the build: --build-arg SOURCE_DATE_EPOCH=$(date +%s), or SINTER_POLICY_TIME=2026-12-24 for the policy alone"},
		})
	}
	for _, l := range p.levels {
		v.Packs = append(v.Packs, Used{l.Name, l.Version, l.digest, l.ref})
	}
	j := &judge{Policy: p, image: image, verdict: v, used: make([]bool, len(p.exemptions)), counts: map[string]*Asked{}, seen: map[string]int{}}
	for _, s := range p.settings {
		j.ask(s)
	}
	j.finish()
	return v
}

// judge is one run of a policy over an image.
type judge struct {
	*Policy
	image   *rule.Image
	verdict *Verdict
	// used tells which exemptions were for something.
	used   []bool
	counts map[string]*Asked
	runs   []run
	// spent is how long the rules of packs' own have taken.
	spent time.Duration
	// seen are the indices of findings, by what they say.
	seen map[string]int
}

// ask asks one rule.
func (j *judge) ask(s *setting) {
	severity, from := j.inForce(s)
	if severity == rule.Off {
		return
	}
	asked := j.counts[s.rule.ID]
	if asked == nil {
		asked = &Asked{ID: s.rule.ID, Severity: word(severity)}
		j.counts[s.rule.ID] = asked
	}
	if rank(severity) > rank(severities[asked.Severity]) {
		asked.Severity = word(severity)
	}
	if s.rule.NeedsTime && j.image.Time.IsZero() {
		asked.Skipped = "when the image is judged is not known"
		return
	}
	all, err := j.run(s)
	if err != nil {
		j.verdict.Notes = append(j.verdict.Notes, diag.Diagnostic{
			Code: "policy-invalid", At: s.owner.at, Message: fmt.Sprintf("the policy %s: the rule %s cannot be asked: %v", s.owner.title, s.rule.ID, err),
		})
	}
	for _, found := range all {
		j.add(s, found, severity, from, asked)
	}
}

// run runs a rule, once where several settings ask the same.
func (j *judge) run(s *setting) ([]rule.Violation, error) {
	for i := range j.runs {
		if r := &j.runs[i]; r.rule == s.rule && reflect.DeepEqual(r.params, s.params) {
			return r.found, r.err
		}
	}
	found, err := j.timed(s)
	j.runs = append(j.runs, run{s.rule, s.params, found, err})
	return found, err
}

// maxOwnTime is how long all rules of packs' own may take together.
const maxOwnTime = 10 * time.Second

// timed runs a rule. Those of packs are written by others, and one of them alone may take
// maxRuleTime.
func (j *judge) timed(s *setting) ([]rule.Violation, error) {
	own := strings.Contains(s.rule.ID, "/")
	if own && j.spent > maxOwnTime {
		return nil, fmt.Errorf("the rules of packs have taken longer than %s together", maxOwnTime)
	}
	start := time.Now()
	found, err := s.rule.Run(j.image, s.params)
	if own {
		j.spent += time.Since(start)
	}
	return found, err
}

// run is what came of asking a rule.
type run struct {
	rule   *rule.Rule
	params rule.Values
	found  []rule.Violation
	err    error
}

// inForce is how severe a setting is at the time of the verdict. Before it comes into
// force it warns, and from tells since when it is as severe as it says.
func (j *judge) inForce(s *setting) (severity diag.Severity, from Date) {
	now := j.image.Time
	switch {
	case now.IsZero():
		return s.severity, Date{}
	case !s.until.IsZero() && !now.Before(s.until.end()):
		return rule.Off, Date{}
	case !s.from.IsZero() && now.Before(s.from.Time) && s.severity == diag.SeverityError:
		return diag.SeverityWarning, s.from
	}
	return s.severity, Date{}
}

// add notes a finding, or that it is exempted.
func (j *judge) add(s *setting, found rule.Violation, severity diag.Severity, from Date, asked *Asked) {
	f := Finding{
		Diagnostic: diag.Diagnostic{
			Code: s.rule.ID, Severity: severity, At: found.At, Path: found.Path, Message: found.Message, Runtime: found.Runtime,
			Fixes: found.Fixes, Help: help(s.rule),
		},
		Policy: s.by.title,
	}
	if len(f.Fixes) == 0 {
		f.Fixes = plainFixes(s.rule)
	}
	if !from.IsZero() {
		f.Message += fmt.Sprintf(" (an error from %s on)", from)
	}
	if e, late := j.exempted(s, found); e != nil {
		f.Exemption = &Exempted{e.Reason, e.Owner, e.Expires.String(), e.level.title}
		if slices.ContainsFunc(j.verdict.Exempted, func(o Finding) bool {
			return o.Code == f.Code && o.At == f.At && o.Path == f.Path && o.Message == f.Message
		}) {
			return
		}
		j.verdict.Exempted = append(j.verdict.Exempted, f)
		asked.Exempted++
		return
	} else if late != nil {
		f.Message += fmt.Sprintf(" (the exemption by %s expired on %s)", late.Owner, late.Expires)
	}
	key := f.Code + "\x00" + f.At + "\x00" + f.Path + "\x00" + found.Message
	if i, ok := j.seen[key]; ok {
		if rank(severity) > rank(j.verdict.Findings[i].Severity) {
			j.verdict.Findings[i] = f
		}
		return
	}
	j.seen[key] = len(j.verdict.Findings)
	j.verdict.Findings = append(j.verdict.Findings, f)
	asked.Found++
}

// exempted is the exemption for a finding, and one that was for it and has expired.
func (j *judge) exempted(s *setting, found rule.Violation) (valid, expired *exemption) {
	for i := range j.exemptions {
		e := &j.exemptions[i]
		if e.Rule != s.rule.ID || e.Path != "" && !rule.Match(e.Path, found.Path) {
			continue
		}
		below := e.level == s.owner || e.level.above[s.owner] || e.level.isSpec() && s.owner.isSpec()
		if !e.isOf(s.root) || !below || j.refuses(e, s) != nil {
			continue
		}
		j.used[i] = true
		if now := j.image.Time; !now.IsZero() && !now.Before(e.Expires.end()) {
			expired = e
			continue
		}
		valid = e
	}
	return valid, expired
}

// isOf reports whether an exemption counts for what a pack asks that was named, and for
// those above it: not for what another pack beside it asks.
func (e *exemption) isOf(root *level) bool {
	return e.level.isSpec() || e.level == root || root != nil && root.above[e.level]
}

// refuses is the level that does not let an exemption count against what a setting asks;
// nil where none does. That is the level that asks, or one below it that takes over what it
// asks by extending it.
func (j *judge) refuses(e *exemption, s *setting) *level {
	if e.level == s.owner {
		return nil
	}
	for _, l := range j.levels {
		takes := l == s.owner || l.above[s.owner] && s.root != nil && (l == s.root || s.root.above[l])
		if takes && e.level.above[l] && !l.lets(e.level) {
			return l
		}
	}
	return nil
}

// lets reports whether a level lets one below it exempt. What the spec writes, or has in its
// own context, or names to have it beside what others demand, is the spec's.
func (l *level) lets(below *level) bool {
	switch {
	case below.isSpec(), below.local && !l.local, l.demanded && !below.demanded:
		return l.AllowExemptions == "" || l.AllowExemptions == ExemptAll
	}
	return l.AllowExemptions != ExemptNone
}

// finish tells of exemptions, sorts what was found and cuts what is too much.
func (j *judge) finish() {
	for i := range j.exemptions {
		j.noteExemption(&j.exemptions[i], j.used[i])
	}
	for _, id := range slices.Sorted(maps.Keys(j.counts)) {
		j.verdict.Rules = append(j.verdict.Rules, *j.counts[id])
	}
	slices.SortStableFunc(j.verdict.Findings, func(a, b Finding) int {
		return cmp.Or(rank(b.Severity)-rank(a.Severity), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	j.verdict.Findings = cut(j.verdict.Findings)
}

// noteExemption tells what is wrong with an exemption, or soon will be.
func (j *judge) noteExemption(e *exemption, used bool) {
	note := diag.Diagnostic{At: cmp.Or(e.At, e.level.at), Severity: diag.SeverityWarning}
	now, until := j.image.Time, e.Expires.end()
	var refusing *level
	for _, s := range j.settings {
		if s.rule.ID == e.Rule && s.severity != rule.Off && e.level.above[s.owner] && refusing == nil {
			refusing = j.refuses(e, s)
		}
	}
	switch {
	case refusing != nil:
		note.Code, note.Severity = "exemption-refused", diag.SeverityError
		note.Message = fmt.Sprintf("%s exempts from %s, and the policy %s allows that to nobody below it", e.level.title, e.Rule, refusing.title)
		if refusing.AllowExemptions == ExemptPacks {
			note.Message = fmt.Sprintf("%s exempts from %s, and the policy %s allows that to packs alone", e.level.title, e.Rule, refusing.title)
		}
		note.Fixes = []string{"remove the exemption, and mend what the rule finds", "ask those who keep the policy for an exemption"}
		switch {
		case e.level.isSpec() || refusing.AllowExemptions != ExemptPacks:
		case e.level.local && !refusing.local:
			note.Message += "; this one is in the build's own context, where whoever writes the spec writes it"
		default:
			note.Message += "; this one is named by the spec, and that one demanded by whoever builds"
			note.Fixes = append(note.Fixes, "have the build demand "+e.level.ref+", if it is one of the organisation's")
		}
	case now.IsZero():
		return
	case !now.Before(until):
		note.Code = "exemption-expired"
		note.Message = fmt.Sprintf("the exemption from %s expired on %s: %s (%s)", e.Rule, e.Expires, e.Reason, e.Owner)
		note.Fixes = []string{"remove it", "or have it prolonged by " + e.Owner}
	case used && until.Sub(now) < warnBefore:
		note.Code = "exemption-expires"
		note.Message = fmt.Sprintf("the exemption from %s expires on %s, in %d days: %s (%s)", e.Rule, e.Expires, int(until.Sub(now).Hours()/24), e.Reason, e.Owner)
		note.Fixes = []string{"mend what the rule finds before that day, or have the exemption prolonged by " + e.Owner}
	case !used && e.level.isSpec():
		note.Code, note.Severity = "exemption-unused", diag.SeverityInfo
		note.Message = fmt.Sprintf("the exemption from %s is for nothing that the rule finds", e.Rule)
		note.Fixes = []string{"remove it"}
	default:
		return
	}
	j.verdict.Notes = append(j.verdict.Notes, note)
}

// cut keeps the first findings of each rule and says how many there are more.
func cut(all []Finding) []Finding {
	counts := map[string]int{}
	var out []Finding
	for _, f := range all {
		counts[f.Code]++
		if counts[f.Code] <= maxFound {
			out = append(out, f)
		}
	}
	for i, f := range out {
		if more := counts[f.Code] - maxFound; more > 0 && (i+1 == len(out) || out[i+1].Code != f.Code) {
			out[i].Message += fmt.Sprintf(" (and %d more findings of %s)", more, f.Code)
			counts[f.Code] = 0
		}
	}
	return out
}

// help is the page about a rule; empty for a pack's own.
func help(r *rule.Rule) string {
	if strings.Contains(r.ID, "/") {
		return ""
	}
	return rules.URL(r.ID)
}

// plainFixes are the fixes of a rule as a message has them.
func plainFixes(r *rule.Rule) []string {
	out := make([]string, len(r.Fixes))
	for i, fix := range r.Fixes {
		fix = strings.ReplaceAll(strings.TrimSuffix(fix, "."), "`", "")
		out[i] = strings.ToLower(fix[:min(1, len(fix))]) + fix[min(1, len(fix)):]
	}
	return out
}

// Diagnostics are all findings with the notes, as a build tells them. Exempted ones are
// not among them.
func (v *Verdict) Diagnostics() diag.List {
	out := slices.Clone(v.Notes)
	for _, f := range v.Findings {
		out = append(out, f.Diagnostic)
	}
	return out
}
