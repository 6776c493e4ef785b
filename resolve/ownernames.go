package resolve

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// accounts are the users and groups of a tree, or of the image.
type accounts struct {
	where         string // for a person
	users, groups []account
}

// account is a record of passwd or group.
type account struct {
	name string
	id   uint32
	gid  uint32 // of users
	home string // of users
	// members are the users that have a group beside their own.
	members []string
}

// parseAccounts reads the records of a passwd or group file, without those that are
// damaged.
func parseAccounts(data string) []account {
	var out []account
	for line := range strings.Lines(data) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 3 || f[0] == "" {
			continue
		}
		id, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		a := account{name: f[0], id: uint32(id)}
		if len(f) > 3 {
			gid, err := strconv.ParseUint(f[3], 10, 32)
			if err == nil {
				a.gid = uint32(gid)
			}
		}
		if len(f) == 4 && f[3] != "" {
			a.members = strings.Split(f[3], ",")
		}
		if len(f) > 5 {
			a.home = f[5]
		}
		out = append(out, a)
	}
	return out
}

func byName(all []account, name string) (account, bool) {
	i := slices.IndexFunc(all, func(a account) bool { return a.name == name })
	if i < 0 {
		return account{}, false
	}
	return all[i], true
}

func nameOf(all []account, id uint32) string {
	i := slices.IndexFunc(all, func(a account) bool { return a.id == id })
	if i < 0 {
		return ""
	}
	return all[i].name
}

// accountsOf reads the accounts of a tree, once.
func (r *resolver) accountsOf(tree string) (*accounts, error) {
	if known := r.accounts[tree]; known != nil {
		return known, nil
	}
	out := &accounts{where: plan.TreeName(tree)}
	for _, file := range []struct {
		name string
		into *[]account
	}{{passwdFile, &out.users}, {groupFile, &out.groups}} {
		data, err := r.readAccounts(tree, file.name)
		if err != nil {
			return nil, err
		}
		*file.into = parseAccounts(data)
	}
	r.accounts[tree] = out
	return out, nil
}

// maxAccounts bounds a passwd or group file, in bytes.
const maxAccounts = 1 << 20

// readAccounts reads a file of accounts; it is empty where there is none.
func (r *resolver) readAccounts(tree, name string) (string, error) {
	if tree == treeImage {
		data, _ := r.accountFile(name)
		return data, nil
	}
	found, err := rootfs.Resolve(r.trees[tree], name)
	if err != nil {
		return "", rootfs.UnlessAbsent(err)
	}
	if !found.Info.Mode().IsRegular() {
		return "", nil
	}
	data, err := rootfs.ReadFile(r.trees[tree], found.Path, maxAccounts)
	if errors.Is(err, rootfs.ErrTooLarge) {
		return "", nil
	}
	return string(data), err
}

// accountsFor lists where the names of an item's owner are looked up: the source that
// its files are from, then the image.
func (r *resolver) accountsFor(tree string) ([]*accounts, error) {
	var out []*accounts
	for _, name := range []string{tree, treeImage} {
		if name == plan.TreeContext || name == "" {
			continue // a developer's accounts are not the image's
		}
		a, err := r.accountsOf(name)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// numberOwners puts numbers in place of the names by which the spec calls owners.
func (r *resolver) numberOwners() error {
	req := &r.req
	req.Binaries, req.Files, req.Directories = slices.Clone(req.Binaries), slices.Clone(req.Files), slices.Clone(req.Directories)
	number := func(o **spec.NamedOwner, tree, at string) (err error) {
		if *o != nil && (*o).Named() {
			*o, err = r.numbered(**o, tree, at+".owner")
		}
		return err
	}
	for i := range req.Binaries {
		b := &req.Binaries[i]
		if err := number(&b.Owner, TreeOf(b.From), b.At); err != nil {
			return err
		}
	}
	for i := range req.Files {
		f := &req.Files[i]
		tree := TreeOf(f.From)
		if f.Content != nil {
			tree = ""
		}
		if err := number(&f.Owner, tree, f.At); err != nil {
			return err
		}
	}
	for i := range req.Directories {
		if err := number(&req.Directories[i].Owner, "", req.Directories[i].At); err != nil {
			return err
		}
	}
	return nil
}

// numbered looks up the names of a file's owner.
func (r *resolver) numbered(o spec.NamedOwner, tree, at string) (*spec.NamedOwner, error) {
	where, err := r.accountsFor(tree)
	if err != nil {
		return nil, err
	}
	return r.numberedIn(where, o, at), nil
}

func (r *resolver) numberedIn(where []*accounts, o spec.NamedOwner, at string) *spec.NamedOwner {
	out := spec.NamedOwner{Owner: o.Owner}
	if o.User != "" {
		user, ok := lookup(where, o.User, (*accounts).usersOf)
		if !ok {
			r.reportOwner("user", o.User, where, (*accounts).usersOf, at)
			return &out
		}
		out.UID = user.id
		if o.OwnGroup {
			out.GID = user.gid
		}
	}
	if o.Group != "" {
		group, ok := lookup(where, o.Group, (*accounts).groupsOf)
		if !ok {
			r.reportOwner("group", o.Group, where, (*accounts).groupsOf, at)
			return &out
		}
		out.GID = group.id
	}
	return &out
}

func (a *accounts) usersOf() []account  { return a.users }
func (a *accounts) groupsOf() []account { return a.groups }

// lookup finds a name in the first accounts that have it. Root is 0 everywhere.
func lookup(where []*accounts, name string, which func(*accounts) []account) (account, bool) {
	for _, a := range where {
		if found, ok := byName(which(a), name); ok {
			return found, true
		}
	}
	return account{}, name == "root"
}

func (r *resolver) reportOwner(kind, name string, where []*accounts, which func(*accounts) []account, at string) {
	var places, names []string
	for _, a := range where {
		places = append(places, a.where)
		for _, o := range which(a) {
			names = append(names, o.name)
		}
	}
	d := diag.Diagnostic{
		Code:    "owner-not-found",
		At:      at,
		Message: fmt.Sprintf("there is no %s %s in %s", kind, name, strings.Join(places, " or ")),
		Fixes:   []string{`write the numbers, UID:GID, such as "65532:65532"`},
	}
	if number, tree, ok := r.ownerElsewhere(name, which); ok {
		d.Fixes = []string{fmt.Sprintf("write its number, %d, which it has in %s", number, plan.TreeName(tree))}
	} else if guess := diag.Nearest(name, names); guess != "" {
		d.Message += "; did you mean " + guess + "?"
	}
	r.report(d)
}

// ownerElsewhere is the number that a user or a group has in one of the sources.
func (r *resolver) ownerElsewhere(name string, which func(*accounts) []account) (number uint32, tree string, ok bool) {
	for _, tree := range r.req.Trees {
		if tree == plan.TreeContext {
			continue
		}
		a, err := r.accountsOf(tree)
		if err != nil {
			continue
		}
		if found, ok := byName(which(a), name); ok {
			return found.id, tree, true
		}
	}
	return 0, "", false
}

// nameEntryOwners notes what the owners of entries are called where they come from:
// what ships are numbers, and the image need not know the names.
func (r *resolver) nameEntryOwners(entries []plan.Entry) error {
	for i := range entries {
		e := &entries[i]
		if e.UID == 0 && e.GID == 0 {
			continue
		}
		tree := ""
		if e.From != nil {
			tree = e.From.Tree
		}
		where, err := r.accountsFor(tree)
		if err != nil {
			return err
		}
		user, group := firstName(where, e.UID, (*accounts).usersOf), firstName(where, e.GID, (*accounts).groupsOf)
		if user == "" && group == "" {
			continue
		}
		if user == "" {
			user = fmt.Sprint(e.UID)
		}
		if group == "" {
			group = fmt.Sprint(e.GID)
		}
		e.Owner = user + ":" + group
	}
	return nil
}

func firstName(where []*accounts, id uint32, which func(*accounts) []account) string {
	for _, a := range where {
		if name := nameOf(which(a), id); name != "" {
			return name
		}
	}
	return ""
}
