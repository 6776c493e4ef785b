// Package secrets finds keys and tokens in text that are known by their exact formats,
// and where they have them by their check digits. It guesses nothing: what it finds is
// one, or was made to look like one.
package secrets

import (
	"bytes"
	"encoding/base64"
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
	// is reports whether what begins with the prefix is one.
	is func(rest string) bool
}

// formats are all kinds. The prefixes of tokens are those that their makers document.
var formats = []format{
	{"private key", beginPEM, isPrivateKey},
	{"private key", encodedPEM, isEncodedKey},
	{"private key", "PuTTY-User-Key-File-", isPuTTYKey},
	{"private key", "AGE-SECRET-KEY-1", isAge},
	{"GitHub token", "ghp_", isChecked},
	{"GitHub token", "gho_", isChecked},
	{"GitHub token", "ghu_", isChecked},
	{"GitHub token", "ghs_", isChecked},
	{"GitHub token", "ghr_", isChecked},
	{"GitHub token", "github_pat_", isFineGrained},
	{"npm token", "npm_", isChecked},
	{"GitLab token", "glpat-", isGitLab},
	{"Slack token", "xoxb-", isSlack},
	{"Slack token", "xoxp-", isSlack},
	{"Stripe key", "sk_live_", isStripe},
	{"Stripe key", "rk_live_", isStripe},
	{"Docker Hub token", "dckr_pat_", func(s string) bool { return run(s, isWord) == 27 }},
	{"DigitalOcean token", "dop_v1_", func(s string) bool { return run(s, isHex) == 64 && run(s, isWord) == 64 }},
	{"SendGrid key", "SG.", func(s string) bool {
		return run(s, isWord) == 22 && len(s) > 22 && s[22] == '.' && run(s[23:], isWord) == 43
	}},
	{"Azure storage key", "AccountKey=", func(s string) bool {
		return run(s, isBase64) == 86 && strings.HasPrefix(s[86:], "==") && s[:86] != emulatorKey
	}},
	{"Google API key", "AIza", func(s string) bool { return run(s, isWord) == 35 }},
	{"PyPI token", "pypi-AgEIcHlwaS5vcmc", func(s string) bool { return run(s, isWord) >= 50 }},
	{"AWS secret key", "aws_secret_access_key", isAWS},
	{"AWS secret key", "AWS_SECRET_ACCESS_KEY", isAWS},
}

const (
	beginPEM = "-----BEGIN "
	// encodedPEM is what begins PEM in base64.
	encodedPEM = "LS0tLS1CRUdJTi"
	// emulatorKey is the key of Azure's emulator, which everyone knows
	// (https://learn.microsoft.com/azure/storage/common/storage-use-azurite).
	emulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw"
)

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

// isPrivateKey wants the rest of the first line, a key in base64 and the last line. An
// encrypted key is none that can be used by whoever finds it.
func isPrivateKey(s string) bool {
	label, rest, ok := strings.Cut(s, "-----")
	if !ok || !strings.HasSuffix(label, "PRIVATE KEY") || len(label) > 32 || strings.HasPrefix(label, "ENCRYPTED") {
		return false
	}
	rest = rest[:min(len(rest), maxKey)]
	end := strings.Index(rest, "-----END "+label+"-----")
	if end < 0 {
		return false
	}
	body := strings.NewReplacer("\n", "", "\r", "", `\n`, "", `\r`, "", " ", "", "\t", "").Replace(rest[:end])
	key, err := base64.StdEncoding.DecodeString(body)
	return err == nil && isKey(key)
}

// isKey wants a whole value in DER, as keys of all algorithms are (PKCS #1, #8, SEC 1), or a
// key of OpenSSH that is not encrypted. Texts in manuals that only look so are none.
func isKey(key []byte) bool {
	// The cipher's name follows the magic word (openssh/PROTOCOL.key).
	if rest, ok := bytes.CutPrefix(key, []byte("openssh-key-v1\x00")); ok {
		return bytes.HasPrefix(rest, []byte("\x00\x00\x00\x04none"))
	}
	if len(key) < minKey || key[0] != 0x30 {
		return false
	}
	size, rest := int(key[1]), key[2:]
	if n := size & 0x7f; size > 0x7f {
		if n > 3 || n > len(rest) {
			return false
		}
		size = 0
		for _, b := range rest[:n] {
			size = size<<8 | int(b)
		}
		rest = rest[n:]
	}
	return size == len(rest)
}

// maxKey is how long a key in PEM may be, in bytes: one of 16384 bits for RSA has 13000.
const maxKey = 1 << 14

// minKey is how long the shortest key is, one for Ed25519, in bytes.
const minKey = 48

// isEncodedKey wants a private key in PEM that is in base64 once more, as Kubernetes has
// them in secrets and in the files that say how to reach a cluster.
func isEncodedKey(s string) bool {
	s = s[:min(len(s), 2*maxKey)]
	text := strings.TrimRight(s[:run(s, func(c byte) bool { return isBase64(c) || c == '=' })], "=")
	plain, err := base64.RawStdEncoding.DecodeString(encodedPEM + text)
	if err != nil {
		return false
	}
	rest, ok := bytes.CutPrefix(plain, []byte(beginPEM))
	return ok && isPrivateKey(string(rest))
}

// isPuTTYKey wants a key of PuTTY that is not encrypted.
func isPuTTYKey(s string) bool {
	head, _, ok := strings.Cut(s[:min(len(s), maxKey)], "Private-Lines:")
	return ok && strings.Contains(head, "\nEncryption: none")
}

// isAge wants 52 characters of bech32 and their check digits (BIP 173), as age has them.
func isAge(s string) bool {
	const letters = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	n := run(s, func(c byte) bool { return strings.IndexByte(letters, c) >= 0 })
	if n != 58 {
		return false
	}
	sum := uint32(1)
	add := func(v uint32) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ v
		for i, generator := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	const name = "age-secret-key-"
	for i := range len(name) {
		add(uint32(name[i]) >> 5)
	}
	add(0)
	for i := range len(name) {
		add(uint32(name[i]) & 31)
	}
	for i := range n {
		add(uint32(strings.IndexByte(letters, s[i])))
	}
	return sum == 1
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

// isGitLab wants 20 characters, or those of a token that names where it is valid, of which
// the last part has check digits.
func isGitLab(s string) bool {
	n := run(s, isWord)
	if n == 20 {
		return len(s) == n || s[n] != '.'
	}
	parts := strings.SplitN(s[n:], ".", 3)
	return n >= 27 && n <= 300 && len(parts) == 3 && parts[0] == "" && len(parts[1]) == 2 && run(parts[1], isAlphanumeric) == 2 && run(parts[2], isAlphanumeric) == 9
}

func isStripe(s string) bool { n := run(s, isAlphanumeric); return n >= 24 && n <= 247 }

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

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isWord(c byte) bool { return isAlphanumeric(c) || c == '_' || c == '-' }

func isBase64(c byte) bool { return isAlphanumeric(c) || c == '+' || c == '/' }
