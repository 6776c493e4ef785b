package e2e

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/console"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/e2e/oci"
)

// testedSpec is a program with a test that runs it, on two platforms if asked.
const testedSpec = `# syntax=sinterbuild/sinter:1
sources:
  debian: debian:bookworm-slim
binaries:
  - debian:/usr/bin/gpgv
files:
  - {from: data/, to: /srv/data/}
tests:
  - [/usr/bin/gpgv, --version]
`

func testedDir(t *testing.T) string {
	t.Helper()
	return contextDir(t, map[string]string{"app.yaml": testedSpec, "data/a": "a"})
}

// The image of `sinter build` is that of the frontend image to the bit, and its digest
// alone is on standard output.
func TestBuildCommand(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	attrs := map[string]string{"filename": "app.yaml"}
	want := solve(t, dir, viaImage(attrs), attrs)
	layout := filepath.Join(t.TempDir(), "layout")
	status, stdout, stderr := sinter(t, "build", "--context", dir, "--progress", "plain", "-o", "type=oci,tar=false,dest="+layout)
	if status != 0 {
		t.Fatal(stderr)
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if images[0].Digest != want.Digest || stdout != want.Digest.String()+"\n" {
		t.Errorf("it is %s, by the frontend image %s, and told is %s", images[0].Digest, want.Digest, stdout)
	}
	for _, step := range []string{"[analyse] what gpgv needs on linux/amd64", "[test] /usr/bin/gpgv --version"} {
		if !strings.Contains(stderr, step) {
			t.Errorf("no step %s in\n%s", step, stderr)
		}
	}
}

// What a build refuses is told like elsewhere, with nothing on standard output and no
// file for the image.
func TestBuildCommandFails(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [none]\n"})
	file := filepath.Join(t.TempDir(), "app.tar")
	status, stdout, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "-o", "type=oci,dest="+file)
	if status != 1 || stdout != "" || !strings.Contains(stderr, "app.yaml:1:9: ") || !strings.Contains(stderr, "[file-not-found]") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("there is a file")
	}
}

// A push is to the registry that the tags name, on this machine without TLS; several
// platforms are one index, whose digest is told.
func TestBuildCommandPushes(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{"app.yaml": "files: [a]\n", "a": "a"})
	status, stdout, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir,
		"--platform", "linux/amd64,linux/arm64", "-t", theLab.Registry+"/command/app:1", "--push")
	if status != 0 {
		t.Fatal(stderr)
	}
	resp, err := http.Get("http://" + theLab.Registry + "/v2/command/app/manifests/" + strings.TrimSpace(stdout))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var index ocispecs.Index
	if err := json.NewDecoder(resp.Body).Decode(&index); err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Docker-Content-Digest")+"\n" != stdout || len(index.Manifests) != 2 {
		t.Errorf("%s %v", stdout, index.Manifests)
	}
}

// A loaded image goes through the engine that is there, with its name.
func TestBuildCommandLoads(t *testing.T) {
	t.Parallel()
	dir, bin := testedDir(t), t.TempDir()
	archive := filepath.Join(bin, "archive")
	fake(t, bin, "docker", `[ "$*" = load ] && exec cat >`+archive)
	status, stdout, stderr := runSinter(t, nil, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, "build", "--context", dir, "-t", "app:1", "--load")
	if status != 0 || !strings.HasPrefix(stdout, "sha256:") {
		t.Fatal(stdout, stderr)
	}
	text := tarFile(t, archive, "manifest.json")
	if !strings.Contains(text, `"RepoTags":["docker.io/library/app:1"]`) && !strings.Contains(text, `"RepoTags":["app:1"]`) {
		t.Errorf("loaded %s", text)
	}
}

// fake makes a program of a shell script.
func fake(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// tarFile is a file of a tar file.
func tarFile(t *testing.T, archive, name string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if h.Name == name {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}

// Secrets, build arguments, labels and named contexts reach the build.
func TestBuildCommandOptions(t *testing.T) {
	t.Parallel()
	dir := contextDir(t, map[string]string{
		"app.yaml": `args: {WHO: nobody}
sources:
  given: {}
  build:
    dockerfile: |
      FROM debian:bookworm-slim
      RUN --mount=type=secret,id=word mkdir /out && cat /run/secrets/word >/out/word
files: ["build:/out/word", given:/b]
labels: {who: "${WHO}"}
`, "given/b": "b", "secret": "sesame",
	})
	layout := filepath.Join(t.TempDir(), "layout")
	status, _, stderr := sinter(t, "build", "-f", filepath.Join(dir, "app.yaml"), "--context", dir,
		"--secret", "id=word,src="+filepath.Join(dir, "secret"), "--build-arg", "WHO=me", "--label", "more=1",
		"--build-context", "given="+filepath.Join(dir, "given"), "-o", "type=oci,tar=false,dest="+layout)
	if status != 0 {
		t.Fatal(stderr)
	}
	images, err := oci.Open(layout)
	if err != nil {
		t.Fatal(err)
	}
	if got := images[0].Config.Config.Labels; got["who"] != "me" || got["more"] != "1" {
		t.Errorf("labels %v", got)
	}
	tree, err := images[0].Unpack(t.Context(), filepath.Join(t.TempDir(), "root"), theLab.Seeded, (&testCase{}).epoch(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"out/word": "sesame", "b": "b"} {
		if text, err := os.ReadFile(filepath.Join(tree.Root, name)); string(text) != want {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
}

// Where there is no BuildKit the one in PATH is started and ends with the build; the
// image is the same, and what was built is there the next time.
func TestBuildCommandStartsBuildKit(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	attrs := map[string]string{"filename": "app.yaml"}
	want := solve(t, dir, viaImage(attrs), attrs)
	own := filepath.Join(theLab.Dir, "own")
	temp := filepath.Join(own, "temp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"BUILDKIT_HOST=", "XDG_CACHE_HOME=" + own, "TMPDIR=" + temp,
		"PATH=" + filepath.Dir(theLab.Tool("buildkitd")),
		"BUILDKITD_FLAGS=" + strings.Join(theLab.DaemonFlags(), " "),
	}
	for range 2 {
		status, stdout, stderr := runSinter(t, nil, env, "build", "--context", dir, "--progress", "plain")
		if status != 0 || stdout != want.Digest.String()+"\n" {
			t.Fatalf("%d %s, want %s\n%s", status, stdout, want.Digest, stderr)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if left := processesOf(t, own); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// processesOf are the command lines of processes that name a directory.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && slices.ContainsFunc(strings.Split(string(text), "\x00"), func(arg string) bool { return strings.HasPrefix(arg, dir) }) {
			found = append(found, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}

// shellSpec is a shell and some programs for it.
const shellSpec = `# syntax=sinterbuild/sinter:1
sources:
  debian: debian:bookworm-slim
binaries: [debian:/bin/dash, debian:/bin/cat, debian:/bin/sleep, debian:/bin/stty, debian:/usr/bin/id]
files: [data/]
entrypoint: [/bin/dash]
cmd: [-c, "exit 9"]
env: {HERE: image}
platforms: [linux/amd64, linux/arm64]
`

func shellDir(t *testing.T) string {
	t.Helper()
	return contextDir(t, map[string]string{"app.yaml": shellSpec, "data/amd64": "", "data/arm64": ""})
}

// Without anything for containers the BuildKit runs the image: with the arguments in
// place of the cmd, standard input, and the exit status.
func TestRunCommand(t *testing.T) {
	t.Parallel()
	dir := shellDir(t)
	for _, test := range []struct {
		args          string
		stdin, stdout string
		status        int
	}{
		{args: "", status: 9},
		{args: "-- -c|cat; echo $HERE $MORE; id -u; exit 3", stdin: "read\n", stdout: "read\nimage word\n65532\n", status: 3},
	} {
		args := []string{"run", "--with", "buildkit", "--context", dir, "--env", "MORE=word"}
		if rest, ok := strings.CutPrefix(test.args, "-- "); ok {
			args = append(append(args, "--"), strings.Split(rest, "|")...)
		}
		status, stdout, stderr := sinterWith(t, strings.NewReader(test.stdin), args...)
		if status != test.status || stdout != test.stdout {
			t.Errorf("%s: %d %q %s", test.args, status, stdout, stderr)
		}
	}
}

// Signals and the terminal are the program's.
func TestRunCommandTerminal(t *testing.T) {
	t.Parallel()
	cmd := sinterCommand(t, "run", "--with", "buildkit", "--context", shellDir(t), "--", "-c", `
		await() { until [ "$(stty size)" = "$1" ]; do sleep 0.05; done; echo "is $1"; }
		trap 'echo interrupted; exit 4' INT
		await "24 80"
		await "20 50"
		cat`)
	person := newPerson(t, cmd)
	person.sees("is 24 80\r\n")
	person.resizes(20, 50)
	person.sees("is 20 50\r\n")
	person.types("typed\r")
	person.sees("typed\r\ntyped\r\n")
	person.types("\x03")
	person.sees("interrupted\r\n")
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 4 {
		t.Errorf("%v\n%s", err, person.seen)
	}
}

func TestRunCommandSignal(t *testing.T) {
	t.Parallel()
	cmd := sinterCommand(t, "run", "--with", "buildkit", "--context", shellDir(t), "--", "-c",
		"trap 'echo terminated; exit 5' TERM; echo ready; sleep 600 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := bufio.NewScanner(out); s.Scan(); {
		if lines = append(lines, s.Text()); s.Text() == "ready" {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 5 || strings.Join(lines, " ") != "ready terminated" {
		t.Errorf("%v %q", err, lines)
	}
}

// Where there is something for containers it gets the image and runs it.
func TestRunCommandByEngine(t *testing.T) {
	t.Parallel()
	dir, bin := shellDir(t), t.TempDir()
	fake(t, bin, "docker", "echo no daemon >&2; exit 1")
	fake(t, bin, "podman", `case $1 in ps) ;; load) cat >`+bin+`/archive;; run) shift; echo "$@"; cat; exit 6;; esac`)
	status, stdout, stderr := runSinter(t, strings.NewReader("input\n"), []string{"PATH=" + bin + ":/usr/bin:/bin"}, "run", "--context", dir,
		"--publish", "8080:80", "--volume", "./a:/b", "--env", "A=b", "arg", "--flag")
	name := regexp.MustCompile(`docker.io/library/sinter-run:[0-9a-f]{12}`).FindString(stdout)
	want := "--rm --interactive --publish 8080:80 --volume ./a:/b --env A=b --platform linux/amd64 " + name + " arg --flag\ninput\n"
	if status != 6 || stdout != want || name == "" {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if text := tarFile(t, filepath.Join(bin, "archive"), "manifest.json"); !strings.Contains(text, path.Base(name)) {
		t.Errorf("loaded %s", text)
	}
}

// A shell in the finished image, with tools beside it and the plan at hand, changes
// neither the image nor what is built of it.
func TestDebugCommand(t *testing.T) {
	t.Parallel()
	dir := testedDir(t)
	_, before, stderr := sinter(t, "build", "--context", dir)
	if before == "" {
		t.Fatal(stderr)
	}
	status, stdout, stderr := sinter(t, "debug", "--context", dir, "--env", "MORE=word", "--", "sh", "-c",
		"id -u; echo $MORE; ls -d /.sinter/bin/vi; why gpgv | sed -n 's/^  why  *//p'; gpgv --version | head -n 1; ls /bin; exit 5")
	want := "65532\nword\n/.sinter/bin/vi\na program that the spec names\ngpgv (GnuPG) "
	if status != 5 || !strings.HasPrefix(stdout, want) || !strings.Contains(stderr, "ls: /bin: No such file or directory\n") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	status, stdout, stderr = sinter(t, "debug", "--context", dir, "--user", "0", "--", "sh", "-c", "rm /usr/bin/gpgv && id -u")
	if status != 0 || stdout != "0\n" {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if _, after, stderr := sinter(t, "build", "--context", dir); after != before {
		t.Errorf("%s, and before %s%s", after, before, stderr)
	}
	status, stdout, stderr = sinter(t, "debug", "gcr.io/distroless/base-debian12", "--", "sh", "-c", "grep ^ID= /etc/os-release; test -e /bin/sh")
	if status != 1 || stdout != "ID=debian\n" {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	status, _, stderr = sinter(t, "debug", "debian:bookworm-slim", "--tools", "gcr.io/distroless/base-debian12")
	if status != 1 || !strings.Contains(stderr, "\n  fix: say where there is a static busybox: --tools IMAGE or --tools FILE\n") {
		t.Errorf("%d %s", status, stderr)
	}
}

// Without a command it is a shell at the terminal, after the lines that join a
// container.
func TestDebugCommandTerminal(t *testing.T) {
	t.Parallel()
	cmd := sinterCommand(t, "debug", "--context", testedDir(t))
	person := newPerson(t, cmd)
	for _, text := range []string{
		"--pid container:NAME --network container:NAME --user 65532:65532 ", "kubectl debug -it POD --target CONTAINER ", "$ ",
	} {
		person.sees(text)
	}
	person.types("cd /srv/data; ls; exit 3\r")
	// The terminal that runc has in between is not always made raw in time on a busy
	// machine, and doubles carriage returns then.
	person.sees("\na\r")
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("%v\n%s", err, person.seen)
	}
}

// Specs that `sinter init` makes build as they are, and what they describe does what the
// Dockerfile's image does.
func TestInitCommand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		files     map[string]string
		init, run string // arguments, apart by bars
		stdout    string
	}{
		{
			name: "C++ with a library", files: map[string]string{
				"main.cc": "#include <iostream>\n#include <zlib.h>\nint main() { std::cout << zlibVersion()[0] << std::endl; }\n",
				"a.conf":  "a\n", "b.conf": "b\n", "c.txt": "c\n",
				"Dockerfile": `ARG TAG=bookworm-slim
FROM debian:${TAG} AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ zlib1g-dev
COPY main.cc /src/
RUN g++ -o /src/app /src/main.cc -lz

FROM debian:${TAG}
RUN apt-get update && apt-get install -y --no-install-recommends zlib1g && rm -rf /var/lib/apt/lists/* && useradd -u 1234 app
COPY --from=build /src/app /usr/local/bin/
COPY --chown=app:app *.conf /etc/app/
USER app
WORKDIR /etc/app
CMD ["app"]
`,
			}, stdout: "1\n",
		},
		{
			name: "static program on nothing", files: map[string]string{
				"main.c": "#include <stdio.h>\nint main(int n, char **v) { printf(\"%s %d\\n\", v[1], n); }\n",
				"Dockerfile": `FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ zlib1g-dev
COPY . /src
RUN gcc -static -o /app /src/main.c
FROM scratch
COPY --from=build /app /app
ENTRYPOINT ["/app"]
CMD ["word"]
`,
			}, stdout: "word 2\n",
		},
		{
			name: "one stage with Python", files: map[string]string{
				"app.py": "import json, made\nprint(json.dumps([made.A, __import__('os').environ['B']]))\n",
				"Dockerfile": `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3
WORKDIR /app
COPY app.py .
RUN echo 'A = 1' > made.py
ENV B=b
CMD python3 app.py
`,
			}, stdout: "[1, \"b\"]\n",
		},
		{
			name: "what a user makes, and what commands write", files: map[string]string{
				"rootfs/start.sh": "#!/bin/sh\necho \"$HOME $(pwd) $(cat /etc/made) ${SHA}\"\ntouch here \"$HOME/there\" logs/x && exec \"$@\"\n",
				"Dockerfile": `FROM debian:bookworm-slim
ARG SHA
ENV SHA=${SHA:-none}
RUN useradd -m -u 1234 app && echo made | tr a-z A-Z > /etc/made
COPY --chmod=0755 rootfs/ /
USER app
WORKDIR /srv/app
RUN mkdir logs
SHELL ["/bin/bash", "-c"]
ENTRYPOINT ["/start.sh"]
CMD ["cat", "/etc/made"]
HEALTHCHECK CMD [[ -e /srv/app/here ]] && cat /etc/made
`,
			}, stdout: "/home/app /srv/app MADE none\nMADE\n",
		},
		{
			name: "on a base, with arguments", files: map[string]string{
				"conf/a": "one\n",
				"Dockerfile": `ARG BASE=gcr.io/distroless/base-debian12
FROM debian:bookworm-slim AS tools
FROM ${BASE}
COPY --from=tools /bin/cat /bin/cat
COPY conf /conf/
COPY <<EOF /conf/b
two
EOF
ENTRYPOINT ["/bin/cat", "/conf/a"]
CMD ["/conf/b"]
`,
			}, stdout: "one\ntwo\n",
		},
		{
			name: "what nobody looked at", files: map[string]string{
				"sites/a.conf": "server { listen 8081; location / { return 200 \"hello\\n\"; } }\n",
				"start.sh":     "#!/bin/sh\nset -e\nnginx\ncurl -s --retry 5 --retry-connrefused http://127.0.0.1:8081/\n",
				"Dockerfile": `FROM debian:bookworm-slim
RUN set -eux; deps="nginx-light  curl"; apt-get update; apt-get install -y --no-install-recommends $deps \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled /var/log/nginx/*.log \
 && ln -s /srv/sites /etc/nginx/sites-enabled \
 && ln -sf /dev/null /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY sites /srv/sites/
COPY --chmod=755 start.sh /usr/local/bin/
CMD ["start.sh"]
`,
			}, init: "--offline", stdout: "hello\n",
		},
		{name: "a program of an image", init: "debian:bookworm-slim|gpgv", run: "--|--version", stdout: "gpgv (GnuPG) "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := contextDir(t, test.files)
			args := []string{"init", "--context", dir}
			if test.init != "" {
				args = append(args, strings.Split(test.init, "|")...)
			}
			if status, _, stderr := sinter(t, args...); status != 0 {
				t.Fatal(stderr)
			}
			args = []string{"run", "--with", "buildkit", "-f", filepath.Join(dir, "app.yaml"), "--context", dir}
			if test.run != "" {
				args = append(args, strings.Split(test.run, "|")...)
			}
			status, stdout, stderr := sinter(t, args...)
			if status != 0 || !strings.HasPrefix(stdout, test.stdout) {
				text, err := os.ReadFile(filepath.Join(dir, "app.yaml"))
				t.Errorf("%d %q %s\n%s%v", status, stdout, stderr, text, err)
			}
			if status, _, stderr := sinter(t, "init", "--context", dir); status != 1 || !strings.Contains(stderr, "app.yaml is there already\n  fix: say --force") {
				t.Errorf("%d %s", status, stderr)
			}
		})
	}
}

// An image of a registry is compared with the spec that it was built from.
func TestDiffOfRegistry(t *testing.T) {
	t.Parallel()
	dir := explainedDir(t)
	spec, ref := filepath.Join(dir, "app.yaml"), theLab.Registry+"/command/diff:1"
	if status, _, stderr := sinter(t, "build", "-f", spec, "--context", dir, "-t", ref, "--push"); status != 0 {
		t.Fatal(stderr)
	}
	status, stdout, stderr := sinter(t, "diff", ref, spec)
	if status != 0 || !strings.HasPrefix(stdout, "linux/amd64: no difference") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	status, stdout, stderr = sinter(t, "diff", ref, theLab.Registry+"/library/debian:bookworm-slim", "--platform", "linux/amd64")
	if status != 1 || !strings.Contains(stdout, "/srv/data/a") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if status, _, stderr := sinter(t, "diff", theLab.Registry+"/command/none:1", spec); status != 2 || !strings.Contains(stderr, "/command/none:1: ") {
		t.Errorf("%d %s", status, stderr)
	}
}

// sinterCommand is the command line program, to be started.
func sinterCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(interrupted, filepath.Join(dir, "sinter"), args...)
	cmd.Env = append(os.Environ(), theLab.Env()...)
	return cmd
}

// person sits at a terminal of 80 columns.
type person struct {
	t      *testing.T
	tty    console.Console
	output chan string
	seen   string
	// next is where in seen to look for more.
	next int
}

// newPerson starts a command at a terminal.
func newPerson(t *testing.T, cmd *exec.Cmd) *person {
	t.Helper()
	tty, name, err := console.NewPty()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	p := &person{t: t, tty: tty, output: make(chan string)}
	p.resizes(24, 80)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It leads a session, which is its group of processes as well.
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	go func() {
		defer close(p.output)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			if err != nil {
				return
			}
			select {
			case p.output <- string(buf[:n]):
			case <-t.Context().Done():
				return
			}
		}
	}()
	return p
}

func (p *person) resizes(rows, columns uint16) {
	p.t.Helper()
	if err := p.tty.Resize(console.WinSize{Height: rows, Width: columns}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.tty, text); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits for a text.
func (p *person) sees(text string) {
	p.t.Helper()
	for {
		if i := strings.Index(p.seen[p.next:], text); i >= 0 {
			p.next += i + len(text)
			return
		}
		select {
		case output, ok := <-p.output:
			if p.seen += output; !ok {
				p.t.Fatalf("it ended without %q in\n%s", text, p.seen)
			}
		case <-time.After(5 * time.Minute):
			// Else the time of all tests would end with it.
			p.t.Fatalf("it hangs without %q in\n%s", text, p.seen)
		}
	}
}
