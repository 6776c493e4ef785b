package plan

import "fmt"

// Privileges says what rights a program gives to whoever executes it, besides
// those that he has, each in a few words. Mode is as in an Entry.
func Privileges(mode, uid, gid uint32, capabilities string) []string {
	var out []string
	if mode&0o4000 != 0 {
		out = append(out, fmt.Sprintf("runs as user %d (setuid, mode %04o)", uid, mode))
	}
	if mode&0o2000 != 0 {
		out = append(out, fmt.Sprintf("runs as group %d (setgid, mode %04o)", gid, mode))
	}
	if capabilities != "" {
		out = append(out, fmt.Sprintf("has the capabilities %s", capabilities))
	}
	return out
}

// Privileges says what rights executing the entry gives; nothing for most files and
// for all else.
func (e Entry) Privileges() []string {
	if e.Kind != KindFile {
		return nil
	}
	return Privileges(e.Mode, e.UID, e.GID, e.Capabilities)
}
