package llbgen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/sinter-build/sinter/llbgen"
)

// dump marshals a state as a frontend does.
func dump(t *testing.T, st llb.State) string {
	t.Helper()
	def, err := st.Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	text, err := llbgen.Dump(def.ToPB())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDump(t *testing.T) {
	t.Parallel()
	epoch := time.Unix(1700000000, 0)
	debian := llb.Image("docker.io/library/debian:bookworm-slim", llb.WithCustomName("[debian] debian"), llb.ResolveModePreferLocal)
	source := llb.NewSourceMap(nil, "app.yaml", "yaml", []byte("a: b\n"))
	lines := source.Location([]*pb.Range{
		{Start: &pb.Position{Line: 2}, End: &pb.Position{Line: 4}},
		{Start: &pb.Position{Line: 7}, End: &pb.Position{Line: 7}},
	})
	for _, c := range []struct {
		name  string
		state llb.State
		want  string
	}{
		{"nothing", llb.Scratch(), "return scratch\n"},
		{"a source", llb.Local("context", llb.FollowPaths([]string{"a b", "c"}), llb.Differ(llb.DiffNone, false)), `
#1 source local://context
   local.differ=none
   local.followpaths=["a b","c"]
return #1
`},
		{
			"file actions", llb.Scratch().File(
				llb.Mkdir("/etc", 0o755, llb.WithUIDGID(1, 2), llb.WithCreatedTime(epoch)).
					Mkfile("/etc/motd", 0o640, []byte("hello\n"), llb.WithCreatedTime(time.Unix(0, 0))).
					Mkfile("/etc/blob", 0o644, make([]byte, 100)).
					Symlink("motd", "/etc/a link", llb.WithCreatedTime(epoch)).
					Rm("/tmp/*", llb.WithAllowWildcard(true), llb.WithAllowNotFound(true)).
					Copy(debian, "/usr/lib/x", "/usr/lib/y", &llb.CopyInfo{
						Mode: &llb.ChmodOpt{Mode: 0o4755}, ChownOpt: &llb.ChownOpt{User: &llb.UserOpt{UID: 0}, Group: &llb.UserOpt{Name: "mail"}},
						CopyDirContentsOnly: true, CreateDestPath: true, ExcludePatterns: []string{"*.a", "b c"},
					}),
				llb.WithCustomName(`[app] "x"`), lines, llb.IgnoreCache), `
#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian"
   image.resolvemode=local
   platform linux/amd64
#2 file "[app] \"x\"" app.yaml:2-4 app.yaml:7
   mkdir /etc mode=0755 owner=1:2 time=1700000000
   mkfile /etc/motd mode=0640 time=0 "hello\n"
   mkfile /etc/blob mode=0644 (100 bytes, sha256:cd00e292c5970d3c5e2f0ffa5171e555bc46bfc4faddfb4a418b6840b86e79a3)
   symlink "/etc/a link" -> motd time=1700000000
   rm /tmp/* allowNotFound allowWildcard
   copy #1 /usr/lib/x /usr/lib/y owner=0:mail@scratch mode=4755 dirCopyContents createDestPath exclude_patterns=[*.a "b c"]
   ignore_cache
return #2
`,
		},
		{
			"actions on each other", debian.File(
				llb.Mkdir("/a", 0o700).Copy(llb.Mkfile("/b", 0o600, nil).WithState(llb.Scratch()), "/b", "/a/b"),
			), `
#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian"
   image.resolvemode=local
   platform linux/amd64
#2 file
   on #1
   mkdir /a mode=0700
   on scratch
   mkfile /b mode=0600 ""
   on action 1
   copy action 2 /b /a/b
return #2
`,
		},
		{
			"a step", debian.Dir("/src").AddEnv("A", "b c").User("7").Run(
				llb.Args([]string{"sh", "-c", "echo $A"}), llb.Network(llb.NetModeNone), llb.WithCustomName("[run] it"),
				llb.AddMount("/in", debian, llb.SourcePath("/usr"), llb.Readonly, llb.ContentCache(llb.MountContentCacheOff)),
				llb.AddMount("/cache", llb.Scratch(), llb.AsPersistentCacheDir("id", llb.CacheMountLocked)),
				llb.AddSecret("/key", llb.SecretID("key")),
				llb.AddMount("/tmp", llb.Scratch(), llb.Tmpfs()),
			).AddMount("/out", llb.Scratch()), `
#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian"
   image.resolvemode=local
   platform linux/amd64
#2 exec "[run] it"
   args ["sh" "-c" "echo $A"]
   env "A=b c"
   cwd=/src user=7 removeMountStubsRecursive network=none
   mount / #1
   mount /cache scratch output=-1 mountType=cache cacheOpt={ID=id sharing=locked}
   mount /in #1 selector=/usr output=-1 readonly contentCache=off
   mount /out scratch output=1
   mount /tmp scratch output=-1 mountType=tmpfs
   mount /key scratch mountType=secret secretOpt={ID=key mode=0400}
   platform linux/amd64
return #2.1
`,
		},
		{
			"what depends on more than it has", llb.NewPassthrough("id", []llb.PassthroughInput{
				{State: debian, Output: true}, {State: debian.File(llb.Mkdir("/a", 0o755))},
			}), `
#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian"
   image.resolvemode=local
   platform linux/amd64
#2 file
   on #1
   mkdir /a mode=0755
#3 passthrough
   output #1
   of #1 #2
   id=id
return #3
`,
		},
		{
			"layers", llb.Merge([]llb.State{
				debian,
				llb.Diff(debian, debian.File(llb.Mkdir("/a", 0o755))),
				llb.Scratch().File(llb.Mkdir("/b", 0o755)),
			}, llb.WithCustomName("put together")), `
#1 source docker-image://docker.io/library/debian:bookworm-slim "[debian] debian"
   image.resolvemode=local
   platform linux/amd64
#2 file
   on #1
   mkdir /a mode=0755
#3 diff
   lower #1
   upper #2
#4 file
   mkdir /b mode=0755
#5 merge "put together"
   #1
   #3
   #4
return #5
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := dump(t, c.state); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
