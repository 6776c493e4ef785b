package html

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/report"
)

// name is what the report calls the image: as its spec does, or by what it starts.
func (i *Image) name() string {
	command := i.Config.Command()
	switch {
	case i.Name != "":
		return i.Name
	case len(command) > 0:
		return path.Base(command[0])
	}
	return "The image"
}

// machines are platforms as people call them who do not build images.
var machines = map[string]string{
	"linux/amd64":    "Linux on 64-bit Intel and AMD processors",
	"linux/arm64":    "Linux on 64-bit ARM processors",
	"linux/arm64/v8": "Linux on 64-bit ARM processors",
	"linux/arm/v7":   "Linux on 32-bit ARM processors",
	"linux/386":      "Linux on 32-bit Intel and AMD processors",
	"linux/riscv64":  "Linux on 64-bit RISC-V processors",
	"linux/ppc64le":  "Linux on IBM POWER processors",
	"linux/s390x":    "Linux on IBM Z mainframes",
}

// machine is a platform in words, with its short name.
func machine(platform string) string {
	if words, ok := machines[platform]; ok {
		return fmt.Sprintf("%s (%s)", words, platform)
	}
	return platform
}

// class is what an entry is to a reader of the report: a colour of the map.
type class struct{ id, name, about string }

// The classes, in the order in which they are told.
var (
	programs  = class{"program", "Programs", "what the spec names to be run, and what runs scripts"}
	libraries = class{"library", "Libraries", "shared code that the programs cannot start without"}
	opened    = class{"opened", "Opened when it runs", "modules, data and settings that the programs open while they run"}
	named     = class{"named", "Added by name", "files and folders that the spec names one by one"}
	parts     = class{"part", "Ready-made parts", "user accounts, certificates, time zones and the like"}
	records   = class{"record", "Package records", "licences, and the lists by which scanners know what is installed"}
	frame     = class{"frame", "Folders and links", "the places of the files, which take no space"}
	unknown   = class{"unknown", "Files", "files of a finished image, of which no reasons are known"}
)

func classes() []class {
	return []class{programs, libraries, opened, named, parts, records, frame, unknown}
}

// classOf tells the class of an entry by its reason.
func classOf(e report.Entry) class {
	if e.Reason == nil {
		return unknown
	}
	switch e.Reason.Cause {
	case plan.CauseBinary, plan.CauseScriptInterpreter:
		return programs
	case plan.CauseInterpreter, plan.CauseLibrary, plan.CauseCache:
		return libraries
	case plan.CauseOpened, plan.CauseNeed:
		return opened
	case plan.CauseFile, plan.CauseDirectory, plan.CauseSymlink:
		return named
	case plan.CausePart:
		return parts
	case plan.CauseMetadata:
		return records
	}
	return frame
}

// count is "1 file", "2,345 files".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped is a number with a comma before every three digits.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// share is a part of a whole in words: "62%", "under 1%".
func share(part, whole int64) string {
	switch {
	case whole <= 0 || part <= 0:
		return "0%"
	case part*100 < whole:
		return "under 1%"
	}
	return fmt.Sprintf("%d%%", (part*100+whole/2)/whole)
}

// list is "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
