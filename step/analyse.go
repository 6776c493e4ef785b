package step

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// analyse makes a plan and writes it with the package metadata of its image.
func analyse(root string) error {
	var req resolve.Request
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
	return os.WriteFile(filepath.Join(out, ResultFile), data, 0o644)
}

// openTrees opens the trees of a request: the mounted ones, and those that are in
// the request itself as listings.
func openTrees(dir string, req resolve.Request) (map[string]rootfs.FS, error) {
	names := req.AllTrees()
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
