// Package e2e builds real images with a real BuildKit, compares them with what
// is expected of them, and runs them. Cases are data: see testCase.
package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/log"
	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/e2e/lab"
	"github.com/sinter-build/sinter/e2e/oci"
)

var update = flag.Bool("update", false, "write what the cases expect")

const frontendRef = lab.FrontendRef

// The lab is shared by all cases: they build and run beside one another.
var (
	theLab *lab.Lab
	daemon *client.Client
	// interrupted is done when the tests are told to end.
	interrupted context.Context
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The local content store warns of file systems without fs-verity.
	_ = log.SetLevel("error")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := runTests(ctx, m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(ctx context.Context, m *testing.M) (code int, err error) {
	if err := checkDisk(); err != nil {
		return 0, err
	}
	if theLab, err = lab.Start(ctx, lab.Seeded, os.Stderr); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, theLab.Close()) }()
	// After an interrupt the tests fail one after the other, quickly, for they
	// have no daemon any more; each removes what it has made.
	interrupted = ctx
	defer context.AfterFunc(ctx, theLab.Kill)()
	if daemon, err = client.New(ctx, theLab.Host); err != nil {
		return 0, err
	}
	defer daemon.Close()
	if err := errors.Join(theLab.PushFrontend(ctx), makeBuilder()); err != nil {
		return 0, err
	}
	return m.Run(), ctx.Err()
}

// diskNeeded is what all tests fill below the repository before they remove it, in bytes:
// packages that are installed, most of it.
const diskNeeded = 12 << 30

// checkDisk refuses to run all tests where the disk would be full half-way: they would
// fail one after the other, each for another reason.
func checkDisk() error {
	root, err := lab.Root()
	if err != nil {
		return err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(root, &st); err != nil {
		return err
	}
	free := st.Bavail * uint64(st.Bsize)
	if flag.Lookup("test.run").Value.String() != "" || free >= diskNeeded {
		return nil
	}
	return fmt.Errorf("all tests together need %d GB of disk in %s, and %d GB are free there: free some, `make clean` for instance, or choose tests with -run", diskNeeded>>30, root, free>>30)
}

func TestCases(t *testing.T) {
	for _, path := range cases(t) {
		t.Run(caseName(path), func(t *testing.T) {
			t.Parallel()
			loadCase(t, path).test(t)
		})
	}
}

func (c *testCase) test(t *testing.T) {
	defer c.save(t)
	ctx, cancel := context.WithTimeout(interrupted, 10*time.Minute)
	defer cancel()
	c.prepare(ctx, t)
	authority := c.authority(t)
	layout := filepath.Join(t.TempDir(), "layout")
	if err := c.build(ctx, layout, nil); err != nil {
		c.failed(t, err)
		if c.Mend {
			c.mend(ctx, t, errorText(t, err))
		}
		return
	}
	if _, ok := c.golden["error"]; ok && !c.emulated(t) {
		t.Fatal("the build should have failed")
	}
	if _, ok := c.golden["warnings"]; ok {
		c.expect(t, "warnings", strings.Join(append(c.warnings, ""), "\n"))
	} else if len(c.ruleWarnings) > 0 {
		t.Errorf("rules warn of an image that nobody has broken, say so in test/warnings if they are right:\n%s", strings.Join(c.ruleWarnings, "\n"))
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if c.Rebuild {
		c.rebuild(ctx, t, images)
	}
	for _, img := range images {
		tree := c.inspect(ctx, t, img, prefix(images, img))
		if img.Platform == "linux/amd64" {
			c.run(ctx, t, img, tree, authority)
		}
	}
}

// emulated says whether the daemon runs programs of c's foreign platform.
func (c *testCase) emulated(t *testing.T) bool {
	t.Helper()
	if c.Foreign == "" {
		return false
	}
	workers, err := daemon.ListWorkers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workers {
		for _, p := range w.Platforms {
			if platforms.Format(p) == c.Foreign {
				return true
			}
		}
	}
	return false
}

// failed compares the error of a build.
func (c *testCase) failed(t *testing.T, err error) {
	t.Helper()
	if _, ok := c.golden["error"]; !ok {
		t.Fatalf("build: %s", errorText(t, err))
	}
	if c.emulated(t) {
		if errorText(t, err) == c.golden["error"] {
			t.Errorf("the daemon runs programs of %s, but the build says otherwise:\n%s", c.Foreign, errorText(t, err))
		}
		return
	}
	c.expect(t, "error", address.ReplaceAllString(errorText(t, err), "0xN"))
}

// address is one of a program's memory, as programs tell when they crash.
var address = regexp.MustCompile(`0x[0-9a-f]{8,}`)

// prefix is where an image's expectations are among the golden files.
func prefix(images []*oci.Image, img *oci.Image) string {
	if len(images) == 1 {
		return ""
	}
	return strings.ReplaceAll(img.Platform, "/", "-") + "/"
}

// rebuild builds without the cache and compares the manifests, which name
// everything by its digest.
func (c *testCase) rebuild(ctx context.Context, t *testing.T, images []*oci.Image) {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "again")
	if err := c.build(ctx, layout, map[string]string{"no-cache": ""}); err != nil {
		t.Fatalf("build again: %s", errorText(t, err))
	}
	again, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	for i := range images {
		if again[i].Digest != images[i].Digest {
			t.Errorf("built again, %s is %s and not %s", images[i].Platform, again[i].Digest, images[i].Digest)
		}
	}
}

// inspect unpacks an image and compares its tree and config.
func (c *testCase) inspect(ctx context.Context, t *testing.T, img *oci.Image, prefix string) *oci.Tree {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	tree, err := img.Unpack(ctx, root, theLab.Seeded, c.epoch(t))
	if err != nil {
		t.Fatalf("%s: %v", img.Platform, err)
	}
	list, err := tree.List(c.Hide, c.Metadata)
	if err != nil {
		t.Fatal(err)
	}
	c.expect(t, prefix+"tree", list)
	c.expect(t, prefix+"config.json", configText(t, img))
	return tree
}

// epoch is the time that everything in the image must carry.
func (c *testCase) epoch(t *testing.T) time.Time {
	t.Helper()
	text, ok := c.Args["SOURCE_DATE_EPOCH"]
	if !ok {
		return time.Unix(0, 0)
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

// What the history says of a layer: its size, and the version of its package.
var (
	layerSize    = regexp.MustCompile(`\d+ files?, \d+ bytes?`)
	layerVersion = regexp.MustCompile(`("comment": "[^ "]+) [^ "]*\d[^ "]*: N files`)
)

// configText is the config and the manifest's annotations, without what depends
// on the content of layers: that changes with compilers and Debian's updates.
func configText(t *testing.T, img *oci.Image) string {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal(img.RawConfig, &config); err != nil {
		t.Fatal(err)
	}
	delete(config, "rootfs")
	if len(img.Manifest.Annotations) > 0 {
		config["annotations"] = img.Manifest.Annotations
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	sized := layerSize.ReplaceAllString(string(text), "N files, N bytes")
	return layerVersion.ReplaceAllString(sized, "$1 VERSION: N files") + "\n"
}
