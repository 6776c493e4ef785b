// Command buildkit-runc runs the runc beside it, without seccomp profiles.
//
// buildkitd gives every container a profile when the kernel can do seccomp.
// Our runc is built with nothing but a C compiler, so without libseccomp, and
// refuses those. The lab runs only steps that this repository names.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	err := run(os.Args)
	fmt.Fprintln(os.Stderr, "buildkit-runc:", err)
	os.Exit(1)
}

// run returns only if it fails.
func run(argv []string) error {
	if i := slices.Index(argv, "--bundle"); i >= 0 && i+1 < len(argv) {
		if err := dropSeccomp(filepath.Join(argv[i+1], "config.json")); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runc := filepath.Join(filepath.Dir(self), "runc")
	return syscall.Exec(runc, append([]string{runc}, argv[1:]...), os.Environ())
}

func dropSeccomp(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config, linux map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, &config), json.Unmarshal(config["linux"], &linux)); err != nil {
		return err
	}
	delete(linux, "seccomp")
	if config["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
