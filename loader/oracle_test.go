//go:build linux && amd64

package loader

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
)

const (
	glibcLoader = "/lib64/ld-linux-x86-64.so.2"
	muslLoader  = "/lib/ld-musl-x86_64.so.1"
)

// bin describes an ELF file to link: just its headers count, it has no code but
// what ends a program.
type bin struct {
	at      string
	soname  string
	needs   []string // NEEDED names, taken literally
	rpath   string
	runpath string
	ld      []string                // more linker arguments; @/path is a file in the tree
	script  string                  // version script
	edit    func(elf []byte) []byte // a change to the finished file
	source  string                  // "versioned" for a file with a function v@V1
	m32     bool                    // a 32-bit file
	fixed   bool                    // a program that is loaded at a fixed address
	mode    os.FileMode             // 0755 when zero
}

// oracleCase is a tree and what is to be run in it. The loader itself says what
// should happen.
type oracleCase struct {
	rule  string // number in the list of rules, see the package comment
	name  string
	libc  string // "glibc" when empty
	app   bin    // at "/app" unless set
	libs  []bin
	links map[string]string
	files map[string]string
	env   map[string]string
	cache []CacheEntry
	host  []string // files of this machine to have in the tree
	fails bool     // the case is about a failure, which must be there
	run   string   // path to start, when it is not the app's own
}

// tools are the things all cases share, made once.
type tools struct {
	dir string
}

var oracleTools = sync.OnceValues(func() (*tools, error) {
	dir, err := os.MkdirTemp("", "sinter-oracle-")
	if err != nil {
		return nil, err
	}
	t := &tools{dir: dir}
	sources := map[string]string{
		"start": "void _start(void){__asm__ volatile(\"mov $231,%eax; xor %edi,%edi; syscall\");}",
		"empty": "int sinter_nothing;",
		// Two versions of one function, as libraries that grow have them.
		"versioned": "__asm__(\".symver v1,v@V1\"); __asm__(\".symver v2,v@@V2\"); int v1(void){return 1;} int v2(void){return 2;}",
		"calls":     "extern int v(void); int sinter_c(void) { return v(); }",
		"plain":     "int v(void) { return 3; }",
		"exits":     "extern void pthread_exit(void *); void (*sinter_exit)(void *) = pthread_exit;",
		"notes":     dlopenNotes,
		"imports":   "extern int v(void); int (*sinter_v)(void) = v;",
		"weak":      "extern int v(void) __attribute__((weak)); int (*sinter_w)(void) = v;",
		"hidden":    "extern int v(void) __attribute__((weak, visibility(\"hidden\"))); int (*sinter_h)(void) = v;",
		"local":     "__attribute__((visibility(\"hidden\"))) int v(void) { return 4; } int (*sinter_l)(void) = v;",
		"indirect":  "static int v3(void) { return 5; } void *pick(void) { return v3; } int v(void) __attribute__((ifunc(\"pick\")));",
		"thread":    "extern __thread int v; int *sinter_t(void) { return &v; }",
		"threads":   "__thread int v = 6;",
		"data":      "int v = 7;",
		"old":       "__asm__(\".symver v1,v@V1\"); int v1(void) { return 1; }",
		"asks":      "__asm__(\".symver v,v@V1\"); extern int v(void); int (*sinter_a)(void) = v;",
		"hurd":      ".section .note.ABI-tag,\"a\",@note\n.balign 4\n.long 4, 16, 1\n.asciz \"GNU\"\n.long 1, 2, 0, 0\n",
		"puts":      "extern int puts(const char *); int (*sinter_u)(const char *) = puts;",
		"linker":    "extern void *__tls_get_addr(void *); void *(*sinter_g)(void *) = __tls_get_addr;",
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		obj := filepath.Join(dir, name+".o")
		language := "c"
		if strings.HasPrefix(sources[name], ".") {
			language = "assembler"
		}
		cmd := exec.Command("gcc", "-c", "-fPIC", "-O1", "-fno-asynchronous-unwind-tables", "-x", language, "-", "-o", obj)
		cmd.Stdin = strings.NewReader(sources[name])
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("these tests need a C compiler, gcc: %w\n%s", err, out)
		}
	}
	for name, source := range map[string]string{
		// Code at a fixed address copies data, and stands for functions itself.
		"copies": "extern int v; int sinter_c(void) { return v; }",
		"places": "extern int v(void); int (*sinter_p)(void) = v; void *sinter_q(void) { return v; }",
	} {
		cmd := exec.Command("gcc", "-c", "-fno-pic", "-mcmodel=small", "-O1", "-fno-asynchronous-unwind-tables", "-x", "c", "-", "-o", filepath.Join(dir, name+".o"))
		cmd.Stdin = strings.NewReader(source)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("gcc -fno-pic: %w\n%s", err, out)
		}
	}
	narrow := exec.Command("gcc", "-c", "-m32", "-fPIC", "-x", "c", "-", "-o", filepath.Join(dir, "empty32.o"))
	narrow.Stdin = strings.NewReader(sources["empty"])
	if out, err := narrow.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc -m32: %w\n%s", err, out)
	}
	for _, loader := range []string{glibcLoader, muslLoader} {
		data, err := os.ReadFile(loader)
		if err != nil {
			return nil, fmt.Errorf("these tests run the real loaders; install libc6 and musl: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(loader)), data, 0o755); err != nil {
			return nil, err
		}
	}
	return t, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if t, err := oracleTools(); err == nil {
		os.RemoveAll(t.dir)
	}
	os.Exit(code)
}

// dlopenNotes is an object with a note of libraries that it opens at run time.
var dlopenNotes = `.section .note.dlopen,"a",@note
.balign 4
.long 4, 2f-1f, 0x407c0c0a
.asciz "FDO"
1: .asciz ` + strconv.Quote(`[{"soname":["libr.so.2","libr.so.1"],"priority":"required"},{"soname":["libgone.so"]},`+
	`{"soname":["libs.so.1"],"priority":"suggested"}]`) + `
2: .balign 4
`

// TestOracle builds each case's tree, runs the tree's own loader in it, and
// compares what it loads and says with Load.
func TestOracle(t *testing.T) {
	t.Parallel()
	tools, err := oracleTools()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range oracleCases {
		t.Run(strings.ReplaceAll(c.rule+" "+c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			c.check(t, tools)
		})
	}
}

func (c oracleCase) check(t *testing.T, tools *tools) {
	root := c.build(t, tools)
	run := c.run
	if run == "" {
		run = c.app.at
	}
	got, err := Load([]Tree{{Name: "tree", FS: rootfs.Dir(root)}}, Program{Path: run}, Options{Env: c.env})
	if err != nil {
		t.Fatal(err)
	}
	var errs []string
	missing := false
	for _, p := range got.Problems {
		if p.Severity == diag.SeverityError {
			errs = append(errs, p.Runtime)
			missing = missing || p.Code != CodeLibraryMissing
		}
	}
	text, code := c.exec(t, root, run, c.env)
	if (code == 0) != (len(errs) == 0) {
		t.Fatalf("the loader exits with %d and says\n%s\nbut the errors found are %q", code, text, errs)
	}
	if c.fails && code == 0 {
		t.Error("the loader finds nothing wrong")
	}
	if code < 0 { // a signal; nothing is said
		text = crashText
	}
	if len(errs) > 0 && !strings.Contains(text, errs[0]) {
		t.Errorf("the loader says\n%s\nbut the first error found is\n%s", text, errs[0])
	}
	if missing {
		return // the loader lists nothing after such an error
	}
	if want, have := c.listed(t, root, run), c.found(got); !slices.Equal(want, have) {
		t.Errorf("the loader lists\n  %s\nbut found are\n  %s\nproblems %+v", strings.Join(want, "\n  "), strings.Join(have, "\n  "), got.Problems)
	}
}

// found renders a result the way the loader lists it.
func (c oracleCase) found(r *Result) []string {
	var out []string
	for _, o := range r.Objects {
		if o.Later {
			continue
		}
		out = append(out, filepath.Join("/", o.Found))
		// The loader lists a missing auxiliary target, then goes on without it.
		for _, f := range o.File.Filters {
			if f.Auxiliary && c.libc != "musl" && !slices.ContainsFunc(r.Objects, func(p Object) bool { return p.Name == f.Name }) {
				out = append(out, f.Name+" not found")
			}
		}
	}
	for _, p := range r.Problems {
		if p.Code == CodeLibraryMissing {
			out = append(out, p.Name+" not found")
		}
	}
	return sorted(out)
}

// listed asks the loader for its list.
func (c oracleCase) listed(t *testing.T, root, run string) []string {
	env := map[string]string{"LD_TRACE_LOADED_OBJECTS": "1"}
	maps.Copy(env, c.env)
	text, _ := c.exec(t, root, run, env)
	if c.libc == "musl" {
		text, _ = c.exec(t, root, muslLoader, c.env, "--list", run)
	}
	return c.parseList(text)
}

// parseList reads what a loader lists.
func (c oracleCase) parseList(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, path, arrow := strings.Cut(line, " => ")
		if lib, ok := strings.CutPrefix(line, "Error loading shared library "); ok {
			out = append(out, lib[:strings.Index(lib, ":")]+" not found")
			continue
		}
		if !arrow {
			path = name
		}
		path, _, ok := strings.Cut(path, " (0x")
		switch {
		case strings.HasPrefix(path, "not found"):
			out = append(out, name+" not found")
		case ok && !strings.HasPrefix(path, "linux-vdso") && path != glibcLoader && path != muslLoader:
			out = append(out, filepath.Join("/", path))
		}
	}
	out = sorted(out)
	return slices.Compact(out)
}

// exec runs a program with the tree as its root directory.
func (c oracleCase) exec(t *testing.T, root, run string, env map[string]string, args ...string) (string, int) {
	for try := 1; ; try++ {
		text, code, err := c.start(root, run, env, args)
		// A test that forks elsewhere may still hold this file open for writing.
		if !errors.Is(err, syscall.ETXTBSY) || try == 50 {
			return text, code
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (c oracleCase) start(root, run string, env map[string]string, args []string) (string, int, error) {
	cmd := exec.Command(run, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	cmd.Env = []string{}
	for _, k := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, k+"="+env[k])
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return "exec " + run + ": " + reason(err), 127, err
	}
	return string(out), cmd.ProcessState.ExitCode(), nil
}

// reason is the last part of an error, the system's own words.
func reason(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+2:]
}

// build makes the tree. Entries of the same path replace earlier ones.
func (c *oracleCase) build(t *testing.T, tools *tools) string {
	t.Helper()
	root := t.TempDir()
	interp := glibcLoader
	if c.libc == "musl" {
		interp = muslLoader
	}
	if c.app.at == "" {
		c.app.at = "/app"
	}
	put := func(p string) string {
		full := filepath.Join(root, p)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		return full
	}
	if err := os.Link(filepath.Join(tools.dir, filepath.Base(interp)), put(interp)); err != nil {
		t.Fatal(err)
	}
	for _, at := range slices.Sorted(maps.Keys(c.links)) {
		if err := os.Symlink(c.links[at], put(at)); err != nil {
			t.Fatal(err)
		}
	}
	// In a bare root directory this is what tells a loader $ORIGIN.
	if err := os.Symlink(c.app.at, put("/proc/self/exe")); err != nil {
		t.Fatal(err)
	}
	for _, file := range c.host {
		copyFile(t, file, put(file))
	}
	for i, b := range append(slices.Clone(c.libs), c.app) {
		args := []string{"-shared", filepath.Join(tools.dir, "empty.o")}
		if i == len(c.libs) {
			args = []string{"-pie", "-dynamic-linker", interp, filepath.Join(tools.dir, "start.o")}
		}
		c.link(t, tools, root, put(b.at), b, args)
	}
	for _, at := range slices.Sorted(maps.Keys(c.files)) {
		if dir, ok := strings.CutSuffix(at, "/"); ok {
			if err := os.MkdirAll(put(dir+"/."), 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(put(at), []byte(c.files[at]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if c.cache != nil {
		data := WriteCache(c.cache, littleEndian)
		if err := os.WriteFile(put("/etc/ld.so.cache"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// link runs the linker. A NEEDED name comes from a stub that has it as SONAME.
func (c *oracleCase) link(t *testing.T, tools *tools, root, out string, b bin, args []string) {
	t.Helper()
	if b.fixed {
		args = append([]string{"-no-pie"}, args[1:]...)
	}
	if b.m32 {
		args = []string{"-m", "elf_i386", "-shared", filepath.Join(tools.dir, "empty32.o")}
	}
	args = append(args, "--hash-style=gnu", "-z", "noseparate-code", "--no-as-needed", "-o", out)
	if b.source != "" {
		args = append(args, filepath.Join(tools.dir, b.source+".o"))
	}
	if b.script != "" {
		script := filepath.Join(t.TempDir(), "versions")
		if err := os.WriteFile(script, []byte(b.script), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--version-script", script)
	}
	if b.soname != "" {
		args = append(args, "-soname", b.soname)
	}
	if b.rpath != "" {
		args = append(args, "--disable-new-dtags", "-rpath", b.rpath)
	}
	if b.runpath != "" {
		args = append(args, "--enable-new-dtags", "-rpath", b.runpath)
	}
	stubs := t.TempDir()
	for i, name := range b.needs {
		stub := filepath.Join(stubs, fmt.Sprintf("stub%d.so", i))
		ld(t, "-shared", filepath.Join(tools.dir, "empty.o"), "-soname", name, "-o", stub)
		args = append(args, stub)
	}
	for _, a := range b.ld {
		if in, ok := strings.CutPrefix(a, "@"); ok {
			a = filepath.Join(root, in)
		}
		args = append(args, a)
	}
	ld(t, args...)
	if b.mode != 0 {
		if err := os.Chmod(out, b.mode); err != nil {
			t.Fatal(err)
		}
	}
	if b.edit == nil {
		return
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, b.edit(bytes.Clone(data)), 0o755); err != nil {
		t.Fatal(err)
	}
}

func ld(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ld", args...).CombinedOutput(); err != nil {
		t.Fatalf("ld %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
