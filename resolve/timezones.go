package resolve

import (
	"strings"

	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/rootfs"
)

// needTimeZone ships the time zone that the image's environment names, from the source of a
// program that starts for itself.
func (r *resolver) needTimeZone(o object) error {
	name, sure := needspkg.TimeZone(r.req.Env)
	if name == "" || !o.file.Executable() || o.need {
		return nil
	}
	if _, err := rootfs.Resolve(r.trees[o.tree], name); err == nil {
		return r.shipNeed(o, r.ruled(o, name, "the time zone "+strings.TrimPrefix(name, needspkg.ZoneInfo+"/")))
	}
	r.needs.noZone = r.needs.noZone || sure
	return nil
}
