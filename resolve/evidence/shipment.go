package evidence

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/start"
)

// shipment ships what one piece of evidence is for.
type shipment struct {
	*Gatherer
	object draft.Object
	own    *family
	reason plan.Reason
	// program tells that a program of another source package is meant.
	program bool
	// home tells that all of it is of a directory that a program has around itself.
	home bool
	// asked tells that an argument of the image's command names what ships.
	asked bool
	// need is set for what a language says; all that it names ships, whoever owns it.
	need *runtimes.Need
	// root is the physical path of what need names.
	root string
}

// to is where a file of the tree goes in the image.
func (s shipment) to(name string) string {
	if s.need == nil || s.need.To == "" {
		return name
	}
	below, ok := strings.CutPrefix(name, s.root)
	if !ok || below != "" && below[0] != '/' {
		return name
	}
	return path.Join(s.need.To, below)
}

// leaves tells what no evidence ships.
func (s shipment) leaves(name string, info fs.FileInfo) bool {
	if s.need == nil {
		home := s.home || s.reason.Evidence.Kind == plan.EvidenceHome
		return needspkg.NeverShip(name) && !(home && needspkg.ForLinking(name)) && !s.sources(name) || needspkg.Left(s.object.File.Soname, name) || s.isDecided(name)
	}
	return s.need.Leave != nil && s.need.Leave(name, info)
}

// sources tells of the settings in /etc/default that a script which the spec names reads: it may end
// without them.
func (s shipment) sources(name string) bool {
	return s.object.File.Type == 0 && !s.object.Need && s.names(name) && path.Dir(name) == "/etc/default"
}

// isDecided tells what is in a directory of which a language says what ships.
func (s shipment) isDecided(name string) bool {
	for dir := name; dir != "/"; dir = path.Dir(dir) {
		if s.needs.decided[plan.Origin{Tree: s.object.Tree, Path: dir}] {
			return true
		}
	}
	return false
}

// directory ships the files in a directory that are the family's own.
func (s shipment) directory(dir rootfs.Resolved) error {
	if s.need == nil && s.seenDirectory(dir.Path) {
		return nil // by a language's evidence not all of it ships at once
	}
	f, listed := s.own.files[dir.Path]
	names := slices.Clone(s.own.below(dir.Path)) // links add to the family
	shared := s.own.shared(names)
	if s.need == nil && !shared && len(names) > 0 && (!needspkg.Writable(dir.Path) || s.holdsFiles(names)) {
		more, err := s.unowned(dir.Path)
		if err != nil {
			return err
		}
		names = append(names, more...)
	}
	if listed {
		s.wantDirectory(dir, f)
	}
	for _, name := range s.wanted(dir.Path, names) {
		found, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
		if err != nil {
			if err := rootfs.UnlessAbsent(err); err != nil {
				return err
			}
			continue
		}
		file := s.own.files[name]
		if shared && !file.own {
			continue
		}
		if err := s.one(name, found, file); err != nil {
			return err
		}
	}
	return nil
}

// wanted are those of the files in a directory that are not messages in languages that nobody
// asks for.
func (s shipment) wanted(dir string, names []string) []string {
	if s.need != nil || len(names) == 0 {
		return names
	}
	translations := needspkg.Translations(names, s.Req.Env)
	if len(translations) == 0 {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		for at := path.Dir(name); len(at) > len(dir); at = path.Dir(at) {
			if translations[at] {
				return true
			}
		}
		return false
	})
}

// holdsFiles tells whether packages have files in a directory for what changes: then what is
// there besides is an index of them, and not the state of a program.
func (s shipment) holdsFiles(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
		return err == nil && info.Mode().IsRegular()
	})
}

// unowned lists what no package owns below a directory of the family: what installing made
// there, as an index of plugins or the links that enable modules. There is none where
// others have files, too.
func (s shipment) unowned(dir string) ([]string, error) {
	var unknown []string
	left := maxUnowned
	err := s.walk(dir, &left, func(name string) {
		if _, ok := s.own.files[name]; !ok {
			unknown = append(unknown, name)
		}
	})
	if err != nil || left < 0 || len(unknown) == 0 {
		return nil, err
	}
	found, err := s.OwnersIn(s.object.Tree, unknown)
	if err != nil {
		return nil, err
	}
	for name := range found {
		// Such a link counts as its target's: update-alternatives has made it.
		info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
		if err != nil {
			return nil, err
		}
		to, err := rootfs.Resolve(s.Trees[s.object.Tree], name)
		if _, ok := s.own.files[to.Path]; err != nil || !ok || info.Mode()&fs.ModeSymlink == 0 {
			return nil, rootfs.UnlessAbsent(err)
		}
	}
	unknown = slices.DeleteFunc(unknown, s.isSecretOfOthers)
	for _, name := range unknown {
		s.own.files[name] = familyFile{own: true}
	}
	return unknown, nil
}

// isSecretOfOthers tells of a file that installing made and that not all may read, beside a program that
// another one starts: the host's keys in /etc/ssh are the server's, and not those of ssh.
func (s shipment) isSecretOfOthers(name string) bool {
	if s.object.Chain == nil || s.isForItself(s.object.Chain[0]) && !s.object.Helper && !s.object.Need {
		return false
	}
	info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o004 == 0
}

// maxUnowned is how many files a directory can hold that is searched for such.
const maxUnowned = 4096

// seenDirectory reports whether the family's files in a directory have been asked for before.
// Another one can have others there.
func (s shipment) seenDirectory(dir string) bool {
	key := dir + "/."
	if s.reason.Evidence.Kind == plan.EvidenceHome {
		key += "/." // which ships more of it than other evidence
	}
	if s.own.of != nil {
		key += s.own.of.PURL
	}
	return s.seen(key)
}

// seen tells whether a file or directory has been asked for before.
func (s shipment) seen(name string) bool {
	key := plan.Origin{Tree: s.object.Tree, Path: name}
	seen := s.needs.asked[key]
	s.needs.asked[key] = true
	return seen
}

// present ships a file of the family, if the tree has it: its package may name more than
// was installed.
func (s shipment) present(name string, file familyFile) error {
	info, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(name))
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	return s.one(name, info, file)
}

// one ships a file, a link or an empty directory by its physical path.
func (s shipment) one(name string, info fs.FileInfo, file familyFile) error {
	if s.leaves(name, info) {
		return nil
	}
	switch {
	case info.IsDir():
		s.wantDirectory(rootfs.Resolved{Path: name, Info: info}, file)
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return s.link(name, file)
	case info.Mode().IsRegular():
		return s.regular(name, info, file)
	}
	return nil
}

// file ships a file that is named, if it is the family's.
func (s shipment) file(found rootfs.Resolved) error {
	f, ok := s.own.files[found.Path]
	if !ok || s.leaves(found.Path, found.Info) || !f.own && !s.program && found.Info.Mode()&0o111 != 0 {
		return nil
	}
	if !found.Info.Mode().IsRegular() {
		return nil
	}
	s.reason.Evidence = s.evidence(f)
	s.links(found)
	return s.regular(found.Path, found.Info, f)
}

// links ships the links on the way to what is named.
func (s shipment) links(found rootfs.Resolved) {
	before := len(s.Entries)
	s.WantLinks(s.object.Tree, found, s.reason)
	for i := range s.Entries[before:] {
		e := &s.Entries[before+i]
		e.Path, e.Reason.Path = s.to(e.Path), s.to(e.Reason.Path)
	}
	s.giveWay(before)
}

// evidence is the reason's, with the package by which it counts.
func (s shipment) evidence(f familyFile) *plan.Evidence {
	e := *s.reason.Evidence
	if f.pkg != nil {
		e.Package = f.pkg.Name
	}
	return &e
}

// lacksReader tells of files that one library alone reads, where it does not ship.
func (s shipment) lacksReader(name string) bool {
	reader := needspkg.ReadBy(name)
	if reader == "" {
		return false
	}
	_, err := s.Trees[s.object.Tree].Lstat(rootfs.Name(reader))
	return err != nil || s.ExcludesNeed(s.to(reader), draft.PackageName(s.own.files[reader].pkg))
}

// giveWay makes entries give way to what the spec says: nobody has asked for them.
func (s shipment) giveWay(before int) {
	for i := range s.Entries[before:] {
		s.Entries[before+i].Soft = true
	}
}

// regular ships a file, with what it brings itself.
func (s shipment) regular(name string, info fs.FileInfo, f familyFile) error {
	if s.ExcludesNeed(s.to(name), draft.PackageName(f.pkg)) || s.lacksReader(name) {
		return nil
	}
	unmentioned, err := s.unmentioned(name)
	if err != nil || unmentioned && info.Size() > maxConfig {
		return err
	}
	asked := s.asked || s.isArgument(name)
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || s.seen(name) {
		s.remake(name)
		for _, p := range s.Roots {
			p.Command = p.Command || asked && p.To == s.to(name)
		}
		return nil
	}
	p := draft.Root{Tree: s.object.Tree, Path: name, To: s.to(name), At: s.object.At, Extra: true, Need: true, Brought: s.need != nil, Command: asked}
	if request.MayLoad(name, info.Mode()) {
		if p.Facts, err = linkage.ClassifyFile(s.Trees[p.Tree], rootfs.Resolved{Path: name, Info: info}, name, s.Req.Platform); err != nil {
			return err
		}
		if s.leavesScript(p, name, f) || s.leavesProgram(p, f) {
			return nil
		}
		if p.Module, err = s.isInstalled(p); err != nil {
			return err
		}
	}
	s.wantFile(p, info, f)
	return s.follow(p, info, f, unmentioned)
}

// wantFile asks for a file.
func (s shipment) wantFile(p draft.Root, info fs.FileInfo, f familyFile) {
	reason := s.reason
	reason.Evidence = s.evidence(f)
	before := len(s.Entries)
	s.WantCopy(p.Tree, p.Path, p.To, info, nil, nil, reason)
	s.giveWay(before)
	s.remake(p.Path)
	s.hand(&s.Entries[before].Entry)
	if s.need != nil && s.need.KeepTime != nil && s.need.KeepTime(p.Path) || needspkg.KeepsTime(p.Path) {
		s.Entries[before].ModTime = new(info.ModTime().Unix())
	}
}

// follow looks for what a file that ships brings itself.
func (s shipment) follow(p draft.Root, info fs.FileInfo, f familyFile, unmentioned bool) error {
	o := draft.Object{Tree: p.Tree, Path: p.Path, To: p.To, At: p.At, Chain: append(slices.Clone(s.object.Chain), p.To), Info: info}
	switch {
	case p.Facts != nil && (p.Facts.Runs() && p.Facts.Kind != linkage.Script || p.Library() || s.bringsShell(p) || s.bringsInterpreter(p, f)):
		s.AddRoot(p)
		if !p.Library() {
			return nil
		}
		s.linkedName(p)
		// No program needs it by name, so that nothing else looks at it.
		o.File = p.Facts.File
		if s.need == nil {
			return s.openedByPlugin(o, f)
		}
		return s.needByRules(o)
	case path.Ext(p.Path) == ".jar" && p.Facts == nil:
		o.Chain, o.File = s.object.Chain, s.object.File
		s.needs.unreadArchives = append(s.needs.unreadArchives, o)
	case s.isSourced(p.Path, info):
		o.File, o.Need = &elffile.File{}, s.object.Need
		s.needs.sourced = append(s.needs.sourced, o)
		s.needs.unreadScripts = append(s.needs.unreadScripts, o)
	case unmentioned:
		return s.needConfigAccounts(p.Path, info)
	case p.Facts == nil:
		return s.followText(p.Path, info, f)
	}
	return nil
}

// followText looks for what a file of data brings, which may be a configuration. What one of a
// language loads the language knows.
func (s shipment) followText(name string, info fs.FileInfo, f familyFile) error {
	config := needspkg.IsConfig(name) && !needspkg.IsDisabled(name)
	if s.need != nil {
		if config && strings.HasPrefix(name, "/etc/") {
			return s.needConfigSystem(name, info)
		}
		return nil
	}
	switch {
	case config:
		return s.needConfig(name, info)
	case needspkg.IsCode(name):
		return s.needCode(name, info)
	case info.Size() > maxDirectives:
		return nil
	case path.Ext(name) == "":
		return s.needDirectives(name)
	case s.describes(f):
		return s.needDescribed(name, f)
	}
	return nil
}

// linkedName ships the name of a library beside it by which others are linked with it: a module of Lua
// that one script loads by its file is what another's is linked with.
func (s shipment) linkedName(p draft.Root) {
	name := path.Join(path.Dir(p.Path), p.Facts.File.Soname)
	if !needspkg.LoadedByName(p.Path) || p.Facts.File.Soname == "" || name == p.Path {
		return
	}
	if found, err := rootfs.Resolve(s.Trees[s.object.Tree], name); err == nil && found.Path == p.Path {
		s.links(found)
	}
}

// isInstalled tells of libraries that an installer of a language's modules has put there.
func (s shipment) isInstalled(p draft.Root) (bool, error) {
	if s.need == nil || !p.Library() || !runtimes.ThirdParty(nil)(p.Path) {
		return false, nil
	}
	of, err := s.PackagesOf(p.Tree, []string{p.Path})
	return of[p.Path] == "", err
}

// isArgument tells whether an argument of what the image starts is the name of a plugin, as
// "python3" is of python3_plugin.so.
func (s shipment) isArgument(name string) bool {
	stem, ok := needspkg.Plugin(name)
	return ok && s.need == nil && slices.ContainsFunc(s.Req.Commands, func(c imagecheck.Command) bool { return slices.Contains(c.Args, stem) })
}

// remake says how a file is made that a language has made of others. It may know more
// than when it was asked before.
func (s shipment) remake(name string) {
	if s.need == nil || s.need.Made == nil || name != s.root {
		return
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Reason.Cause == plan.CauseNeed && e.From != nil && *e.From == (plan.Origin{Tree: s.object.Tree, Path: name}) {
			e.Made, e.Size, e.Reason.Evidence = s.need.Made, s.need.Size, &s.need.Evidence
		}
	}
}

// isSourced tells of files that a script names and reads as a part of itself: ". /usr/lib/x/x.sh".
// Its name may be that of a link.
func (s shipment) isSourced(name string, info fs.FileInfo) bool {
	ext := path.Ext(name)
	if s.need == nil && s.object.File.Type == 0 && !s.object.Need && s.reason.Evidence.Kind == plan.EvidenceHome && info.Mode()&0o111 == 0 && (ext == "" || ext == ".sh" || ext == ".bash") && info.Size() <= maxScript {
		return s.beginsAsShell(name)
	}
	linked := s.reason.Evidence.Kind == plan.EvidenceLink
	if linked {
		ext = path.Ext(s.reason.Evidence.In)
	}
	return s.need == nil && (ext == ".sh" || ext == ".bash") && info.Mode()&0o111 == 0 && s.object.File.Type == 0 &&
		(linked && info.Size() <= maxScript || s.names(name))
}

// beginsAsShell tells of files whose first line is that of a shell script, and of those that begin
// with a comment and define functions of the shell.
func (s shipment) beginsAsShell(name string) bool {
	f, err := rootfs.OpenAt(s.Trees[s.object.Tree], name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := f.ReadAt(head, 0)
	line, _, _ := strings.Cut(string(head[:n]), "\n")
	fields := strings.Fields(strings.TrimPrefix(line, "#!"))
	if strings.HasPrefix(line, "# ") && path.Ext(name) == "" {
		text, err := rootfs.ReadFile(s.Trees[s.object.Tree], name, maxScript)
		return err == nil && needspkg.HasFunctions(text)
	}
	return strings.HasPrefix(line, "#!") && len(fields) > 0 && needspkg.IsShell(fields[len(fields)-1])
}

// leavesScript tells of programs that are scripts and that packages' evidence is not enough
// for: they would need an interpreter of tens of megabytes, which nothing names.
func (s shipment) leavesScript(p draft.Root, name string, f familyFile) bool {
	return s.need == nil && !s.isAskedFor(p.Tree, f.pkg) && p.Facts.Kind == linkage.Script && needspkg.Program(name) && !s.isShellScript(p) && !s.calls(p)
}

// calls tells of scripts that a script names by their paths: it calls them, and one that the
// image is for brings their interpreters, too.
func (s shipment) calls(p draft.Root) bool {
	caller := s.object.File.Type == 0 && !s.object.Need
	return caller && s.reason.Evidence.Kind == plan.EvidenceNamed && s.reason.Evidence.Name == p.Path
}

// leavesProgram tells of programs in a directory that is named which are of a package that
// has nothing to do with the object's own but the source: others start them. And of those
// beside the object in its home that people start, as PATH has another program for each that
// starts it.
func (s shipment) leavesProgram(p draft.Root, f familyFile) bool {
	if s.need != nil || s.program || p.Facts.File == nil || !p.Facts.File.Executable() || s.names(p.Path) || f.pkg == nil {
		return false
	}
	if s.reason.Evidence.Kind == plan.EvidenceHome && path.Dir(p.Path) == path.Dir(s.object.Path) {
		called, err := rootfs.Resolve(s.Trees[s.object.Tree], "/usr/bin/"+path.Base(p.Path))
		if err == nil && called.Path != p.Path {
			return true
		}
	}
	return s.own.of != nil && !s.own.near(f.pkg)
}

// names tells whether the evidence is the path or the name of a file itself, and not of a
// directory that it is in.
func (s shipment) names(name string) bool {
	e := s.reason.Evidence
	return e.Kind == plan.EvidenceNamed && path.Base(e.Name) == path.Base(name)
}

// bringsShell tells of scripts that their shell ships with: those that are named, and those
// among a package's programs. In directories of data they are for people.
func (s shipment) bringsShell(p draft.Root) bool {
	private := s.reason.Evidence.Kind == plan.EvidenceHome && s.object.File.Type == 0 && !s.object.Need
	return s.need == nil && p.Facts.Kind == linkage.Script && s.calls(p) || s.isShellScript(p) && private || s.isShellScript(p) && !needspkg.Builds(p.Path) && (s.names(p.Path) || needspkg.Program(p.Path) || strings.HasPrefix(p.Path, "/usr/lib"))
}

// bringsInterpreter tells of scripts of packages that the spec asks for by name, among those of the
// programs that it ships: git-send-email of git-email.
func (s shipment) bringsInterpreter(p draft.Root, f familyFile) bool {
	return s.need == nil && p.Facts.Kind == linkage.Script && s.isAskedFor(p.Tree, f.pkg) && !needspkg.Builds(p.Path) && (f.own || needspkg.Program(p.Path))
}

// isShellScript tells of scripts that a small shell runs.
func (s shipment) isShellScript(p draft.Root) bool {
	if s.need != nil || p.Facts.Kind != linkage.Script {
		return false
	}
	names := start.Needs(p.Facts.Shebang, s.Req.Env)
	return len(names) > 0 && needspkg.IsShell(names[len(names)-1])
}

// link ships a link with what it leads to, if that is of the family.
func (s shipment) link(name string, f familyFile) error {
	if s.seen(name) || s.ExcludesNeed(s.to(name), draft.PackageName(f.pkg)) {
		return nil
	}
	tree := s.Trees[s.object.Tree]
	target, err := tree.ReadLink(rootfs.Name(name))
	if err != nil {
		return err
	}
	reason := s.reason
	reason.Evidence = s.evidence(f)
	s.Want(imagetree.Entry{Soft: true, Source: tree, Entry: plan.Entry{
		Path: s.to(name), Kind: plan.KindSymlink, Target: target,
		From: &plan.Origin{Tree: s.object.Tree, Path: name}, Reason: reason,
	}})
	found, err := rootfs.Resolve(tree, name)
	if err != nil {
		return rootfs.UnlessAbsent(err)
	}
	s.home = s.home || s.reason.Evidence.Kind == plan.EvidenceHome
	s.reason.Evidence = &plan.Evidence{Kind: plan.EvidenceLink, In: name}
	s.asked = s.asked || s.isArgument(name)
	if s.need != nil {
		if err := s.gather(found); err != nil {
			return err
		}
		s.links(found)
	} else if found.Info.Mode().IsRegular() {
		// What no package owns is what one has made when it was installed.
		of, err := s.PackagesOf(s.object.Tree, []string{found.Path})
		if err != nil {
			return err
		}
		if _, listed := s.own.files[found.Path]; !listed && (of[found.Path] == "" || s.program) {
			f.pkg = cmp.Or(s.Owners.Packages[of[found.Path]], f.pkg)
			s.own.files[found.Path] = f
		} else if far := s.Owners.Packages[of[found.Path]]; !listed && far != nil {
			if ok, err := s.Reaches(s.object.Tree, f.pkg, far); err != nil {
				return err
			} else if ok {
				s.own.files[found.Path] = familyFile{pkg: far}
			}
		}
	}
	if found.Info.IsDir() {
		if needspkg.Shared(found.Path) {
			return nil
		}
		return s.directory(found)
	}
	if err := s.adopt(found); err != nil {
		return err
	}
	if err := s.file(found); err != nil || !needspkg.Enables(name) || s.need != nil {
		return err
	}
	return s.needConfig(found.Path, found.Info)
}

// adopt makes a file that no package owns one of the family: installing made it, and a
// link of the family leads to it.
func (s shipment) adopt(found rootfs.Resolved) error {
	if _, ok := s.own.files[found.Path]; ok || !found.Info.Mode().IsRegular() || found.Info.Mode()&0o111 != 0 {
		return nil
	}
	owners, err := s.OwnersIn(s.object.Tree, []string{found.Path})
	if err == nil && len(owners) == 0 {
		s.own.files[found.Path] = familyFile{own: true}
	}
	return err
}

// adoptNamed makes a file that no package owns one of the family where it is named and in a
// directory that the family's package keeps for itself: installing made it, as a list of what
// is installed. What not all may read is a secret, or the state of a program.
func (s shipment) adoptNamed(found rootfs.Resolved) error {
	dir := path.Dir(found.Path)
	if !s.own.files[dir].own || needspkg.Shared(dir) || found.Info.Mode()&0o004 == 0 || found.Info.Size() > maxConfig {
		return nil
	}
	return s.adopt(found)
}

// hand gives what only the account of a service may read to the image's user, who is that
// account here: a directory 0750 of root and the group of a name server. What root starts
// becomes that account by itself.
func (s shipment) hand(e *plan.Entry) {
	if s.Req.User.UID == 0 || e.Mode&0o004 != 0 && (e.Kind != plan.KindDir || e.Mode&0o001 != 0) {
		return
	}
	if e.UID != 0 {
		e.UID = s.Req.User.UID
	}
	if e.GID != 0 {
		e.GID = s.Req.User.GID
	}
}

// wantDirectory asks for a directory. One that holds what changes is the user's, for
// it has another owner in the source only because the program runs as another there, and so it
// does here where root starts it.
func (s shipment) wantDirectory(dir rootfs.Resolved, f familyFile) {
	if s.ExcludesNeed(s.to(dir.Path), draft.PackageName(f.pkg)) || s.lacksReader(dir.Path) {
		return
	}
	e := plan.Entry{Path: s.to(dir.Path), Kind: plan.KindDir, From: &plan.Origin{Tree: s.object.Tree, Path: dir.Path}, Reason: s.reason}
	e.Reason.Evidence = s.evidence(f)
	e.Mode, e.UID, e.GID = imagetree.Attributes(dir.Info)
	if needspkg.Writable(dir.Path) && s.Req.User.UID != 0 {
		e.UID, e.GID = s.Req.User.UID, s.Req.User.GID
	}
	s.hand(&e)
	s.Want(imagetree.Entry{Entry: e, Soft: true, Source: s.Trees[s.object.Tree], Info: dir.Info})
}
