package resolve

import (
	"encoding/hex"
	"testing"
)

// A key store has the certificates of a bundle and nothing else of it, and the digest by
// which keytool knows that it is whole. OpenJDK 17 read what this one was made as.
func TestJavaTrustStore(t *testing.T) {
	t.Parallel()
	const bundle = "# a comment\n-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n" +
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" +
		"-----BEGIN CERTIFICATE-----\nBA==\n-----END CERTIFICATE-----\n"
	want := "feedfeed" + "00000002" + "00000002" +
		"00000002" + "0007" + hex.EncodeToString([]byte("ca-0001")) + "0000000000000000" + "0005" + hex.EncodeToString([]byte("X.509")) + "00000003" + "010203" +
		"00000002" + "0007" + hex.EncodeToString([]byte("ca-0002")) + "0000000000000000" + "0005" + hex.EncodeToString([]byte("X.509")) + "00000001" + "04" +
		"fff8fb4c7366f9066e8f3aa66e0e403f1661e32a"
	if got := hex.EncodeToString(javaTrustStore([]byte(bundle))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
