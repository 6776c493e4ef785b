package html

import (
	"cmp"
	"fmt"
	"path"
	"slices"
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

// machine is a platform as people call it who do not build images, with its short name.
//
//go:noinline
func machine(platform string) string {
	words := ""
	switch platform {
	case "linux/amd64":
		words = "64-bit Intel and AMD processors"
	case "linux/arm64", "linux/arm64/v8":
		words = "64-bit ARM processors"
	case "linux/arm/v7", "linux/arm/v6", "linux/arm":
		words = "32-bit ARM processors"
	case "linux/386":
		words = "32-bit Intel and AMD processors"
	case "linux/riscv64":
		words = "64-bit RISC-V processors"
	case "linux/ppc64le":
		words = "IBM POWER processors"
	case "linux/s390x":
		words = "IBM Z mainframes"
	default:
		return platform
	}
	return "Linux on " + words + " (" + platform + ")"
}

// class is what an entry is to a reader of the report: a colour of the map.
type class int

// The classes, in the order in which they are told.
const (
	programs class = iota
	libraries
	opened
	named
	parts
	records
	frame
	unknown
	classes // how many there are
)

// classWords has for each class its name in the style, its name, what it is, and what it
// is in the middle of a sentence.
var classWords = [classes]struct {
	id, name, about markup
	sentence        string
}{
	{"program", "Programs", "what the spec names to be run, and what runs scripts", "programs"},
	{"library", "Libraries", "shared code that the programs cannot start without", "libraries that programs need to start"},
	{"opened", "Opened when it runs", "modules, data and settings that the programs open while they run", "what they open while they run"},
	{"named", "Added by name", "files and folders that the spec names one by one", "files added by name"},
	{"part", "Ready-made parts", "user accounts, certificates, time zones and the like", "ready-made parts such as user accounts"},
	{"record", "Package records", "licences, and the lists by which scanners know what is installed", "records of packages and licences"},
	{"frame", "Folders and links", "the places of the files, which take no space", ""},
	{"unknown", "Files", "files of a finished image, of which no reasons are known", ""},
}

// classOf tells the class of an entry by its reason.
func classOf(e *report.Entry) class {
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
//
//go:noinline
func count(n int, one, many string) markup {
	if n == 1 {
		many = one
	}
	return grouped(n) + " " + markup(many)
}

// grouped is a number with a comma before every three digits.
//
//go:noinline
func grouped(n int) markup {
	digits := num(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// size is a number of bytes for a person.
//
//go:noinline
func size(bytes int64) markup { return markup(report.Size(bytes)) }

// share is a part of a whole in words: "62%", "under 1%".
//
//go:noinline
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
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// sorted are the numbers from 0 to n-1, those with the largest size first; those that are
// alike stay as they are.
func sorted(n int, size func(int) int64) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(size(b), size(a)) })
	return out
}
