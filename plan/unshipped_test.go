package plan

import (
	"fmt"
	"testing"
)

func TestUnshipped(t *testing.T) {
	p := &Plan{
		Packages: []Package{{Name: "curl"}, {Name: "nginx"}, {Name: "libc6"}},
		Sources: []Source{
			{Name: "debian", Packages: []string{"curl=7.88.1-10", "nginx:amd64", "nginx-full", "tzdata", "libc6"}},
			{Name: "fedora", Packages: []string{"nginx-1.24", "curl"}},
			{Name: "alpine", Packages: []string{"curl~8", "curl@edge", "nginx>1", "nginx-", "curlie"}},
			{Name: "context"},
		},
	}
	got := ""
	for _, src := range p.Unshipped() {
		got += fmt.Sprintf("%s %q\n", src.Name, src.Packages)
	}
	want := "debian [\"nginx-full\" \"tzdata\"]\nalpine [\"nginx-\" \"curlie\"]\n"
	if got != want || len(p.Sources[0].Packages) != 5 {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	p.Packages = nil
	if got := p.Unshipped(); got != nil {
		t.Errorf("%v of a plan that does not know its packages", got)
	}
}
