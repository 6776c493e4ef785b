// Package needs reads from files alone what programs and libraries open when they run, and
// knows what the names of files, packages and libraries say about that.
//
// It has two halves. One reads a file: [Read] finds paths and words in the strings of an ELF
// file, [Text] paths in a script, and [MentionsOf] what a configuration names. The other is
// knowledge of distributions, as functions of a name:
//
//	libraries.go    what is opened by a library that every program uses alike
//	functions.go    functions of libc whose use tells what else is opened
//	directories.go  directories for what changes, below /run and /var
//	configs.go      configurations, code of extensions, plugins
//	compilers.go    what only compilers and linkers read
//	rules.go        names that say nothing, and what never ships by evidence alone
//
// What a tree has of all that, and what of it ships, is decided by package resolve.
package needs
