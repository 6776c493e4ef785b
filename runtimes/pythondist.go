package runtimes

import (
	"cmp"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
)

// A pythonDist is a distribution: what one pip install, or one package of the system, has
// put among the modules.
type pythonDist struct {
	name string // as its metadata has it, normalized; empty if it has none
	// files are absolute: those of its RECORD, of the package that owns it, or, where
	// neither is there, those that its name and its metadata make up.
	files []string
	pkg   string // the package that it is; empty for none
}

// label names a distribution for a person.
func (d *pythonDist) label() string {
	label, _, _ := strings.Cut(cmp.Or(d.name, path.Base(d.pkg)), "@")
	return label
}

// pythonSites are the directories that distributions are in, in the order in which modules
// are looked for.
type pythonSites struct {
	*reader
	tag   string // of the bytecode and the extensions, "cpython-311"
	dirs  []string
	req   *Request
	owner map[string]string // packages, by the files that were looked up
	// metadata are the directories and files of metadata, by the normalized names of
	// their distributions.
	metadata map[string][]string
	byFile   map[string]*pythonDist
	// byPackage are the distributions that are packages of the system.
	byPackage map[string]*pythonDist
	recorded  bool // RECORDs are in byFile
}

func newPythonSites(r *reader, tag string, dirs []string, req *Request) *pythonSites {
	s := &pythonSites{reader: r, tag: tag, dirs: dirs, req: req, owner: map[string]string{}, metadata: map[string][]string{}, byFile: map[string]*pythonDist{}, byPackage: map[string]*pythonDist{}}
	var files []string
	for _, dir := range dirs {
		for _, base := range r.list(dir) {
			at := path.Join(dir, base)
			if name := metadataName(base); name != "" {
				s.metadata[name] = append(s.metadata[name], at)
				at = s.metadataFile(at)
			} else if r.isDir(at) {
				at = s.moduleFile(at, "__init__")
			}
			files = append(files, at)
		}
	}
	s.lookUp(files)
	return s
}

// lookUp learns which packages own files.
func (s *pythonSites) lookUp(files []string) {
	of, err := s.req.Owners(files)
	if s.failed(err) {
		return
	}
	for _, file := range files {
		s.owner[file] = of[file]
	}
}

// metadataFile is the file that holds the metadata of a distribution.
func (s *pythonSites) metadataFile(at string) string {
	for _, base := range []string{"METADATA", "PKG-INFO"} {
		if s.isFile(path.Join(at, base)) {
			return path.Join(at, base)
		}
	}
	return at
}

// metadataName is the distribution that a directory or file of metadata is of: "flask"
// for "Flask-2.2.2.dist-info"; empty for others.
func metadataName(base string) string {
	ext := path.Ext(base)
	if ext != ".dist-info" && ext != ".egg-info" {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(base, ext), "-")
	return normalized(name)
}

// normalized is a distribution's name as PEP 503 compares it.
func normalized(name string) string {
	var out []byte
	for _, c := range []byte(strings.ToLower(name)) {
		if c == '_' || c == '.' {
			c = '-'
		}
		if c != '-' || len(out) > 0 && out[len(out)-1] != '-' {
			out = append(out, c)
		}
	}
	return string(out)
}

// module is the file or directory that a dotted name leads to: a module, or the outermost
// package with an __init__ in it, below which all is one distribution's. Names that end
// in a package of namespaces lead nowhere.
func (s *pythonSites) module(name string) string {
	for _, dir := range s.dirs {
		if at := s.moduleIn(dir, name); at != "" {
			return at
		}
	}
	return ""
}

func (s *pythonSites) moduleIn(dir, name string) string {
	for part := range strings.SplitSeq(name, ".") {
		at := path.Join(dir, part)
		// Most of the words that are looked for are no module.
		_, listed := slices.BinarySearch(s.list(dir), part)
		isDir := listed && s.isDir(at)
		if isDir && s.regular(at) {
			return at
		}
		if file := s.moduleFile(dir, part); file != "" {
			return file
		}
		if !isDir {
			return ""
		}
		dir = at
	}
	return ""
}

// regular reports whether a package has an __init__, and is none of a namespace.
func (s *pythonSites) regular(dir string) bool { return s.moduleFile(dir, "__init__") != "" }

// moduleFile is the file in a directory that is a module: source, bytecode alone or an
// extension.
func (s *pythonSites) moduleFile(dir, module string) string {
	names := s.list(dir)
	i, _ := slices.BinarySearch(names, module+".")
	for ; i < len(names) && strings.HasPrefix(names[i], module+"."); i++ {
		switch rest := names[i][len(module):]; {
		case rest == ".py", rest == ".pyc", rest == ".so", strings.HasSuffix(rest, ".so") && (strings.HasPrefix(rest, "."+s.tag) || strings.HasPrefix(rest, ".abi3")):
			return path.Join(dir, names[i])
		}
	}
	return ""
}

// of is the distribution that a module, as found by module, is of.
func (s *pythonSites) of(module string) *pythonDist {
	file := module
	if s.isDir(module) {
		file = s.moduleFile(module, "__init__")
	}
	if d := s.packaged(file); d != nil {
		return d // Debian's RECORDs do not tell of all files
	}
	s.readRecords()
	d := s.byFile[file]
	if d == nil {
		d = &pythonDist{files: []string{module}}
		top := strings.TrimSuffix(path.Base(module), path.Ext(module))
		for _, at := range s.metadata[normalized(top)] {
			d.name, d.files = normalized(top), append(d.files, at)
		}
		s.note(d)
	}
	return d
}

// packaged is the distribution of the package that owns a file, or nil.
func (s *pythonSites) packaged(file string) *pythonDist {
	if _, ok := s.owner[file]; !ok {
		s.lookUp([]string{file})
	}
	if s.owner[file] == "" {
		return nil
	}
	return s.ofPackage(s.owner[file])
}

// ofPackage is the distribution that a package of the system is, or nil.
func (s *pythonSites) ofPackage(pkg string) *pythonDist {
	if d, ok := s.byPackage[pkg]; ok {
		return d
	}
	s.byPackage[pkg] = nil
	files, err := s.req.Contents(pkg)
	if s.failed(err) {
		return nil
	}
	d := &pythonDist{pkg: pkg}
	for _, name := range files {
		switch {
		case s.dirOf(name) != "":
			if meta := metadataName(path.Base(name)); meta != "" && d.name == "" {
				d.name = meta
			}
			d.files = append(d.files, name)
		case strings.Contains(name, "/python") && !needspkg.Shared(name):
			d.files = append(d.files, name)
		}
	}
	if !slices.ContainsFunc(d.files, func(name string) bool { return s.dirOf(name) != "" }) {
		return nil
	}
	s.byPackage[pkg] = d
	s.note(d)
	return d
}

// named is the distribution of a name, or nil.
func (s *pythonSites) named(name string) *pythonDist {
	s.readRecords()
	if len(s.metadata[normalized(name)]) == 0 {
		return nil
	}
	at := s.metadata[normalized(name)][0] // the first that Python finds
	file := s.metadataFile(at)
	if d := s.packaged(file); d != nil {
		return d
	}
	if d := s.byFile[file]; d != nil {
		return d
	}
	d := &pythonDist{name: normalized(name), files: []string{at}}
	for _, top := range append(strings.Fields(string(s.text(path.Join(at, "top_level.txt")))), strings.ReplaceAll(normalized(name), "-", "_")) {
		if module := s.moduleIn(path.Dir(at), top); pythonName(top) && module != "" {
			d.files = append(d.files, module)
		}
	}
	s.note(d)
	return d
}

// note makes a distribution the owner of its files.
func (s *pythonSites) note(d *pythonDist) {
	for _, name := range d.files {
		s.byFile[name] = d
	}
}

// readRecords reads what pip has written of each distribution's files.
func (s *pythonSites) readRecords() {
	if s.recorded {
		return
	}
	s.recorded = true
	for _, dir := range s.dirs {
		for _, base := range s.list(dir) {
			if !strings.HasSuffix(base, ".dist-info") {
				continue
			}
			text := s.text(path.Join(dir, base, "RECORD"))
			if text == nil {
				continue
			}
			d := &pythonDist{name: metadataName(base)}
			for line := range strings.Lines(string(text)) {
				if name := recordName(line); name != "" {
					d.files = append(d.files, path.Join(dir, name))
				}
			}
			s.note(d)
		}
	}
}

// recordName is the first field of a line of a RECORD, which is CSV.
func recordName(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		name, _, _ := strings.Cut(quoted, `",`)
		return strings.ReplaceAll(name, `""`, `"`)
	}
	name, _, _ := strings.Cut(line, ",")
	return name
}

// meta is the text of a file among a distribution's metadata.
func (s *pythonSites) meta(d *pythonDist, bases ...string) string {
	for _, at := range s.metadata[d.name] {
		if s.byFile[at] != d && s.byFile[path.Join(at, "METADATA")] != d && s.byFile[path.Join(at, "PKG-INFO")] != d {
			continue
		}
		for _, base := range bases {
			if text := s.text(path.Join(at, base)); text != nil {
				return string(text)
			}
		}
		if !s.isDir(at) && slices.Contains(bases, "PKG-INFO") {
			return string(s.text(at))
		}
	}
	return ""
}

// requires are the names of the distributions that one cannot do without.
func (s *pythonSites) requires(d *pythonDist) []string {
	if d.name == "" {
		return nil
	}
	var out []string
	for line := range strings.Lines(s.meta(d, "METADATA", "PKG-INFO")) {
		if strings.TrimSpace(line) == "" {
			break // the description follows
		}
		if spec, ok := strings.CutPrefix(line, "Requires-Dist:"); ok && !strings.Contains(spec, "extra ==") {
			out = append(out, requirementName(spec))
		}
	}
	for line := range strings.Lines(s.meta(d, "requires.txt")) {
		if strings.HasPrefix(line, "[") {
			break // what extras require
		}
		out = append(out, requirementName(line))
	}
	return out
}

// requirementName is the name that a requirement begins with.
func requirementName(text string) string {
	text = strings.TrimSpace(text)
	if end := strings.IndexFunc(text, func(r rune) bool { return r > 127 || !wordByte(byte(r)) && r != '-' && r != '.' }); end >= 0 {
		text = text[:end]
	}
	return text
}

// plugsInto are the names of the groups of entry points that a distribution has, up
// to their first dot: by these another one finds what it has not imported.
func (s *pythonSites) plugsInto(name string) []string {
	var out []string
	for _, at := range s.metadata[name] {
		for line := range strings.Lines(string(s.text(path.Join(at, "entry_points.txt")))) {
			line = strings.TrimSpace(line)
			if group, ok := strings.CutPrefix(line, "["); ok {
				group, _, _ = strings.Cut(strings.TrimSuffix(group, "]"), ".")
				if group != "console_scripts" && group != "gui_scripts" && group != "distutils" {
					out = append(out, group)
				}
			}
		}
	}
	return out
}

// wholes are the files and directories that ship for a distribution: directories that are
// its own as a whole, and its other files.
func (s *pythonSites) wholes(d *pythonDist) []string {
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, name := range d.files {
		dir := s.dirOf(name)
		if dir == "" {
			if !s.isDir(name) && !strings.Contains(name, "/bin/") && !strings.Contains(name, "/include/") && !strings.Contains(name, "/share/doc/") && !strings.Contains(name, "/share/man/") {
				add(name) // data
			}
			continue
		}
		at := dir
		for part := range strings.SplitSeq(strings.TrimPrefix(name, dir+"/"), "/") {
			at = path.Join(at, part)
			if at == name || seen[at] || s.isDir(at) && s.whole(at) {
				break
			}
		}
		if s.isDir(at) && !s.whole(at) {
			continue // a directory of several distributions, in a package's list
		}
		add(at)
		if base, ok := strings.CutSuffix(path.Base(at), ".py"); ok {
			if pyc := path.Join(path.Dir(at), "__pycache__", base+"."+s.tag+".pyc"); s.isFile(pyc) {
				add(pyc)
			}
		}
	}
	slices.Sort(out)
	return out
}

// dirOf is the innermost of the directories that a file is in, or "".
func (s *pythonSites) dirOf(name string) string {
	best := ""
	for _, dir := range s.dirs {
		if rootfs.Within(name, dir) && name != dir && len(dir) > len(best) {
			best = dir
		}
	}
	return best
}

// whole reports whether one distribution has a directory for itself.
func (s *pythonSites) whole(dir string) bool {
	base := path.Base(dir)
	return metadataName(base) != "" || strings.HasSuffix(base, ".libs") || base != "__pycache__" && s.regular(dir)
}

// sources are the Python files of a distribution, without its tests.
func (s *pythonSites) sources(d *pythonDist, visit func(name string)) {
	left := maxSources
	for _, at := range s.wholes(d) {
		if !s.isDir(at) {
			if strings.HasSuffix(at, ".py") {
				visit(at)
			}
			continue
		}
		s.walk(at, 0, func(name string) bool {
			if strings.HasSuffix(name, ".py") && !strings.Contains(name, "/tests/") && !strings.Contains(name, "/test/") {
				left--
				visit(name)
			}
			return left > 0
		})
	}
}

// maxSources bounds the files of one distribution that are read.
const maxSources = 20_000
