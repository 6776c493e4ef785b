// Package plantest makes plans of specs over trees that a test writes down as lines.
package plantest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// Tree makes a source tree of lines "PATH dir MODE [UID]", "PATH link TARGET" and
// "PATH file MODE TEXT".
func Tree(t *testing.T, lines ...string) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		var mode uint32
		if f[1] != "link" {
			if _, err := fmt.Sscanf(f[2], "%o", &mode); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		switch f[1] {
		case "dir":
			var uid uint32
			if len(f) > 3 {
				if _, err := fmt.Sscan(f[3], &uid); err != nil {
					t.Fatal(err)
				}
			}
			err = v.AddDir(f[0], fs.FileMode(mode), uid, uid)
		case "link":
			err = v.AddLink(f[0], f[2])
		case "file":
			err = v.AddData(f[0], []byte(f[3]), fs.FileMode(mode), 0, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// sources are the names of all trees but the base's.
func sources(trees map[string]rootfs.FS) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(trees)), func(name string) bool { return name == plan.TreeBase })
}

// Plan evaluates a spec and plans it.
func Plan(t *testing.T, text string, trees map[string]rootfs.FS) *resolve.Result {
	t.Helper()
	res, err := resolve.Make(Request(t, text, trees), trees)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Request is the request of a spec over trees.
func Request(t *testing.T, text string, trees map[string]rootfs.FS) request.Request {
	t.Helper()
	if !strings.Contains(text, "sources:") {
		text += "\nsources: {debian: {}}"
	}
	doc, _ := spec.Parse("app.yaml", []byte(text))
	s, diags := doc.Evaluate(spec.Vars{}, "")
	if diags.Err() != nil {
		t.Fatal(render.Text(diags, doc))
	}
	config, diags := imageconfig.Resolve(s, nil, nil)
	if diags.Err() != nil {
		t.Fatal(render.Text(diags, doc))
	}
	req := request.New(s, config, "linux/amd64")
	req.Base, req.Trees = trees[plan.TreeBase] != nil, sources(trees)
	return req
}

// StaticProgram is the smallest program that needs nothing.
func StaticProgram(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Entry: 0x400000, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	load := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: 0x400000, Paddr: 0x400000, Filesz: 120, Memsz: 120, Align: 0x1000}
	for _, part := range []any{header, load} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Findings writes findings as text with their severity, code and place: "error CODE binaries[0]: MESSAGE".
func Findings(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		severity := "error"
		if d.Severity == diag.SeverityWarning {
			severity = "warning"
		}
		fmt.Fprintf(&b, "%s %s %s: %s\n", severity, d.Code, d.At, d)
	}
	return b.String()
}

// Show writes a plan as the lines of [Tree], with "verbatim" for directories that are
// as in their source.
func Show(p plan.Plan) string {
	var b strings.Builder
	for _, e := range p.Entries {
		switch e.Kind {
		case plan.KindSymlink:
			fmt.Fprintf(&b, "%s link %s", e.Path, e.Target)
		default:
			fmt.Fprintf(&b, "%s %s %04o %d:%d", e.Path, e.Kind, e.Mode, e.UID, e.GID)
		}
		if e.Verbatim {
			b.WriteString(" verbatim")
		}
		if e.Replaces != nil {
			b.WriteString(" for " + e.Replaces.Reference())
		}
		b.WriteString("\n")
	}
	return b.String()
}
