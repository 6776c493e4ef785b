package tests

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/spec"
)

// Advice are the ways out that the test itself shows, where nothing is known of what it
// lacks: a shell that no minimal image has, or too little time.
func Advice(t spec.Test, o *Outcome) []string {
	program, ofSource := t.Program()
	switch {
	case o.Absent != "" && ofSource && o.Absent == program.Path:
		return []string{
			"add the package that has it to the packages of source " + program.Source,
			"or write the path that it has there",
		}
	case o.Absent != "" && len(t.Run) > 0 && o.Absent == t.Run[0]:
		var fixes []string
		if fix, ok := spec.WithoutShell(t.Run); ok {
			fixes = append(fixes, fix)
		}
		return append(fixes, fmt.Sprintf("a program of a source need not ship: write run: [SOURCE:%s, …]", usual(o.Absent)),
			"or ship it, under binaries")
	case o.Absent != "" && len(t.Service.Command) > 0 && o.Absent == t.Service.Command[0]:
		return []string{"write service: true for what the image starts, or the path of a program in the image"}
	case o.Unready:
		return []string{"name what shows that the service is ready: ready: PORT, or ready: {log: TEXT}", moreTime(t)}
	case o.Late && t.Service.Starts():
		return []string{moreTime(t)}
	case o.Late:
		return []string{"if it is a program that keeps running, start it as the service: {service: true, ready: PORT}, or {service: [PROGRAM], ready: PORT}", moreTime(t)}
	}
	return nil
}

// usual is the path that a program has in most systems which is named by its name alone.
func usual(program string) string {
	if strings.Contains(program, "/") {
		return program
	}
	return "/usr/bin/" + program
}

// Sure are the ways out that the test itself shows, whatever else its programs looked for in
// vain: these go on without that.
func Sure(t spec.Test, o *Outcome) []string {
	switch {
	case o.LineEnd != "" && len(o.Problems) < 2:
		text := expected(t, o.LineEnd)
		return []string{
			fmt.Sprintf("write %s: %q, with the line break that programs end their output with", o.LineEnd, text+"\n"),
			fmt.Sprintf("or write %s: {contains: %q}", o.LineEnd, text),
		}
	case o.Unready && t.Ready != nil && t.Ready.Port > 0 && len(o.Listening) > 0:
		return []string{fmt.Sprintf("something listens on port %d: write ready: %d", o.Listening[0], o.Listening[0]), moreTime(t)}
	case o.Letters != "" && len(o.Problems) < 2:
		return []string{fmt.Sprintf("write contains: %q, with its capital and small letters", o.Letters)}
	case !t.Network && (unresolved.MatchString(o.Said) || slices.ContainsFunc(t.Run, isElsewhere)):
		return []string{"write network: true in the test: without it there is a loopback interface alone"}
	}
	return nil
}

// unresolved is what programs say that cannot reach another machine.
var unresolved = regexp.MustCompile(`(?i)could not resolve host|name or service not known|name does not resolve|temporary failure in name resolution|` +
	`network is unreachable|no such host|EAI_AGAIN|ENOTFOUND|UnknownHostException`)

// isElsewhere reports whether a word is the URL of another machine.
func isElsewhere(word string) bool {
	u, err := url.Parse(word)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback() && !ip.IsUnspecified())
}

// expected is the text that a test expects a program to write.
func expected(t spec.Test, stream string) string {
	want := t.Expect.Stdout
	if stream == "stderr" {
		want = t.Expect.Stderr
	}
	return *want.Equals
}

func moreTime(t spec.Test) string {
	longer := 2 * t.Timeout
	if longer == 0 {
		longer = 2 * DefaultTimeout
	}
	return "give it more time: timeout: " + longer.String()
}
