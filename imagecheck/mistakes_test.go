package imagecheck_test

import (
	"testing"

	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// Mistakes in how the image runs, each with all that is said of it: the ways out are lines
// that mend it.
func TestMistakesInWhatStarts(t *testing.T) {
	t.Parallel()
	program := plantest.StaticProgram(t)
	for _, test := range []struct{ name, spec, want string }{{
		name: "the path in the source in place of the one in the image",
		spec: "binaries: [{from: 'debian:/out/app', to: /usr/bin/server}]\nentrypoint: [/out/app]",
		want: `the entrypoint is /out/app, which is not in the image
  at run time: exec: "/out/app": stat /out/app: no such file or directory
  fix: write /usr/bin/server, where it is in the image`,
	}, {
		name: "of a directory",
		spec: "binaries: ['debian:/out/app']\nfiles: [{from: 'debian:/srv', to: /opt}]\nentrypoint: [/srv/app/start]",
		want: `the entrypoint is /srv/app/start, which is not in the image
  at run time: exec: "/srv/app/start": stat /srv/app/start: no such file or directory
  fix: write /opt/app/start, where it is in the image`,
	}, {
		name: "of a directory that has none of the name",
		spec: "binaries: ['debian:/out/app']\nfiles: [{from: 'debian:/srv', to: /opt}]\nentrypoint: [/srv/app/begin]",
		want: `the entrypoint is /srv/app/begin, which is not in the image
  at run time: exec: "/srv/app/begin": stat /srv/app/begin: no such file or directory
  fix: no source of this image has /srv/app/begin: correct the path, or declare a source that has it, and ship it, under binaries`,
	}, {
		name: "a file where a directory was meant",
		spec: "binaries: [{from: 'debian:/out/app', to: /opt/server}]\nentrypoint: [/opt/server/app]",
		want: `the entrypoint is /opt/server/app, which cannot be reached in the image: not a directory
  at run time: exec: "/opt/server/app": stat /opt/server/app: not a directory
  fix: to put app into a directory /opt/server, end it with a slash in binaries[0]: to: /opt/server/`,
	}, {
		name: "a file for an interpreter",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: ['debian:/srv/app/main.py']\nentrypoint: [/srv/app/main.py, --port, '80']",
		want: `the entrypoint is /srv/app/main.py, which user 65532:65532 may not execute (mode 0644, owner 0:0)
  at run time: exec: "/srv/app/main.py": permission denied
  fix: start its interpreter, which is given the file: ["/usr/bin/python3", "/srv/app/main.py", "--port", "80"]`,
	}, {
		name: "one that may be executed",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: [{from: 'debian:/srv/app/main.py', mode: '0755'}]\nentrypoint: [/srv/app/main.py]",
		want: `the entrypoint is /srv/app/main.py, which is not a program: a text file that begins with "print(1)"
  at run time: exec /srv/app/main.py: exec format error
  fix: start its interpreter, which is given the file: ["/usr/bin/python3", "/srv/app/main.py"]
  fix: if it is a script, begin it with #! and its interpreter`,
	}, {
		name: "an interpreter that is given a file which is elsewhere",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: [{from: 'debian:/srv/app', to: /app}]\nentrypoint: [/usr/bin/python3, /code/main.py]",
		want: `the entrypoint gives /code/main.py to /usr/bin/python3, and that is not in the image
  at run time: python3: /code/main.py: No such file or directory
  fix: write /app/main.py, where it is in the image`,
	}, {
		name: "below another working directory",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: ['debian:/srv/app']\nentrypoint: [/usr/bin/python3, main.py]",
		want: `the entrypoint gives /main.py to /usr/bin/python3, and that is not in the image
  at run time: python3: /main.py: No such file or directory
  fix: write /srv/app/main.py, where it is in the image`,
	}, {
		name: "values of options",
		spec: "binaries: [{from: 'debian:/usr/bin/python3', to: /usr/lib/jvm/java-17/bin/java}]\nentrypoint: [/usr/lib/jvm/java-17/bin/java, -cp, '/app/a.jar:/app/b.jar', Main]\nhealthcheck: {test: [/usr/lib/jvm/java-17/bin/java, -D, /data]}",
		want: ``,
	}, {
		name: "nowhere",
		spec: "binaries: ['debian:/usr/bin/python3']\nentrypoint: [/usr/bin/python3, /code/serve.py]",
		want: `the entrypoint gives /code/serve.py to /usr/bin/python3, and that is not in the image
  at run time: python3: /code/serve.py: No such file or directory
  fix: ship it, under files: - {from: PATH, to: /code/serve.py}
  fix: if it comes when the image runs, say so: volumes: [/code]`,
	}, {
		name: "in a volume, and code on the command line",
		spec: "binaries: ['debian:/usr/bin/python3']\nvolumes: [/code]\nentrypoint: [/usr/bin/python3, /code/serve.py]\nhealthcheck: {test: [/usr/bin/python3, -c, 'import a.py']}",
	}, {
		name: "an interpreter by a name that has no version",
		spec: "binaries: ['debian:/srv/old']",
		want: `/srv/old is a script for /usr/bin/python, which is not in the image
  at run time: exec /srv/old: no such file or directory
  fix: source debian has /usr/bin/python3: write that in the #! line
  fix: make a link to it, under links: - {path: /usr/bin/python, target: /usr/bin/python3}, and ship it, under binaries: - debian:/usr/bin/python3
  fix: name the program that the script starts, rather than the script`,
	}, {
		name: "a module of Python by a name that is nearly right",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: [{from: 'debian:/srv/app', to: /app}]\nworkdir: /app\nentrypoint: [/usr/bin/python3, -u, -m, mian, --port, '80']",
		want: `the entrypoint has Python run the module mian, which is not in the image; did you mean main?
  at run time: /usr/bin/python3: No module named mian
  fix: write main
  fix: install it in the source that the interpreter is from, or ship it, under files`,
	}, {
		name: "a module that is there, and code",
		spec: "binaries: ['debian:/usr/bin/python3']\nfiles: [{from: 'debian:/srv/app', to: /app}]\nworkdir: /app\nentrypoint: [/usr/bin/python3, -m, main]\nhealthcheck: {test: [/usr/bin/python3, -c, x, -m, y]}",
	}, {
		name: "settings by a name that is nearly right",
		spec: "binaries: ['debian:/out/app']\nfiles: [{to: /etc/app/app.yaml, content: x}]\ncmd: [--config=/etc/app/ap.yaml]",
		want: `the entrypoint names /etc/app/ap.yaml, which is not in the image
  at run time: /etc/app/ap.yaml: No such file or directory
  fix: did you mean /etc/app/app.yaml?
  fix: ship it, under files: - {from: PATH, to: /etc/app/ap.yaml}
  fix: if it comes when the image runs, say so: volumes: [/etc/app]`,
	}, {
		name: "settings that nobody ships",
		spec: "binaries: ['debian:/out/app']\ncmd: [-c, /etc/app.conf]",
		want: `the entrypoint names /etc/app.conf, which is not in the image
  at run time: /etc/app.conf: No such file or directory
  fix: ship it, under files: - {from: PATH, to: /etc/app.conf}`,
	}, {
		name: "what a program writes, and what is mounted where the image has nothing",
		spec: "binaries: ['debian:/out/app']\ncmd: [--junitxml=/etc/r.xml, -c, /config/app.yaml]",
	}, {
		name: "settings in a volume, files that a program makes, and what is none",
		spec: "binaries: ['debian:/out/app']\nfiles: [{to: /etc/app.conf, content: x}]\nvolumes: [/data]\ncmd: [/data/app.conf, --state=/var/lib/app.json, /etc/app.conf, /srv, 'http://x/a.json', '/a.json:/b.json']",
	}, {
		name: "a working directory beside the one that the app is in",
		spec: "binaries: ['debian:/out/app']\nfiles: [{from: 'debian:/srv/app', to: /opt/server}]\nworkdir: /opt/sever",
		want: `the working directory /opt/sever is an empty one, made because workdir names it; did you mean /opt/server?
  fix: write workdir: /opt/server
  fix: if it is to be empty, make it, under directories: - /opt/sever`,
	}, {
		name: "a working directory that the runtime makes",
		spec: "binaries: ['debian:/out/app']\nfiles: [{from: 'debian:/srv/app', to: /opt/server}]\nworkdir: /opt/work",
	}, {
		name: "a working directory that is a file",
		spec: "binaries: [{from: 'debian:/out/app', to: /app}]\nworkdir: /app",
		want: `the working directory /app is a file in the image
  at run time: chdir to cwd ("/app") set in config.json failed: not a directory
  fix: write the directory that the program is to start in, such as workdir: /`,
	}, {
		name: "a volume that is a file",
		spec: "binaries: ['debian:/out/app']\nfiles: ['debian:/srv/app/main.py']\nvolumes: [/srv/app/main.py]",
		want: `the volume /srv/app/main.py is a file in the image, and a volume is a directory
  at run time: not a directory: are you trying to mount a directory onto a file (or vice-versa)?
  fix: write the directory that is to outlive containers
  fix: a file alone is mounted when the image is run, and needs no volume`,
	}, {
		name: "a link without the slash",
		spec: "binaries: ['debian:/out/app']\nlinks: [{path: /usr/bin/server, target: out/app}]",
		want: `the link /usr/bin/server leads to /usr/bin/out/app, which is not in the image
  at run time: open /usr/bin/server: no such file or directory
  fix: write target: /out/app: without the slash it is looked up from /usr/bin`,
	}, {
		name: "a script that calls what is not there",
		spec: "files: [{from: start.sh, mode: '0755'}]\nentrypoint: [/start.sh]\nlibraries: {from: [debian]}",
		want: `/start.sh:3 calls envsubst, which is neither in the image nor where it could be taken from
  at run time: /start.sh: 3: envsubst: not found
  fix: add the package that has it to the packages of source debian
  fix: if it is from another source, ship it under binaries: - SOURCE:/usr/bin/envsubst`,
	}, {
		name: "a time zone that is misspelt",
		spec: "binaries: ['debian:/out/app']\nfiles: ['debian:/usr/share/zoneinfo']\nenv: {TZ: Europe/Zurick}",
		want: `env names the time zone Europe/Zurick, and /usr/share/zoneinfo/Europe/Zurick is not in the image
  at run time: programs go on with UTC
  fix: did you mean Europe/Zurich?`,
	}, {
		name: "a time zone in lower case, of a source that has it otherwise",
		spec: "binaries: ['debian:/out/app']\nenv: {TZ: europe/zurich}",
		want: `env names the time zone europe/zurich, and /usr/share/zoneinfo/europe/zurich is not in the image
  at run time: programs go on with UTC
  fix: did you mean Europe/Zurich?`,
	}, {
		name: "the time of a season, which is no zone",
		spec: "binaries: ['debian:/out/app']\nenv: {TZ: CEST}",
		want: `env names the time zone CEST, and /usr/share/zoneinfo/CEST is not in the image
  at run time: programs go on with UTC
  fix: write the name of a time zone of tzdata's, such as Europe/Berlin`,
	}, {
		name: "a time without a zone's file",
		spec: "binaries: ['debian:/out/app']\nenv: {TZ: UTC}",
	}, {
		name: "an interpreter without its library",
		spec: "binaries: ['debian:/usr/bin/python3.11']\nruntime: closure",
		want: `/usr/bin/python3.11 ships without what it opens when it starts, such as /usr/lib/python3.11: runtime: closure leaves that to the spec
  fix: leave runtime out: what is needed of it ships by itself
  fix: or name it, under files: - debian:/usr/lib/python3.11`,
	}, {
		name: "one whose library the spec names",
		spec: "binaries: ['debian:/usr/bin/python3.11']\nfiles: ['debian:/usr/lib/python3.11']\nruntime: closure",
	}, {
		name: "a default part by its path",
		spec: "binaries: ['debian:/out/app']\nexclude: [/tmp]",
		want: `/tmp is of the part tmp, which this does not leave out
  fix: write the part's name: exclude: [tmp]`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := plantest.Plan(t, test.spec+"\nmetadata: none", map[string]rootfs.FS{
				plan.TreeContext: plantest.Tree(t, "/start.sh file 0755 #!/bin/sh\ncommand -v jq && jq .\nenvsubst < /a > /b\nif true; then\n  wget x\nfi\nexec /out/app\n"),
				"debian": plantest.Tree(t, "/bin/sh file 0755 "+program, "/out/app file 0755 "+program, "/usr/bin/python3 file 0755 "+program, "/srv/app/main.py file 0644 print(1)",
					"/srv/app/start file 0755 "+program, "/srv/old file 0755 #!/usr/bin/python\n",
					"/usr/bin/python3.11 file 0755 "+program, "/usr/lib/python3.11/os.py file 0644 x", "/usr/lib/python3.11/encodings/__init__.py file 0644 x", "/usr/share/zoneinfo/Europe/Zurich file 0644 TZif"),
			})
			got := ""
			if len(res.Diagnostics) > 0 {
				got = res.Diagnostics.Error()
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
