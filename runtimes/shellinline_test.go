package runtimes_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/runtimes"
)

// The script is the first word behind the options where one of these is -c (POSIX.1-2017, sh).
func TestInlineScript(t *testing.T) {
	t.Parallel()
	for argv, want := range map[string]string{
		"sh":                                "",
		"sh,-c":                             "",
		"sh,-c,ls /":                        "ls /",
		"/bin/bash,-lc,ls,name":             "ls",
		"bash,-euo,pipefail,-c,ls":          "ls",
		"bash,--rcfile,/x,+x,-c,ls":         "ls",
		"bash,-c,--,ls":                     "ls",
		"busybox,sh,-c,ls":                  "ls",
		"busybox,ls,-c,ls":                  "",
		"sh,/entry.sh,-c,ls":                "",
		"python3,-c,print()":                "",
		"bash,-O,extglob,/entry.sh,-c,ls,x": "",
	} {
		if got := runtimes.InlineScript(strings.Split(argv, ",")); got != want {
			t.Errorf("%s: got %q, want %q", argv, got, want)
		}
	}
}
