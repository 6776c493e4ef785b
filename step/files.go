package step

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/tests"
)

// checkFiles says what is not as it must be with files of the finished image, for each
// of several lists.
func checkFiles(root string) error {
	var lists [][]tests.File
	if err := readJSON(filepath.Join(root, InDir, FilesFile), &lists); err != nil {
		return err
	}
	data, err := json.Marshal(tests.JudgeLists(rootfs.Dir(filepath.Join(root, ImageDir)), lists))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, OutDir, ProblemsFile), data, 0o644)
}

// findClues finds out what tests that failed may have lacked.
func findClues(root string) error {
	var q tests.Question
	if err := readJSON(filepath.Join(root, InDir, QuestionFile), &q); err != nil {
		return err
	}
	trees := map[string]rootfs.FS{}
	for _, name := range q.Sources {
		trees[name] = rootfs.Cached(rootfs.Dir(filepath.Join(root, TreesDir, TreeDir(name))))
	}
	clues, err := q.LookUp(rootfs.Cached(rootfs.Dir(filepath.Join(root, ImageDir))), trees)
	if err != nil {
		return err
	}
	data, err := json.Marshal(clues)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, OutDir, CluesFile), data, 0o644)
}
