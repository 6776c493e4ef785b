package start

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// User is who a process runs as. It is in no other groups: runtimes add none for
// an image whose user is UID:GID in numbers.
type User struct{ UID, GID uint32 }

// ParseUser reads "UID" or "UID:GID". A single number is both.
func ParseUser(s string) (User, error) {
	uid, gid, both := strings.Cut(s, ":")
	if !both {
		gid = uid
	}
	var u User
	for _, id := range []struct {
		text string
		to   *uint32
	}{{uid, &u.UID}, {gid, &u.GID}} {
		n, err := strconv.ParseUint(id.text, 10, 32)
		if err != nil {
			return User{}, fmt.Errorf("%q is not UID:GID in numbers", s)
		}
		*id.to = uint32(n)
	}
	return u, nil
}

func (u User) String() string { return fmt.Sprintf("%d:%d", u.UID, u.GID) }

// Access is something that can be done with a file, as the bits of a mode have it.
type Access uint32

// The kinds of access. Execute, of a directory, is to look names up in it.
const (
	Execute Access = 1
	Write   Access = 2
	Read    Access = 4
)

// May reports whether the permission bits of a file allow an access, as Linux
// decides (fs/namei.c, generic_permission): the owner's bits for the owner, else
// the group's for the group, else everybody's. Root has CAP_DAC_OVERRIDE, as
// runtimes give it: it may do everything, but execute only a file that somebody
// may execute.
func (u User) May(info fs.FileInfo, a Access) bool {
	st, mode := rootfs.StatOf(info), uint32(info.Mode().Perm())
	switch {
	case u.UID == 0:
		return a&Execute == 0 || info.IsDir() || mode&0o111 != 0
	case u.UID == st.UID:
		mode >>= 6
	case u.GID == st.GID:
		mode >>= 3
	}
	return Access(mode)&a == a
}
