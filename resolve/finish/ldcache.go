package finish

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
)

// ldCache is where glibc's loader looks libraries up before its own
// directories.
const ldCache = "/etc/ld.so.cache"

// loadShipped applies the loader's rules once more, to the finished tree alone:
// a program may have moved, and directories and caches stayed behind.
func (r *Finisher) loadShipped(t *imagetree.Tree) error {
	trees := []loader.Tree{{Name: plan.TreeName(plan.TreeImage), FS: rootfs.Cached(t.View)}}
	opener := r.Opener()
	var roots []*draft.Root
	for _, p := range r.Roots {
		if p.Dynamic() || p.Library() && opener == nil {
			roots = append(roots, p)
		}
	}
	return r.Parallel(len(roots), func(i int) (err error) {
		p, opt := roots[i], r.LoaderOptions()
		if p == opener {
			opt = r.withShipped(opt)
		}
		p.Shipped, err = loader.Load(trees, loader.Program{Path: p.To}, opt)
		return err
	})
}

// withShipped adds what is opened at run time, where it is in the image.
func (r *Finisher) withShipped(opt loader.Options) loader.Options {
	for _, lib := range r.Req.Libraries.Add {
		opt.Add = append(opt.Add, lib.Name)
	}
	for _, p := range r.Libraries {
		opt.Plugins = append(opt.Plugins, loader.Program{Path: p.To})
	}
	return opt
}

// differs reports whether some name leads to another file in the image than where
// it was found, or to none.
func (r *Finisher) differs(t *imagetree.Tree) (bool, error) {
	for _, p := range r.Roots {
		if p.Shipped == nil {
			continue
		}
		got := map[string]string{}
		for _, o := range p.Shipped.Objects {
			got[o.Name] = o.Real
		}
		for _, o := range p.Objects {
			if o.Via != loader.ViaCache {
				continue
			}
			real, err := t.View.Physical(o.To, true)
			if err != nil {
				return false, err
			}
			if got[o.Name] != rootfs.Abs(real) {
				return true, nil
			}
		}
	}
	return false, nil
}

// wantCache asks for an ld.so.cache with what the sources' caches were needed
// for, on top of what the base's has.
func (r *Finisher) wantCache(t *imagetree.Tree) error {
	entries, err := baseCache(t)
	if err != nil {
		return err
	}
	var order binary.ByteOrder = binary.LittleEndian
	served := ""
	type key struct {
		name  string
		flags uint32
	}
	found := map[key]string{}
	for _, p := range r.Roots {
		for _, o := range p.Objects {
			if o.Via != loader.ViaCache {
				continue
			}
			flags, ok := loader.CacheFlags(o.File)
			if !ok {
				continue
			}
			order = o.File.ByteOrder()
			if served == "" {
				served = o.To
			}
			found[key{o.Name, flags}] = o.To
		}
	}
	if r.told.Listed {
		for _, p := range r.Libraries {
			if flags, ok := loader.CacheFlags(p.Facts.File); ok && p.Facts.File.Soname != "" && p.Brought {
				order, served = p.Facts.File.ByteOrder(), cmp.Or(served, p.To)
				found[key{p.Facts.File.Soname, flags}] = p.To
			}
		}
	}
	// The first entry of a name decides: the base's gives way.
	entries = slices.DeleteFunc(entries, func(e loader.CacheEntry) bool {
		return found[key{e.Name, e.Flags}] != ""
	})
	for k, to := range found { // WriteCache sorts
		entries = append(entries, loader.CacheEntry{Name: k.name, Path: to, Flags: k.flags})
	}
	e := draft.Generated(ldCache, loader.WriteCache(entries, order))
	e.Reason = plan.Reason{Cause: plan.CauseCache, Path: served}
	r.Want(imagetree.Entry{Entry: e})
	return nil
}

// maxCache bounds the cache of a base, in bytes; that of a whole desktop has 150 KB.
const maxCache = 8 << 20

// baseCache is what the base's own cache holds.
func baseCache(t *imagetree.Tree) ([]loader.CacheEntry, error) {
	if t.Base == nil {
		return nil, nil
	}
	found, err := rootfs.Resolve(t.Base, ldCache)
	if err != nil {
		if rootfs.IsAbsent(err) {
			return nil, nil
		}
		return nil, err
	}
	data, err := rootfs.ReadFile(t.Base, found.Path, maxCache)
	if err != nil {
		return nil, err
	}
	c, err := loader.ParseCache(data)
	if err != nil {
		return nil, nil // the loader takes a damaged cache for none
	}
	return c.Entries, nil
}
