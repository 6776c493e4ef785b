package step

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// listSecrets writes the names of what is in SecretsDir.
func listSecrets(root string) error {
	entries, err := os.ReadDir(filepath.Join(root, SecretsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	data, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, OutDir, GivenFile), data, 0o644)
}
