package runtimes

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// java is the JVM: its home, the directory around its launcher, is one whole and finds
// its parts by their places in it.
type java struct{}

// Name implements Language.
func (java) Name() string { return "java" }

// Runs implements Language. A launcher is in the directory bin of its home, which is not
// one that others' programs are in; what starts a JVM itself needs libjvm.so.
func (java) Runs(file, soname string) bool {
	dir := path.Dir(file)
	return soname == "libjvm.so" || path.Base(dir) == "bin" && !slices.Contains([]string{"/bin", "/usr/bin", "/usr/local/bin"}, dir)
}

// Reads implements Language. Classes tell which modules an app uses.
func (java) Reads(name string) bool { return isJavaArchive(name) || path.Ext(name) == ".class" }

// Needs implements Language.
func (java) Needs(r Request) (Result, error) {
	home := javaHome(r.Tree, r.Path)
	if home == "" {
		return Result{}, nil
	}
	j := javaRequest{Request: r, home: home}
	return j.needs()
}

// javaHome is the directory of the JVM that a file is in, or "".
func javaHome(tree rootfs.FS, file string) string {
	dir := path.Dir(file)
	for range 4 { // from lib/server/libjvm.so, and jre/lib/amd64/jli/libjli.so
		if dir = path.Dir(dir); dir == "/" {
			break
		}
		for _, classes := range []string{"lib/modules", "lib/rt.jar", "jre/lib/rt.jar"} {
			if exists(tree, path.Join(dir, classes)) {
				return dir
			}
		}
	}
	return ""
}

// javaRequest is a request about the JVM in a directory.
type javaRequest struct {
	Request
	home string
}

func (j javaRequest) needs() (Result, error) {
	out, err := j.kept()
	if err != nil {
		return out, err
	}
	named, err := j.classPathNeeds()
	if err != nil {
		return out, err
	}
	out.Needs, out.Missing = append(out.Needs, named.Needs...), append(out.Missing, named.Missing...)
	store, missing := j.trustStore()
	out.TrustStores = []string{store}
	if missing != "" {
		out.Missing = append(out.Missing, Missing{
			Name: missing, In: j.home + "/lib/security/cacerts", At: j.At,
			Runtime: "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty",
			Fixes:   []string{"install ca-certificates-java in the source, whose installation makes it"},
		})
	}
	return out, nil
}

// kept is the runtime, with the modules that the spec wants.
func (j javaRequest) kept() (Result, error) {
	if len(j.Settings.Java.Modules) == 0 {
		return j.whole(), nil
	}
	out, err := j.trimmed()
	if cannot, ok := errors.AsType[*javaWhole](err); ok {
		out, err = j.whole(), nil
		out.Whole = []Whole{{At: atModules, Why: "the Java runtime in " + j.home + " ships with all its modules: " + cannot.why, Fixes: cannot.fixes}}
	}
	return out, err
}

// trustStore is where in the image the JVM has the certificates that it trusts; missing is
// what its link leads to in vain.
func (j javaRequest) trustStore() (store, missing string) {
	name := j.home + "/lib/security/cacerts"
	found, err := rootfs.Resolve(j.Tree, name)
	switch to := j.destination(); {
	case err == nil && (to == "" || !strings.HasPrefix(found.Path, j.home+"/")):
		return found.Path, ""
	case err != nil && len(found.Links) > 0:
		last := found.Links[len(found.Links)-1]
		missing = path.Join(path.Dir(last.Path), last.Target)
		if path.IsAbs(last.Target) {
			missing = last.Target
		}
		return missing, missing
	case to != "":
		return to + "/lib/security/cacerts", ""
	}
	return name, ""
}

// whole is the runtime without what is for people and compilers.
func (j javaRequest) whole() Result {
	out := Result{
		Needs:   []Need{{Path: j.home, To: j.destination(), Leave: j.leavesForPeople, Evidence: j.evidence("the JVM around it")}},
		Decides: []string{j.home},
	}
	if path.Base(j.Path) == "javac" {
		// javac --release reads what former versions had.
		out.add(j.Request, j.home+"/lib/ct.sym", j.evidence("what javac knows of other versions of Java"))
	}
	if exists(j.Tree, j.home+"/lib/libfontmanager.so") {
		j.addFonts(&out)
	}
	return out
}

// addFonts is for AWT, which opens fontconfig by its name.
func (j javaRequest) addFonts(out *Result) {
	for _, dir := range libraryDirectories(j.Platform) {
		if at := path.Join(dir, "libfontconfig.so.1"); exists(j.Tree, at) {
			out.add(j.Request, at, j.evidence("AWT finds fonts by fontconfig"))
			return
		}
	}
}

// add is for what ships at the path that it has, if it is there.
func (r *Result) add(request Request, name string, evidence plan.Evidence) {
	if exists(request.Tree, name) {
		r.Needs = append(r.Needs, Need{Path: name, Evidence: evidence})
	}
}

func (j javaRequest) evidence(name string) plan.Evidence {
	return plan.Evidence{Kind: plan.EvidenceRule, In: j.To, Name: name}
}

// destination is where the home goes whose launcher the spec puts elsewhere: the
// launcher looks for the rest around itself. It is empty for the place that it has.
func (j javaRequest) destination() string {
	found, err := rootfs.Resolve(j.Image, j.To)
	if err != nil || found.Path == j.Path {
		return ""
	}
	home, ok := strings.CutSuffix(found.Path, strings.TrimPrefix(j.Path, j.home))
	if !ok || home == "" {
		return ""
	}
	return home
}

// forPeople is what is in a JVM's home for people and compilers.
var forPeople = []string{"demo", "docs", "include", "jmods", "lib/ct.sym", "lib/src.zip", "man", "sample", "src.zip"}

func (j javaRequest) leavesForPeople(name string, _ fs.FileInfo) bool {
	below, ok := strings.CutPrefix(name, j.home+"/")
	return ok && slices.Contains(forPeople, below)
}

// libraryDirectories are those that distributions have libraries of a platform in.
func libraryDirectories(platform string) []string {
	var out []string
	if name := linkage.Multiarch(platform); name != "" {
		out = append(out, "/usr/lib/"+name, "/lib/"+name)
	}
	return append(out, "/usr/lib64", "/lib64", "/usr/lib", "/lib")
}
