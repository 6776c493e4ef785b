package layout_test

import (
	"reflect"
	"testing"

	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/plan"
)

// A finished image says of itself what rules ask: who it runs as, what runs its scripts, and
// what can be loaded in it. A library that lacks one which is elsewhere in the image may be
// loaded by a program that knows where, and one for another C library never is.
func TestPlans(t *testing.T) {
	t.Parallel()
	const musl = "/lib/ld-musl-x86_64.so.1"
	elf := func(at string, f elftest.File) string { return at + " file 0755 " + string(f.Bytes()) }
	m := newMaker(t)
	config := m.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{
		Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
		Config:   ocispecs.ImageConfig{User: "web:staff", Entrypoint: []string{"/start"}},
	})
	layers := []ocispecs.Descriptor{
		m.layer(
			"etc/passwd file 0644 root:x:0:0::/root:/bin/sh\nweb:x:101:102::/:\n", "etc/group file 0644 root:x:0:\nstaff:x:50:\n",
			"start file 0755 #!/usr/bin/env -S sh -e\n",
			elf(musl[1:], elftest.File{Soname: "libc.musl-x86_64.so.1"}),
			elf("bin/old", elftest.File{Interp: musl}),
			elf("bin/good", elftest.File{Interp: musl, Needed: []string{"libc.musl-x86_64.so.1"}}),
			elf("bin/glibc", elftest.File{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libc.so.6"}}),
			elf("bin/lacks", elftest.File{Interp: musl, Needed: []string{"libgone.so.1"}}),
			elf("opt/app/plugin.so", elftest.File{Needed: []string{"libgone.so.2"}}),
			elf("opt/app/lib/libown.so", elftest.File{}),
			elf("opt/app/user.so", elftest.File{Needed: []string{"libown.so"}}),
			elf("opt/app/prebuilt.glibc.node", elftest.File{Needed: []string{"libc.so.6"}}),
		),
		m.layer("bin/old link good"),
	}
	m.index(m.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, Config: config, Layers: layers}))
	plans, err := layout.Plans(m.files)
	if err != nil || len(plans) != 1 {
		t.Fatal(plans, err)
	}
	p := plans[0]
	if want := (plan.User{UID: 101, GID: 50, Name: "web"}); p.Config.User != want {
		t.Errorf("the user is %v, want %v", p.Config.User, want)
	}
	broken, programs := map[string]string{}, 0
	for _, e := range p.Entries {
		if e.ELF != nil {
			programs++
		}
		if e.ELF != nil && e.ELF.Broken != "" {
			broken[e.Path] = e.ELF.Broken
		}
		if e.Path == "/start" && (e.Interpreter != "/usr/bin/env" || e.InterpreterArgument != "-S sh -e") {
			t.Errorf("/start is run by %q %q", e.Interpreter, e.InterpreterArgument)
		}
	}
	want := map[string]string{
		"/bin/glibc":         "exec /bin/glibc: no such file or directory",
		"/bin/lacks":         "Error loading shared library libgone.so.1: No such file or directory (needed by /bin/lacks)",
		"/opt/app/plugin.so": "Error loading shared library libgone.so.2: No such file or directory (needed by /opt/app/plugin.so)",
	}
	if !reflect.DeepEqual(broken, want) || programs != 8 {
		t.Errorf("of %d programs and libraries these are broken: %v\nwant %v", programs, broken, want)
	}
}
