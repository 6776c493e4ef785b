package evidence

import (
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/imagecheck"
	"github.com/sinter-build/sinter/linkage"
	needspkg "github.com/sinter-build/sinter/needs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/runtimes"
	"github.com/sinter-build/sinter/spec"
)

// A handed command is what a program starts that the image's config starts with the words
// of it: nginx of [tini, --, nginx], or of [docker-entrypoint.sh, nginx].
type handed struct {
	words []string
	// by is the path of the program that it is handed to, and at the place of the config's
	// command.
	by, at string
	// sure tells that nothing else can become of the words.
	sure bool
}

// maxHanded bounds how often a command is handed on.
const maxHanded = 8

// Told is what has been found out that the finished tree is to be checked for.
type Told struct {
	// Called are the programs that scripts cannot do without, and Handed the commands that
	// programs are certain to start which the config starts.
	Called []runtimes.Program
	Handed []imagecheck.Handed
	// NoZone tells that the source of a program lacks the time zone of the environment.
	NoZone bool
	// Listed tells that a program looks for libraries in the list that ldconfig makes.
	Listed bool
}

// Told is known when all roots have been followed.
func (r *Gatherer) Told() Told {
	told := Told{Called: r.needs.called, NoZone: r.needs.noZone, Listed: r.needs.listed}
	for _, h := range r.needs.handed {
		if h.sure {
			told.Handed = append(told.Handed, imagecheck.Handed{Words: h.words, By: h.by, At: h.at})
		}
	}
	return told
}

// needsOfHanded ships the programs that the config's commands hand on.
func (r *Gatherer) needsOfHanded() error {
	if r.Req.Runtime.Needs != spec.NeedsAuto {
		return nil
	}
	for _, c := range r.Req.Commands {
		h := handed{words: append([]string{c.Name}, c.Args...), at: c.At, sure: true}
		for range maxHanded {
			if err := r.needInlineScript(h); err != nil {
				return err
			}
			next, err := r.handOn(h)
			if err != nil {
				return err
			}
			if len(next.words) == 0 || !runtimes.IsCommandName(next.words[0]) {
				break
			}
			if h = next; slices.ContainsFunc(r.needs.handed, func(k handed) bool { return slices.Equal(k.words, h.words) }) {
				continue
			}
			r.needs.handed = append(r.needs.handed, h)
			r.needs.commands = append(r.needs.commands, h.words)
			_, found, ok, err := r.Starter(r.Trees[plan.TreeImage]).Find(h.words[0])
			if err != nil {
				return err
			}
			if ok {
				if err := r.AddImageRoot(found, h.at); err != nil {
					return err
				}
				continue
			}
			p := runtimes.Program{
				Name: h.words[0], For: runtimes.AppFile{To: h.by, At: h.at},
				Evidence: plan.Evidence{Kind: plan.EvidenceCommand, In: h.by, Name: h.words[0]},
			}
			for _, tree := range r.startingTrees(h.by) {
				if err := r.shipCommand(p, tree); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// needInlineScript ships the programs that an interpreter starts which a command gives the text of a program
// in its arguments.
func (r *Gatherer) needInlineScript(h handed) error {
	p := r.rootNamed(h.words[0])
	if p == nil {
		return nil
	}
	for _, c := range runtimes.InlinePrograms(h.words, runtimes.AppFile{To: p.To, At: h.at}) {
		key := [2]string{h.at, c.Name}
		if r.needs.inline[key] {
			continue
		}
		r.needs.inline[key] = true
		for _, tree := range r.startingTrees(p.To) {
			if err := r.shipCommand(c, tree); err != nil {
				return err
			}
		}
	}
	return nil
}

// rootNamed is the program that a command names, by its path or by its name; nil if there is none yet.
func (r *Gatherer) rootNamed(name string) *draft.Root {
	i := slices.IndexFunc(r.Roots, func(p *draft.Root) bool {
		return p.To == name || !strings.Contains(name, "/") && path.Base(p.To) == name
	})
	if i < 0 {
		return nil
	}
	return r.Roots[i]
}

// handOn is what becomes of a command; it has no words where that is not known, or not yet.
func (r *Gatherer) handOn(h handed) (handed, error) {
	p := r.rootNamed(h.words[0])
	if p == nil {
		return handed{}, nil
	}
	next := handed{by: p.To, at: h.at, sure: h.sure}
	if p.Facts.Kind != linkage.Script {
		next.words = runtimes.StartedBy(h.words)
		return next, nil
	}
	if !needspkg.IsShell(r.InterpreterOf(p.Facts.Shebang)) {
		return handed{}, nil
	}
	found, err := rootfs.Resolve(r.Trees[p.Tree], p.Path)
	if err != nil || found.Info.Size() > maxScript {
		return handed{}, rootfs.UnlessAbsent(err)
	}
	text, err := rootfs.ReadFile(r.Trees[p.Tree], found.Path, maxScript)
	if err != nil {
		return handed{}, err
	}
	words, sure := runtimes.HandedOn(text, h.words[1:])
	next.words, next.sure = words, next.sure && sure
	return next, nil
}

// startingTrees are the sources of the program at a path of the image.
func (r *Gatherer) startingTrees(to string) []string {
	var out []string
	for _, p := range r.Roots {
		if p.To == to && !slices.Contains(out, p.Tree) {
			out = append(out, p.Tree)
		}
	}
	for _, rt := range r.needs.runtimes {
		if rt.language.Name() == "shell" && !slices.Contains(out, rt.object.Tree) {
			out = append(out, rt.object.Tree)
		}
	}
	return out
}
