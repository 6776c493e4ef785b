//go:build linux && (amd64 || arm64)

package watch

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// path is the path that a call is about, absolute but not clean; empty if there is none.
func (i *syscallInfo) path(pid int, c call) string {
	at := uintptr(i.arg(c.path))
	if c.kind == socket {
		return socketPath(pid, at, i.arg(c.path+1))
	}
	name := readString(pid, at)
	if name == "" || strings.HasPrefix(name, "/") {
		return name
	}
	dir := "cwd"
	if c.dir != none {
		if fd := int32(i.arg(c.dir)); fd != unix.AT_FDCWD {
			dir = "fd/" + strconv.Itoa(int(fd))
		}
	}
	above, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/" + dir)
	if err != nil || !strings.HasPrefix(above, "/") {
		return ""
	}
	return above + "/" + name
}

// socketPath is the path of a Unix socket's address.
func socketPath(pid int, at uintptr, size uint64) string {
	var address [110]byte // struct sockaddr_un
	n := read(pid, at, address[:min(int(size&0xffff), len(address))])
	if n < 3 || *(*uint16)(unsafe.Pointer(&address[0])) != unix.AF_UNIX {
		return ""
	}
	name, _, _ := bytes.Cut(address[2:n], []byte{0})
	if !bytes.HasPrefix(name, []byte("/")) {
		return "" // one without a file, or relative, which nobody uses
	}
	return string(name)
}

// readString reads text up to its end, of no more than a path has.
func readString(pid int, at uintptr) string {
	const page = 4096
	var out []byte
	for len(out) < unix.PathMax {
		// Not beyond the page: the next may not be there.
		piece := make([]byte, min(256, page-int(at)%page))
		n := read(pid, at, piece)
		if n <= 0 {
			return ""
		}
		if end := bytes.IndexByte(piece[:n], 0); end >= 0 {
			return string(append(out, piece[:end]...))
		}
		out = append(out, piece[:n]...)
		at += uintptr(n)
	}
	return ""
}

// read reads memory of a task and returns how many bytes it got.
func read(pid int, at uintptr, into []byte) int {
	if len(into) == 0 {
		return 0
	}
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: at, Len: len(into)}}, 0)
	if err != nil {
		return 0
	}
	return n
}

// opensForWriting reports whether a call of open is to write or to make something.
func (i *syscallInfo) opensForWriting(pid int, c call) bool {
	flags := i.arg(c.flags)
	if c.kind == openHow {
		var how [8]byte // its first field
		if read(pid, uintptr(flags), how[:]) != len(how) {
			return false
		}
		flags = *(*uint64)(unsafe.Pointer(&how[0]))
	}
	return flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC) != 0
}
