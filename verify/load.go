package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// Ref names a pack: one that is part of the program, or a file in a place.
type Ref struct {
	// Name is how it is written.
	Name string
	// Place is where a file is: what the Reader knows it by. It is empty for the packs of
	// the program.
	Place string
	// Path is the file's in its place, absolute.
	Path string
	// Local tells that it is in the build's own context, where whoever writes the spec
	// writes it, too.
	Local bool
	// At is the spec node that names it.
	At string
	// Demanded tells that whoever builds, or the base, demands it, and not the spec.
	Demanded bool
}

// Reader knows where packs are. Its errors are for people; findings (diag.List) are told
// as they are.
type Reader interface {
	// Locate makes a reference of a name, other than of a pack of the program, as it
	// stands in a spec or, with a scheme (docker-image://), in a pack.
	Locate(name string) (Ref, error)
	// Read reads the file of a pack.
	Read(ctx context.Context, ref Ref) ([]byte, error)
}

// IsBuiltin reports whether a name is that of a pack of the program.
func IsBuiltin(name string) bool {
	_, ok := builtinPack(name)
	return ok
}

// extended is the reference of a name that stands in a pack.
func (l *loader) extended(by Ref, name string) (Ref, error) {
	switch {
	case IsBuiltin(name):
		return Ref{Name: name, At: by.At, Demanded: by.Demanded}, nil
	case strings.Contains(name, "://"):
		ref, err := l.reader.Locate(name)
		ref.Name, ref.At, ref.Demanded = name, by.At, by.Demanded
		return ref, err
	case by.Place == "":
		return Ref{}, errors.New("it names a file, which a pack of the program has not")
	}
	file := path.Clean(name)
	if !path.IsAbs(name) {
		file = path.Join("/", path.Dir(by.Path), name)
	}
	return Ref{Name: name, Place: by.Place, Path: file, Local: by.Local, At: by.At, Demanded: by.Demanded}, nil
}

// Extends lists the files that a pack extends by relative names, as they stand in it. The
// error is that of a text that is no pack.
func Extends(data []byte) ([]string, error) {
	pack, err := parsePack(data)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone([]string(pack.Extends)), func(name string) bool {
		return IsBuiltin(name) || strings.Contains(name, "://") || path.IsAbs(name)
	}), nil
}

// Limits on how packs extend one another.
const (
	maxExtends = 8
	maxPacks   = 32
)

// Named is a pack that a spec, or whoever builds, names.
type Named struct {
	Name string
	// At is the spec node that does.
	At string
	// Demanded tells that it is not the spec that names it: see Ref.
	Demanded bool
}

// loader reads packs, each once.
type loader struct {
	reader Reader
	levels []*level
	known  map[identity]*level
	list   diag.List
	count  int
}

// identity is what makes two packs one: the same text, which extends the same files. The
// place and the directory are empty for a text that extends no file beside it.
type identity struct{ digest, place, dir string }

func identify(ref Ref, digest string, pack *Pack) identity {
	if slices.ContainsFunc(pack.Extends, func(name string) bool { return !IsBuiltin(name) && !strings.Contains(name, "://") }) {
		return identity{digest, ref.Place, path.Dir(ref.Path)}
	}
	return identity{digest: digest}
}

// Load reads packs with those that they extend, and composes them with what the spec
// says. Packs that cannot be had or are wrong are among the policy's problems; the error
// is for reading that was interrupted.
func Load(ctx context.Context, names []Named, spec Spec, reader Reader) (*Policy, error) {
	l := &loader{reader: reader, known: map[identity]*level{}}
	var roots []*level
	for _, n := range names {
		ref := Ref{Name: n.Name}
		if !IsBuiltin(n.Name) {
			var err error
			if ref, err = reader.Locate(n.Name); err != nil {
				if err = l.note(ctx, "policy-unavailable", Ref{Name: n.Name, At: n.At}, err); err != nil {
					return nil, err
				}
				continue
			}
		}
		ref.Name, ref.At, ref.Demanded = n.Name, n.At, n.Demanded
		root, err := l.load(ctx, ref, nil)
		if err != nil {
			return nil, err
		}
		if root != nil && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	p := compose(l.levels, roots, spec)
	p.problems = append(l.list, p.problems...)
	return p, nil
}

// load adds the levels of a pack, those above it first. It is nil where the pack is
// wrong.
func (l *loader) load(ctx context.Context, ref Ref, below []string) (*level, error) {
	data, err := l.text(ctx, ref)
	if err != nil {
		return nil, l.note(ctx, "policy-unavailable", ref, unavailable(err, below))
	}
	pack, err := parsePack(data)
	if err != nil {
		return nil, l.note(ctx, "policy-invalid", ref, err)
	}
	digest := Digest(data)
	id := identify(ref, digest, pack)
	if known := l.known[id]; known != nil {
		if !slices.Contains(l.levels, known) { // it is being read
			err = fmt.Errorf("it extends itself: %s", strings.Join(append(below, known.ref), " extends "))
			return nil, l.note(ctx, "policy-invalid", ref, err)
		}
		return known, nil
	}
	l.count++
	switch {
	case len(below) >= maxExtends:
		err = fmt.Errorf("packs extend one another more than %d times: %s", maxExtends, strings.Join(below, ", "))
	case l.count > maxPacks:
		err = fmt.Errorf("there are more than %d packs", maxPacks)
	}
	if err != nil {
		return nil, l.note(ctx, "policy-invalid", ref, err)
	}
	own := &level{
		Pack: pack, title: pack.Name + " " + pack.Version, digest: digest, ref: ref.Name, local: ref.Local, demanded: ref.Demanded,
		at: cmp.Or(ref.At, "policy"), above: map[*level]bool{},
	}
	l.known[id] = own
	for _, name := range pack.Extends {
		next, err := l.extended(ref, name)
		if err != nil {
			if err = l.note(ctx, "policy-unavailable", ref, fmt.Errorf("it extends %s: %w", name, err)); err != nil {
				return nil, err
			}
			continue
		}
		upper, err := l.load(ctx, next, append(below, ref.Name))
		if err != nil {
			return nil, err
		}
		if upper == nil {
			continue
		}
		own.above[upper] = true
		for above := range upper.above {
			own.above[above] = true
		}
	}
	l.levels = append(l.levels, own)
	return own, nil
}

// unavailable is the error of reading a pack, with which other one asks for it.
func unavailable(err error, below []string) error {
	if len(below) == 0 {
		return err
	}
	by := "; " + below[len(below)-1] + " extends it"
	var found diag.List
	if !errors.As(err, &found) {
		return fmt.Errorf("%w%s", err, by)
	}
	found = slices.Clone(found)
	for i := range found {
		found[i].Message += by
	}
	return found
}

// text is that of a pack.
func (l *loader) text(ctx context.Context, ref Ref) ([]byte, error) {
	if data, ok := builtinPack(ref.Name); ok && ref.Place == "" {
		return data, nil
	}
	return l.reader.Read(ctx, ref)
}

// note notes what is wrong with a pack. It returns an error where the reading was
// interrupted.
func (l *loader) note(ctx context.Context, code string, ref Ref, err error) error {
	if ctx.Err() != nil {
		return err
	}
	var found diag.List
	if !errors.As(err, &found) {
		found = diag.List{{Code: code, At: ref.At, Message: fmt.Sprintf("the policy %s: %v", ref.Name, err)}}
	}
	l.list = append(l.list, found...)
	return nil
}
