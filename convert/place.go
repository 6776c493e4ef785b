package convert

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/sinter-build/sinter/parts"
)

// place says where everything is from once all instructions are known.
func (c *conversion) place() error {
	if c.whole {
		c.useStage()
	}
	c.placeVerbatim()
	if c.deaf && !slices.Equal(c.entrypoint[:min(len(c.shell), len(c.entrypoint))], c.shell) {
		c.cmd = nil
	}
	if s := c.sources[c.imageSource]; s != nil && !c.whole {
		s.packages = c.packages
	}
	if tree, err := c.tree(); c.whole && tree == nil && err == nil {
		c.findEnvironments()
	}
	if err := c.placeCommand(); err != nil {
		return err
	}
	if c.health != nil {
		if err := c.placeHealth(); err != nil {
			return err
		}
	}
	c.findSupervised()
	c.findInEnv()
	c.placeHome()
	c.placeHomes()
	c.ownDirs()
	c.dropRepeated()
	c.tellRuns()
	c.tellMaybe()
	c.tellEmpty()
	c.tellPackages()
	return nil
}

// placeCommand sees that what the image starts ships, and names it by its path.
func (c *conversion) placeCommand() error {
	starts := &c.entrypoint
	if len(*starts) == 0 {
		starts = &c.cmd
	}
	if len(*starts) == 0 || c.baseStarts() {
		return nil
	}
	if c.whole && !c.startsAsImage() { // what its commands have made, a language's own program may run
		defer c.findRuntime()
	}
	at, err := c.find((*starts)[0])
	if at != "" {
		*starts = append([]string{at}, (*starts)[1:]...)
	}
	for _, argv := range [][]string{slices.Concat(c.entrypoint, c.cmd), c.cmd} {
		c.findStarted(argv)
	}
	switch given := len(c.entrypoint) > 0 && len(c.cmd) > 0; {
	case given && c.known.gives && c.isStarted(c.entrypoint[0]):
		c.findRuntime()
	case given && (path.IsAbs(c.cmd[0]) || c.startsScript()):
		c.findMaybe(c.cmd[0])
	case given:
		c.findAlso(c.cmd[0])
	}
	return err
}

// startsAsImage reports whether what starts is what the image is known to start by itself.
func (c *conversion) startsAsImage() bool {
	for _, argv := range [][]string{c.entrypoint, c.cmd} {
		if len(argv) > 0 && !c.isStarted(argv[0]) {
			return false
		}
	}
	return true
}

// startsScript reports whether the entrypoint is a script as far as names tell, which starts what
// it is given.
func (c *conversion) startsScript() bool {
	return slices.ContainsFunc(c.entrypoint, func(word string) bool { return strings.HasSuffix(word, ".sh") || strings.Contains(word, "entrypoint") })
}

// placeHealth takes over a health check. One for a shell is started without, where that is
// the same, and else gets the shell of the source.
func (c *conversion) placeHealth() error {
	test := c.health.Test
	if len(test) == 0 || test[0] == "NONE" {
		c.health = nil
		return nil
	}
	var argv []string
	switch test[0] {
	case "CMD":
		argv = test[1:]
	case "CMD-SHELL":
		line := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(strings.Join(test[1:], " ")), "|| exit 1"), "|| false")
		argv, _ = startable(strings.TrimSpace(line))
		if len(argv) == 0 && c.imageSource != "" {
			argv = append(slices.Clone(c.shell), test[1])
			c.remark("The health check needs a shell, "+c.shipsForLine(), c.healthSaid)
			c.findStarted(argv)
		}
	}
	if len(argv) == 0 {
		c.remark("A health check that needs a shell cannot be taken over, as there is none", c.healthSaid)
		c.health = nil
		return nil
	}
	at, err := c.find(argv[0])
	if at == "" {
		c.remark("What the health check starts is not there", c.healthSaid)
		c.health = nil
		return err
	}
	c.findStarted(argv)
	c.health.Test = append([]string{at}, argv[1:]...)
	return err
}

// included are the packages that stand for ready-made parts of a spec.
func included(packages []string) []string {
	return slices.DeleteFunc(slices.Clone(packages), func(p string) bool {
		part, ok := parts.Lookup(p)
		return !ok || part.Default
	})
}

// shareArgs gives the build's arguments to the sources that are stages of the Dockerfile.
func (c *conversion) shareArgs() {
	used := false
	for _, s := range c.sources {
		used = used || s.build
	}
	if !used {
		return
	}
	for _, stage := range c.stages {
		for _, cmd := range stage.Commands {
			arg, ok := cmd.(*instructions.ArgCommand)
			if !ok {
				continue
			}
			for _, a := range arg.Args {
				value := a.ValueString()
				if _, have := c.args[a.Key]; have || predefined.MatchString(a.Key) || strings.Contains(value, "$") {
					continue
				}
				if plain, err := c.words.raw(value); err == nil {
					c.setArg(a.Key, plain)
				}
			}
		}
	}
}

// tellBare notes the build arguments of a spec that the Dockerfile declares without a default.
func (c *conversion) tellBare(names []string) {
	given := map[string]bool{}
	note := func(arg instructions.ArgCommand) {
		for _, a := range arg.Args {
			given[a.Key] = given[a.Key] || a.Value != nil
		}
	}
	for _, arg := range c.global {
		note(arg)
	}
	for _, stage := range c.stages {
		for _, cmd := range stage.Commands {
			if arg, ok := cmd.(*instructions.ArgCommand); ok {
				note(*arg)
			}
		}
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return c.args[name] != "" || given[name] || c.needed[name] })
	if len(names) > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("the Dockerfile takes %s without a default: what the build needs of that is given under args, or by --build-arg",
			strings.Join(names, ", ")))
	}
}
