package imagecheck_test

import (
	"strings"
	"testing"

	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What the image's user, 65532:65532 unless set, may not do is an error for what
// the config starts, and a warning with what to write for the rest. ELF in a tree
// stands for a static program.
func TestAccess(t *testing.T) {
	t.Parallel()
	elf := plantest.StaticProgram(t)
	const also = "binaries: [app"
	for _, test := range []struct {
		name    string
		spec    string
		context []string
		debian  []string
		base    []string
		want    string
	}{{
		name:    "a script that is run by a script that nothing runs",
		spec:    "binaries: [run.sh, {from: tool, to: /usr/bin/tool}]\nentrypoint: [/run.sh]",
		context: []string{"/run.sh file 0755 #!/usr/bin/tool\n", "/tool file 0755 #!/gone\n"},
		want: `error script-interpreter-not-found binaries[0].from: /run.sh is a script for /usr/bin/tool, a script for /gone, which is not in the image
  at run time: exec /run.sh: no such file or directory
  fix: no source of this image has /gone: correct the #! line, or declare a source that has it, and ship it, under binaries
  fix: name the program that the script starts, rather than the script
error script-interpreter-not-found binaries[1].from: /usr/bin/tool is a script for /gone, which is not in the image
  at run time: exec /usr/bin/tool: no such file or directory
  fix: no source of this image has /gone: correct the #! line, or declare a source that has it, and ship it, under binaries
  fix: name the program that the script starts, rather than the script
`,
	}, {
		name:    "a script whose interpreter nobody may execute",
		spec:    "binaries: [run.sh]\nfiles: [{from: tool, to: /usr/bin/tool}]",
		context: []string{"/run.sh file 0755 #!/usr/bin/tool\n", "/tool file 0644 ELF"},
		want: `error program-not-executable binaries[0]: the entrypoint is /run.sh, a script for /usr/bin/tool, which user 65532:65532 may not execute (mode 0644, owner 0:0)
  at run time: exec /run.sh: permission denied
  fix: set its mode: {from: …, mode: "0755"}
  fix: chmod +x the file before the build
`,
	}, {
		name:    "even one that is not started",
		spec:    also + ", run.sh]\nentrypoint: [/app]\nfiles: [{from: tool, to: /usr/bin/tool}]",
		context: []string{"/app file 0755 ELF", "/run.sh file 0755 #!/usr/bin/tool\n", "/tool file 0644 ELF"},
		want: `error program-not-executable binaries[1].from: /run.sh is a script for /usr/bin/tool, which user 65532:65532 may not execute (mode 0644, owner 0:0)
  at run time: exec /run.sh: permission denied
  fix: set its mode: {from: …, mode: "0755"}
  fix: chmod +x the file before the build
`,
	}, {
		name:    "a script whose interpreter is a directory",
		spec:    "binaries: [run.sh]\ndirectories: [/usr/bin/tool]",
		context: []string{"/run.sh file 0755 #!/usr/bin/tool\n"},
		want: `error program-not-a-file binaries[0].from: /run.sh is a script for /usr/bin/tool, which is a directory
  at run time: exec /run.sh: permission denied
  fix: name the program's file
`,
	}, {
		name:    "a script that may be executed and not read",
		spec:    "binaries: [s.sh]",
		context: []string{"/s.sh file 0711 #!/bin/sh\n"},
		base:    []string{"/bin/sh link dash", "/bin/dash file 0755 ELF"},
		want: `error script-not-readable binaries[0]: the entrypoint is /s.sh, which is a script that user 65532:65532 may execute but not read, as /bin/sh has to (mode 0711, owner 0:0)
  at run time: /bin/sh: 0: cannot open /s.sh: Permission denied
  fix: set its mode: {from: …, mode: "0755"}
  fix: chmod a+r the file before the build
`,
	}, {
		name:    "which is enough for a program, and for root",
		spec:    "binaries: [app]",
		context: []string{"/app file 0711 ELF"},
	}, {
		name:    "and for root",
		spec:    "binaries: [s.sh]\nuser: 0",
		context: []string{"/s.sh file 0700 #!/bin/sh\n"},
		base:    []string{"/bin/sh file 0700 ELF"},
	}, {
		name:    "an entrypoint beneath a closed directory of the base",
		spec:    "binaries: [{from: app, to: /opt/app}]",
		context: []string{"/app file 0755 ELF"},
		base:    []string{"/opt dir 0700"},
		want: `error directory-not-searchable binaries[0]: the entrypoint is /opt/app, which is behind /opt, a directory that user 65532:65532 may not search (mode 0700, owner 0:0)
  at run time: exec: "/opt/app": stat /opt/app: permission denied
  fix: let the user through, under directories: - {path: /opt, mode: "0755"}
  fix: or put the program into a directory that every user may search
`,
	}, {
		name:    "as that says",
		spec:    "binaries: [{from: app, to: /opt/app}]\ndirectories: [{path: /opt, mode: '0755'}]",
		context: []string{"/app file 0755 ELF"},
		base:    []string{"/opt dir 0700"},
	}, {
		name:    "a health check that is the base's own",
		spec:    "binaries: [app]\nhealthcheck: {test: [/bin/check]}",
		context: []string{"/app file 0755 ELF"},
		base:    []string{"/bin/check file 0700 ELF"},
		want: `error program-not-executable healthcheck.test: the health check is /bin/check, which user 65532:65532 may not execute (mode 0700, owner 0:0)
  at run time: exec: "/bin/check": permission denied
  fix: run the image as a user who may, with user: (65532:65532 is who may not)
  fix: take a base in which everybody may
`,
	}, {
		name:    "another binary",
		spec:    also + ", tool]\nentrypoint: [/app]",
		context: []string{"/app file 0755 ELF", "/tool file 0644 ELF"},
		want: `warning program-not-executable binaries[1]: /tool may not be executed by user 65532:65532 (mode 0644, owner 0:0)
  at run time: exec /tool: permission denied
  fix: set its mode: {from: …, mode: "0755"}
  fix: chmod +x the file before the build
`,
	}, {
		name:    "that the spec means for root",
		spec:    also + ", {from: tool, mode: '0700'}, {from: tool2, owner: '0:0'}]\nentrypoint: [/app]",
		context: []string{"/app file 0755 ELF", "/tool file 0644 ELF", "/tool2 file 0700 ELF"},
	}, {
		name:    "a script that is another binary, for an interpreter of root's",
		spec:    also + ", tool]\nentrypoint: [/app]",
		context: []string{"/app file 0755 ELF", "/tool file 0755 #!/bin/sh\n"},
		base:    []string{"/bin/sh file 0700 ELF"},
		want: `warning program-not-executable binaries[1]: /tool is a script for /bin/sh, which user 65532:65532 may not execute (mode 0700, owner 0:0)
  at run time: exec /tool: permission denied
  fix: run the image as a user who may, with user: (65532:65532 is who may not)
  fix: take a base in which everybody may
`,
	}, {
		name:    "a file for root alone",
		spec:    "files: [{from: app.conf, to: /etc/}]",
		context: []string{"/app.conf file 0600 x"},
		want: `warning file-not-readable files[0]: user 65532:65532 cannot read /etc/app.conf (mode 0600, owner 0:0)
  at run time: open /etc/app.conf: permission denied
  fix: set its mode: mode: "0644"
  fix: or say that it is meant so: mode: "0600"
`,
	}, {
		name:    "as the spec says",
		spec:    "files: [{from: app.conf, to: /etc/, mode: '0600'}, {from: other, to: /etc/, owner: '0:0'}]",
		context: []string{"/app.conf file 0644 x", "/other file 0640 x"},
	}, {
		name:    "many files, once",
		spec:    "files: [{from: etc, to: /etc/app}]",
		context: []string{"/etc dir 0700", "/etc/a file 0600 x", "/etc/b file 0644 x", "/etc/c/d file 0644 x"},
		want: `warning directory-not-searchable files[0]: user 65532:65532 cannot get to 3 of its files, such as /etc/app/a: it may not search /etc/app (mode 0700, owner 0:0)
  at run time: open /etc/app/a: permission denied
  fix: give them to the user: owner: "65532:65532"
  fix: or say that it is meant so: owner: "0:0"
`,
	}, {
		name:    "as one of the ways out",
		spec:    "files: [{from: etc, to: /etc/app, owner: '65532:65532'}, {from: etc, to: /etc/two, owner: '0:0'}]",
		context: []string{"/etc dir 0700", "/etc/a file 0600 x"},
	}, {
		name:    "some in an open directory",
		spec:    "files: [{from: etc, to: /etc/app}]",
		context: []string{"/etc/a file 0644 x", "/etc/b file 0640 x", "/etc/c file 0600 x"},
		want: `warning file-not-readable files[0]: user 65532:65532 cannot read 2 of its files, such as /etc/app/b (mode 0640, owner 0:0)
  at run time: open /etc/app/b: permission denied
  fix: give them to the user: owner: "65532:65532"
  fix: or say that it is meant so: owner: "0:0"
`,
	}, {
		name:    "a program and a script among files",
		spec:    "files: [{from: bin, to: /opt/bin}, {from: tool, to: /opt/tool}]",
		context: []string{"/bin/a file 0711 ELF", "/bin/b file 0711 #!/bin/sh\n", "/bin/c file 0755 ELF", "/bin/d file 0744 x", "/tool file 0744 ELF"},
		want: `warning file-not-readable files[0]: user 65532:65532 cannot read /opt/bin/b (mode 0711, owner 0:0)
  at run time: open /opt/bin/b: permission denied
  fix: give them to the user: owner: "65532:65532"
  fix: or say that it is meant so: owner: "0:0"
warning program-not-executable files[1]: user 65532:65532 cannot start /opt/tool (mode 0744, owner 0:0)
  at run time: exec /opt/tool: permission denied
  fix: set its mode: mode: "0755"
  fix: or say that it is meant so: mode: "0744"
`,
	}, {
		name:    "a file behind a closed directory of the base",
		spec:    "files: [{from: app.conf, to: /root/.config/app.conf, owner: 65532}, {from: app.conf, to: /root/own, owner: 0}]",
		context: []string{"/app.conf file 0644 x"},
		base:    []string{"/root dir 0700"},
		want: `warning directory-not-searchable files[0]: user 65532:65532 cannot get to /root/.config/app.conf: it may not search /root (mode 0700, owner 0:0)
  at run time: open /root/.config/app.conf: permission denied
  fix: let the user through, under directories: - {path: /root, mode: "0755"}
`,
	}, {
		name:    "a directory that the spec closes",
		spec:    "files: [{from: key, to: /srv/keys/}]\ndirectories: [{path: /srv/keys, mode: '0700'}]",
		context: []string{"/key file 0644 x"},
	}, {
		name: "files of a distribution that hold secrets are not meant to be read",
		spec: "files: ['debian:/etc/']",
		debian: []string{"/etc/shadow file 0640 x", "/etc/ssl/private dir 0700", "/etc/ssl/private/key.pem file 0600 x", "/etc/motd file 0644 x",
			"/etc/redis dir 0750", "/etc/redis/redis.conf file 0640 x"},
		want: `warning directory-not-searchable files[0]: user 65532:65532 cannot get to /etc/redis/redis.conf: it may not search /etc/redis (mode 0750, owner 0:0)
  at run time: open /etc/redis/redis.conf: permission denied
  fix: give them to the user: owner: "65532:65532"
  fix: or say that it is meant so: owner: "0:0"
`,
	}, {
		name:    "root reads all",
		spec:    "files: [{from: etc, to: /etc/app}]\nuser: 0",
		context: []string{"/etc dir 0700", "/etc/a file 0000 x"},
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{}
			for name, lines := range map[string][]string{plan.TreeContext: test.context, "debian": test.debian, plan.TreeBase: test.base} {
				if name == plan.TreeBase && lines == nil {
					continue
				}
				var with []string
				for _, line := range lines {
					with = append(with, strings.Replace(line, "ELF", elf, 1))
				}
				trees[name] = plantest.Tree(t, with...)
			}
			if got := plantest.Findings(plantest.Plan(t, test.spec, trees).Diagnostics); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// Volumes of an image that does not run as root are its user's, unless something
// else makes them.
func TestVolumes(t *testing.T) {
	t.Parallel()
	bare := "exclude: [accounts, nsswitch]\nfiles: [{from: a, to: /a}]\n"
	const denied = `  at run time: open /data/data: permission denied
  fix: give it to the user, under directories: - {path: /data, owner: "65532:65532"}
`
	for _, test := range []struct {
		spec string
		base []string
		tree string // but for /a
		want string
	}{
		{spec: "volumes: [/data, /tmp]", tree: "/data dir 0755 65532:65532\n/tmp dir 1777 0:0\n"},
		{spec: "volumes: [/data]\nexclude: [tmp]\nworkdir: /data", tree: "/data dir 0755 65532:65532\n"},
		{spec: "volumes: [/data]\nexclude: [tmp]\nworkdir: /data\nuser: 0", tree: "/data dir 0755 0:0\n"},
		{spec: "volumes: [/var/lib/x]\nuser: 0", tree: "/tmp dir 1777 0:0\n"},
		{spec: "volumes: [/data]\ndirectories: [{path: /data, owner: 65532, mode: '0700'}]", tree: "/data dir 0700 65532:65532\n/tmp dir 1777 0:0\n"},
		{spec: "volumes: [/data]\ndirectories: [{path: /data, owner: 0}]", tree: "/data dir 0755 0:0\n/tmp dir 1777 0:0\n"},
		{spec: "volumes: [/data]\ndirectories: [/data]", tree: "/data dir 0755 0:0\n/tmp dir 1777 0:0\n",
			want: "warning volume-not-writable volumes[0]: user 65532:65532 may not write to the volume /data (mode 0755, owner 0:0)\n" + denied},
		{spec: "volumes: [/data]", base: []string{"/data dir 0755 7"}, tree: "/tmp dir 1777 0:0\n",
			want: "warning volume-not-writable volumes[0]: user 65532:65532 may not write to the volume /data (mode 0755, owner 7:7)\n" + denied},
		{spec: "volumes: [/data]", base: []string{"/data dir 0777 7"}, tree: "/tmp dir 1777 0:0\n"},
	} {
		trees := map[string]rootfs.FS{plan.TreeContext: plantest.Tree(t, "/a file 0644 x"), "debian": plantest.Tree(t)}
		if test.base != nil {
			trees[plan.TreeBase] = plantest.Tree(t, test.base...)
		}
		text := bare + test.spec
		if strings.Contains(test.spec, "exclude: [tmp]") {
			text = strings.Replace(text, "nsswitch]", "nsswitch, tmp]", 1)
			text = strings.Replace(text, "\nexclude: [tmp]", "", 1)
		}
		got := plantest.Plan(t, text, trees)
		if text := plantest.Findings(got.Diagnostics); text != test.want {
			t.Errorf("%s:\n%s\nwant:\n%s", test.spec, text, test.want)
		}
		if have := strings.TrimPrefix(plantest.Show(got.Plan), "/a file 0644 0:0\n"); have != test.tree {
			t.Errorf("%s:\n%s\nwant:\n%s", test.spec, have, test.tree)
		}
	}
}
