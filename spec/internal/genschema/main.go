// Command genschema writes the JSON Schema of a spec file, schema.json, from the
// types of package spec and their doc comments. It runs in that package's
// directory, by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/internal/doccomment"
	"github.com/sinter-build/sinter/spec"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

// schemaFile is the schema's name in the directory of package spec.
const schemaFile = "schema.json"

func write(dir string) error {
	schema, err := generate(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, schemaFile), schema, 0o644)
}

// generate makes the schema; dir is the directory of package spec.
func generate(dir string) ([]byte, error) {
	docs, err := doccomment.Read(dir)
	if err != nil {
		return nil, err
	}
	return spec.MakeSchema(docs.Texts)
}
