//go:build !linux

package rootfs

import "errors"

func setCapabilities(string, []byte) error { return errors.ErrUnsupported }
