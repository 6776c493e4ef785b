package loader

import "github.com/sinter-build/sinter/elffile"

// definition is a symbol as the scope of all objects offers it.
type definition struct {
	versions map[string]bool
	plain    bool // defined without versions, or by a default one
}

// checkSymbols reports what is imported and defined nowhere in the breadth-first
// scope. With glibc, functions that are called and nothing else may be missing
// until then, unless the object asks for early binding; musl binds all at start.
func (s *search) checkSymbols() error {
	tables := make([][]elffile.Symbol, len(s.list))
	scope := map[string]*definition{}
	objects := make([]*object, 0, len(s.list)+1)
	for _, n := range s.list {
		objects = append(objects, n.obj)
	}
	if s.interp.node == nil {
		objects = append(objects, s.interp)
	}
	for i, o := range objects {
		symbols, err := s.symbols(o)
		if err != nil {
			return err
		}
		if i < len(tables) {
			tables[i] = symbols
		}
		for _, sym := range symbols {
			define(scope, sym)
		}
	}
	for i, n := range s.list {
		s.unresolved(n.obj, tables[i], scope)
	}
	return nil
}

func define(scope map[string]*definition, sym elffile.Symbol) {
	if !sym.Defined || sym.Local {
		return
	}
	d := scope[sym.Name]
	if d == nil {
		d = &definition{versions: map[string]bool{}}
		scope[sym.Name] = d
	}
	d.versions[sym.Version] = true
	d.plain = d.plain || sym.Version == "" || !sym.Hidden
}

func (s *search) unresolved(o *object, symbols []elffile.Symbol, scope map[string]*definition) {
	for _, sym := range symbols {
		if sym.Defined || sym.Weak || sym.Local {
			continue
		}
		d := scope[sym.Name]
		if d != nil && (s.libcName == "musl" || d.satisfies(sym)) {
			continue
		}
		if s.mayBeProvided(o, sym) {
			continue
		}
		lazy := s.libcName == "glibc" && !sym.Eager && !o.File.BindNow && !s.main.File.BindNow
		s.report(s.symbolMissing(o, sym, lazy))
	}
}

// satisfies follows glibc elf/dl-lookup.c, check_match: a definition without
// version serves every reference.
func (d *definition) satisfies(sym elffile.Symbol) bool {
	if sym.Version == "" {
		return true
	}
	return d.versions[sym.Version] || d.versions[""]
}
