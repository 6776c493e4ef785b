//go:build linux

package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sinter-build/sinter/spec"
)

// patience is how long one look at a service may take.
const patience = time.Second

// isReady looks once whether a service is ready.
func isReady(r *spec.Ready, service *child) bool {
	switch {
	case r.Port > 0:
		conn, err := dial("localhost", strconv.Itoa(r.Port))
		if err != nil {
			return false
		}
		conn.Close()
		return true
	case r.HTTP != "":
		status, err := get(r.HTTP)
		return err == nil && status < 400
	}
	return service.stdout.contains(r.Log) || service.stderr.contains(r.Log)
}

// dial connects to a host. The names of this machine need no file or server to be
// known.
func dial(host, port string) (net.Conn, error) {
	hosts := []string{host}
	if host == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	var err error
	for _, h := range hosts {
		var conn net.Conn
		if conn, err = net.DialTimeout("tcp", net.JoinHostPort(h, port), patience); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// get asks for a URL and returns the status. It speaks no more of HTTP than that takes
// (RFC 9112): the frontend has no other use for a whole client.
func get(text string) (status int, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return 0, err
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	conn, err := dial(u.Hostname(), port)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sinter\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString('\n')
	if err != nil {
		return 0, err
	}
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		return 0, fmt.Errorf("no answer in HTTP: %q", line)
	}
	return strconv.Atoi(words[1])
}
