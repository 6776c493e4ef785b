package catalogue

import "github.com/sinter-build/sinter/diag"

// ofBuild are findings about the sources, the platforms and the requests of a
// build, which are known only once BuildKit was asked.
var ofBuild = []Finding{
	{
		Code:        "answer-too-large",
		Title:       "An answer is too large for BuildKit",
		Since:       "1.0",
		Explanation: "BuildKit passes messages of at most 16 MiB from a frontend to its client, and what `explain`, `tree` or `sbom` tell of an image with tens of thousands of files can be more.",
		Fixes:       []string{"Ask with the command line program, `sinter explain`: it makes the answer itself.", "Ask about one file: `--call=explain --build-arg explain=PATH`."},
	},
	{
		Code:        "base-architecture",
		Title:       "The base image is for another architecture",
		Since:       "1.0",
		Explanation: "The `base` is an image for one platform only, which is not the one that is built. Its programs would not start there.",
		Runtime:     "exec /usr/bin/app: exec format error",
		Fixes:       []string{"Use a base that there is for every platform that is built.", "Build for the base's platform alone, with `--platform`."},
	},
	{
		Code:        "capability-unknown",
		Title:       "The client needs a newer frontend",
		Since:       "1.0",
		Explanation: "buildx or another client of BuildKit asks for an ability that this version of Sinter does not have. Going on would ignore an option of the build.",
		Fixes:       []string{"Name a newer version of Sinter after `# syntax=`.", "Leave out the option that needs it."},
	},
	{
		Code:        "image-damaged",
		Title:       "An image has a config that cannot be read",
		Since:       "1.0",
		Explanation: "The registry has the image, but its config is no JSON, or not that of an image.",
		Fixes:       []string{"Use an image that a container runtime can start."},
	},
	{
		Code:  "image-unavailable",
		Title: "An image cannot be had",
		Since: "1.0",
		Explanation: "The builder could not look up the base or the image of a source for the platform that is built: there is no such name or tag, none for the platform, " +
			"the registry wants a login, or it cannot be reached from where BuildKit runs.",
		Fixes: []string{
			"Check the name and the tag, and that the image is there for the platform: `docker buildx imagetools inspect IMAGE`.",
			"Log in where the build is started, with `docker login`.",
			"Give the image from elsewhere, with `--build-context NAME=docker-image://IMAGE`.",
		},
	},
	{
		Code:        "invalid-epoch",
		Title:       "SOURCE_DATE_EPOCH is not a time",
		Since:       "1.0",
		Explanation: "The build argument sets the time that everything in the image carries. It is in seconds since 1970, or the word `context` for the time of the build context's commit.",
		Fixes:       []string{"Give `--build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`.", "Leave it out: the time is then 1970, whenever the image is built."},
	},
	{
		Code:        "invalid-option",
		Title:       "An option of the build cannot be used",
		Since:       "1.0",
		Explanation: "What was given to `docker buildx build` or `buildctl` besides the spec is wrong: a platform, a limit or a setting of an attestation, for example.",
		Fixes:       []string{"Correct the option that the message names."},
	},
	{
		Code:  "linked-secret",
		Title: "A linked build lacks a secret",
		Since: "1.0",
		Explanation: "A source is the result of another build, as a target in the `contexts` of a bake file, and a step of that build uses a secret or an SSH agent. " +
			"buildx runs such steps in the build that they belong to only after the builds that use them have said what they will do with the result. A Dockerfile can say that beforehand; " +
			"Sinter has to look at the result first. So the step runs as a part of this build, and gets the secrets of this build. " +
			"Where the step runs without the secret, too, this is a warning: what it makes may lack something, and BuildKit says nothing of it.",
		Fixes: []string{"Give the secret to both targets: `secret = [\"id=token,src=token.txt\"]`, and likewise `ssh = [\"default\"]`."},
	},
	{
		Code:        "no-emulation",
		Title:       "Packages are for a platform whose programs cannot run here",
		Since:       "1.0",
		Explanation: "Installing `packages` runs the image's own package manager, a program of the platform that is built. This builder can run none of that platform, and has no emulation for it.",
		Runtime:     "exec /bin/sh: exec format error",
		Fixes: []string{
			"Set up emulation: `docker run --privileged --rm tonistiigi/binfmt --install arm64`.",
			"Use a builder on a machine of that platform.",
			"Use an image that has the packages already. Files are only read from it, which works for every platform.",
		},
	},
	{
		Code:  "packages-not-installed",
		Title: "Packages cannot be installed",
		Since: "1.0",
		Explanation: "The step that installs a source's `packages` has failed. The reason stands in its output: a name that the distribution does not have, " +
			"a version that it has no more, or package lists that cannot be fetched.",
		Fixes: []string{
			"Read the output of the step, and correct the names.",
			"Where the network needs a proxy, pass it: `--build-arg http_proxy=…`.",
		},
	},
	{
		Code:        "platform-not-linux",
		Title:       "The platform is not Linux",
		Since:       "1.0",
		Explanation: "Sinter knows how Linux starts programs and how glibc and musl load libraries.",
		Fixes:       []string{"Build for Linux, with `--platform linux/amd64` for example."},
	},
	{
		Code:        "request-unknown",
		Title:       "There is no such request",
		Since:       "1.0",
		Explanation: "`--call=NAME` asks for something that this version of Sinter does not answer.",
		Fixes:       []string{"See what there is: `docker buildx build --call=describe`."},
	},
	{
		Code:        "sbom-of-platforms",
		Title:       "One SBOM is asked for several platforms",
		Since:       "1.0",
		Explanation: "An SBOM describes the image of one platform. As attestations (`--sbom=true`) a build makes one for each.",
		Fixes:       []string{"Ask for them one by one, with `--platform`."},
	},
	{
		Code:        "secret-missing",
		Title:       "A step of a Dockerfile needs a secret that the build does not give",
		Since:       "1.0",
		Explanation: "The Dockerfile of a source has a step with `--mount=type=secret` or `--mount=type=ssh`. Secrets and SSH agents are lent by whoever starts the build, to this build as to one of the Dockerfile alone.",
		Fixes:       []string{"Give it: `--secret id=NAME,src=FILE` or `--secret id=NAME,env=VARIABLE`; an SSH agent with `--ssh default`."},
	},
	{
		Code:        "source-not-given",
		Title:       "A source has to be given with the build",
		Since:       "1.0",
		Explanation: "The spec declares the source without saying where it comes from (`NAME: {}`), so that each build has to, and this one did not.",
		Fixes:       []string{"Give it: `--build-context NAME=DIRECTORY`, `NAME=docker-image://IMAGE` or, in a bake file, `contexts = {NAME = \"target:OTHER\"}`.", "Say in the spec where it comes from."},
	},
	{
		Code:        "source-unavailable",
		Title:       "A source cannot be made",
		Since:       "1.0",
		Explanation: "BuildKit could not make the tree of the source; the message is its own. A Dockerfile may not be in the build context, a repository may not be reachable, or a named context may be given wrongly.",
		Fixes:       []string{"See that what the source names is there and can be reached from where BuildKit runs.", "Give the source from elsewhere, with `--build-context`."},
	},
	{
		Code:        "spec-unreadable",
		Title:       "The spec cannot be read",
		Since:       "1.0",
		Explanation: "There is no file of that name where the build looks for its definition: beside what `-f` names, or in the remote build context.",
		Fixes:       []string{"Give its name, as in `docker buildx build -f app.yaml .`."},
	},
	{
		Code:  "test-failed",
		Title: "A test of the image failed",
		Since: "1.0",
		Explanation: "What `tests` asks of the finished image does not hold, and nothing was exported. A test runs in the image as it would run elsewhere: as its user, with its environment and working directory, without a network unless the test has `network: true`, and with a root that cannot be written to, but for `/tmp` and the volumes, unless it has `writable: true`. " +
			"Sinter watches what the image's programs open. What they looked for in vain and a source has comes with the line that ships it, the most likely first; what they were refused, with the mode or owner that would do.",
		Fixes: []string{
			"Add the line that the message proposes, and build again.",
			"Look at the log of the test's step, with `--progress plain`.",
			"Correct what the test expects.",
			"Build the image all the same, to look at it: `--build-arg SINTER_TESTS=skip`.",
		},
	},
	{
		Code:        "tests-not-run",
		Title:       "Tests of the image did not run",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "The image is what the spec says, but it was not tested: the tests were left out with `SINTER_TESTS=skip`, the builder cannot execute programs for the image's platform, or the frontend does not run from its image, so that there is no program to run tests with. Tests that look at files alone do not need any of that and ran, unless all were left out.",
		Fixes: []string{
			"Build on a machine for the platform, or with emulation: `docker run --privileged --rm tonistiigi/binfmt --install all`.",
			"Build with `docker buildx build`.",
		},
	},
}
