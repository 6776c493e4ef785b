package html

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	dom "golang.org/x/net/html"

	"github.com/sinter-build/sinter/diag"
)

// parsed is a report as a browser reads it.
type parsed struct {
	root *dom.Node
	// ids are how often each id is there.
	ids map[string]int
}

// parse reads a report, and fails the test where a browser would have to mend it: where the
// page that is written of the tree has other elements.
func parse(t *testing.T, page []byte) parsed {
	t.Helper()
	root, err := dom.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	p := parsed{root, map[string]int{}}
	elements := 0
	for n := range root.Descendants() {
		if n.Type != dom.ElementNode {
			continue
		}
		elements++
		if id, ok := attribute(n, "id"); ok {
			p.ids[id]++
		}
	}
	written := 0
	for z := dom.NewTokenizer(bytes.NewReader(page)); ; {
		switch z.Next() {
		case dom.StartTagToken, dom.SelfClosingTagToken:
			written++
			continue
		case dom.ErrorToken:
		default:
			continue
		}
		break
	}
	if elements != written {
		t.Errorf("the page has %d elements, and a browser makes %d of them", written, elements)
	}
	return p
}

func attribute(n *dom.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// text is all text below a node.
func text(n *dom.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == dom.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestReferences holds that a report asks the network for nothing, runs nothing but its own
// script, and that what points at a part of it points at one that is there.
func TestReferences(t *testing.T) {
	t.Parallel()
	hostile := document()
	poison(reflect.ValueOf(&hostile))
	for name, d := range map[string]Document{"a report": document(), "one on hostile names": hostile} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, Render(d))
			for id, n := range p.ids {
				if n != 1 || id == "" {
					t.Errorf("%d elements have the id %q", n, id)
				}
			}
			links := 0
			for n := range p.root.Descendants() {
				for _, a := range n.Attr {
					links += p.checkAttribute(t, n, a)
				}
				if slices.Contains([]string{"link", "base", "iframe", "object", "embed", "img", "form", "portal", "audio", "video", "source"}, n.Data) && n.Type == dom.ElementNode {
					t.Errorf("there is an element %s", n.Data)
				}
			}
			if links < 20 {
				t.Errorf("there are only %d references", links)
			}
		})
	}
}

// checkAttribute looks at one attribute, and counts the references in it.
func (p parsed) checkAttribute(t *testing.T, n *dom.Node, a dom.Attribute) int {
	t.Helper()
	switch a.Key {
	case "href":
		if id, ok := strings.CutPrefix(a.Val, "#"); ok {
			p.checkIDs(t, n, a.Key, id)
			return 1
		}
		// A page about a finding, which opens when a person asks for it.
		if rel, _ := attribute(n, "rel"); n.Data != "a" || !strings.HasPrefix(a.Val, "https://") || !strings.Contains(rel, "noreferrer") {
			t.Errorf("%s leads to %q (rel %q)", n.Data, a.Val, rel)
		}
	case "for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list", "headers":
		p.checkIDs(t, n, a.Key, a.Val)
		return 1
	case "src", "srcset", "style", "action", "formaction", "background", "poster", "ping", "data", "http-equiv":
		if a.Val != "Content-Security-Policy" {
			t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
		}
	default:
		if strings.HasPrefix(a.Key, "on") {
			t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
		}
	}
	return 0
}

func (p parsed) checkIDs(t *testing.T, n *dom.Node, key, ids string) {
	t.Helper()
	for id := range strings.FieldsSeq(ids) {
		if p.ids[id] != 1 {
			t.Errorf("%s has %s=%q, and %d elements have that id", n.Data, key, ids, p.ids[id])
		}
	}
}

// TestAllIsThere holds that each entry, package, finding, rule and test is in a report, as the
// text that it is, whatever it is called.
func TestAllIsThere(t *testing.T) {
	t.Parallel()
	hostile := document()
	poison(reflect.ValueOf(&hostile))
	for name, d := range map[string]Document{"a report": document(), "one on hostile names": hostile} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, Render(d))
			shown := map[string]bool{}
			all := ""
			for n := range p.root.Descendants() {
				switch {
				case n.Type != dom.ElementNode:
				case n.Data == "code":
					shown[text(n)] = true
				case n.Data == "body":
					all = text(n)
				}
			}
			entries := 0
			for _, i := range d.Images {
				for _, e := range i.Entries {
					if entries++; !shown[diag.Plain(e.Path)] {
						t.Errorf("%q is not in the report", e.Path)
					}
				}
				var texts []string
				for _, pkg := range i.Packages {
					texts = append(texts, pkg.Name, pkg.Version)
				}
				for _, f := range i.Findings {
					texts = append(texts, f.Message)
				}
				for _, r := range i.Rules {
					texts = append(texts, r.Title)
				}
				for _, test := range i.Tests {
					texts = append(texts, test.Name)
				}
				for _, want := range texts {
					if plain := diag.Plain(want); !strings.Contains(all, plain[min(1, len(plain)):]) { // some begin a sentence
						t.Errorf("%q is not in the report", want)
					}
				}
			}
			if entries < 9 {
				t.Errorf("there are only %d entries", entries)
			}
		})
	}
}

// TestPrinted holds that on paper there is what a person signs, without what is for the
// screen alone, in dark on white.
func TestPrinted(t *testing.T) {
	t.Parallel()
	_, paper, ok := strings.Cut(style, "@media print {")
	if !ok {
		t.Fatal("nothing is said of paper")
	}
	for _, want := range []string{
		".toc, .skip, nav.images, .tools",       // what is for the screen is left out
		"font-size: 8.5pt",                      // other sizes follow that of the root
		"article[hidden] { display: block",      // each image is there
		"thead, tr, li, .finding",               // nothing is cut within a row, as thead is so that it is repeated
		"th button { display: contents; }",      // no head with a button in it is repeated otherwise
		"details::details-content",              // what is folded is open
		".finding a[href^=\"https:\"]::after",   // where links lead
		"print-color-adjust: exact",             // what colours say
		"h2, h3, caption, thead, summary, .leg", // and no title is alone at the end of a sheet
	} {
		if !strings.Contains(paper, want) {
			t.Errorf("on paper %s is not what it should be", want)
		}
	}
	if !strings.Contains(style, "@page {") || !strings.Contains(style, "counter(pages)") {
		t.Error("sheets have no numbers")
	}
	// Areas of the map are shares of it, so that it fits any sheet.
	for _, want := range []string{`style.left = (100 * x) / width + "%"`, `addEventListener("beforeprint"`, `details:not([open])`} {
		if !strings.Contains(script, want) {
			t.Errorf("the script has no %s", want)
		}
	}
	// A sheet is narrower than many a window, and still has room for tables.
	if strings.Contains(style, "@media (max-width") {
		t.Error("tables are stacked on paper")
	}
	if strings.Contains(style, "@media (prefers-color-scheme: dark)") {
		t.Error("dark colours are for the screen alone")
	}
}
