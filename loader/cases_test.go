//go:build linux && amd64

package loader

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

var littleEndian = binary.LittleEndian

// Short names for what most cases are made of.
func lib(at string, needs ...string) bin { return bin{at: at, needs: needs} }

func needs(names ...string) bin { return bin{needs: names} }

func set(off int, b ...byte) func([]byte) []byte {
	return func(elf []byte) []byte { copy(elf[off:], b); return elf }
}

func cut(n int) func([]byte) []byte {
	return func(elf []byte) []byte { return elf[:n] }
}

// weakVersions marks all required versions of a file as weak, in vna_flags.
func weakVersions(file []byte) []byte {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return file
	}
	s := f.Section(".gnu.version_r")
	aux := file[s.Offset+16:] // the one Verneed has 16 bytes
	for i := range int(s.Size/16) - 1 {
		binary.LittleEndian.PutUint16(aux[i*16+4:], 2) // VER_FLG_WEAK
	}
	return file
}

// lacksEnd cuts off the second half of a file's last loaded segment, with the page
// that it begins on.
func lacksEnd(file []byte) []byte {
	p := lastLoad(file)
	return file[:binary.LittleEndian.Uint64(p[8:])&^4095]
}

// smallInMemory makes a file's last loaded segment larger in the file than it is in
// memory.
func smallInMemory(file []byte) []byte {
	p := lastLoad(file)
	binary.LittleEndian.PutUint64(p[40:], binary.LittleEndian.Uint64(p[32:])-8)
	return file
}

// manyHeaders gives a file more program headers, at its end, which mean nothing.
func manyHeaders(n int) func([]byte) []byte {
	return func(file []byte) []byte {
		phoff, count := binary.LittleEndian.Uint64(file[32:]), int(binary.LittleEndian.Uint16(file[56:]))
		table := make([]byte, 56*n)
		copy(table, file[phoff:int(phoff)+56*count])
		file = append(file, make([]byte, -len(file)&7)...)
		binary.LittleEndian.PutUint64(file[32:], uint64(len(file)))
		binary.LittleEndian.PutUint16(file[56:], uint16(n))
		return append(file, table...)
	}
}

// without takes a tag out of a file's dynamic section.
func without(tag elf.DynTag) func([]byte) []byte {
	return func(file []byte) []byte { return retag(file, tag, elf.DT_DEBUG, 0) }
}

// lastLoad is the program header of a file's last loaded segment.
func lastLoad(file []byte) []byte {
	phoff, count := binary.LittleEndian.Uint64(file[32:]), int(binary.LittleEndian.Uint16(file[56:]))
	for i := count - 1; ; i-- {
		p := file[int(phoff)+56*i:]
		if elf.ProgType(binary.LittleEndian.Uint32(p)) == elf.PT_LOAD {
			return p
		}
	}
}

// outOfStep moves a file's last loaded segment by one byte in the file.
func outOfStep(file []byte) []byte {
	lastLoad(file)[8]++
	return file
}

// dropNeeded makes a file's first NEEDED entry one that the loader ignores, as
// patchelf --remove-needed does: the versions stay.
func dropNeeded(file []byte) []byte {
	return retag(file, elf.DT_NEEDED, elf.DT_DEBUG, 0)
}

// renamed makes a file need v.so where it needed libv.so, and leaves the versions
// that it needs of that.
func renamed(file []byte) []byte {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return file
	}
	for b := file[f.Section(".dynamic").Offset:]; ; b = b[16:] {
		if elf.DynTag(binary.LittleEndian.Uint64(b)) == elf.DT_NEEDED {
			binary.LittleEndian.PutUint64(b[8:], binary.LittleEndian.Uint64(b[8:])+uint64(len("lib")))
			return file
		}
	}
}

// emptyRunpath gives a file a RUNPATH that is empty, in place of a tag that no
// loader needs.
func emptyRunpath(file []byte) []byte {
	return retag(file, elf.DT_DEBUG, elf.DT_RUNPATH, 0)
}

// emptyNeeded makes the name of a file's first NEEDED entry empty.
func emptyNeeded(file []byte) []byte {
	return retag(file, elf.DT_NEEDED, elf.DT_NEEDED, 0)
}

// retag changes a file's first dynamic entry of a tag.
func retag(file []byte, from, to elf.DynTag, value uint64) []byte {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return file
	}
	for b := file[f.Section(".dynamic").Offset:]; len(b) >= 16; b = b[16:] {
		if elf.DynTag(binary.LittleEndian.Uint64(b)) == from {
			binary.LittleEndian.PutUint64(b, uint64(to))
			binary.LittleEndian.PutUint64(b[8:], value)
			break
		}
	}
	return file
}

// otherHash changes the hash of the first version that a file needs.
func otherHash(file []byte) []byte {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return file
	}
	file[f.Section(".gnu.version_r").Offset+16]++
	return file
}

const x86Cache = 0x0303

// oracleCases are numbered after the rules in the package comment:
// "7" is the seventh rule of glibc, "m2" the second of musl.
var oracleCases = []oracleCase{
	{rule: "1", name: "no library at all"},
	{rule: "1", name: "the loader is never searched for", app: needs("ld-linux-x86-64.so.2", "libc.so.6"),
		host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
	{rule: "1", name: "missing interpreter", app: bin{ld: []string{"-dynamic-linker", "/lib/none.so.1"}}},

	{rule: "1", name: "an interpreter for another machine", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		libs: []bin{{at: "/lib/ld.so", edit: set(18, 183)}}},
	{rule: "1", name: "a 32-bit interpreter", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		libs: []bin{{at: "/lib/ld.so", m32: true}}},
	{rule: "1", name: "an interpreter that is not executable", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		libs: []bin{{at: "/lib/ld.so", mode: 0o644}}},
	{rule: "1", name: "an interpreter that is a directory", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		files: map[string]string{"/lib/ld.so/": ""}},
	{rule: "1", name: "an interpreter that is text", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		libs: []bin{{at: "/lib/ld.so", edit: func([]byte) []byte { return []byte("#!/bin/sh\n" + strings.Repeat("#", 200)) }}}},
	{rule: "1", name: "an interpreter that is empty", app: bin{ld: []string{"-dynamic-linker", "/lib/ld.so"}},
		libs: []bin{{at: "/lib/ld.so", edit: cut(0)}}},
	{rule: "1", name: "an interpreter behind links", app: bin{ld: []string{"-dynamic-linker", "/a/ld.so"}, needs: []string{"liba.so"}},
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/a": "b", "/b/ld.so": "/lib64/ld-linux-x86-64.so.2"}},

	{rule: "2", name: "runpath voids the rpath of one object",
		app:  bin{needs: []string{"liba.so"}, runpath: "/run"},
		libs: []bin{lib("/run/liba.so"), lib("/r/liba.so")}},

	{rule: "3", name: "breadth first",
		app:  needs("liba.so", "libb.so"),
		libs: []bin{lib("/lib/liba.so", "libc1.so"), lib("/lib/libb.so", "libd.so"), lib("/lib/libc1.so"), lib("/lib/libd.so", "liba.so")}},
	{rule: "3", name: "a filter's target is loaded",
		app:  needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-F", "libf.so"}}, lib("/lib/libf.so", "libg.so"), lib("/lib/libg.so")}},
	{rule: "3", name: "a filter's target is required",
		app:  needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-F", "libf.so"}}}},
	{rule: "3", name: "an auxiliary target is loaded",
		app:  needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-f", "libf.so"}}, lib("/lib/libf.so")}},
	{rule: "3", name: "an auxiliary target may be missing",
		app:  needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-f", "libf.so"}}}},
	{rule: "3", name: "ld.so.preload", app: needs("libq.so"), files: map[string]string{"/etc/ld.so.preload": "# none\nlibp.so /x/libq.so\n"},
		libs: []bin{lib("/lib/libp.so"), lib("/x/libq.so")}},
	{rule: "3", name: "LD_PRELOAD", app: needs("libq.so"), env: map[string]string{"LD_PRELOAD": "libp.so:/x/libq.so"},
		libs: []bin{lib("/lib/libp.so"), lib("/x/libq.so")}},
	{rule: "3", name: "LD_PRELOAD may be missing", env: map[string]string{"LD_PRELOAD": "libp.so"}},

	{rule: "4", name: "a SONAME stands for what is loaded",
		app:  needs("liba.so", "libreal.so.1"),
		libs: []bin{{at: "/lib/liba.so", soname: "libreal.so.1"}}},
	{rule: "4", name: "a SONAME counts only when loaded before",
		app:  needs("libreal.so.1", "liba.so"),
		libs: []bin{{at: "/lib/liba.so", soname: "libreal.so.1"}}},
	{rule: "4", name: "the program's own SONAME", app: bin{needs: []string{"liba.so"}, soname: "libself.so"},
		libs: []bin{lib("/lib/liba.so", "libself.so")}},
	{rule: "4", name: "one inode under two names",
		app:   needs("liba.so", "libb.so"),
		libs:  []bin{lib("/lib/liba.so")},
		links: map[string]string{"/lib/libb.so": "liba.so"}},

	{rule: "5", name: "a path", app: needs("/opt/liba.so"), libs: []bin{lib("/opt/liba.so")}},
	{rule: "5", name: "a path is not searched for", app: needs("/opt/liba.so"), libs: []bin{lib("/lib/liba.so")}},
	{rule: "5", name: "a path with a token", app: bin{at: "/opt/bin/app", needs: []string{"$ORIGIN/../x/liba.so"}},
		libs: []bin{lib("/opt/x/liba.so")}},
	{rule: "5", name: "a relative path", app: needs("opt/liba.so"), libs: []bin{lib("/opt/liba.so")}},

	{rule: "6", name: "rpath is inherited",
		app:  bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{lib("/r/liba.so", "libb.so"), lib("/r/libb.so")}},
	{rule: "6", name: "runpath is not inherited",
		app:  bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/r/liba.so", "libb.so"), lib("/r/libb.so")}},
	{rule: "6", name: "a requester with runpath ignores inherited rpath",
		app:  bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, runpath: "/none"}, lib("/r/libb.so")}},
	{rule: "6", name: "the walk goes on past a runpath",
		app: bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, runpath: "/s"},
			lib("/s/libb.so", "libc1.so"), lib("/r/libc1.so")}},
	{rule: "6", name: "rpath before LD_LIBRARY_PATH", env: map[string]string{"LD_LIBRARY_PATH": "/e"},
		app:  bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{lib("/r/liba.so"), lib("/e/liba.so")}},
	{rule: "6", name: "LD_LIBRARY_PATH before runpath", env: map[string]string{"LD_LIBRARY_PATH": "/e"},
		app:  bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/r/liba.so"), lib("/e/liba.so")}},
	{rule: "6", name: "LD_LIBRARY_PATH with semicolons", env: map[string]string{"LD_LIBRARY_PATH": "/none;/e/"},
		app: needs("liba.so"), libs: []bin{lib("/e/liba.so")}},
	{rule: "6", name: "an rpath loader of a loader",
		app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", needs: []string{"libb.so"}, rpath: "/r"},
			lib("/r/libb.so", "libc1.so"), lib("/r/libc1.so")}},

	{rule: "7", name: "origin of the program",
		app:  bin{at: "/opt/bin/app", needs: []string{"liba.so"}, runpath: "$ORIGIN/../lib"},
		libs: []bin{lib("/opt/lib/liba.so")}},
	{rule: "7", name: "origin of a linked program is its real place", run: "/bin/app",
		app:   bin{at: "/opt/bin/app", needs: []string{"liba.so"}, runpath: "${ORIGIN}/../lib"},
		libs:  []bin{lib("/opt/lib/liba.so"), lib("/usr/share/liba.so")},
		links: map[string]string{"/bin/app": "../opt/bin/app"}},
	{rule: "7", name: "origin of a library is where it was found",
		app: bin{needs: []string{"liba.so"}, runpath: "/found"},
		libs: []bin{{at: "/real/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN"},
			lib("/real/libb.so"), lib("/found/libb.so")},
		links: map[string]string{"/found/liba.so": "/real/liba.so"}},
	{rule: "7", name: "origin belongs to who declares the path",
		app:  bin{at: "/opt/bin/app", needs: []string{"liba.so"}, rpath: "$ORIGIN/../r"},
		libs: []bin{lib("/opt/r/liba.so", "libb.so"), lib("/opt/r/libb.so")}},

	{rule: "8", name: "names are greedy", app: bin{needs: []string{"liba.so"}, runpath: "/$ORIGINX"},
		libs: []bin{lib("/$ORIGINX/liba.so")}},
	{rule: "8", name: "LIB", app: bin{needs: []string{"liba.so"}, runpath: "/opt/$LIB"},
		libs: []bin{lib("/opt/lib/x86_64-linux-gnu/liba.so")}},
	{rule: "8", name: "an empty element is the working directory",
		app:  bin{needs: []string{"liba.so"}, runpath: "/none:"},
		libs: []bin{lib("/liba.so")}},
	{rule: "8", name: "final slashes", app: bin{needs: []string{"liba.so"}, runpath: "/r//"},
		libs: []bin{lib("/r/liba.so")}},

	{rule: "10", name: "the cache", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}},
	{rule: "10", name: "many cache entries", app: needs("liba.so.10", "liba.so.9", "libb.so"),
		libs: []bin{lib("/c/liba.so.10"), lib("/c/liba.so.9"), lib("/c/libb.so")},
		cache: []CacheEntry{
			{Name: "liba.so.9", Path: "/c/liba.so.9", Flags: x86Cache},
			{Name: "liba.so.10", Path: "/c/liba.so.10", Flags: x86Cache},
			{Name: "libz.so.1", Path: "/c/libz.so.1", Flags: x86Cache},
			{Name: "libb.so", Path: "/c/libb.so", Flags: x86Cache},
		}},
	{rule: "10", name: "an entry of another ABI", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: 0x0003}}},
	{rule: "10", name: "only one candidate", app: needs("liba.so"), libs: []bin{lib("/c/liba.so"), lib("/lib/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/b/liba.so", Flags: x86Cache}, {Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}},
	{rule: "10", name: "ld.so.conf is not read", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		files: map[string]string{"/etc/ld.so.conf": "/c\n"}},
	{rule: "10", name: "a damaged cache", app: needs("liba.so"), libs: []bin{lib("/lib/liba.so")},
		files: map[string]string{"/etc/ld.so.cache": "glibc-ld.so.cache1.1"}},

	{rule: "11", name: "nodefaultlib", app: bin{needs: []string{"liba.so"}, ld: []string{"-z", "nodefaultlib"}},
		libs: []bin{lib("/lib/liba.so")}},
	{rule: "11", name: "nodefaultlib and the cache", app: bin{needs: []string{"liba.so", "libb.so"}, ld: []string{"-z", "nodefaultlib"}},
		libs:  []bin{lib("/lib/liba.so"), lib("/c/libb.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/lib/liba.so", Flags: x86Cache}, {Name: "libb.so", Path: "/c/libb.so", Flags: x86Cache}}},

	{rule: "12", name: "system directories in order", app: needs("liba.so", "libb.so", "libc1.so", "libd.so"),
		libs: []bin{lib("/usr/lib/liba.so"), lib("/lib/liba.so"), lib("/usr/lib/x86_64-linux-gnu/liba.so"), lib("/lib/x86_64-linux-gnu/liba.so"),
			lib("/usr/lib/libb.so"), lib("/lib/libb.so"), lib("/usr/lib/x86_64-linux-gnu/libb.so"),
			lib("/usr/lib/libc1.so"), lib("/lib/libc1.so"), lib("/usr/lib/libd.so")}},
	{rule: "12", name: "lib64 is no system directory of Debian", app: needs("liba.so"), libs: []bin{lib("/lib64/liba.so")}},

	{rule: "13", name: "another class is passed over", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", m32: true}, lib("/lib/liba.so")}},
	{rule: "13", name: "another machine is passed over", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(18, 183)}, lib("/lib/liba.so")}},
	{rule: "13", name: "a dangling link is passed over", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/r/liba.so": "none"}},
	{rule: "13", name: "text is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so": "GROUP ( /lib/liba.so.1 AS_NEEDED ( libb.so ) ) and some more text here\n"}},
	{rule: "13", name: "an empty file is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so": ""}},
	{rule: "13", name: "a short file is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: cut(40)}, lib("/lib/liba.so")}},
	{rule: "13", name: "a directory is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so/": ""}},
	{rule: "13", name: "an object file is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(16, 1)}, lib("/lib/liba.so")}},
	{rule: "13", name: "another byte order is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(5, 2)}, lib("/lib/liba.so")}},
	{rule: "13", name: "another system is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(7, 9)}, lib("/lib/liba.so")}},
	{rule: "13", name: "GNU's own marking is fine", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(7, 3)}}},
	{rule: "13", name: "a fixed-address program is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(16, 2)}}},
	{rule: "13", name: "a pie is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", ld: []string{"-pie"}}}},
	{rule: "13", name: "a linked directory loops", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/r": "r"}},

	{rule: "14", name: "a version is there",
		app:  bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "14", name: "a version is missing",
		app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", script: "V1 { sinter_nothing; };"}}},
	{rule: "14", name: "a provider without versions",
		app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", ld: []string{"--defsym=v=0"}}}},

	{rule: "15", name: "a symbol is there",
		app: bin{source: "imports", ld: []string{"@/lib/libv.so"}}, libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "plain"}}},
	{rule: "15", name: "data is missing", fails: true,
		app:  bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "15", name: "a function that is never called is missing",
		app:  bin{source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "15", name: "a function is missing and bound now", fails: true,
		app:  bin{source: "calls", ld: []string{"@/link/libv.so", "-z", "now"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "15", name: "a versioned symbol is there",
		app:  bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "15", name: "a symbol of another version is not enough", fails: true,
		app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", source: "plain", script: "V1 { v; }; V2 {} V1;"}}},

	{rule: "15", name: "a library binds its functions at once", fails: true, app: needs("liba.so"),
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "calls", ld: []string{"@/link/libv.so", "-z", "now"}}}},
	{rule: "15", name: "the program binds at once and its library does not", app: bin{needs: []string{"liba.so"}, ld: []string{"-z", "now"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}}}},
	{rule: "15", name: "LD_BIND_NOW", fails: true, app: needs("liba.so"), env: map[string]string{"LD_BIND_NOW": "1"},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}}}},
	{rule: "15", name: "an empty LD_BIND_NOW", app: needs("liba.so"), env: map[string]string{"LD_BIND_NOW": ""},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}}}},
	{rule: "15", name: "a weak symbol may be missing", app: bin{source: "weak", ld: []string{"-z", "dynamic-undefined-weak"}}},
	{rule: "15", name: "the program serves its libraries", app: bin{needs: []string{"liba.so"}, source: "plain", ld: []string{"--export-dynamic"}},
		libs: []bin{{at: "/lib/liba.so", source: "imports"}}},
	{rule: "15", name: "what the program does not export serves nobody", fails: true, app: bin{needs: []string{"liba.so"}, source: "plain"},
		libs: []bin{{at: "/lib/liba.so", source: "imports"}}},
	{rule: "15", name: "what a library hides serves nobody", fails: true, app: needs("liba.so", "libb.so"),
		libs: []bin{{at: "/lib/liba.so", source: "imports"}, {at: "/lib/libb.so", source: "local"}}},
	{rule: "15", name: "a preloaded library serves all", app: needs("liba.so"), env: map[string]string{"LD_PRELOAD": "libp.so"},
		libs: []bin{{at: "/lib/liba.so", source: "imports"}, {at: "/lib/libp.so", source: "plain"}}},
	{rule: "15", name: "a library that nobody needs by name serves all", app: needs("liba.so", "libb.so"),
		libs: []bin{{at: "/lib/liba.so", source: "imports"}, {at: "/lib/libb.so", needs: []string{"libd.so"}}, {at: "/lib/libd.so", source: "plain"}}},
	{rule: "15", name: "data is copied into the program", app: bin{fixed: true, source: "copies", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "data"}}},
	{rule: "15", name: "data to copy into the program is missing", fails: true, app: bin{fixed: true, source: "copies", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "data"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "15", name: "the place of a function in the program serves pointers",
		app: bin{fixed: true, source: "places", needs: []string{"liba.so"}, ld: []string{"@/link/libv.so", "-z", "lazy"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "imports"}}},
	{rule: "15", name: "the place of a function in the program serves no calls", fails: true,
		app: bin{fixed: true, source: "places", needs: []string{"liba.so"}, ld: []string{"@/link/libv.so", "-z", "lazy"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "calls", ld: []string{"-z", "now"}}}},
	{rule: "15", name: "an indirect function", app: bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "indirect"}}},
	{rule: "15", name: "thread-local data", app: needs("liba.so"), host: []string{"/lib/x86_64-linux-gnu/libc.so.6"},
		libs: []bin{{at: "/lib/liba.so", source: "thread", needs: []string{"libc.so.6", "libv.so"}}, {at: "/lib/libv.so", source: "threads"}}},
	{rule: "15", name: "thread-local data is missing", fails: true, app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", source: "thread", needs: []string{"ld-linux-x86-64.so.2", "libv.so"}}, lib("/lib/libv.so")}},
	{rule: "15", name: "the loader serves those who need it", app: bin{source: "linker", needs: []string{"libc.so.6"}, ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic"}},
		host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
	{rule: "15", name: "the loader serves nobody when it is not needed", fails: true, app: bin{source: "linker", ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic"}}},
	{rule: "15", name: "who asks for no version gets the default one", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"},
			{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "15", name: "who asks for no version gets the first one", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", source: "old", script: "V1 {};"}}},
	{rule: "15", name: "who asks for no version gets no later hidden one", fails: true, app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", source: "old", script: "V0 {}; V1 {} V0;"}}},
	{rule: "15", name: "a symbol without version serves those who ask for one", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", source: "plain", script: "V1 {}; V2 { sinter_nothing; } V1;"}}},
	{rule: "15", name: "an old hash table", app: bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "plain", ld: []string{"--hash-style=sysv"}}}},
	{rule: "15", name: "an old hash table without the symbol", fails: true, app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", ld: []string{"--hash-style=sysv"}}}},
	{rule: "15", name: "two symbols are missing in two objects", fails: true, app: bin{source: "imports", needs: []string{"liba.so"}, ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"},
			{at: "/lib/liba.so", source: "imports"}}},

	{rule: "m7", name: "a function that is never called is missing", fails: true, libc: "musl", app: bin{source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "m7", name: "a symbol is there", libc: "musl", app: bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "plain"}}},
	{rule: "m7", name: "a weak symbol may be missing", libc: "musl", app: bin{source: "weak", ld: []string{"-z", "dynamic-undefined-weak"}}},
	{rule: "m7", name: "data is copied into the program", libc: "musl", app: bin{fixed: true, source: "copies", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "data"}}},
	{rule: "m7", name: "data to copy into the program is missing", fails: true, libc: "musl", app: bin{fixed: true, source: "copies", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "data"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "m7", name: "who asks for no version gets the default one", libc: "musl", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"},
			{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "m7", name: "another version does as well", libc: "musl", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", source: "plain", script: "V3 { v; };"}}},
	{rule: "m7", name: "versions that are not the default are not found", fails: true, libc: "musl", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", source: "old", script: "V1 {};"}}},
	{rule: "m7", name: "indirect functions are not found", fails: true, libc: "musl", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", source: "indirect"}}},
	{rule: "m7", name: "libc serves those who need it", libc: "musl", app: bin{source: "puts", needs: []string{"libc.so"}, ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic"}}},
	{rule: "m7", name: "libc serves nobody when it is not needed", fails: true, libc: "musl", app: bin{source: "puts", ld: []string{"--unresolved-symbols=ignore-all", "--export-dynamic"}}},
	{rule: "m7", name: "an old hash table", libc: "musl", app: bin{source: "imports", ld: []string{"@/lib/libv.so"}},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "plain", ld: []string{"--hash-style=sysv"}}}},
	{rule: "m7", name: "an old hash table without the symbol", fails: true, libc: "musl", app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so", ld: []string{"--hash-style=sysv"}}}},
	{rule: "m7", name: "thread-local data is missing", fails: true, libc: "musl", app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", source: "thread", needs: []string{"libc.so", "libv.so"}}, lib("/lib/libv.so")}},

	{rule: "2", name: "a runpath without the library does not bring the rpath back",
		app:  bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, runpath: "/run"}, lib("/r/libb.so"), lib("/lib/libb.so")}},

	{rule: "3", name: "an auditor may be missing", app: bin{needs: []string{"liba.so"}, ld: []string{"--audit", "libaudit.so"}},
		libs: []bin{lib("/lib/liba.so")}},
	{rule: "3", name: "an auditor of a dependency may be missing", app: bin{needs: []string{"liba.so"}, ld: []string{"-P", "libaudit.so"}},
		libs: []bin{lib("/lib/liba.so")}},
	{rule: "3", name: "an auditor that is no auditor", app: bin{needs: []string{"liba.so"}, ld: []string{"--audit", "libaudit.so"}},
		libs: []bin{lib("/lib/liba.so"), lib("/lib/libaudit.so", "libw.so"), lib("/lib/libw.so")}},
	{rule: "3", name: "LD_AUDIT may be missing", app: needs("liba.so"), env: map[string]string{"LD_AUDIT": "libaudit.so"},
		libs: []bin{lib("/lib/liba.so")}},

	{rule: "8", name: "PLATFORM depends on the processor", app: bin{needs: []string{"liba.so"}, runpath: "/r/$PLATFORM:/s"},
		libs: []bin{lib("/s/liba.so")}},

	{rule: "9", name: "old subdirectories come first", app: needs("liba.so", "libb.so", "libc1.so"),
		libs: []bin{lib("/lib/liba.so"), lib("/lib/tls/liba.so"), lib("/lib/x86_64/liba.so"), lib("/lib/tls/x86_64/liba.so"),
			lib("/lib/libb.so"), lib("/lib/tls/libb.so"), lib("/lib/x86_64/libb.so"),
			lib("/lib/libc1.so"), lib("/lib/x86_64/libc1.so")}},
	{rule: "9", name: "old subdirectories of a runpath", app: bin{at: "/opt/bin/app", needs: []string{"liba.so"}, runpath: "$ORIGIN/../lib"},
		libs: []bin{lib("/opt/lib/liba.so"), {at: "/opt/lib/tls/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN"},
			lib("/opt/lib/libb.so"), lib("/opt/lib/tls/libb.so")}},
	{rule: "9", name: "old subdirectories of LD_LIBRARY_PATH", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "/e/"},
		libs: []bin{lib("/e/liba.so"), lib("/e/x86_64/liba.so")}},
	{rule: "9", name: "an old subdirectory decides for bad, too", app: needs("liba.so"),
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/lib/tls/liba.so": ""}},
	{rule: "9", name: "an old subdirectory before a later directory", app: needs("liba.so"),
		libs: []bin{lib("/lib/x86_64-linux-gnu/tls/liba.so"), lib("/lib/liba.so")}},
	{rule: "9", name: "a cache entry for an old subdirectory", app: needs("liba.so"),
		libs: []bin{lib("/c/liba.so"), lib("/c/tls/x86_64/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache},
			{Name: "liba.so", Path: "/c/tls/x86_64/liba.so", Flags: x86Cache, Hwcap: 1<<63 | 1<<1}}},
	{rule: "9", name: "a cache entry for a processor there is not", app: needs("liba.so"),
		libs: []bin{lib("/c/liba.so"), lib("/c/no/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache},
			{Name: "liba.so", Path: "/c/no/liba.so", Flags: x86Cache, Hwcap: 1 << 40}}},

	{rule: "10", name: "the cache before system directories", app: needs("liba.so"), libs: []bin{lib("/c/liba.so"), lib("/lib/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}},
	{rule: "10", name: "the cache after runpath", app: bin{needs: []string{"liba.so"}, runpath: "/r"}, libs: []bin{lib("/c/liba.so"), lib("/r/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}},

	{rule: "11", name: "nodefaultlib holds for its object alone", app: needs("liba.so", "libb.so"),
		libs: []bin{{at: "/lib/liba.so", needs: []string{"libc1.so"}, ld: []string{"-z", "nodefaultlib"}}, lib("/lib/libb.so"), lib("/lib/libc1.so")}},

	{rule: "14", name: "a version that is weak may be missing",
		app: bin{source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}, edit: weakVersions},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", source: "plain", script: "V1 { v; };"}}},

	{rule: "m1", name: "no library at all", libc: "musl"},
	{rule: "m1", name: "system directories in order", libc: "musl", app: needs("liba.so", "libb.so"),
		libs: []bin{lib("/lib/liba.so"), lib("/usr/local/lib/liba.so"), lib("/usr/local/lib/libb.so"), lib("/usr/lib/libb.so")}},
	{rule: "m1", name: "the path file", libc: "musl", app: needs("liba.so", "libb.so"),
		files: map[string]string{"/etc/ld-musl-x86_64.path": "/p\n/q:/r"},
		libs:  []bin{lib("/lib/liba.so"), lib("/q/liba.so"), lib("/r/libb.so")}},
	{rule: "m1", name: "an empty path file", libc: "musl", app: needs("liba.so"),
		files: map[string]string{"/etc/ld-musl-x86_64.path": ""}, libs: []bin{lib("/lib/liba.so")}},
	{rule: "m1", name: "runpath is inherited", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/r/liba.so", "libb.so"), lib("/r/libb.so")}},
	{rule: "m1", name: "LD_LIBRARY_PATH before rpath", libc: "musl", env: map[string]string{"LD_LIBRARY_PATH": "/e"},
		app:  bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{lib("/r/liba.so"), lib("/e/liba.so")}},
	{rule: "m2", name: "libc's names are the loader", libc: "musl",
		app: needs("libc.so", "libc.so.6", "libpthread.so.0", "libm.so.6", "libc.musl-x86_64.so.1", "libdl.so.2")},
	{rule: "m3", name: "SONAME is ignored", libc: "musl", app: needs("liba.so", "libreal.so.1"),
		libs: []bin{{at: "/lib/liba.so", soname: "libreal.so.1"}}},
	{rule: "m3", name: "one inode under two names", libc: "musl", app: needs("liba.so", "libb.so"),
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/lib/libb.so": "liba.so"}},
	{rule: "m4", name: "origin", libc: "musl", app: bin{at: "/opt/bin/app", needs: []string{"liba.so"}, runpath: "$ORIGIN/../lib"},
		libs: []bin{lib("/opt/lib/liba.so")}},
	{rule: "m4", name: "another token voids the path", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r:/$LIB"},
		libs: []bin{lib("/r/liba.so")}},
	{rule: "m4", name: "no tokens in a name", libc: "musl", app: bin{at: "/opt/app", needs: []string{"$ORIGIN/liba.so"}},
		libs: []bin{lib("/opt/liba.so")}},
	{rule: "m5", name: "no filters", libc: "musl", app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-F", "libf.so"}}}},
	{rule: "m5", name: "nodefaultlib is ignored", libc: "musl", app: bin{needs: []string{"liba.so"}, ld: []string{"-z", "nodefaultlib"}},
		libs: []bin{lib("/lib/liba.so")}},
	{rule: "m6", name: "another class is fatal", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", m32: true}, lib("/lib/liba.so")}},
	{rule: "m6", name: "text is fatal", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so": "GROUP ( /lib/liba.so.1 AS_NEEDED ( libb.so ) ) and some more text here\n"}},
	{rule: "m6", name: "a directory is fatal", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so/": ""}},
	{rule: "m7", name: "a function that is never called is missing", fails: true, libc: "musl",
		app:  bin{source: "calls", ld: []string{"@/link/libv.so", "-z", "lazy"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},
	{rule: "m7", name: "versions do not count", libc: "musl",
		app: bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/libv.so", soname: "libv.so", source: "plain"}}},
	{rule: "m1", name: "rpath of the requester before its ancestors'", libc: "musl", app: bin{needs: []string{"liba.so"}, rpath: "/r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, rpath: "/s"}, lib("/s/libb.so"), lib("/r/libb.so")}},
	{rule: "m1", name: "runpath of a grandparent", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/r/liba.so", "libb.so"), {at: "/r/libb.so", needs: []string{"libc1.so"}, runpath: "/none"}, lib("/r/libc1.so")}},
	{rule: "m1", name: "rpath is not taken from siblings", libc: "musl", app: needs("liba.so", "libb.so"),
		libs: []bin{{at: "/lib/liba.so", runpath: "/r"}, lib("/r/libb.so")}},
	{rule: "m1", name: "LD_LIBRARY_PATH with newlines", libc: "musl", env: map[string]string{"LD_LIBRARY_PATH": "/none\n/e"},
		app: needs("liba.so"), libs: []bin{lib("/e/liba.so")}},
	{rule: "m1", name: "LD_PRELOAD", libc: "musl", env: map[string]string{"LD_PRELOAD": "libp.so:/x/libq.so"}, app: needs("libq.so"),
		libs: []bin{lib("/lib/libp.so"), lib("/x/libq.so"), lib("/lib/libq.so")}},
	{rule: "m1", name: "LD_PRELOAD may be missing", libc: "musl", env: map[string]string{"LD_PRELOAD": "libp.so"}},
	{rule: "m1", name: "a library is nowhere", libc: "musl", app: needs("liba.so", "libb.so"), libs: []bin{lib("/lib/libb.so")}},
	{rule: "m1", name: "a path", libc: "musl", app: needs("/opt/liba.so"), libs: []bin{lib("/opt/liba.so")}},
	{rule: "m1", name: "a missing interpreter", libc: "musl", app: bin{ld: []string{"-dynamic-linker", "/lib/none.so.1"}}},
	{rule: "m2", name: "another copy of musl is the loader", libc: "musl", app: needs("/usr/lib/x86_64-linux-musl/libc.so", "liba.so"),
		libs: []bin{lib("/lib/liba.so")}, host: []string{"/usr/lib/x86_64-linux-musl/libc.so"}},
	{rule: "m2", name: "glibc is the loader, too", libc: "musl", app: needs("/lib/x86_64-linux-gnu/libc.so.6", "liba.so"),
		libs: []bin{lib("/lib/liba.so")}, host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
	{rule: "m2", name: "a name that only begins like libc's", libc: "musl", app: needs("libcrypt.so.1", "libmy.so"),
		libs: []bin{lib("/lib/libcrypt.so.1"), lib("/lib/libmy.so")}},
	{rule: "m3", name: "a path and its name", libc: "musl", app: needs("/lib/liba.so", "liba.so"), libs: []bin{lib("/lib/liba.so")}},
	{rule: "m4", name: "origin of a library is where it was found", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/found"},
		libs:  []bin{{at: "/real/liba.so", needs: []string{"libb.so"}, runpath: "${ORIGIN}"}, lib("/real/libb.so"), lib("/found/libb.so")},
		links: map[string]string{"/found/liba.so": "/real/liba.so"}},
	{rule: "m4", name: "origin ends where its name does", libc: "musl", app: bin{at: "/opt/app", needs: []string{"liba.so"}, runpath: "$ORIGINX"},
		libs: []bin{lib("/optX/liba.so")}},
	{rule: "m5", name: "auxiliary filters are ignored", libc: "musl", app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-f", "libf.so"}}, lib("/lib/libf.so")}},
	{rule: "m5", name: "the cache is ignored", libc: "musl", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}},
	{rule: "m5", name: "ld.so.preload is ignored", libc: "musl", files: map[string]string{"/etc/ld.so.preload": "/lib/libp.so\n"},
		libs: []bin{lib("/lib/libp.so")}},
	{rule: "m5", name: "old subdirectories are ignored", libc: "musl", app: needs("liba.so"), libs: []bin{lib("/lib/tls/liba.so"), lib("/usr/lib/liba.so")}},
	{rule: "m6", name: "an empty file is fatal", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r/liba.so": ""}},
	{rule: "m6", name: "a dangling link is passed over", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/r/liba.so": "none"}},
	{rule: "m6", name: "a directory that is a file is passed over", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{lib("/lib/liba.so")}, files: map[string]string{"/r": ""}},
	{rule: "m7", name: "data is missing", fails: true, libc: "musl",
		app:  bin{source: "imports", ld: []string{"@/link/libv.so"}},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "plain"}, {at: "/lib/libv.so", soname: "libv.so"}}},

	{rule: "13", name: "a link that loops ends its path", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so")}, links: map[string]string{"/r/liba.so": "liba.so"}},
	{rule: "13", name: "a link that loops does not end the search", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so"), lib("/lib/liba.so")}, links: map[string]string{"/r/liba.so": "liba.so"}},
	{rule: "13", name: "a link through a file ends its path", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "/r:/s"},
		libs: []bin{lib("/s/liba.so")}, links: map[string]string{"/r/liba.so": "file/liba.so"}, files: map[string]string{"/r/file": "x"}},
	{rule: "13", name: "a link that loops in a system directory", app: needs("liba.so"),
		libs: []bin{lib("/usr/lib/liba.so")}, links: map[string]string{"/lib/liba.so": "liba.so"}},
	{rule: "13", name: "a link that loops in an old subdirectory", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so")}, links: map[string]string{"/r/tls/liba.so": "liba.so"}},
	{rule: "13", name: "a directory that is a file is passed over", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so")}, files: map[string]string{"/r": ""}},
	{rule: "13", name: "another format version is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(6, 2)}, lib("/lib/liba.so")}},
	{rule: "13", name: "another ABI version is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(8, 1)}, lib("/lib/liba.so")}},
	{rule: "13", name: "an ABI version of GNU", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(7, 3, 3)}}},
	{rule: "13", name: "a later ABI version of GNU is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(7, 3, 4)}}},
	{rule: "13", name: "padding that is not zero is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(12, 1)}, lib("/lib/liba.so")}},
	{rule: "13", name: "another file version is fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(20, 2)}, lib("/lib/liba.so")}},
	{rule: "13", name: "program headers of another size are fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(54, 64)}, lib("/lib/liba.so")}},
	{rule: "13", name: "another system's file for another machine is passed over", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: func(elf []byte) []byte { return set(18, 183)(set(7, 9)(elf)) }}, lib("/lib/liba.so")}},
	{rule: "13", name: "segments of a smaller alignment than pages are fine", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", ld: []string{"-n"}}, lib("/lib/liba.so")}},
	{rule: "13", name: "segments that are out of step with the file are fatal", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: outOfStep}, lib("/lib/liba.so")}},

	{rule: "13", name: "a note of another system does not matter since glibc 2.36", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", source: "hurd"}, lib("/lib/liba.so")}},
	{rule: "13", name: "a file that lacks its end crashes the loader", fails: true, app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: lacksEnd}, lib("/lib/liba.so")}},
	{rule: "13", name: "a file without a string table crashes the loader", fails: true, app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", soname: "liba.so", edit: without(elf.DT_STRTAB)}, lib("/lib/liba.so")}},
	{rule: "13", name: "a file without a symbol table crashes the loader", fails: true, app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", source: "imports", edit: without(elf.DT_SYMTAB)}, {at: "/lib/liba.so", source: "plain"}}},
	{rule: "13", name: "the size of the string table does not matter", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, edit: without(elf.DT_STRSZ)}, lib("/lib/libb.so")}},
	{rule: "13", name: "a segment larger in the file than in memory", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: smallInMemory}, lib("/lib/liba.so")}},
	{rule: "13", name: "a library without segments", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(56, 0, 0)}, lib("/lib/liba.so")}},
	{rule: "13", name: "a library with many program headers", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: manyHeaders(2000)}}},
	{rule: "m6", name: "a library with many program headers", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: manyHeaders(2000)}}},
	{rule: "m6", name: "segments that are out of step with the file", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: outOfStep}, lib("/lib/liba.so")}},
	{rule: "m6", name: "a file that lacks its end crashes musl", fails: true, libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: lacksEnd}, lib("/lib/liba.so")}},

	{rule: "14", name: "versions of a library that is not needed",
		app:  bin{source: "imports", ld: []string{"@/lib/libv.so"}, edit: dropNeeded},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "14", name: "versions of a library under another name",
		app: bin{source: "imports", ld: []string{"@/link/libv.so"}, edit: renamed},
		libs: []bin{{at: "/link/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"},
			{at: "/lib/v.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},
	{rule: "14", name: "a version of another hash",
		app:  bin{source: "calls", ld: []string{"@/lib/libv.so", "-z", "lazy"}, edit: otherHash},
		libs: []bin{{at: "/lib/libv.so", soname: "libv.so", source: "versioned", script: "V1 {}; V2 {} V1;"}}},

	{rule: "8", name: "LD_LIBRARY_PATH that begins with an empty element", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": ":/e"},
		libs: []bin{lib("/liba.so"), lib("/e/liba.so")}},
	{rule: "8", name: "tokens in LD_LIBRARY_PATH", app: bin{at: "/opt/bin/app", needs: []string{"liba.so", "libb.so"}},
		env:  map[string]string{"LD_LIBRARY_PATH": "$ORIGIN/../x:/y/${LIB}"},
		libs: []bin{lib("/opt/x/liba.so"), lib("/y/lib/x86_64-linux-gnu/libb.so")}},
	{rule: "8", name: "a relative directory through a link", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "link/../r"},
		libs: []bin{lib("/opt/r/liba.so", "libb.so"), lib("/r/liba.so"), lib("/lib/libb.so"), lib("/opt/deep/libz.so")}, links: map[string]string{"/link": "/opt/deep"}},
	{rule: "5", name: "a relative path through a link", app: needs("link/../r/liba.so"),
		libs: []bin{lib("/opt/r/liba.so", "libb.so"), lib("/r/liba.so"), lib("/lib/libb.so"), lib("/opt/deep/libz.so")}, links: map[string]string{"/link": "/opt/deep"}},
	{rule: "7", name: "a token's directory through a link", app: bin{at: "/opt/bin/app", needs: []string{"liba.so"}, runpath: "$ORIGIN/link/../r"},
		libs: []bin{lib("/srv/r/liba.so", "libb.so"), lib("/opt/bin/r/liba.so"), lib("/lib/libb.so"), lib("/srv/deep/libz.so")}, links: map[string]string{"/opt/bin/link": "/srv/deep"}},

	{rule: "m6", name: "a link that loops ends the search", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so"), lib("/lib/liba.so")}, links: map[string]string{"/r/liba.so": "liba.so"}},
	{rule: "m6", name: "a link through a file is passed over", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r:/s"},
		libs: []bin{lib("/s/liba.so")}, links: map[string]string{"/r/liba.so": "file/liba.so"}, files: map[string]string{"/r/file": "x"}},
	{rule: "m6", name: "padding does not count", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/r"},
		libs: []bin{{at: "/r/liba.so", edit: set(12, 1)}}},
	{rule: "m1", name: "a path file that loops", libc: "musl", app: needs("liba.so"),
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/etc/ld-musl-x86_64.path": "ld-musl-x86_64.path"}},
	{rule: "m1", name: "a path file that dangles", libc: "musl", app: needs("liba.so"),
		libs: []bin{lib("/lib/liba.so")}, links: map[string]string{"/etc/ld-musl-x86_64.path": "none"}},
	{rule: "m1", name: "an empty element does not count", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "/none::/s"},
		libs: []bin{lib("/liba.so"), lib("/s/liba.so")}},
	{rule: "m4", name: "no tokens in LD_LIBRARY_PATH", libc: "musl", app: bin{at: "/opt/app", needs: []string{"liba.so"}},
		env: map[string]string{"LD_LIBRARY_PATH": "$ORIGIN"}, libs: []bin{lib("/opt/liba.so")}},
	{rule: "m1", name: "a relative directory through a link", libc: "musl", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "link/../r"},
		libs: []bin{lib("/opt/r/liba.so", "libb.so"), lib("/r/liba.so"), lib("/lib/libb.so"), lib("/opt/deep/libz.so")}, links: map[string]string{"/link": "/opt/deep"}},

	{rule: "5", name: "a path with a token belongs to who asks", app: bin{needs: []string{"$ORIGIN/a/liba.so"}},
		libs: []bin{{at: "/a/liba.so", needs: []string{"$ORIGIN/a/liba.so"}}, lib("/a/a/liba.so", "libb.so"), lib("/lib/libb.so")}},
	{rule: "5", name: "a token makes a name a path", app: needs("p$LIB", "libb.so"),
		libs: []bin{lib("/plib/x86_64-linux-gnu", "libb.so"), lib("/lib/libb.so")}},
	{rule: "3", name: "a filter's path with a token", app: needs("liba.so"),
		libs: []bin{{at: "/lib/liba.so", ld: []string{"-F", "$ORIGIN/x/libf.so"}}, lib("/lib/x/libf.so")}},
	{rule: "1", name: "the loader by its path", app: needs("/lib64/ld-linux-x86-64.so.2", "libc.so.6"),
		host: []string{"/lib/x86_64-linux-gnu/libc.so.6"}},
	{rule: "1", name: "the loader by another path", app: needs("/lib/other.so", "libb.so"),
		libs: []bin{lib("/lib/libb.so")}, links: map[string]string{"/lib/other.so": "/lib64/ld-linux-x86-64.so.2"}},
	{rule: "3", name: "LD_PRELOAD is not split at tabs", app: needs("liba.so"), env: map[string]string{"LD_PRELOAD": "libp.so\tlibq.so"},
		libs: []bin{lib("/lib/liba.so"), lib("/lib/libp.so"), lib("/lib/libq.so")}},
	{rule: "3", name: "LD_PRELOAD with spaces and a path with a token", app: bin{at: "/opt/app", needs: []string{"liba.so"}}, env: map[string]string{"LD_PRELOAD": " libp.so  $ORIGIN/libq.so"},
		libs: []bin{lib("/lib/liba.so"), lib("/lib/libp.so"), lib("/opt/libq.so")}},
	{rule: "3", name: "what is preloaded is found with the program's runpath", app: bin{needs: []string{"liba.so"}, runpath: "/r"}, env: map[string]string{"LD_PRELOAD": "libp.so"},
		libs: []bin{lib("/r/liba.so"), lib("/r/libp.so", "libq.so"), lib("/r/libq.so")}},
	{rule: "3", name: "ld.so.preload with colons and no end", app: needs("liba.so"), files: map[string]string{"/etc/ld.so.preload": "/lib/libp.so:/lib/libq.so\t# /lib/libr.so\n/lib/libs.so"},
		libs: []bin{lib("/lib/liba.so"), lib("/lib/libp.so"), lib("/lib/libq.so"), lib("/lib/libr.so"), lib("/lib/libs.so")}},
	{rule: "7", name: "origin of a library in a relative directory", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN/x"}, lib("/r/x/libb.so")}},
	{rule: "2", name: "an empty runpath voids the rpath", app: bin{needs: []string{"liba.so"}, rpath: "/r", edit: emptyRunpath},
		libs: []bin{lib("/r/liba.so")}},
	{rule: "10", name: "numbers in the cache are compared by value", app: needs("liba.so.010"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so.10", Path: "/c/liba.so", Flags: x86Cache}}},
	{rule: "10", name: "a relative path in the cache", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "c/liba.so", Flags: x86Cache}}},
	{rule: "10", name: "an entry of any ELF file", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: 1}}},
	{rule: "10", name: "a cache that is a link", app: needs("liba.so"), libs: []bin{lib("/c/liba.so")},
		cache: []CacheEntry{{Name: "liba.so", Path: "/c/liba.so", Flags: x86Cache}}, links: map[string]string{"/c/link": "../etc"}},
	{rule: "4", name: "the empty name", app: bin{needs: []string{"liba.so"}, edit: emptyNeeded}},
	{rule: "4", name: "a path and a name of one file", app: needs("/lib/liba.so", "liba.so"), libs: []bin{lib("/lib/liba.so")}},
	{rule: "4", name: "a name with a slash twice", app: needs("/lib//liba.so", "/lib/liba.so"), libs: []bin{lib("/lib/liba.so")}},

	{rule: "m1", name: "LD_PRELOAD with tabs", libc: "musl", env: map[string]string{"LD_PRELOAD": "libp.so\tlibq.so\r/lib/libr.so"},
		libs: []bin{lib("/lib/libp.so"), lib("/lib/libq.so"), lib("/lib/libr.so")}},
	{rule: "m1", name: "origin of a library in a relative directory", libc: "musl", app: needs("liba.so"), env: map[string]string{"LD_LIBRARY_PATH": "r"},
		libs: []bin{{at: "/r/liba.so", needs: []string{"libb.so"}, runpath: "$ORIGIN/x"}, lib("/r/x/libb.so")}},
	{rule: "m2", name: "a path that begins as libc's name", libc: "musl", app: needs("libc.x/liba.so"), libs: []bin{lib("/libc.x/liba.so", "libgone.so")}},
	{rule: "m3", name: "the empty name", libc: "musl", app: bin{needs: []string{"liba.so"}, edit: emptyNeeded}},
	{rule: "m4", name: "a token voids a runpath, not the rpath that it hides", libc: "musl", app: bin{needs: []string{"liba.so"}, runpath: "$ORIGIN/x:/$PLATFORM"},
		libs: []bin{lib("/x/liba.so"), lib("/usr/lib/liba.so")}},
}
