//go:build linux && amd64

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/cmd/internal/exit"
)

var update = flag.Bool("update", false, "write what the command prints into testdata")

// A case is a txtar archive: the tree that is made, the arguments, of which ROOT
// is the tree, the exit status, and what is printed. The lines of the tree are
//
//	PATH glibc|musl [WORD...]   a program, and the loader that it names
//	PATH lib [WORD...]          a shared library
//	PATH static                 a program without loader
//	PATH link TARGET            a symbolic link
//	PATH text "TEXT"            an executable file of that text
//	PATH mode OCTAL             another mode for a file or directory that is there
//	PATH gone                   a file that is removed once all are made
//
// where a WORD is needs=NAME, soname=NAME, runpath=PATH, versions=NAME (a library
// that defines it), uses=PATH (what a program calls v in), or arm64 for a
// file that says it is for that machine. Names may hold Go's escapes.
func TestClosure(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			testCase(t, file)
		})
	}
}

func testCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]string{}
	for _, f := range archive.Files {
		part[f.Name] = string(f.Data)
	}
	root := makeTree(t, part["tree"])
	var stdout, stderr bytes.Buffer
	args := strings.Fields(strings.ReplaceAll(part["args"], "ROOT", root))
	status := run(args, &stdout, &stderr)
	owner := fmt.Sprintf("owner %d:%d", os.Getuid(), os.Getgid()) // of the tree
	got := map[string]string{
		"exit":   strconv.Itoa(status) + "\n",
		"stdout": strings.NewReplacer(root, "ROOT", owner, "owner 0:0").Replace(stdout.String()),
		"stderr": strings.ReplaceAll(stderr.String(), root, "ROOT"),
	}
	for i, f := range archive.Files {
		text, output := got[f.Name]
		switch {
		case !output:
			continue
		case *update:
			archive.Files[i].Data = []byte(text)
		case text != string(f.Data):
			t.Errorf("%s is\n%s\nbut should be\n%s", f.Name, text, f.Data)
		}
		delete(got, f.Name)
	}
	for name, text := range got {
		if name != "exit" && text != "" {
			t.Errorf("unexpected %s:\n%s", name, text)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPathCompletion(t *testing.T) {
	t.Parallel()
	root := makeTree(t, "/usr/bin/app text \"\"\n/usr/bin/apt text \"\"\n/usr/sbin/x text \"\"\n/bin link usr/bin\n/.x text \"\"\n")
	for _, c := range []struct{ args, want string }{
		{"closure --root ROOT ", "bin/ usr/ :6"},
		{"closure --root ROOT /usr/bin/ap", "/usr/bin/app /usr/bin/apt :4"},
		{"closure --root ROOT /bin/app", "/bin/app :4"},
		{"closure --root ROOT ../../u", "../../usr/ :6"},
		{"closure --root ROOT /none/", ":4"},
	} {
		var stdout, stderr bytes.Buffer
		args := strings.Split("__complete "+strings.ReplaceAll(c.args, "ROOT", root), " ")
		if status := run(args, &stdout, &stderr); status != exit.Good {
			t.Errorf("%q exits with %d: %s", c.args, status, stderr.String())
		}
		if got := strings.Join(strings.Fields(stdout.String()), " "); got != c.want {
			t.Errorf("%q completes to %q, should be %q", c.args, got, c.want)
		}
	}
}
