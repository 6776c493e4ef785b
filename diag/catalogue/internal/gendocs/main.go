// Command gendocs writes a page for every finding, and an index, from the
// catalogue. It runs in that package's directory, by go generate.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/catalogue"
	"github.com/sinter-build/sinter/internal/docpages"
)

// docs is where the pages are, from the directory of package catalogue.
const docs = "../../docs/findings"

func main() {
	if err := docpages.Write(docs, pages()); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// pages are all files of the directory by name.
func pages() map[string]string {
	groups := catalogue.Groups()
	out := map[string]string{"README.md": index(groups)}
	for _, g := range groups {
		for _, f := range g.Findings {
			out[f.Code+".md"] = page(g.Title, f)
		}
	}
	return out
}

const generated = "<!-- Generated from diag/catalogue by go generate ./diag/catalogue. -->\n\n"

func index(groups []catalogue.Group) string {
	var b strings.Builder
	b.WriteString(generated + "# Findings\n\n" +
		"What Sinter reports, by code. An error stops a build before anything is exported; a warning does not.\n" +
		"The severity is the usual one; where a case is milder or graver, the page says so.\n")
	for _, g := range groups {
		if len(g.Findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| code | | what it is |\n|---|---|---|\n", g.Title)
		for _, f := range g.Findings {
			fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", f.Code, f.Code, severity(f), strings.ReplaceAll(f.Title, "|", `\|`))
		}
	}
	return b.String()
}

func page(group string, f catalogue.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s\n\n**%s**\n\n", generated, f.Code, f.Title)
	fmt.Fprintf(&b, "%s, since %s. [%s](README.md#%s)\n\n", title(severity(f)), f.Since, group, anchor(group))
	b.WriteString(linked(f.Markdown()))
	return b.String()
}

// linked turns the codes of findings, between backticks, into links to their pages.
func linked(text string) string {
	for _, f := range catalogue.All() {
		text = strings.ReplaceAll(text, "`"+f.Code+"`", "["+f.Code+"]("+f.Code+".md)")
	}
	return text
}

func severity(f catalogue.Finding) string {
	if f.Severity == diag.SeverityError {
		return "error"
	}
	return string(f.Severity)
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// anchor is how GitHub names a heading of letters and spaces.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.ToLower(heading), " ", "-")
}
