package packages

import (
	"regexp"
	"strings"
)

// spdxNames are SPDX identifiers by the names that distributions use, in lower
// case: the short names of Debian's copyright format 1.0 and those that are
// common in its archive. Names that mean different texts in different packages
// (BSD, BSL, public-domain) are left out.
var spdxNames = map[string]string{
	"expat": "MIT", "mit/x11": "MIT", "mit/expat": "MIT", "expat/mit": "MIT",
	"bsd-2": "BSD-2-Clause", "2-clause-bsd": "BSD-2-Clause", "bsd2": "BSD-2-Clause",
	"bsd-3": "BSD-3-Clause", "3-clause-bsd": "BSD-3-Clause", "bsd3": "BSD-3-Clause", "3c-bsd": "BSD-3-Clause",
	"bsd-4":    "BSD-4-Clause",
	"apache-2": "Apache-2.0", "apache2": "Apache-2.0", "apache2.0": "Apache-2.0", "asl-2.0": "Apache-2.0",
	"artistic": "Artistic-1.0-Perl", "artistic-2": "Artistic-2.0",
	"cc0": "CC0-1.0", "mpl-2": "MPL-2.0", "sil-1.1": "OFL-1.1", "zlib/libpng": "Zlib",
	"psf-2": "PSF-2.0", "psfl": "PSF-2.0", "wtfpl-2": "WTFPL", "bzip2": "bzip2-1.0.6", "edl-1": "BSD-3-Clause",
	"gpl": "GPL-1.0-or-later", "lgpl": "LGPL-2.0-or-later",
}

// spdxIDs are the SPDX identifiers that distributions declare as they are.
const spdxIDs = `0BSD AFL-2.0 AFL-2.1 AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.0 Apache-1.1 Apache-2.0
APSL-2.0 Artistic-1.0 Artistic-1.0-Perl Artistic-2.0 Beerware BSD-1-Clause BSD-2-Clause BSD-2-Clause-Views
BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear BSD-3-Clause-LBNL BSD-4-Clause BSD-4-Clause-UC BSD-Source-Code
BSL-1.0 bzip2-1.0.6 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-2.5 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CDDL-1.1
CPL-1.0 curl EPL-1.0 EPL-2.0 EUPL-1.2 FSFAP FSFUL FSFULLR FTL GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2-only
GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-or-later GPL-1.0-only GPL-1.0-or-later GPL-2.0-only GPL-2.0-or-later
GPL-3.0-only GPL-3.0-or-later HPND HPND-sell-variant ICU IJG ImageMagick ISC LGPL-2.0-only LGPL-2.0-or-later
LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later Libpng libpng-2.0 libtiff LPPL-1.3c MIT MIT-0 MIT-CMU
MPL-1.0 MPL-1.1 MPL-2.0 MS-PL NCSA NTP OFL-1.0 OFL-1.1 OLDAP-2.8 OpenSSL OpenSSL-standalone PHP-3.01 PostgreSQL
PSF-2.0 Python-2.0 QPL-1.0 Ruby SGI-B-2.0 Sleepycat SMLNJ TCL Unicode-3.0 Unicode-DFS-2016 Unicode-TOU Unlicense
UPL-1.0 Vim W3C WTFPL X11 Xnet Zlib ZPL-2.1`

// spdxExceptions are SPDX exceptions by a word of what follows "with".
var spdxExceptions = map[string]string{
	"bison": "Bison-exception-2.2", "classpath": "Classpath-exception-2.0", "libtool": "Libtool-exception",
	"linux-syscall-note": "Linux-syscall-note", "font": "Font-exception-2.0", "gcc-exception-3.1": "GCC-exception-3.1",
	"bison-exception-2.2": "Bison-exception-2.2", "classpath-exception-2.0": "Classpath-exception-2.0",
	"gcc-exception-2.0": "GCC-exception-2.0", "libtool-exception": "Libtool-exception",
	"llvm-exception":         "LLVM-exception",
	"autoconf-exception-3.0": "Autoconf-exception-3.0", "autoconf-exception-2.0": "Autoconf-exception-2.0",
}

// licenses maps names to SPDX.
type licenses struct{ ids map[string]string }

func newLicenses() licenses {
	l := licenses{ids: map[string]string{}}
	for id := range strings.FieldsSeq(spdxIDs) {
		l.ids[strings.ToLower(id)] = id
	}
	return l
}

// gnu matches the GNU licences in the ways that people write them: GPL-2+,
// GPLv3, LGPL-2.1-or-later, GFDL-NIV-1.3+.
var gnu = regexp.MustCompile(`(?i)^(A?GPL|LGPL|GFDL)(-NIV)?-?v?([123])(?:\.([0-9]))?(\.0)?(\+|-or-later|-only)?$`)

// id returns the SPDX identifier that a licence's name means.
func (l licenses) id(name string) (string, bool) {
	lower := strings.ToLower(name)
	if id, ok := l.ids[lower]; ok {
		return id, true
	}
	if id, ok := spdxNames[lower]; ok {
		return id, true
	}
	m := gnu.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	minor, suffix := m[4], "-only"
	if minor == "" {
		minor = "0"
	}
	if m[6] == "+" || strings.EqualFold(m[6], "-or-later") {
		suffix = "-or-later"
	}
	id := strings.ToUpper(m[1]) + "-" + m[3] + "." + minor
	if m[2] != "" {
		return id + "-no-invariants" + suffix, strings.HasPrefix(id, "GFDL")
	}
	known, ok := l.ids[strings.ToLower(id+suffix)]
	return known, ok
}

// expression turns a declared licence into an SPDX expression. What has a part
// without an SPDX name stays as it is, since half a translation says less.
func (l licenses) expression(declared string) string {
	declared = strings.Join(strings.Fields(declared), " ")
	if spdx, ok := l.groups(declared); ok {
		return spdx
	}
	return declared
}

// groups undoes the commas: in "A or B, and C" the comma binds weaker than the
// words (Debian copyright format 1.0, License syntax).
func (l licenses) groups(s string) (string, bool) {
	parts := strings.Split(s, ",")
	out, op := "", ""
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if i > 0 {
			word, rest, _ := strings.Cut(part, " ")
			word = strings.ToUpper(word)
			if word != "AND" && word != "OR" || op != "" && op != word {
				return "", false
			}
			op, part = word, rest
		}
		spdx, ok := l.operands(part)
		if !ok {
			return "", false
		}
		if len(parts) > 1 && strings.ContainsAny(spdx, " ") {
			spdx = "(" + spdx + ")"
		}
		if i > 0 {
			out += " " + op + " "
		}
		out += spdx
	}
	return out, true
}

// operands translates names joined by "and", "or" and "with". Parentheses stay:
// apk and newer rpm packages declare SPDX expressions.
func (l licenses) operands(s string) (string, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "(", " ( "), ")", " ) ")
	var out []string
	words := strings.Fields(s)
	depth, name := 0, true // name: a licence comes next
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch upper := strings.ToUpper(word); {
		case word == "(" && name:
			depth++
		case word == ")" && !name && depth > 0:
			depth--
		case !name && (upper == "AND" || upper == "OR"):
			word, name = upper, true
		case !name && upper == "WITH":
			id, used := exception(words[i+1:])
			if id == "" {
				return "", false
			}
			i += used
			word = "WITH " + id
		case name:
			id, ok := l.id(word)
			if !ok {
				return "", false
			}
			word, name = id, false
		default:
			return "", false
		}
		out = append(out, word)
	}
	if depth != 0 || name {
		return "", false
	}
	s = strings.Join(out, " ")
	return strings.ReplaceAll(strings.ReplaceAll(s, "( ", "("), " )", ")"), true
}

// exception names the exception that words begin with, and how many they are.
func exception(words []string) (string, int) {
	if len(words) == 0 {
		return "", 0
	}
	id := spdxExceptions[strings.ToLower(words[0])]
	if len(words) > 1 && strings.EqualFold(words[1], "exception") {
		return id, 2
	}
	return id, 1
}
