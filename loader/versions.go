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
	var needed map[string]bool // for the first version of a library that is not there
	stray, missing := 0, 0
	for _, need := range o.File.VersionNeeds {
		p := s.called[need.File]
		if p == nil {
			if needed == nil {
				needed = setOf(o.File.Needed)
			}
			if !needed[need.File] { // or it was reported as missing
				if stray++; stray <= maxVersionProblems {
					s.report(s.versionStray(o, need))
				}
			}
			continue
		}
		if !p.File.HasVersions() {
			s.report(s.noVersions(o, p))
			continue
		}
		for _, v := range need.Versions {
			if v.Weak || p.definesVersion(v) {
				continue
			}
			if missing++; missing <= maxVersionProblems {
				s.report(s.versionMissing(o, p, v.Name))
			}
		}
		if o.File.Relr && strings.HasPrefix(need.File, "libc.so.") && !requires(need, "GLIBC_ABI_DT_RELR") {
			s.report(s.relrUnmarked(o))
		}
	}
}

func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, s := range list {
		set[s] = true
	}
	return set
}

// provider finds the loaded object that a name or SONAME is.
func (s *search) provider(name string) *object { return s.named[name] }

// versionKey is what the loader knows a version by.
type versionKey struct {
	hash uint32
	name string
}

// fewVersions are faster to go through than to index. libstdc++ has the most of common
// libraries, about 50.
const fewVersions = 64

// definesVersion is match_symbol, which compares hashes before names.
func (o *object) definesVersion(v elffile.NeededVersion) bool {
	if len(o.File.VersionDefs) <= fewVersions {
		return slices.ContainsFunc(o.File.VersionDefs, func(d elffile.VersionDef) bool { return d.Hash == v.Hash && d.Name == v.Name })
	}
	if o.versions == nil {
		o.versions = make(map[versionKey]bool, len(o.File.VersionDefs))
		for _, d := range o.File.VersionDefs {
			o.versions[versionKey{d.Hash, d.Name}] = true
		}
	}
	return o.versions[versionKey{v.Hash, v.Name}]
}

func defines(f *elffile.File, version string) bool {
	return slices.ContainsFunc(f.VersionDefs, func(d elffile.VersionDef) bool { return d.Name == version })
}

func requires(n elffile.VersionNeed, version string) bool {
	return slices.ContainsFunc(n.Versions, func(v elffile.NeededVersion) bool { return v.Name == version })
}

// highest returns the highest version of a family that an object defines:
// "GLIBC_2.36" for "GLIBC_". It is empty when there is none.
func (o *object) highest(family string) string {
	if best, ok := o.best[family]; ok {
		return best
	}
	best := ""
	for _, d := range o.File.VersionDefs {
		rest, ok := strings.CutPrefix(d.Name, family)
		if ok && rest != "" && isDigit(rest[0]) && (best == "" || newer(rest, strings.TrimPrefix(best, family))) {
			best = d.Name
		}
	}
	if o.best == nil {
		o.best = map[string]string{}
	}
	o.best[family] = best
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
