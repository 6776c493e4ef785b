package layout_test

import (
	"context"
	"slices"
	"testing"

	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/elffile/elftest"
	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/verify"
	"github.com/sinter-build/sinter/verify/rule"
)

// Accidents of catalogues of images: shells that nobody wanted, an entrypoint that is a
// script without one, labels that name packages which are not there, and a library that
// can only fail when it is opened. The pack restricted refuses each by name, and the same
// image without the accident it lets be.
func TestAccidents(t *testing.T) {
	t.Parallel()
	const loader = "lib64/ld-linux-x86-64.so.2"
	program := func(at string, f elftest.File) string { return at + " file 0755 " + string(f.Bytes()) }
	whole := []string{
		program(loader, elftest.File{Soname: "ld-linux-x86-64.so.2"}),
		program("usr/bin/app", elftest.File{Interp: "/" + loader}),
		"usr/share/app/readme.sh file 0644 #!/bin/sh\n",
		"etc/os-release file 0644 ID=debian\nVERSION_ID=\"12\"\n",
		"var/lib/dpkg/status.d/app file 0644 Package: app\nVersion: 1.2-3\nArchitecture: amd64\n",
		"var/lib/dpkg/status.d/app.md5sums file 0644 9dd4e461268c8034f5c8564e155c67a6  usr/bin/app\n",
	}
	sane := ocispecs.ImageConfig{User: "65532:65532", Entrypoint: []string{"/usr/bin/app"}, Labels: map[string]string{"org.example.packages": "app"}}
	script, labelled := sane, sane
	script.Entrypoint = []string{"/start"}
	labelled.Labels = map[string]string{"org.example.packages": "app, openssl"}
	for _, test := range []struct {
		name   string
		config ocispecs.ImageConfig
		files  []string
		want   []string
	}{
		{"none", sane, nil, nil},
		{"a shell of its own name", sane, []string{program("usr/bin/bash", elftest.File{Interp: "/" + loader})}, []string{"no-shell /usr/bin/bash"}},
		{"a static shell among tools", sane, []string{program("opt/tools/bash-static", elftest.File{})}, []string{"no-shell /opt/tools/bash-static"}},
		{"busybox, and its links", sane, []string{program("busybox/busybox", elftest.File{}), "busybox/sh link busybox", "busybox/ls link busybox"}, []string{"no-shell /busybox/busybox"}},
		{"a link that makes a shell of a program", sane, []string{program("usr/lib/multi", elftest.File{}), "bin/sh link ../usr/lib/multi"}, []string{"no-shell /bin/sh"}},
		{"a script without its shell", script, []string{"start file 0755 #!/bin/sh\nexec app\n"}, []string{"command-starts /start", "entrypoint-no-shell /start"}},
		{"a label for a package that is not there", labelled, nil, []string{"annotations-true "}},
		{"a library that can only fail", sane, []string{program("usr/lib/app/plugin.so", elftest.File{Needed: []string{"libgone.so.2"}})}, []string{"libraries-load /usr/lib/app/plugin.so"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMaker(t)
			config := m.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}, Config: test.config})
			layers := []ocispecs.Descriptor{m.layer(slices.Concat(whole, test.files)...)}
			m.index(m.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, Config: config, Layers: layers}))
			if got := refusedBy(t, m); !slices.Equal(got, test.want) {
				t.Errorf("refused by %q, want %q", got, test.want)
			}
		})
	}
}

// refusedBy lists the errors that restricted finds in the image of a layout, each with its
// path.
func refusedBy(t *testing.T, m *maker) []string {
	t.Helper()
	plans, err := layout.Plans(m.files)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := verify.Load(context.Background(), []verify.Named{{Name: verify.Restricted}}, verify.Spec{}, nil)
	if err != nil || policy.Problems().Err() != nil {
		t.Fatal(err, policy.Problems())
	}
	var out []string
	for _, f := range policy.Judge(rule.NewImage(plans[0])).Findings {
		if f.Severity == diag.SeverityError && f.Code != "elf-nx" { // programs of tests say nothing of their stack
			out = append(out, f.Code+" "+f.Path)
		}
	}
	return out
}
