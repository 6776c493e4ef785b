package needs

import "testing"

// TestTimeZone lists what TZ can say, and the file that it then names.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	type zone struct {
		file string
		sure bool
	}
	for value, want := range map[string]zone{
		"":                               {},
		"UTC":                            {ZoneInfo + "/UTC", false},
		"Europe/Berlin":                  {ZoneInfo + "/Europe/Berlin", true},
		":Europe/Berlin":                 {ZoneInfo + "/Europe/Berlin", true},
		"America/Argentina/Buenos_Aires": {ZoneInfo + "/America/Argentina/Buenos_Aires", true},
		"CET-1CEST,M3.5.0,M10.5.0/3":     {},
		"/etc/localtime":                 {},
		"../../etc/passwd":               {},
		"Europe/../../etc":               {},
		"Europe/":                        {},
	} {
		file, sure := TimeZone(map[string]string{"TZ": value})
		if got := (zone{file, sure}); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}
