package resolve

import (
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/finish"
	"github.com/sinter-build/sinter/spec"
)

// Result is what an analysis yields: a plan, and what was found on the way. The
// plan is to be used only when no finding is an error.
type Result struct {
	Plan        plan.Plan `json:"plan"`
	Diagnostics diag.List `json:"diagnostics,omitempty"`
	// User is the request's, in numbers.
	User spec.Owner `json:"user"`
	// NeedsContent tells that there is no plan because it depends on the content
	// of files in a listing.
	NeedsContent bool `json:"needsContent,omitempty"`
	// References are how large the trees of Request.References are, by their names.
	References map[string]finish.TreeSize `json:"references,omitempty"`
	// Answer is to Request.Ask.
	Answer *plan.Answer `json:"answer,omitempty"`
}

// Configure gives the plan the config that the request was made of, with the user in
// numbers.
func (r *Result) Configure(c plan.Config) {
	r.Plan.Config = c
	r.Plan.Config.User = plan.User{UID: r.User.UID, GID: r.User.GID}
}
