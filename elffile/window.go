package elffile

import (
	"errors"
	"io"
	"math/bits"
	"slices"
	"sync"
)

// Limits on what one file may cost, whatever its headers say. Each is many times
// what the largest programs have.
const (
	maxBytes    = 32 << 20 // read and held of one file
	maxReads    = 1024     // blocks that are held of one file
	maxDynamic  = 1 << 20
	maxName     = 64 << 10
	maxPaths    = 1 << 20 // RPATH and RUNPATH
	maxNeeded   = 1 << 15
	maxVersions = 1 << 16 // symbols can be tied to half as many
	maxNotes    = 4 << 20
	maxText     = 16 << 20 // all strings that are kept
)

// How files are read.
const (
	prefixSize = 16 << 10
	readAhead  = 4 << 10
	roomSize   = 512 << 10 // for the tables that mostly follow what is read first
	maxWhole   = 512 << 10 // a larger string table is not read as a whole
	maxKept    = 1 << 20   // a block that is kept for other files
	maxFree    = 8         // the number of those
	// Of what is kept of files, so many bytes and references are together.
	tableChunk     = 64 << 10
	referenceChunk = 4 << 10
)

// maxPath is the size of the longest path that Linux takes (PATH_MAX).
const maxPath = 4096

// window reads ranges of a file through the few blocks already read.
type window struct {
	r      io.ReaderAt
	size   int64
	blocks []block
	read   int64 // bytes read so far
	text   int   // bytes of strings taken so far
	free   [][]byte
	// tables and references are for what is kept of files.
	tables     []byte
	references []Reference
	// symbols tells that the tables of symbols will be wanted, too.
	symbols bool
}

// windows are those of files read before. Nothing that Read or Symbols returns
// refers to the memory of their blocks.
var windows = sync.Pool{New: func() any { return &window{} }}

// openWindow returns a window for a file, to be closed after use.
func openWindow(r io.ReaderAt, size int64) *window {
	w := windows.Get().(*window)
	*w = window{r: r, size: size, blocks: w.blocks, free: w.free, tables: w.tables, references: w.references}
	return w
}

// close keeps the blocks for another file, unless they are too large.
func (w *window) close() {
	for _, b := range w.blocks {
		w.give(b.data)
	}
	w.r, w.blocks = nil, w.blocks[:0]
	w.free = w.free[:min(len(w.free), maxFree)]
	windows.Put(w)
}

// keep copies items into what is left of a chunk of memory, or into a new one. In pieces
// of many sizes, memory would cost more than the copying.
func keep[T any](chunk *[]T, size int, items []T) []T {
	if len(items) > size/4 {
		return slices.Clone(items)
	}
	if len(items) > cap(*chunk)-len(*chunk) {
		*chunk = make([]T, 0, size)
	}
	start := len(*chunk)
	*chunk = append(*chunk, items...)
	return slices.Clip((*chunk)[start:])
}

// give takes memory back.
func (w *window) give(b []byte) {
	if cap(b) <= maxKept {
		w.free = append(w.free, b[:0])
	}
}

// take returns n bytes of memory, used before if there is some that fits: the
// smallest, so that the large ones are there for large tables.
func (w *window) take(n uint64) []byte {
	best := -1
	for i, b := range w.free {
		if uint64(cap(b)) >= n && (best < 0 || cap(b) < cap(w.free[best])) {
			best = i
		}
	}
	if best >= 0 {
		b := w.free[best]
		w.free = slices.Delete(w.free, best, best+1)
		return b[:n]
	}
	return make([]byte, n, max(n, prefixSize, 1<<bits.Len64(n-1)))
}

// count adds to the strings taken. Entries may share strings, so that a small
// table could be copied many times.
func (w *window) count(n int) error {
	if w.text += n; w.text > maxText {
		return limit("more than %d MiB of names", maxText>>20)
	}
	return nil
}

type block struct {
	off  uint64
	data []byte
}

// bytes returns n bytes at off, which must lie within the file. The result is
// shared and must not be changed.
func (w *window) bytes(what string, off, n uint64) ([]byte, error) {
	if n > uint64(w.size) || off > uint64(w.size)-n {
		return nil, truncated(what, off, n, w.size)
	}
	for _, b := range w.blocks {
		if off >= b.off && off-b.off <= uint64(len(b.data)) && n <= uint64(len(b.data))-(off-b.off) {
			start := off - b.off
			return b.data[start : start+n : start+n], nil
		}
	}
	if err := w.load(off, max(n, readAhead)); err != nil {
		return nil, err
	}
	return w.bytes(what, off, n)
}

// held returns what blocks already have of n bytes at off; it may be less, or
// nothing.
func (w *window) held(off, n uint64) []byte {
	for _, b := range slices.Backward(w.blocks) {
		if off >= b.off && off-b.off < uint64(len(b.data)) {
			rest := b.data[off-b.off:]
			return rest[:min(n, uint64(len(rest)))]
		}
	}
	return nil
}

// table is a table with what blocks have of it.
func (w *window) table(at span) table { return table{at, w.held(at.off, at.size)} }

// load reads a block, cut at the end of the file.
func (w *window) load(off, n uint64) error {
	n = min(n, uint64(w.size)-off)
	if err := w.afford(n); err != nil {
		return err
	}
	room := n
	if len(w.blocks) == 0 {
		room = max(n, roomSize)
	}
	data := w.take(room)[:n]
	if err := w.fill(data, off); err != nil {
		return err
	}
	w.read += int64(n)
	w.blocks = append(w.blocks, block{off, data})
	return nil
}

// fill reads a range that the caller bounds and does not keep.
func (w *window) fill(data []byte, off uint64) error { return fill(w.r, data, off) }

func fill(r io.ReaderAt, data []byte, off uint64) error {
	got, err := r.ReadAt(data, int64(off))
	if got < len(data) {
		if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return truncated("data", off, uint64(len(data)), int64(off)+int64(got))
		}
		return err
	}
	return nil
}

// prefetch reads a range in one go, as far as it is not there yet, and unless it is too
// large. It only saves reads: a failure shows when the data is asked for.
func (w *window) prefetch(off, end uint64) {
	if end <= off || end-off > maxBytes/4 || off >= uint64(w.size) {
		return
	}
	end = min(end, uint64(w.size))
	for i := range w.blocks {
		b := &w.blocks[i]
		next := b.off + uint64(len(b.data))
		switch {
		case off < b.off || off > next:
		case end <= next:
			return
		case end-b.off <= uint64(cap(b.data)):
			_ = w.extend(b, end-next)
			return
		}
	}
	_ = w.load(off, end-off)
}

// afford reports whether n bytes more may be read.
func (w *window) afford(n uint64) error {
	if w.read+int64(n) > maxBytes || len(w.blocks) >= maxReads {
		return limit("its tables are spread over more than %d MiB or %d places", maxBytes>>20, maxReads)
	}
	return nil
}

// extend reads n more bytes into a block that has room for them.
func (w *window) extend(b *block, n uint64) error {
	if err := w.afford(n); err != nil {
		return err
	}
	had := len(b.data)
	data := b.data[:had+int(n)]
	if err := w.fill(data[had:], b.off+uint64(had)); err != nil {
		return err
	}
	w.read += int64(n)
	b.data = data
	return nil
}
