package resolve_test

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// capable is a tree whose files below /caps have the capability of their name's
// number: "/caps/13" has cap_net_raw. Those below /caps/p have it without the
// effective bit, and those below /caps/bad have what is none.
type capable struct{ rootfs.FS }

func (c capable) FileCapabilities(name string) ([]byte, error) {
	dir, base, _ := strings.Cut(strings.TrimPrefix(name, "caps/"), "/")
	magic := uint32(0x02000001)
	switch {
	case !strings.HasPrefix(name, "caps/"):
		return nil, nil
	case base == "":
		base = dir
	case dir == "bad":
		return []byte("?"), nil
	default:
		magic--
	}
	var number uint
	if _, err := fmt.Sscan(base, &number); err != nil {
		return nil, err
	}
	value := make([]byte, 20)
	binary.LittleEndian.PutUint32(value, magic)
	binary.LittleEndian.PutUint32(value[4:], 1<<number)
	return value, nil
}

// What gives rights to whoever executes it is in the plan, and said unless the spec
// says it.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	v := rootfs.NewView()
	for name, mode := range map[string]uint32{
		"/bin/passwd": 0o4755, "/bin/wall": 0o2755, "/bin/both": 0o6755, "/bin/cat": 0o755, "/caps/13": 0o755, "/caps/12": 0o644,
		"/caps/p/10": 0o755, "/caps/bad/0": 0o755, "/many/a": 0o4755, "/many/b": 0o4755, "/many/c": 0o4755, "/many/d": 0o4755,
		"/many/e": 0o4755, "/many/f": 0o4755, "/many/g": 0o755,
	} {
		e := plan.Entry{Mode: mode}
		if err := v.AddData(name, []byte(name), e.FileMode(), 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.AddDir("/dir", fs.ModeSetgid|0o755, 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, files string
		rights      string // of the plan's entries
		want        string // the warnings
	}{{
		name:  "none",
		files: "['debian:/bin/cat', 'debian:/dir/', 'debian:/caps/12']",
	}, {
		name:   "setuid",
		files:  "['debian:/bin/passwd']",
		rights: "/bin/passwd runs as user 0 (setuid, mode 4755)\n",
		want: `files[0] /bin/passwd gives more rights to whoever executes it: it runs as user 0 (setuid, mode 4755)
  fix: set the mode without the bits: {from: "debian:/bin/passwd", to: /bin/passwd, mode: "0755"}
  fix: if it is meant, say so with the mode: mode: "4755"
`,
	}, {
		name:   "setgid and both, moved and with an owner",
		files:  "[{from: 'debian:/bin/wall', to: /usr/bin/wall, owner: '1:5'}, 'debian:/bin/both']",
		rights: "/bin/both runs as user 0 (setuid, mode 6755) and runs as group 0 (setgid, mode 6755)\n/usr/bin/wall runs as group 5 (setgid, mode 2755)\n",
		want: `files[0] /usr/bin/wall gives more rights to whoever executes it: it runs as group 5 (setgid, mode 2755)
  fix: set the mode without the bits: {from: "debian:/bin/wall", to: /usr/bin/wall, mode: "0755"}
  fix: if it is meant, say so with the mode: mode: "2755"
files[1] /bin/both gives more rights to whoever executes it: it runs as user 0 (setuid, mode 6755) and runs as group 0 (setgid, mode 6755)
  fix: set the mode without the bits: {from: "debian:/bin/both", to: /bin/both, mode: "0755"}
  fix: if it is meant, say so with the mode: mode: "6755"
`,
	}, {
		name:   "the spec says so",
		files:  "[{from: 'debian:/bin/passwd', mode: '4755'}, {from: 'debian:/bin/wall', mode: '0755'}]",
		rights: "/bin/passwd runs as user 0 (setuid, mode 4755)\n",
	}, {
		name:   "the capabilities of a file whose mode the spec sets",
		files:  "[{from: 'debian:/caps/13', mode: '0755'}]",
		rights: "/caps/13 has the capabilities cap_net_raw=ep\n",
		want: `files[0] /caps/13 gives more rights to whoever executes it: it has the capabilities cap_net_raw=ep
  at run time: exec /caps/13: operation not permitted
  fix: take the capabilities away in source debian: setcap -r /caps/13
`,
	}, {
		name:   "capabilities that the program has to ask for",
		files:  "['debian:/caps/p/10']",
		rights: "/caps/p/10 has the capabilities cap_net_bind_service=p\n",
		want: `files[0] /caps/p/10 gives more rights to whoever executes it: it has the capabilities cap_net_bind_service=p
  fix: take the capabilities away in source debian: setcap -r /caps/p/10
`,
	}, {
		name:   "what is none",
		files:  "['debian:/caps/bad/0']",
		rights: "/caps/bad/0 has the capabilities invalid\n",
		want: `files[0] /caps/bad/0 gives more rights to whoever executes it: it has the capabilities invalid
  at run time: exec /caps/bad/0: invalid argument
  fix: take the capabilities away in source debian: setcap -r /caps/bad/0
`,
	}, {
		name:  "a directory of them is one finding",
		files: "[{from: 'debian:/many/', to: /m/}]",
		rights: `/m/a runs as user 0 (setuid, mode 4755)
/m/b runs as user 0 (setuid, mode 4755)
/m/c runs as user 0 (setuid, mode 4755)
/m/d runs as user 0 (setuid, mode 4755)
/m/e runs as user 0 (setuid, mode 4755)
/m/f runs as user 0 (setuid, mode 4755)
`,
		want: `files[0] 6 files give more rights to whoever executes them: /m/a runs as user 0 (setuid, mode 4755); /m/b runs as user 0 (setuid, mode 4755); ` +
			`/m/c runs as user 0 (setuid, mode 4755); /m/d runs as user 0 (setuid, mode 4755); /m/e runs as user 0 (setuid, mode 4755); and 1 more
  fix: set the mode without the bits: {from: "debian:/many/a", to: /m/a, mode: "0755"}
  fix: if it is meant, say so with the mode: mode: "4755"
`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res := planFor(t, "exclude: [accounts, tmp, nsswitch]\nfiles: "+test.files, map[string]rootfs.FS{
				plan.TreeContext: tree(t), "debian": capable{v},
			})
			var rights, found strings.Builder
			for _, e := range res.Plan.Entries {
				if p := e.Privileges(); p != nil {
					rights.WriteString(e.Path + " " + strings.Join(p, " and ") + "\n")
				}
			}
			for _, d := range res.Diagnostics {
				found.WriteString(d.At + " " + d.String() + "\n")
			}
			if rights.String() != test.rights {
				t.Errorf("got:\n%s\nwant:\n%s", &rights, test.rights)
			}
			if found.String() != test.want {
				t.Errorf("found:\n%s\nwant:\n%s", &found, test.want)
			}
		})
	}
}
