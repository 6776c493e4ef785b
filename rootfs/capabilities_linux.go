package rootfs

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// FileCapabilities implements CapabilityReader.
func (d *dirFS) FileCapabilities(name string) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch f := f.(type) {
	case *fdFile:
		return fileCapabilities(f.fd, name)
	case *dirFile:
		return fileCapabilities(int(f.f.Fd()), name)
	}
	return nil, nil
}

func fileCapabilities(fd int, name string) ([]byte, error) {
	value := make([]byte, MaxCapabilities)
	n := 0
	err := retry(func() (err error) {
		n, err = unix.Fgetxattr(fd, CapabilityAttribute, value)
		return err
	})
	switch {
	case errors.Is(err, unix.ERANGE):
		return value, nil // whatever it is, it is too long
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP):
		return nil, nil
	case err != nil:
		return nil, &fs.PathError{Op: "getxattr", Path: name, Err: err}
	}
	return value[:n], nil
}

var _ CapabilityReader = (*dirFS)(nil)
