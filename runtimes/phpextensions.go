package runtimes

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// A phpExtension is one that distributions have in a package of its own, by the functions and classes of it
// that scripts name. The package is Debian's.
type phpExtension struct {
	name, pkg          string
	functions, classes *regexp.Regexp
}

// wholeName describes names from their beginning to their end.
func wholeName(names string) *regexp.Regexp { return regexp.MustCompile("^(?:" + names + ")$") }

// phpExtensions is by the reference of PHP's functions, https://www.php.net/manual/en/extensions.alphabetical.php.
var phpExtensions = []phpExtension{
	{name: "apcu", pkg: "php-apcu", functions: wholeName(`apcu_\w+`)},
	{name: "bcmath", pkg: "php-bcmath", functions: wholeName(`bc(?:add|comp|div|mod|mul|pow|powmod|scale|sqrt|sub)`)},
	{name: "curl", pkg: "php-curl", functions: wholeName(`curl_\w+`)},
	{name: "dom", pkg: "php-xml", functions: wholeName(`dom_import_simplexml`), classes: wholeName(`DOMDocument|DOMXPath`)},
	{name: "gd", pkg: "php-gd", functions: wholeName(`image(?:create\w*|gif|jpeg|png|ttftext|webp)`)},
	{name: "gmp", pkg: "php-gmp", functions: wholeName(`gmp_\w+`)},
	{name: "imagick", pkg: "php-imagick", classes: wholeName(`Imagick|ImagickDraw`)},
	{name: "imap", pkg: "php-imap", functions: wholeName(`imap_\w+`)},
	{name: "intl", pkg: "php-intl", functions: wholeName(`(?:collator|datefmt|grapheme|idn|msgfmt|normalizer|numfmt|transliterator)_\w+`), classes: wholeName(`Collator|IntlDateFormatter|MessageFormatter|NumberFormatter`)},
	{name: "ldap", pkg: "php-ldap", functions: wholeName(`ldap_\w+`)},
	{name: "mbstring", pkg: "php-mbstring", functions: wholeName(`mb_\w+`)},
	{name: "mysqli", pkg: "php-mysql", functions: wholeName(`mysqli_\w+`), classes: wholeName(`mysqli`)},
	{name: "pgsql", pkg: "php-pgsql", functions: wholeName(`pg_p?connect`)},
	{name: "redis", pkg: "php-redis", classes: wholeName(`Redis`)},
	{name: "simplexml", pkg: "php-xml", functions: wholeName(`simplexml_\w+`), classes: wholeName(`SimpleXMLElement`)},
	{name: "soap", pkg: "php-soap", classes: wholeName(`SoapClient|SoapServer`)},
	{name: "sqlite3", pkg: "php-sqlite3", classes: wholeName(`SQLite3`)},
	{name: "xmlreader", pkg: "php-xml", classes: wholeName(`XMLReader`)},
	{name: "xmlwriter", pkg: "php-xml", functions: wholeName(`xmlwriter_\w+`), classes: wholeName(`XMLWriter`)},
	{name: "xsl", pkg: "php-xml", classes: wholeName(`XSLTProcessor`)},
	{name: "zip", pkg: "php-zip", classes: wholeName(`ZipArchive`)},
}

var (
	// phpCalls is the call of a function by its name, and phpMakes the making of an object of a class.
	phpCalls = regexp.MustCompile(`(?:^|[^\w$>:\\])\\?([a-z]\w*)\s*\(`)
	phpMakes = regexp.MustCompile(`\bnew\s+(\\?)([A-Za-z]\w*)\b`)
	// phpDrivers are databases that PDO is to open.
	phpDrivers = regexp.MustCompile(`\bnew\s+\\?PDO\(\s*["'](mysql|pgsql|sqlite|odbc):`)
	// phpDefinition is where a script has a function or a class itself.
	phpDefinition = regexp.MustCompile(`\b(?:function\s+&?|class\s+)\s*(\w+)`)
	// phpAsks is how scripts find out what there is, and do without.
	phpAsks = regexp.MustCompile(`(?i)\b(?:function_exists|class_exists|extension_loaded|is_callable)\s*\(`)
)

// missingExtensions tells of the functions and classes that a script of the user's calls where the
// extension that has them is not there, each extension once.
func (p *phpRuntime) missingExtensions(f AppFile, text []byte) {
	polyfill := func(f AppFile) bool { return strings.Contains(f.To, "polyfill") }
	if !f.Own || phpAsks.Match(text) || slices.ContainsFunc(p.App, polyfill) {
		return
	}
	for _, m := range phpDrivers.FindAllSubmatchIndex(text, -1) {
		driver := string(text[m[2]:m[3]])
		pkg := map[string]string{"mysql": "php-mysql", "pgsql": "php-pgsql", "sqlite": "php-sqlite3", "odbc": "php-odbc"}[driver]
		p.missExtension(f, phpExtension{name: "pdo_" + driver, pkg: pkg}, lineAt(text, m[0]), "pdo_"+driver, "PHP Fatal error:  Uncaught PDOException: could not find driver")
	}
	source := phpCode(text)
	known := phpDefined(source)
	for _, m := range phpCalls.FindAllSubmatchIndex(source, -1) {
		p.missNamed(f, source, m[2:4], false, known)
	}
	spaced := bytes.Contains(source, []byte("namespace "))
	for _, m := range phpMakes.FindAllSubmatchIndex(source, -1) {
		if !spaced || m[2] < m[3] {
			p.missNamed(f, source, m[4:6], true, known)
		}
	}
}

// missNamed tells of the extension whose function or class a script names at a place, unless the name is
// known: the script has one itself, or it came before.
func (p *phpRuntime) missNamed(f AppFile, source []byte, at []int, class bool, known map[string]bool) {
	name := string(source[at[0]:at[1]])
	if known[name] {
		return
	}
	known[name] = true
	for _, e := range phpExtensions {
		names, runtime := e.functions, fmt.Sprintf("PHP Fatal error:  Uncaught Error: Call to undefined function %s()", name)
		if class {
			names, runtime = e.classes, fmt.Sprintf("PHP Fatal error:  Uncaught Error: Class %q not found", name)
		}
		if names != nil && names.MatchString(name) {
			p.missExtension(f, e, lineAt(source, at[0]), name, runtime)
		}
	}
}

// phpDefined are the functions and classes that source has itself.
func phpDefined(source []byte) map[string]bool {
	out := map[string]bool{}
	for _, m := range phpDefinition.FindAllSubmatch(source, -1) {
		out[string(m[1])] = true
	}
	return out
}

// missExtension tells of an extension that is not loaded. One that PHP is built with has the names of its
// functions and classes in the program.
func (p *phpRuntime) missExtension(f AppFile, e phpExtension, line int, name, runtime string) {
	loaded := func(asked string) bool { return strings.TrimSuffix(path.Base(asked), ".so") == e.name }
	for asked := range p.asked {
		if loaded(asked) {
			return
		}
	}
	p.asked[e.name] = true
	if p.hasText(p.Path, name) {
		return
	}
	p.out.Missing = append(p.out.Missing, Missing{
		Name: "extension " + e.name, In: f.To, Line: line, At: f.At, Is: "is not loaded", Runtime: runtime,
		Fixes: []string{"install the extension in the source that PHP is from: in Debian it is " + e.pkg},
	})
}

// hasText reports whether a file of at most maxProgram bytes has a text in it.
func (r *reader) hasText(name, text string) bool {
	found, ok := r.find(name)
	if !ok || found.Info.Size() > maxProgram {
		return ok
	}
	f, err := rootfs.OpenAt(r.tree, found.Path)
	if r.failed(err) {
		return false
	}
	defer f.Close()
	all, err := io.ReadAll(io.NewSectionReader(f, 0, found.Info.Size()))
	return !r.failed(err) && bytes.Contains(all, []byte(text))
}

// maxProgram bounds an interpreter that is read, in bytes.
const maxProgram = 64 << 20

// phpCode is source of PHP with blanks for its comments and texts and what is around it, so that lines stay where they are.
func phpCode(text []byte) []byte {
	out := bytes.Clone(text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	blank(0, upTo(out, "<?"))
	for i := upTo(out, "<?"); i < len(out); {
		end := i
		switch rest := out[i:]; {
		case bytes.HasPrefix(rest, []byte("?>")):
			end = i + upTo(rest, "<?")
		case bytes.HasPrefix(rest, []byte("/*")):
			end = i + 2 + upTo(rest[2:], "*/")
		case bytes.HasPrefix(rest, []byte("//")), rest[0] == '#' && !bytes.HasPrefix(rest, []byte("#[")):
			end = i + min(upTo(rest, "\n"), upTo(rest, "?>"))
		case bytes.HasPrefix(rest, []byte("<<<")):
			end = i + heredoc(rest)
		case rest[0] == '"', rest[0] == '\'', rest[0] == '`':
			for end = i + 1; end < len(out) && out[end] != rest[0]; end++ {
				if out[end] == '\\' {
					end++
				}
			}
			end = min(end+1, len(out))
		}
		blank(i, end)
		i = max(end, i+1)
	}
	return out
}

// heredoc is how long a text is that begins with "<<<NAME": up to a line that NAME begins.
func heredoc(text []byte) int {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	name := strings.Trim(string(line[3:]), " \t\r'\"")
	if name == "" {
		return 3
	}
	at := len(line) + 1
	for l := range bytes.Lines(rest) {
		if bytes.HasPrefix(bytes.TrimLeft(l, " \t"), []byte(name)) {
			return at
		}
		at += len(l)
	}
	return min(at, len(text))
}

// upTo is how much text there is until something ends, with its end unless that is a line's.
func upTo(text []byte, end string) int {
	i := bytes.Index(text, []byte(end))
	switch {
	case i < 0:
		return len(text)
	case end == "*/":
		return i + len(end)
	}
	return i
}
