package main

import (
	"path/filepath"
	"testing"

	"github.com/sinter-build/sinter/internal/docpages"
)

// The pages are what the rules say now.
func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	all, err := pages()
	if err == nil {
		err = docpages.Check(filepath.Join("..", "..", docs), all)
	}
	if err != nil {
		t.Errorf("%v\nrun go generate ./verify/rules", err)
	}
}
