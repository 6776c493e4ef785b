package tests

import (
	"testing"

	"github.com/sinter-build/sinter/spec"
)

func TestDoes(t *testing.T) {
	t.Parallel()
	for want, test := range map[string]spec.Test{
		"runs /usr/bin/app --version":                     {Run: []string{"/usr/bin/app", "--version"}},
		"starts the image, looks at what it prints":       {Expect: &spec.Expect{Stdout: &spec.Text{}}},
		"starts the image, waits until it is ready":       {Service: spec.Service{Image: true}},
		"starts the image, waits for an answer from u":    {Service: spec.Service{Image: true}, Ready: &spec.Ready{HTTP: "u"}},
		`starts d -x, waits until it prints "up", runs c`: {Service: spec.Service{Command: []string{"d", "-x"}}, Ready: &spec.Ready{Log: "up"}, Run: []string{"c"}},
		"starts d, waits until it listens on port 80":     {Service: spec.Service{Command: []string{"d"}}, Ready: &spec.Ready{Port: 80}},
		"looks at one file":                               {Files: map[string]spec.FileCheck{"/a": {}}},
		"looks at 2 files":                                {Files: map[string]spec.FileCheck{"/a": {}, "/b": {}}},
	} {
		if got := Does(test); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
