// Package loader works out, from files alone, what the dynamic loaders of glibc
// and musl would load for a program, and why they would fail. Nothing is
// executed.
//
// With a single tree the answer is the loader's own. With several trees every
// name is looked up with the loader's whole search in each tree in turn, so that
// a library missing from the base image can come from a tree that has it.
//
// A shared library can be asked about like a program. Its loader is then that of
// the C library that it was built for, and the answer is what dlopen would load.
//
// The rules were read from glibc 2.36 and musl 1.2 and tried against both. The
// oracle tests name them by number.
//
// # Rules of glibc
//
// From elf/rtld.c, dl-load.c, dl-deps.c, dl-cache.c, dl-version.c, dl-lookup.c and
// dl-reloc.c:
//
//  1. The kernel opens the interpreter by path. Its SONAME counts as loaded.
//  2. A RUNPATH makes an object's own RPATH void.
//  3. Dependencies load breadth first. A DT_FILTER target must exist, a
//     DT_AUXILIARY one and auditors need not; preloaded objects come first.
//  4. A requested name or SONAME of a loaded object is that object; so is the
//     same inode after opening. The empty name is the program.
//  5. Tokens in names come first. A name with a slash is opened, not searched
//     for.
//  6. RPATHs from the requester upwards, LD_LIBRARY_PATH, the requester's
//     RUNPATH, the cache, the system directories.
//  7. $ORIGIN is the directory of the object that declares the path: as found
//     for a library, real for the program.
//  8. $LIB is compiled in, $PLATFORM unknowable, an empty element is the
//     working directory.
//  9. Files for particular processors are extras; the common one must exist.
//     Up to 2.36 every directory's tls/ and x86_64/ come before it.
//  10. The cache offers one candidate.
//  11. DF_1_NODEFLIB rules out the system directories, in the cache too.
//  12. The system directories stand in the loader file.
//  13. The first file that opens decides, except for another class or machine.
//     One that is there and cannot be opened, as a link that loops, ends the
//     path that it is found on. A damaged one makes the loader give up, or crash.
//  14. Required versions must be defined, unless weak or by an object without
//     any versions. They are asked of objects by the names that were asked for,
//     SONAMEs aside, and there must be one.
//  15. What relocations refer to must be defined by something that is loaded,
//     unless it is weak. Data, and the calls of an object with DF_BIND_NOW or
//     DF_1_NOW or of all with LD_BIND_NOW, are bound at start; other calls when
//     they are first made.
//     Here names are compared by their hashes in DT_GNU_HASH, where a file has it.
//
// What glibc opens by itself (nss/, inet/idna.c, misc/unwind-link.c) comes after
// all that: the modules that nsswitch.conf names for what is imported, and
// libgcc_s.so.1. Not libidn2.so.0: only a program that asks for AI_IDN has use
// for it, and hardly one does; libraries.add ships it where it is wanted.
//
// # Rules of musl
//
// From ldso/dynlink.c:
//
//   - m1: LD_LIBRARY_PATH, then RUNPATH or RPATH of the requester and all who
//     caused it to be loaded, then a path file or the built-in list.
//   - m2: The names of libc's former parts are the loader itself, and so is any
//     other C library.
//   - m3: Objects match by file name and inode, never by SONAME.
//   - m4: Any token but $ORIGIN voids a path; names have no tokens.
//   - m5: There are no filters, caches, versions or flags against directories.
//   - m6: The first file that opens decides in every case, and so does a link
//     that loops.
//   - m7: Every symbol is bound at start. Of versions only those count that are
//     not the default: their symbols are not found.
//
// # Limits
//
// Trees and files are not trusted, so a search reads and loads only so much. The
// limits are far above what programs have. Where one is met, the finding
// beyond-limits says so: it never passes for a damaged file.
package loader
