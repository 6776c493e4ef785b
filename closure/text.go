package closure

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/linkage"
	"github.com/sinter-build/sinter/loader"
	"github.com/sinter-build/sinter/start"
)

// WriteJSON writes the report as one indented JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes a tree for each program. An object stands once, below the
// first that asks for it:
//
//	/app: dynamic; its loader is … and it needs liba.so
//	├── liba.so => /lib/liba.so -> /usr/lib/liba.so.1 (system directory /lib)
//	│   └── libb.so => not found
//	error: liba.so, needed by …
//	does not load: 1 error
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for i, p := range r.Programs {
		if i > 0 {
			b.WriteByte('\n')
		}
		p.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeLine adds one line. Names in it come from the files, so it is made safe to
// show.
func writeLine(b *strings.Builder, text string) {
	b.WriteString(diag.Plain(text))
	b.WriteByte('\n')
}

func (p Program) text(b *strings.Builder) {
	head := p.Path
	if p.RealPath != "" && p.RealPath != p.Path {
		head += " -> " + p.RealPath
	}
	if p.Text != "" {
		head += ": " + p.Text
	}
	writeLine(b, head)
	p.branches().write(b, p.Path, "")
	for _, problem := range p.problems {
		problem.text(b)
	}
	writeLine(b, p.verdict())
}

// verdict is the last line.
func (p Program) verdict() string {
	failed := 0
	for _, problem := range p.problems {
		if problem.Severity == severityError {
			failed++
		}
	}
	switch {
	case failed == 0:
		return "loads: " + count(len(p.objects), "object")
	case p.RealPath == "":
		return "does not start: there is no such file"
	}
	return "does not load: " + count(failed, "error")
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (p Problem) text(b *strings.Builder) {
	writeLine(b, fmt.Sprintf("%s: %s [%s]", p.Severity, p.Message, p.Code))
	if p.Runtime != "" {
		writeLine(b, "  at run time: "+p.Runtime)
	}
	for _, fix := range p.Fix {
		writeLine(b, "  fix: "+fix)
	}
}

// branch is a line of the tree; path is empty for what was not found.
type branch struct{ path, label string }

// branches are the lines below each path.
type branches map[string][]branch

func (p Program) branches() branches {
	out := branches{}
	for _, o := range p.objects {
		parent := p.Path
		if len(o.NeededBy) > 0 && o.NeededBy[0] != o.Path {
			if _, ok := p.byPath[o.NeededBy[0]]; ok {
				parent = o.NeededBy[0]
			}
		}
		out[parent] = append(out[parent], branch{o.Path, o.label()})
	}
	for _, problem := range p.problems {
		what := ""
		switch problem.Code {
		case loader.CodeLibraryMissing, loader.CodeInterpMissing, start.CodeInterpNotFound:
			what = "not found"
		case loader.CodeLibraryUnusable, loader.CodeInterpUnusable, start.CodeNotAFile, start.CodeNotExecutable,
			start.CodeNotSearchable, linkage.CodeNotRunnable:
			what = "not usable"
		default:
			continue
		}
		for _, by := range problem.NeededBy {
			out[by] = append(out[by], branch{"", problem.Name + " => " + what})
		}
	}
	return out
}

// label tells of an object what was asked for, where it was found, and how.
func (o Object) label() string {
	s := o.Path
	if o.Name != o.Path {
		s = o.Name + " => " + s
	}
	if o.RealPath != o.Path {
		s += " -> " + o.RealPath
	}
	return s + " (" + o.Via + ")"
}

// write draws what is below a path. Every object has one place only, so this
// ends.
func (t branches) write(b *strings.Builder, path, indent string) {
	lines := t[path]
	delete(t, path)
	for i, line := range lines {
		turn, more := "├── ", "│   "
		if i == len(lines)-1 {
			turn, more = "└── ", "    "
		}
		writeLine(b, indent+turn+line.label)
		if line.path != "" {
			t.write(b, line.path, indent+more)
		}
	}
}
