package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The command line has the tests run in the image of the frontend, and says what they
// open.
func TestSinterTest(t *testing.T) {
	t.Parallel()
	const spec = `# syntax=sinterbuild/sinter:1
binaries: [{from: app, linkage: static}]
files: [{content: "read\n", to: /etc/read}, {content: "unread\n", to: /etc/unread}]
exclude: [accounts, nsswitch, tmp]
tests: [[/app, /etc/read]]
sources: {data: {dockerfile: "FROM scratch\nCOPY data /usr/lib/app/data\n"}}
libraries: {from: [data]}
targets:
  lacking: {tests: [[/app, /usr/lib/app/data]]}
  broken: {tests: [[/app, /etc/nothing]]}
  clock: {tests: [{run: [/app, /proc/uptime, print], expect: {stdout: late}}]}
`
	dir := contextDir(t, map[string]string{"app.yaml": spec, "data": "data\n", "app.c": `#include <stdio.h>
int main(int argc, char **argv) {
	char text[100] = "";
	FILE *f = fopen(argv[1], "r");
	if (argc > 2)
		puts(fgets(text, sizeof text, f));
	return !f;
}`})
	if out, err := exec.Command("gcc", "-static", "-s", "-o", filepath.Join(dir, "app"), filepath.Join(dir, "app.c")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	status, stdout, stderr := sinter(t, "test", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet")
	_, rest, _ := strings.Cut(stdout, "\n") // the first line has the program's size
	const want = "  /app /etc/read: 2\nNo test opens, by package:\n     7 B  no package: /etc/unread\n"
	if status != 0 || rest != want || !strings.HasPrefix(stdout, "linux/amd64: the tests open 2 of 3 files, ") {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, stdout)
	}
	status, stdout, stderr = sinter(t, "test", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--target", "broken")
	const failure = `app.yaml:10:20: the test "/app /etc/nothing" failed: it ended with exit status 1, not 0 [test-failed]`
	if status != 1 || stdout != "" || !strings.Contains(stderr, failure) {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, stdout)
	}
	status, stdout, stderr = sinter(t, "trace", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--target", "lacking")
	const traced = `linux/amd64:
  /app /etc/read: passes
  /app /usr/lib/app/data: fails, and passes with all of the sources
What the tests need and the image lacks:
files:
  - data:/usr/lib/app/data  # 5 B; /app looked for it in vain
`
	if status != 0 || stdout != traced {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, diff(traced, stdout))
	}
	// A failure is not kept: the same test runs again in the next build.
	clock := func() string {
		_, _, stderr := sinter(t, "test", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--target", "clock")
		_, after, ok := strings.Cut(stderr, "its standard output is ")
		if !ok {
			t.Fatalf("no failure: %s", stderr)
		}
		return after
	}
	if first, second := clock(), clock(); first == second {
		t.Errorf("two builds tell of the same run: %s", first)
	}
	plain := contextDir(t, map[string]string{"app.yaml": strings.SplitN(spec, "\n", 2)[1]})
	if status, _, stderr := sinter(t, "test", "-f", filepath.Join(plain, "app.yaml"), "--context", plain); status != 2 || !strings.Contains(stderr, "write # syntax=sinterbuild/sinter:1 in its first line") {
		t.Errorf("status %d, stderr %s", status, stderr)
	}
}
