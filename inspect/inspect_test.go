package inspect

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sinter-build/sinter/plan"
)

// pemOf is a certificate that is valid from 2020 to a year.
func pemOf(t *testing.T, name string, until int) string {
	t.Helper()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(until, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(nil, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	text := "a comment\n" + pemOf(t, "late", 2040) + pemOf(t, "early", 2030)
	e := &plan.Entry{Path: "/etc/ssl/ca.pem"}
	Text(e, []byte(text))
	want := &plan.Certificates{Count: 2}
	for _, c := range []struct {
		name  string
		until int
	}{{"early", 2030}, {"late", 2040}} {
		want.First = append(want.First, plan.Certificate{
			Subject: "CN=" + c.name, NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(c.until, 1, 1, 0, 0, 0, 0, time.UTC),
		})
	}
	if !reflect.DeepEqual(e.Certificates, want) {
		t.Errorf("%+v, want %+v", e.Certificates, want)
	}
	many := &plan.Entry{Path: "/etc/ssl/bundle.crt"}
	Text(many, []byte(strings.Repeat(pemOf(t, "a", 2030), 2*plan.MaxCertificates)))
	if many.Certificates == nil || many.Certificates.Count != 2*plan.MaxCertificates || len(many.Certificates.First) != plan.MaxCertificates {
		t.Errorf("of many: %+v", many.Certificates)
	}
	for _, other := range []struct{ path, text string }{
		{"/usr/lib/app/tests.py", text},
		{"/etc/ssl/broken.pem", strings.Replace(text, "MI", "XX", -1)},
		{"/etc/ssl/data.pem", "\x00" + text},
	} {
		e := &plan.Entry{Path: other.path}
		Text(e, []byte(other.text))
		if e.Certificates != nil {
			t.Errorf("%s has %+v", other.path, e.Certificates)
		}
	}
}
