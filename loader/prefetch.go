package loader

import (
	"runtime"
	"sync"

	"github.com/sinter-build/sinter/rootfs"
)

// prefetcher reads the files that a search will come to, on all processors,
// before the search takes them one after the other. It guesses: what the search
// finds does not depend on it, only how long it takes.
type prefetcher struct {
	search *search
	mu     sync.Mutex
	more   sync.Cond
	names  []string // still to look at
	seen   map[string]bool
	busy   int // workers that may yet find more names
	idle   int // processors without a worker
	wg     sync.WaitGroup
}

// backlog is how many names must wait before a worker more is worth its start.
const backlog = 24

// prefetch reads what ld.so.cache has for the program's dependencies, and for
// theirs. Where paths of the program come before the cache, the guess is too poor.
func (s *search) prefetch() {
	f := s.main.File
	workers := min(runtime.GOMAXPROCS(0), 8)
	if workers < 2 || s.libcName != "glibc" || f.HasRPath || f.HasRunPath || s.opt.Env["LD_LIBRARY_PATH"] != "" {
		return
	}
	for _, t := range s.trees {
		if !rootfs.Parallel(t.fs) {
			return
		}
	}
	p := &prefetcher{search: s, seen: map[string]bool{}, idle: workers - 1}
	p.more.L = &p.mu
	p.push(f.Needed)
	p.work()
	p.wg.Wait()
}

// push adds names that were not there yet. The lock is held, or nobody works yet.
func (p *prefetcher) push(names []string) {
	for _, name := range names {
		if !p.seen[name] {
			p.seen[name] = true
			p.names = append(p.names, name)
		}
	}
	if len(p.names) > backlog && p.idle > 0 {
		p.idle--
		p.wg.Go(p.work)
	}
}

// work goes on until no names are left and nobody can find any.
func (p *prefetcher) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for len(p.names) == 0 && p.busy > 0 {
			p.more.Wait()
		}
		if len(p.names) == 0 {
			return
		}
		name := p.names[0]
		p.names = p.names[1:]
		p.busy++
		p.mu.Unlock()
		needed := p.read(name)
		p.mu.Lock()
		p.busy--
		p.push(needed)
		if len(p.names) > 0 || p.busy == 0 {
			p.more.Broadcast()
		}
	}
}

// read reads the file that a cache has for a name and returns what it needs in
// turn. Errors are met again by the search.
func (p *prefetcher) read(name string) []string {
	s := p.search
	flags, ok := CacheFlags(s.main.File)
	if !ok {
		return nil
	}
	for _, t := range s.trees {
		cache, err := s.openCache(t)
		if cache == nil || err != nil {
			continue
		}
		at := cache.lookup(name, flags, t.conf.hwcaps)
		if at == "" {
			continue
		}
		res, err := rootfs.Resolve(t.fs, at)
		if err != nil {
			continue
		}
		file, err := s.parse(t, res)
		if err != nil || file.file == nil || file.file.HasRPath || file.file.HasRunPath {
			return nil
		}
		return file.file.Needed
	}
	return nil
}
