package report

import (
	"path"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/plan"
)

// largest is how many files a summary names.
const largest = 3

// Summary is an image in one line: "23 files, 7.4 MB, 9 packages, 6 layers;
// largest: libcrypto.so.3 4.7 MB, …". What is large and ships by evidence is told with the
// words that leave it out.
func Summary(p *plan.Plan) string {
	img := New(p, About{Locate: func(string) *Place { return nil }})
	var words []string
	for _, e := range img.largest(largest) {
		words = append(words, e.name()+" "+size(e.Size))
	}
	if len(words) == 0 {
		return img.sum()
	}
	return diag.Plain(img.sum() + "; largest: " + strings.Join(words, ", ") + needsText(p) + wantedText(&img))
}

// largest lists the n largest files.
func (i *Image) largest(n int) []Entry {
	var files []Entry
	for _, e := range i.Entries {
		if e.Kind == plan.KindFile {
			files = append(files, e)
		}
	}
	files = largestFirst(files, (*Entry).size)
	return files[:min(len(files), n)]
}

func (e *Entry) size() int64 { return e.Size }

// name is what one calls a file: libraries go by their names, all else by paths.
func (e Entry) name() string {
	if e.Reason.Cause.IsObject() {
		return path.Base(e.Path)
	}
	return e.Path
}
