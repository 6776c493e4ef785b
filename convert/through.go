package convert

import (
	"io/fs"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// noteThrough notes the files of the build context that a COPY from a stage brings along, as that has copied
// them: a Procfile, or the script that is the entrypoint.
func (c *conversion) noteThrough(cmd *instructions.CopyCommand) {
	i, ok := stageOf(c.stages, cmd.From)
	if !ok || c.context == nil || len(cmd.SourcePaths) != 1 {
		return
	}
	src, dest := path.Join("/", c.defaults(cmd.SourcePaths[0])), c.defaults(c.abs(cmd.DestPath))
	for _, it := range c.contextOf(i) {
		switch rest, below := strings.CutPrefix(it.to, strings.TrimSuffix(src, "/")+"/"); {
		case below:
			c.fromContext = append(c.fromContext, item{from: it.from, to: path.Join(dest, rest)})
		case it.to == src && strings.HasSuffix(cmd.DestPath, "/") && c.isContextFile(it.from):
			c.fromContext = append(c.fromContext, item{from: it.from, to: path.Join(dest, path.Base(src))})
		case it.to == src:
			c.fromContext = append(c.fromContext, item{from: it.from, to: dest})
		default:
			if rest, within := strings.CutPrefix(src, strings.TrimSuffix(it.to, "/")+"/"); within {
				c.fromContext = append(c.fromContext, item{from: path.Join(it.from, rest), to: dest})
			}
		}
	}
}

// maxThrough bounds what is followed of a stage.
const maxThrough = 200

// contextOf are the files and directories of the build context that a stage copies by their names, and where it
// has them.
func (c *conversion) contextOf(stage int) (out []item) {
	chain, _ := c.chain(stage)
	at := "/"
	for _, i := range chain {
		for _, cmd := range c.stages[i].Commands {
			switch cmd := cmd.(type) {
			case *instructions.WorkdirCommand:
				if at = path.Join(at, cmd.Path); path.IsAbs(cmd.Path) {
					at = path.Clean(cmd.Path)
				}
			case *instructions.CopyCommand:
				if cmd.From == "" && len(out) < maxThrough {
					out = append(out, c.copiedIn(at, cmd.SourcesAndDest)...)
				}
			}
		}
	}
	return out
}

// copiedIn are the sources of a COPY from the build context in a directory of a stage, as far as they are named.
func (c *conversion) copiedIn(at string, what instructions.SourcesAndDest) (out []item) {
	to := what.DestPath
	if !path.IsAbs(to) {
		to = path.Join(at, to)
	}
	into := strings.HasSuffix(what.DestPath, "/") || strings.HasSuffix(what.DestPath, ".") || len(what.SourcePaths) > 1
	for _, src := range what.SourcePaths {
		from := strings.TrimPrefix(path.Join("/", src), "/")
		if from == "" {
			from = "."
		}
		if strings.ContainsAny(src+to, "$*?[") || !fs.ValidPath(from) {
			continue
		}
		dest := path.Clean(to)
		if into && c.isContextFile(from) {
			dest = path.Join(to, path.Base(from))
		}
		out = append(out, item{from: from, to: dest})
	}
	return out
}

// isContextFile reports whether the build context has a file of a name.
func (c *conversion) isContextFile(name string) bool {
	info, err := fs.Stat(c.context, name)
	return err == nil && info.Mode().IsRegular()
}
