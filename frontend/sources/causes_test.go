package sources

import (
	"errors"
	"strings"
	"testing"

	"github.com/distribution/reference"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// told is what a user reads of findings.
func told(t *testing.T, err error) string {
	t.Helper()
	list, ok := errors.AsType[diag.List](err)
	if !ok {
		t.Fatalf("%v is no finding", err)
	}
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.At + ": " + d.String() + "\n")
	}
	return b.String()
}

// What BuildKit says of a source that cannot be had, and what is told of it.
func TestCauses(t *testing.T) {
	t.Parallel()
	l := &Loader{Platform: ocispecs.Platform{OS: "linux", Architecture: "riscv64"}}
	image := func(ref string) func(error) error {
		return func(err error) error {
			name, parseErr := reference.ParseNormalizedNamed(ref)
			if parseErr != nil {
				t.Fatal(parseErr)
			}
			return l.noImage(name, "sources.a", err)
		}
	}
	git := func(url string) func(error) error {
		return func(err error) error { return noRepository("sources.a.git", "a", spec.Source{Git: url}, err) }
	}
	http := func(url string, unpack bool) func(error) error {
		return func(err error) error {
			return noDownload("sources.a.http", "a", spec.Source{HTTP: url, Unpack: unpack}, err)
		}
	}
	for _, test := range []struct {
		name string
		make func(error) error
		text string
		want string
	}{
		{"no such platform", image("debian:bookworm-slim"), "no match for platform in manifest: not found", `
sources.a: there is no image debian:bookworm-slim for linux/riscv64: no match for platform in manifest: not found
  fix: see which platforms it is for: docker buildx imagetools inspect debian:bookworm-slim
  fix: take an image that is for linux/riscv64, or leave that out of platforms and --platform
`},
		{"an image that a source policy denies", image("debian:bookworm"), `source "docker-image://docker.io/library/debian:bookworm" denied by policy: source denied by policy`, `
sources.a: the source policy of this build denies the image debian:bookworm: source "docker-image://docker.io/library/debian:bookworm" denied by policy: source denied by policy
  fix: use an image that the policy allows
  fix: ask those who keep the source policy to allow this one
`},
		{"a mistyped image", image("debain:bookworm"), "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", `
sources.a: image debain:bookworm cannot be had for linux/riscv64: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed
  fix: check its name: registries answer like this for an image that is not there, too; did you mean debian:bookworm?
  fix: log in, if it is private: docker login docker.io
`},
		{"a mistyped tag", image("debian:bokworm"), "docker.io/library/debian:bokworm: not found", `
sources.a: image debian:bokworm cannot be had for linux/riscv64: docker.io/library/debian:bokworm: not found
  fix: check its name and tag; did you mean debian:bookworm?
`},
		{"the name of many images", image("distroless"), "docker.io/library/distroless:latest: not found", `
sources.a: image distroless cannot be had for linux/riscv64: docker.io/library/distroless:latest: not found
  fix: check its name and tag; did you mean gcr.io/distroless/base-debian12?
`},
		{"no registry", image("registry.example/app"), `failed to do request: Head "https://registry.example/v2/app/manifests/latest": dial tcp: lookup registry.example: no such host`, `
sources.a: image registry.example/app cannot be had for linux/riscv64: failed to do request: Head "https://registry.example/v2/app/manifests/latest": dial tcp: lookup registry.example: no such host
  fix: check the name of the registry, registry.example
  fix: see that the builder reaches it from where BuildKit runs, which may be another machine than yours, through a proxy perhaps
`},
		{"a registry with a certificate of its own", image("registry.example/app"), "tls: failed to verify certificate: x509: certificate signed by unknown authority", `
sources.a: image registry.example/app cannot be had for linux/riscv64: tls: failed to verify certificate: x509: certificate signed by unknown authority
  fix: have BuildKit trust the registry registry.example, in [registry."registry.example"] of its buildkitd.toml: ca for a certificate of your own, http = true for plain HTTP
`},
		{"no SSH agent", git("git@github.com:owner/repo.git#v1:sub"), `failed to load cache key: no SSH key "default" forwarded from the client`, `
sources.a.git: the repository of source a cannot be had: no SSH key "default" forwarded from the client
  fix: lend the build your SSH agent: --ssh default (ssh-add -l lists its keys)
  fix: for a public repository, write git: https://github.com/owner/repo.git#v1:sub
`},
		{"no SSH agent for a URL", git("ssh://git@example.com:2222/owner/repo.git#v1"), `no SSH key "default" forwarded from the client`, `
sources.a.git: the repository of source a cannot be had: no SSH key "default" forwarded from the client
  fix: lend the build your SSH agent: --ssh default (ssh-add -l lists its keys)
  fix: for a public repository, write git: https://example.com/owner/repo.git#v1
`},
		{"a private repository", git("https://token@github.com/owner/repo.git#main"), "failed to load cache key: error fetching default branch: git stderr:\nfatal: could not read Username for 'https://github.com': terminal prompts disabled\n: exit status 128", `
sources.a.git: the repository of source a cannot be had: error fetching default branch: git stderr: fatal: could not read Username for 'https://github.com': terminal prompts disabled: exit status 128
  fix: check that https://github.com/owner/repo.git is right: hosts answer like this for a repository that is not there, too
  fix: if it is private, give a token: --secret id=GIT_AUTH_TOKEN,env=GIT_AUTH_TOKEN
`},
		{"no such branch", git("https://example.com/repo.git#mian"), "repository does not contain ref mian, output: \"\"", `
sources.a.git: the repository of source a cannot be had: repository does not contain ref mian, output: ""
  fix: check what stands after the # of the URL: a branch, a tag or a whole commit, as in https://example.com/repo.git#main (git ls-remote https://example.com/repo.git lists them)
`},
		{"nothing at a URL", http("https://example.com/app.tar.gz", true), "failed to load cache key: invalid response status 404", `
sources.a.http: there is nothing at https://example.com/app.tar.gz (source a): invalid response status 404
  fix: open the URL in a browser, or with curl -I, and correct it: the version or the platform in it may have another name
`},
		{"another file", http("https://user:secret@example.com/app", false), "digest mismatch sha256:a: sha256:b", `
sources.a.http: https://example.com/app is another file than its checksum says (source a): digest mismatch sha256:a: sha256:b
  fix: if this file is what you want, write checksum: sha256:a; if it should not have changed, do not use it
`},
		{"a sparse archive", http("https://example.com/app.tar", true), "unhandled tar header type 83", `
sources.a.http: https://example.com/app.tar cannot be unpacked (source a): it has sparse files, as tar --sparse makes them, which BuildKit does not read: unhandled tar header type 83
  fix: make the archive without --sparse (-S)
  fix: unpack it in a stage instead: dockerfile: | with the lines FROM debian:bookworm-slim, ADD https://example.com/app.tar /, RUN mkdir /out && tar -xf /app.tar -C /out; what it holds is below /out then
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, want := told(t, test.make(errors.New(test.text))), strings.TrimPrefix(test.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What a package manager says of packages, as why.sh passes it on, and what is told.
func TestRefusedPackages(t *testing.T) {
	t.Parallel()
	answer := readReasons(`manager apt-get
said redis-sever E: Unable to locate package redis-sever
said curl=1.0 E: Version '1.0' for 'curl' was not found
said jq~=1.6 E: Unable to locate package jq~
said jq@1.6 E: Unable to locate package jq@1.6
said curl_bins E: Unable to locate package curl_bins
said ftp-server E: Package 'ftp-server' has no installation candidate
version curl 7.88.1-10+deb12u15
version curl 7.88.1-10+deb12u5
name redis-server
name curl
name ftp-server
`)
	src := spec.Source{Image: "debian:bookworm-slim"}
	var list diag.List
	for _, pkg := range []string{"redis-sever", "curl=1.0", "ftp-server", "jq~=1.6", "jq@1.6", "curl_bins"} {
		list = append(list, answer.refused(pkg, answer.said[pkg], "sources.a.packages[0]", src))
	}
	const want = `sources.a.packages[0]: debian:bookworm-slim has no package redis-sever; did you mean redis-server?
  fix: write redis-server
  fix: look for its name: docker run --rm debian:bookworm-slim sh -c 'apt-get update && apt-cache search WORD'
  fix: if it is from another repository, name that under repositories
sources.a.packages[0]: debian:bookworm-slim has no curl=1.0 now: of curl it has 7.88.1-10+deb12u15, 7.88.1-10+deb12u5
  fix: write curl=7.88.1-10+deb12u15, or curl alone for the newest
  fix: distributions keep only the newest versions: to keep one, name a repository that keeps it under repositories, such as one of snapshot.debian.org
sources.a.packages[0]: ftp-server cannot be installed in debian:bookworm-slim: Package 'ftp-server' has no installation candidate
  fix: see what the package manager says in the output of this step
sources.a.packages[0]: debian:bookworm-slim has no package jq~=1.6: that is how other package managers ask for a version
  fix: write jq for the newest, or pin one: jq=VERSION
sources.a.packages[0]: debian:bookworm-slim has no package jq@1.6: that is how other package managers ask for a version
  fix: write jq for the newest, or pin one: jq=VERSION
sources.a.packages[0]: debian:bookworm-slim has no package curl_bins: that is the name of a slice of curl
  fix: write curl, and what is to ship of it under binaries and files
`
	if got := told(t, list); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Names of the build context come as BuildKit has them, and broken ones end the list.
func TestNamesIn(t *testing.T) {
	t.Parallel()
	frame := func(name string) string {
		message := "\x0a" + string(rune(len(name))) + name // field 1, path
		return string(rune(len(message))) + "\x00\x00\x00" + message
	}
	for _, test := range []struct{ data, want string }{
		{"", ""},
		{frame("bin") + frame("bin/app"), "bin bin/app"},
		{frame("bin") + "\xff\xff\xff\xff", "bin"},
		{frame("bin") + "\x02\x00\x00\x00\x0a\x09", "bin"},
		{frame("a/b/c/d/e") + frame("z"), "z"},
	} {
		if got := strings.Join(namesIn([]byte(test.data)), " "); got != test.want {
			t.Errorf("%q: %q, want %q", test.data, got, test.want)
		}
	}
}
