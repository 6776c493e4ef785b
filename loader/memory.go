package loader

import (
	"fmt"
	"io/fs"
	"sync"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// Memory keeps what searches read of trees that do not change, so that the next
// search in the same trees reads only what is new to it. Trees are known again
// when they come from rootfs.Cached. The zero value is ready for use.
type Memory struct {
	mu      sync.Mutex
	files   map[fileKey]*parsed
	caches  map[fileKey]*once[*Cache]
	configs map[configKey]*once[*loaderConfig]
}

// fileKey is a file by where its content is.
type fileKey struct {
	tree fs.FS
	name string
}

// keyOf is the key of a file by its physical path. The finished tree of an image
// is made of files that were read where they come from.
func keyOf(t *tree, real string) fileKey {
	from, name := rootfs.Origin(t.fs, rootfs.Name(real))
	return fileKey{from, name}
}

// configKey is a loader, as a program of some kind meets it.
type configKey struct {
	fileKey
	kind kind
}

// parsed is what reading a file as ELF gave.
type parsed struct {
	once sync.Once
	file *elffile.File
	err  error // the file is not fit
	io   error // it could not be read

	imported  once[[]string]
	secondary once[bool]
	// symbols are nil when they were not read with the file.
	symbols *elffile.Symbols
}

// once is a value that is found out when it is first asked for.
type once[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (o *once[T]) get(find func() (T, error)) (T, error) {
	o.once.Do(func() { o.value, o.err = find() })
	return o.value, o.err
}

// kept is a value that is made when it is first asked for.
type kept[T any] struct {
	once  sync.Once
	value *T
}

func (k *kept[T]) keep(fresh func() *T) *T {
	k.once.Do(func() { k.value = fresh() })
	return k.value
}

// entry returns what a map of m has for a key, or puts something new there.
func entry[K comparable, V any](m *Memory, entries *map[K]*V, key K) *V {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := (*entries)[key]
	if v == nil {
		if *entries == nil {
			*entries = map[K]*V{}
		}
		v = new(V)
		(*entries)[key] = v
	}
	return v
}

// parse reads an ELF file once. A file that is no regular file has an error.
func (s *search) parse(t *tree, res rootfs.Resolved) (*parsed, error) {
	p := entry(s.memory, &s.memory.files, keyOf(t, res.Path))
	p.once.Do(func() { s.readELF(t, res, p) })
	return p, p.io
}

func (s *search) readELF(t *tree, res rootfs.Resolved, p *parsed) {
	if !res.Info.Mode().IsRegular() {
		p.err = &elffile.Error{Kind: elffile.ErrNotELF, Detail: "it is not a regular file"}
		return
	}
	src := &lazyFile{tree: t.fs, path: res.Path}
	err := src.while(func() (err error) {
		if s.later {
			p.file, err = elffile.Read(src, res.Info.Size())
			return err
		}
		p.file, p.symbols, err = elffile.ReadSymbols(src, res.Info.Size())
		return err
	})
	if err != nil && !elffile.IsFormat(err) {
		p.io = fmt.Errorf("%s:%s: %w", t.Name, res.Path, err)
		return
	}
	p.err = err
}
