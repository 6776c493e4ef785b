package secrets

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"
)

// A table of texts and what is found in them. Tokens are put together here, so that
// nothing that scans this repository takes them for real ones.
func TestFind(t *testing.T) {
	t.Parallel()
	pemOf := func(label string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: data}))
	}
	_, signing, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(signing)
	if err != nil {
		t.Fatal(err)
	}
	key := pemOf("PRIVATE KEY", der)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	ssh := func(cipher string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte("openssh-key-v1\x00"), uint32(len(cipher))), cipher+strings.Repeat("\x00key", 60)...)
	}
	putty := func(encryption string) string {
		return "PuTTY-User-Key" + "-File-3: ssh-ed25519\nEncryption: " + encryption + "\nComment: me\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n"
	}
	age := "AGE-SECRET" + "-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
	encoded := base64.StdEncoding.EncodeToString([]byte(key))
	account := "AccountName=shop;Account" + "Key=" + strings.Repeat("aB3/cD", 14) + "xy==;EndpointSuffix=core.windows.net"
	for _, test := range []struct {
		summary, text string
		want          []Secret
	}{
		{"nothing", "hello\n", nil},
		{"a private key", "x\n" + key, []Secret{{"private key", 2}}},
		{"one of elliptic curves' own form", pemOf("EC PRIVATE KEY", sec1), []Secret{{"private key", 1}}},
		{"one with the line ends of Windows", strings.ReplaceAll(key, "\n", "\r\n"), []Secret{{"private key", 1}}},
		{"one in JSON", `{"private_key": "` + strings.ReplaceAll(key, "\n", `\n`) + `"}`, []Secret{{"private key", 1}}},
		{"one in YAML", "key: |\n  " + strings.ReplaceAll(key, "\n", "\n  "), []Secret{{"private key", 2}}},
		{"one in base64, as in a kubeconfig", "users:\n- user: {client-key-data: " + encoded + "}\n", []Secret{{"private key", 2}}},
		{"a certificate in base64", base64.StdEncoding.EncodeToString([]byte(pemOf("CERTIFICATE", der))), nil},
		{"one for SSH", pemOf("OPENSSH PRIVATE KEY", ssh("none")), []Secret{{"private key", 1}}},
		{"one for SSH that is encrypted", pemOf("OPENSSH PRIVATE KEY", ssh("aes256-ctr")), nil},
		{"one of PuTTY", putty("none"), []Secret{{"private key", 1}}},
		{"one of PuTTY that is encrypted", putty("aes256-cbc"), nil},
		{"one of age", "# public key: age1x\n" + age + "\n", []Secret{{"private key", 2}}},
		{"one of age with wrong check digits", age[:len(age)-1] + "Q", nil},
		{"an encrypted one", pemOf("ENCRYPTED PRIVATE KEY", der), nil},
		{"an encrypted one of RSA's own form", strings.Replace(pemOf("RSA PRIVATE KEY", der), "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1), nil},
		{"one that is cut off, in a manual", pemOf("PRIVATE KEY", append(der[:24:24], der...)), nil},
		{"a public one", pemOf("PUBLIC KEY", der), nil},
		{"a certificate", pemOf("CERTIFICATE", der), nil},
		{"the words alone, as in a program that parses keys", "if line == \"-----BEGIN PRIVATE KEY-----\" {\n", nil},
		{"a manual with dots in place of a key", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", nil},
		{"a GitHub token", "token: gh" + "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17\n", []Secret{{"GitHub token", 1}}},
		{"one with wrong check digits", "token: gh" + "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18\n", nil},
		{"a GitLab token", "glp" + "at-" + strings.Repeat("a1B2", 5), []Secret{{"GitLab token", 1}}},
		{"a GitLab token that says where it is valid", "glp" + "at-" + strings.Repeat("a1B2c", 6) + ".01.0z1abcdef\n", []Secret{{"GitLab token", 1}}},
		{"a key of Azure's storage", account, []Secret{{"Azure storage key", 1}}},
		{"that of its emulator", "Account" + "Key=" + emulatorKey + "==", nil},
		{"a key of Stripe", "sk_" + "live_" + strings.Repeat("a1B2", 6), []Secret{{"Stripe key", 1}}},
		{"one of Stripe for tests", "sk_" + "test_" + strings.Repeat("a1B2", 6), nil},
		{"a longer word", "glp" + "at-" + strings.Repeat("a1B2", 6), nil},
		{"a key of AWS", "[default]\naws_secret_access_key = " + strings.Repeat("aB3/", 10) + "\n", []Secret{{"AWS secret key", 2}}},
		{"that of AWS's documentation", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", nil},
		{"a program", "\x7fELF\x00" + key, nil},
	} {
		if got := Find([]byte(test.text)); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", test.summary, got, test.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"))
	f.Add([]byte("xoxb-1-2-3 ghp_ github_pat_ aws_secret_access_key=\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := len(Find(data)); n > maxFound {
			t.Errorf("%d secrets", n)
		}
	})
}
