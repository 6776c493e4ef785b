package resolve

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
)

// neededAccount is an account of a source that a program looks up by its name.
type neededAccount struct {
	tree string
	name string
	by   string // the file that names it
}

// needAccounts notes the accounts that a program looks up, or a library of its own.
func (r *resolver) needAccounts(o object, _ *family, found needspkg.Strings) error {
	if !anyOf(found.Symbols, needspkg.LooksUpAccounts) {
		return nil
	}
	return r.noteAccounts(o, found.Words, nil)
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
			}
		}
	}
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
			if group, ok := byName(from.groups, name); ok {
				add(group, fmt.Sprintf("%s:x:%d:\n", group.name, group.id))
			}
			if i := slices.IndexFunc(from.groups, func(g account) bool { return isUser && g.id == user.gid }); i >= 0 {
				add(from.groups[i], fmt.Sprintf("%s:x:%d:\n", from.groups[i].name, user.gid))
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

func homeOf(u account) string {
	if u.home == "" {
		return "/nonexistent"
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
