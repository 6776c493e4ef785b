//go:build linux && amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var loaders = map[string]string{
	"glibc": "/lib64/ld-linux-x86-64.so.2",
	"musl":  "/lib/ld-musl-x86_64.so.1",
}

// makeTree makes the files of a case in order and returns their root.
func makeTree(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	var gone []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			t.Fatalf("not a line of a tree: %q", line)
		}
		at := filepath.Join(root, fields[0])
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		words := fields[2:]
		switch kind := fields[1]; kind {
		case "link":
			if err := os.Symlink(words[0], at); err != nil {
				t.Fatal(err)
			}
		case "text":
			quoted := strings.TrimSpace(line[strings.Index(line, `"`):])
			data, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			write(t, at, []byte(data))
		case "glibc", "musl", "lib", "static":
			link(t, root, at, kind, words)
		case "mode":
			mode, err := strconv.ParseUint(words[0], 8, 32)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(at, os.FileMode(mode)); err != nil {
				t.Fatal(err)
			}
		case "gone":
			gone = append(gone, at)
		default:
			t.Fatalf("not a kind of file: %q", kind)
		}
	}
	for _, at := range gone {
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// link makes an ELF file.
func link(t *testing.T, root, at, kind string, words []string) {
	t.Helper()
	source := "void _start(void) {}"
	args := []string{"-nostdlib", "-fno-asynchronous-unwind-tables", "-Wl,--no-as-needed,--build-id=none", "-x", "c", "-", "-x", "none", "-o", at}
	switch kind {
	case "lib":
		source = "int sinter_nothing;"
		args = append(args, "-shared", "-fPIC")
	case "static":
		args = append(args, "-static")
	default:
		args = append(args, "-pie", "-fPIE", "-Wl,-dynamic-linker="+loaders[kind])
		copyLoader(t, root, loaders[kind])
	}
	for i, word := range words {
		name, quoted, _ := strings.Cut(word, "=")
		value, err := strconv.Unquote(`"` + quoted + `"`)
		if err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		switch name {
		case "needs":
			stub := filepath.Join(t.TempDir(), fmt.Sprintf("stub%d.so", i))
			gcc(t, "int sinter_nothing;", "-nostdlib", "-shared", "-x", "c", "-", "-Wl,-soname="+value, "-o", stub)
			args = append(args, stub)
		case "soname":
			args = append(args, "-Wl,-soname="+value)
		case "runpath":
			args = append(args, "-Wl,--enable-new-dtags,-rpath="+value)
		case "versions":
			script := filepath.Join(t.TempDir(), "versions")
			write(t, script, []byte(value+" { v; };"))
			source = "int v(void) { return 1; }"
			args = append(args, "-Wl,--version-script="+script)
		case "uses":
			source = "extern int v(void); void _start(void) { v(); }"
			args = append(args, filepath.Join(root, value))
		case "arm64": // below
		default:
			t.Fatalf("not a word of an ELF file: %q", word)
		}
	}
	gcc(t, source, args...)
	if slices.Contains(words, "arm64") {
		setMachine(t, at, 183)
	}
}

// setMachine changes a file's e_machine.
func setMachine(t *testing.T, at string, machine byte) {
	t.Helper()
	data, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	data[18] = machine
	write(t, at, data)
}

func gcc(t *testing.T, source string, args ...string) {
	t.Helper()
	cmd := exec.Command("gcc", args...)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc %s: %v\n%s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
}

func copyLoader(t *testing.T, root, loader string) {
	t.Helper()
	data, err := os.ReadFile(loader)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(root, loader)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, at, data)
}

func write(t *testing.T, at string, data []byte) {
	t.Helper()
	if err := os.WriteFile(at, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
