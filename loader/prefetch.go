package loader

import (
	"runtime"
	"sync"

	"github.com/sinter-build/sinter/rootfs"
)

// prefetcher reads the files that a search will come to, on the other processors,
// while the search takes them one after the other. It begins with those that the
// search comes to last, so that each seldom waits for the other. It guesses: what the
// search finds does not depend on it, only how long it takes.
type prefetcher struct {
	search *search
	caches []*Cache // of the trees
	flags  uint32   // of the program in them
	mu     sync.Mutex
	more   sync.Cond
	names  []string // still to look at
	seen   map[string]bool
	busy   int // workers that may yet find more names
	idle   int // processors without a worker
	ended  bool
	wg     sync.WaitGroup
}

// backlog is how many names must wait before a worker more is worth its start.
const backlog = 24

// prefetch starts to read what ld.so.cache has for the program's dependencies, and for
// theirs. Where paths of the program come before the cache, the guess is too poor. The
// caller has to end it.
func (s *search) prefetch() *prefetcher {
	p := &prefetcher{search: s, seen: map[string]bool{}, ended: true}
	p.more.L = &p.mu
	f := s.main.File
	flags, ok := CacheFlags(f)
	workers := min(runtime.GOMAXPROCS(0), 8) - 1
	if !ok || workers < 1 || s.libcName != "glibc" || f.HasRPath || f.HasRunPath || s.opt.Env["LD_LIBRARY_PATH"] != "" {
		return p
	}
	for _, t := range s.trees {
		if !rootfs.Parallel(t.fs) {
			return p
		}
		cache, err := s.openCache(t)
		if err != nil {
			return p // the search meets it, too
		}
		p.caches = append(p.caches, cache)
	}
	p.flags, p.ended, p.idle = flags, false, workers-1
	p.push(f.Needed)
	p.wg.Go(p.work)
	return p
}

// end waits until nothing is read any more.
func (p *prefetcher) end() {
	p.mu.Lock()
	p.ended, p.names = true, nil
	p.more.Broadcast()
	p.mu.Unlock()
	p.wg.Wait()
}

// push adds names that were not there yet. The lock is held, or nobody works yet.
func (p *prefetcher) push(names []string) {
	for _, name := range names {
		if !p.seen[name] && !p.ended {
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
		last := len(p.names) - 1
		name := p.names[last]
		p.names = p.names[:last]
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
	for i, t := range p.search.trees {
		at := ""
		if p.caches[i] != nil {
			at = p.caches[i].lookup(name, p.flags, t.conf.hwcaps)
		}
		if at == "" {
			continue
		}
		res, err := rootfs.Resolve(t.fs, at)
		if err != nil {
			continue
		}
		file, err := p.search.parse(t, res)
		if err != nil || file.file == nil || file.file.HasRPath || file.file.HasRunPath {
			return nil
		}
		return file.file.Needed
	}
	return nil
}
