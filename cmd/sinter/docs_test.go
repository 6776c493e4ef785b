package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documented finds a command line in a page, alone or in the middle of another one.
var documented = regexp.MustCompile("(?m)(?:^\\$ |\\$\\(|run: |`)(sinter [^`)>|\n]*)")

// The command lines that the documentation shows are understood: the commands are there,
// and so are their flags.
func TestDocumentedCommands(t *testing.T) {
	found := 0
	for _, root := range []string{"../../README.md", "../../docs", "../../examples"} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range documented.FindAllStringSubmatch(string(data), -1) {
				found++
				line, _, _ := strings.Cut(m[1], " #")
				words := strings.Fields(line)
				root := newRoot()
				root.InitDefaultCompletionCmd()
				cmd, rest, err := root.Find(words[1:])
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err != nil && err.Error() != "pflag: help requested" {
					t.Errorf("%s: %s: %v", path, line, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 20 {
		t.Errorf("found only %d", found)
	}
}
