package runtimes

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/plan"
)

// opensLibraries are what source in Python and Ruby calls to open a shared library itself.
var opensLibraries = [][]byte{
	[]byte("CDLL("), []byte("dlopen("), []byte("LoadLibrary("), []byte("find_library("), []byte("ffi_lib "), []byte("ffi_lib("),
}

// maxForeign bounds how many libraries one file can name.
const maxForeign = 64

// minStem is how long the beginning of a library's name must be to tell which one is meant.
const minStem = 4

// foreignNames are the names of shared libraries that stand in source that opens some:
// "libpango-1.0.so.0", what it has find_library look for, "pango-1.0", or "MagickWand*"
// where something is added to it, and what Ruby's ffi_lib does, "libpango-1.0".
func foreignNames(text []byte) (sonames, stems, ffi []string) {
	if !slices.ContainsFunc(opensLibraries, func(call []byte) bool { return bytes.Contains(text, call) }) {
		return nil, nil, nil
	}
	for line := range bytes.Lines(text) {
		if len(sonames)+len(stems) > maxForeign || bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			continue
		}
		for _, word := range quoted(string(line)) {
			if len(sonames)+len(stems) > maxForeign {
				break
			}
			base := path.Base(word)
			switch {
			case len(word) > 128:
			case bytes.Contains(line, []byte("ffi_lib")):
				base, _, _ = strings.Cut(base, ".") // the ending is the platform's
				ffi = append(ffi, "lib"+strings.TrimPrefix(base, "lib"))
			case strings.ContainsAny(base, " \t%{}$*#"):
			case strings.HasPrefix(base, "lib") && strings.Contains(base, ".so"):
				sonames = append(sonames, base)
			case bytes.Contains(line, []byte("find_library(")) && word == base && word != "":
				if added := regexp.MustCompile(`["']` + regexp.QuoteMeta(word) + `["']\s*\+`); len(word) >= minStem && added.Match(line) {
					word += "*" // with a version that is found out
				}
				stems = append(stems, word)
			}
		}
	}
	return sonames, stems, ffi
}

// foreignLibraries finds the libraries of a tree that source opens by their names, and
// whether it looks some up as ldconfig(8) lists them.
func foreignLibraries(r *reader, text []byte, by string) (out []Need, listed bool) {
	sonames, stems, ffi := foreignNames(text)
	need := func(at string) {
		out = append(out, Need{Path: at, Evidence: plan.Evidence{Kind: plan.EvidenceImport, In: by, Name: path.Base(at)}})
	}
	for _, name := range sonames {
		if at := libraryFile(r, func(base string) bool { return base == name }); at != "" {
			need(at)
		}
	}
	for _, name := range ffi {
		at := libraryFile(r, func(base string) bool { return base == name+".so" })
		if at == "" {
			at = libraryFile(r, func(base string) bool { return strings.HasPrefix(base, name+".so.") })
		}
		if at != "" {
			need(at)
		}
	}
	for _, stem := range stems {
		if slices.Contains(libcNames, stem) {
			continue
		}
		stem, begun := strings.CutSuffix(stem, "*")
		at := libraryFile(r, func(base string) bool {
			rest, ok := strings.CutPrefix(base, "lib"+stem)
			added, version, found := strings.Cut(rest, ".so.")
			return ok && found && strings.Trim(version, "0123456789") == "" && (added == "" || begun && strings.IndexByte("-.", added[0]) >= 0)
		})
		if at != "" {
			need(at)
			listed = true
		}
	}
	return out, listed
}

// libcNames are parts of the C library, which ships anyway and is found without its name.
var libcNames = []string{"c", "m", "dl", "rt", "pthread", "util", "crypt", "libc"}

// libraryFile is the first library in the directories of a tree's loader whose name is one
// that is looked for; "" for none.
func libraryFile(r *reader, is func(base string) bool) string {
	for _, dir := range glob(r, "/", "usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib64", "usr/lib", "lib") {
		for _, base := range r.list(dir) {
			if is(base) {
				return path.Join(dir, base)
			}
		}
	}
	return ""
}

// ldconfig lists the libraries of an image for those who look one up by a part of its name.
var ldconfig = []string{"/sbin/ldconfig", "/usr/sbin/ldconfig"}
