package secrets

import (
	"reflect"
	"strings"
	"testing"
)

// A table of texts and what is found in them. Tokens are put together here, so that
// nothing that scans this repository takes them for real ones.
func TestFind(t *testing.T) {
	t.Parallel()
	key := func(label string) string {
		return "-----BEGIN " + label + "-----\n" + strings.Repeat("MIIBVQ", 12) + "==\n-----END " + label + "-----\n"
	}
	for _, test := range []struct {
		summary, text string
		want          []Secret
	}{
		{"nothing", "hello\n", nil},
		{"a private key", "x\n" + key("PRIVATE KEY"), []Secret{{"private key", 2}}},
		{"one of RSA's own form", key("RSA PRIVATE KEY"), []Secret{{"private key", 1}}},
		{"one for SSH", key("OPENSSH PRIVATE KEY"), []Secret{{"private key", 1}}},
		{"an encrypted one", key("ENCRYPTED PRIVATE KEY"), nil},
		{"a public one", key("PUBLIC KEY"), nil},
		{"a certificate", key("CERTIFICATE"), nil},
		{"the words alone, as in a program that parses keys", "if line == \"-----BEGIN PRIVATE KEY-----\" {\n", nil},
		{"a manual with dots in place of a key", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", nil},
		{"a GitHub token", "token: gh" + "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17\n", []Secret{{"GitHub token", 1}}},
		{"one with wrong check digits", "token: gh" + "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18\n", nil},
		{"a GitLab token", "glp" + "at-" + strings.Repeat("a1B2", 5), []Secret{{"GitLab token", 1}}},
		{"a longer word", "glp" + "at-" + strings.Repeat("a1B2", 6), nil},
		{"a key of AWS", "[default]\naws_secret_access_key = " + strings.Repeat("aB3/", 10) + "\n", []Secret{{"AWS secret key", 2}}},
		{"that of AWS's documentation", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", nil},
		{"a program", "\x7fELF\x00" + key("PRIVATE KEY"), nil},
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
