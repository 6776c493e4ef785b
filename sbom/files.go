package sbom

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
	"golang.org/x/sync/errgroup"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// file is a regular file of the plan, as it is in the image.
type file struct {
	entry        plan.Entry
	id           common.ElementID
	size         int64
	sha1, sha256 string
	types        []string
	elf          *elffile.File    // nil when it is none
	build        *debug.BuildInfo // of a Go program
}

// readFiles reads the regular files of a plan, sorted by path.
func readFiles(ctx context.Context, p *plan.Plan, tree rootfs.FS) ([]*file, error) {
	var files []*file
	for _, e := range p.Entries {
		if e.Kind == plan.KindFile {
			files = append(files, &file{entry: e, id: elementID("File", e.Path, e.Path)})
		}
	}
	slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.entry.Path, b.entry.Path) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range files {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f.read(tree); err != nil {
				return fmt.Errorf("%s: %w", f.entry.Path, err)
			}
			return nil
		})
	}
	return files, g.Wait()
}

func (f *file) read(tree rootfs.FS) error {
	in, err := rootfs.OpenAt(tree, f.entry.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	head, err := f.hash(in)
	if err != nil {
		return err
	}
	f.types = types(f.entry, head)
	if !isELF(head) {
		return nil
	}
	// A broken ELF file is a file like any other, and what could be read of it
	// is kept.
	f.elf, err = elffile.Read(in, f.size)
	if err != nil && !elffile.IsFormat(err) {
		return err
	}
	if f.elf == nil {
		return nil
	}
	// Not only where the file says that Go's linker made it (elffile.File.Go):
	// it does not after go build -ldflags=-buildid=.
	f.build, err = readBuildInfo(in, f.size, f.elf)
	return err
}

// headSize is how much of a file tells its type.
const headSize = 512

// hash reads the whole file and returns its beginning.
func (f *file) hash(in io.Reader) ([]byte, error) {
	// SPDX 2.3 wants SHA-1 for every file (8.4); SHA-256 is what one can rely on.
	weak, strong := sha1.New(), sha256.New()
	sums := io.MultiWriter(weak, strong)
	head := make([]byte, headSize)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if _, err := sums.Write(head); err != nil {
		return nil, err
	}
	rest, err := io.CopyBuffer(sums, onlyReader{in}, make([]byte, 256<<10))
	f.size = int64(n) + rest
	f.sha1, f.sha256 = hex.EncodeToString(weak.Sum(nil)), hex.EncodeToString(strong.Sum(nil))
	return head, err
}

// onlyReader hides other methods, so that io.CopyBuffer uses its buffer.
type onlyReader struct{ io.Reader }

func isELF(head []byte) bool { return bytes.HasPrefix(head, []byte("\x7fELF")) }

// types are SPDX's file types (8.3).
func types(e plan.Entry, head []byte) []string {
	switch {
	case isELF(head) && e.Reason.Cause == plan.CauseBinary:
		return []string{"APPLICATION", "BINARY"}
	case isELF(head):
		return []string{"BINARY"}
	case strings.HasPrefix(e.Path, "/usr/share/doc/"):
		return []string{"DOCUMENTATION"}
	case bytes.HasPrefix(head, []byte("#!")):
		return []string{"SOURCE"}
	case isText(head):
		return []string{"TEXT"}
	}
	return []string{"OTHER"}
}

// isText reports whether a file begins as text does. The last rune may be cut off.
func isText(head []byte) bool {
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n <= 1 {
			return len(head) == headSize && len(head)-i < utf8.UTFMax
		}
		if r < ' ' && !strings.ContainsRune("\t\n\f\r", r) {
			return false
		}
		i += n
	}
	return true
}

// addFiles lists the files, each in its package or in the image itself.
func (d *document) addFiles() {
	for _, f := range d.files {
		d.out.Files = append(d.out.Files, f.spdx())
		in := imageID
		if pkg := d.packages[f.entry.Package]; pkg != nil {
			in = pkg.PackageSPDXIdentifier
		}
		d.relate(in, common.TypeRelationshipContains, f.id)
	}
}

func (f *file) spdx() *spdx.File {
	return &spdx.File{
		FileName:           "." + f.entry.Path,
		FileSPDXIdentifier: f.id,
		FileTypes:          f.types,
		Checksums: []common.Checksum{
			{Algorithm: common.SHA1, Value: f.sha1},
			{Algorithm: common.SHA256, Value: f.sha256},
		},
		LicenseConcluded:  NoAssertion,
		FileCopyrightText: NoAssertion,
		FileComment:       f.comment(),
	}
}

// comment says why the file is there, and what rights it gives to whoever executes it.
func (f *file) comment() string {
	return strings.Join(append([]string{f.entry.Reason.String()}, f.entry.Privileges()...), "; ")
}
