package resolve

import (
	"testing"

	"github.com/sinter-build/sinter/parts"
)

// Every part of the table has a function that ships it, and no function is for a
// part that is not in the table.
func TestMakers(t *testing.T) {
	t.Parallel()
	for _, p := range parts.All() {
		if makers[p.Name] == nil {
			t.Errorf("nothing ships the part %s", p.Name)
		}
	}
	if len(makers) != len(parts.All()) {
		t.Errorf("there are %d functions for %d parts", len(makers), len(parts.All()))
	}
}
