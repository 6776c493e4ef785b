package tests

import (
	"fmt"

	"github.com/sinter-build/sinter/spec"
)

// Advice are the ways out that the test itself shows, where nothing is known of what it
// lacks: a shell that no minimal image has, or too little time.
func Advice(t spec.Test, o *Outcome) []string {
	switch {
	case o.Absent != "" && len(t.Run) > 0 && o.Absent == t.Run[0]:
		var fixes []string
		if fix, ok := spec.WithoutShell(t.Run); ok {
			fixes = append(fixes, fix)
		}
		return append(fixes, fmt.Sprintf("a program of a source need not ship: write run: [SOURCE:%s, …]", o.Absent),
			"or ship it, under binaries")
	case o.Absent != "" && len(t.Service.Command) > 0 && o.Absent == t.Service.Command[0]:
		return []string{"write service: true for what the image starts, or the path of a program in the image"}
	case o.LineEnd != "":
		text := expected(t, o.LineEnd)
		return []string{
			fmt.Sprintf("write %s: %q, with the line break that programs end their output with", o.LineEnd, text+"\n"),
			fmt.Sprintf("or write %s: {contains: %q}", o.LineEnd, text),
		}
	case o.Unready && t.Ready != nil && t.Ready.Port > 0 && len(o.Listening) > 0:
		return []string{fmt.Sprintf("something listens on port %d: write ready: %d", o.Listening[0], o.Listening[0]), moreTime(t)}
	case o.Unready:
		return []string{"name what shows that the service is ready: ready: PORT, or ready: {log: TEXT}", moreTime(t)}
	case o.Late && t.Service.Starts():
		return []string{moreTime(t)}
	case o.Late:
		return []string{"if it is a program that keeps running, start it as the service: {service: true, ready: PORT}, or {service: [PROGRAM], ready: PORT}", moreTime(t)}
	}
	return nil
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
