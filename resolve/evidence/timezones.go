package evidence

import (
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// needTimeZone ships the time zone that the image's environment names, from the source of a
// program that starts for itself.
func (r *Gatherer) needTimeZone(o draft.Object) error {
	name, sure := needspkg.TimeZone(r.Req.Env)
	if name == "" || !o.File.Executable() || o.Need {
		return nil
	}
	if _, err := rootfs.Resolve(r.Trees[o.Tree], name); err == nil {
		return r.shipNeed(o, r.ruled(o, name, "the time zone "+strings.TrimPrefix(name, needspkg.ZoneInfo+"/")))
	}
	r.needs.noZone = r.needs.noZone || sure
	return nil
}
