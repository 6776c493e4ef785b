package gatewaytest

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/elffile/elftest"
)

// Tree is a file tree by absolute, clean paths. Every parent is in it, but for the
// root.
type Tree map[string]File

// File is a regular file, a directory or a symlink, by its mode.
type File struct {
	Mode     fs.FileMode
	UID, GID uint32
	Data     []byte
	Target   string // of a symlink
	Time     time.Time
}

// past is when the files of source trees were changed.
var past = time.Unix(1600000000, 0)

// ParseTree reads a tree of lines, sorted or not:
//
//	PATH dir MODE [UID:GID]
//	PATH file MODE UID:GID TEXT     a Go string literal
//	PATH link TARGET
//	PATH elf MODE [static] [arm64] [interp=PATH] [soname=NAME] [needs=NAME,…]
//
// Parents that have no line are directories of root with the mode 0755.
func ParseTree(text string) (Tree, error) {
	t := Tree{}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, file, err := parseFile(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
		t.put(name, file)
	}
	return t, nil
}

func parseFile(line string) (string, File, error) {
	words := strings.Fields(line)
	if len(words) < 3 || !path.IsAbs(words[0]) {
		return "", File{}, errors.New("want PATH, a kind and more")
	}
	file := File{Time: past}
	if words[1] == "link" {
		file.Mode, file.Target = fs.ModeSymlink|0o777, words[2]
		return words[0], file, nil
	}
	mode, err := strconv.ParseUint(words[2], 8, 32)
	if err != nil {
		return "", File{}, err
	}
	file.Mode = goMode(uint32(mode))
	switch words[1] {
	case "dir":
		file.Mode |= fs.ModeDir
		if len(words) > 3 {
			err = file.setOwner(words[3])
		}
	case "file":
		if len(words) < 5 {
			return "", File{}, errors.New("want an owner and a text")
		}
		if err := file.setOwner(words[3]); err != nil {
			return "", File{}, err
		}
		_, literal, _ := strings.Cut(line, words[3])
		var text string
		text, err = strconv.Unquote(strings.TrimSpace(literal))
		file.Data = []byte(text)
	case "elf":
		file.Data, err = parseELF(words[3:])
	default:
		err = errors.New("unknown kind")
	}
	return words[0], file, err
}

func (f *File) setOwner(text string) error {
	_, err := fmt.Sscanf(text, "%d:%d", &f.UID, &f.GID)
	return err
}

func parseELF(words []string) ([]byte, error) {
	var f elftest.File
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "static":
			f.Static = true
		case "arm64":
			f.Machine = elf.EM_AARCH64
		case "interp":
			f.Interp = value
		case "soname":
			f.Soname = value
		case "needs":
			f.Needed = strings.Split(value, ",")
		default:
			return nil, fmt.Errorf("unknown word %q", word)
		}
	}
	return f.Bytes(), nil
}

// goMode is a mode as chmod takes it, as Go has it.
func goMode(mode uint32) fs.FileMode {
	out := fs.FileMode(mode & 0o777)
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&bit != 0 {
			out |= flag
		}
	}
	return out
}

// unixMode is the opposite of goMode.
func unixMode(mode fs.FileMode) uint32 {
	out := uint32(mode.Perm())
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&flag != 0 {
			out |= bit
		}
	}
	return out
}

// put adds a file, and the parents that are not there yet.
func (t Tree) put(name string, file File) {
	for up := path.Dir(name); up != "/"; up = path.Dir(up) {
		if _, ok := t[up]; !ok {
			t[up] = File{Mode: fs.ModeDir | 0o755, Time: file.Time}
		}
	}
	t[name] = file
}

// lookup is the file at a path whose parents are no symlinks.
func (t Tree) lookup(name string) (File, bool) {
	if name == "/" {
		return File{Mode: fs.ModeDir | 0o755}, true
	}
	file, ok := t[name]
	return file, ok
}

// paths lists all of the tree, parents first.
func (t Tree) paths() []string { return slices.SortedFunc(maps.Keys(t), comparePaths) }

// below lists the paths under a directory, parents first.
func (t Tree) below(dir string) []string {
	var out []string
	for name := range t {
		if dir == "/" || strings.HasPrefix(name, dir+"/") {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, comparePaths)
	return out
}

// comparePaths orders a directory before what is in it.
func comparePaths(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), cmp.Compare[string])
}

// maxLinks is how many symlinks are followed to a file, as in Linux.
const maxLinks = 40

// resolve follows the symlinks on the way to a path and, if last is true, that
// which it names itself. What is not there has no symlinks.
func (t Tree) resolve(name string, last bool) (string, error) {
	at := "/"
	rest := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		file, ok := t.lookup(next)
		if !ok || file.Mode&fs.ModeSymlink == 0 || len(rest) == 0 && !last {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s: too many levels of symbolic links", name)
		}
		rest = append(strings.Split(strings.Trim(file.Target, "/"), "/"), rest...)
		if path.IsAbs(file.Target) {
			at = "/"
		}
	}
	return at, nil
}

// List describes a tree as ParseTree reads it, sorted, with the digest of what is
// too long for a line. It adds the times that are not epoch.
func (t Tree) List(epoch time.Time) string {
	var b strings.Builder
	for _, name := range t.paths() {
		f := t[name]
		switch {
		case f.Mode&fs.ModeSymlink != 0:
			fmt.Fprintf(&b, "%s link %s", name, f.Target)
			if f.UID != 0 || f.GID != 0 {
				fmt.Fprintf(&b, " %d:%d", f.UID, f.GID)
			}
		case f.Mode.IsDir():
			fmt.Fprintf(&b, "%s dir %04o %d:%d", name, unixMode(f.Mode), f.UID, f.GID)
		default:
			fmt.Fprintf(&b, "%s file %04o %d:%d %s", name, unixMode(f.Mode), f.UID, f.GID, brief(f.Data))
		}
		if !f.Time.Equal(epoch) {
			fmt.Fprintf(&b, " at %d", f.Time.Unix())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func brief(data []byte) string {
	const longest = 60
	switch {
	case strings.HasPrefix(string(data), elf.ELFMAG):
		return fmt.Sprintf("ELF of %d bytes", len(data))
	case len(data) <= longest && utf8.Valid(data):
		return strconv.Quote(string(data))
	}
	return fmt.Sprintf("%d bytes %s", len(data), digest.FromBytes(data).Encoded()[:8])
}
