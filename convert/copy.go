package convert

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// copy takes over a COPY.
func (c *conversion) copy(cmd *instructions.CopyCommand) error {
	if cmd.Parents || len(cmd.ExcludePatterns) > 0 || slices.ContainsFunc(cmd.SourcePaths, c.isPattern) || !octal(cmd.Chmod) {
		c.verbatim(cmd.String(), cmd.From, cmd.DestPath)
		return nil
	}
	if c.changesTree(cmd) {
		mode, _ := c.rights(cmd.Chown, cmd.Chmod, cmd.From == "")
		c.ownParents(path.Dir(c.abs(cmd.DestPath)), cmd.Chown, mode)
		c.verbatim(cmd.String(), cmd.From, cmd.DestPath)
		return nil
	}
	if script, err := c.script(cmd); script != "" || err != nil {
		if err == nil {
			c.verbatim(script, "", cmd.DestPath)
			c.findNamedIn(strings.TrimPrefix(cmd.SourceContents[0].Data, "#!"))
		}
		return err
	}
	from, err := c.from(cmd.From)
	if err != nil {
		return err
	}
	c.copyAccounts(cmd)
	c.noteThrough(cmd)
	return c.ship(from, cmd.SourcesAndDest, cmd.Chown, cmd.Chmod)
}

// changesTree reports whether a COPY --chmod gives directories a mode which a spec gives to files alone.
func (c *conversion) changesTree(cmd *instructions.CopyCommand) bool {
	if !isNumber(cmd.Chmod) || fmt.Sprintf("%04s", cmd.Chmod) == "0755" {
		return false
	}
	return slices.ContainsFunc(cmd.SourcePaths, func(src string) bool {
		one := item{source: cmd.From, from: strings.TrimPrefix(path.Clean("/"+src), "/"), to: cmd.DestPath}
		if one.from == "" {
			one.from = "."
		} else if strings.HasSuffix(src, "/") {
			one.from += "/"
		}
		at := c.abs(cmd.DestPath)
		if c.isDir(cmd.DestPath, at) {
			one.to = at + "/"
			at = path.Join(at, path.Base(src))
		}
		file, known := c.isFile(one, at)
		return known && !file || !known && one.mayBeDir()
	})
}

// add takes over an ADD: one of files is a COPY, and what fetches or unpacks is left to
// the Dockerfile's frontend.
func (c *conversion) add(cmd *instructions.AddCommand) error {
	special := cmd.Unpack != nil || len(cmd.ExcludePatterns) > 0 || slices.ContainsFunc(cmd.SourcePaths, func(p string) bool {
		return strings.Contains(p, "://") || strings.HasPrefix(p, "git@") || archive.MatchString(p) || c.isPattern(p)
	})
	if special {
		c.verbatim(cmd.String(), "", cmd.DestPath)
		return nil
	}
	return c.ship("", cmd.SourcesAndDest, cmd.Chown, cmd.Chmod)
}

// archive are the files that ADD unpacks.
var archive = regexp.MustCompile(`\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$`)

// from is the source that COPY --from names; empty for the build context.
func (c *conversion) from(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	i, ok := instructions.HasStage(c.stages, name)
	if !ok && isNumber(name) {
		if _, err := fmt.Sscan(name, &i); err != nil {
			return "", err
		}
		ok = i < len(c.stages)
	}
	if !ok {
		ref, err := c.words.raw(name)
		if err != nil {
			return "", err
		}
		return c.sourceLike(imageTitle(c.defaults(ref)), source{image: interpolated(ref)}), nil
	}
	if c.stages[i].Name == "" {
		// A target is named; one without a name is the last of a text that ends there.
		return c.sourceLike(fmt.Sprintf("stage-%d", i), source{dockerfile: c.until(i + 1), build: true}), nil
	}
	return c.sourceLike(c.stages[i].Name, source{dockerfile: c.name, target: c.stages[i].Name, build: true}), nil
}

// ship takes over what COPY copies.
func (c *conversion) ship(source string, what instructions.SourcesAndDest, chown, chmod string) error {
	mode, owner := c.rights(chown, chmod, source == "")
	dest := c.abs(what.DestPath)
	into := len(what.SourcePaths)+len(what.SourceContents) > 1 || c.isDir(what.DestPath, dest)
	for _, content := range what.SourceContents {
		to := dest
		if into {
			to = path.Join(dest, content.Path)
		}
		text := content.Data
		if content.Expand {
			var err error
			if text, err = c.words.heredoc(text); err != nil {
				return err
			}
		}
		c.ownParents(path.Dir(to), chown, mode)
		c.writeAccounts(to, c.defaults(text))
		c.content = append(c.content, inline{text: interpolated(text), to: interpolated(to), mode: mode, owner: owner, chown: chown})
	}
	to := dest
	if into && dest != "/" {
		to += "/"
	}
	for _, src := range what.SourcePaths {
		one := item{source: source, from: src, to: to, mode: mode, owner: owner, chown: chown}
		if source != "" {
			one.from = c.absolute(src)
		} else if one.from = strings.TrimPrefix(path.Clean("/"+src), "/"); one.from == "" {
			one.from = "."
		}
		if strings.HasSuffix(src, "/") && one.from != "." && one.from != "/" {
			one.from += "/"
		}
		c.ownAround(one, dest, chown)
		c.items = append(c.items, one)
		if source == "" {
			c.fromContext = append(c.fromContext, one)
		}
	}
	return nil
}

// isDir reports whether a destination, said so and with its path, is a directory: by its last
// letter, or because there is one.
func (c *conversion) isDir(said, dest string) bool {
	return strings.HasSuffix(said, "/") || said == "." || strings.HasSuffix(said, "/.") || c.made[dest] || c.hasDir(dest) || c.hasMade(dest) || c.hasUnseen(dest) ||
		slices.ContainsFunc(c.items, func(it item) bool { return strings.HasPrefix(it.to, dest+"/") || it.to == dest && c.isTree(it) })
}

// absolute is a path of a source.
func (c *conversion) absolute(p string) string {
	if path.IsAbs(c.defaults(p)) {
		return path.Clean(p)
	}
	return path.Join("/", p)
}

// script is a COPY of one script that stands in the Dockerfile, or "". It stays an
// instruction: what a file of a source calls is looked for, and what a text of the spec
// calls is not.
func (c *conversion) script(cmd *instructions.CopyCommand) (string, error) {
	if len(cmd.SourceContents) != 1 || len(cmd.SourcePaths) > 0 || strings.HasSuffix(cmd.DestPath, "/") {
		return "", nil
	}
	one := cmd.SourceContents[0]
	line, _, _ := strings.Cut(one.Data, "\n")
	if shell := strings.Fields(strings.TrimPrefix(line, "#!")); !strings.HasPrefix(line, "#!") || len(shell) == 0 || !isShell(shell[len(shell)-1]) {
		return "", nil
	}
	text := one.Data
	if one.Expand {
		var err error
		if text, err = c.words.heredoc(text); err != nil || len(argsIn(text)) > 0 {
			return "", err
		}
	}
	code := "COPY"
	if cmd.Chmod != "" {
		code += " --chmod=" + cmd.Chmod
	}
	if cmd.Chown != "" {
		code += " --chown=" + cmd.Chown
	}
	return fmt.Sprintf("%s <<'%s' %s\n%s%s", code, one.Path, c.abs(cmd.DestPath), text, one.Path), nil
}

// isPattern reports whether a path of COPY stands for several, with the defaults of build
// arguments.
func (c *conversion) isPattern(p string) bool { return strings.ContainsAny(c.defaults(p), "*?[") }

// symbolic are modes that make programs of files.
var symbolic = regexp.MustCompile(`^[ugoa]*\+r?x$`)

// octal reports whether a mode is one that a spec can have, or that comes to one.
func octal(mode string) bool { return mode == "" || isNumber(mode) || symbolic.MatchString(mode) }

// rights are --chown and --chmod as a spec has them.
func (c *conversion) rights(chown, chmod string, fromImage bool) (mode, who string) {
	if chmod != "" {
		switch {
		case isNumber(chmod):
			mode = fmt.Sprintf("%04s", chmod)
		case symbolic.MatchString(chmod):
			mode = "0755"
			c.remarks = append(c.remarks, fmt.Sprintf("--chmod=%s is written as mode 0755: a spec has modes in octal", chmod))
		}
	}
	return mode, c.ownerOf(c.numbered(chown), fromImage)
}

// numbered is an owner as the builder has it: a number alone is that of the group, too.
func (c *conversion) numbered(who string) string {
	if isNumber(c.defaults(who)) {
		return who + ":" + who
	}
	return who
}

// chownFlag is that of COPY and ADD. A stage that has nothing knows no names.
var chownFlag = regexp.MustCompile(`--chown=\S+`)

// owned is an owner in numbers, or nothing where the name is not known. Where names are looked up
// in the image, its user may stay a name.
func (c *conversion) owned(flag, name string, inImage bool) string {
	who := c.ownerOf(name, inImage)
	if who == "" {
		c.tellOwner(flag, name)
	}
	return who
}

// ownerOf is owned without a word.
func (c *conversion) ownerOf(name string, inImage bool) string {
	who := c.person(name)
	if who == "" && inImage && c.isLastUser(name) {
		return name
	}
	return who
}

// tellOwner notes an owner of whom the number is not known.
func (c *conversion) tellOwner(flag, name string) {
	switch {
	case name == "":
	case len(c.empty(name)) > 0:
		c.remarks = append(c.remarks, fmt.Sprintf("%s%s is nobody without %s, so that the owner stays as it is: give a default in the Dockerfile, or the value by --build-arg",
			flag, shown(name), strings.Join(c.empty(name), ", ")))
	default:
		c.remarks = append(c.remarks, fmt.Sprintf("%s%s: nobody of that name is known, so that the owner stays as it is", flag, c.defaults(name)))
	}
}

// isLastUser reports whether an owner is who the image runs as, an account that it is then to have.
func (c *conversion) isLastUser(name string) bool {
	owner, group, _ := strings.Cut(name, ":")
	user, _, _ := strings.Cut(c.lastUser, ":")
	return owner == user && user != "" && !strings.ContainsAny(name, "$"+argBegin) && (c.base != "" || c.imageSource != "") && !c.passwd &&
		!c.madeNames[owner] && (group == "" || group == owner || isNumber(group))
}

// below implements copiedFiles.
func (c *conversion) below(dir string) bool {
	in := func(to string) bool { return to == dir || strings.HasPrefix(to, strings.TrimSuffix(dir, "/")+"/") }
	return slices.ContainsFunc(c.items, func(it item) bool { return in(c.defaults(strings.TrimSuffix(it.to, "/"))) }) ||
		slices.ContainsFunc(c.content, func(one inline) bool { return in(one.to) })
}

// setModeWithin sets the mode of a file of a directory of the build context: the file is an item
// of its own, too, which takes the place of the other.
func (c *conversion) setModeWithin(file, mode string) bool {
	if c.context == nil {
		return false
	}
	for _, it := range slices.Backward(c.items) {
		rest, ok := strings.CutPrefix(file, strings.TrimSuffix(it.to, "/")+"/")
		if !ok || it.source != "" {
			continue
		}
		from := path.Join(it.from, rest)
		if info, err := fs.Stat(c.context, from); err == nil && info.Mode().IsRegular() {
			c.items = append(c.items, item{from: from, to: file, mode: mode, owner: it.owner, chown: it.chown})
			return true
		}
	}
	return false
}

// maxNamed is how many files of a pattern get modes of their own.
const maxNamed = 20

// setModes is setMode for the files of a directory of the build context that a pattern names.
func (c *conversion) setModes(pattern, mode string) bool {
	dir, names := path.Dir(pattern), []string{}
	for _, it := range c.items {
		rest, below := strings.CutPrefix(dir+"/", strings.TrimSuffix(c.defaults(it.to), "/")+"/")
		if it.source != "" || !below || c.context == nil {
			continue
		}
		entries, err := fs.ReadDir(c.context, path.Join(it.from, rest))
		if err != nil {
			return false
		}
		for _, e := range entries {
			if matched, err := path.Match(path.Base(pattern), e.Name()); err == nil && matched && e.Type().IsRegular() {
				names = append(names, path.Join(dir, e.Name()))
			}
		}
	}
	if strings.Contains(dir, "*") || len(names) == 0 || len(names) > maxNamed {
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return !c.setMode(name, mode) })
}

// setMode implements copiedFiles.
func (c *conversion) setMode(file, mode string) bool {
	if strings.Contains(file, "*") {
		return c.setModes(file, mode)
	}
	for i, it := range c.items {
		if p, ok := it.file(); ok && p == file {
			if is, known := c.isFile(it, p); is || !known {
				c.items[i].mode = mode
				return true
			}
		}
	}
	for i, one := range c.content {
		if one.to == file {
			c.content[i].mode = mode
			return true
		}
	}
	return c.setModeWithin(file, mode)
}
