package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	_, rest, _ := strings.Cut(stdout, "\n") // the first line has a time, the second the program's size
	ran, rest, _ := strings.Cut(rest, "\n")
	const want = "  /app /etc/read: 2\nNo test opens, by package:\n     7 B  no package: /etc/unread\n"
	if status != 0 || rest != want || !strings.HasPrefix(stdout, "/app /etc/read: passed in ") || !strings.HasPrefix(ran, "linux/amd64: the tests open 2 of 3 files, ") {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, stdout)
	}
	results := filepath.Join(dir, "results.xml")
	status, stdout, stderr = sinter(t, "test", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--target", "broken", "--junit", results)
	const failure = `app.yaml:10:20: the test "/app /etc/nothing" failed: it ended with exit status 1, not 0 [test-failed]`
	if status != 1 || !strings.Contains(stdout, "/app /etc/nothing: failed after ") || !strings.Contains(stderr, failure) {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, stdout)
	}
	const junit = `<testsuites name="app.yaml" tests="2" failures="1" skipped="0" time="T">
  <testsuite name="linux/amd64" tests="2" failures="1" skipped="0" time="T">
    <testcase name="/app /etc/read" classname="linux/amd64" file="app.yaml" line="5" time="T"></testcase>
    <testcase name="/app /etc/nothing" classname="linux/amd64" file="app.yaml" line="10" time="T">
      <failure message="the test &#34;/app /etc/nothing&#34; failed: it ended with exit status 1, not 0">the test &#34;/app /etc/nothing&#34; failed: it ended with exit status 1, not 0</failure>
    </testcase>
  </testsuite>
</testsuites>
`
	written, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	if got := regexp.MustCompile(`time="[0-9.]+"`).ReplaceAllString(string(written), `time="T"`); got != `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+junit {
		t.Errorf("results.xml: %s", diff(junit, got))
	}
	status, stdout, stderr = sinter(t, "trace", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--target", "lacking")
	const traced = `linux/amd64:
  /app /etc/read: passes
  /app /usr/lib/app/data: fails, and passes with what is proposed
What the tests need and the image lacks:
files:
  - data:/usr/lib/app/data  # 5 B; /app looked for it in vain
--- FILE
+++ FILE
@@ -6,6 +6,6 @@
 sources: {data: {dockerfile: "FROM scratch\nCOPY data /usr/lib/app/data\n"}}
 libraries: {from: [data]}
 targets:
-  lacking: {tests: [[/app, /usr/lib/app/data]]}
+  lacking: {tests: [[/app, /usr/lib/app/data]], files: [data:/usr/lib/app/data]}
   broken: {tests: [[/app, /etc/nothing]]}
   clock: {tests: [{run: [/app, /proc/uptime, print], expect: {stdout: late}}]}
`
	stdout = strings.ReplaceAll(stdout, filepath.Join(dir, "app.yaml"), "FILE")
	if status != 0 || stdout != traced {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, diff(traced, stdout))
	}
	// A command in place of the tests, and the lines in the file: once, and nothing else.
	for range 2 {
		if status, _, stderr := sinter(t, "trace", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--write", "--", "/app", "/usr/lib/app/data"); status != 0 {
			t.Errorf("status %d, stderr %s", status, stderr)
		}
	}
	amended := strings.Replace(spec, "to: /etc/unread}]", "to: /etc/unread},\n    data:/usr/lib/app/data]", 1)
	if got, err := os.ReadFile(filepath.Join(dir, "app.yaml")); err != nil || string(got) != amended {
		t.Errorf("%v\n%s", err, diff(amended, string(got)))
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
	// The program that tests run under is sinter's own: the spec need name no frontend.
	plain := contextDir(t, map[string]string{"app.yaml": "binaries: [{from: app, linkage: static}]\ntests: [[/app, /etc/passwd]]\n"})
	if err := os.Link(filepath.Join(dir, "app"), filepath.Join(plain, "app")); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := sinter(t, "test", "-f", filepath.Join(plain, "app.yaml"), "--context", plain); status != 0 {
		t.Errorf("status %d, stderr %s", status, stderr)
	}
}

// What trace proposes for programs of several languages is what a person would write who
// knows where each of them has its library, and no more.
func TestTraceProposesTheMinimum(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"scripts", map[string]string{"app.yaml": `sources:
  debian: {image: debian:bookworm-slim, packages: [lua5.4, lua-cjson, perl, ruby, tcl8.6]}
binaries: [debian:/usr/bin/lua5.4, debian:/usr/bin/perl, debian:/usr/bin/ruby3.1, debian:/usr/bin/tclsh8.6]
entrypoint: [/usr/bin/lua5.4]
runtime: closure
tests:
  - {run: [/usr/bin/lua5.4, -e, "print(require('cjson').encode({1}))"], expect: {stdout: "[1]\n"}}
  - {run: [/usr/bin/perl, -MPOSIX, -e, "print floor(1.5)"], expect: {stdout: "1"}}
  - {run: [/usr/bin/ruby3.1, -rjson, -e, "print JSON.generate([1])"], expect: {stdout: "[1]"}}
  - {run: [/usr/bin/tclsh8.6], stdin: "puts [clock format 0 -gmt 1]\n", expect: {stdout: {contains: "1970"}}}
`}, []string{
			"debian:/usr/lib/ruby/3.1.0/",
			"debian:/usr/lib/x86_64-linux-gnu/lua/5.4/cjson.so",
			"debian:/usr/lib/x86_64-linux-gnu/perl-base/",
			"debian:/usr/lib/x86_64-linux-gnu/ruby/3.1.0/",
			"debian:/usr/share/tcltk/tcl8.6/",
		}},
		// The image has what the example java-http is built in, which is made once for both.
		{"java", map[string]string{"Main.java": `public class Main {
	public static void main(String[] args) throws Exception {
		var sha256 = java.security.MessageDigest.getInstance("SHA-256");
		System.out.println(sha256.getDigestLength() + " " + java.time.ZoneId.of("Europe/Paris"));
	}
}`, "app.yaml": `sources:
  build:
    dockerfile: |
      FROM debian:bookworm-slim
      RUN mkdir -p /usr/share/man/man1 && apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless
      COPY Main.java /src/
      RUN javac -d /out /src/Main.java && jar --create --file /app.jar --main-class Main -C /out .
binaries: [build:/usr/bin/java]
files: [{from: build:/app.jar, to: /app/app.jar}]
runtime: closure
tests:
  - {run: [/usr/bin/java, -jar, /app/app.jar], expect: {stdout: "32 Europe/Paris\n"}}
`}, []string{
			"build:/etc/java-17-openjdk/security/java.security",
			"build:/usr/lib/jvm/java-17-openjdk-amd64/",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			testTrace(t, contextDir(t, test.files), strings.Count(test.files["app.yaml"], "{run: "), test.want)
		})
	}
}

func testTrace(t *testing.T, dir string, tests int, want []string) {
	status, stdout, stderr := sinter(t, "trace", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet", "--write")
	if status != 0 || strings.Count(stdout, "fails, and passes with what is proposed") != tests {
		t.Errorf("status %d, stderr %s\n%s", status, stderr, stdout)
	}
	_, proposed, _ := strings.Cut(stdout, "What the tests need and the image lacks:\nfiles:\n")
	proposed, _, _ = strings.Cut(proposed, "---")
	var got []string
	for line := range strings.Lines(proposed) {
		item, _, _ := strings.Cut(strings.TrimPrefix(line, "  - "), "  #")
		got = append(got, strings.TrimSpace(item))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("proposed:\n%s", diff(strings.Join(want, "\n"), strings.Join(got, "\n")))
	}
	if status, stdout, stderr := sinter(t, "test", "-f", filepath.Join(dir, "app.yaml"), "--context", dir, "--progress", "quiet"); status != 0 {
		t.Errorf("with what was proposed: status %d, stderr %s\n%s", status, stderr, stdout)
	}
}
