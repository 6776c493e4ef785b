//go:build !linux

package rootfs

import "os"

func openDirectory(root *os.Root) (directory, error) { return rootDir{root}, nil }
