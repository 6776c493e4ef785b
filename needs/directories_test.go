package needs

import "testing"

func TestStateDirectory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		named Named
		want  string
	}{
		{Named{Path: "/var/spool/smtpd/queue"}, "/var/spool/smtpd"},
		{Named{Path: "/var/lib/app", Dir: true}, "/var/lib/app"},
		{Named{Path: "/var/log/app.log"}, ""},
		{Named{Path: "/var/lib", Dir: true}, ""},
		{Named{Path: "/var/www/html/x"}, ""},
		{Named{Path: "/usr/lib/app/x"}, ""},
		{Named{Path: "/var/lib/dpkg/status"}, ""},
	} {
		if got := StateDirectory(test.named); got != test.want {
			t.Errorf("%v: got %q, want %q", test.named, got, test.want)
		}
	}
}

func TestStem(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{"emacs-nox": "emacs", "vim.basic": "vim", "git": "", "x-y": ""} {
		if got := Stem(program); got != want {
			t.Errorf("%s: got %q, want %q", program, got, want)
		}
	}
}
