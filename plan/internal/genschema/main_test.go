package main

import (
	"bytes"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

func TestSchemaIsFresh(t *testing.T) {
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plan.Schema(), want) {
		t.Error("plan/schema.json is not what the types of package plan say: run go generate ./plan")
	}
}
