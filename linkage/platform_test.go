package linkage

import "testing"

func TestWithMultiarch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, platform, here, everywhere string }{
		{"/usr/lib/x86_64-linux-gnu/lua", "linux/arm64", "/usr/lib/aarch64-linux-gnu/lua", "/usr/lib/${TARGETMULTIARCH}/lua"},
		{"/usr/lib/x86_64-linux-gnu", "linux/arm/v7", "/usr/lib/arm-linux-gnueabihf", "/usr/lib/${TARGETMULTIARCH}"},
		{"/usr/lib/x86_64-linux-gnu/lua", "linux/amd64", "", ""},
		{"/usr/lib/x86_64-linux-gnu/lua", "linux/loong64", "", ""},
		{"/usr/lib/x86_64-linux-gnux/lua", "linux/arm64", "", ""},
		{"/usr/lib/lua", "linux/arm64", "", ""},
	} {
		if here, everywhere := WithMultiarch(test.name, test.platform); here != test.here || everywhere != test.everywhere {
			t.Errorf("%s for %s: got %q and %q", test.name, test.platform, here, everywhere)
		}
	}
}
