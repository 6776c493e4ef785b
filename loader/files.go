package loader

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/start"
)

// hit is a file that a search ended at.
type hit struct {
	t        *tree
	path     string // as found in the tree
	to       string // the same in the image
	via      string
	resolved rootfs.Resolved
	parsed   *parsed
	// fatal is the loader's own text when the file makes it give up.
	fatal string
	// mapping tells that it gives up only when mapping the file, and then names
	// the file as it was asked for. With crash it does not notice what is wrong and
	// comes to harm.
	mapping, crash bool
}

// openFault is how the process is told that a path leads to no file that it can get
// to. What keeps the tree from being read stays an error.
func openFault(err error) (syscall.Errno, error) {
	var dir *start.Unsearchable
	var fault syscall.Errno
	switch {
	case !rootfs.IsAbsent(err) && !errors.As(err, &dir):
		return 0, err
	case errors.As(err, &fault):
		return fault, nil
	}
	return syscall.ENOENT, nil
}

// maxFile is the size of the largest configuration file that is read.
const maxFile = 4 << 20

// readFile reads a file whole, as the process would. Where it could not, the data is
// nil, and fault is why the file cannot be opened.
func (s *search) readFile(t *tree, name string, limit int64) (data []byte, fault syscall.Errno, err error) {
	res, err := t.view.Resolve(name)
	if err != nil {
		fault, err = openFault(err)
		return nil, fault, err
	}
	if t.Whole && !s.readable(res.Info) {
		return nil, syscall.EACCES, nil
	}
	if !res.Info.Mode().IsRegular() {
		return nil, 0, nil
	}
	data, err = rootfs.ReadFile(t.fs, res.Path, limit)
	if errors.Is(err, rootfs.ErrTooLarge) {
		err = &limitError{fmt.Sprintf("%s in %s has more than %d bytes", name, t.Name, limit)}
	}
	return data, 0, err
}

// open looks at one candidate. It returns nil when there is nothing to open.
func (s *search) open(t *tree, p string) (*hit, error) {
	h, _, err := s.look(t, p)
	return h, err
}

// look is open that also tells why there is nothing to open.
func (s *search) look(t *tree, p string) (h *hit, fault syscall.Errno, err error) {
	if s.opens++; s.opens > s.limits.opens {
		return nil, 0, beyond(int64(s.limits.opens), "places to look for libraries in")
	}
	if !strings.HasPrefix(p, "/") {
		p = inDir(s.opt.WorkDir, p)
	}
	res, err := t.view.Resolve(p)
	if err != nil {
		fault, err = openFault(err)
		return nil, fault, err
	}
	parsed, err := s.parse(t, res)
	if err != nil {
		return nil, 0, err
	}
	return &hit{t: t, path: p, to: p, resolved: res, parsed: parsed}, 0, nil
}

// readable reports whether the image's user may read a file.
func (s *search) readable(info fs.FileInfo) bool { return s.user.May(info, start.Read) }

// tidy returns the path of a hit without "..", if that is still the same way.
func (s *search) tidy(h *hit) string {
	clean := path.Clean(h.path)
	if clean == h.path || !strings.Contains(h.path, "..") {
		return clean
	}
	if res, err := rootfs.Resolve(h.t.fs, clean); err == nil && res.Path == h.resolved.Path {
		return clean
	}
	// ".." after a linked directory leads elsewhere than the text suggests.
	dir, err := rootfs.Resolve(h.t.fs, path.Dir(h.path+"/."))
	if err == nil {
		return path.Join(dir.Path, path.Base(h.path))
	}
	return h.resolved.Path
}
