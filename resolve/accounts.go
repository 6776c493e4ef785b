package resolve

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

const (
	passwdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// addAccounts makes passwd and group with root and the image's user, or adds
// the user to the base's.
func (r *resolver) addAccounts(included) error {
	for _, name := range []string{passwdFile, groupFile} {
		if data, changed := r.accountFile(name); changed {
			r.wantDefault(generated(name, []byte(data)), parts.Accounts)
			r.entries[len(r.entries)-1].Reason.Content = r.accountsContent()
		}
	}
	u := r.req.User
	if _, home := r.userAccount(); isHome(home) && !r.hasBase(home) {
		r.wantDefault(plan.Entry{Path: home, Kind: plan.KindDir, Mode: 0o700, UID: u.UID, GID: u.GID}, parts.Accounts)
	}
	return nil
}

// isHome reports whether a directory is an account's alone.
func isHome(dir string) bool {
	if !path.IsAbs(dir) || dir != path.Clean(dir) || diag.Plain(dir) != dir || dir == noHome {
		return false
	}
	return dir == "/root" || path.Dir(dir) == "/home" || !needspkg.Shared(dir)
}

// noHome is the home of accounts that have none, by Debian policy 9.2.3.
const noHome = "/nonexistent"

// userAccount is what the image's user is called, and its home.
func (r *resolver) userAccount() (name, home string) {
	switch {
	case r.userNamed != nil:
		return r.userNamed.name, homeOf(*r.userNamed)
	case r.req.User.UID == 0:
		return "root", "/root"
	}
	return "nonroot", "/home/nonroot"
}

// accountFile is passwd or group as the image has it: a file of colon-separated
// records, the base's if it has one. The image's user has one, too, unless the spec
// leaves the accounts alone. Changed tells that the base does not have it so.
func (r *resolver) accountFile(file string) (data string, changed bool) {
	u := r.req.User
	name, home := r.userAccount()
	if file == groupFile {
		name = cmp.Or(r.userGroup, name)
	}
	name = cmp.Or(r.neededName(file), name)
	id, data := u.UID, "root:x:0:0:root:/root:"+r.shellOfRoot()+"\n"
	record := fmt.Sprintf("%s:x:%d:%d:%s:%s:/sbin/nologin\n", name, u.UID, u.GID, name, home)
	if file == groupFile {
		id, data = u.GID, "root:x:0:\n"
		record = fmt.Sprintf("%s:x:%d:\n", name, u.GID)
	}
	old, ok := r.readBase(file)
	if ok {
		data = old
	}
	if r.excluded[parts.Accounts] {
		return old, false
	}
	if ok && data != "" && !strings.HasSuffix(data, "\n") {
		data += "\n"
	}
	changed = !r.hasBase(file)
	if !hasID(data, id) {
		data, changed = data+uniqueName(data, record), true
	}
	if more := r.neededRecords(file, data); more != "" {
		data, changed = data+more, true
	}
	return data, changed
}

// shellOfRoot is the shell of root's account: where the image runs as root, the one that root has in the source
// of a program, if the spec ships it. sshd lets nobody in whose shell is not there.
func (r *resolver) shellOfRoot() string {
	const none = "/sbin/nologin"
	if r.req.User.UID != 0 {
		return none
	}
	for _, tree := range r.startedTrees() {
		data, err := r.readAccounts(tree, passwdFile)
		if err != nil {
			continue // what cannot be read is told elsewhere
		}
		for line := range strings.Lines(data) {
			f := strings.Split(strings.TrimSpace(line), ":")
			if len(f) != 7 || f[0] != "root" || strings.ContainsAny(f[6], " \t") {
				continue
			}
			if _, _, ok, err := r.starter(r.trees[treeImage]).Find(f[6]); err == nil && ok {
				return f[6]
			}
		}
	}
	return none
}

// hasID reports whether a passwd or group file has a record with a numeric id.
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
	data, err := rootfs.ReadFile(base, found.Path, maxAccounts)
	return string(data), err == nil
}
