package resolve

import (
	"fmt"
	"slices"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/spec"
)

// makers has the function that ships each part of the table in package parts.
var makers = map[string]func(*resolver, included) error{
	parts.Accounts:       (*resolver).addAccounts,
	parts.Tmp:            (*resolver).addTmp,
	parts.Nsswitch:       (*resolver).addNsswitch,
	parts.CACertificates: (*resolver).addCertificates,
	parts.Tzdata:         (*resolver).addTzdata,
	parts.OSRelease:      (*resolver).addOSRelease,
}

// addParts adds the default parts that are not excluded and those included.
func (r *resolver) addParts() error {
	for _, part := range r.includedParts() {
		if err := makers[part.Name](r, part); err != nil {
			return err
		}
	}
	return nil
}

// included is a part with the settings of all places that include it.
type included struct {
	parts.Part
	// at is the spec node that includes it; empty for a part that is there by
	// default.
	at string
	// from is the source that the spec takes it from, "" for none in particular.
	from   string
	fromAt string
	// certificates are added to the part's own.
	certificates []certificate
}

// includedParts makes one of each part, as a target may include what the main
// image includes too.
func (r *resolver) includedParts() []included {
	var out []included
	for _, p := range parts.All() {
		if p.Default && !slices.Contains(r.Req.Exclude, p.Name) {
			out = append(out, included{Part: p})
		}
	}
	for _, p := range r.Req.Include {
		row, ok := parts.Lookup(p.Name)
		if !ok || row.Default {
			continue // there already, or excluded, which the spec refuses
		}
		i := slices.IndexFunc(out, func(o included) bool { return o.Name == p.Name })
		if i < 0 {
			i = len(out)
			out = append(out, included{Part: row, at: p.At})
		}
		out[i].add(p)
	}
	return out
}

// add takes over what one place of the spec sets.
func (part *included) add(p spec.Part) {
	if p.From != "" {
		part.from, part.fromAt = p.From, p.SettingAt(parts.SettingFrom)
	}
	for i, ref := range p.Add {
		at := fmt.Sprintf("%s[%d]", p.SettingAt(parts.SettingAdd), i)
		part.certificates = append(part.certificates, certificate{ref, at})
	}
}

func (part included) reason() plan.Reason {
	return plan.Reason{Cause: plan.CausePart, At: part.at, Part: part.Name}
}

func (r *resolver) addTmp(included) error {
	if !r.HasBase("/tmp") {
		r.wantDefault(plan.Entry{Path: "/tmp", Kind: plan.KindDir, Mode: 0o1777}, parts.Tmp)
	}
	return nil
}

// nsswitch tells glibc (and Go's resolver) to look in files first: without it,
// localhost is asked of the DNS. The services named are built into glibc.
const nsswitch = `passwd:   files
group:    files
shadow:   files
hosts:    files dns
networks: files
services: files
`

func (r *resolver) addNsswitch(included) error {
	if !r.HasBase("/etc/nsswitch.conf") {
		r.wantDefault(draft.Generated("/etc/nsswitch.conf", []byte(nsswitch)), parts.Nsswitch)
	}
	return nil
}

// wantDefault asks for an entry of a default part, which gives way to whatever
// else the spec puts there.
func (r *resolver) wantDefault(e plan.Entry, part string) {
	e.Reason = plan.Reason{Cause: plan.CausePart, Part: part}
	r.Want(imagetree.Entry{Entry: e, Soft: true})
}
