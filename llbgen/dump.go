package llbgen

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Dump renders LLB as text that a person can read and a test can compare. Each
// vertex has a number, and follows those that it depends on:
//
//	#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian:bookworm-slim" app.yaml:3
//	   platform linux/amd64
//	#2 file "[libraries] libc.so.6 from debian" app.yaml:6
//	   mkdir /usr mode=0755 owner=0:0 time=0
//	   copy #1 /usr/lib/libc.so.6 /usr/lib/libc.so.6 mode=0644 owner=0:0 time=0
//	return #2
//
// The first line of a vertex has its name in progress output and the lines of the
// spec that it is for; the others say what it does. An input is the number of a
// vertex, with ".N" for an output of it other than the first. A file that is an archive
// is followed by what is in it. The actions of a file
// vertex follow each other unless they say otherwise. Times are in seconds since
// 1970. Nothing of the LLB is left out but the capabilities that it asks the
// daemon for, which follow from the rest, and the random id by which a local source
// is never taken for one of another build.
func Dump(def *pb.Definition) (string, error) {
	d := dumper{def: def, ops: map[string]*pb.Op{}, numbers: map[string]int{}}
	if len(def.Def) == 0 {
		return "return scratch\n", nil
	}
	var last *pb.Op
	for _, data := range def.Def {
		last = &pb.Op{}
		if err := last.UnmarshalVT(data); err != nil {
			return "", fmt.Errorf("a vertex of the LLB: %w", err)
		}
		d.ops[digest.FromBytes(data).String()] = last
	}
	inputs, err := d.inputs(last)
	if err != nil {
		return "", err
	}
	d.line("return %s", strings.Join(inputs, " "))
	return d.text.String(), nil
}

type dumper struct {
	def     *pb.Definition
	ops     map[string]*pb.Op // by digest
	numbers map[string]int    // of what is rendered, by digest
	text    strings.Builder
}

func (d *dumper) line(format string, args ...any) {
	fmt.Fprintf(&d.text, format+"\n", args...)
}

// inputs renders what a vertex depends on, and returns how to call it.
func (d *dumper) inputs(op *pb.Op) ([]string, error) {
	var names []string
	for _, in := range op.Inputs {
		if err := d.vertex(in.Digest); err != nil {
			return nil, err
		}
		name := "#" + strconv.Itoa(d.numbers[in.Digest])
		if in.Index != 0 {
			name += "." + strconv.FormatInt(in.Index, 10)
		}
		names = append(names, name)
	}
	return names, nil
}

// vertex renders a vertex unless it is rendered already.
func (d *dumper) vertex(dgst string) error {
	if _, done := d.numbers[dgst]; done {
		return nil
	}
	op := d.ops[dgst]
	if op == nil {
		return fmt.Errorf("the LLB has no vertex %s", dgst)
	}
	inputs, err := d.inputs(op)
	if err != nil {
		return err
	}
	d.numbers[dgst] = len(d.numbers) + 1
	kind, lines := describe(op, inputs)
	d.line("%s", strings.Join(append([]string{"#" + strconv.Itoa(d.numbers[dgst]), kind}, d.labels(dgst)...), " "))
	if op.Platform != nil {
		lines = append(lines, "platform "+platformText(op.Platform))
	}
	if text := words(fields(op.Constraints, nil), fields(d.def.Metadata[dgst], nil, "caps", "description")); text != "" {
		lines = append(lines, text)
	}
	for _, text := range lines {
		d.line("   %s", text)
	}
	return nil
}

// labels are a vertex's name and where in the spec it comes from.
func (d *dumper) labels(dgst string) []string {
	var out []string
	description := d.def.Metadata[dgst].GetDescription()
	for _, key := range slices.Sorted(maps.Keys(description)) {
		if key == "llb.customname" {
			out = append(out, strconv.Quote(description[key]))
			continue
		}
		out = append(out, key+"="+strconv.Quote(description[key]))
	}
	for _, loc := range d.def.GetSource().GetLocations()[dgst].GetLocations() {
		infos := d.def.Source.Infos
		if int(loc.SourceIndex) >= len(infos) || loc.SourceIndex < 0 {
			continue
		}
		for _, r := range loc.Ranges {
			out = append(out, infos[loc.SourceIndex].Filename+":"+lineRange(r))
		}
	}
	return out
}

func lineRange(r *pb.Range) string {
	start, end := r.GetStart().GetLine(), r.GetEnd().GetLine()
	if end <= start {
		return strconv.Itoa(int(start))
	}
	return fmt.Sprintf("%d-%d", start, end)
}

// describe is the kind of a vertex, and lines on what it does.
func describe(op *pb.Op, inputs []string) (kind string, lines []string) {
	switch {
	case op.GetSource() != nil:
		source := op.GetSource()
		for _, key := range slices.Sorted(maps.Keys(source.Attrs)) {
			if key != pb.AttrLocalUniqueID {
				lines = append(lines, line(key+"="+source.Attrs[key]))
			}
		}
		return "source " + word(source.Identifier), lines
	case op.GetFile() != nil:
		return "file", fileActions(op.GetFile(), inputs)
	case op.GetExec() != nil:
		return "exec", execLines(op.GetExec(), inputs)
	case op.GetMerge() != nil:
		for _, in := range op.GetMerge().Inputs {
			lines = append(lines, input(in.Input, inputs, 0))
		}
		return "merge", lines
	case op.GetDiff() != nil:
		diff := op.GetDiff()
		return "diff", []string{
			"lower " + input(diff.GetLower().GetInput(), inputs, 0),
			"upper " + input(diff.GetUpper().GetInput(), inputs, 0),
		}
	case op.GetPassthrough() != nil:
		pass := op.GetPassthrough()
		for _, in := range pass.Outputs {
			lines = append(lines, "output "+input(in, inputs, 0))
		}
		return "passthrough", append(lines, "of "+strings.Join(inputs, " "), fields(pass, inputs, "outputs"))
	}
	return "unknown", append([]string{fields(op, inputs, "inputs", "platform", "constraints")}, inputs...)
}

// fileActions has a line for each action. Their inputs are numbered through: first
// the vertex's own, then the results of actions.
func fileActions(op *pb.FileOp, inputs []string) []string {
	var lines []string
	for i, a := range op.Actions {
		if before := int64(len(inputs) + i - 1); i == 0 && a.Input >= 0 || i > 0 && a.Input != before {
			lines = append(lines, "on "+input(a.Input, inputs, len(op.Actions)))
		}
		lines = append(lines, fileAction(a, inputs, len(op.Actions)))
		for _, text := range skeletonLines(a.GetMkfile().GetData()) {
			lines = append(lines, "   "+text)
		}
	}
	return lines
}

func fileAction(a *pb.FileAction, inputs []string, actions int) string {
	switch {
	case a.GetMkdir() != nil:
		x := a.GetMkdir()
		return words("mkdir", word(x.Path), fields(x, inputs, "path"))
	case a.GetMkfile() != nil:
		x := a.GetMkfile()
		what := content(x.Data)
		if skeletonLines(x.Data) != nil {
			what = "archive of"
		}
		return words("mkfile", word(x.Path), fields(x, inputs, "path", "data"), what)
	case a.GetSymlink() != nil:
		x := a.GetSymlink()
		return words("symlink", word(x.Newpath), "->", word(x.Oldpath), fields(x, inputs, "oldpath", "newpath"))
	case a.GetRm() != nil:
		x := a.GetRm()
		return words("rm", word(x.Path), fields(x, inputs, "path"))
	case a.GetCopy() != nil:
		x := a.GetCopy()
		return words("copy", input(a.SecondaryInput, inputs, actions), word(x.Src), word(x.Dest), fields(x, inputs, "src", "dest"))
	}
	return "unknown " + fields(a, inputs)
}

// skeletonLines are what is in an archive that Assemble has made; nil for another file.
func skeletonLines(data []byte) []string {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	var lines []string
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			return nil
		}
		of := fmt.Sprintf("mode=%04o owner=%d:%d time=%d", h.Mode, h.Uid, h.Gid, h.ModTime.Unix())
		name := word("/" + h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			lines = append(lines, words("directory", name, of))
		case tar.TypeSymlink:
			lines = append(lines, words("link", name, "->", word(h.Linkname), of))
		case tar.TypeLink:
			lines = append(lines, words("hard link", name, "->", word(h.Linkname), of))
		default:
			inside, err := io.ReadAll(archive)
			if err != nil {
				return nil
			}
			lines = append(lines, words("file", name, of, content(inside)))
		}
	}
}

func execLines(op *pb.ExecOp, inputs []string) []string {
	meta := op.GetMeta()
	lines := []string{fmt.Sprintf("args %q", meta.GetArgs())}
	for _, kv := range meta.GetEnv() {
		lines = append(lines, "env "+word(kv))
	}
	if text := words(fields(meta, inputs, "args", "env"), fields(op, inputs, "meta", "mounts")); text != "" {
		lines = append(lines, text)
	}
	for _, m := range op.Mounts {
		lines = append(lines, words("mount", word(m.Dest), input(m.Input, inputs, 0), fields(m, inputs, "dest", "input")))
	}
	return lines
}

// input names an input by its index. Those after the vertex's own are results of
// its actions, if it has any.
func input(index int64, inputs []string, actions int) string {
	switch {
	case index < 0:
		return "scratch"
	case index < int64(len(inputs)):
		return inputs[index]
	case index < int64(len(inputs)+actions):
		return fmt.Sprintf("action %d", index-int64(len(inputs))+1)
	}
	return fmt.Sprintf("input %d", index)
}

// content is the text of a short file, or the size and digest of another.
func content(data []byte) string {
	const longest = 80
	if len(data) <= longest && utf8.Valid(data) {
		return strconv.Quote(string(data))
	}
	return fmt.Sprintf("(%d bytes, %s)", len(data), digest.FromBytes(data))
}

func platformText(p *pb.Platform) string {
	return strings.TrimSuffix(words(p.OS+"/"+p.Architecture+"/"+p.Variant), "/") + fields(p, nil, "OS", "Architecture", "Variant")
}

// line is text as it is, quoted when it would not print as one line.
func line(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// word is text as it is, quoted when it would not read as one word.
func word(text string) string {
	if text == "" || strings.ContainsAny(text, " \"") {
		return strconv.Quote(text)
	}
	return line(text)
}

// words joins what is not empty.
func words(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(w string) bool { return w == "" }), " ")
}

// fields renders what is set in a message but for the fields that are skipped, in
// the order of their numbers, so that what is new in LLB is not left out.
func fields(m protoreflect.ProtoMessage, inputs []string, skip ...string) string {
	type field struct {
		number protoreflect.FieldNumber
		text   string
	}
	var all []field
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if name := string(f.Name()); !slices.Contains(skip, name) {
			if text := fieldText(name, f, v, inputs); text != "" && text != name+"={}" {
				all = append(all, field{f.Number(), text})
			}
		}
		return true
	})
	// A time that is not set is -1, and 0 a time like any other.
	if f := m.ProtoReflect().Descriptor().Fields().ByName("timestamp"); f != nil && !m.ProtoReflect().Has(f) {
		all = append(all, field{f.Number(), "time=0"})
	}
	slices.SortFunc(all, func(a, b field) int { return cmp.Compare(a.number, b.number) })
	var texts []string
	for _, f := range all {
		texts = append(texts, f.text)
	}
	return strings.Join(texts, " ")
}

func fieldText(name string, f protoreflect.FieldDescriptor, v protoreflect.Value, inputs []string) string {
	switch {
	case (name == "timestamp" || name == "mode") && fmt.Sprint(v) == "-1":
		return "" // unset
	case name == "timestamp":
		return "time=" + seconds(v.Int())
	case name == "mode":
		return fmt.Sprintf("mode=%04o", v.Interface())
	case name == "owner":
		chown := v.Message().Interface().(*pb.ChownOpt)
		return "owner=" + userText(chown.User, inputs) + ":" + userText(chown.Group, inputs)
	case f.Kind() == protoreflect.BoolKind && !f.IsList() && !f.IsMap():
		return name
	}
	return name + "=" + valueText(f, v, inputs)
}

func valueText(f protoreflect.FieldDescriptor, v protoreflect.Value, inputs []string) string {
	switch {
	case f.IsList():
		var items []string
		for i := range v.List().Len() {
			items = append(items, singular(f, v.List().Get(i), inputs))
		}
		return "[" + strings.Join(items, " ") + "]"
	case f.IsMap():
		var items []string
		v.Map().Range(func(k protoreflect.MapKey, item protoreflect.Value) bool {
			items = append(items, word(k.String())+"="+singular(f.MapValue(), item, inputs))
			return true
		})
		slices.Sort(items)
		return "{" + strings.Join(items, " ") + "}"
	}
	return singular(f, v, inputs)
}

func singular(f protoreflect.FieldDescriptor, v protoreflect.Value, inputs []string) string {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return "{" + fields(v.Message().Interface(), inputs) + "}"
	case protoreflect.EnumKind:
		if named := f.Enum().Values().ByNumber(v.Enum()); named != nil {
			return strings.ToLower(string(named.Name()))
		}
	case protoreflect.BytesKind:
		return content(v.Bytes())
	case protoreflect.StringKind:
		return word(v.String())
	}
	return v.String()
}

// userText is an id, or a name with the tree that knows it.
func userText(u *pb.UserOpt, inputs []string) string {
	switch {
	case u == nil:
		return ""
	case u.GetByName() != nil:
		return u.GetByName().Name + "@" + input(u.GetByName().Input, inputs, 0)
	}
	return strconv.FormatUint(uint64(u.GetByID()), 10)
}

// seconds renders nanoseconds.
func seconds(ns int64) string {
	if ns%int64(time.Second) == 0 {
		return strconv.FormatInt(ns/int64(time.Second), 10)
	}
	return strconv.FormatFloat(float64(ns)/float64(time.Second), 'f', -1, 64)
}
