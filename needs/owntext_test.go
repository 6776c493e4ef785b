package needs

import (
	"fmt"
	"testing"
)

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	const config = `
[program:web]
command=/usr/sbin/nginx -g "daemon off;"
  ExecStart = redis-server --port 1
command = %(here)s/x
"execute-command": "/app/hook.sh",
# command=no
usercommands = yes
description: run this command
17 4 * * 1-5 root cd / && run-parts /etc/x
@daily app /app/job.sh
a b c d e f g
errorfile 503 /app/errors/503.http;
see https://example.org/x and $dir/y
alias /app/media/%s;
`
	m := MentionsOf([]byte(config))
	if got, want := fmt.Sprintf("%q", m.Commands), `[["/usr/sbin/nginx" "-g" "daemon" "off;"] ["redis-server" "--port" "1"] ["/app/hook.sh"]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprintf("%q", m.Shell), `["cd / && run-parts /etc/x" "/app/job.sh"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(m.Own), "[{/app/errors/503.http false  false false} {/app/hook.sh false  false false} {/app/job.sh false  false false} {/app/media true  false false}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestProcfile(t *testing.T) {
	t.Parallel()
	got := fmt.Sprintf("%q", ProcfileCommands([]byte("# processes\nweb: bundle exec puma -p $PORT\n\nworker-1:  sidekiq\nnot one\n")))
	if want := `[["bundle" "exec" "puma" "-p" "$PORT"] ["sidekiq"]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !IsConfig("/app/Procfile") || IsConfig("/app/Procfile.rb") {
		t.Error("a Procfile is a configuration by its whole name")
	}
}

func TestUsersOwn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/": false, "/usr": false, "/etc": false, "/app": true, "/app/data": true, "/tmp/x": false, "/usr/local": false, "/usr/local/etc": false,
		"/usr/local/etc/app": true, "/usr/src": false, "/usr/src/app": true, "/etc/passwd": false, "/etc/app.conf": true, "/proc/self/fd/1": false,
		"/var/log/app": false, "/var/www/html": true, "/usr/share": false, "/docker-entrypoint.d": true,
	} {
		if got := UsersOwn(name); got != want {
			t.Errorf("%s: got %t, want %t", name, got, want)
		}
	}
}

func TestPAMStack(t *testing.T) {
	t.Parallel()
	modules, includes := PAMStack([]byte("# pam_no.so\n@include common-auth\nauth\tinclude\tother\nsession [success=1 default=ignore] pam_env.so user_readenv=1\n-auth optional /lib/security/pam_cap.so\n"))
	if got, want := fmt.Sprint(modules, includes), "[pam_env.so pam_cap.so] [/etc/pam.d/common-auth /etc/pam.d/other]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
