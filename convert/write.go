package convert

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinter-build/sinter/spec"
)

// page is a spec as it is written.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// comment writes lines of comment.
func (p *page) comment(indent, text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		p.line("%s", strings.TrimRight(indent+"# "+strings.TrimSpace(line), " "))
	}
}

var plain = regexp.MustCompile(`^[A-Za-z/_][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*$`)

// quote is a text as a YAML scalar, in flow and block alike.
func quote(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(text)
	}
	if plain.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// list is a YAML list in one line.
func list(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// mapping is a YAML mapping in one line, of pairs with a value.
func mapping(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i]+": "+quote(pairs[i+1]))
		}
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// block writes a mapping of texts, sorted.
func (p *page) block(key string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	p.line("%s:", key)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p.line("  %s: %s", quote(name), quote(m[name]))
	}
}

// values writes a list of texts.
func (p *page) values(key string, values []string) {
	if len(values) > 0 {
		p.line("%s: %s", key, list(values))
	}
}

// write is the spec.
func (c *conversion) write() (*Result, error) {
	var body page
	c.writeSources(&body)
	if c.base != "" {
		body.line("base: %s", quote(c.base))
	}
	c.writeFiles(&body)
	c.writeConfig(&body)
	for _, u := range c.unknown {
		body.comment("", u)
	}
	var out page
	out.WriteString(Syntax)
	what := "the last stage"
	if stage := c.stages[len(c.stages)-1]; c.targeted && stage.Name != "" {
		what = "the stage " + stage.Name
	} else if c.targeted {
		what = fmt.Sprintf("the stage %d", len(c.stages)-1)
	}
	out.line("# Made by `sinter init` of %s of %s.", what, c.name)
	c.writeArgs(&out, body.String())
	out.WriteString(body.String())
	return &Result{Spec: []byte(out.String()), Remarks: distinct(c.readable(c.remarks))}, nil
}

// readable are texts with the defaults of build arguments in them.
func (c *conversion) readable(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = c.defaults(text)
	}
	return out
}

// writeArgs writes the build arguments that a text or one of them uses: each behind those that
// its default is made of.
func (c *conversion) writeArgs(p *page, text string) {
	used := map[string]bool{}
	for range c.args {
		for name, value := range c.args {
			if used[name] = used[name] || strings.Contains(text, "${"+name+"}"); used[name] {
				for _, other := range argsIn(value) {
					used[other] = true
				}
			}
		}
	}
	var names []string
	for _, name := range distinct(append(slices.Sorted(slices.Values(c.independent())), c.declared...)) {
		if _, ok := c.args[name]; ok && used[name] {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		p.line("args:")
	}
	c.tellBare(names)
	for _, name := range names {
		if said := c.derived[name]; said != "" {
			p.comment("  ", "In the Dockerfile it is "+said+", which a spec cannot say: it does not follow.")
		}
		p.line("  %s: %s", quote(name), quote(interpolated(c.args[name])))
	}
}

// independent are the build arguments whose defaults are texts.
func (c *conversion) independent() []string {
	var out []string
	for name, value := range c.args {
		if len(argsIn(value)) == 0 {
			out = append(out, name)
		}
	}
	return out
}

// distinctPorts are ports without those that are there with tcp, which is meant without.
func distinctPorts(ports []string) []string {
	var out []string
	for _, port := range distinct(ports) {
		if bare, ok := strings.CutSuffix(port, "/tcp"); !slices.Contains(ports, port+"/tcp") && (!ok || !slices.Contains(out, bare)) {
			out = append(out, port)
		}
	}
	return out
}

func (c *conversion) writeSources(p *page) {
	if len(c.sources) == 0 {
		return
	}
	p.line("sources:")
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		s := c.sources[name]
		for _, text := range s.comments {
			p.comment("  ", text)
		}
		p.line("  %s:", name)
		if s.image != "" {
			p.line("    image: %s", quote(s.image))
		}
		if len(s.packages) > 0 {
			p.line("    packages: %s", list(s.packages))
		}
		if text := s.dockerfile; strings.Contains(text, "\n") {
			p.line("    dockerfile: |")
			for line := range strings.Lines(text) {
				p.line("%s", strings.TrimRight("      "+strings.TrimRight(line, "\n"), " "))
			}
		} else if text != "" {
			p.line("    dockerfile: %s", quote(text))
		}
		if s.target != "" {
			p.line("    target: %s", quote(s.target))
		}
		if pairs := c.argsOf(s); s.build && len(pairs) > 0 {
			p.line("    args: %s", mapping(pairs...))
		}
	}
}

// argsOf are the build arguments that the Dockerfile of a source declares, each with its
// value.
func (c *conversion) argsOf(s *source) []string {
	text := string(c.text)
	if strings.Contains(s.dockerfile, "\n") {
		text = s.dockerfile
	}
	declared := spec.DockerfileArgs(text)
	var pairs []string
	for _, arg := range slices.Sorted(maps.Keys(c.args)) {
		if slices.Contains(declared, arg) && c.derived[arg] == "" {
			pairs = append(pairs, arg, "${"+arg+"}")
		}
	}
	return pairs
}

// ref is SOURCE:PATH, or PATH in the build context.
func ref(source, path string) string {
	if source == "" {
		return path
	}
	return source + ":" + path
}

func (c *conversion) writeFiles(p *page) {
	var binaries, files []string
	for _, prog := range c.programs {
		binaries = append(binaries, quote(interpolated(ref(prog.source, prog.path))))
	}
	for _, it := range c.items {
		if it.owner == "" {
			c.tellOwner("--chown=", it.chown)
		}
		from, to := interpolated(ref(it.source, it.from)), interpolated(it.to)
		if it.source != "" && it.from == it.to {
			to = ""
		}
		if name := c.nameOf(it.chown); name != "" && it.source == "" {
			it.owner = name
		}
		text := mapping("from", from, "to", to, "mode", it.mode, "owner", it.owner)
		if to+it.mode+it.owner == "" {
			text = quote(from)
		}
		if it.binary {
			binaries = append(binaries, text)
		} else {
			files = append(files, text)
		}
	}
	for _, one := range c.content {
		if one.owner == "" {
			c.tellOwner("--chown=", one.chown)
		}
		files = append(files, mapping("content", one.text, "to", one.to, "mode", one.mode, "owner", cmp.Or(c.nameOf(one.chown), one.owner)))
	}
	p.items("binaries", distinct(binaries))
	if c.imageSource != "" && (!c.whole || c.linksLibraries()) {
		p.line("libraries: {from: [%s]}", c.imageSource)
	}
	c.writeParts(p)
	p.items("files", files)
	var dirs, links []string
	for _, d := range c.dirs {
		who := ""
		if d.owner != "" {
			who = cmp.Or(c.nameOf(d.owner), c.owned("chown ", d.owner, true))
		}
		mode := ""
		if isNumber(d.mode) {
			mode = fmt.Sprintf("%04s", d.mode)
		}
		dirs = append(dirs, mapping("path", interpolated(d.path), "mode", mode, "owner", who))
	}
	for _, l := range c.links {
		links = append(links, mapping("path", interpolated(l.path), "target", interpolated(l.target)))
	}
	p.items("directories", dirs)
	p.items("links", links)
}

// writeParts writes the ready-made parts that packages stand for. Where there are several
// sources, each may have them.
func (c *conversion) writeParts(p *page) {
	include := distinct(included(c.packages))
	if len(c.sources) < 2 || c.imageSource == "" {
		p.values("include", include)
		return
	}
	var parts []string
	for _, name := range include {
		parts = append(parts, fmt.Sprintf("%s: {from: %s}", name, c.imageSource))
	}
	p.items("include", parts)
}

// linksLibraries reports whether the stage may have made links to libraries that ship from elsewhere.
func (c *conversion) linksLibraries() bool {
	return slices.ContainsFunc(c.runs, func(run ran) bool { return strings.Contains(run.line, "ldconfig") }) &&
		slices.ContainsFunc(c.items, func(it item) bool { return it.source != c.imageSource })
}

func (p *page) items(key string, items []string) {
	if len(items) == 0 {
		return
	}
	p.line("%s:", key)
	for _, it := range items {
		p.line("  - %s", it)
	}
}

func distinct(texts []string) []string {
	var out []string
	for _, t := range texts {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (c *conversion) writeConfig(p *page) {
	c.writeUser(p)
	if len(c.entrypoint) == 0 && len(c.cmd) > 0 && !c.baseStarts() {
		p.line("entrypoint: []") // else it would be the only binary
	}
	p.values("entrypoint", interpolatedAll(c.entrypoint))
	p.values("cmd", interpolatedAll(c.cmd))
	p.block("env", c.env)
	if c.base == "" && c.workdir != "/" || c.base != "" && c.entered && c.workdir != c.stays {
		p.line("workdir: %s", quote(interpolated(c.workdir)))
	}
	p.values("ports", distinctPorts(c.ports))
	p.values("volumes", distinct(c.volumes))
	p.block("labels", c.labels)
	if c.stop != "" {
		p.line("stopSignal: %s", quote(c.stop))
	}
	if h := c.health; h != nil {
		p.line("healthcheck:")
		p.line("  test: %s", list(interpolatedAll(h.Test)))
		for _, d := range []struct {
			key   string
			value time.Duration
		}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"startPeriod", h.StartPeriod}, {"startInterval", h.StartInterval}} {
			if d.value > 0 {
				p.line("  %s: %s", d.key, d.value)
			}
		}
		if h.Retries > 0 {
			p.line("  retries: %d", h.Retries)
		}
	}
}

// baseStarts reports whether the base has an entrypoint, to which the cmd is given. One that was
// not looked at has where the cmd is a file of a language, as app.jar is.
func (c *conversion) baseStarts() bool {
	if c.base == "" || len(c.entrypoint) > 0 {
		return false
	}
	if c.image == nil {
		return len(c.cmd) > 0 && extension.MatchString(c.cmd[0])
	}
	return len(c.image.Config.Entrypoint) > 0
}

// writeUser keeps the user that the image had, root as well.
func (c *conversion) writeUser(p *page) {
	c.tellAccount(p)
	switch who := c.person(c.user); {
	case c.account() != "":
		p.line("user: %s", quote(c.account()))
	case who != "":
		p.line("user: %s", strconv.Quote(who))
	case c.user != "" && len(c.empty(c.user)) > 0:
		names := strings.Join(c.empty(c.user), ", ")
		c.remarks = append(c.remarks, fmt.Sprintf("USER %s has no number without %s, so that the image's user is 65532:65532: give a default in the Dockerfile, or the value by --build-arg", shown(c.user), names))
		p.comment("", fmt.Sprintf("The Dockerfile's user is not known without %s.", names))
	case c.user != "":
		c.remarks = append(c.remarks, fmt.Sprintf("USER %s: nobody of that name is known, so that the image's user is 65532:65532: say another by its numbers, user: \"UID:GID\"", c.defaults(c.user)))
		p.comment("", "The Dockerfile's user is not known by number: USER "+c.defaults(c.user))
	case c.base == "" || c.image != nil && (c.image.Config.User == "" || c.image.Config.User == "0"):
		why := "As in the Dockerfile."
		if c.unseen {
			why = "The Dockerfile names no user, and its image, which was not looked at, may."
		}
		p.comment("", why+" Without this line it is 65532:65532, which has no rights.")
		p.line(`user: "0:0"`)
	}
}

func interpolatedAll(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = interpolated(w)
	}
	return out
}
