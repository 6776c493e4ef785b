package main

import (
	"path/filepath"
	"testing"

	"github.com/sinter-build/sinter/internal/docpages"
)

// The pages are what the catalogue says now.
func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	if err := docpages.Check(filepath.Join("..", "..", docs), pages()); err != nil {
		t.Errorf("%v\nrun go generate ./diag/catalogue", err)
	}
}
