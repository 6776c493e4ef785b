package resolve

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/imagetree"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/resolve/draft"
	"github.com/sinter-build/sinter/resolve/request"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// maxBundle bounds a certificate file, in bytes; Debian's bundle has 220 KB.
const maxBundle = 8 << 20

// certificate is a PEM file that the spec adds to the trusted ones.
type certificate struct {
	ref spec.Ref
	at  string
}

// addCertificates ships the bundle of trusted authorities, with the spec's own
// after it.
func (r *resolver) addCertificates(part included) error {
	if r.inBase(part) && len(part.certificates) == 0 {
		return nil
	}
	origin, ok, err := r.bundle(part)
	if err != nil || !ok {
		return err
	}
	data, err := rootfs.ReadFile(r.Trees[origin.tree], origin.Path, maxBundle)
	if errors.Is(err, rootfs.ErrTooLarge) {
		r.reportPartUnusable(part, origin, fmt.Sprintf("it is larger than the %d MiB that a bundle may have", maxBundle>>20))
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", origin, err)
	}
	if why := checkBundle(data); why != "" {
		r.reportPartUnusable(part, origin, why)
		return nil
	}
	if len(part.certificates) == 0 {
		r.wantPartFile(part, origin, parts.CABundle)
		return nil
	}
	for _, c := range part.certificates {
		own, ok, err := r.ownCertificates(c)
		if err != nil {
			return err
		}
		if ok {
			data = slices.Concat(bytes.TrimRight(data, "\n"), []byte("\n"), own)
		}
	}
	e := draft.Generated(parts.CABundle, data)
	e.Reason = part.reason()
	r.Want(imagetree.Entry{Entry: e})
	r.wantTrustStores(data, e.Reason)
	return nil
}

// bundle looks in the base first, unless the spec names a source: adding to the
// base's bundle changes no more than was asked for.
func (r *resolver) bundle(part included) (partOrigin, bool, error) {
	if r.Trees[plan.TreeBase] != nil && part.from == "" {
		if o, ok, err := r.originIn(plan.TreeBase, part.Source); err != nil || ok {
			return o, ok, err
		}
	}
	return r.originOf(part)
}

// checkBundle says what is wrong with a bundle of a distribution. It may well
// hold certificates that are not understood here.
func checkBundle(data []byte) string {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return "it holds a private key, which must not ship"
		}
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if !isCertificate(block) {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err == nil {
			return ""
		}
	}
	return "it holds no certificate in PEM format"
}

func isCertificate(block *pem.Block) bool {
	return block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE"
}

// ownCertificates reads and checks PEM certificates that the spec adds.
func (r *resolver) ownCertificates(c certificate) ([]byte, bool, error) {
	found, ok, err := r.locate(c.ref, c.at)
	if err != nil || !ok {
		return nil, false, err
	}
	fix := "give a PEM file of CA certificates: -----BEGIN CERTIFICATE-----"
	bad := func(why string) ([]byte, bool, error) {
		r.Report(diag.Diagnostic{
			Code:    "bad-certificate",
			At:      c.at,
			Message: fmt.Sprintf("%s cannot be added to the trusted certificates: %s", draft.DescribeRef(c.ref), why),
			Runtime: "x509: certificate signed by unknown authority",
			Fixes:   []string{fix},
		})
		return nil, false, nil
	}
	if !found.Info.Mode().IsRegular() {
		return bad("it is not a regular file")
	}
	data, err := rootfs.ReadFile(r.Trees[request.TreeOf(c.ref)], found.Path, maxBundle)
	if errors.Is(err, rootfs.ErrTooLarge) {
		return bad("it is too large")
	}
	if err != nil {
		return nil, false, err
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		name := strings.TrimPrefix(c.ref.Path, "/")
		fix = fmt.Sprintf("make a PEM file of it, and name that: openssl x509 -inform der -in %s -out %s", name, strings.TrimSuffix(name, path.Ext(name))+".pem")
		return bad("it is a certificate in DER format, and not in PEM")
	}
	pemText, why := certificates(data)
	if why != "" {
		return bad(why)
	}
	return pemText, true, nil
}

// certificates returns the certificates of a PEM file, written anew so that
// nothing else of the file ships, or says what is wrong with it.
func certificates(data []byte) (out []byte, why string) {
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, "it holds a private key, which must not ship"
		}
		if !isCertificate(block) {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, err.Error()
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})...)
	}
	if len(out) == 0 {
		return nil, "it holds no PEM certificate"
	}
	return out, ""
}
