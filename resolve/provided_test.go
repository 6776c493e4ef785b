//go:build linux && amd64

package resolve_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A library that the host provides does not ship and is not missed, and the plan
// tells who needs it. What is excluded though it is needed is an error.
func TestLibrariesOfTheHost(t *testing.T) {
	t.Parallel()
	context, debian := t.TempDir(), t.TempDir()
	put(t, context, "/app", link(t, "void _start(void) {}", "-pie", "-fPIE", needs(t, "libcuda.so.1"), needs(t, "liba.so.1")))
	put(t, context, "/tool", link(t, "void _start(void) {}", "-pie", "-fPIE", needs(t, "libcuda.so.1"), needs(t, "libagent.so.2")))
	const loader = "/lib64/ld-linux-x86-64.so.2"
	data, err := os.ReadFile(loader)
	if err != nil {
		t.Fatal(err)
	}
	put(t, debian, loader, data)
	put(t, debian, "/usr/lib/liba.so.1", link(t, "int sinter_a;", "-shared", "-Wl,-soname=liba.so.1", needs(t, "libnvidia-ml.so.1")))
	put(t, debian, "/usr/lib/libcuda.so.1", link(t, "int sinter_stub;", "-shared", "-Wl,-soname=libcuda.so.1")) // as the CUDA images have
	trees := map[string]rootfs.FS{plan.TreeContext: rootfs.Dir(context), "debian": rootfs.Dir(debian)}
	const spec = "binaries: [app, tool]\nentrypoint: [/app]\nmetadata: none\n"
	for _, test := range []struct{ name, libraries, want string }{{
		name:      "with the preset",
		libraries: "libraries: {from: [debian], provided: [nvidia, libagent.so.*]}",
		want: `[{"name":"libagent.so.2","neededBy":["/tool"],"at":"libraries.provided[1]"},` +
			`{"name":"libcuda.so.1","neededBy":["/app","/tool"],"at":"libraries.provided[0]"},` +
			`{"name":"libnvidia-ml.so.1","neededBy":["/usr/lib/liba.so.1"],"at":"libraries.provided[0]"}]`,
	}, {
		name:      "without",
		libraries: "libraries: {from: [debian], provided: [libcuda.so.1, libagent.so.2]}",
		want: `libnvidia-ml.so.1, needed by /usr/lib/liba.so.1, was not found; searched the build context (the loader's own directories), then source debian (the loader's own directories)
  at run time: /app: error while loading shared libraries: libnvidia-ml.so.1: cannot open shared object file: No such file or directory
  fix: it belongs to a driver of the host, whose container runtime provides it: write libraries: {provided: [nvidia]}`,
	}, {
		name:      "excluding is another thing",
		libraries: "libraries: {from: [debian], provided: [libcuda.so.1, libnvidia-ml.so.1]}\nexclude: [tmp, libag*.so.2, liba.so.1, libnvidia-ml.so.1, libunheard.so.1]",
		want: `libagent.so.2 cannot be excluded: /tool needs it
  fix: remove it: exclude is for default parts, and for libraries that are only recommended
  fix: if the host gives it to the container when it runs, write libraries: {provided: [libagent.so.2]}
libagent.so.2, needed by /tool, was not found; searched the build context (the loader's own directories), then source debian (the loader's own directories)
  at run time: /tool: error while loading shared libraries: libagent.so.2: cannot open shared object file: No such file or directory
  fix: add the package that has libagent.so.2 to a source's packages and name that source in libraries.from
  fix: if the library is your own, put its directory into the program's RUNPATH ($ORIGIN/../lib) or copy it with files
liba.so.1 cannot be excluded: /app needs it
  fix: remove it: exclude is for default parts, and for libraries that are only recommended
  fix: if the host gives it to the container when it runs, write libraries: {provided: [liba.so.1]}`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, spec+test.libraries, trees)
			got := res.Diagnostics.Error()
			if got == "" {
				data, err := json.Marshal(res.Plan.Provided)
				if err != nil {
					t.Fatal(err)
				}
				got = string(data)
				for _, e := range res.Plan.Entries {
					if e.Path == "/usr/lib/libcuda.so.1" {
						t.Errorf("%s ships", e.Path)
					}
				}
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
