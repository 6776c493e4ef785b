package linkage

import (
	"fmt"

	"github.com/sinter-build/sinter/diag"
)

// The codes of diagnostics. They never change.
const (
	CodeNotRunnable = "program-not-runnable"
	CodeNotStatic   = "linkage-not-static"
	CodeNotDynamic  = "linkage-not-dynamic"
	CodeStaticNSS   = "static-nss"
	CodeOtherMark   = "marked-for-other-system"
	CodeLimits      = "beyond-limits"
)

// Check compares a program with what is wanted of it, "static", "dynamic" or
// "any", and reports a file that cannot be a program at all. What its loader and
// libraries are is for others to find out.
func (r *Report) Check(want string) diag.List {
	var out diag.List
	switch {
	case r.Kind == BeyondLimits:
		out = append(out, diag.Diagnostic{Code: CodeLimits, Message: r.Path + " is " + r.Text, Fixes: r.Fixes})
	case !r.Runs() || r.Runtime != "":
		out = append(out, diag.Diagnostic{
			Code: CodeNotRunnable, Message: r.Path + " is " + r.Text, Runtime: r.Runtime, Fixes: r.Fixes,
		})
	case want == "static" && !r.IsStatic():
		out = append(out, r.notStatic())
	case want == "dynamic" && r.IsStatic():
		out = append(out, diag.Diagnostic{
			Code: CodeNotDynamic, Message: fmt.Sprintf("%s is %s, but linkage: dynamic is asked for", r.Path, r.Text),
			Fixes: []string{"drop linkage: dynamic, or link the program dynamically (Go: CGO_ENABLED=1)"},
		})
	}
	if r.Mark != "" {
		out = append(out, diag.Diagnostic{
			Code: CodeOtherMark, Severity: diag.SeverityWarning, Message: r.Path + " is " + r.Notes[0],
			Fixes: []string{"build it for Linux (Go: GOOS=linux)", "or correct the mark, if it is a program for Linux: elfedit --output-osabi=none"},
		})
	}
	if r.NSS {
		out = append(out, diag.Diagnostic{
			Code: CodeStaticNSS, Severity: diag.SeverityWarning, Message: r.Path + " is " + r.Notes[0],
			Fixes: []string{
				"link statically with musl, or dynamically with glibc (Go: CGO_ENABLED=0, or -tags netgo,osusergo)",
				"or ship nsswitch.conf and the modules of that glibc with libraries.add: libnss_files.so.2, libnss_dns.so.2",
			},
		})
	}
	return out
}

// notStatic is the refusal of linkage: static, with the ways out that fit how
// the program was made.
func (r *Report) notStatic() diag.Diagnostic {
	d := diag.Diagnostic{
		Code:    CodeNotStatic,
		Message: fmt.Sprintf("%s is %s, but linkage: static is asked for", r.Path, r.Text),
		Runtime: r.execText("no such file or directory"),
	}
	last := "or drop linkage: static, and Sinter ships what it needs"
	switch {
	case r.Kind == Script:
		d.Runtime = r.execText("no such file or directory")
		d.Fixes = []string{"drop linkage: static: a script needs its interpreter"}
	case r.Kind == LoaderOnly:
		d.Fixes = []string{"drop -buildmode=pie (Go), or link with -static-pie (C, Rust: -C target-feature=+crt-static)", last}
	case r.File.Go:
		d.Fixes = []string{"build with CGO_ENABLED=0", "or with -tags netgo,osusergo, if no other package needs cgo", last}
	default:
		d.Fixes = []string{"link with -static (C, C++), or for a musl target (Rust: --target x86_64-unknown-linux-musl)", last}
	}
	return d
}
