package e2e

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/e2e/lab"
)

// Docker's own builder builds a spec, runs its tests, and says what is missing; its engine
// runs the image.
func TestDocker(t *testing.T) {
	t.Parallel()
	docker := startDocker(t)
	docker.files(t, "spec", map[string]string{"app.yaml": `# syntax=sinterbuild/sinter:1
sources: {debian: debian:bookworm-slim}
binaries: [debian:/usr/bin/perl]
links: [{path: /usr/local/bin/perl, target: ../../bin/perl}]
entrypoint: [/usr/local/bin/perl]
tests:
  - {run: [/usr/local/bin/perl, -MPOSIX, -e, "print floor(1.5)"], expect: {stdout: "1"}}
targets:
  lacking: {tests: [[/usr/bin/perl, -e, "open F, '</etc/login.defs' or die"]]}
`})
	docker.must(t, "spec", "docker build -q -f app.yaml -t perl .")
	if out := docker.must(t, "spec", `docker run --rm perl -e 'print "$^O $>"'`); out != "linux 65532" {
		t.Errorf("the program says %q", out)
	}
	out, err := docker.try(t, "spec", "docker build --target lacking -f app.yaml .")
	for _, want := range []string{
		`the test "/usr/bin/perl -e open F, '</etc/login.defs' or die" failed`,
		"add files: [debian:/etc/login.defs]",
	} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v: no %q in:\n%s", err, want, out)
		}
	}
	t.Run("READMEs", func(t *testing.T) { testREADMEs(t, docker) })
}

// testREADMEs types what the first lines of the examples' READMEs say, with the lab's
// BuildKit as the builder, for Docker's own has no network here.
func testREADMEs(t *testing.T, docker *engine) {
	docker.must(t, ".", "docker buildx create --name lab --use --driver remote "+theLab.Host)
	var done []string
	for _, path := range pages(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(path)
		name := filepath.Base(dir)
		lines := firstCommands(string(text))
		if filepath.Base(filepath.Dir(dir)) != "examples" || !slices.ContainsFunc(lines, runsContainer) {
			continue
		}
		done = append(done, name)
		t.Run(name, func(t *testing.T) { docker.typeREADME(t, dir, lines) })
	}
	if len(done) < 12 {
		t.Errorf("only %d examples say how to run them: %q", len(done), done)
	}
}

// firstCommands are the lines of a page's first block of commands.
func firstCommands(page string) []string {
	block := regexp.MustCompile(`(?m)(^ {4}.*\n)+`).FindString(page)
	var lines []string
	for line := range strings.Lines(block) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func runsContainer(line string) bool {
	return strings.HasPrefix(line, "docker run ") || strings.HasPrefix(line, "docker compose ")
}

// answered are commands that need what no test has, by what they are replaced with.
var answered = map[string]string{
	"cp /path/to/your/ca.pem certs/corp.pem":         "true",
	"docker run --rm curl https://intranet.example/": "docker run --rm curl --version",
}

var publishedPort = regexp.MustCompile(` -p (\d+):(\d+)`)

func (d *engine) typeREADME(t *testing.T, example string, lines []string) {
	name := filepath.Base(example)
	dir := filepath.Join(d.Dir, name)
	if err := os.CopyFS(dir, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	writePicture(t, filepath.Join(dir, "in.png"))
	for _, line := range lines {
		if other, ok := answered[line]; ok {
			line = other
		}
		program, _, _ := strings.Cut(line, " ")
		service := strings.Contains(line, " -p ") || strings.HasPrefix(line, "docker compose ")
		switch {
		case !slices.Contains([]string{"docker", "curl", "git", "psql"}, program):
			d.outside(t, dir, line)
		case service:
			d.background(t, name, line)
			defer d.stopContainers(t)
		case program == "docker":
			d.must(t, name, line)
		default:
			if out := d.must(t, name, line); out == "" && program != "git" {
				t.Errorf("%s says nothing", line)
			}
		}
		if _, file, ok := strings.Cut(line, " >"); ok {
			if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
				t.Errorf("%s wrote nothing: %v", line, err)
			}
		}
	}
}

// writePicture writes a PNG file of a few pixels.
func writePicture(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
}

// engine is an engine of Docker's for one test.
type engine struct{ *lab.Docker }

func startDocker(t *testing.T) *engine {
	t.Helper()
	d, err := theLab.StartDocker(interrupted, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Kill)
	return &engine{d}
}

// files writes files into a directory of the engine's.
func (d *engine) files(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(d.Dir, dir), os.DirFS(contextDir(t, files))); err != nil {
		t.Fatal(err)
	}
}

// outside runs a command of the machine.
func (d *engine) outside(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// try runs a command beside the engine and returns what it says.
func (d *engine) try(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(interrupted, 5*time.Minute)
	defer cancel()
	cmd, err := d.Command(ctx, filepath.Join("/state", dir), line)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *engine) must(t *testing.T, dir, line string) string {
	t.Helper()
	out, err := d.try(t, dir, line)
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// background starts a command that serves, and waits until it does: at the container's own
// address, for the proxy of a published port takes connections before the program does.
func (d *engine) background(t *testing.T, dir, line string) {
	t.Helper()
	published, port := "8080", "8080"
	if found := publishedPort.FindStringSubmatch(line); found != nil {
		published, port = found[1], found[2]
	}
	d.must(t, dir, fmt.Sprintf("{ { %s; echo \"it ends with $?\"; touch ended; } >log 2>&1 & }", line))
	// Programs that do not speak HTTP end the connection (52), or answer in their way (1).
	d.must(t, dir, fmt.Sprintf(`while [ ! -e ended ]; do
	id=$(docker ps -q --filter publish=%s)
	if [ "$id" ]; then
		ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$id")
		curl -s -m 2 -o /dev/null "$ip:%s"
		case $? in 0|1|52) exit 0;; esac
	fi
	sleep 0.1
done
cat log
exit 1`, published, port))
}

// stopContainers ends the containers that run and waits until their ports are free.
func (d *engine) stopContainers(t *testing.T) {
	t.Helper()
	d.must(t, ".", "docker ps -q | xargs -r docker rm -f")
}
