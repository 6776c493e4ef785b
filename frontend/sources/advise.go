package sources

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// codeNotFound is the finding of the analysis for a file that a tree does not have.
const codeNotFound = "file-not-found"

// codesOfLibraries are the findings about what programs need of other trees.
var codesOfLibraries = []string{"library-not-found", "interpreter-not-found"}

// Advise adds what only the loader knows to findings about files that are not there:
// where the tree came from, and what the build context has besides what was asked of
// it.
func (l *Loader) Advise(ctx context.Context, list diag.List) diag.List {
	out := slices.Clone(list)
	names := sync.OnceValue(func() []string { return l.contextNames(ctx) })
	for i, d := range out {
		if data := ofData(l.Spec); slices.Contains(codesOfLibraries, d.Code) && d.Severity == diag.SeverityError && len(data) > 0 {
			out[i].Fixes = append([]string{fmt.Sprintf("look for libraries in source %s as well: libraries: {from: [%s]}",
				data[0], strings.Join(slices.Concat(l.Spec.Libraries.From, data[:1]), ", "))}, d.Fixes...)
		}
		if d.Code != codeNotFound {
			continue
		}
		if ref, ok := l.refAt(d.At); ok {
			out[i] = l.adviseOn(ctx, d, ref, names)
		}
	}
	return out
}

// refAt is the reference at a node of the spec.
func (l *Loader) refAt(at string) (spec.Ref, bool) {
	for _, b := range l.Spec.Binaries {
		if b.At+".from" == at {
			return b.From, true
		}
	}
	for _, f := range l.Spec.Files {
		if f.At+".from" == at && f.Content == nil {
			return f.From, true
		}
	}
	return spec.Ref{}, false
}

func (l *Loader) adviseOn(ctx context.Context, d diag.Diagnostic, ref spec.Ref, names func() []string) diag.Diagnostic {
	src := l.Spec.Sources[ref.Source]
	switch {
	case ref.Source == "" && l.isSource(ref.Path):
		d.Fixes = []string{fmt.Sprintf("to take it from source %s, write the path as well: from: %s:/PATH", path.Base(ref.Path), path.Base(ref.Path))}
		return d
	case ref.Source == "":
		return l.adviseOnContext(ctx, d, ref, names())
	case slices.Contains(names(), strings.TrimPrefix(ref.Path, "/")):
		d.Fixes = []string{fmt.Sprintf("write %s, to take it from the build context, which has it", strings.TrimPrefix(ref.Path, "/"))}
		return d
	case l.specifier(ref.Source) != "":
		return d // not what the spec says
	case src.Image != "":
		return l.adviseOnImage(d, ref, src)
	case src.Context != "" && slices.Contains(names(), path.Clean(src.Context)) && !hasBelow(names(), path.Clean(src.Context)):
		d.Message += ": " + src.Context + " of the build context is a file, and the source is to be a directory"
		d.Fixes = []string{
			"name the file itself, without a source: " + path.Clean(src.Context),
			fmt.Sprintf("unpack an archive in a stage: dockerfile: | with the lines FROM scratch and ADD %s /", src.Context),
		}
		return d
	case src.HTTP != "":
		return l.adviseOnDownload(ctx, d, ref, src)
	}
	return d
}

// isSource reports whether a path of the build context is the name of a source.
func (l *Loader) isSource(name string) bool {
	_, ok := l.Spec.Sources[strings.TrimPrefix(name, "/")]
	return ok
}

// adviseOnContext tells a path that the ignore file leaves out, and one that comes
// near, from one that is not there at all.
func (l *Loader) adviseOnContext(ctx context.Context, d diag.Diagnostic, ref spec.Ref, names []string) diag.Diagnostic {
	name := strings.TrimPrefix(ref.Path, "/")
	guess := nearName(name, names)
	from, to, two := strings.Cut(name, ":/")
	end := slices.IndexFunc(names, func(n string) bool { return strings.HasSuffix(name, "/"+n) })
	program, args, spaced := strings.Cut(name, " ")
	switch {
	case spaced && slices.Contains(names, program):
		d.Fixes = []string{fmt.Sprintf("write %s alone: its arguments are words of cmd, as cmd: [\"%s\"]", program, strings.Join(strings.Fields(args), "\", \""))}
	case two && slices.Contains(names, from):
		d.Fixes = []string{fmt.Sprintf("write {from: %s, to: /%s}", from, to)}
	case end >= 0:
		d.Fixes = []string{"write " + names[end] + ": paths are looked up from the root of the build context, wherever that is on your machine"}
	case slices.Contains(names, name) && l.isSent(ctx, name):
		return d // what it leads to is not there
	case slices.Contains(names, name):
		d.Message += ", for .dockerignore leaves it out"
		d.Fixes = []string{"add a line to .dockerignore, after the one that leaves it out: !" + name}
	case guess != "" && otherMachine(name, guess):
		d.Fixes = []string{fmt.Sprintf("build it for %s first: the build context has %s, which by its name is for another platform", platforms.Format(l.Platform), guess)}
	case guess != "":
		d.Fixes = []string{"did you mean " + guess + "?", "build it first: paths are looked up from the root of the build context, the directory that the build is given"}
	case len(l.Spec.Sources) > 0 && ofDistribution(ref.Path):
		source := slices.Concat(Unused(l.Spec), slices.Sorted(maps.Keys(l.Spec.Sources)))[0]
		d.Fixes = []string{fmt.Sprintf("to take it from source %s, write %s:%s: a path without a source is one of the build context", source, source, ref.Path)}
	case !strings.ContainsAny(name, "/.") && l.withPackages() != "":
		d.Fixes = []string{
			fmt.Sprintf("for a program of source %s, write where it is there, as %[1]s:/usr/bin/%[2]s: a path without a source is one of the build context", l.withPackages(), name),
			"build it first, if it is a program of your own",
		}
	case l.Spec.Base != spec.BaseScratch && (ofDistribution(ref.Path) || strings.HasPrefix(ref.Path, "/bin/")):
		d.Fixes = []string{fmt.Sprintf("if the base has it, it is in the image: leave it out here, and start it with entrypoint: [%s]", ref.Path)}
	case len(names) == 0:
	default:
		d.Fixes = []string{"build it first, or give the build another directory as its context: this one has " + someOf(names)}
	}
	return d
}

// withPackages is a source that packages are installed in, one that nothing is taken from first;
// empty for none.
func (l *Loader) withPackages() string {
	for _, name := range slices.Concat(Unused(l.Spec), slices.Sorted(maps.Keys(l.Spec.Sources))) {
		if len(l.Spec.Sources[name].Packages) > 0 {
			return name
		}
	}
	return ""
}

// machines are what files are called after the processors that they are for.
var machines = []string{"amd64", "x86_64", "x64", "arm64", "aarch64", "armv7", "arm", "386", "i386", "riscv64", "ppc64le", "s390x"}

// otherMachine reports whether two names differ in the processor alone.
func otherMachine(name, guess string) bool {
	for _, a := range machines {
		for _, b := range machines {
			if a != b && strings.Contains(name, a) && strings.Replace(name, a, b, 1) == guess {
				return true
			}
		}
	}
	return false
}

// hasBelow reports whether one of some names is below a directory.
func hasBelow(names []string, dir string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, dir+"/") })
}

// isSent reports whether a path is in what the build sees of the build context: what it is
// a link to is not, then.
func (l *Loader) isSent(ctx context.Context, name string) bool {
	st, err := l.context(ctx, []string{name})
	if err != nil {
		return false
	}
	fs, err := l.files(ctx, st)
	if err != nil {
		return false
	}
	_, err = fs.Lstat(rootfs.Name("/" + name))
	return err == nil
}

// ofDistribution reports whether a path is where distributions put their files, and
// repositories hardly any of their own.
func ofDistribution(name string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	return slices.Contains([]string{"usr", "sbin", "lib64"}, first)
}

// adviseOnImage names the package that a missing program probably belongs to, unless the image
// has what was meant.
func (l *Loader) adviseOnImage(d diag.Diagnostic, ref spec.Ref, src spec.Source) diag.Diagnostic {
	there := func(fix string) bool {
		return strings.HasPrefix(fix, "did you mean") || strings.Contains(fix, "${TARGETMULTIARCH}")
	}
	if slices.ContainsFunc(d.Fixes, there) {
		return d
	}
	name := path.Base(ref.Path)
	dir := path.Base(path.Dir(ref.Path))
	for _, other := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		if other != ref.Source && slices.Contains(l.Spec.Sources[other].Packages, name) {
			d.Fixes = append([]string{fmt.Sprintf("take it from source %s, which has the package %s: write %s:/usr/bin/%s", other, name, other, name)}, d.Fixes...)
			return d
		}
	}
	switch {
	case dir == "/" && !slices.Contains(src.Packages, name) && !strings.ContainsAny(name, "._"):
		d.Fixes = append([]string{fmt.Sprintf("name a program by its path, %s:/usr/bin/%s, and install the package that has it: %s: {image: %s, packages: [%s]}",
			ref.Source, name, ref.Source, src.Image, strings.Join(append(slices.Clone(src.Packages), name), ", "))}, d.Fixes...)
	case len(src.Packages) > 0:
		d.Fixes = append([]string{fmt.Sprintf("none of the packages %s has it: add the package that does", strings.Join(src.Packages, ", "))}, d.Fixes...)
	case dir == "bin" || dir == "sbin" || strings.Contains(ref.Path, "/lib"):
		if i := strings.Index(name, ".so"); i > 0 || strings.Contains(ref.Path, "/lib") {
			name = "PACKAGE"
		}
		d.Message += ", and no packages are installed in it"
		d.Fixes = append([]string{fmt.Sprintf("install the package that has it: %s: {image: %s, packages: [%s]}", ref.Source, src.Image, name)}, d.Fixes...)
	}
	return d
}

// adviseOnDownload says what a downloaded source is, where it was not unpacked.
func (l *Loader) adviseOnDownload(ctx context.Context, d diag.Diagnostic, ref spec.Ref, src spec.Source) diag.Diagnostic {
	file := src.Filename
	if file == "" {
		file = spec.URLFilename(src.HTTP)
	}
	if src.Unpack {
		if l.isWhole(ctx, ref.Source, file) {
			d.Message += fmt.Sprintf(": %s was not unpacked, for it is no tar archive", file)
			d.Fixes = []string{unpackFix(src.HTTP)}
		}
		return d
	}
	d.Message += ": the source is the one file /" + file
	d.Fixes = []string{fmt.Sprintf("write %s:/%s, if it is that file", ref.Source, file)}
	if isTar(file) {
		d.Fixes = []string{"add unpack: true to source " + ref.Source + ", to have what the archive holds"}
	} else if isPacked(file) {
		d.Fixes = []string{unpackFix(src.HTTP)}
	}
	return d
}

// isWhole reports whether a download that was to be unpacked is there as it came.
func (l *Loader) isWhole(ctx context.Context, source, file string) bool {
	tree, err := l.load(ctx, source)
	if err != nil {
		return false
	}
	fs, err := l.files(ctx, tree.State)
	return err == nil && has(fs, "/"+file)
}

// isTar reports by its name whether a file is an archive that BuildKit unpacks.
func isTar(file string) bool {
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tzst"} {
		if strings.HasSuffix(file, end) {
			return true
		}
	}
	return false
}

// isPacked reports by its name whether a file holds others in a form that BuildKit does
// not unpack.
func isPacked(file string) bool {
	return slices.Contains([]string{".zip", ".gz", ".xz", ".bz2", ".zst", ".7z", ".deb"}, path.Ext(file))
}
