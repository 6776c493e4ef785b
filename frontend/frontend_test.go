package frontend

import (
	"os"
	"strings"
	"testing"
)

// The gateway refuses whatever is not on the image's label, and this frontend
// whatever is not in Caps: both must say the same.
func TestCapsLabel(t *testing.T) {
	want := strings.Join(Caps, ",")
	for _, name := range []string{"../Dockerfile", "../sinter.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s has no label moby.buildkit.frontend.caps with %s", name, want)
		}
	}
}
