package convert

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/rootfs"
)

// Program makes a spec of a program in the build context.
func Program(name string, data []byte) (*Result, error) {
	var p page
	p.WriteString(Syntax)
	to := "/usr/bin/" + path.Base(name)
	if line, ok := bytes.CutPrefix(data, []byte("#!")); ok {
		first, _, _ := bytes.Cut(line, []byte("\n"))
		return script(&p, name, to, string(first))
	}
	f, err := elffile.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%s is neither a program nor a script: %w", name, err)
	}
	if !f.HasInterp {
		p.items("binaries", []string{mapping("from", name, "to", to, "linkage", "static")})
		return &Result{Spec: []byte(p.String())}, nil
	}
	source, image := "debian", "debian:bookworm-slim"
	if strings.Contains(f.Interp, "musl") {
		source, image = "alpine", "alpine:3.22"
	}
	p.line("sources:\n  %s:\n    image: %s", source, image)
	p.items("binaries", []string{mapping("from", name, "to", to, "linkage", "dynamic")})
	p.line("libraries: {from: [%s]}", source)
	res := &Result{Spec: []byte(p.String())}
	res.Remarks = append(res.Remarks, fmt.Sprintf("libraries are taken from %s: it has to be the distribution that %s was built on, or a newer one", image, name))
	if extra := unusual(f.Needed); len(extra) > 0 {
		res.Remarks = append(res.Remarks, fmt.Sprintf("it needs %s: write the packages that have them into sources.%s.packages", strings.Join(extra, ", "), source))
	}
	return res, nil
}

// unusual are the libraries that the smallest images of distributions do not have.
func unusual(needed []string) []string {
	var out []string
	for _, n := range needed {
		switch stem, _, _ := strings.Cut(n, ".so"); stem {
		case "libc", "libm", "libdl", "librt", "libpthread", "libutil", "libresolv", "libnsl", "libgcc_s", "libstdc++",
			"ld-linux-x86-64", "ld-linux-aarch64", "libc.musl-x86_64", "libc.musl-aarch64":
		default:
			out = append(out, n)
		}
	}
	return out
}

// script makes a spec of a script, with the interpreter that its first line names.
func script(p *page, name, to, line string) (*Result, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, fmt.Errorf("%s names no interpreter in its first line", name)
	}
	interpreter := words[0]
	if path.Base(interpreter) == "env" && len(words) > 1 {
		interpreter = "/usr/bin/" + words[len(words)-1]
	}
	p.line("sources:\n  debian:\n    image: debian:bookworm-slim")
	base := path.Base(interpreter)
	if base != "sh" && base != "bash" && base != "perl" {
		p.line("    packages: %s", list([]string{base}))
	}
	p.items("binaries", []string{quote("debian:" + interpreter)})
	p.items("files", []string{mapping("from", name, "to", to, "mode", "0755")})
	p.values("entrypoint", []string{to})
	return &Result{Spec: []byte(p.String()), Remarks: []string{fmt.Sprintf("%s is taken from debian:bookworm-slim, as the package %s: correct that if it is called otherwise", interpreter, base)}}, nil
}

// Of makes a spec of programs of an image, or of packages that its distribution has.
// With gives the image's tree with packages installed.
func Of(ref string, programs []string, img *Image, with func(packages []string) (rootfs.FS, error)) (*Result, error) {
	name := strings.Trim(notInNames.ReplaceAllString(imageTitle(ref), "-"), "-")
	search := defaultPath
	for _, setting := range img.Config.Env {
		if value, ok := strings.CutPrefix(setting, "PATH="); ok {
			search = value
		}
	}
	c := &conversion{words: newWords('\\'), running: running{workdir: "/"}}
	c.words.env["PATH"] = search
	var packages, found []string
	for _, p := range programs {
		if lookUp(img.Tree, c.search(p)) == "" {
			packages = append(packages, p)
		}
	}
	tree := img.Tree
	if len(packages) > 0 {
		var err error
		if tree, err = with(packages); err != nil {
			return nil, fmt.Errorf("%s has neither a program nor a package %s: %w", ref, strings.Join(packages, " "), err)
		}
	}
	var remarks []string
	for _, p := range programs {
		at := lookUp(tree, c.search(p))
		if at == "" {
			remarks = append(remarks, fmt.Sprintf("the package %s has no program of that name in %s: name what you want of it under binaries", p, search))
			continue
		}
		found = append(found, quote(name+":"+at))
	}
	if len(found) == 0 {
		return nil, errors.New(strings.Join(remarks, "\n"))
	}
	var p page
	p.WriteString(Syntax)
	p.line("sources:\n  %s:\n    image: %s", name, quote(ref))
	if len(packages) > 0 {
		p.line("    packages: %s", list(packages))
	}
	p.items("binaries", found)
	if search != defaultPath {
		p.block("env", map[string]string{"PATH": search})
	}
	if len(found) > 1 {
		_, at, _ := strings.Cut(found[0], ":")
		p.values("entrypoint", []string{strings.Trim(at, `"`)})
	}
	return &Result{Spec: []byte(p.String()), Remarks: remarks}, nil
}
