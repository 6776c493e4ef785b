package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/linkage"
)

// TestMain lets this program stand in for sinter and for the helper.
func TestMain(m *testing.M) {
	status := os.Getenv("FAKE_HELPER_STATUS")
	switch {
	case strings.HasPrefix(filepath.Base(os.Args[0]), helper):
		os.Exit(fakeHelper(status))
	case status != "" && len(os.Args) == 2 && os.Args[1] == "tree":
		main()
	}
	os.Exit(m.Run())
}

// fakeHelper prints what it is handed, and exits as it is told; with "wait" at the
// next signal, whose name it prints.
func fakeHelper(status string) int {
	if status == "wait" {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		fmt.Println("ready")
		fmt.Println(<-signals)
		return exit.Good
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q %s\n", input, strings.Join(os.Args[1:], "|"))
	fmt.Fprintln(os.Stderr, "done")
	n, err := strconv.Atoi(status)
	if err != nil {
		panic(err)
	}
	return n
}

// withHelper puts a helper into PATH, with a status as fakeHelper takes it.
func withHelper(t *testing.T, status string) {
	t.Helper()
	own, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := helper
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.WriteFile(filepath.Join(dir, name), own, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("FAKE_HELPER_STATUS", status)
}

// What a user says is handed over.
func TestJobs(t *testing.T) {
	withHelper(t, "0")
	for _, test := range []struct{ args, want string }{
		{"explain", `{"Command":"explain","Build":{"Progress":"auto"},"Format":"text"}`},
		{"explain -f app.yaml libssl.so.3", `{"Command":"explain","Build":{"File":"app.yaml","Progress":"auto"},"Format":"text","Path":"libssl.so.3"}`},
		{
			"tree --context dir --target debug --platform linux/amd64,linux/arm64 --build-arg A=b,c --build-arg D",
			`{"Command":"tree","Build":{"Context":"dir","Target":"debug","Platforms":["linux/amd64","linux/arm64"],"Args":["A=b,c","D"],"Progress":"auto"},"Format":"text"}`,
		},
		{
			"sbom -f - --build-context a=b,c --addr tcp://[::1]:1 --progress quiet --format cyclonedx",
			`{"Command":"sbom","Build":{"File":"-","Contexts":["a=b,c"],"Addr":"tcp://[::1]:1","Progress":"quiet"},"Format":"cyclonedx"}`,
		},
		{
			"build -t a:1 -t b --push --load -o dir --secret id=a --ssh default --no-cache --cache-from c --cache-to d --label e=f --attest type=sbom",
			`{"Command":"build","Build":{"Labels":["e=f"],"Attests":["type=sbom"],"Secrets":["id=a"],"SSH":["default"],"CacheFrom":["c"],"CacheTo":["d"],"NoCache":true,"Progress":"auto"},` +
				`"Export":{"Tags":["a:1","b"],"Outputs":["dir"],"Push":true,"Load":true}}`,
		},
		{"build -f app.yaml .", `{"Command":"build","Build":{"File":"app.yaml","Context":".","Progress":"auto"}}`},
		{
			"run -f app.yaml -p 80:80 -v a:b -e C=d arg --flag -f",
			`{"Command":"run","Build":{"File":"app.yaml","Progress":"auto"},"Run":{"Args":["arg","--flag","-f"],"Env":["C=d"],"Publish":["80:80"],"Volumes":["a:b"],"With":"auto"}}`,
		},
		{
			"debug -u 0 --tools busybox:musl alpine -- ls -l",
			`{"Command":"debug","Build":{"Progress":"auto"},"Run":{"Args":["ls","-l"],"User":"0","Image":"alpine","Tools":"busybox:musl"}}`,
		},
		{"init", `{"Command":"init","Build":{"Progress":"auto"},"Init":{"Out":"app.yaml"}}`},
		{
			"init debian:12 nginx -o - --force --offline --context dir",
			`{"Command":"init","Build":{"Context":"dir","Progress":"auto"},"Init":{"Of":["debian:12","nginx"],"Out":"-","Force":true,"Offline":true}}`,
		},
		{"debug -- id", `{"Command":"debug","Build":{"Progress":"auto"},"Run":{"Args":["id"]}}`},
		{"run --with buildkit -- --version", `{"Command":"run","Build":{"Progress":"auto"},"Run":{"Args":["--version"],"With":"buildkit"}}`},
		{"sbom", `{"Command":"sbom","Build":{"Progress":"auto"},"Format":"spdx"}`},
		{"diff a.json b.tar --format json", `{"Command":"diff","Build":{"Progress":"auto"},"Format":"json","Before":"a.json","After":"b.tar"}`},
	} {
		status, stdout, stderr := sinter(strings.Fields(test.args)...)
		if want := fmt.Sprintf("%q {\"Version\":1,\"Job\":%s}\n", "", test.want); status != exit.Good || stdout != want || stderr != "done\n" {
			t.Errorf("%s: %d\n%s%s\nwant %s", test.args, status, stdout, stderr, want)
		}
	}
}

// The helper's exit status is sinter's.
func TestHelperStatus(t *testing.T) {
	for _, want := range []int{exit.Good, exit.Bad, exit.Usage, 77} {
		withHelper(t, strconv.Itoa(want))
		if status, _, stderr := sinter("tree"); status != want || stderr != "done\n" {
			t.Errorf("%d, should be %d\n%s", status, want, stderr)
		}
	}
}

// Without the helper the commands that need it say where to get it.
func TestNoHelper(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, args := range []string{"explain", "tree -f app.yaml", "sbom", "diff a b"} {
		status, stdout, stderr := sinter(strings.Fields(args)...)
		want := "sinter: sinter-buildkit is neither beside sinter nor in PATH, and is what asks a BuildKit\n" +
			"  fix: go install github.com/sinter-build/sinter/cmd/...@latest\n"
		if status != exit.Bad || stdout != "" || stderr != want {
			t.Errorf("%s: %d %s%s", args, status, stdout, stderr)
		}
	}
}

// Wrong calls are told with where to read more, before anything is done.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want, help string }{
		{"explian", "unknown command \"explian\" for \"sinter\"\n\nDid you mean this?\n\texplain\n", "sinter"},
		{"--verbose", "unknown flag: --verbose", "sinter"},
		{"explain /a /b", "accepts at most 1 arg(s), received 2", "sinter explain"},
		{"tree app.yaml", `"app.yaml" is one word too many; a spec is named by --file`, "sinter tree"},
		{"build app.yaml", `"app.yaml" is one word too many; a spec is named by --file`, "sinter build"},
		{"build . app.yaml", `"app.yaml" is one word too many; a spec is named by --file`, "sinter build"},
		{"build --context .. .", `the build context is named twice: ".", and --context ".."`, "sinter build"},
		{"debug a b", `"b" is one word too many; write -- before a command`, "sinter debug"},
		{"sbom app.yaml", `"app.yaml" is one word too many; a spec is named by --file`, "sinter sbom"},
		{"sbom --format xml", `--format is spdx, cyclonedx or text, not "xml"`, "sinter sbom"},
		{"tree --progress fancy", `--progress is auto, plain or quiet, not "fancy"`, "sinter tree"},
		{"diff same.json", "accepts 2 arg(s), received 1", "sinter diff"},
		{"diff a b --file x", "--file: what is compared is named without a flag: sinter diff A B", "sinter diff"},
		{"closure", "requires at least 1 arg(s), only received 0", "sinter closure"},
		{"closure --format xml /x", `--format is text or json, not "xml"`, "sinter closure"},
		{"closure --platform none /x", "--platform: ", "sinter closure"},
		{"closure --root none /x", "--root: ", "sinter closure"},
		{"closure --env A /x", "--env: ", "sinter closure"},
	} {
		status, stdout, stderr := sinter(strings.Fields(test.args)...)
		if status != exit.Usage || stdout != "" || !strings.HasPrefix(stderr, "sinter: "+test.want) ||
			!strings.HasSuffix(stderr, fmt.Sprintf("\nrun `%s --help` for how to use it\n", test.help)) {
			t.Errorf("%s: %d %s%s", test.args, status, stdout, stderr)
		}
	}
}

const help = `Look at programs and images the way minimal images need it

Usage:
  sinter [flags]
  sinter [command]

About the image that a spec describes (these ask a BuildKit):
  build       Build the image, and push, load or write it
  check       Judge an image by its policy
  debug       Open a shell in the finished image, with tools beside it
  diff        Tell what sets two images apart
  explain     Tell which files an image holds and why
  init        Write a spec for a Dockerfile or a program
  report      Write a report in HTML for those who sign the image off
  run         Build the image and run it at once
  sbom        Write the SBOM of an image, in SPDX or CycloneDX
  test        Run the tests of a spec
  trace       Propose what the tests of a spec need
  tree        Draw the tree of what ships, with sizes

About any files:
  closure     Tell which files a program or library needs

About sinter:
  completion  Generate the autocompletion script for the specified shell
  help        Help about any command
  schema      Print the JSON Schema of a spec, for editors
  version     Print the version

Flags:
  -h, --help      help for sinter
      --version   print the version

Use "sinter [command] --help" for more information about a command.
`

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "--help", "help"} {
		if status, stdout, stderr := sinter(strings.Fields(args)...); status != exit.Good || stdout != help || stderr != "" {
			t.Errorf("%q: %d %s%s", args, status, stdout, stderr)
		}
	}
	for _, cmd := range newRoot().Commands() {
		status, stdout, stderr := sinter(cmd.Name(), "--help")
		if status != exit.Good || !strings.Contains(stdout, "\n  sinter "+cmd.Use) || stderr != "" {
			t.Errorf("%s: %d %s%s", cmd.Name(), status, stdout, stderr)
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	platforms := strings.Join(linkage.Platforms(), " ") + " :4"
	for _, test := range []struct{ args, want string }{
		{"ver", "version Print the version :4"},
		{"version ", ":4"},
		{"build ", ":16"},
		{"build --ssh ", "default :4"},
		{"build --attest ", "type=sbom type=provenance :4"},
		{"debug --tools ", ":0"},
		{"init ", ":0"},
		{"init --context ", ":16"},
		{"debug --user ", "0 :4"},
		{"run --with ", "auto docker podman nerdctl buildkit :4"},
		{"run --volume ", ":0"},
		{"explain ", ":4"},
		{"explain --file ", ":0"},
		{"explain --format ", "text json :4"},
		{"explain --platform ", platforms},
		{"tree --progress ", "auto plain quiet :4"},
		{"tree --context ", ":16"},
		{"tree ", ":4"},
		{"sbom --format ", "spdx cyclonedx text :4"},
		{"sbom --target ", ":4"},
		{"diff ", ":0"},
		{"diff --fi", ":4"},
		{"closure ", ":0"},
		{"closure --root ", ":16"},
		{"closure --format ", "text json :4"},
		{"closure --platform ", platforms},
	} {
		status, stdout, stderr := sinter(strings.Split("__complete "+test.args, " ")...)
		if got := strings.Join(strings.Fields(stdout), " "); status != exit.Good || got != test.want {
			t.Errorf("%q completes to %q, should be %q (%d %s)", test.args, got, test.want, status, stderr)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if status, stdout, stderr := sinter("completion", shell); status != exit.Good || stdout == "" {
			t.Errorf("no completion for %s: %s", shell, stderr)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"version", "--version"} {
		status, stdout, stderr := sinter(args)
		if status != exit.Good || stdout != version()+"\n" || !strings.HasPrefix(stdout, "sinter ") || stderr != "" {
			t.Errorf("%s: %d %q %q", args, status, stdout, stderr)
		}
	}
}

// TestLinks sees that programs stay free of what is not theirs: the frontend of the
// command line, and the command line of what is slow to start.
func TestLinks(t *testing.T) {
	t.Parallel()
	const own = "github.com/sinter-build/sinter/"
	for _, test := range []struct {
		program string
		free    []string
	}{
		{"../sinter-frontend", []string{"github.com/spf13/", own + "closure", own + "convert", own + "cmd/internal/", "github.com/google/go-containerregistry"}},
		{"../sinter-buildkit", []string{"github.com/spf13/"}},
		{".", []string{"github.com/moby/", "google.golang.org/", "github.com/containerd/", "github.com/distribution/", "golang.org/x/net/"}},
	} {
		out, err := exec.Command("go", "list", "-deps", test.program).Output()
		if err != nil {
			t.Fatal(err)
		}
		for pkg := range strings.Lines(string(out)) {
			if slices.ContainsFunc(test.free, func(prefix string) bool { return strings.HasPrefix(pkg, prefix) }) {
				t.Errorf("%s links %s", test.program, pkg)
			}
		}
	}
}

// sinter runs a command line.
func sinter(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}
