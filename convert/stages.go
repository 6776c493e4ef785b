package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// stageOf is the stage that a target names, by its name or its number.
func stageOf(stages []instructions.Stage, target string) (int, bool) {
	if i, ok := instructions.HasStage(stages, target); ok {
		return i, true
	}
	i, err := strconv.Atoi(target)
	return i, err == nil && i >= 0 && i < len(stages)
}

// nameStages has a stage named where FROM names one by build arguments: the one that their
// defaults name, or that of the most usual platform.
func (c *conversion) nameStages() {
	c.byPlatform = map[int]string{}
	for i, s := range c.stages {
		name, err := c.words.raw(s.BaseName)
		if err != nil {
			continue
		}
		usual := c.defaults(usualPlatform.Replace(name))
		if _, ok := instructions.HasStage(c.stages[:i], c.defaults(name)); ok {
			c.stages[i].BaseName = c.defaults(name)
		} else if _, ok := instructions.HasStage(c.stages[:i], usual); ok {
			c.stages[i].BaseName, c.byPlatform[i] = usual, s.BaseName
		}
	}
}

// usualPlatform has the arguments of a platform as they are for the most usual one.
var usualPlatform = strings.NewReplacer(
	argBegin+"TARGETOS"+argEnd, "linux", argBegin+"TARGETARCH"+argEnd, "amd64", argBegin+"TARGETVARIANT"+argEnd, "",
	argBegin+"TARGETPLATFORM"+argEnd, "linux/amd64",
)

// tellPlatform notes that the last stage is of one platform.
func (c *conversion) tellPlatform(chain []int) {
	for _, i := range chain {
		if said := c.byPlatform[i]; said != "" {
			c.remarks = append(c.remarks, fmt.Sprintf("FROM %s is another stage for each platform: the spec is of %s", said, c.stages[i].BaseName))
		}
	}
}

// stageNames ends a message with the names of stages.
func stageNames(stages []instructions.Stage) string {
	var names []string
	for _, s := range stages {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return ", and none of its stages has a name"
	}
	return "; it has " + strings.Join(names, ", ")
}

// unusedStages are the named stages that the last one uses in no way: images of their own. Those
// that are on a stage which the platform names are on each that it can name.
func unusedStages(stages []instructions.Stage, byPlatform map[int]string) []string {
	used := make([]bool, len(stages))
	var use func(i int)
	use = func(i int) {
		if used[i] {
			return
		}
		used[i] = true
		for _, name := range namedBy(stages[i]) {
			if j, ok := stageOf(stages[:i], name); ok {
				use(j)
			}
		}
		for j := range stages[:i] {
			if mayName(byPlatform[i], stages[j].Name) {
				use(j)
			}
		}
	}
	use(len(stages) - 1)
	var out []string
	for i, s := range stages {
		if !used[i] && s.Name != "" {
			out = append(out, s.Name)
		}
	}
	return out
}

// mayName reports whether a name with arguments can come to be that of a stage, such as one for
// each platform.
func mayName(name, stage string) bool {
	if stage == "" || !strings.Contains(name, "$") {
		return false
	}
	pattern := regexp.MustCompile(`\\\$(\\\{[^}]*\\\}|\w+)`).ReplaceAllString(regexp.QuoteMeta(name), ".*")
	matched, err := regexp.MatchString("^(?i:"+pattern+")$", stage)
	return err == nil && matched
}

// runsShell reports whether a command of a stage is given to a shell, which is then there.
func runsShell(s instructions.Stage) bool {
	return slices.ContainsFunc(s.Commands, func(cmd instructions.Command) bool {
		run, ok := cmd.(*instructions.RunCommand)
		return ok && run.PrependShell
	})
}

// lastUser is who the last of some stages runs as, as it is said; empty if none of them says it.
func lastUser(stages []instructions.Stage, chain []int) (user string) {
	for _, i := range chain {
		for _, cmd := range stages[i].Commands {
			if u, ok := cmd.(*instructions.UserCommand); ok {
				user = u.User
			}
		}
	}
	return user
}

// namedBy are the images and stages that a stage is made of.
func namedBy(s instructions.Stage) []string {
	names := []string{s.BaseName}
	for _, cmd := range s.Commands {
		switch cmd := cmd.(type) {
		case *instructions.CopyCommand:
			names = append(names, cmd.From)
		case *instructions.RunCommand:
			for _, m := range instructions.GetMounts(cmd) {
				names = append(names, m.From)
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}
