package resolve

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/evidence"
	"github.com/sinter-build/sinter/rootfs"
)

// addAccounts makes passwd and group with root and the image's user, or adds
// the user to the base's.
func (r *resolver) addAccounts(included) error {
	for _, name := range []string{draft.PasswdFile, draft.GroupFile} {
		if data, changed := r.accountFile(name); changed {
			r.wantDefault(draft.Generated(name, []byte(data)), parts.Accounts)
			r.Entries[len(r.Entries)-1].Reason.Content = r.evidence.AccountsContent()
		}
	}
	u := r.Req.User
	if _, home := r.userAccount(); isHome(home) && !r.HasBase(home) {
		r.wantDefault(plan.Entry{Path: home, Kind: plan.KindDir, Mode: 0o700, UID: u.UID, GID: u.GID}, parts.Accounts)
	}
	return nil
}

// isHome reports whether a directory is an account's alone.
func isHome(dir string) bool {
	if !path.IsAbs(dir) || dir != path.Clean(dir) || diag.Plain(dir) != dir || dir == draft.NoHome {
		return false
	}
	return dir == "/root" || path.Dir(dir) == "/home" || !needspkg.Shared(dir)
}

// userAccount is what the image's user is called, and its home.
func (r *resolver) userAccount() (name, home string) {
	switch {
	case r.UserNamed != nil:
		return r.UserNamed.Name, evidence.HomeOf(*r.UserNamed)
	case r.Req.User.UID == 0:
		return "root", "/root"
	}
	return "nonroot", "/home/nonroot"
}

// accountFile is passwd or group as the image has it: a file of colon-separated
// records, the base's if it has one. The image's user has one, too, unless the spec
// leaves the accounts alone. Changed tells that the base does not have it so.
func (r *resolver) accountFile(file string) (data string, changed bool) {
	u := r.Req.User
	name, home := r.userAccount()
	if file == draft.GroupFile {
		name = cmp.Or(r.userGroup, name)
	}
	name = cmp.Or(r.evidence.NeededName(file), name)
	id, data := u.UID, "root:x:0:0:root:/root:"+r.shellOfRoot()+"\n"
	record := fmt.Sprintf("%s:x:%d:%d:%s:%s:/sbin/nologin\n", name, u.UID, u.GID, name, home)
	if file == draft.GroupFile {
		id, data = u.GID, "root:x:0:\n"
		record = fmt.Sprintf("%s:x:%d:\n", name, u.GID)
	}
	old, ok := r.readBase(file)
	if ok {
		data = old
	}
	if slices.Contains(r.Req.Exclude, parts.Accounts) {
		return old, false
	}
	if ok && data != "" && !strings.HasSuffix(data, "\n") {
		data += "\n"
	}
	changed = !r.HasBase(file)
	if !hasID(data, id) {
		data, changed = data+uniqueName(data, record), true
	}
	if more := r.evidence.NeededRecords(file, data); more != "" {
		data, changed = data+more, true
	}
	return data, changed
}

// shellOfRoot is the shell of root's account: where the image runs as root, the one that root has in the source
// of a program, if the spec ships it. sshd lets nobody in whose shell is not there.
func (r *resolver) shellOfRoot() string {
	const none = "/sbin/nologin"
	if r.Req.User.UID != 0 {
		return none
	}
	for _, tree := range r.evidence.StartedTrees() {
		data, err := r.ReadAccounts(tree, draft.PasswdFile)
		if err != nil {
			continue // what cannot be read is told elsewhere
		}
		for line := range strings.Lines(data) {
			f := strings.Split(strings.TrimSpace(line), ":")
			if len(f) != 7 || f[0] != "root" || strings.ContainsAny(f[6], " \t") {
				continue
			}
			if _, _, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(f[6]); err == nil && ok {
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
	base, ok := r.Trees[plan.TreeBase]
	if !ok {
		return "", false
	}
	found, err := rootfs.Resolve(base, name)
	if err != nil {
		return "", false
	}
	data, err := rootfs.ReadFile(base, found.Path, draft.MaxAccounts)
	return string(data), err == nil
}
