package main

import (
	"bytes"
	"testing"

	"github.com/sinter-build/sinter/spec"
)

func TestSchemaIsFresh(t *testing.T) {
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(spec.Schema(), want) {
		t.Error("spec/schema.json is not what the types of package spec say: run go generate ./spec")
	}
}
