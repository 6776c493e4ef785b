package convert

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// useStage makes the last stage a source in place of its image, and takes from it what
// was copied before a command that may have changed it.
func (c *conversion) useStage() {
	old := c.imageSource
	delete(c.sources, old)
	c.imageSource = c.newSource(cmp.Or(c.stages[len(c.stages)-1].Name, "app"), c.stageSource())
	for i, it := range c.items {
		c.items[i] = c.inStage(it)
	}
	// What a later command works with is no part of the image.
	c.items = slices.DeleteFunc(c.items, func(it item) bool { return passing(strings.TrimSuffix(it.to, "/")) && it.to != "/" })
	c.shipMade()
	c.shipFilled()
	c.shipChanged()
	all := slices.Clone(c.items)
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		return it.source == c.imageSource && slices.ContainsFunc(all, func(o item) bool { return o.source == it.source && strings.HasPrefix(it.to, o.to+"/") })
	})
	c.items = unique(c.items)
	c.told = len(c.remarks)
	// What the stage has may have another owner by now.
	c.dirs = slices.DeleteFunc(c.dirs, func(d directory) bool { return c.copiedAt(d.path) })
	// What only the lost items used is no source any more.
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		if name != c.imageSource && !slices.ContainsFunc(c.items, func(it item) bool { return it.source == name }) {
			delete(c.sources, name)
		}
	}
}

// stageSource is the last stage, with what is to be known about it.
func (c *conversion) stageSource() *source {
	stage := c.stages[len(c.stages)-1]
	s := &source{dockerfile: c.name, target: stage.Name, build: true}
	if stage.Name == "" && c.targeted { // a target is named; one without a name ends a text
		s.dockerfile = c.until(len(c.stages))
	}
	if c.accounts {
		s.comments = append(s.comments, "What is root may become an account that this stage makes, and finds it here:")
		for _, run := range c.madeUsers {
			s.comments = append(s.comments, run.String())
		}
	}
	if len(c.runs) > 0 {
		s.comments = append(s.comments, "These run in this stage. What they make in a directory below ships with it; what else\nthe image needs of it is to be named:")
	}
	for _, run := range c.runs {
		s.comments = append(s.comments, run.String())
	}
	return s
}

// inStage is an item as the stage has it, or the item itself where the stage has more than was
// copied.
func (c *conversion) inStage(it item) item {
	dest := strings.TrimSuffix(it.to, "/")
	at := dest
	if strings.HasSuffix(it.to, "/") {
		at = path.Join("/", dest, path.Base(it.from))
	}
	file, known := c.isFile(it, at)
	switch {
	case (file || !known && it.intoBin()) && (dest == "" || !c.made[dest]):
		dest = at
	case crowded.is(dest):
		return it
	}
	return item{source: c.imageSource, from: dest, to: dest}
}
