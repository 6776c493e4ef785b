package resolve

import (
	"fmt"
	"strings"

	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// addAccounts makes passwd and group with root and the image's user, or adds
// the user to the base's.
func (r *resolver) addAccounts(included) error {
	u := r.req.User
	name, home := "nonroot", "/home/nonroot"
	if u.UID == 0 {
		name, home = "root", "/root"
	}
	passwd := "root:x:0:0:root:/root:/sbin/nologin\n"
	group := "root:x:0:\n"
	user := fmt.Sprintf("%s:x:%d:%d:%s:%s:/sbin/nologin\n", name, u.UID, u.GID, name, home)
	users := fmt.Sprintf("%s:x:%d:\n", name, u.GID)
	r.addAccountFile("/etc/passwd", passwd, user, u.UID)
	r.addAccountFile("/etc/group", group, users, u.GID)
	if !r.hasBase(home) {
		r.wantDefault(plan.Entry{Path: home, Kind: plan.KindDir, Mode: 0o700, UID: u.UID, GID: u.GID}, parts.Accounts)
	}
	return nil
}

// addAccountFile makes a file of colon-separated records in which id has one.
func (r *resolver) addAccountFile(name, start, record string, id uint32) {
	data := start
	if old, ok := r.readBase(name); ok {
		data = old
		if data != "" && !strings.HasSuffix(data, "\n") {
			data += "\n"
		}
	}
	if !hasID(data, id) {
		data += uniqueName(data, record)
	} else if r.hasBase(name) {
		return
	}
	r.wantDefault(generated(name, []byte(data)), parts.Accounts)
}

// hasID tells whether a passwd or group file has a record with a numeric id.
func hasID(data string, id uint32) bool {
	want := fmt.Sprint(id)
	for line := range strings.Lines(data) {
		if f := strings.Split(line, ":"); len(f) > 2 && strings.TrimSpace(f[2]) == want {
			return true
		}
	}
	return false
}

// uniqueName renames a record whose name the file already has with another id.
func uniqueName(data, record string) string {
	name, rest, _ := strings.Cut(record, ":")
	for line := range strings.Lines(data) {
		if strings.HasPrefix(line, name+":") {
			return "app-" + name + ":" + rest
		}
	}
	return record
}

func (r *resolver) readBase(name string) (string, bool) {
	base, ok := r.trees[plan.TreeBase]
	if !ok {
		return "", false
	}
	found, err := rootfs.Resolve(base, name)
	if err != nil {
		return "", false
	}
	data, err := rootfs.ReadFile(base, found.Path, 1<<20)
	return string(data), err == nil
}
