package runner

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// lineEnd is which of a program's outputs is what a test expects and a line break: "stdout",
// "stderr" or "".
func lineEnd(c *child, want spec.Expect) string {
	differs := func(o tests.Output, want *spec.Text) bool {
		return want != nil && want.Equals != nil && o.Text == *want.Equals+"\n" && !o.Cut()
	}
	switch {
	case differs(c.stdout.output(), want.Stdout):
		return "stdout"
	case differs(c.stderr.output(), want.Stderr):
		return "stderr"
	}
	return ""
}

// letters is what a program wrote in other letters than a test expects, capital or small ones.
func letters(c *child, want spec.Expect) string {
	if want.Stdout == nil {
		return ""
	}
	text := c.stdout.output().Text
	for _, piece := range want.Stdout.Contains {
		i := strings.Index(strings.ToLower(text), strings.ToLower(piece))
		if i >= 0 && i+len(piece) <= len(text) && !strings.Contains(text, piece) && strings.EqualFold(text[i:i+len(piece)], piece) {
			return text[i : i+len(piece)]
		}
	}
	return ""
}

// listening is the state of a socket that listens (Linux, include/net/tcp_states.h).
const listening = "0A"

// listeningPorts are the TCP ports on which something listens, sorted; none where the kernel
// does not tell.
func listeningPorts() []int {
	var out []int
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 4 || fields[3] != listening {
				continue
			}
			_, port, _ := strings.Cut(fields[1], ":")
			if n, err := strconv.ParseUint(port, 16, 16); err == nil {
				out = append(out, int(n))
			}
		}
		_ = f.Close()
	}
	slices.Sort(out)
	return slices.Compact(out)
}
