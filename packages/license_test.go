package packages

import (
	"slices"
	"testing"
)

var licenseTests = []struct{ declared, want string }{
	{"GPL-2+", "GPL-2.0-or-later"},
	{"GPL-2", "GPL-2.0-only"},
	{"GPLv3+", "GPL-3.0-or-later"},
	{"GPL-2.0-or-later", "GPL-2.0-or-later"},
	{"LGPL-2.1+", "LGPL-2.1-or-later"},
	{"GPL-2.1", "GPL-2.1"}, // there is none
	{"GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"},
	{"Expat", "MIT"},
	{"bsd-3-clause", "BSD-3-Clause"},
	{"BSD", "BSD"},
	{"public-domain", "public-domain"},
	{"GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"},
	{"GPL-1+ or Artistic, and Expat", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"},
	{"LGPL-2.1+ and Sundry", "LGPL-2.1+ and Sundry"},
	{"GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"},
	{"GPL-2+ with OpenSSL exception", "GPL-2+ with OpenSSL exception"},
	{"(MIT OR Apache-2.0) AND ISC", "(MIT OR Apache-2.0) AND ISC"},
	{"(MIT", "(MIT"},
	{"MIT and", "MIT and"},
	{"LGPLv2+ and LGPLv2+ with exceptions", "LGPLv2+ and LGPLv2+ with exceptions"},
	{"", ""},
}

func TestLicense(t *testing.T) {
	t.Parallel()
	names := newLicenses()
	for _, test := range licenseTests {
		if got := names.expression(test.declared); got != test.want {
			t.Errorf("%q: got %q, want %q", test.declared, got, test.want)
		}
	}
}

func TestCopyright(t *testing.T) {
	t.Parallel()
	const format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
	tests := []struct {
		name, text     string
		licenses, refs []string
	}{
		{
			name:     "machine-readable: the licences of files, not every text",
			text:     format + "Files: *\nLicense: MIT\n\nFiles: x\nLicense: GPL-2+\n see /usr/share/common-licenses/GPL-2.\n\nLicense: ISC\n text\n",
			licenses: []string{"GPL-2.0-or-later", "MIT"}, refs: []string{"GPL-2"},
		},
		{
			name:     "the text in place of the name",
			text:     format + "Files: *\nLicense: Permission is hereby granted, free of charge, to any person\n obtaining\n\nFiles: y\nLicense: Zlib\n",
			licenses: []string{"Zlib"},
		},
		{
			name:     "prose: the licences that it refers to",
			text:     "It is under the GPL\n(/usr/share/common-licenses/GPL-2), or '/usr/share/common-licenses/Apache-2.0'.\n",
			licenses: []string{"Apache-2.0", "GPL-2"}, refs: []string{"Apache-2.0", "GPL-2"},
		},
		{name: "nothing", text: "Copyright somebody\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			licenses, refs := parseCopyright(test.text, newLicenses())
			if !slices.Equal(licenses, test.licenses) || !slices.Equal(refs, test.refs) {
				t.Errorf("got %q, %q", licenses, refs)
			}
		})
	}
}
