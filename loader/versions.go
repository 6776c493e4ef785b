package loader

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// check looks at all loaded objects together.
func (s *search) check() error {
	if s.libcName == "glibc" {
		for _, n := range s.list {
			s.later = n.obj.Later
			s.checkVersions(n.obj)
		}
		s.later = false
		s.checkPair()
	}
	return s.checkSymbols()
}

// checkVersions is glibc elf/dl-version.c, _dl_check_map_versions.
func (s *search) checkVersions(o *object) {
	for _, need := range o.File.VersionNeeds {
		p := s.called[need.File]
		if p == nil {
			if !slices.Contains(o.File.Needed, need.File) { // or it was reported as missing
				s.report(s.versionStray(o, need))
			}
			continue
		}
		if !p.File.HasVersions() {
			s.report(s.noVersions(o, p))
			continue
		}
		for _, v := range need.Versions {
			if !v.Weak && !matches(p.File, v) {
				s.report(s.versionMissing(o, p, v.Name))
			}
		}
		if o.File.Relr && strings.HasPrefix(need.File, "libc.so.") && !requires(need, "GLIBC_ABI_DT_RELR") {
			s.report(s.relrUnmarked(o))
		}
	}
}

// provider finds the loaded object that a name or SONAME is.
func (s *search) provider(name string) *object { return s.named[name] }

// matches is match_symbol, which compares hashes before names.
func matches(f *elffile.File, v elffile.NeededVersion) bool {
	return slices.ContainsFunc(f.VersionDefs, func(d elffile.VersionDef) bool { return d.Hash == v.Hash && d.Name == v.Name })
}

func defines(f *elffile.File, version string) bool {
	return slices.ContainsFunc(f.VersionDefs, func(d elffile.VersionDef) bool { return d.Name == version })
}

func requires(n elffile.VersionNeed, version string) bool {
	return slices.ContainsFunc(n.Versions, func(v elffile.NeededVersion) bool { return v.Name == version })
}

// highest returns the highest version of a family that a file defines:
// "GLIBC_2.36" for "GLIBC_". It is empty when there is none.
func highest(f *elffile.File, family string) string {
	best := ""
	for _, d := range f.VersionDefs {
		rest, ok := strings.CutPrefix(d.Name, family)
		if ok && rest != "" && isDigit(rest[0]) && (best == "" || newer(rest, strings.TrimPrefix(best, family))) {
			best = d.Name
		}
	}
	return best
}

// newer compares dotted numbers.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m > n
		}
	}
	return len(x) > len(y)
}

// checkPair warns when the loader and libc.so.6 come from different trees: they
// are two halves of one program and must be of one build.
func (s *search) checkPair() {
	if s.interp == nil {
		return
	}
	for _, o := range s.loaded {
		if o.File.Soname == "libc.so.6" && o.Tree != s.interp.Tree {
			s.report(s.mixedLibc(o))
		}
	}
}
