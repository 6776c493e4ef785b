//go:build !linux

package rootfs

import "os"

func openDirectory(root *os.Root, name string) (directory, error) {
	at, err := localName("open", name)
	if err != nil {
		return nil, err
	}
	opened, err := root.OpenRoot(at)
	if err != nil {
		return nil, err
	}
	return rootDir{opened}, nil
}
