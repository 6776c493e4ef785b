package programs

import (
	"strings"
	"testing"
)

// Every program has a spec without errors from Debian's image and work that checks
// something; those that BuildKit builds, too, need nothing besides.
func TestAll(t *testing.T) {
	t.Parallel()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Errorf("there are only %d programs", len(all))
	}
	for _, p := range all {
		for _, text := range []string{p.Plain(), p.Spec} {
			s, err := evaluate(WithRuntime(text, "auto"))
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
				continue
			}
			if _, err := sources(s); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
		if !strings.Contains(p.Work, "expect ") && !strings.Contains(p.Work, "await ") {
			t.Errorf("%s expects nothing", p.Name)
		}
		if strings.Contains(p.Work, "|| true") {
			t.Errorf("%s overlooks a failure", p.Name)
		}
		if p.Fast && (p.Clients != nil || p.Prepare != "" || p.Baseline != nil || strings.Contains(p.Work, "client ")) {
			t.Errorf("%s is fast and has a client, or keys", p.Name)
		}
	}
}

// What a newcomer would not have written stands apart.
func TestPlain(t *testing.T) {
	t.Parallel()
	p := Program{Spec: "binaries:\n  - debian:/bin/a\n  - debian:/bin/sh # extra\n"}
	if got, want := p.Plain(), "binaries:\n  - debian:/bin/a\n"; got != want || p.Extra() != 1 {
		t.Errorf("%q, %d extra lines", got, p.Extra())
	}
	if got, want := WithRuntime(p.Plain(), "auto"), p.Plain()+"runtime: auto\n"; got != want {
		t.Errorf("%q", got)
	}
}

// Of a failed call the path is known, with the directory that it was relative to.
func TestFailedCalls(t *testing.T) {
	t.Parallel()
	s := search{box: &box{Dir: "/box", Root: "/box/root"}, missing: map[string]bool{}, refused: map[string]bool{}}
	for _, line := range []string{
		`openat(AT_FDCWD</>, "etc/one", O_RDONLY) = -1 ENOENT (No such file or directory)`,
		`openat(5</box/root/usr/lib>, "two", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`,
		`execve("/usr/bin/three", ["three"], 0x7ffe /* 2 vars */) = -1 ENOENT (No such file or directory)`,
		`access("/proc/none", R_OK) = -1 ENOENT (No such file or directory)`,
		`openat(AT_FDCWD</>, "/run/pid", O_WRONLY|O_CREAT, 0644) = -1 EACCES (Permission denied)`,
		`openat(AT_FDCWD</>, "/etc/four", O_RDONLY) = 3</etc/four>`,
	} {
		s.line(line)
	}
	for _, want := range []string{"/etc/one", "/usr/lib/two", "/usr/bin/three"} {
		if !s.missing[want] {
			t.Errorf("%s is not known to be missing", want)
		}
		delete(s.missing, want)
	}
	if len(s.missing) > 0 || len(s.refused) != 1 || !s.refused["openat /run/pid: Permission denied"] {
		t.Errorf("besides: missing %v, refused %v", s.missing, s.refused)
	}
}
