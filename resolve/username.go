package resolve

import (
	"slices"

	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
)

// numberUser puts numbers in place of the names by which the spec calls who the program
// runs as, and has the account ship: names mean nothing to Kubernetes, which refuses to
// start an image whose user it cannot tell from root, and little in an image that has no
// list of accounts.
func (r *resolver) numberUser() error {
	named := r.Req.User
	if !named.Named() {
		return nil
	}
	var where []*draft.Accounts
	for _, tree := range r.accountTrees() {
		a, err := r.AccountsOf(tree)
		if err != nil {
			return err
		}
		where = append(where, a)
	}
	r.Req.User = *r.numberedIn(append(where, ownAccounts), named, r.Req.UserAt)
	r.userGroup = named.Group
	for i, tree := range r.accountTrees() {
		if a, ok := draft.ByName(where[i].Users, named.User); ok && a.ID != 0 {
			r.UserNamed = &a
			r.evidence.NeedAccount(tree, named.User, "user of the spec")
			return nil
		}
	}
	return nil
}

// ownAccounts are those that images get which have no others.
var ownAccounts = &draft.Accounts{
	Where:  "the image",
	Users:  []draft.Account{{Name: "nonroot", ID: imageconfig.DefaultUser, GID: imageconfig.DefaultUser}},
	Groups: []draft.Account{{Name: "nonroot", ID: imageconfig.DefaultUser}},
}

// accountTrees are the trees in which the name of the image's user is looked up: the base,
// then the sources of the spec's programs, then the others.
func (r *resolver) accountTrees() []string {
	var out []string
	add := func(tree string) {
		if r.Trees[tree] != nil && tree != plan.TreeContext && !slices.Contains(out, tree) {
			out = append(out, tree)
		}
	}
	add(plan.TreeBase)
	for _, b := range r.Req.Binaries {
		add(request.TreeOf(b.From))
	}
	for _, tree := range r.Req.Trees {
		add(tree)
	}
	return out
}
