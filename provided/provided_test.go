package provided_test

import (
	"testing"

	"github.com/sinter-build/sinter/provided"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		item, soname string
		want         bool
	}{
		{"libcuda.so.1", "libcuda.so.1", true},
		{"libcuda.so.1", "libcuda.so.10", false},
		{"libcuda.so.*", "libcuda.so.1", true},
		{"libcuda.so.*", "libcuda.so", false},
		{"libnvidia-*.so.*", "libnvidia-ml.so.1", true},
		{"libnvidia-*.so.*", "libnvidia.so.1", false},
		{"lib*agent*.so.1", "libvendoragent.so.1", true},
		{"lib*agent*.so.1", "libagent.so.10", false},
		{"libab*ba.so", "libaba.so", false}, // the two ends do not overlap
		{"nvidia", "libcuda.so.1", true},
		{"nvidia", "libnvidia-glcore.so.535.104.05", true},
		{"nvidia", "libEGL.so.1", false},
		{"nvidia", "libcudart.so.12", false}, // of the toolkit: it ships
		{"nvidia", "nvidia", false},
	} {
		if got := provided.Matches(test.item, test.soname); got != test.want {
			t.Errorf("%s stands for %s: %v", test.item, test.soname, got)
		}
	}
}

func TestPresetOf(t *testing.T) {
	t.Parallel()
	for soname, want := range map[string]string{"libnvidia-ml.so.1": provided.Nvidia, "libc.so.6": "", "": ""} {
		if got := provided.PresetOf(soname); got != want {
			t.Errorf("%q is of the preset %q", soname, got)
		}
	}
}
