package needs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// ZoneInfo is where a system has its time zones.
const ZoneInfo = "/usr/share/zoneinfo"

// TimeZone is the file of the time zone that an environment names, empty where it names
// none; sure tells that nothing but such a name is meant, "Europe/Berlin".
func TimeZone(env map[string]string) (file string, sure bool) {
	return ZoneFile(strings.TrimPrefix(env["TZ"], ":"))
}

// ZoneFile is TimeZone for a name.
func ZoneFile(name string) (file string, sure bool) {
	area, place, sure := strings.Cut(name, "/")
	sure = sure && place != "" && !strings.ContainsFunc(area, func(r rune) bool { return r < 'A' || r > 'z' })
	lower := sure && slices.Contains(areas, strings.ToLower(area))
	for part := range strings.SplitSeq(name, "/") {
		if len(part) < 3 || len(name) > 60 || !lower && (part[0] < 'A' || part[0] > 'Z') || strings.Contains(part, "..") {
			return "", false
		}
	}
	return path.Join(ZoneInfo, name), sure || abbreviation.MatchString(name) && name != "UTC" && name != "GMT" && name != "UCT"
}

// areas are the directories of time zones that people write in lower case.
var areas = []string{"africa", "america", "antarctica", "asia", "atlantic", "australia", "europe", "indian", "pacific"}

// abbreviation is what the C library takes for the name of a zone without an offset: UTC. Some
// of them are zones of tzdata, such as CET.
var abbreviation = regexp.MustCompile(`^[A-Z]{3,4}$`)
