package convert_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/convert"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// A program becomes a spec by what it needs to start.
func TestProgram(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		data    []byte
		want    string
		remarks string
	}{
		{
			"static program", compiled(t, "-static"),
			"binaries:\n  - {from: bin/app, to: /usr/bin/app, linkage: static}\n", "",
		},
		{
			"program of glibc", compiled(t, "-pie"),
			"sources:\n  debian:\n    image: debian:bookworm-slim\nbinaries:\n  - {from: bin/app, to: /usr/bin/app, linkage: dynamic}\nlibraries: {from: [debian]}\n",
			"libraries are taken from debian:bookworm-slim: it has to be the distribution that bin/app was built on, or a newer one",
		},
		{
			"program of musl", compiled(t, "-pie", "-Wl,-dynamic-linker=/lib/ld-musl-x86_64.so.1"),
			"sources:\n  alpine:\n    image: alpine:3.22\nbinaries:\n  - {from: bin/app, to: /usr/bin/app, linkage: dynamic}\nlibraries: {from: [alpine]}\n",
			"libraries are taken from alpine:3.22: it has to be the distribution that bin/app was built on, or a newer one",
		},
		{
			"script", []byte("#!/usr/bin/env python3\nprint(1)\n"),
			"sources:\n  debian:\n    image: debian:bookworm-slim\n    packages: [python3]\nbinaries:\n  - debian:/usr/bin/python3\n" +
				"files:\n  - {from: bin/app, to: /usr/bin/app, mode: \"0755\"}\nentrypoint: [/usr/bin/app]\n",
			"/usr/bin/python3 is taken from debian:bookworm-slim, as the package python3: correct that if it is called otherwise",
		},
	} {
		res, err := convert.Program("bin/app", test.data)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if string(res.Spec) != convert.Syntax+test.want || strings.Join(res.Remarks, "\n") != test.remarks {
			t.Errorf("%s: %s%q\nwant %s", test.name, res.Spec, res.Remarks, test.want)
		}
		evaluates(t, res.Spec)
	}
	if _, err := convert.Program("bin/app", []byte("text")); err == nil || !strings.HasPrefix(err.Error(), "bin/app is neither a program nor a script: ") {
		t.Errorf("%v", err)
	}
}

// evaluates sees that there is nothing wrong with a spec by itself.
func evaluates(t *testing.T, text []byte) {
	t.Helper()
	doc, problems := spec.Parse("app.yaml", text)
	if problems.Err() == nil {
		_, problems = doc.Evaluate(spec.Vars{}, "")
	}
	if problems.Err() != nil {
		t.Errorf("%v\nin\n%s", problems.Err(), text)
	}
}

func compiled(t *testing.T, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app")
	cmd := exec.Command("gcc", append(flags, "-nostdlib", "-x", "c", "-", "-o", file)...)
	cmd.Stdin = strings.NewReader("void _start(void) {}")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Programs of an image are found in its PATH, and what is not there is a package.
func TestOf(t *testing.T) {
	t.Parallel()
	plain, installed := tree(t, "usr/bin/cat", "opt/bin/tool"), tree(t, "usr/bin/cat", "usr/sbin/nginx")
	with := func(packages []string) (rootfs.FS, error) {
		if strings.Join(packages, " ") != "nginx" && strings.Join(packages, " ") != "nginx libnone" {
			return nil, errors.New("no package")
		}
		return installed, nil
	}
	img := &convert.Image{Tree: plain}
	img.Config.Env = []string{"PATH=/opt/bin:/usr/sbin:/usr/bin"}
	const head = convert.Syntax + "sources:\n  debian:\n    image: debian:12\n"
	const env = "env:\n  PATH: /opt/bin:/usr/sbin:/usr/bin\n"
	for _, test := range []struct{ programs, want, remarks string }{
		{"tool", head + "binaries:\n  - debian:/opt/bin/tool\n" + env, ""},
		{"nginx cat", head + "    packages: [nginx]\nbinaries:\n  - debian:/usr/sbin/nginx\n  - debian:/usr/bin/cat\n" + env + "entrypoint: [/usr/sbin/nginx]\n", ""},
		{
			"nginx libnone", head + "    packages: [nginx, libnone]\nbinaries:\n  - debian:/usr/sbin/nginx\n" + env,
			"the package libnone has no program of that name in /opt/bin:/usr/sbin:/usr/bin: name what you want of it under binaries",
		},
		{"nonesuch", "debian:12 has neither a program nor a package nonesuch: no package", ""},
	} {
		res, err := convert.Of("debian:12", strings.Fields(test.programs), img, with)
		if err != nil {
			if err.Error() != test.want {
				t.Errorf("%s: %v", test.programs, err)
			}
			continue
		}
		if string(res.Spec) != test.want || strings.Join(res.Remarks, "\n") != test.remarks {
			t.Errorf("%s: %s%q\nwant %s", test.programs, res.Spec, res.Remarks, test.want)
		}
		evaluates(t, res.Spec)
	}
}

func tree(t *testing.T, files ...string) rootfs.FS {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return rootfs.Dir(dir)
}
