package tests

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// Output is what a program wrote, as far as it was kept.
type Output struct {
	// Text is the beginning.
	Text string
	// Size is how much it wrote in all, in bytes.
	Size int64
}

// Cut reports whether more was written than was kept.
func (o Output) Cut() bool { return o.Size > int64(len(o.Text)) }

// Judge says what is not as it must be with a text that is called name.
func (o Output) Judge(name string, want *spec.Text) []string {
	if want == nil {
		return nil
	}
	var out []string
	if want.Equals != nil && (o.Text != *want.Equals || o.Cut()) {
		out = append(out, fmt.Sprintf("%s is %s, not %s", name, o.quoted(), quoted(*want.Equals)))
	}
	for _, piece := range want.Contains {
		if !strings.Contains(o.Text, piece) {
			out = append(out, fmt.Sprintf("%s does not contain %s: it is %s", name, quoted(piece), o.quoted()))
		}
	}
	if want.Matches != "" {
		if re, err := regexp.Compile(want.Matches); err != nil || !re.MatchString(o.Text) {
			out = append(out, fmt.Sprintf("%s does not match %s: it is %s", name, quoted(want.Matches), o.quoted()))
		}
	}
	return out
}

func (o Output) quoted() string {
	if o.Cut() {
		return fmt.Sprintf("%s, of %d bytes", quoted(o.Text), o.Size)
	}
	return quoted(o.Text)
}

// maxQuoted is how much of a text a message shows, in bytes.
const maxQuoted = 200

// quoted is a text between quotes, of a long one the beginning.
func quoted(text string) string {
	if len(text) > maxQuoted {
		return fmt.Sprintf("%q…", text[:maxQuoted])
	}
	return fmt.Sprintf("%q", text)
}

// maxFile is how large a file may be whose text is looked at, in bytes.
const maxFile = 16 << 20

// JudgeFiles says what is not as it must be with files of a tree.
func JudgeFiles(tree rootfs.FS, files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, judgeFile(tree, f)...)
	}
	return out
}

func judgeFile(tree rootfs.FS, f File) []string {
	name, err := physical(tree, f.Path)
	var info fs.FileInfo
	if err == nil {
		info, err = tree.Lstat(name)
	}
	want := f.Check
	switch {
	case rootfs.IsAbsent(err) && want.Is == spec.PresenceAbsent:
		return nil
	case rootfs.IsAbsent(err):
		return []string{f.Path + " is not there"}
	case err != nil:
		return []string{fmt.Sprintf("cannot look at %s: %v", f.Path, err)}
	case want.Is == spec.PresenceAbsent:
		return []string{f.Path + " is there: " + kindOf(info)}
	}
	var out []string
	is := func(kind spec.Presence) bool { return want.Is == kind }
	kind := kindOf(info)
	if is(spec.PresenceFile) && kind != "a file" || is(spec.PresenceDirectory) && kind != "a directory" || is(spec.PresenceLink) && kind != "a link" {
		out = append(out, fmt.Sprintf("%s is %s, not a %s", f.Path, kind, want.Is))
	}
	return append(out, judgeAttributes(tree, f, name, info)...)
}

// physical is a path whose directories are no links; its last element can be one.
func physical(tree rootfs.FS, name string) (string, error) {
	if name == "/" {
		return ".", nil
	}
	dir, err := rootfs.Resolve(tree, rootfs.Name(path.Dir(name)))
	if err != nil {
		return "", err
	}
	return rootfs.Name(path.Join(dir.Path, path.Base(name))), nil
}

func kindOf(info fs.FileInfo) string {
	switch info.Mode().Type() {
	case 0:
		return "a file"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a link"
	}
	return "neither file, directory nor link"
}

func judgeAttributes(tree rootfs.FS, f File, name string, info fs.FileInfo) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, f.Path+" "+fmt.Sprintf(format, args...)) }
	want := f.Check
	if want.Link != "" {
		if target, err := tree.ReadLink(name); err != nil {
			add("is %s, not a link to %s", kindOf(info), want.Link)
		} else if target != want.Link {
			add("is a link to %s, not to %s", target, want.Link)
		}
	}
	behind, err := rootfs.Resolve(tree, rootfs.Name(f.Path))
	if err != nil {
		if want.Mode != nil || want.Owner != nil || want.Shell != nil || hasText(want.Text) {
			add("leads nowhere")
		}
		return out
	}
	stat := rootfs.StatOf(behind.Info)
	if mode := plan.ModeOf(behind.Info.Mode()); want.Mode != nil && mode != *want.Mode {
		add("has the mode %04o, not %04o", mode, *want.Mode)
	}
	if want.Owner != nil && (stat.UID != want.Owner.UID || stat.GID != want.Owner.GID) {
		add("belongs to %d:%d, not to %d:%d", stat.UID, stat.GID, want.Owner.UID, want.Owner.GID)
	}
	if want.Shell != nil && isShell(f.Path, behind.Path) != *want.Shell {
		if *want.Shell {
			add("is no shell")
		} else {
			add("is a shell: %s", behind.Path)
		}
	}
	if hasText(want.Text) {
		data, err := rootfs.ReadFile(tree, rootfs.Name(behind.Path), maxFile)
		if err != nil {
			add("cannot be read: %v", err)
			return out
		}
		out = append(out, Output{Text: string(data), Size: int64(len(data))}.Judge(f.Path, &want.Text)...)
	}
	return out
}

func hasText(t spec.Text) bool { return t.Equals != nil || len(t.Contains) > 0 || t.Matches != "" }

// shells are programs that run what they are told in a language of their own, by the
// name of the file.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "fish", "csh", "tcsh", "busybox", "toybox", "rbash", "yash"}

// isShell goes by the names of the file and of what it leads to.
func isShell(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(shells, path.Base(name)) })
}

// JudgeLists says what is not as it must be with several lists of files, for each of
// them.
func JudgeLists(tree rootfs.FS, lists [][]File) [][]string {
	out := make([][]string, len(lists))
	for i, list := range lists {
		out[i] = JudgeFiles(tree, list)
	}
	return out
}
