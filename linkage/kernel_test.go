//go:build linux && amd64

package linkage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// damage is a change to a program. It may make several files of one.
type damage struct {
	name string
	edit func(file []byte) [][]byte
	// loaded tells that the change is only made to programs with an interpreter.
	loaded bool
}

var le = binary.LittleEndian

// headers calls do for each program header, in place.
func headers(file []byte, do func(header []byte)) {
	for i := range int(le.Uint16(file[56:])) {
		do(file[int(le.Uint64(file[32:]))+56*i:])
	}
}

func kindOf(header []byte) elf.ProgType { return elf.ProgType(le.Uint32(header)) }

// one makes a change in place.
func one(edit func(file []byte)) func([]byte) [][]byte {
	return func(file []byte) [][]byte {
		file = bytes.Clone(file)
		edit(file)
		return [][]byte{file}
	}
}

func set(off int, b ...byte) func([]byte) [][]byte {
	return one(func(file []byte) { copy(file[off:], b) })
}

// eachLoad makes a file for each of the loaded segments, changed.
func eachLoad(edit func(header []byte)) func([]byte) [][]byte {
	return func(file []byte) (out [][]byte) {
		n := 0
		headers(file, func(h []byte) {
			if kindOf(h) == elf.PT_LOAD {
				n++
			}
		})
		for want := range n {
			out = append(out, one(func(file []byte) {
				i := 0
				headers(file, func(h []byte) {
					if kindOf(h) != elf.PT_LOAD {
						return
					}
					if i == want {
						edit(h)
					}
					i++
				})
			})(file)...)
		}
		return out
	}
}

// without takes a kind of program header away.
func without(kind elf.ProgType) func([]byte) [][]byte {
	return one(func(file []byte) {
		headers(file, func(h []byte) {
			if kindOf(h) == kind {
				le.PutUint32(h, uint32(elf.PT_NULL))
			}
		})
	})
}

// untagged takes a tag out of the dynamic section.
func untagged(tag elf.DynTag) func([]byte) [][]byte {
	return one(func(file []byte) {
		headers(file, func(h []byte) {
			if kindOf(h) != elf.PT_DYNAMIC {
				return
			}
			section := file[le.Uint64(h[8:]):][:le.Uint64(h[32:])]
			for ; len(section) > 0; section = section[16:] {
				if elf.DynTag(le.Uint64(section)) == tag {
					le.PutUint64(section, uint64(elf.DT_DEBUG))
				}
			}
		})
	})
}

// upTo cuts a file off where its last loaded segment begins, or ends.
func upTo(end bool) func([]byte) [][]byte {
	return func(file []byte) [][]byte {
		var at uint64
		headers(file, func(h []byte) {
			if kindOf(h) == elf.PT_LOAD {
				if at = le.Uint64(h[8:]); end {
					at += le.Uint64(h[32:])
				}
			}
		})
		return [][]byte{file[:at]}
	}
}

var damages = []damage{
	{name: "none", edit: set(0)},
	{name: "another system in the header", edit: set(7, 9)},
	{name: "another ABI version", edit: set(8, 7)},
	{name: "padding", edit: set(12, 1)},
	{name: "another version of the identification", edit: set(6, 2)},
	{name: "another version", edit: set(20, 2)},
	{name: "program headers of another size", edit: set(54, 57)},
	{name: "no program headers", edit: set(56, 0, 0)},
	{name: "more program headers than the kernel takes", edit: set(56, 0x93, 0x04)},
	{name: "a segment out of step with the file", edit: eachLoad(func(h []byte) { le.PutUint64(h[8:], le.Uint64(h[8:])+1) })},
	{name: "a segment larger in the file than in memory", edit: eachLoad(func(h []byte) { le.PutUint64(h[40:], le.Uint64(h[32:])-1) })},
	{name: "a segment with a large alignment", edit: eachLoad(func(h []byte) { le.PutUint64(h[48:], 0x200000) })},
	{name: "a segment with no alignment", edit: eachLoad(func(h []byte) { le.PutUint64(h[48:], 0) })},
	{name: "a segment with an odd alignment", edit: eachLoad(func(h []byte) { le.PutUint64(h[48:], 3) })},
	{name: "no segment", edit: without(elf.PT_LOAD)},
	{name: "no interpreter", edit: without(elf.PT_INTERP)},
	{name: "no dynamic section", edit: without(elf.PT_DYNAMIC), loaded: true},
	{name: "no PT_PHDR", edit: without(elf.PT_PHDR)},
	{name: "no string table", edit: untagged(elf.DT_STRTAB), loaded: true},
	{name: "no symbol table", edit: untagged(elf.DT_SYMTAB), loaded: true},
	{name: "no size of the string table", edit: untagged(elf.DT_STRSZ)},
	{name: "cut off before the last segment", edit: upTo(false)},
	{name: "cut off after the last segment", edit: upTo(true)},
}

// TestKernel starts damaged programs and compares with what Classify says of them.
func TestKernel(t *testing.T) {
	t.Parallel()
	const start = `void _start(void) { __asm__ volatile("mov $60,%eax; xor %edi,%edi; syscall"); }`
	for name, program := range map[string][]byte{
		"dynamic":         build(t, "", "gcc"),
		"dynamic_fixed":   build(t, "", "gcc", "-no-pie"),
		"dynamic_musl":    build(t, "", "musl-gcc"),
		"static":          build(t, "", "gcc", "-static"),
		"static_pie":      build(t, "", "gcc", "-static-pie"),
		"static_musl":     build(t, "", "musl-gcc", "-static"),
		"only_its_loader": build(t, start, "gcc", "-pie", "-nostdlib"),
	} {
		for _, d := range damages {
			t.Run(name+"/"+strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				if d.loaded && !hasInterpreter(program) {
					return
				}
				for _, file := range d.edit(program) {
					compareStart(t, file)
				}
			})
		}
	}
}

func hasInterpreter(file []byte) (found bool) {
	headers(file, func(h []byte) { found = found || kindOf(h) == elf.PT_INTERP })
	return found
}

func compareStart(t *testing.T, file []byte) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(at, file, 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := Classify(bytes.NewReader(file), int64(len(file)), at, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	starts, text := startProgram(at)
	if !starts && text == "" {
		text = crashText // or what the loader says when it finds nonsense
	}
	if starts != (got.Runtime == "") || !starts && got.Runtime != text {
		t.Errorf("starts: %v, %q; but it is %s, %q, %q", starts, text, got.Kind, got.Text, got.Runtime)
	}
}

// startProgram reports whether a program starts, and if execve fails, how container
// runtimes would say so.
func startProgram(at string) (starts bool, text string) {
	for try := 1; ; try++ {
		cmd := exec.Command(at)
		err := cmd.Run()
		switch {
		case err == nil:
			return true, ""
		case errors.Is(err, syscall.ETXTBSY) && try < 50: // a test that forks elsewhere holds the file
			time.Sleep(10 * time.Millisecond)
		case cmd.ProcessState != nil:
			return false, ""
		default:
			var errno syscall.Errno
			errors.As(err, &errno)
			return false, "exec " + at + ": " + errno.Error()
		}
	}
}
