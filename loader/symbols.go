package loader

import (
	"cmp"
	"debug/elf"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// checkSymbols reports what objects refer to and none defines. What the loader
// binds before the program starts must be there: data, and functions where they
// are bound at once. Of functions that are bound when they are first called it only
// warns, for they may never be, and of what is opened at run time only on request:
// whoever opens it may define what it lacks.
func (s *search) checkSymbols() error {
	if s.stopped {
		return nil // the loader does not come this far
	}
	b := s.binding()
	objects := s.bound()
	unbound := make([]unbound, len(objects))
	for i, err := range s.parallel(len(objects), func(i int) (err error) {
		unbound[i], err = b.check(objects[i])
		return err
	}) {
		if err != nil {
			return err
		}
		s.reportUnbound(objects[i], unbound[i])
	}
	return nil
}

// parallel does something n times, on all processors if the trees allow that. It
// yields the errors in order.
func (s *search) parallel(n int, do func(int) error) []error {
	errs := make([]error, n)
	workers := min(runtime.GOMAXPROCS(0), 8, n/backlog+1)
	if slices.ContainsFunc(s.trees, func(t *tree) bool { return !rootfs.Parallel(t.fs) }) {
		workers = 1
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i)
			}
		})
	}
	wg.Wait()
	return errs
}

// unbound are the symbols that an object refers to and nothing defines: those that
// stop the loader, and those of functions that might never be called.
type unbound struct{ now, lazy []unboundSymbol }

// unboundSymbol is one of them; the version is nil for none.
type unboundSymbol struct {
	name    string
	version *elffile.Version
}

func (s *search) reportUnbound(o *object, u unbound) {
	if len(u.now) > 0 {
		s.report(s.symbolMissing(o, u.now, false))
	}
	if len(u.lazy) > 0 {
		s.report(s.symbolMissing(o, u.lazy, true))
	}
}

// bound are the objects whose references are checked, in the order in which the
// loader binds them: the program last, and with glibc what others need first.
func (s *search) bound() []*object {
	var out []*object
	for _, n := range s.list {
		o := n.obj
		if o == s.main || o == s.interp || !s.opt.CheckSymbols && s.atRunTime(o) || o.incomplete {
			continue
		}
		out = append(out, o)
	}
	if s.libcName == "glibc" {
		slices.Reverse(out)
	}
	if s.library && !s.opt.CheckSymbols {
		return out
	}
	return append(out, s.main)
}

// atRunTime reports whether an object is bound only once the program runs. A library
// by itself is opened by a program that is not known.
func (s *search) atRunTime(o *object) bool { return o.Later || s.library }

// Limits on one check of symbols.
const (
	// maxOpened is how many objects that are opened at run time may serve each
	// other. Each of more serves only itself and those that need it.
	maxOpened  = 1024
	maxAnswers = 1 << 20 // that are remembered
	// portion is how many lookups are counted together, for all objects count them.
	portion = 1 << 12
)

// binding is what one check of symbols knows.
type binding struct {
	search *search
	// scope are the objects that may define symbols at some time, and start those
	// that are there when the program starts.
	scope, start []*object
	lookups      atomic.Int64
	mu           sync.Mutex
	answers      map[question]bool
}

// question is a symbol that all objects of a scope were asked for, by the hash of its
// name.
type question struct {
	hash          uint32
	version       string
	hidden, start bool
	as            usedAs
}

func (s *search) binding() *binding {
	b := &binding{search: s, answers: map[question]bool{}}
	var opened []*object
	for _, n := range s.list {
		if n.obj.Later {
			opened = append(opened, n.obj)
		} else {
			b.start = append(b.start, n.obj)
		}
	}
	b.scope = b.start
	if len(opened) <= maxOpened {
		b.scope = slices.Concat(b.start, opened)
	}
	return b
}

// check looks up what one object refers to.
func (b *binding) check(o *object) (u unbound, err error) {
	s := b.search
	symbols := s.symbols(o)
	refs, err := whatIsThere(symbols.References())
	if err != nil {
		return u, err
	}
	l := binder{binding: b, object: o, needs: slices.Clone(o.needs)}
	for i := range refs {
		ref := &refs[i]
		if ref.Weak {
			continue
		}
		missing, later, err := l.missing(ref)
		if err != nil {
			return u, err
		}
		if !missing || s.mayBeProvided(ref) {
			continue
		}
		name, err := whatIsThere(symbols.NameOf(*ref))
		if err != nil {
			return u, err
		}
		symbol := unboundSymbol{name.String(), ref.Version}
		if later {
			u.lazy = append(u.lazy, symbol)
		} else {
			u.now = append(u.now, symbol)
		}
	}
	return u, l.flush()
}

// binder is what looking up the references of one object remembers.
type binder struct {
	*binding
	object *object
	// needs are what it needs, the one that had a symbol last first.
	needs []*object
	// version is that of the reference before, and provider the library that it is
	// required of.
	version  *elffile.Version
	provider *object
	// spent are lookups that are not counted yet.
	spent int
}

// spend counts lookups.
func (l *binder) spend(n int) error {
	if l.spent += n; l.spent < portion {
		return nil
	}
	return l.flush()
}

func (l *binder) flush() error {
	n, most := int64(l.spent), l.search.limits.lookups
	if l.spent = 0; l.lookups.Add(n) > most {
		return beyond(most, "lookups of symbols")
	}
	return nil
}

// missing reports whether a symbol is not defined in the way in which it is used,
// and whether that shows only when a function is called.
func (l *binder) missing(ref *elffile.Reference) (missing, later bool, err error) {
	now := !l.search.atRunTime(l.object)
	for _, use := range []struct {
		used  bool
		as    usedAs
		start bool // before the program starts
	}{
		{ref.Data, usedAsData, now},
		{ref.Copy, usedAsCopy, now},
		{ref.Call, usedAsCall, now && l.search.bindsNow(l.object)},
	} {
		if !use.used {
			continue
		}
		found, err := l.find(ref, use.as, use.start)
		if !found || err != nil {
			return true, !use.start, err
		}
	}
	return false, false, nil
}

// bindsNow reports whether an object's functions are bound before it runs (glibc
// elf/dl-reloc.c and elf/rtld.c, LD_BIND_NOW; musl knows nothing else).
func (s *search) bindsNow(o *object) bool {
	return s.libcName == "musl" || o.File.BindNow || s.opt.Env["LD_BIND_NOW"] != ""
}

// usedAs is how a reference uses a symbol.
type usedAs int

const (
	usedAsData usedAs = iota
	// A call cannot be bound to the place that stands for the function in the
	// program.
	usedAsCall
	// A copy needs a definition other than the program's.
	usedAsCopy
)

// find looks a reference up: in the library that it names and in what the object
// needs first, which nearly always have it, then in the whole scope. Whose definition
// the loader takes does not matter.
func (l *binder) find(ref *elffile.Reference, as usedAs, start bool) (bool, error) {
	if p := l.providerOf(ref); p != nil {
		if found, err := l.defines(p, ref, as); found || err != nil {
			return found, err
		}
	}
	if found, err := l.anyNeeded(ref, as); found || err != nil {
		return found, err
	}
	o := l.object
	if o.Later {
		if o.closure == nil {
			o.closure = needed(o)
			if err := l.spend(len(o.closure)); err != nil {
				return false, err
			}
		}
		if found, err := l.anyDefines(o.closure, ref, as); found || err != nil {
			return found, err
		}
	}
	return l.inScope(ref, as, start)
}

// anyNeeded asks what the object needs, and first what had the symbol before, for that
// mostly has the next one, too.
func (l *binder) anyNeeded(ref *elffile.Reference, as usedAs) (bool, error) {
	for i, p := range l.needs {
		if found, err := l.defines(p, ref, as); found || err != nil {
			copy(l.needs[1:], l.needs[:i])
			l.needs[0] = p
			return found, cmp.Or(err, l.spend(i+1))
		}
	}
	return false, l.spend(len(l.needs))
}

// providerOf is the library that a reference's version is required of.
func (l *binder) providerOf(ref *elffile.Reference) *object {
	if ref.Version == nil {
		return nil
	}
	if ref.Version != l.version {
		l.version, l.provider = ref.Version, l.search.called[ref.Version.File]
		if p := l.provider; p != nil && (p.node == nil || p.Later && !l.object.Later) {
			l.provider = nil
		}
	}
	return l.provider
}

// needed are an object and all that it needs, directly or not.
func needed(o *object) []*object {
	out, seen := []*object{o}, map[*object]bool{o: true}
	for i := 0; i < len(out); i++ {
		for _, p := range out[i].needs {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

func (l *binder) anyDefines(objects []*object, ref *elffile.Reference, as usedAs) (bool, error) {
	for i, p := range objects {
		if found, err := l.defines(p, ref, as); found || err != nil {
			return found, cmp.Or(err, l.spend(i+1))
		}
	}
	return false, l.spend(len(objects))
}

// inScope asks all objects, once for all that refer to the symbol.
func (l *binder) inScope(ref *elffile.Reference, as usedAs, start bool) (bool, error) {
	q := question{hash: ref.Hash, start: start, as: as}
	if ref.Version != nil {
		q.version, q.hidden = ref.Version.Name, ref.Version.Hidden
	}
	b := l.binding
	b.mu.Lock()
	found, known := b.answers[q]
	b.mu.Unlock()
	if known {
		return found, nil
	}
	scope := b.scope
	if start {
		scope = b.start
	}
	found, err := l.anyDefines(scope, ref, as)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && len(b.answers) < maxAnswers {
		b.answers[q] = found
	}
	return found, err
}

// defines reports whether an object has a definition that the loader takes for a
// reference. One whose tables cannot be read may have it.
func (l *binder) defines(p *object, ref *elffile.Reference, as usedAs) (found bool, err error) {
	s := l.search
	symbols := s.symbols(p)
	switch {
	case as == usedAsCopy && p == s.main:
		return false, nil
	case s.libcName == "glibc" && p != s.main && symbols.Hashed():
		// Such libraries have no symbol without a definition in their hash tables.
		versioned := p.File.HasVersionTable
		found, err = symbols.MayDefine(ref.Hash, func(d elffile.Definition) bool { return !versioned || glibcVersion(ref, d) })
	default:
		found, err = l.surelyDefines(p, ref, as)
	}
	if elffile.IsFormat(err) {
		return true, nil
	}
	return found, err
}

// surelyDefines looks at the definition itself.
func (l *binder) surelyDefines(p *object, ref *elffile.Reference, as usedAs) (bool, error) {
	s := l.search
	name, err := s.symbols(l.object).NameOf(*ref)
	if err != nil {
		return false, err
	}
	if s.libcName == "musl" {
		return s.symbols(p).Find(name, muslBinds(as))
	}
	versioned := p.File.HasVersionTable
	return s.symbols(p).Find(name, func(d elffile.Definition) bool {
		return glibcBinds(d, as) && (!versioned || glibcVersion(ref, d))
	})
}

// glibcBinds is do_lookup_x and the first half of check_match in glibc
// elf/dl-lookup.c.
func glibcBinds(d elffile.Definition, as usedAs) bool {
	switch {
	case d.Value == 0 && d.Section != elf.SHN_ABS && d.Type != elf.STT_TLS:
		return false
	case d.Section == elf.SHN_UNDEF && as == usedAsCall:
		return false
	case d.Vis == elf.STV_HIDDEN, d.Vis == elf.STV_INTERNAL:
		return false
	}
	return (linkable(d.Type) || d.Type == elf.STT_GNU_IFUNC) && global(d.Bind)
}

// glibcVersion is the second half of check_match, for an object with versions.
func glibcVersion(ref *elffile.Reference, d elffile.Definition) bool {
	switch {
	case ref.Version == nil:
		return d.Index < 3 || !d.Hidden
	case d.Version != nil:
		return d.Version.Name == ref.Version.Name
	}
	return !ref.Version.Hidden && !d.Hidden
}

// muslBinds is find_sym2 of musl ldso/dynlink.c: of each object, the first symbol of
// the name that is not hidden decides.
func muslBinds(as usedAs) func(elffile.Definition) bool {
	decided := false
	return func(d elffile.Definition) bool {
		if d.Hidden || decided {
			return false
		}
		decided = true
		switch {
		case d.Section == elf.SHN_UNDEF && (as == usedAsCall || d.Type == elf.STT_TLS):
			return false
		case d.Value == 0 && d.Type != elf.STT_TLS:
			return false
		}
		return linkable(d.Type) && global(d.Bind)
	}
}

// linkable reports whether references can be bound to a kind of symbol.
func linkable(t elf.SymType) bool {
	switch t {
	case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS:
		return true
	}
	return false
}

// global reports whether other objects see a symbol.
func global(b elf.SymBind) bool {
	const unique = 10 // STB_GNU_UNIQUE
	return b == elf.STB_GLOBAL || b == elf.STB_WEAK || b == unique
}

// whatIsThere takes what is wrong with a file for an answer without content.
func whatIsThere[T any](v T, err error) (T, error) {
	if elffile.IsFormat(err) {
		var none T
		return none, nil
	}
	return v, err
}

// symbols are an object's symbols. Those of a plugin are not kept for other searches:
// there may be many, and hardly anyone looks into them.
func (s *search) symbols(o *object) *elffile.Symbols {
	if o.parsed.symbols != nil {
		return o.parsed.symbols
	}
	return o.symbols.keep(func() *elffile.Symbols {
		return o.File.Symbols(&lazyFile{tree: s.trees[o.Tree].fs, path: o.Real}, o.Info.Size())
	})
}

// lazyFile is a file that is opened anew for each read, for there may be many, unless
// it is open just then.
type lazyFile struct {
	tree rootfs.FS
	path string
	mu   sync.RWMutex
	open io.ReaderAt
}

// while does something while the file is open.
func (s *lazyFile) while(do func() error) error {
	f, err := rootfs.OpenAt(s.tree, s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	s.set(f)
	defer s.set(nil)
	return do()
}

func (s *lazyFile) set(open io.ReaderAt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = open
}

func (s *lazyFile) ReadAt(p []byte, off int64) (n int, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.open != nil {
		return s.open.ReadAt(p, off)
	}
	f, err := rootfs.OpenAt(s.tree, s.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.ReadAt(p, off)
}
