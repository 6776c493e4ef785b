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
	case o.Unready:
		return []string{"name what shows that the service is ready: ready: PORT, or ready: {log: TEXT}", moreTime(t)}
	case o.Late && t.Service.Starts():
		return []string{moreTime(t)}
	case o.Late:
		return []string{"if it is a program that keeps running, start it as the service: {service: true, ready: PORT}, or {service: [PROGRAM], ready: PORT}", moreTime(t)}
	}
	return nil
}

func moreTime(t spec.Test) string {
	longer := 2 * t.Timeout
	if longer == 0 {
		longer = 2 * DefaultTimeout
	}
	return "give it more time: timeout: " + longer.String()
}
