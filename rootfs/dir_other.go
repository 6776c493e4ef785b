//go:build !linux

package rootfs

import "os"

func openDirectory(root *os.Root, name string) (directory, error) {
	opened, err := root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return rootDir{opened}, nil
}
