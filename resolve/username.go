package resolve

import (
	"slices"

	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/plan"
)

// numberUser puts numbers in place of the names by which the spec calls who the program
// runs as, and has the account ship: names mean nothing to Kubernetes, which refuses to
// start an image whose user it cannot tell from root, and little in an image that has no
// list of accounts.
func (r *resolver) numberUser() error {
	named := r.req.User
	if !named.Named() {
		return nil
	}
	var where []*accounts
	for _, tree := range r.accountTrees() {
		a, err := r.accountsOf(tree)
		if err != nil {
			return err
		}
		where = append(where, a)
	}
	r.req.User = *r.numberedIn(append(where, ownAccounts), named, r.req.UserAt)
	r.userGroup = named.Group
	for i, tree := range r.accountTrees() {
		if a, ok := byName(where[i].users, named.User); ok && a.id != 0 {
			r.userNamed = &a
			r.needs.accounts[named.User] = neededAccount{tree, named.User, "user of the spec"}
			return nil
		}
	}
	return nil
}

// ownAccounts are those that images get which have no others.
var ownAccounts = &accounts{
	where:  "the image",
	users:  []account{{name: "nonroot", id: imageconfig.DefaultUser, gid: imageconfig.DefaultUser}},
	groups: []account{{name: "nonroot", id: imageconfig.DefaultUser}},
}

// accountTrees are the trees in which the name of the image's user is looked up: the base,
// then the sources of the spec's programs, then the others.
func (r *resolver) accountTrees() []string {
	var out []string
	add := func(tree string) {
		if r.trees[tree] != nil && tree != plan.TreeContext && !slices.Contains(out, tree) {
			out = append(out, tree)
		}
	}
	add(plan.TreeBase)
	for _, b := range r.req.Binaries {
		add(TreeOf(b.From))
	}
	for _, tree := range r.req.Trees {
		add(tree)
	}
	return out
}
