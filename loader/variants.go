package loader

import (
	"path"
	"strings"
)

// variants lists the glibc-hwcaps files beside each library (glibc
// elf/dl-hwcaps.c). They are extras: the program runs without them.
func (s *search) variants() error {
	if s.libcName != "glibc" {
		return nil
	}
	for _, o := range s.loaded {
		if o == s.main || o == s.interp || strings.Contains(o.Name, "/") {
			continue
		}
		t, dir := s.trees[o.Tree], path.Join(path.Dir(o.Path), "glibc-hwcaps")
		if !exists(t.fs, dir) {
			continue
		}
		levels, err := s.names(t, dir)
		if err != nil {
			return err
		}
		for _, level := range levels {
			h, err := s.open(t, path.Join(dir, level, path.Base(o.Found)))
			if err != nil {
				return err
			}
			if h != nil && h.parsed.err == nil && compatible(h.parsed.file, o.File) {
				o.Variants = append(o.Variants, h.path)
			}
		}
	}
	return nil
}
