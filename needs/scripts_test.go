package needs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/needs"
)

// The name by which a compiler knows another program of its kind.
func TestKin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ program, other, want string }{
		{"/usr/bin/x86_64-linux-gnu-gnatmake-12", "/usr/bin/x86_64-linux-gnu-gnatbind-12", "gnatbind"},
		{"/usr/bin/x86_64-linux-gnu-gnatmake-12", "/usr/bin/x86_64-linux-gnu-gnatbind-13", ""},
		{"/usr/bin/x86_64-linux-gnu-gnatmake-12", "/usr/bin/aarch64-linux-gnu-gnatbind-12", ""},
		{"/usr/bin/x86_64-linux-gnu-gnatmake-12", "/usr/lib/x86_64-linux-gnu-gnatbind-12", ""},
		{"/usr/bin/gnatmake", "/usr/bin/gnatbind", ""},
	} {
		if got := needs.Kin(test.program, test.other); got != test.want {
			t.Errorf("%s beside %s: got %q, want %q", test.other, test.program, got, test.want)
		}
	}
}

// What systemd makes below /run for the service of a program.
func TestServiceDirectories(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ unit, want string }{
		{"[Service]\nExecStart=/usr/sbin/tool -d\nRuntimeDirectory=tool lock/tool\n", "/run/tool"},
		{"[Service]\nExecStart=/usr/sbin/other\nRuntimeDirectory=tool\n", ""},
		{"[Service]\nExecStart=/usr/sbin/tool\nRuntimeDirectory=%i ..\n", ""},
		{"[Service]\nExecStart=/usr/sbin/tool\nRuntimeDirectory=\n", ""},
	} {
		if got := strings.Join(needs.ServiceDirectories(test.unit, "tool"), " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.unit, got, test.want)
		}
	}
}

// A directory that a package may have for its programs.
func TestPrivate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want string }{
		{"/usr/share/tool/lib/x", "/usr/share/tool"},
		{"/usr/libexec/tool-core/x", "/usr/libexec/tool-core"},
		{"/usr/share/doc/tool/README", ""},
		{"/usr/share/perl5/Tool.pm", ""},
		{"/usr/share/vim/addons/x", ""},
		{"/usr/share/tool", ""},
		{"/etc/tool/x/y", ""},
	} {
		if got := needs.Private(test.name); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// Files that define functions of the shell are parts of scripts.
func TestHasFunctions(t *testing.T) {
	t.Parallel()
	texts := []string{"# x\na()\n{\n", "a() {\n", "print(\"x()\")\n", "a = f()\n{\n", ""}
	want := []bool{true, true, false, false, false}
	var got []bool
	for _, text := range texts {
		got = append(got, needs.HasFunctions([]byte(text)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
