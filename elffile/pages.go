package elffile

import (
	"io"
	"slices"
	"sync"
)

const (
	pageSize = 64 << 10
	// maxRun is what is read in one go of tables that stand side by side.
	maxRun = 1 << 20
	// maxPages is how many pages are kept of one file: 64 MiB.
	maxPages = 1024
)

// pages reads a file by the page and keeps what it has read, for tables in which few
// places are looked at, but these often.
type pages struct {
	r    io.ReaderAt
	size uint64
	run  block // a range that was read in one go
	mu   sync.Mutex
	kept map[uint64][]byte
}

// read reads a range in one go, if it is not too large.
func (p *pages) read(off, end uint64) error {
	end = min(end, p.size)
	if off >= end || end-off > maxRun {
		return nil
	}
	data := make([]byte, end-off)
	if err := p.fill(data, off); err != nil {
		return err
	}
	p.run = block{off, data}
	return nil
}

// bytes returns n bytes at off. They are shared and must not be changed.
func (p *pages) bytes(what string, off, n uint64) ([]byte, error) {
	if start := off - p.run.off; off >= p.run.off && start <= uint64(len(p.run.data)) && n <= uint64(len(p.run.data))-start {
		return p.run.data[start : start+n : start+n], nil
	}
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

// some returns at most n bytes at off, as many as are at hand.
func (p *pages) some(what string, off, n uint64) ([]byte, error) {
	if start := off - p.run.off; off >= p.run.off && start < uint64(len(p.run.data)) {
		return p.run.data[start:min(uint64(len(p.run.data)), start+n)], nil
	}
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
	if err := p.fill(page, number*pageSize); err != nil {
		return nil, err
	}
	if p.kept == nil {
		p.kept = map[uint64][]byte{}
	}
	p.kept[number] = page
	return page, nil
}

func (p *pages) fill(data []byte, off uint64) error {
	return fill(p.r, data, off)
}
