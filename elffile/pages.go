package elffile

import (
	"io"
	"slices"
	"sync"
)

const (
	pageSize = 64 << 10
	// maxRun is how much is read in one go of tables that stand side by side.
	maxRun = 1 << 20
	// maxPages is how many pages are kept of one file: 64 MiB.
	maxPages = 1024
)

// pages reads a file by the page and keeps what it has read, for tables in which few
// places are looked at, but these often. Several goroutines may read at a time.
type pages struct {
	r    io.ReaderAt
	size uint64
	mu   sync.Mutex
	kept map[uint64][]byte
}

// bytes returns n bytes at off. They are shared and must not be changed.
func (p *pages) bytes(what string, off, n uint64) ([]byte, error) {
	if n > p.size || off > p.size-n {
		return nil, truncated(what, off, n, int64(p.size))
	}
	page, err := p.page(off / pageSize)
	if err != nil {
		return nil, err
	}
	start := off % pageSize
	if n <= uint64(len(page))-start {
		return page[start : start+n : start+n], nil
	}
	out := slices.Clone(page[start:])
	for uint64(len(out)) < n {
		if page, err = p.page((off + uint64(len(out))) / pageSize); err != nil {
			return nil, err
		}
		out = append(out, page[:min(uint64(len(page)), n-uint64(len(out)))]...)
	}
	return out, nil
}

// some returns at most n bytes at off, as many as one page has.
func (p *pages) some(what string, off, n uint64) ([]byte, error) {
	if off >= p.size {
		return nil, truncated(what, off, 1, int64(p.size))
	}
	page, err := p.page(off / pageSize)
	if err != nil {
		return nil, err
	}
	page = page[off%pageSize:]
	return page[:min(uint64(len(page)), n)], nil
}

func (p *pages) page(number uint64) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if page, ok := p.kept[number]; ok {
		return page, nil
	}
	if len(p.kept) >= maxPages {
		return nil, limit("symbols spread over more than %d MiB", maxPages*pageSize>>20)
	}
	page := make([]byte, min(pageSize, p.size-number*pageSize))
	if err := fill(p.r, page, number*pageSize); err != nil {
		return nil, err
	}
	if p.kept == nil {
		p.kept = map[uint64][]byte{}
	}
	p.kept[number] = page
	return page, nil
}
