package runtimes

import (
	"strings"
	"testing"
)

// Names count in source that opens libraries, and not those that are put together.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`lib = ctypes.CDLL("libsqlite3.so.0")`, "libsqlite3.so.0 | |"},
		{`x = find_library("usb-1.0")`, "| usb-1.0 |"},
		{`x = find_library('MagickWand' + suffix); y = find_library("xy" + z)`, "| MagickWand* xy |"},
		{"ffi.dlopen(\nnames,\n 'libcairo.so.2')", "libcairo.so.2 | |"},
		{`ffi_lib "/usr/lib/#{arch}/libsass.#{dl_ext}"`, "| | libsass"},
		{`ffi_lib 'sodium'`, "| | libsodium"},
		{`CDLL("lib%s.so")`, "| |"},
		{`name = "libx.so.1"`, "| |"},
		{`# CDLL("libx.so.1")`, "| |"},
	} {
		sonames, stems, ffi := foreignNames([]byte(test.text))
		got := strings.Join(strings.Fields(strings.Join(sonames, " ")+" | "+strings.Join(stems, " ")+" | "+strings.Join(ffi, " ")), " ")
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.text, got, test.want)
		}
	}
}
