package resolve

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// neededAccount is an account of a source that a program looks up by its name.
type neededAccount struct {
	tree string
	name string
	by   string // the file that names it
}

// needAccounts notes the accounts that a program looks up, or a library of its own.
func (r *resolver) needAccounts(o object, own *family, found needspkg.Strings) error {
	if !anyOf(found.Symbols, needspkg.LooksUpAccounts) {
		return r.needMadeAccounts(o, own, found.Words)
	}
	sure, err := r.keepers(o, own, found.Words)
	if err != nil {
		return err
	}
	return r.noteAccounts(o, found.Words, sure)
}

// needMadeAccounts notes the accounts that a program names and that its package makes when it is installed:
// a library of its own looks them up for it.
func (r *resolver) needMadeAccounts(o object, own *family, words map[string]bool) error {
	db, err := r.database(o.tree)
	if err != nil || db == nil || own.of == nil {
		return err
	}
	made := needspkg.Makes(db.Installer(own.of))
	maps.DeleteFunc(made, func(name string, _ bool) bool { return !words[name] })
	if len(made) == 0 {
		return nil
	}
	return r.noteAccounts(o, made, nil)
}

// needScriptAccounts notes the accounts that a script of a package names.
func (r *resolver) needScriptAccounts(o object, own *family, text []byte) error {
	if o.need {
		return nil
	}
	words := needspkg.Words(text)
	sure, err := r.keepers(o, own, words)
	if err != nil {
		return err
	}
	return r.noteAccounts(o, words, sure)
}

// keepers are those of the users that some words name to which files in /etc and /var of the
// packages of a program belong, and those to which its package gives files when it is installed:
// "news" of a news server. Every system has some of them, and it is for such packages that it does.
func (r *resolver) keepers(o object, own *family, words map[string]bool) (map[string]bool, error) {
	a, err := r.accountsOf(o.tree)
	if err != nil {
		return nil, err
	}
	db, err := r.database(o.tree)
	if err != nil || db == nil || own.of == nil {
		return nil, err
	}
	given := needspkg.GivesTo(db.Installer(own.of))
	owners := map[uint32]bool{}
	for _, name := range slices.Concat(own.below("/etc"), own.below("/var")) {
		info, err := r.trees[o.tree].Lstat(rootfs.Name(name))
		if err := rootfs.UnlessAbsent(err); err != nil {
			return nil, err
		}
		if err == nil && own.files[name].own {
			_, uid, _ := imagetree.Attributes(info)
			owners[uid] = true
		}
	}
	out := map[string]bool{}
	for _, u := range a.users {
		out[u.name] = given[u.name] || owners[u.id] && (words[u.name] || words["/"+u.name])
	}
	return out, nil
}

// needCommandAccounts notes the accounts that arguments of what the image starts name.
func (r *resolver) needCommandAccounts(o object) error {
	for _, c := range r.req.Commands {
		if c.Name != o.to && path.Base(c.Name) != path.Base(o.to) {
			continue
		}
		by := o
		by.to = "the arguments of " + o.to
		words, sure := needspkg.AccountsOf(c.Args)
		if err := r.noteAccounts(by, words, sure); err != nil {
			return err
		}
	}
	return nil
}

// noteAccounts notes those of some words that are the names of accounts. Those that
// every system has are ordinary words, too, and are left alone, unless what is set by them
// is sure to be an account.
func (r *resolver) noteAccounts(o object, words, sure map[string]bool) error {
	a, err := r.accountsOf(o.tree)
	if err != nil {
		return err
	}
	for _, u := range slices.Concat(a.users, a.groups) {
		// "unknown user opensmtpq" ends with one: linkers let strings share their ends.
		named := (words[u.name] || words["/"+u.name] || u.id >= firstOwnID && words[" "+u.name]) && (u.id >= firstOwnID || needspkg.CommonAccount(u.name))
		if (named || sure[u.name]) && u.name != "nonroot" && u.name != "root" {
			if _, ok := r.needs.accounts[u.name]; !ok {
				r.needs.accounts[u.name] = neededAccount{o.tree, u.name, o.to}
				if err := r.needAccountHome(o, u); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// needAccountHome makes the home of an account that a program looks up, to which it changes, where
// the source has it for this account alone.
func (r *resolver) needAccountHome(o object, u account) error {
	if !path.IsAbs(u.home) || needspkg.Shared(path.Clean(u.home)) || len(o.chain) == 0 {
		return nil
	}
	found, ok, err := r.look(o.tree, path.Clean(u.home))
	if err != nil || !ok || !found.Info.IsDir() || needspkg.Shared(found.Path) {
		return err
	}
	ship := r.shipmentOf(o, nil, plan.EvidenceRule, "the home of the account "+u.name)
	ship.links(found)
	ship.wantDirectory(found, familyFile{})
	return nil
}

// firstOwnID is the first number that Debian policy 9.2.2 leaves to packages; lower ones are
// the same on every system.
const firstOwnID = 100

// neededRecords are the lines of passwd or group for the accounts that are needed, sorted
// by number, without those that are in data.
func (r *resolver) neededRecords(file, data string) string {
	type record struct {
		id   uint32
		line string
	}
	var out []record
	add := func(a account, line string) {
		known := parseAccounts(data)
		_, named := byName(known, a.name)
		if !named && nameOf(known, a.id) == "" && !slices.ContainsFunc(out, func(r record) bool { return r.id == a.id }) {
			out = append(out, record{a.id, line})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.needs.accounts)) {
		from := r.accounts[r.needs.accounts[name].tree]
		user, isUser := byName(from.users, name)
		switch {
		case file == passwdFile && isUser:
			add(user, fmt.Sprintf("%s:x:%d:%d::%s:/sbin/nologin\n", user.name, user.id, user.gid, homeOf(user)))
		case file == groupFile:
			for _, group := range from.groups {
				if group.name == name || isUser && (group.id == user.gid || slices.Contains(group.members, name)) {
					add(group, fmt.Sprintf("%s:x:%d:%s\n", group.name, group.id, r.neededMembers(group)))
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b record) int { return int(int64(a.id) - int64(b.id)) })
	var b strings.Builder
	for _, r := range out {
		b.WriteString(r.line)
	}
	return b.String()
}

// neededMembers are those of the members of a group whose accounts are needed: what changes to one of them
// asks for its groups.
func (r *resolver) neededMembers(group account) string {
	var out []string
	for _, name := range group.members {
		if _, ok := r.needs.accounts[name]; ok {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// neededName is what a program calls the image's user or group when it looks it up: the name of
// that number in its source. It is empty where no program does.
func (r *resolver) neededName(file string) string {
	for _, name := range sortedKeys(r.needs.accounts) {
		from := r.accounts[r.needs.accounts[name].tree]
		list, id := from.users, r.req.User.UID
		if file == groupFile {
			list, id = from.groups, r.req.User.GID
		}
		if a, ok := byName(list, name); ok && a.id == id {
			return name
		}
		if u, ok := byName(from.users, name); ok && file == groupFile && r.userNamed != nil && u.id == r.req.User.UID {
			return nameOf(from.groups, id)
		}
	}
	return ""
}

func homeOf(u account) string {
	if u.home == "" {
		return noHome
	}
	return u.home
}

// accountsContent says in words which accounts are needed and by what.
func (r *resolver) accountsContent() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(r.needs.accounts)) {
		out = append(out, fmt.Sprintf("%s is named in %s", name, r.needs.accounts[name].by))
	}
	return strings.Join(out, "; ")
}
