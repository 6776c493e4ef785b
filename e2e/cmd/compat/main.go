// Command compat builds a few specs with old and new versions of BuildKit, and
// compares the images with those of the pinned one. It writes a table.
//
//	go run ./e2e/cmd/compat -table docs/compatibility.md
//	go run ./e2e/cmd/compat -run '^v0.12' -v
//
// -v prints the entries in which an image differs. It needs root, and builds each
// daemon the first time, which takes minutes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/sinter-build/sinter/e2e/compat"
	"github.com/sinter-build/sinter/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	table := flag.String("table", "", "write the table to this file")
	only := flag.String("run", "", "the daemons whose names match, besides the pinned one")
	verbose := flag.Bool("v", false, "tell in what images differ")
	flag.Parse()
	names, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	root, err := lab.Root()
	if err != nil {
		return err
	}
	specs, err := compat.Specs()
	if err != nil {
		return err
	}
	l, err := lab.Start(ctx, lab.Seeded, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.PushFrontend(ctx); err != nil {
		return err
	}
	b := compat.Bench{Lab: l, Specs: specs, Cache: filepath.Join(root, ".build", "compat"), Log: stderr}
	results, err := b.Run(ctx, func(name string) bool { return names.MatchString(name) })
	if err != nil {
		return err
	}
	text := compat.Table(specs, results)
	fmt.Fprint(stdout, text)
	if *verbose {
		fmt.Fprint(stdout, compat.Differences(specs, results))
	}
	if *table == "" {
		return nil
	}
	return os.WriteFile(*table, []byte(text), 0o644)
}
