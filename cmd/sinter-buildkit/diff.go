package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/spf13/cobra"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/layout"
	"github.com/sinter-build/sinter/report"
)

const diffHelp = `Tell what sets two images apart: packages, files that one of them lacks, and
files that differ. Each of A and B is

  a spec, of which a BuildKit tells what the image will hold
  JSON that ` + "`sinter explain --format json`" + ` has written
  an OCI image layout, a directory or a tar file

Files are the same if their sizes and, where both are known, the digests of
their contents are; of a spec's files copied from sources the size alone is.
A spec's image is compared on top of its base.

Exit status: 0 when there is no difference, 1 when there is, 2 for trouble.`

const diffExamples = `  sinter explain -f app.yaml --format json > before.json
  sinter diff before.json app.yaml
  sinter diff old.tar new.tar`

func newDiff() *cobra.Command {
	o, format := &options{}, ""
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Tell what sets two images apart",
		Long:    diffHelp,
		Example: diffExamples,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.diff(cmd, args[0], args[1], format)
		},
	}
	o.register(cmd)
	if err := cmd.Flags().MarkHidden("file"); err != nil {
		panic(err) // a flag that is not there
	}
	registerFormat(cmd, &format)
	return cmd
}

func (o *options) diff(cmd *cobra.Command, before, after, format string) error {
	if _, ok := results[format]; !ok {
		return fmt.Errorf("--format is text or json, not %q", format)
	}
	if o.file != "" {
		return errors.New("--file: what is compared is named without a flag: sinter diff A B")
	}
	a, err := o.read(cmd, before)
	if err != nil {
		return exit.Failure{Err: fmt.Errorf("%s: %w", before, err), Status: exit.Usage}
	}
	b, err := o.read(cmd, after)
	if err != nil {
		return exit.Failure{Err: fmt.Errorf("%s: %w", after, err), Status: exit.Usage}
	}
	c := report.Compare(a, b)
	c.Before, c.After = before, after
	text := []byte(c.Text())
	if format == "json" {
		if text, err = c.JSON(); err != nil {
			return err
		}
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return exit.Failure{Err: err, Status: exit.Usage}
	}
	if !c.Same {
		return exit.ErrBad
	}
	return nil
}

// read describes the images that an argument stands for, by what it is.
func (o *options) read(cmd *cobra.Command, name string) (report.Document, error) {
	info, err := os.Stat(name)
	if err != nil {
		return report.Document{}, err
	}
	if info.IsDir() {
		images, err := layout.Read(os.DirFS(name))
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("not an OCI image layout: %w", err)
		}
		return report.Document{Images: images}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return report.Document{}, err
	}
	defer f.Close()
	start := make([]byte, 512)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return report.Document{}, err
	}
	start = start[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return report.Document{}, err
	}
	switch {
	case compression.DetectCompression(start) != compression.Uncompressed:
		return report.Document{}, errors.New("a compressed file: unpack it first, as layers are compressed already")
	case n > 262 && string(start[257:262]) == "ustar":
		return readTar(f)
	case bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")):
		return readJSON(f)
	}
	return o.readSpec(cmd, name)
}

func readTar(f *os.File) (report.Document, error) {
	files, err := layout.Tar(f)
	if err != nil {
		return report.Document{}, err
	}
	images, err := layout.Read(files)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("not an OCI image layout: %w", err)
	}
	return report.Document{Images: images}, err
}

// readJSON reads what explain has written.
func readJSON(r io.Reader) (report.Document, error) {
	var d report.Document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return d, err
	}
	if d.Version != report.Version || d.Images == nil {
		return d, fmt.Errorf("not what `sinter explain --format json` of this version writes (version %d, should be %d)", d.Version, report.Version)
	}
	return d, nil
}

// readSpec asks what the image of a spec will hold.
func (o *options) readSpec(cmd *cobra.Command, name string) (report.Document, error) {
	of := *o
	of.file, of.attrs = name, nil
	if err := of.begin(cmd); err != nil {
		return report.Document{}, err
	}
	defer of.end()
	if !cmd.Flags().Changed("context") {
		of.locals["context"] = filepath.Dir(name)
	}
	answer, err := ask(cmd.Context(), &of, frontend.RequestExplain)
	if err != nil {
		return report.Document{}, err
	}
	return readJSON(bytes.NewReader(answer[results["json"]]))
}
