package needs_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/needs"
)

// What differs between these configurations is no business of an image.
func TestMentionsOf(t *testing.T) {
	t.Parallel()
	want := needs.Mentions{
		Paths:    []needs.Named{{Path: "/etc/app/conf.d", Dir: true}, {Path: "/usr/lib/app/a.so"}},
		Files:    []string{"*.conf", "conf.d"},
		Accounts: []string{"Debian-app", "_app", "include", "listen", "load", "user", "workers"},
		RunsAs:   []string{"Debian-app", "_app"},
	}
	for _, text := range []string{
		"user Debian-app _app;\nload /usr/lib/app/a.so\ninclude /etc/app/conf.d/*.conf\nlisten 0.0.0.0:80\nworkers 4\n",
		"# of the team\n\nworkers 16; user _app, Debian-app\nlisten '[::1]:8080'\nload /usr/lib/app/a.so # the module\ninclude /etc/app/conf.d/*.conf\n",
	} {
		if got := needs.MentionsOf([]byte(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

// A configuration includes others by paths from where it lies.
func TestIncludes(t *testing.T) {
	t.Parallel()
	const text = "charon {\n\tplugins {\n\t\tinclude app.d/plugins/*.conf\n\t}\n}\ninclude app.d/*.conf # these\n.include \"more.conf\"\n" +
		"include /etc/app/x.conf\n#include no.conf\ninclude ../up.conf\nwe include two words\nincluded y\n"
	want := []string{"app.d/*.conf", "app.d/plugins/*.conf", "more.conf"}
	if got := needs.MentionsOf([]byte(text)).Includes; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A script gives files to accounts by chown and chgrp.
func TestGivesTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ script, want string }{
		{"chown root:lp $i; chmod 600 $i\n", "lp root"},
		{"if chown -R news.news \"/var/spool/news\" || chgrp -h adm /x; then :; fi", "adm news"},
		{"chown $USER:$GROUP /x\n# chown no:no /y\nchown", ""},
	} {
		got := strings.Join(slices.Sorted(maps.Keys(needs.GivesTo([]byte(test.script)))), " ")
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.script, got, test.want)
		}
	}
}

func TestMakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ script, want string }{
		{"adduser --system --group --home /nonexistent --gecos \"Dovecot login user\" \\\n        --disabled-password --quiet dovenull || true\n", "Dovecot dovenull login true user"},
		{"if ! getent passwd x; then /usr/sbin/useradd -r 'chrony'; fi", "chrony fi"},
		{"# adduser no\nchown yes /y\nadduser", ""},
	} {
		got := strings.Join(slices.Sorted(maps.Keys(needs.Makes([]byte(test.script)))), " ")
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.script, got, test.want)
		}
	}
}
