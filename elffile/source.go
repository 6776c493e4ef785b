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
)

// source reads a file by the page and keeps the pages, for tables in which few
// places are looked at, but these often.
type source struct {
	r     io.ReaderAt
	size  uint64
	run   block // a range that was read in one go
	mu    sync.Mutex
	pages map[uint64][]byte
}

// read reads a range in one go, if it is not too large.
func (s *source) read(off, end uint64) error {
	end = min(end, s.size)
	if off >= end || end-off > maxRun {
		return nil
	}
	data := make([]byte, end-off)
	if err := s.fill(data, off); err != nil {
		return err
	}
	s.run = block{off, data}
	return nil
}

// bytes returns n bytes at off. They are shared and must not be changed.
func (s *source) bytes(what string, off, n uint64) ([]byte, error) {
	if start := off - s.run.off; off >= s.run.off && start <= uint64(len(s.run.data)) && n <= uint64(len(s.run.data))-start {
		return s.run.data[start : start+n : start+n], nil
	}
	if n > s.size || off > s.size-n {
		return nil, truncated(what, off, n, int64(s.size))
	}
	page, err := s.page(off / pageSize)
	if err != nil {
		return nil, err
	}
	start := off % pageSize
	if n <= uint64(len(page))-start {
		return page[start : start+n : start+n], nil
	}
	out := slices.Clone(page[start:])
	for uint64(len(out)) < n {
		if page, err = s.page((off + uint64(len(out))) / pageSize); err != nil {
			return nil, err
		}
		out = append(out, page[:min(uint64(len(page)), n-uint64(len(out)))]...)
	}
	return out, nil
}

// some returns at most n bytes at off, as many as are at hand.
func (s *source) some(what string, off, n uint64) ([]byte, error) {
	if start := off - s.run.off; off >= s.run.off && start < uint64(len(s.run.data)) {
		return s.run.data[start:min(uint64(len(s.run.data)), start+n)], nil
	}
	if off >= s.size {
		return nil, truncated(what, off, 1, int64(s.size))
	}
	page, err := s.page(off / pageSize)
	if err != nil {
		return nil, err
	}
	page = page[off%pageSize:]
	return page[:min(uint64(len(page)), n)], nil
}

func (s *source) page(number uint64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if page, ok := s.pages[number]; ok {
		return page, nil
	}
	page := make([]byte, min(pageSize, s.size-number*pageSize))
	if err := s.fill(page, number*pageSize); err != nil {
		return nil, err
	}
	if s.pages == nil {
		s.pages = map[uint64][]byte{}
	}
	s.pages[number] = page
	return page, nil
}

func (s *source) fill(data []byte, off uint64) error {
	return fill(s.r, data, off)
}
