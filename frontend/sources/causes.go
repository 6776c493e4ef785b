package sources

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/spec"
)

// BuildKit's errors come as text alone. What is told apart here decides which way
// out is named; the text itself always stays in the message.

// holds reports whether a text holds one of some others, in any case.
func holds(text string, parts ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// unreachable reports whether a host could not be talked to.
func unreachable(text string) bool {
	return holds(text, "no such host", "could not resolve host", "connection refused", "i/o timeout", "network is unreachable", "no route to host",
		"server misbehaving", "connection timed out", "failed to connect", "connection reset", "tls handshake timeout", "temporary failure in name resolution")
}

// untrusted reports whether a host talks TLS in a way that the builder does not accept.
func untrusted(text string) bool {
	return holds(text, "x509:", "certificate signed by unknown", "server gave http response to https client", "ssl certificate problem")
}

// refusedLogin reports whether a host wants to know who asks.
func refusedLogin(text string) bool {
	return holds(text, "authorization failed", "unauthorized", "access denied", "denied:", "403 forbidden", "401 unauthorized", "no basic auth credentials", "insufficient_scope")
}

// deniedByPolicy reports whether a source policy refuses a source (buildkit
// sourcepolicy/engine.go, ErrSourceDenied).
func deniedByPolicy(text string) bool { return holds(text, "denied by policy") }

const reachFix = "see that the builder reaches it from where BuildKit runs, which may be another machine than yours, through a proxy perhaps"

// noImage is the finding for an image that cannot be had.
func (l *Loader) noImage(name reference.Named, at string, err error) error {
	shown, platform, text := reference.FamiliarString(name), platforms.Format(l.Platform), oneLine(err)
	host := reference.Domain(name)
	message := fmt.Sprintf("image %s cannot be had for %s: %s", shown, platform, text)
	var fixes []string
	if deniedByPolicy(text) {
		return failure("source-denied", at, fmt.Sprintf("the source policy of this build denies the image %s: %s", shown, text),
			"use an image that the policy allows", "ask those who keep the source policy to allow this one")
	}
	switch {
	case holds(text, "no match for platform"):
		message = fmt.Sprintf("there is no image %s for %s: %s", shown, platform, text)
		fixes = []string{
			"see which platforms it is for: docker buildx imagetools inspect " + shown,
			"take an image that is for " + platform + ", or leave that out of platforms and --platform",
		}
	case refusedLogin(text):
		fixes = []string{
			"check its name: registries answer like this for an image that is not there, too",
			"log in, if it is private: docker login " + host,
		}
	case unreachable(text):
		fixes = []string{"check the name of the registry, " + host, reachFix}
	case untrusted(text):
		fixes = []string{"have BuildKit trust the registry " + host + ", in [registry.\"" + host + "\"] of its buildkitd.toml: ca for a certificate of your own, http = true for plain HTTP"}
	case holds(text, "not found"):
		fixes = []string{"check its name and tag" + knownImage(name)}
	default:
		fixes = []string{"check its name, tag and platforms, and that the builder can reach its registry"}
	}
	if guess := knownImage(name); guess != "" && refusedLogin(text) {
		fixes[0] += guess
	}
	return failure("image-unavailable", at, message, fixes...)
}

// official are images that many specs take files from.
var official = []string{
	"debian", "ubuntu", "alpine", "fedora", "golang", "rust", "python", "node", "nginx", "redis", "postgres", "eclipse-temurin", "openjdk",
	"amazoncorretto", "ruby", "php", "perl", "busybox", "httpd", "gcc", "maven", "gradle", "almalinux", "rockylinux", "opensuse/leap", "archlinux",
}

// tagWords are words that many tags are made of: releases and variants.
var tagWords = []string{
	"bookworm", "bullseye", "buster", "trixie", "forky", "sid", "stable", "oldstable", "testing", "unstable",
	"noble", "jammy", "focal", "plucky", "questing", "slim", "alpine", "latest", "edge", "rolling", "nonroot", "debug",
	"jdk", "jre", "headless", "fpm", "cli", "apache", "musl", "minimal",
}

// knownTag is a tag with the words that were probably meant in place of misspelt ones, or
// "" when none is near one. Slim stands last in tags.
func knownTag(tag string) string {
	words := strings.Split(tag, "-")
	for i, word := range words {
		if guess := diag.Nearest(word, tagWords); guess != "" && guess != word && strings.Trim(word, "0123456789.") == word {
			words[i] = guess
		}
	}
	if i := slices.Index(words, "slim"); i >= 0 && i == len(words)-2 && slices.Contains(tagWords, words[i+1]) {
		words[i], words[i+1] = words[i+1], words[i]
	}
	if guess := strings.Join(words, "-"); guess != tag {
		return guess
	}
	return ""
}

// distroless are the images of gcr.io/distroless, without the release of Debian that ends
// their names.
var distroless = []string{"static", "base", "base-nossl", "cc", "java-base", "java17", "java21", "nodejs20", "nodejs22", "nodejs24", "python3"}

// knownDistroless is an image of gcr.io/distroless that was probably meant, or "".
func knownDistroless(repository string) string {
	if path.Base(repository) == "distroless" { // which is the name of all of them
		return "gcr.io/distroless/base-debian12"
	}
	name, ok := strings.CutPrefix(strings.TrimPrefix(repository, "gcr.io/"), "distroless/")
	if !ok {
		return ""
	}
	var known []string
	for _, d := range distroless {
		known = append(known, d+"-debian12", d+"-debian13")
	}
	guess := diag.Nearest(name, known)
	if slices.Contains(distroless, name) {
		guess = name + "-debian12"
	}
	if guess == "" || "gcr.io/distroless/"+guess == repository {
		return ""
	}
	return "gcr.io/distroless/" + guess
}

// knownImage asks whether a well-known image was meant.
func knownImage(name reference.Named) string {
	repository := reference.FamiliarName(name)
	if slices.Contains([]string{"none", "empty", "nothing", "blank"}, repository) {
		return "; write scratch for an image with nothing in it"
	}
	guess, tag := repository, ""
	if near := cmp.Or(knownDistroless(repository), diag.Nearest(repository, official)); near != "" {
		guess = near
	}
	if tagged, ok := name.(reference.Tagged); ok {
		tag = ":" + cmp.Or(knownTag(tagged.Tag()), tagged.Tag())
	}
	if guess+tag == reference.FamiliarString(name) {
		return ""
	}
	return "; did you mean " + guess + tag + "?"
}

// noRepository is the finding for a Git repository that cannot be had.
func noRepository(at, name string, src spec.Source, err error) error {
	text := oneLine(err)
	shown, _, _ := strings.Cut(withoutPassword(src.Git), "#")
	message := fmt.Sprintf("the repository of source %s cannot be had: %s", name, text)
	var fixes []string
	switch {
	case holds(text, "no ssh key", "ssh_auth_sock"):
		fixes = []string{"lend the build your SSH agent: --ssh default (ssh-add -l lists its keys)"}
		if https := httpsOf(src.Git); https != "" {
			fixes = append(fixes, "for a public repository, write git: "+https)
		}
	case holds(text, "host key verification failed"):
		fixes = []string{"the host is unknown: use its https URL, or check that it is spelt right"}
	case unreachable(text):
		fixes = []string{"check its host's name", reachFix}
	case holds(text, "could not read username", "authentication failed", "repository not found", "permission denied", "does not appear to be a git repository"):
		fixes = []string{
			"check that " + shown + " is right: hosts answer like this for a repository that is not there, too",
			"if it is private, give a token: --secret id=GIT_AUTH_TOKEN,env=GIT_AUTH_TOKEN",
		}
	case holds(text, "couldn't find remote ref", "does not contain", "not found in upstream", "unknown revision", "did not match any", "invalid refspec", "bad object", "needed a single revision", "not a valid object", "repository does not contain ref"):
		fixes = []string{"check what stands after the # of the URL: a branch, a tag or a whole commit, as in " + shown + "#main (git ls-remote " + shown + " lists them)"}
	case holds(text, "subdir"):
		fixes = []string{"check the directory that stands after the colon, as in " + shown + "#REF:DIR"}
	default:
		fixes = []string{"see that it is there, and can be reached from where BuildKit runs"}
	}
	return failure("source-unavailable", at, message, fixes...)
}

// httpsOf is the https URL of a repository that is named for SSH, as GitHub and others
// have it; "" for others.
func httpsOf(text string) string {
	if rest, ok := strings.CutPrefix(text, "git@"); ok {
		host, repository, found := strings.Cut(rest, ":")
		if found {
			return "https://" + host + "/" + repository
		}
	}
	if u, err := url.Parse(text); err == nil && u.Scheme == "ssh" {
		u.Scheme, u.User, u.Host = "https", nil, u.Hostname()
		return u.String()
	}
	return ""
}

// noDownload is the finding for a file that cannot be downloaded, or not unpacked.
func noDownload(at, name string, src spec.Source, err error) error {
	text, shown := oneLine(err), withoutPassword(src.HTTP)
	message := fmt.Sprintf("%s cannot be had for source %s: %s", shown, name, text)
	var fixes []string
	switch {
	case holds(text, "response status 404", "response status 410"):
		message = fmt.Sprintf("there is nothing at %s (source %s): %s", shown, name, text)
		fixes = []string{"open the URL in a browser, or with curl -I, and correct it: the version or the platform in it may have another name"}
	case holds(text, "response status 401", "response status 403"):
		fixes = []string{"check the URL, and whether one has to be logged in: download it yourself then, and take it from the build context"}
	case holds(text, "digest mismatch"):
		message = fmt.Sprintf("%s is another file than its checksum says (source %s): %s", shown, name, text)
		fixes = []string{"if the new file is what you want, write the checksum that it has now; if it should not have changed, do not use it"}
		if got := otherDigest(text, src.Checksum); got != "" {
			fixes = []string{"if this file is what you want, write checksum: " + got + "; if it should not have changed, do not use it"}
		}
	case unreachable(text):
		fixes = []string{"check the host's name", reachFix}
	case untrusted(text):
		fixes = []string{"the builder does not trust the host's certificate: download the file yourself, and take it from the build context"}
	case holds(text, "unhandled tar header type 83"):
		message = fmt.Sprintf("%s cannot be unpacked (source %s): it has sparse files, as tar --sparse makes them, which BuildKit does not read: %s", shown, name, text)
		fixes = []string{"make the archive without --sparse (-S)", unpackFix(src.HTTP)}
	case src.Unpack && !holds(text, "response status"):
		message = fmt.Sprintf("%s cannot be unpacked (source %s): %s", shown, name, text)
		fixes = []string{"see that it is a whole tar archive", unpackFix(src.HTTP)}
	default:
		fixes = []string{"see that it is there, and can be reached from where BuildKit runs"}
	}
	return failure("source-unavailable", at, message, fixes...)
}

// otherDigest is the digest in a text that is not the one that was wanted.
func otherDigest(text, wanted string) string {
	for word := range strings.FieldsSeq(text) {
		word = strings.TrimRight(word, ":,;")
		if strings.HasPrefix(word, "sha256:") && word != wanted {
			return word
		}
	}
	return ""
}

// unpackFix unpacks a download in a stage.
func unpackFix(from string) string {
	file := spec.URLFilename(from)
	command := "tar -xf /" + file + " -C /out"
	install := ""
	switch {
	case strings.HasSuffix(file, ".zip"), strings.HasSuffix(file, ".jar"):
		command, install = "unzip -q /"+file+" -d /out", "unzip"
	case strings.HasSuffix(file, ".7z"):
		command, install = "7z x /"+file+" -o/out", "p7zip-full"
	case strings.HasSuffix(file, ".gz") && !strings.HasSuffix(file, ".tar.gz"):
		command = "gunzip -c /" + file + " > /out/" + strings.TrimSuffix(file, ".gz")
	case strings.HasSuffix(file, ".xz") && !strings.HasSuffix(file, ".tar.xz"):
		command, install = "unxz -c /"+file+" > /out/"+strings.TrimSuffix(file, ".xz"), "xz-utils"
	case strings.HasSuffix(file, ".bz2") && !strings.HasSuffix(file, ".tar.bz2"):
		command, install = "bunzip2 -c /"+file+" > /out/"+strings.TrimSuffix(file, ".bz2"), "bzip2"
	case strings.HasSuffix(file, ".zst") && !strings.HasSuffix(file, ".tar.zst"):
		command, install = "unzstd -c /"+file+" > /out/"+strings.TrimSuffix(file, ".zst"), "zstd"
	case strings.HasSuffix(file, ".deb"):
		command = "dpkg-deb -x /" + file + " /out"
	}
	command = "mkdir /out && " + command
	if install != "" {
		command = "apt-get update && apt-get install -y " + install + " && " + command
	}
	return "unpack it in a stage instead: dockerfile: | with the lines FROM debian:bookworm-slim, ADD " + withoutPassword(from) + " /, RUN " + command + "; what it holds is below /out then"
}
