package imagecheck_test

import (
	"testing"

	"github.com/sinter-build/sinter/internal/plantest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// A name that fits something else is told, unless the spec says that it is meant.
func TestNamesOfAnotherKind(t *testing.T) {
	t.Parallel()
	files := []string{"/dist.tar.gz file 0644 x", "/conf/app.conf file 0644 x", "/site.conf/a file 0644 x"}
	const archive = "warning name-of-another-kind files[0].to: dist.tar.gz is an archive, and ships as the file "
	for _, test := range []struct{ name, spec, want string }{
		{"an archive for a directory", "files: [{from: dist.tar.gz, to: /srv/dist}]", archive + `/srv/dist: nothing unpacks it
  fix: unpack it in a stage of a Dockerfile, ADD dist.tar.gz /unpacked/, and ship that directory
  fix: if it is to stay packed, put it elsewhere by its name: to: /srv/dist.tar.gz
`},
		{"an archive for the root", "files: [{from: dist.tar.gz, to: /}]", archive + `/dist.tar.gz: nothing unpacks it
  fix: unpack it in a stage of a Dockerfile, ADD dist.tar.gz /unpacked/, and ship that directory
  fix: if it is to stay packed, put it elsewhere by its name: to: /srv/dist.tar.gz
`},
		{"an archive in a directory", "files: [{from: dist.tar.gz, to: /srv/}]", ""},
		{"an archive of another name", "files: [{from: dist.tar.gz, to: /srv/dist.bin}]", ""},
		{"a directory for a file", "files: [{from: conf, to: /etc/app.conf}]", `warning name-of-another-kind files[0].to: conf is a directory, and ships as a directory /etc/app.conf
  fix: name the file of it that is meant: from: conf/app.conf
  fix: to put what is in it into /etc, write to: /etc/
  fix: if the directory has this name, end it with a slash: to: /etc/app.conf/
`},
		{"that is meant", "files: [{from: conf, to: /etc/app.conf/}]", ""},
		{"that has the name", "files: [{from: site.conf, to: /etc/app.conf}]", ""},
		{"a directory", "files: [{from: conf, to: /etc/conf.d}]", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trees := map[string]rootfs.FS{plan.TreeContext: plantest.Tree(t, files...)}
			spec := "exclude: [accounts, tmp, nsswitch]\nruntime: closure\n" + test.spec
			if got := plantest.Findings(plantest.Plan(t, spec, trees).Diagnostics); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
