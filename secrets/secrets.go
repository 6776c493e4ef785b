// Package secrets finds keys and tokens in text that are known by their exact formats,
// and where they have them by their check digits. It guesses nothing: what it finds is
// one, or was made to look like one.
package secrets

import (
	"bytes"
	"hash/crc32"
	"strings"
)

// MaxSize is how large a file may be to be looked at, in bytes.
const MaxSize = 1 << 20

// maxFound is how many secrets of one file are told.
const maxFound = 16

// Secret is something that was found.
type Secret struct {
	// Kind says what it is: "private key", "GitHub token".
	Kind string
	// Line is where it begins, from 1 on.
	Line int
}

// format is a kind of secret: a text that it begins with, and what must follow.
type format struct {
	kind   string
	prefix string
	// is tells whether what begins with the prefix is one.
	is func(rest string) bool
}

// formats are all kinds. The prefixes of tokens are those that their makers document.
var formats = []format{
	{"private key", "-----BEGIN ", isPrivateKey},
	{"GitHub token", "ghp_", isChecked},
	{"GitHub token", "gho_", isChecked},
	{"GitHub token", "ghu_", isChecked},
	{"GitHub token", "ghs_", isChecked},
	{"GitHub token", "ghr_", isChecked},
	{"GitHub token", "github_pat_", isFineGrained},
	{"npm token", "npm_", isChecked},
	{"GitLab token", "glpat-", func(s string) bool { return run(s, isWord) == 20 }},
	{"Slack token", "xoxb-", isSlack},
	{"Slack token", "xoxp-", isSlack},
	{"Stripe key", "sk_live_", func(s string) bool { n := run(s, isAlphanumeric); return n >= 24 && n <= 247 }},
	{"Google API key", "AIza", func(s string) bool { return run(s, isWord) == 35 }},
	{"PyPI token", "pypi-AgEIcHlwaS5vcmc", func(s string) bool { return run(s, isWord) >= 50 }},
	{"AWS secret key", "aws_secret_access_key", isAWS},
	{"AWS secret key", "AWS_SECRET_ACCESS_KEY", isAWS},
}

// Find looks through a text. What is no text, as a program, has none: a program that
// knows a format holds its prefix.
func Find(data []byte) []Secret {
	if len(data) > MaxSize || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return nil
	}
	text := string(data)
	var found []Secret
	for _, f := range formats {
		for at := 0; len(found) < maxFound; {
			n := strings.Index(text[at:], f.prefix)
			if n < 0 {
				break
			}
			at += n
			rest := text[at+len(f.prefix):]
			if (at == 0 || !isWord(text[at-1])) && f.is(rest) {
				found = append(found, Secret{f.kind, strings.Count(text[:at], "\n") + 1})
			}
			at += len(f.prefix)
		}
	}
	return found
}

// isPrivateKey wants the rest of the first line, a line of base64 and the last line. An
// encrypted key is none that can be used by whoever finds it.
func isPrivateKey(s string) bool {
	label, rest, ok := strings.Cut(s, "-----")
	if !ok || !strings.HasSuffix(label, "PRIVATE KEY") || len(label) > 32 || strings.HasPrefix(label, "ENCRYPTED") {
		return false
	}
	end := strings.Index(rest, "-----END "+label+"-----")
	if end < 0 {
		return false
	}
	body := strings.NewReplacer("\n", "", "\r", "", `\n`, "", " ", "").Replace(rest[:end])
	if strings.Contains(body, "ENCRYPTED") {
		return false
	}
	// The shortest key, one for Ed25519, has 64 characters.
	return len(body) >= 64 && run(strings.TrimRight(body, "="), isBase64) == len(strings.TrimRight(body, "="))
}

// isChecked wants 30 characters and their CRC-32 in base 62, as tokens of GitHub and npm
// have it (https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/).
func isChecked(s string) bool {
	if run(s, isAlphanumeric) != 36 {
		return false
	}
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := uint64(crc32.ChecksumIEEE([]byte(s[:30])))
	var want [6]byte
	for i := len(want) - 1; i >= 0; i-- {
		want[i], sum = digits[sum%62], sum/62
	}
	return s[30:36] == string(want[:])
}

func isFineGrained(s string) bool {
	return run(s, isAlphanumeric) == 22 && len(s) > 22 && s[22] == '_' && run(s[23:], isAlphanumeric) == 59
}

// isSlack wants numbers of a workspace and a user, and a secret.
func isSlack(s string) bool {
	parts := strings.SplitN(s[:run(s, func(c byte) bool { return isAlphanumeric(c) || c == '-' })], "-", 4)
	return len(parts) >= 3 && run(parts[0], isDigit) >= 10 && run(parts[1], isDigit) >= 10 && len(parts[len(parts)-1]) >= 24
}

// isAWS wants an assignment of 40 characters that are not those of the documentation.
func isAWS(s string) bool {
	s = strings.TrimLeft(s, "\"' \t")
	if s == "" || s[0] != '=' && s[0] != ':' {
		return false
	}
	s = strings.TrimLeft(s[1:], "\"' \t")
	n := run(s, isBase64)
	return n == 40 && !strings.Contains(s[:n], "EXAMPLE")
}

// run is how many of the first bytes are of a class.
func run(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isWord(c byte) bool { return isAlphanumeric(c) || c == '_' || c == '-' }

func isBase64(c byte) bool { return isAlphanumeric(c) || c == '+' || c == '/' }
