package report

import (
	"path"
	"slices"
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
	img := Image{Layers: make([]Layer, len(p.Layers)), Packages: make([]Package, len(p.Packages))}
	for _, w := range p.Wanted {
		img.Wanted = append(img.Wanted, Wanted{Wanted: w})
	}
	var first []*plan.Entry // the largest files
	for n := range p.Entries {
		e := &p.Entries[n]
		img.Total.add(Entry{Kind: e.Kind, Size: e.Size})
		if e.Kind != plan.KindFile {
			continue
		}
		if at := slices.IndexFunc(first, func(f *plan.Entry) bool { return f.Size < e.Size }); at >= 0 {
			first = slices.Insert(first, at, e)
		} else if len(first) < largest {
			first = append(first, e)
		}
		first = first[:min(len(first), largest)]
	}
	if len(first) == 0 {
		return img.sum()
	}
	var words []string
	for _, e := range first {
		words = append(words, nameOf(e)+" "+size(e.Size))
	}
	return diag.Plain(img.sum() + "; largest: " + strings.Join(words, ", ") + needsText(p) + wantedText(&img))
}

// nameOf is what one calls a file: libraries go by their names, all else by paths.
func nameOf(e *plan.Entry) string {
	if e.Reason.Cause.IsObject() {
		return path.Base(e.Path)
	}
	return e.Path
}

func (e *Entry) size() int64 { return e.Size }
