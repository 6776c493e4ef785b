// Command benchfleet builds twenty Debian programs in several ways and measures
// what a registry that holds them all has to store: as Sinter's layers are shared
// between images, and as those of other ways are.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/containerd/log"
	"github.com/moby/buildkit/client"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"

	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/e2e/oci"
)

// program is one of the fleet: a package and the program that is wanted of it.
type program struct{ pkg, path string }

var fleet = []program{
	{"bind9-dnsutils", "/usr/bin/dig"},
	{"curl", "/usr/bin/curl"},
	{"git", "/usr/bin/git"},
	{"gnupg", "/usr/bin/gpg"},
	{"haproxy", "/usr/sbin/haproxy"},
	{"imagemagick", "/usr/bin/convert-im6.q16"},
	{"jq", "/usr/bin/jq"},
	{"lighttpd", "/usr/sbin/lighttpd"},
	{"memcached", "/usr/bin/memcached"},
	{"mosquitto", "/usr/sbin/mosquitto"},
	{"nginx-light", "/usr/sbin/nginx"},
	{"openssh-client", "/usr/bin/ssh"},
	{"postgresql-client", "/usr/lib/postgresql/15/bin/psql"},
	{"redis-server", "/usr/bin/redis-server"},
	{"rsync", "/usr/bin/rsync"},
	{"socat", "/usr/bin/socat"},
	{"sqlite3", "/usr/bin/sqlite3"},
	{"tcpdump", "/usr/bin/tcpdump"},
	{"unbound", "/usr/sbin/unbound"},
	{"wget", "/usr/bin/wget"},
}

// way is one way to make an image of each program.
type way struct {
	name     string
	frontend string
	text     string // with PACKAGE, PATH and SOURCE for what differs
}

const dockerfileFrontend = "docker/dockerfile:1"

// slim is what people do without thinking about it, and the source from which
// Sinter takes its files.
var slim = way{"Debian slim and the package", dockerfileFrontend, `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends PACKAGE && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["PATH"]
`}

var ways = []way{
	{"Sinter", lab.FrontendRef, "sources: {debian: SOURCE}\nbinaries: ['debian:PATH']\n"},
	{"Sinter, one layer", lab.FrontendRef, "sources: {debian: SOURCE}\nbinaries: ['debian:PATH']\nlayers: {max: 1}\n"},
	slim,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The local content store warns of file systems without fs-verity.
	_ = log.SetLevel("error")
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchfleet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	l, err := lab.Start(ctx, lab.Seeded, os.Stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.PushFrontend(ctx); err != nil {
		return err
	}
	b := &bench{lab: l}
	if b.daemon, err = client.New(ctx, l.Host); err != nil {
		return err
	}
	defer b.daemon.Close()
	stores := make([]store, len(ways))
	for _, p := range fleet {
		fmt.Fprintln(os.Stderr, "benchfleet:", p.pkg)
		if err := b.pushSource(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.pkg, err)
		}
		for i, w := range ways {
			if err := b.add(ctx, &stores[i], w, p); err != nil {
				return fmt.Errorf("%s, %s: %w", w.name, p.pkg, err)
			}
		}
	}
	return write(stores)
}

// store is what a registry holds of one way's images.
type store struct {
	layers map[digest.Digest]int64 // compressed bytes
	sum    int64                   // of all images as if nothing were shared
	count  int                     // of layers, with repetitions
}

// bench is one run of the benchmark.
type bench struct {
	lab    *lab.Lab
	daemon *client.Client
}

func (b *bench) source(p program) string { return b.lab.Registry + "/fleet/" + p.pkg }

// pushSource pushes the image with the package that all ways' files are from, so
// that they are compared on the same versions.
func (b *bench) pushSource(ctx context.Context, p program) error {
	return b.build(ctx, slim, p, client.ExportEntry{
		Type:  client.ExporterImage,
		Attrs: map[string]string{"name": b.source(p), "push": "true"},
	})
}

// add builds one program's image and stores it.
func (b *bench) add(ctx context.Context, s *store, w way, p program) error {
	dir, err := os.MkdirTemp(b.lab.Dir, "layout")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	err = b.build(ctx, w, p, client.ExportEntry{
		Type:      client.ExporterOCI,
		Attrs:     map[string]string{"tar": "false"},
		OutputDir: dir,
	})
	if err != nil {
		return err
	}
	images, err := oci.Open(dir)
	if err != nil {
		return err
	}
	for _, img := range images {
		for _, l := range img.Manifest.Layers {
			if s.layers == nil {
				s.layers = map[digest.Digest]int64{}
			}
			s.layers[l.Digest] = l.Size
			s.sum += l.Size
			s.count++
		}
	}
	return nil
}

func (b *bench) build(ctx context.Context, w way, p program, export client.ExportEntry) error {
	dir, err := os.MkdirTemp(b.lab.Dir, "context")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text := strings.NewReplacer("PACKAGE", p.pkg, "PATH", p.path, "SOURCE", b.source(p)).Replace(w.text)
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o644); err != nil {
		return err
	}
	files, err := fsutil.NewFS(dir)
	if err != nil {
		return err
	}
	_, err = b.daemon.Solve(ctx, nil, client.SolveOpt{
		Frontend:      "gateway.v0",
		FrontendAttrs: map[string]string{"source": w.frontend, "filename": "file"},
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		Exports:       []client.ExportEntry{export},
	}, nil)
	return err
}

func write(stores []store) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%d programs, MB compressed\tstored\twithout sharing\tlayers\tof them stored\tSinter :\t\n", len(fleet))
	first := stores[0].stored()
	for i, s := range stores {
		fmt.Fprintf(w, "%-28s\t%.1f\t%.1f\t%d\t%d\t%.2f×\t\n", ways[i].name,
			float64(s.stored())/1e6, float64(s.sum)/1e6, s.count, len(s.layers), float64(first)/float64(s.stored()))
	}
	fmt.Fprintf(w, "Sinter : its own sum\t\t\t\t\t%.2f×\t\n", float64(first)/float64(stores[0].sum))
	return w.Flush()
}

// stored is the size of what is kept once.
func (s store) stored() (sum int64) {
	for _, size := range s.layers {
		sum += size
	}
	return sum
}
