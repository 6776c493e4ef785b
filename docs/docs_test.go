// Package docs holds what is written for people to what there is.
package docs

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository's directory.
const root = ".."

// The table of packages in architecture.md has every package but commands of generators,
// helpers of tests and what is only for end-to-end tests.
func TestEveryPackageIsInTheTable(t *testing.T) {
	text := read(t, "architecture.md")
	_, table, _ := strings.Cut(text, "\n## Packages\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for row := range strings.Lines(table) {
		if cells := strings.Split(row, "|"); len(cells) > 2 {
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				listed = append(listed, name[1])
			}
		}
	}
	slices.Sort(listed)
	var want []string
	for _, name := range repository(t) {
		dir := path.Dir(name)
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || ignored.MatchString(dir) {
			continue
		}
		want = append(want, dir)
	}
	want = append(want, "e2e")
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(listed, want) {
		t.Errorf("the table has\n%s\nand the packages are\n%s", strings.Join(listed, "\n"), strings.Join(want, "\n"))
	}
}

// ignored are the directories of packages that need no row.
var ignored = regexp.MustCompile(`^(e2e|examples|cmd/internal|tools)(/|$)|/internal/gen|test$|/testdata(/|$)`)

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Every link inside the repository leads to a file and, where it names one, to a heading.
func TestLinksLeadSomewhere(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(read(t, page)), -1) {
			to, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			found++
			file := page
			if to != "" {
				file = path.Join(path.Dir(page), to)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s leads to nothing", page, m[1])
			} else if heading != "" && path.Ext(file) == ".md" && !slices.Contains(headings(read(t, file)), heading) {
				t.Errorf("%s: %s has no such heading", page, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("found only %d links", found)
	}
}

// Every target of make that a page has in a command exists.
func TestTargetsOfMakeExist(t *testing.T) {
	makefile := read(t, "../Makefile")
	command := regexp.MustCompile("(?m)(?:^\\$ |^    |`)make ([a-z][a-z-]*)")
	found := 0
	for _, page := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(read(t, page), -1) {
			found++
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s: there is no target %s", page, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("found only %d", found)
	}
}

// The files and directories that the pages for developers name are there.
func TestNamedFilesExist(t *testing.T) {
	file := regexp.MustCompile("`([a-z0-9_]+(?:/[a-zA-Z0-9_.-]+)*/?)`")
	found := 0
	for _, page := range []string{"adding.md", "architecture.md", "../CONTRIBUTING.md"} {
		for _, m := range file.FindAllStringSubmatch(read(t, page), -1) {
			if !strings.Contains(m[1], "/") || !topLevel(m[1]) {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s: %s is not there", page, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("found only %d", found)
	}
}

// topLevel reports whether the first element of a path is in the repository's directory.
func topLevel(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	info, err := os.Stat(filepath.Join(root, first))
	return err == nil && info.IsDir()
}

// pages are all pages of the repository that people write, relative to this directory.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range repository(t) {
		if path.Ext(name) == ".md" {
			out = append(out, path.Join(root, name))
		}
	}
	return out
}

// repository lists the files of the repository, but for what is hidden or made.
func repository(t *testing.T) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// prose is a page without blocks of code.
func prose(text string) string {
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(text, "")
}

// headings are the names by which links lead to the headings of a page.
func headings(text string) []string {
	var out []string
	for line := range strings.Lines(prose(text)) {
		hashes, title, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.Trim(hashes, "#") != "" {
			continue
		}
		title = strings.ToLower(strings.Trim(title, " "))
		title = regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(title, "")
		out = append(out, strings.ReplaceAll(title, " ", "-"))
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
}
