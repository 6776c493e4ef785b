package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A connection to Docker's API becomes one to its BuildKit; what follows the answer at
// once is not lost.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ answer, want string }{
		{"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello", "hello"},
		{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "docker has no BuildKit: 404 Not Found"},
		{"", "docker does not answer: unexpected EOF"},
	} {
		here, there := net.Pipe()
		asked := make(chan string, 1)
		go func() {
			defer there.Close()
			req, err := http.ReadRequest(bufio.NewReader(there))
			if err != nil {
				asked <- err.Error()
				return
			}
			asked <- req.Method + " " + req.URL.Path + " " + req.Header.Get("Upgrade")
			_, _ = io.WriteString(there, test.answer)
		}()
		got := ""
		conn, err := upgrade(here)
		if err != nil {
			got = err.Error()
		} else if text, err := io.ReadAll(conn); err == nil {
			got = string(text)
		}
		if got != test.want {
			t.Errorf("%q, should be %q", got, test.want)
		}
		if what := <-asked; what != "POST /grpc h2c" {
			t.Errorf("asked %s", what)
		}
	}
}

// Where nothing answers, it is said what was tried, with ways out.
func TestNoBuilder(t *testing.T) {
	fixes := "\n  fix: say where a BuildKit is, with --addr tcp://HOST:PORT or in BUILDKIT_HOST\n" +
		"  fix: start Docker, or put buildkitd and runc into PATH"
	for _, test := range []struct{ docker, want string }{
		{"", "neither docker nor buildkitd is installed" + fixes},
		{"#!/bin/sh\ncase $1 in version) echo no daemon >&2;; esac\nexit 1\n", "docker does not answer: no daemon" + fixes},
	} {
		dir := t.TempDir()
		if test.docker != "" {
			if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(test.docker), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", dir)
		if _, err := search(t.Context(), io.Discard); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v\nshould end with %s", err, test.want)
		}
	}
}

// Only what BuildKit starts by the name of the frontend's program is a step.
func TestIsStep(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args string
		want bool
	}{
		{"/sinter-frontend analyse", true},
		{"/.sinter/self/sinter-frontend test", true},
		{"/sinter-frontend", false},
		{"/usr/bin/sinter-buildkit analyse", false},
		{"sinter-buildkit {}", false},
	} {
		if got := isStep(strings.Fields(test.args)); got != test.want {
			t.Errorf("%s: %v", test.args, got)
		}
	}
}
