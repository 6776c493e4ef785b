// Package inspect makes facts of a file's content: what a plan says of it besides why it
// ships. Rules ask for them.
package inspect

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/secrets"
)

// MaxText is how large a file may be whose text is looked at, in bytes.
const MaxText = secrets.MaxSize

// HasText reports whether the text of an entry is looked at: that of a file which is no
// program and which no package of a distribution brings. Packages have keys for their
// tests and manuals, and their files are everyone's.
func HasText(e *plan.Entry) bool {
	return e.Kind == plan.KindFile && e.ELF == nil && e.Package == "" && e.Made == nil && e.Size <= MaxText &&
		e.Reason.Cause != plan.CauseMetadata && e.Reason.Cause != plan.CauseCache
}

// Text notes what a file's text holds.
func Text(e *plan.Entry, data []byte) {
	for _, s := range secrets.Find(data) {
		e.Secrets = append(e.Secrets, plan.Secret(s))
	}
	if isCertificateFile(e.Path) && bytes.IndexByte(data, 0) < 0 {
		e.Certificates = certificates(data)
	}
}

// isCertificateFile goes by the names that certificates have. Programs in languages have
// some in their texts, for their tests.
func isCertificateFile(name string) bool {
	return slices.Contains([]string{"", ".pem", ".crt", ".cer", ".cert", ".bundle"}, path.Ext(name))
}

var pemCertificate = []byte("-----BEGIN CERTIFICATE-----")

// maxCertificates is how many certificates of one file are looked at.
const maxCertificates = 2000

// certificates are those of a PEM file; nil when there are none. What cannot be read is
// passed over: nothing else can read it either.
func certificates(data []byte) *plan.Certificates {
	at := bytes.Index(data, pemCertificate)
	if at < 0 {
		return nil
	}
	var all []plan.Certificate
	for data = data[at:]; len(all) < maxCertificates; {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		all = append(all, plan.Certificate{Subject: c.Subject.String(), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC()})
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b plan.Certificate) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.Subject, b.Subject))
	})
	return &plan.Certificates{Count: len(all), First: slices.Clip(all[:min(len(all), plan.MaxCertificates)])}
}

// ELF is what a program or library says of itself; nil for an object file and a core
// dump, which are neither.
func ELF(f *elffile.File) *plan.ELF {
	if f == nil || f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil
	}
	out := &plan.ELF{
		Library: f.IsLibrary(), Go: f.Go, PIE: f.Type == elf.ET_DYN, RELRO: "none",
		TextRel: f.TextRel, CET: f.CET, BTI: f.BTI,
	}
	out.Static = !f.HasInterp && !out.Library
	// A loader makes the stack executable for an object without the header; the kernel
	// does not for a program (since Linux 5.8).
	out.NX = !f.ExecStack && (!f.NoStackHeader || out.Static)
	switch {
	case f.Relro && f.BindNow:
		out.RELRO = "full"
	case f.Relro:
		out.RELRO = "partial"
	}
	for _, list := range []string{f.RPath, f.RunPath} {
		if list != "" {
			out.RPath = append(out.RPath, strings.Split(list, ":")...)
		}
	}
	return out
}
