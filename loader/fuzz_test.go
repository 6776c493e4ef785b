package loader

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/sinter-build/sinter/rootfs"
)

// FuzzLoad checks that no program, library or cache makes a search panic, hang
// or return an error: whatever the files hold is a finding.
func FuzzLoad(f *testing.F) {
	interp, err := os.ReadFile(hostLoader)
	if err != nil {
		f.Fatal(err)
	}
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		f.Fatal(err)
	}
	cache := WriteCache([]CacheEntry{{Name: "libc.so.6", Path: "/c", Flags: 0x0303}}, binary.LittleEndian)
	f.Add(program, program, cache)
	f.Add(program, interp[:16<<10], cache)
	f.Fuzz(func(t *testing.T, program, library, cache []byte) {
		image := rootfs.NewView()
		for p, data := range map[string][]byte{
			hostLoader: interp, "/app": program, "/c": library, "/etc/ld.so.cache": cache,
			"/lib/x86_64-linux-gnu/libc.so.6": library,
		} {
			if err := image.AddData(p, data, 0o755, 0, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load([]Tree{{Name: "image", FS: image}}, Program{Path: "/app"}, Options{CheckSymbols: true}); err != nil {
			t.Fatal(err)
		}
	})
}
