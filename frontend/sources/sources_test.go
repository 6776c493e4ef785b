package sources

import (
	"slices"
	"testing"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/spec"
)

func evaluate(t *testing.T, text string) *spec.Spec {
	t.Helper()
	doc, _ := spec.Parse("app.yaml", []byte(text))
	s, findings := doc.Evaluate(spec.Vars{}, "")
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// Only what an image can take something from is fetched, and of the build context
// only what is named, unless a program's libraries may lie beside it.
func TestNeededAndContextPaths(t *testing.T) {
	t.Parallel()
	const sources = "sources: {debian: debian, other: debian}\n"
	for _, test := range []struct {
		name, spec    string
		needed, paths []string
	}{
		{"files of the context", sources + "files: [b, a/, a/]\n", []string{"context"}, []string{"a", "b"}},
		{"all of the context", "files: [{from: ., to: /srv/}]\n", []string{"context"}, nil},
		{"a name that is a pattern", "files: ['a[1]']\n", []string{"context"}, nil},
		{"a static program", "binaries: [{from: app, linkage: static}]\n", []string{"context"}, []string{"app"}},
		{"a program of the context", sources + "binaries: [app]\nfiles: [a]\nlibraries: {from: [debian]}\n", []string{"context", "debian"}, nil},
		{"a program of a source", sources + "binaries: [debian:/bin/a]\n", []string{"debian"}, nil},
		{"a part from any source", sources + "binaries: [debian:/bin/a]\ninclude: [tzdata]\n", []string{"debian", "other"}, nil},
		{"a part from one", sources + "binaries: [debian:/bin/a]\ninclude: [tzdata: {from: debian}]\n", []string{"debian"}, nil},
		{"an account from any source", sources + "binaries: [debian:/bin/a]\nuser: app\n", []string{"debian", "other"}, nil},
		{"an account, and a source of another target", sources + "binaries: [debian:/bin/a]\nuser: app\ntargets: {more: {files: ['other:/a']}}\n", []string{"debian"}, nil},
		{"a user in numbers", sources + "binaries: [debian:/bin/a]\nuser: '1:1'\n", []string{"debian"}, nil},
		{"a certificate of the context", sources + "binaries: [debian:/bin/a]\ninclude: [ca-certificates: {from: debian, add: [corp.pem]}]\n", []string{"context", "debian"}, []string{"corp.pem"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := evaluate(t, test.spec)
			if got := Needed(s); !slices.Equal(got, test.needed) {
				t.Errorf("needed %q, want %q", got, test.needed)
			}
			if got := ContextPaths(s); !slices.Equal(got, test.paths) {
				t.Errorf("paths %q, want %q", got, test.paths)
			}
		})
	}
}

// A plan tells of a named context what has a meaning outside the build's session,
// and no password.
func TestPublicReference(t *testing.T) {
	t.Parallel()
	for specifier, want := range map[string]string{
		"docker-image://debian:bookworm":                    "debian:bookworm",
		"https://example.com/x.git#main":                    "https://example.com/x.git#main",
		"https://user:secret@example.com/x.git":             "https://example.com/x.git",
		"git://token@example.com/x.git":                     "git://example.com/x.git",
		"local:assets":                                      "",
		"input:build":                                       "",
		"oci-layout://x9ab1/debian@sha256:0123456789abcdef": "",
		"git@github.com:owner/repo.git":                     "git@github.com:owner/repo.git",
	} {
		if got := publicReference(specifier); got != want {
			t.Errorf("%s: %q, want %q", specifier, got, want)
		}
	}
}

// All secrets on the way to a state are found, each once and in one order.
func TestSecretsOf(t *testing.T) {
	t.Parallel()
	base := llb.Image("debian")
	first := base.Run(llb.Shlex("one"), llb.AddSecret("/run/a", llb.SecretID("tok")), llb.AddSSHSocket(llb.SSHID("default"))).Root()
	second := base.Run(llb.Shlex("two"), llb.AddSecret("/run/b", llb.SecretID("tok")), llb.AddSecret("/run/c", llb.SecretID("key"), llb.SecretOptional),
		llb.AddSecret("TOKEN", llb.SecretID("env"), llb.SecretAsEnv(true))).Root()
	got, err := secretsOf(t.Context(), first.File(llb.Copy(second, "/x", "/x")))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, secret := range got {
		keys = append(keys, secret.key())
	}
	if want := []string{"default true false", "env false false", "key false true", "tok false false"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
}
