//go:build linux && amd64 && corpus

// These tests are a target of their own, make corpus, as their trees take minutes
// to make.
package corpus

import (
	"debug/elf"
	_ "embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/rootfs/rootfstest"
)

const interpreter = "/lib64/ld-linux-x86-64.so.2"

// TestCorpus compares, for every dynamic program of the tree, what Load finds
// with what the tree's loader lists in a chroot: the same files, the same missing
// names, the same undefined symbols, the same verdict.
func TestCorpus(t *testing.T) {
	c := open(t, "amd64", interpreter)
	c.each(func(name string) { c.compare(t, name) })
	for _, e := range c.except {
		if !e.used {
			t.Errorf("exceptions.txt: nothing matches %s", e.pattern)
		}
	}
	installed, err := filepath.Glob(c.root + "/var/lib/dpkg/info/*.list")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d packages, %d programs compared with %d objects in all, %d that do not load for either, %d excepted, for other loaders %v",
		len(installed), c.compared, c.objects, c.failing, c.excepted, c.foreign)
}

// TestLibraries does the same for every shared library by itself, with all symbols
// that it and what it needs leave to the program that opens it.
func TestLibraries(t *testing.T) {
	c := open(t, "amd64", interpreter)
	if len(c.libraries) < 3000 {
		t.Fatalf("only %d libraries in %s", len(c.libraries), c.root)
	}
	c.programs = c.libraries
	c.each(func(name string) { c.compareLibrary(t, name) })
	if c.undefined == 0 {
		t.Error("not one library leaves a symbol to a program")
	}
	t.Logf("%d libraries compared with %d objects in all, %d that do not load for either, %d undefined symbols",
		c.compared, c.objects, c.failing, c.undefined)
}

// predicted are the libraries that maintainer scripts put in place, which do not
// run for another machine: what offers them calls update-alternatives.
var predicted = map[string]string{
	"libblas.so.3":   "/usr/lib/aarch64-linux-gnu/blas/libblas.so.3",
	"liblapack.so.3": "/usr/lib/aarch64-linux-gnu/lapack/liblapack.so.3",
}

// TestForeign looks at the same packages for arm64. No loader can be asked, but
// every library must be found, save those that were never put in place.
func TestForeign(t *testing.T) {
	c := open(t, "arm64", "/lib/ld-linux-aarch64.so.1")
	c.each(func(name string) {
		r, err := loader.Load([]loader.Tree{{Name: "the tree", FS: c.tree}}, loader.Program{Path: name}, loader.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		c.count(len(r.Objects), true)
		for _, p := range r.Problems {
			if p.Severity != diag.SeverityError {
				continue
			}
			if _, err := rootfs.Resolve(c.tree, predicted[p.Name]); err != nil || predicted[p.Name] == "" {
				t.Errorf("%s: %s", name, p.Message)
			}
		}
	})
	t.Logf("%d programs of arm64 with %d objects in all", c.compared, c.objects)
}

// TestFfmpegReads counts what the closure of a large program costs in reads. A
// synthetic program is held to the same in package loader.
func TestFfmpegReads(t *testing.T) {
	root, err := SmallTree(t.Context(), filepath.Join("..", "..", ".build", "cache"), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	fsys := &rootfstest.Counter{FS: rootfs.Dir(root)}
	r, err := loader.Load([]loader.Tree{{Name: "the tree", FS: fsys}}, loader.Program{Path: "/usr/bin/ffmpeg"}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Objects) <= 200 || fsys.Reads > 620 || fsys.Bytes > 13_000_000 {
		t.Errorf("%d objects in %d reads and %d bytes; should be more than 200, at most 620 and 13000000", len(r.Objects), fsys.Reads, fsys.Bytes)
	}
	t.Logf("%d objects: %d reads, %d bytes", len(r.Objects), fsys.Reads, fsys.Bytes)
}

// open makes ready a tree, and finds the programs for its own loader.
func open(t *testing.T, arch, interpreter string) *comparison {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("needs root, for chroot")
	}
	root, err := Tree(t.Context(), arch, filepath.Join("..", "..", ".build", "cache"), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{root: root, interp: interpreter, tree: rootfs.Cached(rootfs.Dir(root)), except: readExceptions()}
	if err := c.findPrograms(); err != nil {
		t.Fatal(err)
	}
	if len(c.programs) < 1000 {
		t.Fatalf("only %d programs in %s", len(c.programs), root)
	}
	return c
}

// comparison is the state of a test.
type comparison struct {
	root     string
	interp   string // of the programs that count
	tree     rootfs.FS
	except   exceptions
	programs []string
	// libraries are the shared libraries for the same machine.
	libraries []string

	foreign  []string // that name another loader
	excepted int

	mu                         sync.Mutex
	compared, objects, failing int
	undefined                  int
}

// findPrograms lists the regular ELF files that name the tree's loader, and the
// shared libraries.
func (c *comparison) findPrograms() error {
	return filepath.WalkDir(c.root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := read(file)
		if err != nil || f == nil {
			return err
		}
		name := strings.TrimPrefix(file, c.root)
		if f.IsLibrary() && f.Machine == elf.EM_X86_64 && f.Class == elf.ELFCLASS64 {
			c.libraries = append(c.libraries, name)
		}
		if !f.HasInterp || f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
			return nil
		}
		switch {
		case f.Interp != c.interp:
			c.foreign = append(c.foreign, name+" ("+f.Interp+")")
		case c.except.match(name) != "":
			c.excepted++
		default:
			c.programs = append(c.programs, name)
		}
		return nil
	})
}

// read returns nil for what is not a sound ELF file.
func read(file string) (*elffile.File, error) {
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	magic := make([]byte, 4)
	if _, err := r.ReadAt(magic, 0); errors.Is(err, io.EOF) || string(magic) != elf.ELFMAG {
		return nil, nil
	}
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	f, err := elffile.Read(r, info.Size())
	if elffile.IsFormat(err) {
		return nil, nil
	}
	return f, err
}

// each looks at the programs on all processors: it is the loader that takes the
// time.
func (c *comparison) each(look func(name string)) {
	work := make(chan string)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for name := range work {
				look(name)
			}
		})
	}
	for _, name := range c.programs {
		work <- name
	}
	close(work)
	wg.Wait()
}

// count adds a program that was looked at.
func (c *comparison) count(objects int, loads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.compared++
	c.objects += objects
	if !loads {
		c.failing++
	}
}

func (c *comparison) compare(t *testing.T, name string) {
	want, loads := c.listed(t, name)
	r, err := loader.Load([]loader.Tree{{Name: "the tree", FS: c.tree}}, loader.Program{Path: name}, loader.Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	c.verdict(t, name, want, loads, r)
	if !loads {
		return
	}
	start, all := undefined(r)
	for _, symbols := range []struct {
		found []string
		env   []string
	}{{start, nil}, {all, []string{"LD_BIND_NOW=yes"}}} {
		if want := lacking(c.trace(t, name, symbols.env...)); !slices.Equal(symbols.found, want) {
			t.Errorf("%s %v: only the loader lacks %v, only Load finds undefined %v",
				name, symbols.env, without(want, symbols.found), without(symbols.found, want))
		}
	}
}

// compareLibrary compares what a library by itself loads and lacks.
func (c *comparison) compareLibrary(t *testing.T, name string) {
	text := c.trace(t, name, "LD_BIND_NOW=yes")
	want, loads := list(text), !strings.Contains(text, "not found") // a file or a version
	opt := loader.Options{CheckSymbols: true}
	r, err := loader.Load([]loader.Tree{{Name: "the tree", FS: c.tree}}, loader.Program{Path: name}, opt)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	c.verdict(t, name, want, loads, r)
	if !loads {
		return
	}
	_, got := undefined(r)
	if want := lacking(text); !slices.Equal(got, want) {
		t.Errorf("%s: only the loader lacks %v, only Load finds undefined %v", name, without(want, got), without(got, want))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undefined += len(got)
}

// verdict compares what is loaded, and whether it loads at all.
func (c *comparison) verdict(t *testing.T, name string, want []string, loads bool, r *loader.Result) {
	got := found(r)
	failed := slices.ContainsFunc(r.Problems, func(p loader.Problem) bool {
		return p.Severity == diag.SeverityError && p.Code != loader.CodeSymbolMissing // which the list does not tell
	})
	if !slices.Equal(got, want) {
		t.Errorf("%s: only the loader lists %v, only Load finds %v", name, without(want, got), without(got, want))
	}
	if loads == failed {
		t.Errorf("%s: for the loader it loads: %v, but found are %+v", name, loads, r.Problems)
	}
	c.count(len(want), loads)
}

// undefined are the symbols that nothing defines, with the objects that refer to
// them: those that are bound at start, and all.
func undefined(r *loader.Result) (start, all []string) {
	for _, p := range r.Problems {
		if p.Code != loader.CodeSymbolMissing {
			continue
		}
		for _, symbol := range p.Symbols {
			line := symbol + " of " + path.Clean(p.NeededBy)
			if all = append(all, line); p.Severity == diag.SeverityError {
				start = append(start, line)
			}
		}
	}
	return tidy(start), tidy(all)
}

func tidy(lines []string) []string {
	slices.Sort(lines)
	return slices.Compact(lines)
}

// trace asks the tree's loader as ldd -d does.
func (c *comparison) trace(t *testing.T, name string, env ...string) string {
	cmd := exec.Command(interpreter, name)
	cmd.Dir, cmd.Env = "/", append([]string{"LD_TRACE_LOADED_OBJECTS=1", "LD_WARN=yes"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root}
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(text)
}

var lack = regexp.MustCompile(`(?m)undefined symbol: (\S+?)(?:, version \S+)?\t\((\S+)\)$`)

// lacking are the undefined symbols of a trace.
func lacking(text string) []string {
	var out []string
	for _, m := range lack.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1]+" of "+path.Clean(m[2]))
	}
	return tidy(out)
}

// found renders what is loaded at start as listed does.
func found(r *loader.Result) []string {
	var out []string
	for _, o := range r.Objects {
		if !o.Later {
			out = append(out, path.Clean(o.Found))
		}
	}
	for _, p := range r.Problems {
		if p.Code == loader.CodeLibraryMissing {
			out = append(out, p.Name+" not found")
		}
	}
	slices.Sort(out)
	return out
}

var line = regexp.MustCompile(`(?m)^\t(.+?)(?: => (.+?))?(?: \(0x[0-9a-f]+\))?$`)

// listed asks the tree's loader, and tells whether it is content.
func (c *comparison) listed(t *testing.T, name string) (objects []string, loads bool) {
	cmd := exec.Command(interpreter, "--list", name)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", name, err)
	}
	objects = list(string(text))
	return objects, err == nil && !slices.ContainsFunc(objects, func(o string) bool { return strings.HasSuffix(o, " not found") })
}

// list reads what the loader lists.
func list(text string) []string {
	var objects []string
	for _, m := range line.FindAllStringSubmatch(text, -1) {
		asked, at := m[1], m[2]
		switch {
		case at == "not found":
			objects = append(objects, asked+" not found")
			continue
		case at == "":
			at = asked
		}
		if strings.HasPrefix(asked, "linux-vdso") || asked == interpreter || at == interpreter || at == "statically linked" {
			continue
		}
		objects = append(objects, path.Clean(at))
	}
	return tidy(objects)
}

// without returns what is in a and not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

//go:embed exceptions.txt
var exceptionList string

// exception is a line of exceptions.txt.
type exception struct {
	pattern, reason string
	used            bool
}

type exceptions []*exception

func readExceptions() exceptions {
	var out exceptions
	for line := range strings.Lines(exceptionList) {
		pattern, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pattern != "" && pattern != "#" {
			out = append(out, &exception{pattern: pattern, reason: strings.TrimSpace(reason)})
		}
	}
	return out
}

// match returns why a program is not compared, or nothing.
func (l exceptions) match(name string) string {
	for _, e := range l {
		if ok, err := path.Match(e.pattern, name); ok && err == nil {
			e.used = true
			return e.reason
		}
	}
	return ""
}
