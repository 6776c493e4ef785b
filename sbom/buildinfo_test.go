package sbom

import (
	"bytes"
	"os"
	"reflect"
	"runtime/debug"
	"testing"

	"github.com/sinter-build/sinter/elffile"
)

func buildInfoOf(t *testing.T, data []byte) *debug.BuildInfo {
	t.Helper()
	r := bytes.NewReader(data)
	f, err := elffile.Read(r, int64(len(data)))
	if f == nil || err != nil && !elffile.IsFormat(err) {
		t.Fatal(err)
	}
	info, err := readBuildInfo(r, int64(len(data)), f)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// The test's own program knows what the linker wrote into it.
func TestBuildInfoOfThisProgram(t *testing.T) {
	t.Parallel()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	if got := buildInfoOf(t, data); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestDamagedBuildInfo(t *testing.T) {
	t.Parallel()
	whole := tiny{goVersion: "go1.26.3", modules: goModules}.bytes()
	if got := buildInfoOf(t, whole); got == nil || got.Main.Path != "example.com/app" || len(got.Deps) != 3 {
		t.Fatalf("got %v", got)
	}
	at := bytes.Index(whole, buildMagic)
	for name, change := range map[string]func(data []byte) []byte{
		"misaligned":        func(d []byte) []byte { return append(d[:at:at], append([]byte{0}, d[at:]...)...) },
		"pointers":          func(d []byte) []byte { d[at+buildFlags] = 0; return d },
		"no header":         func(d []byte) []byte { return d[:at+16] },
		"no strings":        func(d []byte) []byte { return d[:at+buildHeader] },
		"endless length":    func(d []byte) []byte { copy(d[at+buildHeader:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"); return d },
		"length beyond end": func(d []byte) []byte { d[at+buildHeader] = 0x7f; return d[:at+buildHeader+20] },
		"empty version":     func(d []byte) []byte { d[at+buildHeader] = 0; return d },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := change(bytes.Clone(whole))
			r := bytes.NewReader(data)
			f, _ := elffile.Read(bytes.NewReader(whole), int64(len(whole)))
			f.Progs[0].Filesz = uint64(len(data))
			if info, err := readBuildInfo(r, int64(len(data)), f); info != nil || err != nil {
				t.Errorf("got %v, %v", info, err)
			}
		})
	}
}

func FuzzBuildInfo(f *testing.F) {
	f.Add(tiny{goVersion: "go1.26.3", modules: goModules}.bytes())
	f.Add(tiny{goVersion: "go1.17"}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		file, _ := elffile.Read(r, int64(len(data)))
		if file == nil {
			return
		}
		info, err := readBuildInfo(r, int64(len(data)), file)
		if err != nil {
			t.Fatal(err)
		}
		if info != nil && info.GoVersion == "" {
			t.Errorf("build information without a Go version: %v", info)
		}
	})
}
