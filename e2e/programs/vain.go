package programs

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/packages"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Vain is what a program looked for and did not find in its image, or could not do.
type Vain struct {
	// Missing are files that the image does not have and a source has.
	Missing []Missing
	// Refused are other calls that failed, for one of rights or because a directory
	// was not there to write to: "mkdir /run/app: No such file or directory".
	Refused []string
}

// Missing is a file of a source.
type Missing struct {
	Path    string
	Package string // empty if none owns it
	Kind    string // what it is, in a word or two
}

// failed matches a failed call in strace's output: its name, the directory that its path
// is relative to, the path, what follows, and the error.
var failed = regexp.MustCompile(`^(\w+)\((?:(AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"(.*)\) = -1 (E\w+) \(([^)]*)\)`)

// lookedForInVain reads what strace wrote to the files in dir.
func lookedForInVain(dir string, trees map[string]string, b *box) (Vain, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return Vain{}, err
	}
	s := search{box: b, missing: map[string]bool{}, refused: map[string]bool{}}
	for name, at := range trees {
		if name != plan.TreeContext {
			s.trees = append(s.trees, rootfs.Dir(at))
		}
	}
	for _, f := range files {
		if err := s.read(filepath.Join(dir, f.Name())); err != nil {
			return Vain{}, err
		}
	}
	out := Vain{Refused: slices.Sorted(maps.Keys(s.refused))}
	for _, tree := range s.trees {
		more, err := s.owned(tree)
		if err != nil {
			return Vain{}, err
		}
		out.Missing = append(out.Missing, more...)
	}
	slices.SortFunc(out.Missing, func(a, b Missing) int {
		return cmp.Or(strings.Compare(a.Package, b.Package), strings.Compare(a.Path, b.Path))
	})
	return out, nil
}

type search struct {
	box     *box
	trees   []rootfs.FS
	missing map[string]bool
	refused map[string]bool
}

func (s *search) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.line(lines.Text())
	}
	return lines.Err()
}

func (s *search) line(line string) {
	m := failed.FindStringSubmatch(line)
	if m == nil || strings.Contains(line, "runc") || strings.HasPrefix(m[1], "mount") {
		return
	}
	name := m[4]
	if !strings.HasPrefix(name, "/") {
		if m[3] == "" && m[2] != "" && m[2] != "AT_FDCWD" {
			return
		}
		name = path.Join(cmp.Or(strings.TrimPrefix(m[3], s.box.Root), s.box.Config.WorkingDir, "/"), name)
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/scratch", s.box.Dir} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return
		}
	}
	if name == "/etc/ld.so.cache" || strings.Contains(name, "/__pycache__") {
		return // caches, which are made where they are wanted
	}
	makes := strings.Contains(m[5], "O_CREAT") || slices.Contains([]string{"mkdir", "mkdirat", "chown", "fchownat", "symlink", "rename", "link"}, m[1])
	switch m[6] {
	case "ENOENT", "ENOTDIR":
		if makes {
			s.refused[fmt.Sprintf("%s %s: %s", m[1], name, m[7])] = true
			return
		}
		s.missing[name] = true
	case "EACCES", "EPERM", "EROFS":
		s.refused[fmt.Sprintf("%s %s: %s", m[1], name, m[7])] = true
	}
}

// owned are the missing files that a tree has, with their packages.
func (s *search) owned(tree rootfs.FS) ([]Missing, error) {
	db, err := packages.Open(tree)
	if err != nil {
		return nil, err
	}
	found := map[string]string{} // by the path that was looked for
	kinds := map[string]string{}
	var physical []string
	for name := range s.missing {
		if _, err := os.Lstat(filepath.Join(s.box.Root, name)); err == nil {
			continue // it came later
		}
		at, err := rootfs.Resolve(tree, name)
		if err != nil {
			continue
		}
		found[name] = at.Path
		kinds[name] = kindOf(at.Path, at.Info.IsDir(), at.Info.Mode().Perm()&0o111 != 0)
		physical = append(physical, at.Path)
	}
	owners, err := db.Owners(physical)
	if err != nil {
		return nil, err
	}
	var out []Missing
	for name, at := range found {
		m := Missing{Path: name, Kind: kinds[name]}
		if p := owners[at]; p != nil {
			m.Package = p.Name
		}
		out = append(out, m)
	}
	return out, nil
}

// kindOf guesses what kind of need a file is.
func kindOf(name string, dir, executable bool) string {
	switch {
	case dir && (strings.HasPrefix(name, "/var/") || strings.HasPrefix(name, "/run/")):
		return "directory to write to"
	case dir:
		return "directory"
	case strings.Contains(path.Base(name), ".so"):
		return "module"
	case strings.HasPrefix(name, "/etc/"):
		return "configuration"
	case strings.Contains(name, "/locale/"):
		return "locale"
	case strings.Contains(name, "/fonts/"):
		return "font"
	case executable:
		return "program"
	}
	return "data"
}
