package convert

import (
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/google/shlex"
)

// findSupervised ships what supervisord starts by the configuration that the image copies from the
// build context, or that stands in the Dockerfile, and what forego and its like start by a Procfile.
func (c *conversion) findSupervised() {
	for _, one := range c.content {
		c.findPrograms(one.text)
	}
	if text, ok := c.inContext(path.Join(c.at, "Procfile")); ok {
		c.findProcesses(text)
	}
	seen := 0
	for _, it := range c.fromContext {
		if c.context == nil || !supervised.MatchString(it.from) && !supervised.MatchString(it.to) {
			continue
		}
		_ = fs.WalkDir(c.context, path.Clean(it.from), func(name string, d fs.DirEntry, err error) error {
			if seen++; err != nil || seen > maxCompared {
				return fs.SkipAll
			}
			if path.Base(name) == "Procfile" {
				c.findProcesses(c.textOf(name))
			} else if d.Type().IsRegular() && configuration.MatchString(name) {
				c.findPrograms(c.textOf(name))
			}
			return nil
		})
	}
}

// supervised is a path that has to do with supervisord, or one file of configuration, and
// configuration a name of a file of it.
var (
	supervised    = regexp.MustCompile(`supervis|\.(conf|ini)$|(^|/)Procfile$`)
	configuration = regexp.MustCompile(`\.(conf|ini)$|supervis`)
)

// textOf is a file of the build context, or its beginning; empty if there is none.
func (c *conversion) textOf(name string) string {
	f, err := c.context.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return ""
	}
	return string(text)
}

// startsSection is the head of a section of supervisord's configuration that says a program to start
// (http://supervisord.org/configuration.html).
var startsSection = regexp.MustCompile(`^\[(program|fcgi-program|eventlistener):`)

// findPrograms ships the programs of a configuration of supervisord.
func (c *conversion) findPrograms(text string) {
	starts := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "[") {
			starts = startsSection.MatchString(line)
		}
		key, command, ok := strings.Cut(line, "=")
		if !ok || !starts || strings.TrimSpace(key) != "command" {
			continue
		}
		command, _, _ = strings.Cut(command, " ;")
		argv, err := shlex.Split(command)
		if err != nil || len(argv) == 0 || strings.Contains(argv[0], "%(") {
			continue
		}
		c.findMaybe(argv[0])
		c.findStarted(argv)
	}
}

// findProcesses ships the programs of a Procfile, whose lines are NAME: COMMAND.
func (c *conversion) findProcesses(text string) {
	for line := range strings.Lines(text) {
		if name, command, ok := strings.Cut(line, ":"); ok && plainPath.MatchString(name) {
			c.findStarted([]string{"sh", "-c", command})
		}
	}
}
