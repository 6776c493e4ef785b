package rootfs

import "golang.org/x/sys/unix"

func setCapabilities(name string, value []byte) error {
	return unix.Setxattr(name, CapabilityAttribute, value, 0)
}
