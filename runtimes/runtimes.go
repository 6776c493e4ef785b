// Package runtimes knows what programs of languages open when they run: the standard
// library of an interpreter, the modules that an app imports, the commands that a
// script calls. It reads trees and runs nothing. Each language is one file with an
// implementation of Language.
package runtimes

import (
	"io/fs"
	"path"
	"slices"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// A Language knows what the programs of one language open.
type Language interface {
	// Name is what the language is called in messages and in a spec, "python".
	Name() string
	// Runs reports whether an ELF file runs programs of the language: its interpreter, or
	// the library that holds it. soname is empty for programs.
	Runs(file, soname string) bool
	// Reads tells by the name of a file whether its content matters to Needs.
	Reads(name string) bool
	// Needs lists what the runtime and the app open. The error is for trees that
	// cannot be read.
	Needs(Request) (Result, error)
}

// All are the languages, in the order in which they are asked.
func All() []Language {
	out := []Language{java{}, node{}, python{}, perl{}, php{}, ruby{}, r{}, lua{}, shell{}, makefile{}}
	for row := range fixed {
		out = append(out, table{row})
	}
	return out
}

// Reads reports by the name of a file whether its content matters to some language.
func Reads(name string) bool {
	for _, l := range All() {
		if l.Reads(name) {
			return true
		}
	}
	return false
}

// Interprets reports whether a program runs programs of some language.
func Interprets(program string) bool {
	return slices.ContainsFunc(All(), func(l Language) bool { return l.Runs(program, "") })
}

// FilesRun are the files that commands give to an interpreter to run, by their paths in the image,
// with the interpreter as it is named: /app/main.py of [python3, main.py] in /app.
func FilesRun(commands [][]string, workdir string) map[string]string {
	out := map[string]string{}
	for _, argv := range commands {
		if !Interprets(argv[0]) {
			continue
		}
		for _, word := range argv[1:] {
			if word == "" || word == "-c" || word == "-e" || word == "-m" || word == "-r" {
				break
			}
			if word[0] != '-' {
				if !path.IsAbs(word) {
					word = path.Join("/", workdir, word)
				}
				out[path.Clean(word)] = argv[0]
				break
			}
		}
	}
	return out
}

// Request is what a language is asked about: one runtime that ships.
type Request struct {
	// Tree is the source that the runtime ships from, and Path its physical path there.
	Tree rootfs.FS
	Path string
	// To is its path in the image, and At the spec node that it is there for.
	To string
	At string
	// Names are the paths by which it is started, in the image and in Tree, and Named
	// tells that the spec itself names it as a program.
	Names []string
	Named bool
	// Platform is that of the image, "linux/arm64".
	Platform string
	// Settings are the spec's.
	Settings spec.Runtime
	// Makes reports whether files can be made, see Need.Made.
	Makes bool
	// Env is the image's environment, and Workdir the directory that programs start in.
	Env     map[string]string
	Workdir string
	// Image is the image as far as the spec names it, its base included.
	Image rootfs.FS
	// Commands are what the image's config starts, each the program and its arguments.
	Commands [][]string
	// App are the files that ship and that may be programs of the language or parts
	// of one, sorted by their path in the image: what the spec names, and scripts.
	App []AppFile
	// Owners tells which packages own files of Tree, by their absolute names there, and
	// Contents what is in one of these. Each call of Owners reads the whole
	// database, so that it is worth asking for many at once.
	Owners   func(names []string) (map[string]string, error)
	Contents func(pkg string) ([]string, error)
	// Depends lists the packages that one depends on.
	Depends func(pkg string) ([]string, error)
	// Asked are the packages of Tree that the spec asks for by name, besides those of its programs.
	Asked []string
}

// AppFile is a file of the image.
type AppFile struct {
	// To is its path in the image.
	To string
	// Tree is the source that it is from, and Path its physical path there.
	Tree rootfs.FS
	Path string
	// Source is what the plan calls that.
	Source string
	// SameTree tells that Tree is the runtime's own.
	SameTree bool
	// At is the spec node that it is there for.
	At string
	// Own tells that the spec names it and that no package owns it.
	Own bool
	// Script tells that it ships for itself, and not with the directory it is in.
	Script bool
	// Interpreter is what runs it, as its first line names it, for a script: "python3" for
	// "#!/usr/bin/env python3".
	Interpreter string
}

// Read returns the file's content, of at most limit bytes. It is nil for one that is
// longer.
func (f AppFile) Read(limit int64) ([]byte, error) {
	info, err := f.Tree.Lstat(rootfs.Name(f.Path))
	if err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return nil, err
	}
	return rootfs.ReadFile(f.Tree, f.Path, limit)
}

// Result is what a language says.
type Result struct {
	Needs   []Need
	Missing []Missing
	// Programs are started by scripts, and Commands all commands of these as far as they
	// are known, for what other languages make of them.
	Programs []Program
	Commands [][]string
	// Accounts are words by which scripts may mean accounts of the system, by the path in the
	// image of the script.
	Accounts map[string][]string
	// Writes are directories that the runtime writes to, which the image's user gets.
	Writes []Need
	// Decides are the directories of the runtime's tree in which only Needs ship, and
	// nothing by other evidence.
	Decides []string
	// KeepTimes are the paths in the image of files of the app that keep the
	// modification time that they have in their source.
	KeepTimes []string
	// Dated tells that a file of the app whose time is 0 counts as absent.
	Dated bool
	// TrustStores are the paths in the image of stores of certificates, in Java's form, that
	// the runtime reads in place of the system's.
	TrustStores []string
	// Listed tells that libraries are looked up by parts of their names, as ldconfig lists
	// them, which reads the loader's cache.
	Listed bool
	// Whole are the settings that leave something out and that could not be followed.
	Whole []Whole
}

// Whole is a setting that leaves something out and that could not be followed, so that all
// of it ships.
type Whole struct {
	// At is the spec node of the setting, and Why tells what is in its way.
	At, Why string
	// Fixes are the ways out.
	Fixes []string
}

// Need is a file or directory of the runtime's tree that ships.
type Need struct {
	// Path is absolute. Links on the way to it ship, too; so do the links in a
	// directory, with what they lead to.
	Path string
	// To is where it goes in the image; empty for the path that it has in the tree.
	To string
	// Made is set where what ships is made of the file, and then Size is how many bytes
	// that has.
	Made *plan.Made
	Size int64
	// Evidence says how it is known.
	Evidence plan.Evidence
	// Leave tells which files and directories below Path stay out, by their absolute path;
	// nil for none.
	Leave func(name string, info fs.FileInfo) bool
	// KeepTime tells which files keep the modification time that they have in the
	// source, for another one that ships holds it; nil for none.
	KeepTime func(name string) bool
}

// Program is a program that a script starts: by its path, or by a name that is looked up
// in PATH. Where the image does not have it, it ships from the script's source.
type Program struct {
	Name     string
	For      AppFile
	Evidence plan.Evidence
	// Line is the line on which a script of the spec's own calls it whatever happens, from 1;
	// 0 where it may do without.
	Line int
	// Inline tells that no file calls it, but the arguments with which the image starts For.
	Inline bool
}

// Missing is something that a program opens and that no tree has.
type Missing struct {
	// Name is what is missing, as the program calls it: "module yaml".
	Name string
	// In is the file of the image that asks for it, and Line where, from 1; 0 if that is
	// not known.
	In   string
	Line int
	// At is the spec node that the file is there for.
	At string
	// Is tells what is wrong with it, if it is not that it is absent: "is in /opt/x, where Ruby
	// does not look".
	Is string
	// Fails tells that the program cannot do without it.
	Fails bool
	// Runtime is what a user would see: "ModuleNotFoundError: No module named 'yaml'".
	Runtime string
	// Fixes are the ways out.
	Fixes []string
}

// exists reports whether a tree has a path, whatever it is.
func exists(tree rootfs.FS, name string) bool {
	_, err := rootfs.Resolve(tree, path.Clean(name))
	return err == nil
}
