// Package evidence finds what programs open when they run, from files alone: what the strings of
// shipped objects name, what packages say of one another, configuration, and what the languages of
// package runtimes need. Each file ships with the evidence for it.
package evidence

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// A Gatherer adds to a draft what ships by evidence. It is the [draft.Follower] of its roots.
type Gatherer struct {
	*draft.Draft
	needs needs

	// wanted is what programs may open and no evidence is enough for.
	wanted []plan.Wanted
	// beside is what lies beside programs that name it.
	beside []beside
	// listedMentions are what configurations of listed trees say.
	listedMentions map[plan.Origin]*needspkg.Mentions
}

// New is the gatherer of a draft, and its follower from here on.
func New(d *draft.Draft) *Gatherer {
	r := &Gatherer{Draft: d, needs: newNeeds(), listedMentions: mentionsOf(d.Req.Listings)}
	d.Follower = r
	return r
}

// needs is what is known of what ships by evidence.
type needs struct {
	// unread are objects whose strings have not been looked at, and seen all of them.
	unread []draft.Object
	// unreadScripts are scripts whose text has not been looked at.
	unreadScripts []draft.Object
	seen          map[plan.Origin]bool
	// asked are the files and directories that ship by evidence.
	asked map[plan.Origin]bool
	// runtimes are the languages' runtimes that ship, and decided the directories in
	// which nothing ships but what these need.
	runtimes []*languageRuntime
	decided  map[plan.Origin]bool
	// unreadArchives are Java's whose manifests have not been looked at.
	unreadArchives []draft.Object
	// sourced are the parts of shell scripts that are in files of their own.
	sourced []draft.Object
	// pages are the directories that the image's command and the user's configurations name: what is
	// in them may be an app, such as the pages that a server is started with.
	pages map[string]bool
	// allAsked are the directories of which it is known whether all of what is in them is asked for.
	allAsked map[plan.Origin]bool
	// commands are what scripts start.
	commands [][]string
	// texts are the user's that were read, by the source and the path.
	texts map[plan.Origin]bool
	// targets are what links of the spec lead to and was looked at.
	targets map[plan.Origin]bool
	// settings tells that a configuration of the user's has commands as the values of settings.
	settings bool
	// called are the programs that scripts cannot do without.
	called []runtimes.Program
	// noZone tells that the source of a program lacks the time zone of the environment.
	noZone bool
	// handed are the commands that programs start which the config starts.
	handed []handed
	// inline are the programs that scripts in the arguments of commands call, by the place of the command
	// and their name.
	inline map[[2]string]bool

	families map[string]*family         // by tree and PURL
	packages map[string]bool            // that ship as a whole, by tree and PURL
	askedFor map[string][]*plan.Package // by tree
	// helpers are the programs that objects may start.
	helpers map[plan.Origin]map[string]helper
	// listed tells that a program looks for libraries in the list that ldconfig makes.
	listed bool
	// linked are the names that are links, by tree.
	linked map[string]linked
	// accounts are those that programs look up, by name.
	accounts map[string]neededAccount
	// read are the sources that were read for what they start.
	read map[plan.Origin]bool
	// wrapped are the packages whose programs modules are there for, by tree and PURL.
	wrapped map[string]map[string]*plan.Package
}

func newNeeds() needs {
	return needs{
		seen: map[plan.Origin]bool{}, asked: map[plan.Origin]bool{}, decided: map[plan.Origin]bool{},
		families: map[string]*family{}, packages: map[string]bool{}, askedFor: map[string][]*plan.Package{}, accounts: map[string]neededAccount{},
		linked: map[string]linked{}, helpers: map[plan.Origin]map[string]helper{}, read: map[plan.Origin]bool{}, wrapped: map[string]map[string]*plan.Package{}, inline: map[[2]string]bool{}, texts: map[plan.Origin]bool{}, pages: map[string]bool{}, allAsked: map[plan.Origin]bool{}, targets: map[plan.Origin]bool{},
	}
}

// NoteObject keeps an object to look at. What a source of data says that its packages
// consist of is no evidence.
func (r *Gatherer) NoteObject(o draft.Object) {
	key := plan.Origin{Tree: o.Tree, Path: o.Path}
	if r.Req.Runtime.Needs != spec.NeedsAuto || o.Tree == plan.TreeImage || o.Tree == plan.TreeContext ||
		!r.RunsCodeOf(o.Tree) || r.needs.seen[key] {
		return
	}
	r.needs.seen[key] = true
	r.needs.unread = append(r.needs.unread, o)
}

// NoteRoot keeps a program to look at.
func (r *Gatherer) NoteRoot(p *draft.Root) error {
	script := p.Facts.Kind == linkage.Script
	if p.Facts.File == nil && !script || p.Tree == plan.TreeImage || p.Tree == plan.TreeContext || r.Req.Runtime.Needs != spec.NeedsAuto {
		return nil
	}
	found, err := rootfs.Resolve(r.Trees[p.Tree], p.Path)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	if script {
		o := draft.Object{Tree: p.Tree, Path: found.Path, To: p.To, At: p.At, Chain: []string{p.To}, Info: found.Info, File: &elffile.File{}, Need: p.Need && !p.Command}
		r.needs.unreadScripts = append(r.needs.unreadScripts, o)
		return nil
	}
	r.NoteObject(draft.Object{Tree: p.Tree, Path: found.Path, To: p.To, At: p.At, Chain: []string{p.To}, Info: found.Info, File: p.Facts.File, Helper: p.Need && !p.Command, Need: p.Need && !p.Command && (p.Brought || !p.Facts.File.Executable())})
	return nil
}

// FindNeeds ships what the objects open, as far as their strings and packages tell.
func (r *Gatherer) FindNeeds() error {
	batch := r.needs.unread
	r.needs.unread = nil
	byTree := map[string][]string{}
	for _, o := range batch {
		byTree[o.Tree] = append(byTree[o.Tree], o.Path)
	}
	for _, tree := range slices.Sorted(maps.Keys(byTree)) {
		if err := r.LookUp(tree, byTree[tree]); err != nil {
			return err
		}
	}
	if err := r.needsOfScripts(); err != nil {
		return err
	}
	if err := r.needsOfOwnTexts(); err != nil {
		return err
	}
	for _, o := range batch {
		r.noteRuntime(o)
	}
	if err := r.needsOfHanded(); err != nil {
		return err
	}
	// Languages come first, for they know which of the files they need.
	if err := r.findRuntimeNeeds(); err != nil {
		return err
	}
	for _, o := range batch {
		if err := r.needsOf(o); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(r.needs.runtimes, func(rt *languageRuntime) bool { return rt.asked == 0 && r.opensModules(rt) }) {
		if err := r.findRuntimeNeeds(); err != nil {
			return err
		}
	}
	if err := r.needsOfArchives(); err != nil {
		return err
	}
	return r.needsOfSources()
}

// needsOf ships what one object opens.
func (r *Gatherer) needsOf(o draft.Object) error {
	pkg := r.Owners.Packages[r.Owners.Of[plan.Origin{Tree: o.Tree, Path: o.Path}]]
	if err := r.needTimeZone(o); err != nil {
		return err
	}
	if pkg == nil {
		return r.noteUnowned(o)
	}
	own, err := r.family(o.Tree, pkg)
	if err != nil {
		return err
	}
	rule, _ := needspkg.RuleFor(o.File.Soname)
	if rule.Direct && len(o.Chain) > 2 {
		return nil
	}
	if err := r.needByRule(o, rule); err != nil || needspkg.Silent(o.File.Soname) {
		return err
	}
	if err := r.needAsked(o, own, rule); err != nil {
		return err
	}
	found, err := r.stringsOf(o, own)
	if err != nil {
		return err
	}
	if err := r.needDependencies(o, own, pkg, found.Words); err != nil {
		return err
	}
	if err := r.needBuildTools(o, own); err != nil {
		return err
	}
	for _, need := range []func(draft.Object, *family, needspkg.Strings) error{
		r.needHome, r.needOpened, r.needOwnLibraries, r.needOwnConfigs, r.needPaths, r.needHeaders, r.needDescriptions, r.needIncludes, r.needHelpers, r.needAlternatives, r.needBehindAppended, r.needAccounts, r.needDatabases, r.needCharsets, r.needLocales, r.needProviders, r.needRunDirectories, r.needPAM, r.noteWanted,
	} {
		if err := need(o, own, found); err != nil {
			return err
		}
	}
	if !o.File.Executable() || o.Need {
		return nil
	}
	if err := r.needCommandAccounts(o); err != nil {
		return err
	}
	return r.needSpecConfigs(o, own)
}

// stringsOf reads what stands in an object.
func (r *Gatherer) stringsOf(o draft.Object, own *family) (needspkg.Strings, error) {
	words, err := r.wordsOfInterest(o, own)
	if err != nil {
		return needspkg.Strings{}, err
	}
	f, err := rootfs.OpenAt(r.Trees[o.Tree], o.Path)
	if err != nil {
		return needspkg.Strings{}, err
	}
	defer f.Close()
	return needspkg.Read(f, o.Info.Size(), o.File, words)
}

// wordsOfInterest are the words that tell something if they stand in a program: functions
// that it calls, and what it may call them with. What libraries are called with only
// their users know.
func (r *Gatherer) wordsOfInterest(o draft.Object, own *family) (map[string]bool, error) {
	words := map[string]bool{}
	if err := r.noteLibraryNames(o, own, words); err != nil {
		return nil, err
	}
	if needspkg.LinksCrypto(o.File.Needed) {
		maps.Copy(words, needspkg.ProviderWords())
	}
	if rule, _ := needspkg.RuleFor(o.File.Soname); o.File.Executable() || len(o.Chain) == 2 || r.isOwnLibrary(o, own) || rule.ConvertsDocuments(o.File.Needed) {
		for _, word := range slices.Concat(needspkg.Converts, needspkg.Charsets, []string{needspkg.CodePage}) {
			words[word] = true
		}
	}
	if o.File.Executable() || r.isOwnLibrary(o, own) {
		a, err := r.AccountsOf(o.Tree)
		if err != nil {
			return nil, err
		}
		for _, u := range slices.Concat(a.Users, a.Groups) {
			words[u.Name], words["/"+u.Name], words[" "+u.Name] = true, true, true
		}
		for _, word := range needspkg.LooksUpAccounts {
			words[word] = true
		}
		for _, db := range needspkg.Databases {
			for _, word := range db.Functions {
				words[word] = true
			}
		}
	}
	if !o.File.Executable() && (len(o.Chain) != 2 || !r.isForItself(o.Chain[0])) {
		return words, nil
	}
	for _, word := range needspkg.StartsPrograms {
		words[word] = true
	}
	for _, name := range needspkg.Commands {
		words[name+" -"] = true
	}
	words["C.UTF-8"], words[needspkg.RunsProgram] = true, true
	for _, word := range needspkg.LocaleOptions {
		words[word] = true
	}
	helpers, err := r.helpersOf(o, own)
	if err != nil {
		return nil, err
	}
	for name, h := range helpers {
		words[name], words[" "+name], words["/"+name], words[name+" -"] = true, true, true, true
		if h.loose {
			words["*"+name], words[needspkg.GoStarts], words[needspkg.Rust] = true, true, true
		}
	}
	links, err := r.linkedIn(o.Tree)
	if err != nil {
		return nil, err
	}
	for name := range links.alternatives {
		words[path.Base(name)] = true
	}
	return words, nil
}

// isOwnLibrary tells whether a library is of the same source package as the program that
// it was loaded for.
func (r *Gatherer) isOwnLibrary(o draft.Object, own *family) bool {
	origin := plan.Origin{Tree: o.Tree, Path: o.Chain[0]}
	if !r.needs.seen[origin] || own.of == nil {
		return false
	}
	program := r.Owners.Packages[r.Owners.Of[origin]]
	return program != nil && cmp.Or(program.Source, program.Name) == cmp.Or(own.of.Source, own.of.Name)
}

// needPaths ships what the paths in an object lead to.
func (r *Gatherer) needPaths(o draft.Object, own *family, found needspkg.Strings) error {
	for _, n := range found.Paths {
		if err := r.needNamed(o, own, n); err != nil {
			return err
		}
	}
	return nil
}

// shipmentOf is a shipment of what an object needs by a kind of evidence: the name is what
// stands in the object, or the package or program that the evidence is about.
func (r *Gatherer) shipmentOf(o draft.Object, own *family, kind plan.EvidenceKind, name string) shipment {
	return shipment{Gatherer: r, object: o, own: own, reason: plan.Reason{Cause: plan.CauseNeed, At: o.At, Chain: o.Chain,
		Evidence: &plan.Evidence{Kind: kind, In: o.To, Name: name}}}
}

// namedIn is a shipment of what a word or a path in an object's strings stands for.
func (r *Gatherer) namedIn(o draft.Object, own *family, name string) shipment {
	return r.shipmentOf(o, own, plan.EvidenceNamed, name)
}

// needNamed ships what a path in an object's strings leads to, if it is its own.
func (r *Gatherer) needNamed(o draft.Object, own *family, n needspkg.Named) error {
	if needspkg.Shared(n.Path) {
		return r.needBegun(o, own, n)
	}
	found, err := rootfs.Resolve(r.Trees[o.Tree], n.Path)
	if rootfs.IsAbsent(err) && n.Loose {
		return r.needLoose(o, own, n)
	}
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	if needspkg.Shared(found.Path) {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	ship := r.namedIn(o, own, n.Path)
	switch {
	case needspkg.Left(o.File.Soname, found.Path):
		return nil
	case found.Info.IsDir() && r.isChosen(o.Tree, found):
		// What installing made is for reading, wherever it is.
		return r.shipNeed(o, runtimes.Need{Path: n.Path, Evidence: *ship.reason.Evidence})
	case found.Info.IsDir():
		if len(own.below(found.Path)) > 0 {
			ship.links(found)
		}
		return ship.directory(found)
	case n.Dir:
		return nil
	}
	if err := ship.adoptNamed(found); err != nil {
		return err
	}
	if f, ok := own.files[found.Path]; ok && !f.own && needspkg.Program(found.Path) {
		ship.program = own.dependsOnProgramsOf(f.pkg)
	}
	return ship.file(found)
}

// isChosen tells whether the way to a directory goes by a link that update-alternatives has made to one
// of several that packages bring: a dictionary, for instance, and never the state of a program.
func (r *Gatherer) isChosen(tree string, dir rootfs.Resolved) bool {
	chosen := func(l rootfs.Link) bool { return path.Dir(l.Path) == "/etc/alternatives" }
	return needspkg.Writable(dir.Path) && slices.ContainsFunc(dir.Links, chosen) && r.sizeOf(tree, dir) <= maxOwn
}

// needLoose ships what the longest beginning of a path leads to that is a file of the family: other
// text follows it without a separator.
func (r *Gatherer) needLoose(o draft.Object, own *family, n needspkg.Named) error {
	if err := own.load(); err != nil {
		return err
	}
	is := func(name string) (there, dir bool) {
		if _, there = own.files[name]; !there || needspkg.Shared(name) {
			return false, false
		}
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		return err == nil, err == nil && info.IsDir()
	}
	begun, ok := n.Beginning(is)
	if !ok {
		return nil
	}
	return r.needNamed(o, own, begun)
}

// needBegun ships the directories of a program's own packages whose names begin as what it
// puts together at run time: "/usr/lib/csv9.5.8" for "/usr/lib/csv%v".
func (r *Gatherer) needBegun(o draft.Object, own *family, n needspkg.Named) error {
	if len(n.Begun) < minBegun {
		return nil
	}
	if err := own.load(); err != nil {
		return err
	}
	prefix := path.Join(n.Path, n.Begun)
	if _, ok := own.files[prefix]; ok {
		// A file with other text behind it: "/usr/share/java/app.jar$classpath".
		return r.needNamed(o, own, needspkg.Named{Path: prefix})
	}
	i, _ := slices.BinarySearch(own.names, prefix)
	seen := map[string]bool{}
	for ; i < len(own.names) && strings.HasPrefix(own.names[i], prefix); i++ {
		first, _, below := strings.Cut(own.names[i][len(n.Path)+1:], "/")
		name := path.Join(n.Path, first)
		if !below || !own.files[own.names[i]].own || seen[name] || needspkg.NeverShip(name+"/x") {
			continue
		}
		seen[name] = true
		found, ok, err := r.Look(o.Tree, name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if ship := r.namedIn(o, own, prefix); found.Info.IsDir() && found.Path == name {
			if err := ship.directory(found); err != nil {
				return err
			}
		}
	}
	return nil
}

// minBegun is how much of a name tells whose it is.
const minBegun = 3
