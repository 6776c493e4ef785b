package frontend

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/rootfs"
)

// AnalyseCommand is the argument with which the frontend's binary is the
// analysis step of a build and not the frontend.
const AnalyseCommand = "analyse"

// Analyse is the analysis step: it reads the request and the trees where
// analysisStep has mounted them, and writes the result.
func Analyse() error {
	clearUmask()
	data, err := os.ReadFile(filepath.Join(stepIn, "request.json"))
	if err != nil {
		return err
	}
	var req resolve.Request
	if err := json.Unmarshal(data, &req); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	trees := map[string]rootfs.FS{}
	names := req.AllTrees()
	if req.Base {
		names = append(names, plan.TreeBase)
	}
	for _, name := range names {
		trees[name] = rootfs.Dir(filepath.Join(stepTrees, treeDir(name)))
	}
	for name, listing := range req.Listings {
		tree, err := listing.Tree()
		if err != nil {
			return fmt.Errorf("listing of %s: %w", name, err)
		}
		trees[name] = tree
	}
	found, err := resolve.Make(req, trees)
	if err != nil {
		return err
	}
	out, err := json.Marshal(found)
	if err != nil {
		return err
	}
	if err := writeMetadata(filepath.Join(stepOut, metadataDir), &found.Plan, trees); err != nil {
		return fmt.Errorf("writing package metadata: %w", err)
	}
	return os.WriteFile(filepath.Join(stepOut, resultFile), out, 0o644)
}
