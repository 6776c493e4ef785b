package draft

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

const (
	PasswdFile = "/etc/passwd"
	GroupFile  = "/etc/group"
)

// NoHome is the home of accounts that have none, by Debian policy 9.2.3.
const NoHome = "/nonexistent"

// Accounts are the users and groups of a tree, or of the image.
type Accounts struct {
	Where         string // for a person
	Users, Groups []Account
}

// Account is a record of passwd or group.
type Account struct {
	Name string
	ID   uint32
	GID  uint32 // of users
	Home string // of users
	// Members are the users that have a group beside their own.
	Members []string
}

// ParseAccounts reads the records of a passwd or group file, without those that are
// damaged.
func ParseAccounts(data string) []Account {
	var out []Account
	for line := range strings.Lines(data) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 3 || f[0] == "" {
			continue
		}
		id, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		a := Account{Name: f[0], ID: uint32(id)}
		if len(f) > 3 {
			gid, err := strconv.ParseUint(f[3], 10, 32)
			if err == nil {
				a.GID = uint32(gid)
			}
		}
		if len(f) == 4 && f[3] != "" {
			a.Members = strings.Split(f[3], ",")
		}
		if len(f) > 5 {
			a.Home = f[5]
		}
		out = append(out, a)
	}
	return out
}

// ByName is the record of a name.
func ByName(all []Account, name string) (Account, bool) {
	i := slices.IndexFunc(all, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return Account{}, false
	}
	return all[i], true
}

// NameOf is the name of the first record with a number, "" if none has it.
func NameOf(all []Account, id uint32) string {
	i := slices.IndexFunc(all, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return ""
	}
	return all[i].Name
}

// AccountsOf reads the accounts of a tree, once.
func (r *Draft) AccountsOf(tree string) (*Accounts, error) {
	if known := r.Accounts[tree]; known != nil {
		return known, nil
	}
	out := &Accounts{Where: plan.TreeName(tree)}
	for _, file := range []struct {
		name string
		into *[]Account
	}{{PasswdFile, &out.Users}, {GroupFile, &out.Groups}} {
		data, err := r.ReadAccounts(tree, file.name)
		if err != nil {
			return nil, err
		}
		*file.into = ParseAccounts(data)
	}
	r.Accounts[tree] = out
	return out, nil
}

// MaxAccounts bounds a passwd or group file, in bytes.
const MaxAccounts = 1 << 20

// ReadAccounts reads a file of accounts; it is empty where there is none.
func (r *Draft) ReadAccounts(tree, name string) (string, error) {
	found, err := rootfs.Resolve(r.Trees[tree], name)
	if err != nil {
		return "", rootfs.UnlessAbsent(err)
	}
	if !found.Info.Mode().IsRegular() {
		return "", nil
	}
	data, err := rootfs.ReadFile(r.Trees[tree], found.Path, MaxAccounts)
	if errors.Is(err, rootfs.ErrTooLarge) {
		return "", nil
	}
	return string(data), err
}

// UsersOf and GroupsOf are for those who look up either kind.
func (a *Accounts) UsersOf() []Account { return a.Users }

func (a *Accounts) GroupsOf() []Account { return a.Groups }
