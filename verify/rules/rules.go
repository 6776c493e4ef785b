// Package rules has the built-in rules, one file a rule, and their cases, one file of
// data a rule (testdata/ID.txtar). Their pages in docs/rules are made of them:
//
//	go generate ./verify/rules
//
// To add a rule, write a file with a function that returns it and name that in [All],
// write its cases, and generate its page. docs/policy.md walks through one.
package rules

//go:generate go run ./internal/gendocs

import (
	"cmp"
	"slices"

	"github.com/sinter-build/sinter/verify/rule"
)

// All are all built-in rules, sorted by ID.
func All() []*rule.Rule {
	all := []*rule.Rule{
		annotationsTrue(), baseAllowed(), certificatesValid(), commandStarts(), elfBranchProtection(), elfNX(), elfPIE(),
		elfRELRO(), elfRPath(), elfTextRel(), entrypointNoShell(), healthcheckSet(), labelsSet(), librariesLoad(),
		licenseAllowed(), noDevelopmentFiles(), noInterpreter(), noPackageManager(), noPreload(), noPrivilegedFiles(),
		noRootPorts(), noSecretEnv(), noSecrets(), noShell(), noWorldWritable(), noWritableFiles(), packageAllowed(),
		packagedOnly(), platformsBuilt(), portsAllowed(), searchPath(), sizeBudget(), sourcesPinned(), staticOnly(), userNonroot(),
	}
	slices.SortFunc(all, func(a, b *rule.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Lookup is the rule of an ID among those.
func Lookup(all []*rule.Rule, id string) (*rule.Rule, bool) {
	i := slices.IndexFunc(all, func(r *rule.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// URL is the page about a built-in rule.
func URL(id string) string {
	return "https://github.com/sinter-build/sinter/blob/main/docs/rules/" + id + ".md"
}

// list is a parameter of texts.
func list(name string, tightens rule.Tightens, doc string, defaults ...string) rule.Param {
	return rule.Param{Name: name, Kind: rule.List, Tightens: tightens, Doc: doc, Default: slices.Clip(defaults)}
}

// limit is a parameter of texts that allow what they match, and all where there are none.
func limit(name, doc string) rule.Param {
	return rule.Param{Name: name, Kind: rule.List, Tightens: rule.Fewer, Doc: doc, Default: []string{}, Open: true}
}

// onOff is a parameter that is true or false.
func onOff(name string, tightens rule.Tightens, doc string, value bool) rule.Param {
	return rule.Param{Name: name, Kind: rule.Flag, Tightens: tightens, Doc: doc, Default: value}
}

// number is a parameter without a default value.
func number(name string, kind rule.Kind, tightens rule.Tightens, doc string) rule.Param {
	return rule.Param{Name: name, Kind: kind, Tightens: tightens, Doc: doc}
}

// matches reports whether a text matches one of some patterns (rule.Match).
func matches(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return rule.Match(p, text) })
}

// names lists some of many names for a message.
func names(all []string) string {
	const most = 5
	out := ""
	for i, name := range all {
		if i == most {
			return out + " and " + count(len(all)-most, "more", "more")
		}
		if i > 0 {
			out += ", "
		}
		out += name
	}
	return out
}
