package frontend

import (
	"slices"
	"testing"

	"github.com/moby/buildkit/client/llb"
)

// TestPlainNames holds that progress shows no name raw, and that neither digests
// nor the state that others use change with it.
func TestPlainNames(t *testing.T) {
	t.Parallel()
	st := llb.Image("debian", llb.WithCustomName("[debian] debian")).
		File(llb.Mkfile("/a", 0o644, nil), llb.WithCustomName("[app] a\nDONE\x1b[2J\u202e.so"))
	names := func(change func(*llb.Definition)) (texts, digests []string) {
		def, err := st.Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		change(def)
		for dgst, meta := range def.Metadata {
			digests = append(digests, dgst.String())
			if name := meta.Description[vertexName]; name != "" {
				texts = append(texts, name)
			}
		}
		slices.Sort(texts)
		slices.Sort(digests)
		return texts, digests
	}
	got, digests := names(plainNames)
	if want := []string{`[app] a\nDONE\x1b[2J\u202e.so`, "[debian] debian"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	raw, same := names(func(*llb.Definition) {})
	if want := []string{"[app] a\nDONE\x1b[2J\u202e.so", "[debian] debian"}; !slices.Equal(raw, want) {
		t.Errorf("the state's own names became %q", raw)
	}
	if !slices.Equal(digests, same) {
		t.Errorf("digests are %q, were %q", digests, same)
	}
}
