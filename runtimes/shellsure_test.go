package runtimes

import "testing"

func TestCalledSurely(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"#!/bin/sh\nset -e\nwget -q http://x\n":    3,
		"#!/bin/sh\nexec wget\n":                   2,
		"wget -qO- x | tar x\n":                    1,
		"  wget x\n":                               0,
		"wget x || true\n":                         0,
		"wget x && y\n":                            0,
		"wget x \\\n  || true\n":                   0,
		"test -e x &&\nwget x\n":                   0,
		"command -v wget\nwget x\n":                0,
		"if ! which wget; then exit; fi\nwget x\n": 0,
		"wget() { :; }\nwget x\n":                  0,
		"PATH=/opt/bin:$PATH\nwget x\n":            0,
		". /etc/functions\nwget x\n":               0,
		"wgetx\n":                                  0,
		"wget-more x\n":                            0,
	} {
		if got := calledSurely([]byte(text), "wget"); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
