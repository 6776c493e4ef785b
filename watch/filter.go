//go:build linux && (amd64 || arm64)

package watch

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// call says where a system call has its path and what it wants with it.
type call struct {
	use Use
	// path is the index of the argument that points to the path.
	path int
	// dir is the index of the argument with the directory that a relative path begins
	// at, or none: then it is the working directory.
	dir int
	// flags is the index of the argument with the flags of open, or none.
	flags int
	// kind is for the calls that are not read like the others.
	kind kind
	// at is the index of the argument with AT_EMPTY_PATH, which makes it a call about an
	// open file: fstat is nearly always called so. It is 0 where there is none.
	at int
}

const none = -1

type kind int

const (
	ordinary kind = iota
	creat         // always for writing
	openHow       // flags points to a struct open_how
	socket        // path points to a socket address
	newRoot       // the path becomes the root directory
)

// The layout of struct seccomp_data (linux/seccomp.h).
const (
	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16 // of 8 bytes each, the lower half first
)

// instruction is a struct sock_filter (linux/filter.h).
type instruction struct {
	op      uint16
	yes, no uint8 // how far to jump
	k       uint32
}

func load(offset uint32) instruction {
	return instruction{op: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, k: offset}
}

func jumpIfEqual(value uint32, yes, no int) instruction {
	return instruction{op: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, k: value, yes: uint8(yes), no: uint8(no)}
}

func answer(value uint32) instruction {
	return instruction{op: unix.BPF_RET | unix.BPF_K, k: value}
}

// filter is a program for seccomp that hands the calls of the tables, by architecture
// (AUDIT_ARCH_*), to a tracer and lets all others pass.
func filter(tables map[uint32]map[uint32]call) []instruction {
	var program []instruction
	for _, arch := range sortedKeys(tables) {
		numbers := sortedKeys(tables[arch])
		body := []instruction{load(dataNumber)}
		ends := []instruction{answer(unix.SECCOMP_RET_ALLOW), answer(unix.SECCOMP_RET_TRACE)}
		for i, n := range numbers {
			end := 1
			if at := tables[arch][n].at; at > 0 {
				end = len(ends)
				ends = append(ends, load(uint32(dataArgs+8*at)),
					instruction{op: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, k: unix.AT_EMPTY_PATH, no: 1},
					answer(unix.SECCOMP_RET_ALLOW), answer(unix.SECCOMP_RET_TRACE))
			}
			body = append(body, jumpIfEqual(n, len(numbers)-1-i+end, 0))
		}
		body = append(body, ends...)
		// All of it is passed by for another architecture: that may be further than a
		// conditional jump leads.
		program = append(program, load(dataArch), jumpIfEqual(arch, 1, 0),
			instruction{op: unix.BPF_JMP | unix.BPF_JA, k: uint32(len(body))})
		program = append(program, body...)
	}
	return append(program, answer(unix.SECCOMP_RET_ALLOW))
}

func sortedKeys[V any](m map[uint32]V) []uint32 {
	return slices.Sorted(maps.Keys(m))
}
