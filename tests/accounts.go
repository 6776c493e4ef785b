package tests

import (
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// accountFiles are the files with users and groups: records of fields between colons,
// of which the first is the name.
var accountFiles = []string{"/etc/passwd", "/etc/group"}

// maxAccounts is how large such a file may be, in bytes.
const maxAccounts = 1 << 20

// accounts adds what a test lacks that has looked up a user or a group, and tells of a
// name that a source has and the image does not.
func (l *lookup) accounts(e Evidence, found map[string]*Clue) {
	words := strings.FieldsFunc(e.Said, func(r rune) bool { return strings.ContainsRune(" \t\n\"'`:;,.()[]<>=‘’“”", r) })
	for _, file := range accountFiles {
		if !slices.Contains(e.Accounts, file) {
			continue
		}
		have := records(l.image, file)
		for _, source := range l.Sources {
			c := &Clue{Path: file, Source: source, Kind: plan.KindFile, Content: strings.Join(have, "")}
			for _, record := range records(l.trees[source], file) {
				name, _, _ := strings.Cut(record, ":")
				if slices.Contains(words, name) && !slices.ContainsFunc(have, func(r string) bool { return strings.HasPrefix(r, name+":") }) {
					c.Content += record
					c.Account = strings.TrimPrefix(c.Account+", "+name, ", ")
				}
			}
			if c.Account != "" {
				c.score = 4
				found[file] = c
				break
			}
		}
	}
}

// records are the lines of a file with accounts; none if there is no such file.
func records(tree rootfs.FS, file string) []string {
	at, err := rootfs.Resolve(tree, rootfs.Name(file))
	if err != nil {
		return nil
	}
	data, err := rootfs.ReadFile(tree, rootfs.Name(at.Path), maxAccounts)
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, ":") {
			out = append(out, strings.TrimSuffix(line, "\n")+"\n")
		}
	}
	return out
}
