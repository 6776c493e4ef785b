package runtimes_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/runtimes"
)

// The script of a shell is the first word behind the options where one of these is -c (POSIX.1-2017, sh);
// other interpreters take the word behind an option. What a shell calls whatever happens has a mark.
func TestInlinePrograms(t *testing.T) {
	t.Parallel()
	for argv, want := range map[string]string{
		"sh":                                              "",
		"sh¦-c":                                           "",
		"sh¦-c¦ls /; cd /x && ./a":                        "ls!",
		"/bin/bash¦-lc¦ls¦name":                           "ls!",
		"bash¦-euo¦pipefail¦-c¦ls":                        "ls!",
		"bash¦--rcfile¦/x¦+x¦-c¦ls":                       "ls!",
		"bash¦-c¦--¦ls":                                   "ls!",
		"busybox¦sh¦-c¦ls":                                "ls!",
		"busybox¦ls¦-c¦ls":                                "",
		"sh¦/entry.sh¦-c¦ls":                              "",
		"bash¦-O¦extglob¦/entry.sh¦-c¦ls¦x":               "",
		"sh¦-c¦if a; then b; fi; c":                       "a b c",
		"sh¦-c¦a && b; exec c":                            "a! b! c!",
		"sh¦-c¦a || b":                                    "a b",
		"sh¦-c¦tar cJf x.txz y":                           "tar! xz /bin/sh",
		"sh¦-c¦tar -xf x.tar.gz":                          "tar! gzip /bin/sh",
		"python3.11¦-c¦import os; os.system('ls | wc')":   "ls wc /bin/sh",
		"python3¦app.py¦-x¦os.system('ls')":               "",
		"perl¦-MTime::Piece¦-lne¦print qx(uname -s)":      "uname",
		"node¦--eval¦require('child_process').spawn('a')": "a",
		"ruby¦-rjson¦-e¦puts `b c`":                       "b",
		"php¦-r":                                          "",
		"/app¦-c¦ls":                                      "",
	} {
		var got []string
		for _, p := range runtimes.InlinePrograms(strings.Split(argv, "¦"), runtimes.AppFile{To: "/x"}) {
			got = append(got, p.Name+strings.Repeat("!", p.Line))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: got %q, want %q", argv, text, want)
		}
	}
}
