package needs

import (
	"path"
	"strings"
)

// ZoneInfo is where a system has its time zones.
const ZoneInfo = "/usr/share/zoneinfo"

// TimeZone is the file of the time zone that an environment names, empty where it names
// none; sure tells that nothing but such a name is written so, "Europe/Berlin".
func TimeZone(env map[string]string) (file string, sure bool) {
	return ZoneFile(strings.TrimPrefix(env["TZ"], ":"))
}

// ZoneFile is TimeZone for a name.
func ZoneFile(name string) (file string, sure bool) {
	area, place, sure := strings.Cut(name, "/")
	sure = sure && place != "" && !strings.ContainsFunc(area, func(r rune) bool { return r < 'A' || r > 'z' })
	for part := range strings.SplitSeq(name, "/") {
		if len(part) < 3 || len(name) > 60 || part[0] < 'A' || part[0] > 'Z' || strings.Contains(part, "..") {
			return "", false
		}
	}
	return path.Join(ZoneInfo, name), sure
}
