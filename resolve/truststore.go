package resolve

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"unicode/utf16"

	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
)

// wantTrustStores gives the Java runtimes of the image the certificates that it trusts:
// they have a store of their own.
func (r *resolver) wantTrustStores(bundle []byte, reason plan.Reason) {
	for _, name := range r.evidence.TrustStores() {
		e := draft.Generated(name, javaTrustStore(bundle))
		e.Reason = reason
		r.Want(imagetree.Entry{Entry: e})
	}
}

// javaTrustStore is a key store of Java with the certificates of a PEM bundle, in the form
// that every version reads (JKS, sun.security.provider.JavaKeyStore). Its password is the
// one that Java's own has; what it guards is public.
func javaTrustStore(bundle []byte) []byte {
	const (
		magic, version, trusted = 0xFEEDFEED, 2, 2
		password, whitener      = "changeit", "Mighty Aphrodite"
	)
	var certificates [][]byte
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificates = append(certificates, block.Bytes)
		}
	}
	var out []byte
	word := func(n uint32) { out = binary.BigEndian.AppendUint32(out, n) }
	text := func(s string) { out = append(binary.BigEndian.AppendUint16(out, uint16(len(s))), s...) }
	word(magic)
	word(version)
	word(uint32(len(certificates)))
	for i, c := range certificates {
		word(trusted)
		text(fmt.Sprintf("ca-%04d", i+1))
		out = binary.BigEndian.AppendUint64(out, 0) // when it was added
		text("X.509")
		word(uint32(len(c)))
		out = append(out, c...)
	}
	digest := sha1.New() //nolint:gosec // see above
	for _, c := range utf16.Encode([]rune(password)) {
		digest.Write([]byte{byte(c >> 8), byte(c)})
	}
	digest.Write([]byte(whitener))
	digest.Write(out)
	return digest.Sum(out)
}
