package rootfs

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
)

// CapabilityAttribute is the extended attribute in which a file's capabilities are.
const CapabilityAttribute = "security.capability"

// CapabilityReader is a tree that knows the capabilities of its files. Of a tree
// that does not implement it nothing is known of them.
type CapabilityReader interface {
	// FileCapabilities returns the value of a regular file's extended attribute
	// security.capability, nil for none. A value that is too long to be one may
	// be cut off after MaxCapabilities bytes.
	FileCapabilities(name string) ([]byte, error)
}

// MaxCapabilities is more bytes than a valid security.capability has.
const MaxCapabilities = 32

// InvalidCapabilities is the text form of capabilities that the kernel does not
// understand: it refuses to execute such a file (EINVAL).
const InvalidCapabilities = "invalid"

// Capabilities returns the capabilities that executing a file gives, by its name in
// a tree, in the form that getcap prints: "cap_net_bind_service=ep". It is empty
// for a file without any, and where the tree does not know.
func Capabilities(fsys fs.FS, name string) (string, error) {
	fsys, name = Origin(fsys, name)
	if c, ok := fsys.(*cachedFS); ok {
		fsys = c.ReadLinkFS
	}
	r, ok := fsys.(CapabilityReader)
	if !ok {
		return "", nil
	}
	value, err := r.FileCapabilities(name)
	if err != nil || value == nil {
		return "", err
	}
	return CapabilityText(value), nil
}

// The forms of the attribute: linux/capability.h, struct vfs_cap_data and
// vfs_ns_cap_data. Numbers are little-endian on every machine.
const (
	capRevisionMask = 0xff000000
	capEffective    = 0x000001
	capRevision1    = 0x01000000 // 32 capabilities
	capRevision2    = 0x02000000 // 64
	capRevision3    = 0x03000000 // 64, and the user who is root where they count
)

// CapabilityText is the text form of a security.capability attribute.
func CapabilityText(value []byte) string {
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(value[4*i:]) }
	if len(value) < 4 {
		return InvalidCapabilities
	}
	var permitted, inheritable uint64
	root := ""
	switch magic := word(0); {
	case magic&capRevisionMask == capRevision1 && len(value) == 12:
		permitted, inheritable = uint64(word(1)), uint64(word(2))
	case magic&capRevisionMask == capRevision2 && len(value) == 20,
		magic&capRevisionMask == capRevision3 && len(value) == 24:
		permitted = uint64(word(1)) | uint64(word(3))<<32
		inheritable = uint64(word(2)) | uint64(word(4))<<32
		if len(value) == 24 && word(5) != 0 {
			root = fmt.Sprintf(" [rootid=%d]", word(5))
		}
	default:
		return InvalidCapabilities
	}
	return capabilitySets(permitted, inheritable, word(0)&capEffective != 0) + root
}

// capabilitySets writes capabilities, those that are in the same sets together: of
// "cap_chown,cap_fowner=ep", e is the effective set, i the inheritable one and p
// the permitted one.
func capabilitySets(permitted, inheritable uint64, effective bool) string {
	names := map[string][]string{}
	order := []string{}
	for i := range 64 {
		sets := ""
		if inheritable>>i&1 != 0 {
			sets += "i"
		}
		if permitted>>i&1 != 0 {
			sets += "p"
		}
		if sets == "" {
			continue
		}
		if effective {
			sets = "e" + sets
		}
		if names[sets] == nil {
			order = append(order, sets)
		}
		names[sets] = append(names[sets], capabilityName(i))
	}
	if len(order) == 0 {
		return "=" // as getcap has it: no capability, which takes root's away
	}
	var clauses []string
	for _, sets := range order {
		clauses = append(clauses, strings.Join(names[sets], ",")+"="+sets)
	}
	return strings.Join(clauses, " ")
}

// capabilityNames are the capabilities by number: linux/capability.h, Linux 5.9.
var capabilityNames = strings.Fields(`cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_fsetid cap_kill
cap_setgid cap_setuid cap_setpcap cap_linux_immutable cap_net_bind_service cap_net_broadcast cap_net_admin
cap_net_raw cap_ipc_lock cap_ipc_owner cap_sys_module cap_sys_rawio cap_sys_chroot cap_sys_ptrace cap_sys_pacct
cap_sys_admin cap_sys_boot cap_sys_nice cap_sys_resource cap_sys_time cap_sys_tty_config cap_mknod cap_lease
cap_audit_write cap_audit_control cap_setfcap cap_mac_override cap_mac_admin cap_syslog cap_wake_alarm
cap_block_suspend cap_audit_read cap_perfmon cap_bpf cap_checkpoint_restore`)

func capabilityName(i int) string {
	if i < len(capabilityNames) {
		return capabilityNames[i]
	}
	return fmt.Sprint(i)
}
