// Command libtree answers as libtree does, by its exit status, with Sinter's rules:
// 0 when a program or library of this machine loads. libtree's own tests run it.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/rootfs"
)

// envLoader32 says what file is to be found at loader32, where this machine may lack
// one.
const envLoader32 = "SINTER_LOADER32"

const loader32 = "/lib/ld-linux.so.2"

func main() {
	loads, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "libtree:", err)
	}
	if err != nil || !loads {
		os.Exit(1)
	}
}

func run(args []string) (bool, error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:] // only about what is printed
	}
	if len(args) != 1 {
		return false, errors.New("takes one PATH")
	}
	at, err := filepath.Abs(args[0])
	if err != nil {
		return false, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return false, err
	}
	machine, err := machine()
	if err != nil {
		return false, err
	}
	program := loader.Program{Path: at}
	opt := loader.Options{WorkDir: dir, Env: map[string]string{"LD_LIBRARY_PATH": os.Getenv("LD_LIBRARY_PATH")}}
	r, err := loader.Load([]loader.Tree{{Name: "this machine", FS: machine}}, program, opt)
	if err != nil {
		return false, err
	}
	for _, o := range r.Objects {
		fmt.Printf("%s => %s (%s)\n", o.Name, o.Path, o.Via)
	}
	loads := true
	for _, p := range r.Problems {
		fmt.Println(cmp.Or(p.Runtime, p.Message))
		loads = loads && p.Severity != diag.SeverityError
	}
	return loads, nil
}

// machine is this machine's root, with a 32-bit loader if it has none.
func machine() (rootfs.FS, error) {
	root := rootfs.Dir("/")
	from := os.Getenv(envLoader32)
	if _, err := rootfs.Resolve(root, loader32); err == nil || from == "" {
		return root, nil
	}
	dir, base := filepath.Split(from)
	src := rootfs.Dir(dir)
	info, err := src.Lstat(base)
	if err != nil {
		return nil, err
	}
	view := rootfs.NewViewOver(root)
	return view, view.AddFile(loader32, src, base, info)
}
