package spec

import (
	"strings"
	"testing"
)

func TestBackground(t *testing.T) {
	t.Parallel()
	const head = "sources:\n  debian: {image: debian:bookworm-slim}\n  build: {dockerfile: Dockerfile}\n"
	for text, want := range map[string]string{
		"binaries: [debian:/usr/sbin/nginx]":                                                                            "binaries[0] nginx",
		"binaries: [debian:/usr/sbin/nginx]\ncmd: [-g, 'daemon off;']":                                                  "",
		"binaries: [debian:/usr/sbin/nginx]\ncmd: [-t]":                                                                 "",
		"binaries: [debian:/usr/sbin/nginx]\nfiles: [{from: nginx.conf, to: /etc/nginx/}]":                              "",
		"binaries: [debian:/usr/sbin/nginx]\nfiles: [{from: etc/, to: /etc/}]":                                          "",
		"binaries: [debian:/usr/sbin/nginx]\nfiles: [{from: html/, to: /var/www/}]":                                     "binaries[0] nginx",
		"binaries: [debian:/usr/sbin/nginx]\ncmd: [-c, /app/nginx.conf]":                                                "",
		"binaries: [debian:/usr/sbin/nginx]\ncmd: [-c, /etc/nginx/nginx.conf]":                                          "cmd nginx",
		"binaries: [build:/usr/sbin/nginx]":                                                                             "",
		"binaries: [debian:/usr/bin/tini, debian:/usr/sbin/sshd]\nentrypoint: [/usr/bin/tini, --, /usr/sbin/sshd]":      "entrypoint sshd",
		"binaries: [debian:/usr/bin/tini, debian:/usr/sbin/sshd]\nentrypoint: [/usr/bin/tini, --, /usr/sbin/sshd, -De]": "",
		"binaries: [debian:/usr/sbin/php-fpm8.2]\ncmd: [-R]":                                                            "cmd php-fpm8.2",
		"binaries: [debian:/usr/sbin/php-fpm8.2]\ncmd: [-F]":                                                            "",
		"binaries: [debian:/usr/sbin/apache2]\ncmd: [-D, FOREGROUND]":                                                   "",
		"binaries: [debian:/usr/bin/curl]":                                                                              "",
	} {
		doc, list := Parse("app.yaml", []byte("# syntax=sinterbuild/sinter:1\n"+head+text+"\n"))
		if len(list) > 0 {
			t.Fatal(list)
		}
		_, list = doc.Evaluate(Vars{}, "")
		got := ""
		for _, d := range list {
			if d.Code == "runs-in-background" {
				name, _, _ := strings.Cut(d.Message, " ")
				got = d.At + " " + name
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
