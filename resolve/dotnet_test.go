//go:build linux && amd64

package resolve_test

import (
	"maps"
	"os"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// .NET's launcher comes with its runtimes, and what these open by their names: ICU unless the image does
// without, OpenSSL with certificates, time zones. An app that brings its runtime along gets the latter, too.
func TestDotnet(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		t.Fatal(err)
	}
	library := func(name string) string {
		return compile(t, build, "int f(void) { return 0; }\n", name, "-shared", "-Wl,-soname,"+name, "-x", "c", "-")
	}
	globalization := library("libSystem.Globalization.Native.so")
	const shared, libs = "/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/", "/usr/lib/x86_64-linux-gnu/"
	image := map[string]string{
		"/lib64/ld-linux-x86-64.so.2":                    string(loader),
		libs + "libicuuc.so.72":                          library("libicuuc.so.72"),
		libs + "libssl.so.3":                             library("libssl.so.3"),
		"/etc/ssl/certs/ca-certificates.crt":             "x",
		"/usr/share/zoneinfo/UTC":                        "x",
		"/usr/share/dotnet/host/fxr/8.0.1/libhostfxr.so": library("libhostfxr.so"),
		shared + "System.Runtime.dll":                    "MZ",
		shared + "libSystem.Globalization.Native.so":     globalization,
		"/usr/bin/dotnet":                                "-> /usr/share/dotnet/dotnet",
	}
	app := map[string]string{"/app/libSystem.Globalization.Native.so": globalization, "/app/App.dll": "MZ", libs + "libicuuc.so.72": library("libicuuc.so.72")}
	const runtimes = "/usr/share/dotnet/host/fxr/8.0.1/libhostfxr.so " + shared + "System.Runtime.dll " + shared + "libSystem.Globalization.Native.so"
	for _, test := range []struct{ name, spec, want string }{
		{
			"with the image's runtime", "binaries: ['debian:/usr/bin/dotnet']\nfiles: ['build:/app']\ncmd: [App.dll]\nworkdir: /app",
			"/etc/ssl/certs/ca-certificates.crt " + libs + "libicuuc.so.72 " + libs + "libssl.so.3 " + runtimes + " /usr/share/zoneinfo/UTC",
		},
		{
			"without languages", "binaries: ['debian:/usr/bin/dotnet']\nfiles: ['build:/app']\ncmd: [App.dll]\nworkdir: /app\nenv: {DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: 'true'}",
			"/etc/ssl/certs/ca-certificates.crt " + libs + "libssl.so.3 " + runtimes + " /usr/share/zoneinfo/UTC",
		},
		{"with a runtime of its own", "binaries: ['build:/app/App']\nlibraries: {from: [debian]}\nfiles: ['build:/app']", libs + "libicuuc.so.72"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{
				plan.TreeContext: tree(t), "debian": runtimeTree(t, []string{"/usr/share/dotnet/dotnet"}, maps.Clone(image)),
				"build": runtimeTree(t, []string{"/app/App"}, maps.Clone(app)),
			}
			res := planFor(t, test.spec+"\nsources: {debian: {}, build: {}}\nmetadata: none\nexclude: [accounts, tmp, nsswitch]", trees)
			if got := needed(res); got != test.want {
				t.Errorf("got\n%s\nwant\n%s\n%v", got, test.want, res.Diagnostics)
			}
		})
	}
}
