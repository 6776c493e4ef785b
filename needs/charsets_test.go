package needs_test

import (
	"slices"
	"testing"

	"github.com/sinter-build/sinter/needs"
)

func TestNamedCharsets(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  []string
	}{
		{[]string{"ISO_8859-15", "hello"}, []string{"ISO_8859-15"}},
		{[]string{"CP%d", "CP850", "UTF-7"}, []string{"CP1252", "CP437", "CP850", "UTF-7"}},
		{[]string{"hello"}, nil},
	} {
		words := map[string]bool{}
		for _, w := range tt.words {
			words[w] = true
		}
		if got := needs.NamedCharsets(words); !slices.Equal(got, tt.want) {
			t.Errorf("NamedCharsets(%q) = %q, want %q", tt.words, got, tt.want)
		}
	}
}
