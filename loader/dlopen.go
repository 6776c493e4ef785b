package loader

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// openedLater adds what no NEEDED entry names: libraries the caller lists, those
// that notes in the files declare, and the ones that glibc opens by itself. Each
// can bring in more of the second and third kind.
func (s *search) openedLater() error {
	s.later = true
	for _, name := range s.opt.Add {
		if err := s.add(name); err != nil {
			return err
		}
	}
	if err := s.followNotes(); err != nil {
		return err
	}
	if s.libcName == "glibc" {
		for _, open := range []func() error{s.openModules, s.openUnwinder, s.openAuditors} {
			if err := open(); err != nil {
				return err
			}
		}
	}
	for _, p := range s.opt.Plugins {
		if err := s.openPlugin(p); err != nil {
			return err
		}
	}
	return nil
}

// openPlugin is dlopen of a library by its path. One that is no library for the
// program's machine is left alone: nothing says that it will be opened.
func (s *search) openPlugin(p Program) error {
	h, err := s.open(s.trees[p.Tree], p.Path)
	if err != nil || h == nil {
		return err
	}
	if p.To != "" {
		h.to = p.To
	}
	switch why, err := s.foreignTo(h); {
	case err != nil:
		return err
	case why != "":
		s.foreign = append(s.foreign, Foreign{To: path.Clean(h.to), Why: why})
		return nil
	case errors.Is(h.parsed.err, elffile.ErrLimit):
		s.report(s.tooLarge(s.main, p.Path, h))
		return nil
	case h.parsed.err != nil:
		return nil
	}
	h.via = "plugin"
	o, err := s.admit(s.main, p.Path, h)
	if err != nil {
		return err
	}
	return s.opened(o, "plugin")
}

// add is dlopen of a name by the program.
func (s *search) add(name string) error {
	before := len(s.problems)
	o, err := s.load(s.main, name, true)
	if err != nil {
		return err
	}
	for i := before; i < len(s.problems); i++ {
		if err := s.proposeName(&s.problems[i], name); err != nil {
			return err
		}
		s.problems[i].Fixes = append(s.problems[i].Fixes, "remove "+name+" from libraries.add if nothing opens it")
	}
	return s.opened(o, "add")
}

// opened enlists an object that is opened at run time, and its dependencies.
func (s *search) opened(o *object, via string) error {
	if o == nil || o == s.main {
		return nil
	}
	if o.node == nil {
		o.Via = via
		s.enlist(o)
	}
	return s.walk()
}

// followNotes opens what .note.dlopen entries declare. The list grows while it
// is gone through.
func (s *search) followNotes() error {
	for i := 0; i < len(s.list); i++ {
		o := s.list[i].obj
		for _, note := range o.File.Dlopen {
			if note.Priority == "suggested" {
				s.suggested = append(s.suggested, Suggestion{By: o.To, Note: note})
				continue
			}
			if err := s.followNote(o, note); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *search) followNote(o *object, note elffile.DlopenNote) error {
	s.optional = note.Priority != "required"
	defer func() { s.optional = false }()
	for _, name := range note.Sonames {
		if s.optional && s.isExcluded(name) {
			return nil
		}
		lib, err := s.load(o, name, false)
		if err != nil {
			return err
		}
		if lib != nil {
			return s.opened(lib, "dlopen note")
		}
		if s.isProvided(name) {
			return nil
		}
	}
	if len(note.Sonames) > 0 {
		s.report(noteMissing(o, note))
	}
	return nil
}

// unwinder is the library that glibc opens to unwind stacks (glibc
// misc/unwind-link.c, __libc_unwind_link_get).
const unwinder = "libgcc_s.so.1"

// openUnwinder loads libgcc_s.so.1 when something loaded imports a function for
// which glibc opens it.
func (s *search) openUnwinder() error {
	if s.provider(unwinder) != nil || s.isExcluded(unwinder) {
		return nil
	}
	for _, n := range s.list {
		symbol, err := s.imports(n.obj, unwinds)
		if err != nil {
			return err
		}
		if symbol == "" {
			continue
		}
		o, err := s.openByLibc(unwinder, symbol)
		if o == nil && err == nil {
			s.report(unwinderMissing(n.obj, symbol))
		}
		return err
	}
	return nil
}

// unwinds tells for which functions glibc opens the unwinder.
func unwinds(symbol string) bool {
	return symbol == "backtrace" || symbol == "pthread_cancel" || symbol == "pthread_exit"
}

// openByLibc is dlopen by libc itself, with the reason. It is nil when the
// library is not there.
func (s *search) openByLibc(name, reason string) (*object, error) {
	libc := s.provider("libc.so.6")
	if libc == nil {
		libc = s.main
	}
	if s.isExcluded(name) {
		return nil, nil
	}
	o, err := s.load(libc, name, false)
	if o == nil || err != nil {
		return nil, err
	}
	return o, s.opened(o, "opened by libc for "+reason)
}

// opening are the functions for which glibc opens more libraries: to unwind stacks,
// and to look up hosts, users and the like through modules.
var opening = [...]string{
	"backtrace", "pthread_cancel", "pthread_exit",
	"getaddrinfo", "getnameinfo", "gethostent", "getpwent", "getgrent", "getgrouplist",
	"getspent", "getservent", "getprotoent", "getnetent",
	"gethostbyname", "gethostbyname_r", "gethostbyname2", "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r",
	"getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r",
	"getspnam", "getspnam_r", "getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r",
	"getprotobyname", "getprotobyname_r", "getprotobynumber", "getprotobynumber_r",
	"getnetbyname", "getnetbyname_r", "getnetbyaddr", "getnetbyaddr_r",
}

// openingHashes finds them by the hashes of their names.
var openingHashes = func() map[uint32]string {
	out := map[uint32]string{}
	for _, name := range opening {
		out[elffile.NameOf(name).Hash()] = name
	}
	return out
}()

// openingBits has a bit for the beginning of each hash, as nearly all names are none
// of them.
var openingBits = func() (out [64]uint64) {
	for hash := range openingHashes {
		out[hash>>26] |= 1 << (hash >> 20 & 63)
	}
	return out
}()

// imports returns the first of some functions that an object imports. glibc's
// own parts refer to them without needing them.
func (s *search) imports(o *object, wanted func(symbol string) bool) (string, error) {
	if o == s.interp || partOfLibc(o) {
		return "", nil
	}
	names, err := o.parsed.imported.get(func() ([]string, error) { return whatIsThere(openers(s.symbols(o))) })
	if i := slices.IndexFunc(names, wanted); i >= 0 {
		return names[i], nil
	}
	return "", err
}

// openers are the functions that a file imports and for which glibc opens libraries,
// in the order of the list.
func openers(symbols *elffile.Symbols) ([]string, error) {
	refs, err := symbols.References()
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, ref := range refs {
		if openingBits[ref.Hash>>26]&(1<<(ref.Hash>>20&63)) == 0 {
			continue
		}
		name := openingHashes[ref.Hash]
		if name == "" || found[name] {
			continue
		}
		if v := ref.Version; v != nil && strings.HasPrefix(v.Name, "GLIBC_") {
			found[name] = true // no other of glibc's has the hash
			continue
		}
		own, err := symbols.NameOf(ref)
		if err != nil {
			return nil, err
		}
		found[name] = own.String() == name
	}
	var out []string
	for _, name := range opening {
		if found[name] {
			out = append(out, name)
		}
	}
	return out, nil
}

func partOfLibc(o *object) bool {
	for _, prefix := range []string{"libc.so.", "libpthread.so.", "libresolv.so.", "libnss_files.so.", "libnss_dns.so.", "libnss_compat.so."} {
		if strings.HasPrefix(o.File.Soname, prefix) {
			return true
		}
	}
	return false
}
