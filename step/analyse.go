package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
)

// analyse makes a plan and writes it with the package metadata of its image.
func analyse(root string) error {
	var req request.Request
	if err := readJSON(filepath.Join(root, InDir, RequestFile), &req); err != nil {
		return err
	}
	trees, err := openTrees(filepath.Join(root, TreesDir), req)
	if err != nil {
		return err
	}
	found, err := resolve.Make(req, trees)
	if err != nil {
		return err
	}
	data, err := json.Marshal(found)
	if err != nil {
		return err
	}
	out := filepath.Join(root, OutDir)
	if err := writeMetadata(filepath.Join(out, MetadataDir), &found.Plan, trees); err != nil {
		return fmt.Errorf("writing package metadata: %w", err)
	}
	if err := writeMade(filepath.Join(out, MadeDir), &found.Plan, trees); err != nil {
		return fmt.Errorf("making files: %w", err)
	}
	return os.WriteFile(filepath.Join(out, ResultFile), data, 0o644)
}

// writeMade writes the files of a plan that are made of others, each at its path.
func writeMade(dir string, p *plan.Plan, trees map[string]rootfs.FS) error {
	for _, e := range p.Entries {
		if e.Made == nil {
			continue
		}
		name := filepath.Join(dir, e.Path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		if err := errors.Join(runtimes.WriteMade(out, trees[e.From.Tree], e.From.Path, *e.Made), out.Close()); err != nil {
			return err
		}
	}
	return nil
}

// openTrees opens the trees of a request: the mounted ones, and those that are in
// the request itself as listings.
func openTrees(dir string, req request.Request) (map[string]rootfs.FS, error) {
	names := append(req.AllTrees(), req.References...)
	if req.Base {
		names = append(names, plan.TreeBase)
	}
	trees := map[string]rootfs.FS{}
	for _, name := range names {
		listing, ok := req.Listings[name]
		if !ok {
			trees[name] = rootfs.Dir(filepath.Join(dir, TreeDir(name)))
			continue
		}
		tree, err := listing.Tree()
		if err != nil {
			return nil, fmt.Errorf("listing of %s: %w", name, err)
		}
		trees[name] = tree
	}
	return trees, nil
}
