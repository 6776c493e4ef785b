package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
)

// What a spec cannot be made of is told before a BuildKit is asked, and without one what
// is in images is guessed.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	initJob := func(of ...string) job.Job {
		return job.Job{Command: job.Init, Build: job.Settings{Context: dir, Progress: job.Quiet}, Init: job.Start{Of: of, Out: "app.yaml", Offline: true}}
	}
	status, got := work(t, initJob())
	want := "sinter: there is no Dockerfile in " + dir + "\n  fix: say what to make a spec of: --file DOCKERFILE, a program, or an IMAGE and a PROGRAM\n"
	if status != exit.Usage || !strings.HasPrefix(got, want) {
		t.Errorf("%d %s", status, got)
	}
	if status, got := work(t, initJob(filepath.Join(dir, "..", "app"))); status != exit.Usage || !strings.Contains(got, "is outside of the build context") {
		t.Errorf("%d %s", status, got)
	}
	want = "sinter: there is no program " + filepath.Join(dir, "redis") + " here\n  fix: give its path, or for a program of an image both: sinter init "
	if status, got := work(t, initJob(filepath.Join(dir, "redis"))); status != exit.Usage || !strings.HasPrefix(got, want) {
		t.Errorf("%d %s", status, got)
	}
	write(t, filepath.Join(dir, "Dockerfile"), "FROM debian:12\nCOPY a /a\nCMD [\"nginx\"]\n")
	status, got = work(t, initJob())
	if status != exit.Good || !strings.Contains(got, "nginx is taken from debian:/usr/sbin/nginx, which was not looked at") {
		t.Errorf("%d %s", status, got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "app.yaml"))
	if err != nil || !strings.Contains(string(text), "- debian:/usr/sbin/nginx\n") {
		t.Errorf("%s %v", text, err)
	}
	if status, got := work(t, initJob()); status != exit.Bad || !strings.Contains(got, "is there already") {
		t.Errorf("%d %s", status, got)
	}
}
