package diag

import "testing"

// TestStringKeepsItsLines holds that nothing in a finding can forge a line or
// drive the terminal.
func TestStringKeepsItsLines(t *testing.T) {
	t.Parallel()
	d := Diagnostic{
		Code:    "library-not-found",
		Message: "liba\x1b[2J.so was not found\nok",
		Runtime: "/app: error while loading shared libraries: liba\x1b[2J.so",
		Fixes:   []string{"ship liba\u202e.so", "drop \xff"},
	}
	want := `liba\x1b[2J.so was not found\nok
  at run time: /app: error while loading shared libraries: liba\x1b[2J.so
  fix: ship liba\u202e.so
  fix: drop \xff`
	if got := d.String(); got != want {
		t.Errorf("String() is\n%s\nwant\n%s", got, want)
	}
}
