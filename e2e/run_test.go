package e2e

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sinter-build/sinter/e2e/container"
	"github.com/sinter-build/sinter/e2e/oci"
)

// run runs the image if the case says what must come of it.
func (c *testCase) run(ctx context.Context, t *testing.T, img *oci.Image, tree *oci.Tree, authority *tls.Certificate) {
	t.Helper()
	_, prints := c.golden["stdout"]
	if !prints && c.Serve == nil && c.Run == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	box, err := container.New(theLab, filepath.Join(t.TempDir(), "bundle"), tree.Root, img.Config.Config, c.Run)
	if err != nil {
		t.Fatal(err)
	}
	if authority != nil {
		serveTLS(t, box, authority)
	}
	if err := box.Start(); err != nil {
		t.Fatal(err)
	}
	if c.Serve != nil {
		err := c.Serve.check(ctx, box)
		box.Stop()
		if err != nil {
			t.Errorf("%v\nstdout: %s\nstderr: %s", err, &box.Stdout, &box.Stderr)
		}
		return
	}
	code, err := box.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if code != c.Exit {
		t.Errorf("it ended with %d and not %d\nstdout: %s\nstderr: %s", code, c.Exit, &box.Stdout, &box.Stderr)
	}
	c.expect(t, "stdout", box.Stdout.String())
}

// check holds the conversation once the server listens.
func (s *serve) check(ctx context.Context, box *container.Container) error {
	conn, err := s.connect(ctx, box)
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for _, x := range s.Talk {
		if err := x.hold(conn, r); err != nil {
			return err
		}
	}
	web := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return box.Dial(ctx, s.Port)
		},
	}}
	for _, req := range s.Get {
		if err := req.send(ctx, web); err != nil {
			return err
		}
	}
	return nil
}

// connect connects as soon as the server listens.
func (s *serve) connect(ctx context.Context, box *container.Container) (net.Conn, error) {
	for {
		conn, err := box.Dial(ctx, s.Port)
		if err == nil {
			deadline, _ := ctx.Deadline()
			return conn, conn.SetDeadline(deadline)
		}
		if box.Ended() {
			return nil, errors.New("the server ended")
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the server does not listen: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (x exchange) hold(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, x.Say); err != nil {
		return err
	}
	heard := make([]byte, len(x.Hear))
	if n, err := io.ReadFull(r, heard); err != nil {
		return fmt.Errorf("said %q, heard %q: %w", x.Say, heard[:n], err)
	}
	if string(heard) != x.Hear {
		return fmt.Errorf("said %q, heard %q, not %q", x.Say, heard, x.Hear)
	}
	return nil
}

func (want request) send(ctx context.Context, web *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+want.Path, nil)
	if err != nil {
		return err
	}
	resp, err := web.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want.Status || string(body) != want.Body {
		return fmt.Errorf("GET %s: %s %q, not %d %q", want.Path, resp.Status, body, want.Status, want.Body)
	}
	return nil
}

// authority makes a certificate authority of the case's own, writes its
// certificate into the context, and returns a server certificate by it.
func (c *testCase) authority(t *testing.T) *tls.Certificate {
	t.Helper()
	if c.TLS == "" {
		return nil
	}
	ca := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Sinter test authority"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		NotBefore:    ca.NotBefore,
		NotAfter:     ca.NotAfter,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caKey, leafKey := newKey(t), newKey(t)
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, leafKey.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	if err := os.WriteFile(filepath.Join(c.context, c.TLS), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serveTLS greets over HTTPS at https://localhost:8443/ in box's network.
func serveTLS(t *testing.T, box *container.Container, cert *tls.Certificate) {
	t.Helper()
	listener, err := box.Listen(8443)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{*cert}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "hello over TLS")
		}),
	}
	go func() { _ = server.ServeTLS(listener, "", "") }() // it ends with an error when it is closed
	t.Cleanup(func() { _ = server.Close() })
}
