// Command genschema writes the JSON Schema of a plan, schema.json, from the types
// of package plan and their doc comments. It runs in that package's directory, by
// go generate.
package main

import (
	"fmt"
	"os"

	"github.com/sinter-build/sinter/internal/doccomment"
)

func main() {
	if err := write("schema.json"); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

func write(name string) error {
	schema, err := generate(".")
	if err != nil {
		return err
	}
	return os.WriteFile(name, schema, 0o644)
}

// generate makes the schema; dir is the directory of package plan.
func generate(dir string) ([]byte, error) {
	docs, err := doccomment.Read(dir)
	if err != nil {
		return nil, err
	}
	return makeSchema(docs)
}
