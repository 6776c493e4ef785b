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

func TestRunDirectory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		named Named
		want  string
	}{
		{Named{Path: "/run/mysqld/mysqld.sock"}, "/run/mysqld"},
		{Named{Path: "/var/run/app/sockets/x"}, "/run/app/sockets"},
		{Named{Path: "/run/nginx.pid"}, "/run"},
		{Named{Path: "/run/nginx"}, ""},
		{Named{Path: "/run/systemd/system"}, ""},
		{Named{Path: "/run/docker/plugins/run/systemd/system/v2/oauth2", Loose: true}, "/run/docker"},
		{Named{Path: "/run/app.sock/v2/oauth2", Loose: true}, "/run"},
		{Named{Path: "/run/systemd/resolve/stub/v2", Loose: true}, ""},
	} {
		if got := RunDirectory(test.named); got != test.want {
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

// What a path says in no program, or ships by nobody's evidence.
func TestSharedAndNeverShip(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]bool{
		"/usr/lib/x86_64-linux-gnu":                           {true, false},
		"/usr/lib/x86_64-linux-gnu/gconv":                     {true, false},
		"/usr/lib64/gconv":                                    {true, false},
		"/usr/lib/app":                                        {false, false},
		"/usr/share/lintian/overrides/app":                    {true, true},
		"/usr/share/lintian":                                  {false, true},
		"/usr/share/lintian/data/fields":                      {false, false},
		"/usr/bin/dpkg-architecture":                          {false, true},
		"/usr/share/app/gconv":                                {false, false},
		"/usr/share/javascript/moment-timezone/data/unpacked": {false, true},
		"/usr/share/javascript/moment-timezone/builds":        {false, false},
		"/usr/lib/postgresql/15/lib/pgxs/config/install-sh":   {false, true},
		"/usr/lib/app/libapp.a":                               {false, true},
		"/usr/lib/app/app.h":                                  {false, true},
		"/usr/share/cmake-3.25/Modules/CMakeCompilerABI.h":    {false, false},
		"/usr/share/link-grammar/en/words/units.a":            {false, false},
		"/usr/share/perl/5.36.0/CPAN/API/HOWTO.pod":           {false, true},
		"/usr/share/perl/5.36.0/pod/perldiag.pod":             {false, false},
	} {
		if got := [2]bool{Shared(name), NeverShip(name)}; got != want {
			t.Errorf("%s: shared, never ships: got %v, want %v", name, got, want)
		}
	}
}
