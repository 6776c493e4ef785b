// Command gendocs writes a page for every built-in rule, and an index. It runs in the
// directory of package rules, by go generate.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/internal/docpages"
	"github.com/sinter-build/sinter/verify"
	"github.com/sinter-build/sinter/verify/rule"
	"github.com/sinter-build/sinter/verify/rules"
)

// docs is where the pages are, from the directory of package rules.
const docs = "../../docs/rules"

func main() {
	all, err := pages()
	if err == nil {
		err = docpages.Write(docs, all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// pages are all files of the directory by name.
func pages() (map[string]string, error) {
	out := map[string]string{}
	packs := map[string]map[string]string{}
	for _, name := range []string{verify.Baseline, verify.Restricted} {
		severities, err := verify.Severities(name)
		if err != nil {
			return nil, err
		}
		packs[name] = severities
	}
	var index strings.Builder
	index.WriteString(generated + "# Rules\n\n" +
		"What an image can be judged by, and how strictly the packs that are part of Sinter do. [Policy](../policy.md) says how packs are written and named.\n\n" +
		"| rule | baseline | restricted | what must hold |\n|---|---|---|---|\n")
	for _, r := range rules.All() {
		fmt.Fprintf(&index, "| [%s](%s.md) | %s | %s | %s |\n", r.ID, r.ID, packs[verify.Baseline][r.ID], packs[verify.Restricted][r.ID], r.Title)
		out[r.ID+".md"] = page(r, packs)
	}
	out["README.md"] = index.String()
	return out, nil
}

const generated = "<!-- Generated from verify/rules by go generate ./verify/rules. -->\n\n"

func page(r *rule.Rule, packs map[string]map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s\n\n**%s**\n\n", generated, r.ID, r.Title)
	fmt.Fprintf(&b, "Since %s. A pack that names it and says no more makes it %s; it is %s in baseline and %s in restricted.\n\n",
		r.Since, severity(r.Severity), off(packs[verify.Baseline][r.ID]), off(packs[verify.Restricted][r.ID]))
	b.WriteString(linked(r.Rationale) + "\n\n## How to fix it\n\n")
	for _, fix := range r.Fixes {
		b.WriteString("- " + fix + "\n")
	}
	if len(r.Params) > 0 {
		b.WriteString("\n## Parameters\n\n| name | kind | default | stricter | what it is |\n|---|---|---|---|---|\n")
		for _, p := range r.Params {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", p.Name, p.Kind, value(p.Default), p.Tightens, p.Doc)
		}
	}
	if len(r.Standards) > 0 {
		b.WriteString("\n## Where else it is asked for\n\n")
		for _, s := range r.Standards {
			fmt.Fprintf(&b, "- %s, %s\n", s.Name, s.ID)
		}
	}
	return b.String()
}

// linked turns the IDs of rules, between backticks, into links to their pages.
func linked(text string) string {
	for _, r := range rules.All() {
		text = strings.ReplaceAll(text, "`"+r.ID+"`", "["+r.ID+"]("+r.ID+".md)")
	}
	return text
}

func severity(s diag.Severity) string {
	switch s {
	case diag.SeverityError:
		return "an error"
	case diag.SeverityWarning:
		return "a warning"
	}
	return string(s)
}

func off(severity string) string {
	if severity == "" {
		return "off"
	}
	return severity
}

// value is that of a parameter, as a pack has it.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case []string:
		if len(v) == 0 {
			return "`[]`"
		}
		return "`[" + strings.Join(v, ", ") + "]`"
	}
	return fmt.Sprintf("`%v`", v)
}
