//go:build linux && amd64

package linkage

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/elffile/elftest"
)

// build compiles a program; what is not given is hello world in C.
func build(t *testing.T, source string, argv ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	if source == "" {
		source = "int main(void) { return 0; }"
	}
	cmd := exec.Command(argv[0], append(argv[1:], "-x", "c", "-", "-o", out)...)
	cmd.Stdin = strings.NewReader(source)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v (these tests need gcc and musl-gcc, packages gcc and musl-tools)\n%s", argv, err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// buildGo compiles a program for another system, which needs only Go itself.
func buildGo(t *testing.T, system string) []byte {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", out, filepath.Join(dir, "main.go"))
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build for %s: %v\n%s", system, err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// manyVersions is a program whose table of needed versions goes on and on.
func manyVersions(t *testing.T) []byte {
	t.Helper()
	data := build(t, "", "gcc")
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	// The last loaded segment grows by records that each lead to the next.
	phoff, count := int(f.ByteOrder.Uint64(data[32:])), len(f.Progs)
	var last int
	for i, p := range f.Progs[:count] {
		if p.Type == elf.PT_LOAD {
			last = i
		}
	}
	p := f.Progs[last]
	const records = 1 << 17
	start := len(data) + -len(data)&15
	grown := make([]byte, start+16*(records+1))
	copy(grown, data)
	vaddr := p.Vaddr + uint64(start) - p.Off
	f.ByteOrder.PutUint64(grown[phoff+56*last+32:], uint64(len(grown))-p.Off)
	f.ByteOrder.PutUint64(grown[phoff+56*last+40:], uint64(len(grown))-p.Off)
	f.ByteOrder.PutUint16(grown[start:], 1)
	f.ByteOrder.PutUint32(grown[start+8:], 16)
	for i := 1; i <= records; i++ {
		f.ByteOrder.PutUint32(grown[start+16*i+12:], 16)
	}
	dynamic := f.Section(".dynamic")
	for at := int(dynamic.Offset); ; at += 16 {
		if elf.DynTag(f.ByteOrder.Uint64(grown[at:])) == elf.DT_VERNEED {
			f.ByteOrder.PutUint64(grown[at+8:], vaddr)
			return grown
		}
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	const (
		start = "void _start(void) { __asm__ volatile(\"mov $60,%eax; xor %edi,%edi; syscall\"); }"
		users = "#include <pwd.h>\nint main(void) { return getpwnam(\"root\") == 0; }"
	)
	gcc := func(argv ...string) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return build(t, "", argv...) }
	}
	of := func(source string, argv ...string) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return build(t, source, argv...) }
	}
	patched := func(from func(*testing.T) []byte, off int, b ...byte) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			data := from(t)
			copy(data[off:], b)
			return data
		}
	}
	text := func(s string) func(*testing.T) []byte { return func(*testing.T) []byte { return []byte(s) } }
	static := of(start, "gcc", "-static", "-nostdlib")
	system := func(name string) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return buildGo(t, name) }
	}
	const noexec, noent = "exec /app: exec format error", "exec /app: no such file or directory"

	tests := []struct {
		name     string
		file     func(*testing.T) []byte
		platform string // linux/amd64 when empty
		kind     Kind
		text     string // what Text begins with
		runtime  string
		nss      bool
		mark     string
	}{
		{name: "static glibc", file: gcc("gcc", "-static"), kind: Static, text: "static; needs no loader"},
		{name: "static glibc that looks up users", file: of(users, "gcc", "-static", "-w"), kind: Static, text: "static; needs no loader", nss: true},
		{name: "static glibc pie", file: gcc("gcc", "-static-pie"), kind: StaticPIE, text: "static (position-independent); needs no loader"},
		{name: "static musl", file: gcc("musl-gcc", "-static"), kind: Static, text: "static; needs no loader"},
		{name: "static without libc", file: static, kind: Static, text: "static; needs no loader"},
		{name: "dynamic glibc", file: gcc("gcc"), kind: Dynamic,
			text: "dynamic; its loader is /lib64/ld-linux-x86-64.so.2 and it needs libc.so.6"},
		{name: "dynamic glibc, not pie", file: gcc("gcc", "-no-pie"), kind: Dynamic,
			text: "dynamic; its loader is /lib64/ld-linux-x86-64.so.2 and it needs libc.so.6"},
		{name: "dynamic musl", file: gcc("musl-gcc"), kind: Dynamic,
			text: "dynamic; its loader is /lib/ld-musl-x86_64.so.1 and it needs libc.so"},
		{name: "loader only", file: of(start, "gcc", "-pie", "-nostdlib"), kind: LoaderOnly,
			text: "dynamic, but only by name: it needs no library, just its loader /lib64/ld-linux-x86-64.so.2"},
		{name: "shared library", file: gcc("gcc", "-shared", "-fPIC"), kind: SharedLibrary,
			text: "a shared library, not a program", runtime: "Segmentation fault (exit code 139)"},
		{name: "libraries without interpreter", file: gcc("gcc", "-pie", "-Wl,--no-dynamic-linker"), kind: NoInterpreter,
			text: "dynamic, but without a program interpreter: nothing would load libc.so.6", runtime: "Segmentation fault (exit code 139)"},
		{name: "object file", file: gcc("gcc", "-c"), kind: ObjectFile, text: "an object file, not linked", runtime: noexec},
		{name: "core", file: patched(static, 16, 4), kind: Core, text: "a core dump, not a program", runtime: noexec},
		{name: "x32", file: of(start, "gcc", "-c", "-mx32"), kind: OtherABI,
			text: "built for x32, another ABI than the image's platform linux/amd64", runtime: noexec},
		{name: "i386", file: of("", "gcc", "-c", "-m32"), kind: OtherABI,
			text: "built for i386 (32-bit), another ABI than the image's platform linux/amd64", runtime: noexec},
		{name: "i386 on 386", file: of("int f;", "gcc", "-shared", "-nostdlib", "-m32"), platform: "linux/386", kind: SharedLibrary,
			text: "a shared library, not a program", runtime: "Segmentation fault (exit code 139)"},
		{name: "arm64 on amd64", file: patched(static, 18, 183), kind: WrongMachine,
			text: "built for arm64, the image is for linux/amd64", runtime: noexec},
		{name: "amd64 on arm64", file: static, platform: "linux/arm64/v8", kind: WrongMachine,
			text: "built for x86-64, the image is for linux/arm64/v8", runtime: noexec},
		{name: "amd64 on 386", file: static, platform: "linux/386", kind: WrongMachine,
			text: "built for x86-64, the image is for linux/386", runtime: noexec},
		{name: "riscv64 on riscv64", file: patched(static, 18, 243), platform: "linux/riscv64", kind: Static, text: "static; needs no loader"},
		{name: "another byte order", file: text("\x7fELF\x02\x02\x01" + strings.Repeat("\x00", 9) + "\x00\x02\x00\x15" + strings.Repeat("\x00", 44)),
			platform: "linux/ppc64le", kind: WrongMachine, text: "built for ppc64, the image is for linux/ppc64le", runtime: noexec},
		{name: "FreeBSD", file: system("freebsd"), kind: FreeBSD, text: "a binary for FreeBSD, not for Linux",
			runtime: "Segmentation fault (exit code 139)"},
		{name: "OpenBSD", file: system("openbsd"), kind: OtherSystem, text: "a binary for OpenBSD, not for Linux", runtime: noent},
		{name: "Solaris", file: system("solaris"), kind: OtherSystem, text: "a binary for Solaris, not for Linux", runtime: noent},
		{name: "marked as FreeBSD's", file: patched(static, 7, 9), kind: Static, text: "static; needs no loader", mark: "FreeBSD"},
		{name: "dynamic and marked as FreeBSD's", file: patched(gcc("gcc"), 7, 9), kind: Dynamic,
			text: "dynamic; its loader is /lib64/ld-linux-x86-64.so.2 and it needs libc.so.6"},
		{name: "needs more than what is read", file: func(*testing.T) []byte {
			return elftest.File{Interp: "/lib/ld-musl-x86_64.so.1", Needed: slices.Repeat([]string{"liba.so"}, 1<<15+1)}.Bytes()
		}, kind: BeyondLimits, text: "an ELF file beyond Sinter's limits: more than 32768 NEEDED entries"},
		{name: "larger than what is read", file: manyVersions, kind: BeyondLimits, text: "an ELF file beyond Sinter's limits: "},
		{name: "cut off", file: func(t *testing.T) []byte { return static(t)[:100] }, kind: Broken, text: "a truncated ELF file", runtime: noexec},
		{name: "script", file: text("#!/bin/sh -e\necho hi\n"), kind: Script, text: "a script; its interpreter is /bin/sh"},
		{name: "env script", file: text("#! /usr/bin/env python3\n"), kind: Script,
			text: "a script; its interpreter is /usr/bin/env, which looks up python3 in PATH"},
		{name: "script with Windows line ends", file: text("#!/bin/sh\r\necho\r\n"), kind: Script,
			text: "a script with Windows line ends", runtime: noent},
		{name: "script without interpreter", file: text("#!\n"), kind: NotELF, text: "a script with no interpreter", runtime: noexec},
		{name: "empty", file: text(""), kind: NotELF, text: "not a program: an empty file", runtime: noexec},
		{name: "Windows", file: text("MZ\x90\x00\x03"), kind: NotELF, text: "not a program: a Windows program", runtime: noexec},
		{name: "macOS", file: text("\xcf\xfa\xed\xfe\x07\x00"), kind: NotELF, text: "not a program: a macOS program", runtime: noexec},
		{name: "Java", file: text("\xca\xfe\xba\xbe\x00\x00\x00\x41"), kind: NotELF, text: "not a program: a Java class file", runtime: noexec},
		{name: "Git LFS", file: text("version https://git-lfs.github.com/spec/v1\n"), kind: NotELF,
			text: "not a program: a Git LFS pointer instead of the file", runtime: noexec},
		{name: "HTML", file: text("<!DOCTYPE html>\n"), kind: NotELF, text: "not a program: an HTML page", runtime: noexec},
		{name: "text", file: text("hello\nworld"), kind: NotELF, text: `not a program: a text file that begins with "hello"`, runtime: noexec},
		{name: "half of the magic", file: text("\x7fEL"), kind: NotELF, text: "not a program: an ELF file cut off", runtime: noexec},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			data := test.file(t)
			if test.platform == "" {
				test.platform = "linux/amd64"
			}
			got, err := Classify(bytes.NewReader(data), int64(len(data)), "/app", test.platform)
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind != test.kind || !strings.HasPrefix(got.Text, test.text) || got.Runtime != test.runtime || got.NSS != test.nss || got.Mark != test.mark {
				t.Errorf("got %s, %q, %q, NSS %v, mark %q", got.Kind, got.Text, got.Runtime, got.NSS, got.Mark)
			}
			if (len(got.Fixes) == 0) != (got.Runtime == "" && got.Kind != BeyondLimits) {
				t.Errorf("runtime %q with fixes %q", got.Runtime, got.Fixes)
			}
		})
	}
}

func TestUnknownPlatform(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"linux", "windows/amd64", "linux/pdp11"} {
		if _, err := Classify(strings.NewReader(""), 0, "/app", p); !errors.Is(err, ErrPlatform) {
			t.Errorf("%q: got %v", p, err)
		}
	}
}

func TestOwnPlatform(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]elffile.File{
		"linux/amd64":  {Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB},
		"linux/386":    {Machine: elf.EM_386, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB},
		"linux/arm64":  {Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB},
		"linux/mips64": {Machine: elf.EM_MIPS, Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB},
	} {
		if got := ownPlatform(&f); got != want {
			t.Errorf("%s: got %s", want, got)
		}
	}
	x32 := elffile.File{Machine: elf.EM_X86_64, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB}
	if got := ownPlatform(&x32); got != "linux/amd64" {
		t.Errorf("x32: got %s", got)
	}
	strange := elffile.File{Machine: elf.EM_68K, Class: elf.ELFCLASS32, Data: elf.ELFDATA2MSB}
	if got := ownPlatform(&strange); got != "linux/"+runtime.GOARCH {
		t.Errorf("68k: got %s", got)
	}
}

func TestParseShebang(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		head string
		want Shebang
		err  error
	}{
		{head: "#!/bin/sh\n", want: Shebang{Interp: "/bin/sh"}},
		{head: "#!/bin/sh", want: Shebang{Interp: "/bin/sh"}},
		{head: "#! \t/bin/sh  -e -x \n", want: Shebang{Interp: "/bin/sh", Arg: "-e -x"}},
		{head: "#!/usr/bin/env -S python3 -u\n", want: Shebang{Interp: "/usr/bin/env", Arg: "-S python3 -u"}},
		{head: "#!/bin/x " + long + "\n", want: Shebang{Interp: "/bin/x", Arg: long[:255-len("#!/bin/x ")], Cut: true}},
		{head: "#!/bin/x " + long[:246] + "\n", want: Shebang{Interp: "/bin/x", Arg: long[:246]}},
		{head: "#!/bin/x " + long[:247] + "\n", want: Shebang{Interp: "/bin/x", Arg: long[:246], Cut: true}},
		{head: "#!/bin/x " + long[:246] + " \n", want: Shebang{Interp: "/bin/x", Arg: long[:246]}},
		{head: "#!/bin/x y\x00z\n" + long, want: Shebang{Interp: "/bin/x", Arg: "y"}},
		{head: "#!bin/x", want: Shebang{Interp: "bin/x"}},
		{head: "#!/" + long + "\n", err: ErrShebang},
		{head: "#!\n/bin/sh", err: ErrShebang},
		{head: "#!   \n", err: ErrShebang},
		{head: "/bin/sh", err: ErrShebang},
	} {
		got, err := ParseShebang([]byte(test.head))
		if !errors.Is(err, test.err) || got != nil && *got != test.want {
			t.Errorf("%q: got %+v, %v", test.head, got, err)
		}
	}
}

func FuzzParseShebang(f *testing.F) {
	f.Add([]byte("#!/usr/bin/env -S a b\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		s, err := ParseShebang(head)
		if err == nil && (s.Interp == "" || len(s.Interp) > shebangSize || strings.ContainsAny(s.Interp, " \t\n\x00")) {
			t.Errorf("%q gives %+v", head, s)
		}
	})
}

// FuzzClassify checks that every file is of one kind, with a line about it, and
// that what cannot start has a reason and a way out.
func FuzzClassify(f *testing.F) {
	for _, p := range []string{"/bin/true", "/sbin/ldconfig", "/lib64/ld-linux-x86-64.so.2"} {
		if data, err := os.ReadFile(p); err == nil {
			f.Add(data[:min(len(data), 8<<10)])
		}
	}
	f.Add([]byte("#!/usr/bin/env -S a b\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, platform := range []string{"", "linux/arm64"} {
			r, err := Classify(bytes.NewReader(data), int64(len(data)), "/app", platform)
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind == "" || r.Text == "" || !r.Runs() && (r.Runtime == "" && r.Kind != BeyondLimits || len(r.Fixes) == 0) {
				t.Errorf("%+v", r)
			}
			if strings.Contains(r.Text, "\n") {
				t.Errorf("more than one line: %q", r.Text)
			}
		}
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dynamic := build(t, "", "gcc")
	static := build(t, "", "gcc", "-static")
	for _, test := range []struct {
		file []byte
		want string
		code []string
	}{
		{dynamic, "any", nil}, {dynamic, "dynamic", nil}, {dynamic, "static", []string{CodeNotStatic}},
		{static, "any", nil}, {static, "static", nil}, {static, "dynamic", []string{CodeNotDynamic}},
		{[]byte("MZ"), "any", []string{CodeNotRunnable}},
	} {
		r, err := Classify(bytes.NewReader(test.file), int64(len(test.file)), "/app", "linux/amd64")
		if err != nil {
			t.Fatal(err)
		}
		if codes := codes(r.Check(test.want)); !slices.Equal(codes, test.code) {
			t.Errorf("%s, wanted %s: got %v, want %v", r.Kind, test.want, codes, test.code)
		}
	}
}

func codes(l diag.List) []string {
	var out []string
	for _, d := range l {
		out = append(out, d.Code)
	}
	return out
}
