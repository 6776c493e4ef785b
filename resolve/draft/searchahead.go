package draft

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A searched root is one for which the loader's rules were applied.
type searched struct {
	// where are the trees that were searched.
	where *forest
	found *loader.Result
	err   error
}

// maxAhead is how many roots are searched for at a time.
const maxAhead = 256

// searchAhead applies the loader's rules for a root that opens nothing at run time. What they
// give depends on no other such root, and so the next ones are searched for with it, on
// all processors.
func (r *Draft) searchAhead(p *Root) searched {
	if s, ok := r.ahead[p]; ok {
		return s
	}
	roots := []*Root{p}
	opener := r.Opener()
	for _, q := range r.Roots[r.passed:] {
		if len(roots) == maxAhead {
			break
		}
		if q != p && !q.followed && q != opener && (q.Dynamic() || q.Library() && opener == nil) {
			roots = append(roots, q)
		}
	}
	all := make([]searched, len(roots))
	_ = r.Parallel(len(roots), func(i int) error {
		q := roots[i]
		s := searched{where: r.libraryTrees(q.Tree)}
		own := s.where.add(q.Tree, plan.TreeName(q.Tree), r.Trees[q.Tree])
		s.found, s.err = loader.Load(s.where.trees, loader.Program{Tree: own, Path: q.Path, To: q.To}, r.LoaderOptions())
		all[i] = s
		return nil // who comes to the root meets its error
	})
	r.ahead = map[*Root]searched{}
	for i, q := range roots {
		r.ahead[q] = all[i]
	}
	return all[0]
}

// Parallel does something for each of the first n numbers, on all processors where several
// goroutines may use the trees at once. Of several errors it returns that of the lowest
// number.
func (r *Draft) Parallel(n int, do func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	for _, tree := range r.Trees {
		if !rootfs.Parallel(tree) {
			workers = 1
		}
	}
	failed := make([]error, n)
	var next atomic.Int64
	var g sync.WaitGroup
	for range workers {
		g.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				failed[i] = do(i)
			}
		})
	}
	g.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
