package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/spec"
)

// accountsFor lists where the names of an item's owner are looked up: the source that
// its files are from, then the image.
func (r *resolver) accountsFor(tree string) ([]*draft.Accounts, error) {
	var out []*draft.Accounts
	for _, name := range []string{tree, plan.TreeImage} {
		if name == plan.TreeContext || name == "" {
			continue // a developer's accounts are not the image's
		}
		if name == plan.TreeImage {
			out = append(out, r.accountsOfImage())
			continue
		}
		a, err := r.AccountsOf(name)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// accountsOfImage are the accounts that the image has of its user and its base.
func (r *resolver) accountsOfImage() *draft.Accounts {
	known := r.Accounts[plan.TreeImage]
	if known == nil {
		users, _ := r.accountFile(draft.PasswdFile)
		groups, _ := r.accountFile(draft.GroupFile)
		known = &draft.Accounts{Where: plan.TreeName(plan.TreeImage), Users: draft.ParseAccounts(users), Groups: draft.ParseAccounts(groups)}
		r.Accounts[plan.TreeImage] = known
	}
	return known
}

// numberOwners puts numbers in place of the names by which the spec calls owners.
func (r *resolver) numberOwners() error {
	req := &r.Req
	req.Binaries, req.Files, req.Directories = slices.Clone(req.Binaries), slices.Clone(req.Files), slices.Clone(req.Directories)
	number := func(o **spec.NamedOwner, tree, at string) (err error) {
		if *o != nil && (*o).Named() {
			*o, err = r.numbered(**o, tree, at+".owner")
		}
		return err
	}
	for i := range req.Binaries {
		b := &req.Binaries[i]
		if err := number(&b.Owner, request.TreeOf(b.From), b.At); err != nil {
			return err
		}
	}
	for i := range req.Files {
		f := &req.Files[i]
		tree := request.TreeOf(f.From)
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

func (r *resolver) numberedIn(where []*draft.Accounts, o spec.NamedOwner, at string) *spec.NamedOwner {
	out := spec.NamedOwner{Owner: o.Owner}
	if o.User != "" {
		user, ok := lookup(where, o.User, (*draft.Accounts).UsersOf)
		if !ok {
			r.reportOwner("user", o.User, where, (*draft.Accounts).UsersOf, at)
			return &out
		}
		out.UID = user.ID
		if o.OwnGroup {
			out.GID = user.GID
		}
	}
	if o.Group != "" {
		group, ok := lookup(where, o.Group, (*draft.Accounts).GroupsOf)
		if !ok {
			r.reportOwner("group", o.Group, where, (*draft.Accounts).GroupsOf, at)
			return &out
		}
		out.GID = group.ID
	}
	return &out
}

// lookup finds a name in the first accounts that have it. Root is 0 everywhere.
func lookup(where []*draft.Accounts, name string, which func(*draft.Accounts) []draft.Account) (draft.Account, bool) {
	for _, a := range where {
		if found, ok := draft.ByName(which(a), name); ok {
			return found, true
		}
	}
	return draft.Account{}, name == "root"
}

func (r *resolver) reportOwner(kind, name string, where []*draft.Accounts, which func(*draft.Accounts) []draft.Account, at string) {
	var places, names []string
	for _, a := range where {
		places = append(places, a.Where)
		for _, o := range which(a) {
			names = append(names, o.Name)
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
		d.Fixes = append([]string{fmt.Sprintf("write %s in place of %s", guess, name)}, d.Fixes...)
	}
	r.Report(d)
}

// ownerElsewhere is the number that a user or a group has in one of the sources.
func (r *resolver) ownerElsewhere(name string, which func(*draft.Accounts) []draft.Account) (number uint32, tree string, ok bool) {
	for _, tree := range r.Req.Trees {
		if tree == plan.TreeContext {
			continue
		}
		a, err := r.AccountsOf(tree)
		if err != nil {
			continue
		}
		if found, ok := draft.ByName(which(a), name); ok {
			return found.ID, tree, true
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
		user, group := firstName(where, e.UID, (*draft.Accounts).UsersOf), firstName(where, e.GID, (*draft.Accounts).GroupsOf)
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

func firstName(where []*draft.Accounts, id uint32, which func(*draft.Accounts) []draft.Account) string {
	for _, a := range where {
		if name := draft.NameOf(which(a), id); name != "" {
			return name
		}
	}
	return ""
}
