package spec

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/sinter-build/sinter/diag"
)

var (
	sourceName = regexp.MustCompile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
	targetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	argName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	digestText = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	// gitDirectory is a URL with a directory and without a #.
	gitDirectory = regexp.MustCompile(`^((?:https?|ssh|git)://[^#]*/[^#:]*):([^#]*)$`)
	// gitPage is the page of a branch on a web site for repositories, and gitBare any URL
	// before what says the revision.
	gitPage = regexp.MustCompile(`^(https?://[^/]+/[^#?]+?)(?:\.git)?/(?:-/)?(?:tree|blob|raw)/([^/#?]+)/?([^#?]*)$`)
	gitBare = regexp.MustCompile(`^(https?://[^#?]+)(.*)$`)
	hexText = regexp.MustCompile(`^[0-9a-f]{12,}$`)
	gitAt   = regexp.MustCompile(`^(.+\.git)@([A-Za-z0-9._/-]+)$`)
	// hostAndPath is a URL without its scheme.
	hostAndPath = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?/\S+$`)
	gitSSH      = regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:.+`)
	suiteName   = regexp.MustCompile(`^[A-Za-z0-9./][A-Za-z0-9+._~/-]*$`)
	packageID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._:=~^@/-]*$`)
)

// checkSourceName holds names to what --build-context NAME=… can replace:
// BuildKit parses that name as an image reference.
func checkSourceName(name string) *diag.Diagnostic {
	_, err := reference.ParseNormalizedNamed(name)
	switch {
	case name == "context":
		return invalid("reserved-name", "the name context is BuildKit's own, for the main build context",
			"paths without a source already come from it; name a part of it otherwise, such as app: {context: app}")
	case name == "scratch":
		return invalid("reserved-name", "the name scratch means an empty image", "choose another name for the source")
	case !sourceName.MatchString(name) || err != nil:
		problem := invalid("invalid-name", fmt.Sprintf("%q cannot name a source", name),
			"use lower-case letters and digits, with single . _ or - between them, so that --build-context can name it")
		if lower := strings.ToLower(name); sourceName.MatchString(lower) {
			problem.Fixes = []string{"write " + lower + " here, and where it is used: --build-context can name it then"}
		} else if plain := strings.Join(strings.Fields(lower), "-"); sourceName.MatchString(plain) {
			problem.Fixes = []string{"write " + plain + " here, and where it is used: --build-context can name it then"}
		}
		return problem
	}
	return nil
}

func checkTargetName(name string) *diag.Diagnostic {
	if !targetName.MatchString(name) {
		problem := invalid("invalid-name", fmt.Sprintf("%q cannot name a target", name), "use letters, digits, . _ and -")
		if plain := strings.ReplaceAll(name, " ", "-"); targetName.MatchString(plain) {
			problem.Fixes = []string{"write " + plain}
		}
		return problem
	}
	return nil
}

func checkArgName(name string) *diag.Diagnostic {
	switch {
	case isBuiltin(name):
		return invalid("reserved-name", name+" is set by the build itself", "use ${"+name+"} without declaring it")
	case !argName.MatchString(name):
		problem := invalid("invalid-name", fmt.Sprintf("%q cannot name a build argument", name),
			"use letters, digits and _, and do not start with a digit")
		if plain := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(name); argName.MatchString(plain) {
			problem.Fixes = []string{fmt.Sprintf("write %s here, ${%s} where it is used, and --build-arg %s=VALUE", plain, plain, plain)}
		}
		return problem
	}
	return nil
}

// parseImage reads an image reference as a Dockerfile's FROM takes it.
func parseImage(text string) (any, *diag.Diagnostic) {
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		fix := "give it from outside with --build-context NAME=" + text
		fixes := []string{fix}
		switch {
		case strings.HasPrefix(scheme, "docker"):
			fixes = []string{"write " + rest}
		case strings.HasPrefix(scheme, "http"):
			fixes = []string{"write " + rest + " for an image", "write http: " + text + " for a file to download", "write git: " + text + " for a repository"}
		}
		return nil, invalid("invalid-image", fmt.Sprintf("an image reference has no scheme: %q", text), fixes...)
	}
	if slices.Contains([]string{"none", "null", "empty", "nothing"}, text) {
		return nil, invalid("invalid-image", fmt.Sprintf("%q is no image: an empty one is called scratch", text), "write base: scratch, or leave it out")
	}
	if strings.HasPrefix(text, "scratch:") {
		return nil, invalid("invalid-image", fmt.Sprintf("%q: scratch means an empty image, and has no tags", text), "write base: scratch, or leave it out")
	}
	if _, err := reference.ParseNormalizedNamed(text); err != nil {
		return nil, imageProblem(text, err)
	}
	return text, nil
}

// mustache is how other tools write what stands for a value.
var mustache = regexp.MustCompile(`\{\{-?\s*\.?([A-Za-z_]\w*)\s*-?\}\}`)

func imageProblem(text string, err error) *diag.Diagnostic {
	problem := invalid("invalid-image", fmt.Sprintf("%q is not an image reference", text), "write it as in a Dockerfile's FROM, such as debian:bookworm-slim")
	if name, tag, found := strings.Cut(text, "@"); found && !strings.Contains(tag, ":") && !strings.Contains(path.Base(name), ":") && !hexText.MatchString(tag) && isImage(name+":"+tag) {
		problem.Message = fmt.Sprintf("%q: a digest follows an @, and a tag a colon", text)
		problem.Fixes = []string{"write " + name + ":" + tag}
		return problem
	}
	if name, tag, found := strings.Cut(path.Base(text), ":"); found && strings.Count(tag, ":") == 1 && !strings.Contains(text, "@") {
		joined := path.Join(path.Dir(text), name) + ":" + strings.Replace(tag, ":", "-", 1)
		if isImage(joined) {
			problem.Message = fmt.Sprintf("%q has two tags", text)
			problem.Fixes = []string{"write " + joined + ", if that is the tag"}
			return problem
		}
	}
	if _, digest, found := strings.Cut(text, "@"); found {
		problem.Message = fmt.Sprintf("%q has no whole digest", text)
		problem.Fixes = []string{"write @sha256: and all 64 hexadecimal digits of " + strings.TrimPrefix(digest, "sha256:") + "…, as docker buildx imagetools inspect shows them"}
		return problem
	}
	if m := mustache.FindStringSubmatch(text); m != nil {
		problem.Fixes = []string{"write ${" + m[1] + "} for the build argument " + m[1]}
		return problem
	}
	if base := path.Base(text); base == "Dockerfile" || strings.HasPrefix(base, "Dockerfile.") || strings.HasSuffix(base, ".Dockerfile") {
		problem.Fixes = []string{"write {dockerfile: " + text + "} for a Dockerfile in the build context"}
		return problem
	}
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") {
		fix := "write {context: DIR} for a directory of the build context, as its path from there"
		if dir := path.Clean(text); !strings.HasPrefix(dir, "/") && !strings.HasPrefix(dir, "..") {
			fix = "write {context: " + dir + "} for that directory of the build context"
		}
		problem.Fixes = []string{fix,
			"for another directory, give it with --build-context NAME=DIR, and declare the source as NAME: {}"}
		return problem
	}
	if plain := strings.Join(strings.Fields(text), ""); plain != text && strings.Contains(plain, ":") && isImage(plain) {
		problem.Message = fmt.Sprintf("the image reference %q holds a space", text)
		problem.Fixes = []string{"write " + plain}
		return problem
	}
	lower := strings.ToLower(text)
	if _, errLower := reference.ParseNormalizedNamed(lower); errors.Is(err, reference.ErrNameContainsUppercase) || errLower == nil {
		problem.Message = fmt.Sprintf("the image reference %q holds upper-case letters", text)
		if errLower == nil {
			problem.Fixes = []string{"write " + lower}
		}
	}
	return problem
}

func parseURL(text string) (any, *diag.Diagnostic) {
	if line, ok := aptLine(text); ok {
		return nil, invalid("invalid-url", fmt.Sprintf("%q is a line of apt's, and a repository is a mapping", text), "write "+line)
	}
	if ppa, ok := strings.CutPrefix(text, "ppa:"); ok {
		return nil, invalid("invalid-url", fmt.Sprintf("%q is a name that add-apt-repository knows", text),
			fmt.Sprintf("write {url: https://ppa.launchpadcontent.net/%s/ubuntu, key: FILE}", ppa))
	}
	u, err := url.Parse(text)
	if err == nil && u.Scheme == "" && hostAndPath.MatchString(text) {
		return nil, invalid("invalid-url", fmt.Sprintf("%q is not an http or https URL", text), "write https://"+text)
	}
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, invalid("invalid-url", fmt.Sprintf("%q is not an http or https URL", text), "write the whole URL, as in https://example.com/file")
	}
	return text, nil
}

// aptLine is a line of sources.list as a repository of a spec.
func aptLine(text string) (mapping string, ok bool) {
	options := regexp.MustCompile(`\[[^\]]*\]`)
	words := strings.Fields(options.ReplaceAllString(text, ""))
	if len(words) < 3 || words[0] != "deb" && words[0] != "deb-src" {
		return "", false
	}
	mapping = "{url: " + words[1] + ", suite: " + words[2]
	if len(words) > 3 {
		mapping += ", components: [" + strings.Join(words[3:], ", ") + "]"
	}
	return mapping + ", key: FILE}", true
}

// isImage reports whether a text is the reference of an image.
func isImage(text string) bool {
	_, err := reference.ParseNormalizedNamed(text)
	return err == nil
}

// parseGit takes what `docker build` takes as a Git context.
func parseGit(text string) (any, *diag.Diagnostic) {
	if m := gitDirectory.FindStringSubmatch(text); m != nil {
		return nil, invalid("invalid-git", fmt.Sprintf("%q: what stands after the URL of a repository begins with #", text), "write "+m[1]+"#:"+m[2])
	}
	if m := gitPage.FindStringSubmatch(text); m != nil {
		fix := "write " + m[1] + ".git#" + m[2]
		if m[3] != "" {
			fix += ":" + m[3]
		}
		return nil, invalid("invalid-git", fmt.Sprintf("%q is a page about a repository, and not its URL", text), fix)
	}
	if m := gitAt.FindStringSubmatch(text); m != nil {
		return nil, invalid("invalid-git", fmt.Sprintf("%q: what stands after the URL of a repository begins with #", text), "write "+m[1]+"#"+m[2])
	}
	if m := gitBare.FindStringSubmatch(text); m != nil && !strings.HasSuffix(m[1], ".git") {
		return nil, invalid("invalid-git", fmt.Sprintf("%q: the URL of a repository ends in .git, as for docker build", text),
			"write "+strings.TrimSuffix(m[1], "/")+".git"+m[2])
	}
	for _, scheme := range []string{"https://", "http://", "ssh://", "git://", "github.com/"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok && rest != "" {
			return text, nil
		}
	}
	if gitSSH.MatchString(text) {
		return text, nil
	}
	if strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, "/") || isHome(text) {
		return nil, invalid("invalid-git", fmt.Sprintf("%q is a directory, not the URL of a Git repository", text),
			"for a directory of the build context, write context: DIR",
			"for another one, write NAME: {} for the source, and give it with --build-context NAME=DIR")
	}
	if hostAndPath.MatchString(text) && strings.Contains(text, ".git") {
		return nil, invalid("invalid-git", fmt.Sprintf("%q is not the URL of a Git repository: it has no scheme", text), "write https://"+text)
	}
	return nil, invalid("invalid-git", fmt.Sprintf("%q is not the URL of a Git repository", text),
		"write it as for docker build, such as https://github.com/owner/repo.git#v1.2:dir")
}

func parseDigest(text string) (any, *diag.Diagnostic) {
	if !digestText.MatchString(text) {
		fix := "write sha256: and 64 lower-case hexadecimal digits, as sha256sum FILE shows them"
		if lower := "sha256:" + strings.ToLower(strings.TrimPrefix(strings.ToLower(text), "sha256:")); digestText.MatchString(lower) {
			fix = "write " + lower
		} else if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "sha256-")); err == nil && len(sum) == sha256.Size && strings.HasPrefix(text, "sha256-") {
			fix = fmt.Sprintf("write sha256:%x", sum)
		}
		return nil, invalid("invalid-checksum", fmt.Sprintf("%q is not a sha256 digest", text), fix)
	}
	return text, nil
}

func parsePackage(text string) (any, *diag.Diagnostic) {
	if strings.ContainsAny(text, " ,\t") {
		return nil, invalid("invalid-package", fmt.Sprintf("%q names several packages", text), "write ["+strings.Join(packagesIn(text), ", ")+"]")
	}
	if strings.Contains(text, "://") || strings.HasSuffix(text, ".deb") || strings.HasSuffix(text, ".rpm") || strings.HasSuffix(text, ".apk") {
		return nil, invalid("invalid-package", fmt.Sprintf("%q is the file of a package, and packages are named as repositories have them", text),
			"install the file in a source of its own: {dockerfile: |} and below it FROM IMAGE, COPY FILE /tmp/ and RUN apt-get install -y /tmp/FILE")
	}
	if name, _, found := strings.Cut(text, ">"); found || strings.Contains(text, "<") {
		name, _, _ = strings.Cut(name, "<")
		return nil, invalid("invalid-package", fmt.Sprintf("%q asks for a range of versions", text),
			"write "+name+" for the version that the image's package manager takes, or pin one: "+name+"=VERSION")
	}
	if strings.HasPrefix(text, "-") {
		return nil, invalid("invalid-package", fmt.Sprintf("%q is an option of a package manager, and no package", text),
			"leave it out: nothing is asked while packages are installed, and recommended ones are not installed")
	}
	if !packageID.MatchString(text) || strings.HasSuffix(text, "=") {
		return nil, invalid("invalid-package", fmt.Sprintf("%q cannot name a package", text), "write the name as the image's package manager knows it")
	}
	return text, nil
}

// packagesIn are the packages of a line, which may be that of a shell that installs them.
func packagesIn(line string) []string {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" ,\t", r) })
	i := slices.IndexFunc(words, func(w string) bool { return w == "install" || w == "add" })
	if i > 0 {
		words = slices.DeleteFunc(words[i+1:], func(w string) bool { return strings.HasPrefix(w, "-") })
	}
	return words
}

// parseSuite takes the name of a suite or a component of an apt repository.
func parseSuite(text string) (any, *diag.Diagnostic) {
	if !suiteName.MatchString(text) {
		return nil, invalid("invalid-repository", fmt.Sprintf("%q cannot name a suite or a component of a repository", text),
			"write it as in the repository's line for apt: deb URL SUITE COMPONENT…")
	}
	return text, nil
}
