package spec

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/provided"
)

// BaseScratch is the base that holds nothing.
const BaseScratch = "scratch"

// SourceKinds are the keys of which a source has one.
func SourceKinds() []string { return []string{"image", "context", "dockerfile", "git", "http"} }

// sourceSettings are the keys that go with only one kind.
var sourceSettings = []struct{ key, kind string }{
	{"packages", "image"},
	{"repositories", "image"},
	{"target", "dockerfile"},
	{"args", "dockerfile"},
	{"checksum", "http"},
	{"filename", "http"},
	{"unpack", "http"},
}

// sourceExamples are what kinds of sources look like.
var sourceExamples = map[string]string{"image": "image: debian:bookworm-slim or another one", "dockerfile": "dockerfile: Dockerfile", "http": "http: URL"}

// checkSources looks at which keys of a source stand together.
func (d *Document) checkSources(s *Spec) diag.List {
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		list = append(list, d.checkSource(s.Sources[name], name)...)
	}
	return list
}

func (d *Document) checkSource(s Source, name string) diag.List {
	var list diag.List
	add := func(at string, problem *diag.Diagnostic) {
		problem.At = at
		list = append(list, *problem)
	}
	written := func(key string) bool { return d.Has(join(s.At, key)) }
	kinds := slices.DeleteFunc(SourceKinds(), func(kind string) bool { return !written(kind) })
	for _, second := range kinds[min(1, len(kinds)):] {
		add(keyOf(join(s.At, second)), invalid("conflict",
			fmt.Sprintf("the source %s has both %s and %s", name, kinds[0], second), keepOne(kinds[0], second, s)))
	}
	for _, setting := range sourceSettings {
		if written(setting.key) && !slices.Contains(kinds, setting.kind) && !d.foreign[s.At] {
			add(keyOf(join(s.At, setting.key)), invalid("conflict",
				fmt.Sprintf("%s goes with %s, which the source %s does not have", setting.key, setting.kind, name),
				fmt.Sprintf("add %s, or remove %s", sourceExamples[setting.kind], setting.key)))
		}
	}
	if s.Image == BaseScratch {
		add(join(s.At, "image"), invalid("invalid-image", "a source cannot be scratch: it holds no files to take",
			"name an image that has them, or remove the source: an image is built on nothing without a base"))
	}
	if len(s.Repositories) > 0 && len(s.Packages) == 0 && s.Image != "" {
		add(keyOf(join(s.At, "repositories")), invalid("conflict",
			fmt.Sprintf("repositories goes with packages, which the source %s does not have", name),
			"add packages: [NAME], or remove repositories"))
	}
	if s.HTTP != "" && s.Filename == "" && !s.Unpack && URLFilename(s.HTTP) == "" {
		add(join(s.At, "http"), invalid("missing-key", "the URL does not end in a file's name", "add filename: NAME"))
	}
	return list
}

// keepOne is the fix for a source of two kinds.
func keepOne(first, second string, s Source) string {
	if (first == "context" || second == "context") && s.Dockerfile != "" && !strings.Contains(s.Dockerfile, "\n") {
		if dir := s.Context; dir != "." && dir != "" {
			return fmt.Sprintf("write dockerfile: %s alone: what it copies has its path from the root of the build context, %s/… here", path.Join(dir, s.Dockerfile), dir)
		}
		return "write dockerfile: " + s.Dockerfile + " alone: it is built in the build context"
	}
	return "keep one, and declare another source for the other"
}

// URLFilename is the last element of a URL's path, or "".
func URLFilename(text string) string {
	rest, _, _ := strings.Cut(text, "?")
	rest, _, _ = strings.Cut(rest, "#")
	_, rest, _ = strings.Cut(rest, "://")
	_, rest, found := strings.Cut(rest, "/")
	if name := path.Base("/" + rest); found && name != "/" && !strings.HasSuffix(rest, "/") {
		return name
	}
	return ""
}

// checkBase warns of a base that is named like a source but is an image.
func (s *Spec) checkBase() diag.List {
	if _, ok := s.Sources[s.Base]; !ok || s.Base == BaseScratch {
		return nil
	}
	problem := invalid("base-is-no-source", fmt.Sprintf("the base is the image %s, not the source of that name", s.Base),
		"rename the source, or write the image's tag or digest, if that is what you mean")
	if src := s.Sources[s.Base]; src.Image != "" {
		problem.Fixes = []string{"write base: " + src.Image + ", if its files are to be below those of the spec", "rename the source, if " + s.Base + " is the image that you mean"}
	}
	problem.Severity = diag.SeverityWarning
	return diag.List{located("base", problem)}
}

// checkReferences makes sure that every source that is named is declared.
func (s *Spec) checkReferences() diag.List {
	var list diag.List
	ref := func(r Ref, at string) {
		if r.Source != "" {
			list = append(list, s.checkDeclared(r.Source, r.Path, at)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		for _, r := range s.Sources[name].Repositories {
			if r.Key != nil {
				ref(*r.Key, join(r.At, "key"))
				list = append(list, s.checkKey(*r.Key, join(r.At, "key"))...)
			}
		}
	}
	for _, b := range s.Binaries {
		ref(b.From, join(b.At, "from"))
		if b.From.Dir {
			list = append(list, located(join(b.At, "from"), invalid("invalid-path", "a binary is a file, and "+b.From.String()+" names a directory",
				"name the program itself, or ship the directory through files")))
		}
	}
	for _, f := range s.Files {
		ref(f.From, join(f.At, "from"))
		if f.Content != nil && !f.ToDir && IsUsualDirectory(f.To) {
			list = append(list, located(join(f.At, "to"), invalid("path-conflict", f.To+" is a directory on every system, and the content is that of a file",
				"name the file, as in "+path.Join(f.To, "app.conf"))))
		}
		if f.Content != nil && f.ToDir {
			list = append(list, located(join(f.At, "to"), invalid("invalid-path", "the content is that of a file, and "+f.To+"/ names a directory",
				"name the file, as in "+path.Join(f.To, "app.conf"))))
		}
	}
	for _, p := range s.Include {
		for i, r := range p.Add {
			ref(r, index(p.SettingAt(parts.SettingAdd), i))
		}
		if p.From != "" {
			list = append(list, s.checkDeclared(p.From, "", p.SettingAt(parts.SettingFrom))...)
		}
	}
	for i, name := range s.Libraries.From {
		list = append(list, s.checkDeclared(name, "", s.At(index("libraries.from", i)))...)
	}
	return list
}

// checkKey makes sure that the key of a repository is there before anything is
// installed from one: sources could wait for each other otherwise.
func (s *Spec) checkKey(key Ref, at string) diag.List {
	if len(s.Sources[key.Source].Repositories) == 0 {
		return nil
	}
	return diag.List{located(at, invalid("invalid-repository",
		fmt.Sprintf("the key comes from the source %s, which has repositories itself", key.Source),
		"take the key from the build context, or from a source of its own: {http: URL, checksum: sha256:…}"))}
}

func located(at string, problem *diag.Diagnostic) diag.Diagnostic {
	problem.At = at
	return *problem
}

func (s *Spec) checkDeclared(name, file, at string) diag.List {
	if _, ok := s.Sources[name]; ok {
		return nil
	}
	problem := invalid("undeclared-source", fmt.Sprintf("the source %s is not declared%s", name, meant(name, slices.Sorted(maps.Keys(s.Sources)))))
	problem.Fixes = []string{
		fmt.Sprintf("declare it under sources, as %s: {image: IMAGE} or %s: {dockerfile: FILE}", name, name),
		fmt.Sprintf("or as %s: {}, and pass --build-context %s=WHERE", name, name),
	}
	if guess := diag.Nearest(name, slices.Sorted(maps.Keys(s.Sources))); guess != "" {
		problem.Fixes = []string{"write " + guess}
		if file != "" {
			problem.Fixes = []string{"write " + guess + ":" + file}
		}
	}
	if source, _, ok := strings.Cut(name, ":"); ok && file == "" {
		if _, declared := s.Sources[source]; declared {
			problem.Fixes = []string{"write " + source + ": all of a source is searched"}
		}
	}
	switch {
	case file == "" && (strings.HasPrefix(name, "/") || strings.HasPrefix(name, ".")):
		problem.Message = fmt.Sprintf("%s is a path, and a source is wanted, by its name", name)
		problem.Fixes = []string{"write the name of a source: all of it is searched", "a library is named by its path in another place: libraries: {add: [" + path.Join(name, "libNAME.so.1") + "]}"}
	case file == "" && isTagged(name) && len(problem.Fixes) > 1:
		source := path.Base(name[:strings.LastIndexByte(name, ':')])
		problem.Message = fmt.Sprintf("%s is an image, and a source is wanted, by its name", name)
		problem.Fixes = []string{fmt.Sprintf("write %s, and declare it: sources: {%s: %s}", source, source, name)}
	case name == "base" && s.Base != BaseScratch && file != "":
		problem.Message = "the base is no source: what it has is in the image already"
		problem.Fixes = []string{
			"leave this out, and write entrypoint: [" + file + "] if that is what starts",
			"for a copy of it, declare a source: sources: {NAME: {image: " + s.Base + "}}",
		}
	case len(problem.Fixes) > 1 && strings.HasPrefix(at, "files[") && file != "":
		problem.Fixes = append([]string{fmt.Sprintf("if %s is in the build context, write {from: %s, to: %s}", name, name, file)}, problem.Fixes...)
	case (name == "context" || name == ".") && file != "":
		problem.Fixes = []string{"write " + strings.TrimPrefix(file, "/") + " alone: a path without a source is in the build context"}
	case name == "context":
		problem.Fixes = []string{"declare the directory of the build context that has it as a source, as app: {context: DIR}, and name that"}
	}
	return diag.List{located(at, problem)}
}

// isTagged reports whether a text is an image with its tag.
func isTagged(text string) bool {
	_, tag, found := strings.Cut(path.Base(text), ":")
	return found && tag != "" && isImage(text)
}

// String is the reference as one would write it.
func (r Ref) String() string {
	text := r.Path
	if r.Source != "" {
		text = r.Source + ":" + text
	} else {
		text = strings.TrimPrefix(text, "/")
	}
	if r.Dir && !strings.HasSuffix(text, "/") {
		text += "/"
	}
	return text
}

// taken is something that the spec puts at a path.
type taken struct {
	what, at string
	target   string // of a link
	// whole paths can hold nothing below them.
	whole bool
}

// checkDestinations looks for two things at one path, and for things below
// what is no directory. Files whose kind shows only in the source tree are left
// to the plan.
func (s *Spec) checkDestinations() diag.List {
	var list diag.List
	at := map[string]taken{}
	put := func(to string, t taken) {
		if to == "" {
			return
		}
		prior, found := at[to]
		switch {
		case !found:
			at[to] = t
		case prior.what == "file" && t.what == "directory", prior.what == "directory" && t.what == "file":
			// A file item may be a directory, whose mode and owner the other sets.
		default:
			list = append(list, located(t.at, twice(to, prior, t)))
		}
	}
	for _, b := range s.Binaries {
		if IsUsualDirectory(b.To) {
			list = append(list, usualDirectory(b))
			continue
		}
		put(b.To, taken{what: "binary", at: b.At, whole: true})
	}
	for _, f := range s.Files {
		if !f.ToDir && !f.From.Dir {
			put(f.To, taken{what: "file", at: f.At})
		}
	}
	for _, l := range s.Links {
		put(l.Path, taken{what: "link", at: l.At, target: l.Target, whole: true})
	}
	for _, d := range s.Directories {
		put(d.Path, taken{what: "directory", at: d.At})
	}
	return append(list, below(at)...)
}

// usualDirectory is the finding for a binary at the path of a directory.
func usualDirectory(b Binary) diag.Diagnostic {
	if b.From.Path == b.To {
		return located(join(b.At, "from"), invalid("path-conflict",
			fmt.Sprintf("%s is a directory on every system, and a binary is a file", b.To),
			"name the program in it", "ship a directory through files, with a slash at its end"))
	}
	return located(join(b.At, "to"), invalid("path-conflict",
		fmt.Sprintf("%s is a directory on every system, and %q makes a file of that name", b.To, "to: "+b.To),
		fmt.Sprintf("to put the program into it, end it with a slash: to: %s/", b.To)))
}

func twice(to string, prior, t taken) *diag.Diagnostic {
	fixes := []string{"give one of the two another path, or remove it"}
	if t.what == "link" && prior.what != "link" && path.IsAbs(t.target) {
		fixes = append([]string{fmt.Sprintf("if %s is the link, which leads to %s, write {path: %s, target: %s}", t.target, to, t.target, to)}, fixes...)
	}
	if prior.what != t.what {
		return invalid("path-conflict", fmt.Sprintf("%s cannot be a %s: %s makes it a %s", to, t.what, prior.at, prior.what), fixes...)
	}
	if t.what == "file" {
		fixes = append(fixes, "if they are directories whose contents go there together, say so with a slash: to: "+to+"/")
	}
	return invalid("path-conflict", fmt.Sprintf("%s is already the %s of %s", to, t.what, prior.at), fixes...)
}

// below reports what lies below a program; a link's target may well be a
// directory.
func below(at map[string]taken) diag.List {
	var list diag.List
	for _, to := range slices.Sorted(maps.Keys(at)) {
		for dir := path.Dir(to); dir != "/" && dir != "."; dir = path.Dir(dir) {
			if above, ok := at[dir]; ok && above.what == "binary" {
				list = append(list, located(at[to].at, invalid("path-conflict",
					fmt.Sprintf("%s lies below %s, which %s makes a binary", to, dir, above.at),
					"give one of the two another path")))
				break
			}
		}
	}
	return list
}

// checkWhole asks whether the parts make an image. It runs when there is
// nothing else to say.
func (s *Spec) checkWhole(targets []DeclaredTarget) diag.List {
	var list diag.List
	if problem := s.checkContents(); problem != nil {
		for _, t := range targets {
			problem.Fixes = append(problem.Fixes, "build the target "+t.Name+": --target "+t.Name)
		}
		list = append(list, located(keyOf("binaries"), problem))
	}
	if problem := s.checkEntrypointGiven(); problem != nil {
		list = append(list, located(keyOf("binaries"), problem))
	}
	return list
}

func (s *Spec) checkPorts() diag.List {
	if n := countPorts(s.Ports); n > maxPorts {
		return diag.List{located("ports", invalid("invalid-port", fmt.Sprintf("the image exposes %d ports; at most %d make sense", n, maxPorts), "expose those that clients need to know"))}
	}
	return nil
}

// checkCommands looks at the programs that a runtime starts.
func (s *Spec) checkCommands() diag.List {
	var list diag.List
	if len(s.Entrypoint) > 0 {
		problem := s.checkProgram(s.Entrypoint[0])
		if problem == nil && s.startsWithProgram(s.Entrypoint[0]) {
			problem = oneWord(s.Entrypoint[0])
			problem.Runtime = fmt.Sprintf("exec: %q: stat %s: no such file or directory", s.Entrypoint[0], s.Entrypoint[0])
		}
		if problem != nil {
			if fix, ok := WithoutShell(s.Entrypoint); ok {
				problem.Fixes = append([]string{fix}, problem.Fixes...)
			}
			list = append(list, located(index(s.At("entrypoint"), 0), problem))
		}
	}
	list = append(list, s.operators()...)
	list = append(list, s.homes()...)
	if problem := s.repeatedProgram(); problem != nil {
		list = append(list, located(s.At("cmd"), problem))
	}
	list = append(list, s.background()...)
	if h := s.Healthcheck; h != nil {
		if problem := s.checkHealthcheck(h); problem != nil {
			list = append(list, located(join(h.At, "test"), problem))
		}
	}
	return list
}

// shellOperators are words that join commands or redirect them in a shell. A semicolon is
// not one of them: find takes it.
var shellOperators = []string{"&&", "||", "|", "&", ">", ">>", "2>", "2>&1"}

// operators warns of words that only a shell understands among those that a program is
// given.
func (s *Spec) operators() diag.List {
	var list diag.List
	look := func(at string, argv []string, from int) {
		for i := from; i < len(argv); i++ {
			if slices.Contains(shellOperators, argv[i]) {
				problem := operatorIn(argv[i], withoutShell("", strings.Join(argv, " ")))
				list = append(list, located(index(at, i), problem))
				return
			}
		}
	}
	look(s.At("entrypoint"), s.Entrypoint, 1)
	look(s.At("cmd"), s.Cmd, 0)
	if h := s.Healthcheck; h != nil {
		look(join(h.At, "test"), h.Test, 1)
	}
	return list
}

// severalWords is an option with its value, or with another option, in one word.
var severalWords = regexp.MustCompile(`^(--[A-Za-z][A-Za-z0-9-]* +[A-Za-z0-9./:_-]+|-[A-Za-z]+ +-[A-Za-z0-9-]+)$`)

// homes warns of words that a shell would make others of: home directories, and several words
// in one.
func (s *Spec) homes() diag.List {
	var list diag.List
	for _, command := range []struct {
		at    string
		words []string
	}{{s.At("entrypoint"), s.Entrypoint}, {s.At("cmd"), s.Cmd}} {
		for i, word := range command.words {
			if severalWords.MatchString(word) {
				problem := invalid("shell-form", fmt.Sprintf("%q is one word of the command: nothing splits it", word), "write "+strings.Trim(flowList(strings.Fields(word)), "[]")+" in place of it")
				problem.Severity = diag.SeverityWarning
				list = append(list, located(index(command.at, i), problem))
			}
			if rest, ok := strings.CutPrefix(word, "~/"); ok {
				problem := invalid("shell-form", fmt.Sprintf("no shell reads the words of this command: %s is a path in a directory that is called ~", word),
					"write the whole path, such as /home/nonroot/"+rest)
				problem.Severity = diag.SeverityWarning
				list = append(list, located(index(command.at, i), problem))
			}
		}
	}
	return list
}

func operatorIn(word, fix string) *diag.Diagnostic {
	problem := invalid("shell-form", fmt.Sprintf("no shell reads the words of this command: %s is an argument of the program like the others", word), fix)
	problem.Severity = diag.SeverityWarning
	return problem
}

// repeatedProgram warns of a cmd that begins with the program that the entrypoint starts,
// as it does where a Dockerfile has no entrypoint.
func (s *Spec) repeatedProgram() *diag.Diagnostic {
	starts := s.Entrypoint
	if starts == nil && len(s.Binaries) == 1 && s.Base == BaseScratch {
		starts = []string{s.Binaries[0].To}
	}
	if len(starts) != 1 || len(s.Cmd) == 0 {
		return nil
	}
	words := strings.Fields(s.Cmd[0])
	if len(words) == 0 || words[0] != starts[0] && words[0] != path.Base(starts[0]) {
		return nil
	}
	rest := slices.Concat(words[1:], s.Cmd[1:])
	fix := "write cmd: " + flowList(rest)
	if len(rest) == 0 {
		fix = "leave cmd out"
	}
	problem := invalid("repeated-program", fmt.Sprintf("cmd is what the program %s is given, and begins with its name", starts[0]), fix)
	problem.Severity = diag.SeverityWarning
	return problem
}

// startsWithProgram reports whether a word is the path of one of the spec's programs
// with more behind it, as in a command line.
func (s *Spec) startsWithProgram(word string) bool {
	program, _, found := strings.Cut(word, " ")
	has := func(name string) bool {
		return slices.ContainsFunc(s.Binaries, func(b Binary) bool { return b.To == name }) ||
			slices.ContainsFunc(s.Files, func(f File) bool { return f.To == name })
	}
	return found && has(program) && !has(word)
}

func (s *Spec) checkContents() *diag.Diagnostic {
	if s.Base != BaseScratch || len(s.Binaries)+len(s.Libraries.Add)+len(s.Files)+len(s.Links)+len(s.Directories)+len(s.Include) > 0 {
		return nil
	}
	return invalid("nothing-to-ship", "there is nothing to ship: the spec names no binaries, files, directories, links, parts or base",
		"name a program, such as binaries: [bin/app]")
}

func (s *Spec) checkEntrypointGiven() *diag.Diagnostic {
	if s.Entrypoint != nil || startsProgram(s.Cmd) || len(s.Binaries) < 2 || s.Base != BaseScratch {
		return nil
	}
	var paths, fixes []string
	for _, b := range s.Binaries {
		paths = append(paths, b.To)
	}
	for _, p := range paths[:min(len(paths), 3)] {
		fixes = append(fixes, "write entrypoint: ["+p+"]")
	}
	if more := len(paths) - 5; more > 0 {
		paths = append(paths[:5], fmt.Sprintf("and %d more", more))
	}
	return invalid("no-entrypoint", "there are several binaries ("+strings.Join(paths, ", ")+") and no entrypoint to say which one starts", fixes...)
}

// startsProgram reports whether a command begins with a program. Others only have
// options for the entrypoint.
func startsProgram(cmd []string) bool {
	return len(cmd) > 0 && !strings.HasPrefix(cmd[0], "-")
}

// checkProgram looks at a program as a command names it: by its path, or by its name alone,
// which the runtime looks up in PATH. Whether it is there is seen in the finished image.
func (s *Spec) checkProgram(program string) *diag.Diagnostic {
	source, name, _ := strings.Cut(program, ":")
	_, ofSource := s.Sources[source]
	switch {
	case program == "":
		return invalid("empty-value", "the program to start is empty", "write the program's path, such as /usr/bin/app")
	case assignment.MatchString(program) && !strings.HasPrefix(program, "/"):
		m := assignment.FindStringSubmatch(program)
		return invalid("shell-form", fmt.Sprintf("%q sets a variable where a shell reads it, and here it is the program to start", program),
			fmt.Sprintf("write env: {%s: %q}, and the command without it", m[1], m[2]))
	case slices.Contains(shellWords, program):
		fixes := []string{"write the program alone: there is no shell to do it"}
		if program == "cd" {
			fixes = []string{"write workdir: DIRECTORY for where the program starts, and the program alone here"}
		}
		return invalid("shell-form", fmt.Sprintf("%s is a word of shells, and no program that could be started", program), fixes...)
	case !strings.HasPrefix(program, "/") && strings.ContainsAny(program, " \t"):
		return oneWord(program)
	case ofSource && strings.HasPrefix(name, "/"):
		return invalid("invalid-reference", fmt.Sprintf("%q is a file of a source, and a command names its program as it is in the image", program),
			"write "+name+", and ship it under binaries: - "+program)
	}
	return nil
}

// shellWords are what shells do themselves, and no distribution has a program for.
var shellWords = []string{"cd", "exec", "export", "source", ".", "set", "unset", "eval", "ulimit", "umask", "trap", "alias", "if", "while", "for"}

// oneWord is the finding for a program and its arguments in one item of a list.
func oneWord(command string) *diag.Diagnostic {
	problem := invalid("shell-form", fmt.Sprintf("%q is a program with its arguments, and each item of the list is one word", command))
	problem.Runtime = fmt.Sprintf("exec: %q: executable file not found in $PATH", command)
	problem.Fixes = []string{withoutShell("", command)}
	return problem
}

func (s *Spec) checkHealthcheck(h *Healthcheck) *diag.Diagnostic {
	if len(h.Test) == 0 {
		return invalid("empty-value", "the health check has no program to run", "write test: [/usr/bin/app, health]")
	}
	switch h.Test[0] {
	case "CMD":
		return invalid("invalid-healthcheck", "a health check's test is the program and its arguments alone", "write test: "+flowList(h.Test[1:]))
	case "CMD-SHELL":
		problem := invalid("shell-form", "a health check's test is a list of arguments: a minimal image has no shell to run a line of text",
			withoutShell("healthcheck", strings.Join(h.Test[1:], " ")))
		problem.Runtime = `exec: "/bin/sh": stat /bin/sh: no such file or directory`
		return problem
	case "NONE":
		return invalid("invalid-healthcheck", "NONE is no program", "leave healthcheck out")
	}
	return s.checkProgram(h.Test[0])
}

// checkLibraries looks for libraries that are to ship and are not.
func (s *Spec) checkLibraries() diag.List {
	var list diag.List
	for _, lib := range s.Libraries.Add {
		for _, p := range s.Libraries.Provided {
			if provided.Matches(p.Name, lib.Name) {
				list = append(list, located(lib.At, invalid("conflict",
					fmt.Sprintf("%s is to ship, and %s says that the host provides it", lib.Name, p.At),
					"remove one of the two")))
			}
		}
		if i := slices.IndexFunc(s.Exclude, func(item string) bool { return provided.Matches(item, lib.Name) }); i >= 0 {
			list = append(list, located(lib.At, invalid("conflict",
				fmt.Sprintf("the library %s is both added and excluded", lib.Name),
				fmt.Sprintf("remove it here, or remove %s", index("exclude", i)))))
		}
	}
	return list
}

// checkParts looks for parts that are wanted and unwanted at once, or wanted from
// two sources.
func (s *Spec) checkParts() diag.List {
	var list diag.List
	from := map[string]string{}
	for _, part := range s.Include {
		if first := from[part.Name]; part.From != "" && first != "" && first != part.From {
			list = append(list, located(part.SettingAt(parts.SettingFrom), invalid("conflict",
				fmt.Sprintf("the part %s is to come from %s, and from %s where it is included first", part.Name, part.From, first),
				"name one source, in one of the two places")))
		}
		from[part.Name] = cmp.Or(from[part.Name], part.From)
		if i := slices.Index(s.Exclude, part.Name); i >= 0 {
			list = append(list, located(part.At, invalid("conflict",
				fmt.Sprintf("the part %s is both included and excluded", part.Name),
				fmt.Sprintf("remove it here, or remove %s", index("exclude", i)))))
		}
	}
	return list
}
