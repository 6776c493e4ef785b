package runtimes

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

var update = flag.Bool("update", false, "write what came out into the cases")

// TestCases are the files in testdata: a comment, then lines "KEY VALUE" that say what
// is asked,
//
//	runtime  the program or library, by its path in the source
//	to       where it is in the image, unless at the same path
//	start    a command that the image's config starts
//	named    the spec itself names the runtime
//	as       another path by which it is started
//	script   a file of the image that is a script, and what runs it; with "of NAME" after
//	         that one of the source, and of a package or of nobody
//	package  the name of a package and its files, and after "depends" other packages
//	asked    a package that the spec asks for by name
//	libc     the C library of the image's programs
//	env, workdir, platform, spec (a line of the spec's runtime)
//
// then the files of the trees, below source/ and image/ (of which the source's are also at
// hand), "a -> b" for links, and last "want": all that is needed, with what of it stays
// out, and what is missing.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(strings.TrimSuffix(file, ".txtar"), "testdata/"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(data)
			l, r := caseRequest(t, path.Base(path.Dir(file)), a)
			result, err := l.Needs(r)
			if err != nil {
				t.Fatal(err)
			}
			got := showLeft(t, l, r, a) + showResult(t, r, result)
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file must be want")
			}
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want.Data) {
				t.Errorf("got\n%s\nwant\n%s", got, want.Data)
			}
		})
	}
}

// showLeft writes what of the image's files a language leaves out.
func showLeft(t *testing.T, l Language, r Request, a *txtar.Archive) string {
	t.Helper()
	leaver, ok := l.(Leaver)
	if !ok {
		return ""
	}
	ask := LeaveRequest{Request: r}
	err := fs.WalkDir(r.Image, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			ask.Directories = append(ask.Directories, rootfs.Abs(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(a.Comment)) {
		if libc, ok := strings.CutPrefix(line, "libc "); ok {
			ask.Libc = strings.TrimSpace(libc)
		}
	}
	left, err := leaver.Leaves(ask)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range left {
		fmt.Fprintf(&b, "left: %s: %s\n", f.Path, f.Why)
	}
	return b.String()
}

// caseRequest is the language and the request of a case.
func caseRequest(t *testing.T, name string, a *txtar.Archive) (Language, Request) {
	t.Helper()
	i := slices.IndexFunc(All(), func(l Language) bool { return l.Name() == name }) // the first row of the table's
	if i < 0 {
		t.Fatal("no language", name)
	}
	l := All()[i]
	source, image := caseTree(t, a, "source/"), caseTree(t, a, "image/")
	r := Request{Tree: source, Image: image, Platform: "linux/amd64", Env: map[string]string{}, Workdir: "/"}
	text := ""
	packages := map[string][]string{}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch value = strings.TrimSpace(value); key {
		case "runtime":
			r.Path = value
		case "to":
			r.To = value
		case "start":
			r.Commands = append(r.Commands, strings.Fields(value))
		case "named":
			r.Named = true
		case "as":
			r.Names = append(r.Names, value)
		case "script":
			name, interpreter, _ := strings.Cut(value, " ")
			interpreter, owner, fromSource := strings.Cut(interpreter, " of ")
			f := AppFile{To: name, Tree: image, Path: name, At: "binaries[0]", Interpreter: interpreter, Script: true, Own: !fromSource || owner == "nobody"}
			if fromSource {
				f.Tree, f.SameTree = source, true
			}
			r.App = append(r.App, f)
		case "package":
			name, files, _ := strings.Cut(value, " ")
			packages[name] = strings.Fields(files)
		case "asked":
			r.Asked = append(r.Asked, value)
		case "env":
			k, v, _ := strings.Cut(value, "=")
			r.Env[k] = v
		case "workdir":
			r.Workdir = value
		case "platform":
			r.Platform = value
		case "spec":
			text = value
		}
	}
	if r.To == "" {
		r.To = r.Path
	}
	r.At = "binaries[0]"
	casePackages(&r, packages)
	r.Settings = caseSettings(t, text)
	for _, f := range a.Files {
		if at, ok := strings.CutPrefix(f.Name, "image"); ok && l.Reads(at) && !slices.ContainsFunc(r.App, func(a AppFile) bool { return a.To == at }) {
			r.App = append(r.App, AppFile{To: at, Tree: image, Path: at, At: "files[0]", Own: true})
		}
	}
	slices.SortFunc(r.App, func(a, b AppFile) int { return strings.Compare(a.To, b.To) })
	if !l.Runs(r.Path, path.Base(r.Path)) {
		t.Fatalf("%s does not run %s", r.Path, name)
	}
	return l, r
}

// casePackages answers as a package database would.
func casePackages(r *Request, packages map[string][]string) {
	split := func(pkg string) (files, depends []string) {
		all := packages[pkg]
		if i := slices.Index(all, "depends"); i >= 0 {
			return all[:i], all[i+1:]
		}
		return all, nil
	}
	r.Owners = func(names []string) (map[string]string, error) {
		out := map[string]string{}
		for pkg := range packages {
			files, _ := split(pkg)
			for _, name := range names {
				if slices.Contains(files, name) {
					out[name] = pkg
				}
			}
		}
		return out, nil
	}
	r.Contents = func(pkg string) ([]string, error) { files, _ := split(pkg); return files, nil }
	r.Depends = func(pkg string) ([]string, error) { _, depends := split(pkg); return depends, nil }
}

func caseSettings(t *testing.T, text string) spec.Runtime {
	t.Helper()
	if text == "" {
		return spec.Runtime{}
	}
	doc, d := spec.Parse("app.yaml", []byte("binaries: [x]\nruntime: "+text+"\n"))
	if d.Err() != nil {
		t.Fatal(d)
	}
	s, d := doc.Evaluate(spec.Vars{}, "")
	if d.Err() != nil {
		t.Fatal(d)
	}
	return s.Runtime
}

// caseTree is the tree of the files whose names begin with a prefix.
func caseTree(t *testing.T, a *txtar.Archive, prefix string) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	for _, links := range []bool{true, false} {
		for _, f := range a.Files {
			name, ok := strings.CutPrefix(f.Name, prefix)
			name, target, isLink := strings.Cut("/"+name, " -> ")
			if !ok || isLink != links {
				continue
			}
			err := v.AddLink(name, target)
			if !isLink {
				err = v.AddData(name, f.Data, 0o644, 0, 0)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return rootfs.Cached(v)
}

// showResult writes a result with all files that ship.
func showResult(t *testing.T, r Request, result Result) string {
	t.Helper()
	var b strings.Builder
	for _, n := range result.Needs {
		b.WriteString(n.Path)
		if n.To != "" {
			b.WriteString(" as " + n.To)
		}
		fmt.Fprintf(&b, ": %s\n", n.Evidence)
		if n.Leave == nil {
			continue
		}
		found, err := rootfs.Resolve(r.Tree, n.Path)
		if err != nil {
			t.Fatal(err)
		}
		err = fs.WalkDir(r.Tree, rootfs.Name(found.Path), func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil && n.Leave(rootfs.Abs(name), info) {
				fmt.Fprintf(&b, "  without %s\n", strings.TrimPrefix(rootfs.Abs(name), found.Path+"/"))
				if e.IsDir() {
					return fs.SkipDir
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range result.Programs {
		fmt.Fprintf(&b, "program %s: %s\n", p.Name, p.Evidence)
	}
	for _, argv := range result.Commands {
		fmt.Fprintf(&b, "command %q\n", argv)
	}
	for _, by := range slices.Sorted(maps.Keys(result.Accounts)) {
		if words := result.Accounts[by]; len(words) > 0 {
			fmt.Fprintf(&b, "accounts %q of %s\n", words, by)
		}
	}
	for _, n := range result.Writes {
		fmt.Fprintf(&b, "writes %s: %s in %s\n", n.Path, n.Evidence.Name, n.Evidence.In)
	}
	for _, m := range result.Missing {
		kind := "missing"
		if m.Fails {
			kind = "fails"
		}
		if m.Is != "" {
			kind += ", " + m.Is
		}
		fmt.Fprintf(&b, "%s: %s in %s:%d (%s): %s\n", kind, m.Name, m.In, m.Line, m.At, m.Runtime)
	}
	return b.String()
}

func fileInfo(t *testing.T, tree rootfs.FS, name string) fs.FileInfo {
	t.Helper()
	info, err := tree.Lstat(rootfs.Name(name))
	if err != nil {
		t.Fatal(err)
	}
	return info
}
