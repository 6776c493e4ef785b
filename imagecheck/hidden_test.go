package imagecheck_test

import (
	"testing"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// What a layer cannot hold is refused wherever it comes from, and what a runtime
// hides is refused where the image cannot work with it hidden, else warned of.
func TestPathsThatDoNotWork(t *testing.T) {
	t.Parallel()
	program := plantest.StaticProgram(t)
	for _, test := range []struct {
		name    string
		spec    string
		context []string
		debian  []string
		base    []string
		warning bool
		want    string
	}{{
		name:    "a whiteout among the files",
		spec:    "files: [{from: d/, to: /srv/}]",
		context: []string{"/d/a file 0644 a", "/d/.wh.a file 0644 a"},
		want: `/srv/.wh.a (/d/.wh.a of the build context) has a name that begins with .wh.: in a layer that removes files, and adds none
  fix: rename it
  fix: leave them out: name the files beside them one by one`,
	}, {
		name:   "an opaque directory anywhere below, once for an item",
		spec:   "files: ['debian:/usr', {from: 'debian:/usr/share', to: /share}]",
		debian: []string{"/usr/share/x/.wh..wh..opq file 0644 a", "/usr/share/.wh.y/z file 0644 a", "/usr/share/ok/x.wh.y file 0644 a"},
		want: `3 paths such as /share/.wh.y (/usr/share/.wh.y of source debian) have names that begin with .wh.: in a layer these remove files, and add none
  fix: rename them
  fix: leave them out: name the files beside them one by one
3 paths such as /usr/share/.wh.y have names that begin with .wh.: in a layer these remove files, and add none
  fix: rename them
  fix: leave them out: name the files beside them one by one`,
	}, {
		name:   "behind a link of the source",
		spec:   "libraries: {from: [debian]}\nfiles: ['debian:/data/a']",
		debian: []string{"/data link .wh.data", "/.wh.data/a file 0644 a"},
		want: `/.wh.data/a has a name that begins with .wh.: in a layer that removes files, and adds none
  fix: rename it
  fix: leave them out: name the files beside them one by one`,
	}, {
		name:   "among the time zones",
		spec:   "include: [tzdata]",
		debian: []string{"/usr/share/zoneinfo/UTC file 0644 TZif2", "/usr/share/zoneinfo/.wh.UTC file 0644 TZif2"},
		want: `/usr/share/zoneinfo/.wh.UTC has a name that begins with .wh.: in a layer that removes files, and adds none
  fix: rename it`,
	}, {
		name:    "a program below /dev",
		spec:    "binaries: [{from: app, to: /dev/app}]",
		context: []string{"/app file 0755 " + program},
		want: `/dev/app (/app of the build context) is not seen when the image runs: the runtime mounts a file system of the kernel over /dev
  at run time: exec /dev/app: no such file or directory
  fix: give it another path`,
	}, {
		name:    "a program in place of /etc/hosts",
		spec:    "binaries: [{from: app, to: /etc/hosts}]",
		context: []string{"/app file 0755 " + program},
		want: `/etc/hosts (/app of the build context) is not seen when the image runs: the runtime puts a file of its own in its place
  at run time: exec /etc/hosts: no such file or directory
  fix: give it another path
  fix: say what is to be in it when the image is run: docker run --add-host, or hostAliases in a pod`,
	}, {
		name:    "one among the files that starts",
		spec:    "files: [{from: app, to: /etc/hosts}]\nentrypoint: [/etc/hosts]",
		context: []string{"/app file 0755 " + program},
		want: `/etc/hosts (/app of the build context) is not seen when the image runs: the runtime puts a file of its own in its place
  fix: give it another path
  fix: leave it out: name what the program needs, rather than all that is around it
  fix: say what is to be in it when the image is run: docker run --add-host, or hostAliases in a pod`,
	}, {
		name: "one of the base that starts",
		spec: "links: [{path: /a, target: b}]\nentrypoint: [/dev/init]",
		base: []string{"/dev/init file 0755 " + program, "/etc/hosts file 0644 x", "/proc/x file 0644 x", "/.dockerenv file 0644 x"},
		want: `the entrypoint is /dev/init of the base image, which is not seen when the image runs: the runtime mounts a file system of the kernel over /dev
  at run time: exec: "/dev/init": stat /dev/init: no such file or directory
  fix: start a program at another path`,
	}, {
		name: "directories and links",
		spec: "directories: [/proc/app, /proc, /etc/hosts]\nlinks: [{path: /sys/x, target: y}]\nworkdir: /dev/shm/x",
		want: `/dev/shm/x is not seen when the image runs: the runtime mounts a file system of the kernel over /dev
  fix: give it another path
/etc/hosts is not seen when the image runs: the runtime puts a file of its own in its place
  fix: give it another path
  fix: say what is to be in it when the image is run: docker run --add-host, or hostAliases in a pod
/proc/app is not seen when the image runs: the runtime mounts a file system of the kernel over /proc
  fix: give it another path
/sys/x is not seen when the image runs: the runtime mounts a file system of the kernel over /sys
  fix: give it another path`,
	}, {
		name: "volumes, whoever the user is",
		spec: "volumes: [/proc/app, /dev/shm/cache, /etc/hosts, /data]\nlinks: [{path: /a, target: b}]\nuser: 0",
		want: `there can be no volume at /etc/hosts: the runtime puts a file of its own in its place
  fix: give it another path
there can be no volume at /proc/app: the runtime mounts a file system of the kernel over /proc
  fix: give it another path`,
	}, {
		name: "volumes of another user",
		spec: "volumes: [/proc/app, /dev/shm/cache]\nlinks: [{path: /a, target: b}]",
		want: `there can be no volume at /proc/app: the runtime mounts a file system of the kernel over /proc
  fix: give it another path`,
	}, {
		name:    "a directory as a whole, with its mount points",
		spec:    "files: [{from: root/, to: /}]",
		context: []string{"/root/dev/pts dir 0755", "/root/proc dir 0755", "/root/etc/hosts file 0644 x", "/root/etc/resolv.conf link ../run/resolv.conf", "/root/etc/motd file 0644 x"},
		warning: true,
		want: `2 paths such as /etc/hosts (/root/etc/hosts of the build context) are not seen when the image runs: the runtime puts a file of its own in its place
  fix: leave it out: name what the program needs, rather than all that is around it
  fix: say what is to be in it when the image is run: docker run --add-host, or hostAliases in a pod`,
	}, {
		name:    "and with a file in one",
		spec:    "files: [{from: root/, to: /}]",
		context: []string{"/root/.dockerenv file 0644 x", "/root/dev/console file 0644 x"},
		want: `2 paths such as /dev/console (/root/dev/console of the build context) are not seen when the image runs: the runtime mounts a file system of the kernel over /dev
  fix: give it another path
  fix: leave it out: name what the program needs, rather than all that is around it`,
	}, {
		name:    "behind a link of the image",
		spec:    "files: [{from: a, to: /devices/a}]\nlinks: [{path: /devices, target: /dev}]\ndirectories: [/dev]",
		context: []string{"/a file 0644 a"},
		want: `/dev/a (/a of the build context) is not seen when the image runs: the runtime mounts a file system of the kernel over /dev
  fix: give it another path
  fix: leave it out: name what the program needs, rather than all that is around it`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: plantest.Tree(t, test.context...), "debian": plantest.Tree(t, test.debian...)}
			if test.base != nil {
				trees[plan.TreeBase] = plantest.Tree(t, test.base...)
			}
			res := plantest.Plan(t, test.spec+"\nmetadata: none", trees)
			if got := res.Diagnostics.Error(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
			if refused := res.Diagnostics.Err() != nil; refused == test.warning {
				t.Errorf("refused: %v, want %v", refused, !test.warning)
			}
			if found := res.Diagnostics; len(found) > 0 && test.warning && found[0].Severity != diag.SeverityWarning {
				t.Errorf("the severity is %q", found[0].Severity)
			}
		})
	}
}
