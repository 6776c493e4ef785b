package evidence

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagetree"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// neededAccount is an account of a source that a program looks up by its name.
type neededAccount struct {
	tree string
	name string
	by   string // the file that names it
}

// NeedAccount ships an account of a tree. By says who asks for it.
func (r *Gatherer) NeedAccount(tree, name, by string) {
	r.needs.accounts[name] = neededAccount{tree, name, by}
}

// needAccounts notes the accounts that a program looks up, or a library of its own.
func (r *Gatherer) needAccounts(o draft.Object, own *family, found needspkg.Strings) error {
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
func (r *Gatherer) needMadeAccounts(o draft.Object, own *family, words map[string]bool) error {
	db, err := r.Database(o.Tree)
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
func (r *Gatherer) needScriptAccounts(o draft.Object, own *family, text []byte) error {
	if o.Need {
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
func (r *Gatherer) keepers(o draft.Object, own *family, words map[string]bool) (map[string]bool, error) {
	a, err := r.AccountsOf(o.Tree)
	if err != nil {
		return nil, err
	}
	db, err := r.Database(o.Tree)
	if err != nil || db == nil || own.of == nil {
		return nil, err
	}
	given := needspkg.GivesTo(db.Installer(own.of))
	owners := map[uint32]bool{}
	for _, name := range slices.Concat(own.below("/etc"), own.below("/var")) {
		info, err := r.Trees[o.Tree].Lstat(rootfs.Name(name))
		if err := rootfs.UnlessAbsent(err); err != nil {
			return nil, err
		}
		if err == nil && own.files[name].own {
			_, uid, _ := imagetree.Attributes(info)
			owners[uid] = true
		}
	}
	out := map[string]bool{}
	for _, u := range a.Users {
		out[u.Name] = given[u.Name] || owners[u.ID] && (words[u.Name] || words["/"+u.Name])
	}
	return out, nil
}

// needCommandAccounts notes the accounts that arguments of what the image starts name.
func (r *Gatherer) needCommandAccounts(o draft.Object) error {
	for _, c := range r.Req.Commands {
		if c.Name != o.To && path.Base(c.Name) != path.Base(o.To) {
			continue
		}
		by := o
		by.To = "the arguments of " + o.To
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
func (r *Gatherer) noteAccounts(o draft.Object, words, sure map[string]bool) error {
	a, err := r.AccountsOf(o.Tree)
	if err != nil {
		return err
	}
	for _, u := range slices.Concat(a.Users, a.Groups) {
		// "unknown user opensmtpq" ends with one: linkers let strings share their ends.
		named := (words[u.Name] || words["/"+u.Name] || u.ID >= firstOwnID && words[" "+u.Name]) && (u.ID >= firstOwnID || needspkg.CommonAccount(u.Name))
		if (named || sure[u.Name]) && u.Name != "nonroot" && u.Name != "root" {
			if _, ok := r.needs.accounts[u.Name]; !ok {
				r.needs.accounts[u.Name] = neededAccount{o.Tree, u.Name, o.To}
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
func (r *Gatherer) needAccountHome(o draft.Object, u draft.Account) error {
	if !path.IsAbs(u.Home) || needspkg.Shared(path.Clean(u.Home)) || len(o.Chain) == 0 {
		return nil
	}
	found, ok, err := r.Look(o.Tree, path.Clean(u.Home))
	if err != nil || !ok || !found.Info.IsDir() || needspkg.Shared(found.Path) {
		return err
	}
	ship := r.shipmentOf(o, nil, plan.EvidenceRule, "the home of the account "+u.Name)
	ship.links(found)
	ship.wantDirectory(found, familyFile{})
	return nil
}

// firstOwnID is the first number that Debian policy 9.2.2 leaves to packages; lower ones are
// the same on every system.
const firstOwnID = 100

// NeededRecords are the lines of passwd or group for the accounts that are needed, sorted
// by number, without those that are in data.
func (r *Gatherer) NeededRecords(file, data string) string {
	type record struct {
		id   uint32
		line string
	}
	var out []record
	add := func(a draft.Account, line string) {
		known := draft.ParseAccounts(data)
		_, named := draft.ByName(known, a.Name)
		if !named && draft.NameOf(known, a.ID) == "" && !slices.ContainsFunc(out, func(r record) bool { return r.id == a.ID }) {
			out = append(out, record{a.ID, line})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.needs.accounts)) {
		from := r.Accounts[r.needs.accounts[name].tree]
		user, isUser := draft.ByName(from.Users, name)
		switch {
		case file == draft.PasswdFile && isUser:
			add(user, fmt.Sprintf("%s:x:%d:%d::%s:/sbin/nologin\n", user.Name, user.ID, user.GID, HomeOf(user)))
		case file == draft.GroupFile:
			for _, group := range from.Groups {
				if group.Name == name || isUser && (group.ID == user.GID || slices.Contains(group.Members, name)) {
					add(group, fmt.Sprintf("%s:x:%d:%s\n", group.Name, group.ID, r.neededMembers(group)))
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
func (r *Gatherer) neededMembers(group draft.Account) string {
	var out []string
	for _, name := range group.Members {
		if _, ok := r.needs.accounts[name]; ok {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// NeededName is what a program calls the image's user or group when it looks it up: the name of
// that number in its source. It is empty where no program does.
func (r *Gatherer) NeededName(file string) string {
	for _, name := range sortedKeys(r.needs.accounts) {
		from := r.Accounts[r.needs.accounts[name].tree]
		list, id := from.Users, r.Req.User.UID
		if file == draft.GroupFile {
			list, id = from.Groups, r.Req.User.GID
		}
		if a, ok := draft.ByName(list, name); ok && a.ID == id {
			return name
		}
		if u, ok := draft.ByName(from.Users, name); ok && file == draft.GroupFile && r.UserNamed != nil && u.ID == r.Req.User.UID {
			return draft.NameOf(from.Groups, id)
		}
	}
	return ""
}

func HomeOf(u draft.Account) string {
	if u.Home == "" {
		return draft.NoHome
	}
	return u.Home
}

// AccountsContent says in words which accounts are needed and by what.
func (r *Gatherer) AccountsContent() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(r.needs.accounts)) {
		out = append(out, fmt.Sprintf("%s is named in %s", name, r.needs.accounts[name].by))
	}
	return strings.Join(out, "; ")
}
