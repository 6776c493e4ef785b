package rootfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// tree makes a directory: a name ending in "/" is a directory, "a -> b" a link,
// and other names are files that contain their own name.
func tree(t *testing.T, entries ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, e := range entries {
		name, target, link := strings.Cut(e, " -> ")
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case link:
			err = os.Symlink(target, full)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(full, 0o755)
		default:
			err = os.WriteFile(full, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestResolve(t *testing.T) {
	t.Parallel()
	root := tree(t,
		"usr/lib/libx.so.1.2",
		"usr/lib/libx.so.1 -> libx.so.1.2",
		"lib -> usr/lib",
		"lib64 -> /usr/lib",
		"etc/alternatives/blas -> /lib/libx.so.1",
		"usr/lib/libblas.so -> ../../etc/alternatives/blas",
		"up -> ../../../../usr",
		"dangling -> /none",
		"loop -> loop2",
		"loop2 -> loop",
		"file",
		"slash -> file/",
	)
	tests := []struct {
		path  string
		want  string
		links []string
		err   error
	}{
		{path: "/", want: "/"},
		{path: "/file", want: "/file"},
		{path: "file", want: "/file"},
		{path: "/../../file", want: "/file"},
		{path: "/usr//./lib/../lib", want: "/usr/lib"},
		{path: "/lib/libx.so.1", want: "/usr/lib/libx.so.1.2", links: []string{"/lib>usr/lib", "/usr/lib/libx.so.1>libx.so.1.2"}},
		{path: "/lib64/..", want: "/usr", links: []string{"/lib64>/usr/lib"}},
		{path: "/lib64/libblas.so", want: "/usr/lib/libx.so.1.2", links: []string{
			"/lib64>/usr/lib", "/usr/lib/libblas.so>../../etc/alternatives/blas", "/etc/alternatives/blas>/lib/libx.so.1",
			"/lib>usr/lib", "/usr/lib/libx.so.1>libx.so.1.2"}},
		{path: "/up/lib", want: "/usr/lib", links: []string{"/up>../../../../usr"}},
		{path: "/none", err: fs.ErrNotExist},
		{path: "", err: fs.ErrNotExist},
		{path: "/dangling", err: fs.ErrNotExist, links: []string{"/dangling>/none"}},
		{path: "/file/x", err: syscall.ENOTDIR},
		{path: "/file/", err: syscall.ENOTDIR},
		{path: "/file/..", err: syscall.ENOTDIR},
		{path: "/slash", err: syscall.ENOTDIR, links: []string{"/slash>file/"}},
		{path: "/" + strings.Repeat("x", 256), err: syscall.ENAMETOOLONG},
		{path: strings.Repeat("/x", 2048), err: syscall.ENAMETOOLONG},
	}
	for _, test := range tests {
		t.Run(test.path[:min(len(test.path), 30)], func(t *testing.T) {
			t.Parallel()
			got, err := Resolve(Cached(Dir(root)), test.path)
			var links []string
			for _, l := range got.Links {
				links = append(links, l.Path+">"+l.Target)
			}
			if !errors.Is(err, test.err) || got.Path != test.want || !slices.Equal(links, test.links) {
				t.Errorf("got %q, %v, %v; want %q, %v, %v", got.Path, links, err, test.want, test.links, test.err)
			}
		})
	}
	t.Run("loop", func(t *testing.T) {
		t.Parallel()
		got, err := Resolve(Dir(root), "/loop")
		if !errors.Is(err, syscall.ELOOP) || len(got.Links) != MaxLinks {
			t.Errorf("got %v after %d links", err, len(got.Links))
		}
	})
}

func TestDirStaysInside(t *testing.T) {
	t.Parallel()
	root := tree(t, "in/file", "abs -> /etc", "rel -> ../../../../../../etc", "link -> in/file")
	if err := mkfifo(filepath.Join(root, "fifo")); err != nil {
		t.Fatal(err)
	}
	d := Dir(root)
	for _, name := range []string{"abs/passwd", "rel/passwd", "link", "fifo", "../file", "/etc/passwd", "abs"} {
		if f, err := d.Open(name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

// A name that means something else to the operating system is one that no file
// has.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	root := tree(t, "usr/lib/a")
	for kind, d := range map[string]FS{"dir": Dir(root), "portable": portable(t, root)} {
		for _, name := range []string{`usr\lib\a`, `usr/lib\a`, "nul", "usr/lib/com1", "usr/lib/a:b"} {
			if _, err := d.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: Lstat %q: %v", kind, name, err)
			}
			if _, err := d.ReadLink(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: ReadLink %q: %v", kind, name, err)
			}
			if _, err := d.Open(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: Open %q: %v", kind, name, err)
			}
		}
	}
}

// portable returns the tree below a directory as systems that have no code of
// their own read it.
func portable(t *testing.T, dir string) FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	// Where no directory is kept open, names are looked up from the root.
	return &dirFS{open: func() (*os.Root, error) { return root, nil }}
}

// However many directories there are, few are open, and what is looked at in one that was
// closed since is found.
func TestManyDirectories(t *testing.T) {
	t.Parallel()
	const depth = 3 * maxOpenDirs
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, strings.Repeat("d/", depth)), 0o755))
	d := Dir(root).(*dirFS)
	for range 2 {
		for i := range depth {
			info, err := d.Lstat(strings.Repeat("d/", i) + "d")
			must(t, err)
			if !info.IsDir() || len(d.dirs) > maxOpenDirs || len(d.dirs) != len(d.order) {
				t.Fatalf("%d: directory: %t; %d are open, %d in order", i, info.IsDir(), len(d.dirs), len(d.order))
			}
		}
	}
}

// TestBackends runs the standard library's checks.
func TestBackends(t *testing.T) {
	t.Parallel()
	root := tree(t, "usr/lib/a", "usr/lib/b", "etc/")
	v := NewViewOver(Dir(root))
	must(t, v.AddData("/usr/share/c", []byte("text"), 0o644, 0, 0))
	for name, fsys := range map[string]FS{"dir": Dir(root), "portable": portable(t, root), "cached": Cached(Dir(root)), "view": v} {
		if err := fstest.TestFS(fsys, "usr/lib/a", "etc"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// listing renders a tree for comparison. Files of root and of who runs the test
// are the usual; those of others are marked.
func listing(t *testing.T, fsys FS) []string {
	t.Helper()
	var out []string
	must(t, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := fsys.Lstat(name)
		if err != nil {
			return err
		}
		st := StatOf(info)
		line := Abs(name) + " " + info.Mode().String()
		if st.UID != 0 && st.UID != uint32(os.Getuid()) {
			line += " owned"
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := fsys.ReadLink(name)
			if err != nil {
				return err
			}
			line += " " + target
		case info.Mode().IsRegular():
			line += " " + content(t, fsys, name)
		}
		out = append(out, line)
		return nil
	}))
	return out
}

func content(t *testing.T, fsys FS, name string) string {
	t.Helper()
	f, err := fsys.Open(name)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	data := make([]byte, info.Size())
	_, err = f.(io.ReaderAt).ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(data)
}

func TestView(t *testing.T) {
	t.Parallel()
	src := Dir(tree(t, "out/app"))
	info, err := src.Lstat("out/app")
	must(t, err)
	lower := fstest.MapFS{
		"usr/lib/old": {Data: []byte("old"), Mode: 0o644},
		"usr/lib/new": {Data: []byte("lower"), Mode: 0o600},
		"lib":         {Data: []byte("usr/lib"), Mode: fs.ModeSymlink | 0o777},
	}
	v := NewViewOver(lower)
	must(t, v.AddData("/lib/new", []byte("upper"), 0o644, 0, 0))
	must(t, v.AddFile("/usr/bin/app", src, "out/app", info))
	must(t, v.AddLink("/usr/bin/sh", "app"))
	must(t, v.AddDir("/tmp", 0o777|fs.ModeSticky, 7, 7))
	must(t, v.AddLink("/data", "/srv/data"))
	must(t, v.AddData("/data/x", nil, 0o400, 0, 0))
	want := []string{
		"/ dr-xr-xr-x",
		"/data Lrwxrwxrwx /srv/data",
		"/lib Lrwxrwxrwx usr/lib",
		"/srv drwxr-xr-x",
		"/srv/data drwxr-xr-x",
		"/srv/data/x -r-------- ",
		"/tmp dtrwxrwxrwx owned",
		"/usr dr-xr-xr-x",
		"/usr/bin drwxr-xr-x",
		"/usr/bin/app -rw-r--r-- out/app",
		"/usr/bin/sh Lrwxrwxrwx app",
		"/usr/lib dr-xr-xr-x",
		"/usr/lib/new -rw-r--r-- upper",
		"/usr/lib/old -rw-r--r-- old",
	}
	if got := listing(t, v); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestViewConflicts(t *testing.T) {
	t.Parallel()
	v := NewView()
	must(t, v.AddData("/a/file", nil, 0o644, 0, 0))
	for what, err := range map[string]error{
		"a directory over a file":  v.AddDir("/a/file", 0o755, 0, 0),
		"a file over a directory":  v.AddData("/a", nil, 0o644, 0, 0),
		"a link over a directory":  v.AddLink("/a", "b"),
		"a file below a file":      v.AddData("/a/file/x", nil, 0o644, 0, 0),
		"a directory below a file": v.AddDir("/a/file/x", 0o755, 0, 0),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// reason is what an error of Resolve says without the path.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// FuzzResolve checks that a resolution ends, stays inside and is physical, and
// that it is the same when the tree remembers where directories lead.
func FuzzResolve(f *testing.F) {
	f.Add("/a/b/../c", "../x", "/a")
	f.Add("a//./b/", "b", "../../a/b")
	f.Fuzz(func(t *testing.T, p, one, two string) {
		lower := fstest.MapFS{
			"a/b": {Data: []byte(one), Mode: fs.ModeSymlink | 0o777},
			"c":   {Data: []byte(two), Mode: fs.ModeSymlink | 0o777},
			"d/e": {},
		}
		got, err := Resolve(lower, p)
		cached := Cached(lower)
		for range 2 {
			same, err2 := Resolve(cached, p)
			if same.Path != got.Path || !slices.Equal(same.Links, got.Links) || !errors.Is(err2, reason(err)) {
				t.Errorf("%q leads to %+v, %v, but in a cached tree to %+v, %v", p, got, err, same, err2)
			}
		}
		if err != nil {
			return
		}
		again, err := Resolve(lower, got.Path)
		if err != nil || again.Path != got.Path || len(again.Links) > 0 {
			t.Errorf("%q leads to %q, which leads to %+v, %v", p, got.Path, again, err)
		}
	})
}

// closedDirs is a tree whose directories cannot be opened, as in a build's gateway.
type closedDirs struct{ FS }

func (t closedDirs) Open(name string) (fs.File, error) {
	if info, err := t.Lstat(name); err == nil && info.IsDir() {
		return nil, fs.ErrInvalid
	}
	return t.FS.Open(name)
}

func TestWalk(t *testing.T) {
	var got []string
	err := Walk(closedDirs{Dir(tree(t, "a/b/file", "a/c/", "a/link -> b", "z"))}, "a", func(name string, _ fs.DirEntry, err error) error {
		got = append(got, name)
		return err
	})
	if want := []string{"a", "a/b", "a/b/file", "a/c", "a/link"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
