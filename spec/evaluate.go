package spec

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// Evaluate works out what the document says for one platform: it interpolates,
// decodes, merges the target (none for "") into the main image, applies the
// defaults and validates. All findings are returned together, with those of
// Parse, in the order of the file; with an error among them the spec is nil.
func (d *Document) Evaluate(vars Vars, target string) (*Spec, diag.List) {
	if d.root == nil {
		return nil, d.findings
	}
	reader := &decoder{doc: d, scope: newScope(vars)}
	s := reader.spec(&target)
	reader.reportMissing()
	list := append(slices.Clone(d.findings), reader.list...)

	d.setDefaults(&s)
	list = append(list, d.checkSources(&s)...)
	if unknown := s.checkTarget(target); unknown != nil {
		list = append(list, *unknown)
	} else {
		s.merge(target)
	}
	if s.Sources != nil || !d.Has("sources") && !slices.Contains(reader.meant, "sources") {
		list = append(list, s.checkReferences()...)
	}
	list = append(list, s.checkPolicy()...)
	list = append(list, s.checkBase()...)
	list = append(list, s.checkBuildArgs(vars)...)
	list = append(list, s.checkDestinations()...)
	list = append(list, s.checkCommands()...)
	list = append(list, s.checkParts()...)
	list = append(list, s.checkLibraries()...)
	list = append(list, s.checkPorts()...)
	list = append(list, d.checkTests(&s)...)
	if len(list.Errors()) == 0 {
		targets := d.Targets()
		if target != "" {
			targets = nil
		}
		list = append(list, s.checkWhole(targets)...)
	}
	if len(list.Errors()) == 0 {
		list = append(list, s.unusedArgs(reader.scope.used)...)
		list = append(list, s.unusedSources()...)
	}
	list = d.sorted(list)
	if len(list.Errors()) > 0 {
		return nil, list
	}
	return &s, list
}

// Platforms is the document's list of platforms for builds that name none. It
// can use build arguments and BUILD*, but not TARGET*, which follow from it.
func (d *Document) Platforms(vars Vars) ([]string, diag.List) {
	n := lookup(d.root, "platforms")
	if n == nil {
		return nil, nil
	}
	reader := &decoder{doc: d, scope: newScope(vars)}
	var s Spec
	if args := lookup(d.root, "args"); args != nil {
		reader.args(args, &s)
	}
	reader.platforms(n, &s)
	reader.reportMissing()
	if len(reader.list) > 0 {
		return nil, d.sorted(reader.list)
	}
	return s.Platforms, nil
}

// reportMissing asks once for each argument that was used without a value.
func (d *decoder) reportMissing() {
	for _, name := range d.missing {
		d.report(keyOf(join("args", name)), invalid("missing-arg",
			fmt.Sprintf("the build argument %s needs a value", name),
			fmt.Sprintf("pass --build-arg %s=VALUE", name),
			"or give it a default here"))
	}
}

func (s *Spec) checkTarget(target string) *diag.Diagnostic {
	if _, ok := s.Targets[target]; ok || target == "" {
		return nil
	}
	names := slices.Sorted(maps.Keys(s.Targets))
	problem := invalid("unknown-target", fmt.Sprintf("there is no target %q%s", target, meant(target, names)))
	if len(names) == 0 {
		problem.Message = fmt.Sprintf("there is no target %q: the spec has none", target)
		problem.Fixes = []string{"build without --target"}
		return problem
	}
	problem.At = keyOf("targets")
	problem.Fixes = []string{"build one of " + strings.Join(names, ", ") + ", or the main image without --target"}
	return problem
}

// setDefaults fills in what follows from the spec itself.
func (d *Document) setDefaults(s *Spec) {
	if s.Base == "" && !d.Has("base") {
		s.Base = BaseScratch
	}
	if s.Runtime.Needs == "" {
		s.Runtime.Needs = NeedsAuto
	}
	if s.Metadata == "" {
		s.Metadata = MetadataPackages
	}
	if s.Layers.Max == 0 {
		s.Layers.Max = DefaultMaxLayers
	}
	d.setDestinations(&s.Image)
	for name, t := range s.Targets {
		d.setDestinations(&t.Image)
		s.Targets[name] = t
	}
}

// setDestinations leaves a destination empty that was written and is wrong.
func (d *Document) setDestinations(image *Image) {
	for i := range image.Binaries {
		b := &image.Binaries[i]
		if b.Linkage == "" {
			b.Linkage = LinkageAny
		}
		if b.To == "" && !d.Has(join(b.At, "to")) {
			b.To = b.From.Path
		} else if strings.HasSuffix(b.To, "/") {
			b.To = path.Join(b.To, path.Base(b.From.Path))
		}
	}
	for i := range image.Files {
		f := &image.Files[i]
		if f.To == "" && f.Content == nil && !d.Has(join(f.At, "to")) {
			f.To = f.From.Path
		} else if f.To != "" {
			f.ToDir = strings.HasSuffix(f.To, "/")
			f.To = path.Clean(f.To)
		}
	}
}
