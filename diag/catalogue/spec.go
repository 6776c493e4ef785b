package catalogue

import "github.com/sinter-build/sinter/diag"

// ofSpec are findings about the spec's text, known before anything is fetched.
var ofSpec = []Finding{
	{
		Code:     "base-is-no-source",
		Title:    "The base has the name of a source, but is an image",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "`base` names an image, never a source. With `base: debian` and a source called `debian` the image is " +
			"`docker.io/library/debian:latest`, whatever the source says, which is seldom what was meant.",
		Fixes: []string{
			"Rename the source.",
			"If the image is meant, write its tag or digest, such as `debian:bookworm-slim`.",
		},
	},
	{
		Code:  "conflict",
		Title: "Two keys exclude each other, or one lacks the key it belongs to",
		Since: "1.0",
		Explanation: "A source is one thing: an image, a Dockerfile stage, a directory of the build context, a git repository or a download. " +
			"Keys that go with one kind mean nothing for another, and a part cannot be both included and excluded. Sinter refuses the spec " +
			"rather than choose one of the two.",
		Fixes: []string{"Remove one of the two keys, or add the one that is missing; the message names them."},
	},
	{
		Code:  "duplicate-key",
		Title: "A key is set twice",
		Since: "1.0",
		Explanation: "YAML readers differ in which of two equal keys counts, so that the same file could build two different images. " +
			"The message tells the line of the first.",
		Fixes: []string{"Keep one of the two. Lists under both are joined by writing their items under one."},
	},
	{
		Code:        "empty-spec",
		Title:       "The spec is empty",
		Since:       "1.0",
		Explanation: "The file has no content, or comments only.",
		Fixes:       []string{"Name a program: `binaries: [bin/app]`.", "Check that the file was saved, and that `-f` names the right one."},
	},
	{
		Code:  "empty-value",
		Title: "A value is empty",
		Since: "1.0",
		Explanation: "A name, a path or a command is an empty text. Often a build argument between the quotes has an empty value: " +
			"`from: ${APP}` with `--build-arg APP=`.",
		Fixes: []string{"Give it a value, or leave the key out.", "If a build argument is in the value, see what the build passes for it."},
	},
	{
		Code:  "file-too-large",
		Title: "The file is too large to be a spec",
		Since: "1.0",
		Explanation: "A spec is a page of text. Sinter reads a megabyte at most, so that a program or an archive that was named by mistake " +
			"is not taken for YAML.",
		Fixes: []string{"Check which file `-f` names."},
	},
	{
		Code:  "interpolation",
		Title: "A dollar sign does not begin a build argument",
		Since: "1.0",
		Explanation: "In values `${NAME}` stands for a build argument and `$$` for a dollar sign. Everything else that a shell or a Dockerfile does " +
			"with `$` (`$NAME`, `${NAME:-default}`, `$(command)`) is not available, and would ship as plain text if it were let through. " +
			"Build arguments that make the spec larger than a spec may be are refused, too.",
		Fixes: []string{
			"Write `${NAME}`, and the default where the argument is declared: `args: {NAME: default}`.",
			"Write `$$` for a dollar sign that should stay.",
		},
	},
	{
		Code:        "invalid-boolean",
		Title:       "A value is neither true nor false",
		Since:       "1.0",
		Explanation: "Only `true` and `false` are taken. `yes`, `on` and `1` mean true to some YAML readers and a text or a number to others.",
		Fixes:       []string{"Write `true` or `false`."},
	},
	{
		Code:  "invalid-checksum",
		Title: "A checksum is not a SHA-256 digest",
		Since: "1.0",
		Explanation: "`checksum` pins what a download has to be. It is `sha256:` and 64 hexadecimal digits in lower case, as `sha256sum` prints them. " +
			"Other algorithms are not known to BuildKit's download source.",
		Fixes: []string{"Run `sha256sum FILE` on the file that is meant, and write `sha256:` before the digits."},
	},
	{
		Code:        "invalid-dockerfile",
		Title:       "The text of a Dockerfile cannot be told from a file's name",
		Since:       "1.0",
		Explanation: "`dockerfile` takes the name of a file in the build context, or the text of a Dockerfile. Text is recognised by its line breaks, and this has none.",
		Fixes:       []string{"Write the text as a block: `dockerfile: |` with the lines below it, indented."},
	},
	{
		Code:  "invalid-duration",
		Title: "A value is not a length of time",
		Since: "1.0",
		Explanation: "A duration is a number and a unit: `30s`, `1m30s`, `500ms`. A bare number is refused because tools differ in what it counts " +
			"(seconds here, nanoseconds in an image's configuration), and less than a millisecond because runtimes refuse it.",
		Fixes: []string{"Write the unit: `30s`."},
	},
	{
		Code:  "invalid-exclusion",
		Title: "This cannot be excluded",
		Since: "1.0",
		Explanation: "`exclude` leaves out the parts that ship by default (`accounts`, `tmp`, `nsswitch`) and libraries that are only recommended, by SONAME. " +
			"What ships only when it is asked for is left out by not asking, and what a program cannot start without cannot be left out.",
		Fixes: []string{"Name a default part, or a library by its SONAME: `libnss_dns.so.2`, where `*` may stand for any text.", "Remove the item, and from `include` as well if it stands there."},
	},
	{
		Code:        "invalid-git",
		Title:       "A value is not the URL of a git repository",
		Since:       "1.0",
		Explanation: "`git` is a URL that BuildKit can clone, with the commit, tag or branch after `#` and a directory after another colon.",
		Fixes:       []string{"Write `https://example.com/project.git#v1.2:dir`."},
	},
	{
		Code:  "invalid-healthcheck",
		Title: "A health check is not a program and its arguments",
		Since: "1.0",
		Explanation: "A Dockerfile's configuration begins a health check with `CMD`, `CMD-SHELL` or `NONE`. In a spec `test` is the program and its arguments alone; " +
			"Sinter adds the rest.",
		Runtime: `OCI runtime exec failed: exec failed: unable to start container process: exec: "CMD": executable file not found in $PATH`,
		Fixes:   []string{"Write `test: [/usr/bin/app, health]`.", "For no health check leave `healthcheck` out."},
	},
	{
		Code:  "invalid-image",
		Title: "A value is not an image reference",
		Since: "1.0",
		Explanation: "Images are named as in a Dockerfile's `FROM`: `debian:bookworm-slim`, `gcr.io/distroless/base-debian12@sha256:…`. " +
			"They have no scheme (`docker://`, `https://`) and no upper-case letters in the repository. " +
			"`scratch` is a base, but no source: it has no files to take.",
		Fixes: []string{"Write the reference that `docker pull` would take."},
	},
	{
		Code:        "invalid-layers",
		Title:       "A value is not a number of layers",
		Since:       "1.0",
		Explanation: "`layers.max` bounds how many layers there are above the base's. The image stores of common runtimes stop at about 128 altogether, so that it is 100 at most.",
		Fixes:       []string{"Write a number from 1 (everything in one layer) to 100; leave it out for 10."},
	},
	{
		Code:        "invalid-linkage",
		Title:       "A linkage that is not known",
		Since:       "1.0",
		Explanation: "`linkage` says what a program is meant to be, so that a build fails when it turns out to be something else.",
		Fixes:       []string{"Write `static` for a program that needs no loader, `dynamic` for one that does, `any` (the default) for either."},
	},
	{
		Code:        "invalid-metadata",
		Title:       "A value of metadata that is not known",
		Since:       "1.0",
		Explanation: "`metadata` says whether the image carries what scanners read about the packages that its files are from.",
		Fixes:       []string{"Write `packages` (the default) to ship it, or `none` to leave it out."},
	},
	{
		Code:  "invalid-mode",
		Title: "A value is not a file mode",
		Since: "1.0",
		Explanation: "A mode is up to four octal digits, as `chmod` takes them. Symbolic modes (`u+x`) would depend on the mode that the file has. " +
			"Quotes keep other YAML readers from taking `0644` for the number 420.",
		Fixes: []string{"Write octal digits: `mode: \"0755\"`."},
	},
	{
		Code:  "invalid-name",
		Title: "A name holds what names cannot hold",
		Since: "1.0",
		Explanation: "A source can be replaced by `--build-context NAME=…`, and BuildKit reads that name like an image's: lower-case letters and digits, with single `.`, `_` or `-` between them. " +
			"Targets are letters, digits, `.`, `_` and `-`; build arguments letters, digits and `_`. Names of environment variables hold no `=`, and no name holds a line break. " +
			"Only values are interpolated, so a name with `${…}` would ship as it stands.",
		Fixes: []string{"Choose a name of the letters that the message lists."},
	},
	{
		Code:        "invalid-number",
		Title:       "A value is not a whole number from 0 on",
		Since:       "1.0",
		Explanation: "The key counts something, such as the retries of a health check.",
		Fixes:       []string{"Write the digits alone."},
	},
	{
		Code:        "invalid-owner",
		Title:       "A value is not an owner",
		Since:       "1.0",
		Explanation: "An owner is a user, or a user and a group, by number or, except for the image's `user`, by a name that the source or the image has.",
		Fixes:       []string{"Write `UID` or `UID:GID`, such as `\"65532:65532\"`."},
	},
	{
		Code:        "invalid-package",
		Title:       "A value is not one package's name",
		Since:       "1.0",
		Explanation: "Each item of `packages` is one name, handed to the image's package manager as it stands. Options and several names in one item are refused, so that an item cannot become an option of the package manager.",
		Fixes:       []string{"Write one item for each package."},
	},
	{
		Code:  "invalid-path",
		Title: "A path that cannot be one",
		Since: "1.0",
		Explanation: "Linux takes paths of 4,095 bytes and names of 255, without NUL; Sinter refuses line breaks as well, which break tools that read lists of files. " +
			"A binary's or a Dockerfile's path names a file, so that a trailing slash is a mistake, and the root of the image cannot be placed anywhere.",
		Fixes: []string{"Name the file itself, or a path below `/`."},
	},
	{
		Code:        "invalid-platform",
		Title:       "A value is not a platform",
		Since:       "1.0",
		Explanation: "A platform is the operating system and the architecture, and for some architectures a variant.",
		Fixes:       []string{"Write `linux/amd64`, `linux/arm64` or `linux/arm/v7`, for example."},
	},
	{
		Code:  "invalid-port",
		Title: "A value is not a port of the container",
		Since: "1.0",
		Explanation: "`ports` names those that the program listens on: a number from 1 to 65535 or a range, with `/tcp`, `/udp` or `/sctp`. " +
			"On which port of the host one is published is decided when the container is started.",
		Fixes: []string{"Write `8080`, `53/udp` or `8000-8010/tcp`.", "Publish it when the container starts: `docker run -p 80:8080`."},
	},
	{
		Code:  "invalid-provided",
		Title: "A name under libraries.provided is no library that a host provides",
		Since: "1.0",
		Explanation: "`libraries.provided` names libraries that the host's container runtime puts into a container when it starts, so that they need not ship: by SONAME, in which `*` stands for any text, or by a preset. " +
			"The C library and its loader are never among them.",
		Fixes: []string{"Name the libraries as the programs that need them do: `provided: [libcuda.so.1]`.", "Write the preset: `provided: [nvidia]`."},
	},
	{
		Code:        "invalid-reference",
		Title:       "A value is not SOURCE:PATH",
		Since:       "1.0",
		Explanation: "What goes into an image is named by the source that has it and the path there; without a source the path is in the build context. A URL is not one: downloads are sources.",
		Fixes:       []string{"Write `build:/out/app`, or `bin/app` for a file of the build context.", "Declare a download as a source: `sources: {tool: {http: https://example.com/tool}}`."},
	},
	{
		Code:  "invalid-repository",
		Title: "A repository of packages is written wrongly",
		Since: "1.0",
		Explanation: "An item of a source's `repositories` names a suite or a component with characters that apt would take for something else, " +
			"or a key from a source that has repositories itself, so that it would not be there in time.",
		Fixes: []string{"Write what the repository's line for apt says: `deb URL SUITE COMPONENT…` is `{url: URL, suite: SUITE, components: [COMPONENT]}`.", "Take the key from the build context or from an `http` source."},
	},
	{
		Code:        "invalid-runtime",
		Title:       "What ships for run time is neither auto nor closure",
		Since:       "1.0",
		Explanation: "`runtime` says what ships besides what the loader needs: `closure`, the default, adds nothing; `auto` adds what programs are known to open by their own strings and packages.",
		Fixes:       []string{"Write `auto` or `closure`."},
	},
	{
		Code:        "invalid-signal",
		Title:       "A signal that is not known",
		Since:       "1.0",
		Explanation: "`stopSignal` is what a runtime sends to end the container. One that it does not know makes the stop fail.",
		Fixes:       []string{"Write a name such as `SIGTERM` or `SIGQUIT`, or the number."},
	},
	{
		Code:        "invalid-test",
		Title:       "A test cannot be understood",
		Since:       "1.0",
		Explanation: "A test runs a program, starts a service or looks at files; one that does none of these would always pass. What it expects of a text is `equals`, `contains` or `matches`, a regular expression in Go's syntax, and what it expects at a path is `file`, `directory`, `link`, `present` or `absent`.",
		Fixes:       []string{"Write `tests: [{run: [/usr/bin/app, --version], expect: {stdout: {contains: \"1.\"}}}]`."},
	},
	{
		Code:        "invalid-url",
		Title:       "A value is not an http or https URL",
		Since:       "1.0",
		Explanation: "`http` names a file to download, with its whole URL.",
		Fixes:       []string{"Write the URL with its scheme and host: `https://example.com/file`."},
	},
	{
		Code:        "invalid-value",
		Title:       "A value holds a line break or a NUL",
		Since:       "1.0",
		Explanation: "No environment, label or path can hold a NUL byte, and most values are one line. A line break often comes from a block (`|`) where a plain value was meant.",
		Fixes:       []string{"Write the value on one line; `>-` folds several lines into one."},
	},
	{
		Code:        "merge-key",
		Title:       "The YAML merge key << is not supported",
		Since:       "1.0",
		Explanation: "`<<` is no part of YAML 1.2, and readers differ in how it merges. Variants of an image are `targets`.",
		Fixes:       []string{"Write the keys out. Anchors and aliases (`&name`, `*name`) for whole values work.", "Move what a variant adds under `targets`."},
	},
	{
		Code:        "missing-arg",
		Title:       "A build argument without a default was not given",
		Since:       "1.0",
		Explanation: "The spec declares the argument without a default, which means that every build has to say what it is.",
		Fixes:       []string{"Build with `--build-arg NAME=VALUE` (buildctl: `--opt build-arg:NAME=VALUE`).", "Give it a default: `args: {NAME: default}`."},
	},
	{
		Code:        "missing-key",
		Title:       "A key that must be there is missing",
		Since:       "1.0",
		Explanation: "The item means nothing without the key: a link needs its target, a file needs to come from somewhere. A download whose URL does not end in a name needs a `filename`.",
		Fixes:       []string{"Add the key that the message names."},
	},
	{
		Code:  "no-entrypoint",
		Title: "There are several programs, and nothing says which one starts",
		Since: "1.0",
		Explanation: "With one binary that one is the entrypoint. With several, an image without an entrypoint would start only when every user names a program, " +
			"and Sinter does not guess.",
		Runtime: "docker: Error response from daemon: no command specified",
		Fixes:   []string{"Write `entrypoint: [/usr/bin/app]`.", "For an image that is meant to start nothing by itself, write `entrypoint: []`."},
	},
	{
		Code:        "no-value",
		Title:       "A key has no value",
		Since:       "1.0",
		Explanation: "`key:` with nothing behind it, `~` and `null` are YAML's null. Whether the default, an empty text or an empty list is meant cannot be told.",
		Fixes:       []string{"Leave the key out for the default.", "Write `\"\"` for an empty text, `[]` for an empty list, and quotes around the word null if the word is meant."},
	},
	{
		Code:        "non-numeric-owner",
		Title:       "The image's user is a name",
		Since:       "1.0",
		Explanation: "Names are looked up in the `/etc/passwd` of the image when the container starts, which a minimal image may not have, and Kubernetes cannot tell that a name is not root.",
		Runtime:     "Error: container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
		Fixes:       []string{"Write the numbers: `user: \"65532:65532\"`. The message has those of well-known names."},
	},
	{
		Code:        "not-text",
		Title:       "The file is not text",
		Since:       "1.0",
		Explanation: "It is a program, or holds bytes that YAML text cannot hold, such as control characters.",
		Fixes:       []string{"Check which file `-f` names.", "Remove the character that the message points at, and save the file as UTF-8."},
	},
	{
		Code:        "not-utf8",
		Title:       "The file is UTF-16",
		Since:       "1.0",
		Explanation: "Some editors of Windows and PowerShell's `>` write UTF-16. Specs are UTF-8.",
		Fixes:       []string{"Save the file as UTF-8."},
	},
	{
		Code:        "nothing-to-ship",
		Title:       "The spec names nothing to ship",
		Since:       "1.0",
		Explanation: "Sources alone ship nothing: files go into the image only because something needs them. Without a base the image would be empty.",
		Fixes:       []string{"Name a program: `binaries: [bin/app]`."},
	},
	{
		Code:        "path-leaves-root",
		Title:       "A path leaves its root",
		Since:       "1.0",
		Explanation: "`..` would lead above the root of the image, of a source or of the build context. Shells and runtimes cut such a path off at the root, so it would silently name another file.",
		Fixes:       []string{"Remove the `..` that goes above the root.", "Give a directory beside the build context as a source: `--build-context NAME=../dir`, with `sources: {NAME: {}}`."},
	},
	{
		Code:  "relative-path",
		Title: "A path in the image is relative",
		Since: "1.0",
		Explanation: "Where something is in the image is written from `/` on. What a relative path means depends on the working directory, and for a program on `PATH`, " +
			"which whoever starts the container can change.",
		Runtime: `exec: "app": executable file not found in $PATH`,
		Fixes:   []string{"Write the whole path, such as `/usr/bin/app`."},
	},
	{
		Code:        "repeated-program",
		Title:       "cmd begins with the program that the entrypoint starts",
		Since:       "1.0",
		Severity:    diag.SeverityWarning,
		Explanation: "The entrypoint, which is the only binary unless the spec says something else, is started with the words of `cmd`. A Dockerfile without an entrypoint names the program in its CMD; here it would be its own first argument.",
		Fixes:       []string{"Leave the program out of `cmd`: `cmd: [--port, \"8080\"]`."},
	},
	{
		Code:        "reserved-name",
		Title:       "A name has a meaning already",
		Since:       "1.0",
		Explanation: "`context` is BuildKit's own name for the main build context, `scratch` is an empty image, and arguments such as `TARGETARCH` are set by the build.",
		Fixes:       []string{"Choose another name.", "Use the build's own arguments without declaring them: `${TARGETARCH}`."},
	},
	{
		Code:        "several-documents",
		Title:       "The file holds several YAML documents",
		Since:       "1.0",
		Explanation: "A line `---` begins another document, which would not be read. One spec describes one image and its variants.",
		Fixes:       []string{"Keep one document in each file.", "Write variants of an image under `targets`."},
	},
	{
		Code:        "shell-form",
		Title:       "A command is a line of text for a shell",
		Since:       "1.0",
		Explanation: "In a Dockerfile a command that is no list is run by `/bin/sh -c`. A minimal image has no shell, and with one the program would not get the signals that stop a container.",
		Runtime:     `exec: "/bin/sh": stat /bin/sh: no such file or directory`,
		Fixes:       []string{"Write a list with one item for each argument: `entrypoint: [/usr/bin/app, --port, \"8080\"]`.", "What needs a shell (pipes, `&&`, variables) belongs into a script that ships with its interpreter."},
	},
	{
		Code:  "undeclared-arg",
		Title: "A build argument that the spec does not declare",
		Since: "1.0",
		Explanation: "`${NAME}` is used, but `args` has no such name, or has it only further down. " +
			"An argument of the command line that neither `args` nor the Dockerfile of a source (`ARG NAME`) declares is a warning: it has no effect. So is one in `args` of a source that its Dockerfile does not declare. BuildKit's own, such as `SOURCE_DATE_EPOCH`, and those of proxies need no declaration.",
		Fixes: []string{"Declare it: `args: {NAME: default}`. Defaults can use the arguments above them.", "Correct the name that the message shows."},
	},
	{
		Code:        "undeclared-source",
		Title:       "A source that the spec does not declare",
		Since:       "1.0",
		Explanation: "What stands before the colon of `SOURCE:PATH` names a source, and so do the items of `libraries.from`. A path of the build context whose first part holds a colon is written with `./` before it.",
		Fixes:       []string{"Declare it: `sources: {NAME: {image: IMAGE}}`.", "Declare it empty, `sources: {NAME: {}}`, and give it with the build: `--build-context NAME=…`."},
	},
	{
		Code:  "undefined-variable",
		Title: "A variable refers to one that is not set",
		Since: "1.0",
		Explanation: "In the values of `env`, `${NAME}` is the build argument of that name, or else a variable: another of `env`, one of the base image, or one that every image has, such as `PATH`. There is none of this name. " +
			"A Dockerfile would put nothing in its place, and a list such as `LD_LIBRARY_PATH` would end in a colon, which means the working directory.",
		Fixes: []string{"Correct the name.", "Declare a build argument: `args: {NAME: DEFAULT}`.", "Leave it out where there is nothing to add to."},
	},
	{
		Code:        "unknown-key",
		Title:       "A key that is not known here",
		Since:       "1.0",
		Explanation: "A key with no meaning is nearly always a mistyped one, or one that belongs elsewhere; if it were ignored, the image would silently lack what it asks for. The message tells what was probably meant.",
		Fixes:       []string{"Correct the key, or move it to where it belongs.", "Use the JSON Schema, `spec/schema.json`, in an editor: it completes and checks keys."},
	},
	{
		Code:        "unknown-part",
		Title:       "A part that is not known",
		Since:       "1.0",
		Explanation: "`include` names ready-made parts of an image, such as `ca-certificates` and `tzdata`. Packages and files have keys of their own.",
		Fixes:       []string{"Correct the name; the message lists those that there are.", "Ship any other file under `files`."},
	},
	{
		Code:        "unknown-target",
		Title:       "A target that the spec does not have",
		Since:       "1.0",
		Explanation: "The build asks for a variant (`--target`, or `target` of a bake file) that is not under `targets`.",
		Fixes:       []string{"Correct the name; the message lists those that there are.", "Build without `--target` for the main image."},
	},
	{
		Code:        "unsupported-platform",
		Title:       "A platform that images cannot be built for",
		Since:       "1.0",
		Explanation: "Sinter knows the loaders of Linux, glibc's and musl's, on the architectures that BuildKit names. It cannot tell what a program of another system needs.",
		Fixes:       []string{"Write a Linux platform: `linux/amd64`."},
	},
	{
		Code:        "variable-literal",
		Title:       "A variable holds its own name with a dollar",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "`$$` is a dollar, so that `PATH: /opt/bin:$$PATH` is the text `/opt/bin:$PATH`. No shell replaces it when the image runs.",
		Runtime:     "exec: \"app\": executable file not found in $PATH",
		Fixes:       []string{"Write `${PATH}` for what the base has."},
	},
	{
		Code:        "variable-loop",
		Title:       "Variables refer to each other",
		Since:       "1.0",
		Explanation: "The value of a variable under `env` can name others, in whatever order they stand. These come back to where they began. `${NAME}` in the value of `NAME` itself is what the base has.",
		Fixes:       []string{"Write out the value of one of them."},
	},
	{
		Code:        "variable-too-long",
		Title:       "A variable is longer than Linux takes",
		Since:       "1.0",
		Explanation: "Linux starts no program with a variable of more than 128 KiB.",
		Runtime:     "argument list too long",
		Fixes:       []string{"Put the value into a file, and the file's path into the variable."},
	},
	{
		Code:        "wrong-type",
		Title:       "A value has the wrong shape",
		Since:       "1.0",
		Explanation: "A list stands where a single value belongs, a single value where a list or a mapping belongs, or the file is no spec at all. The message says which, and how the value would be written.",
		Fixes:       []string{"Write the value in the shape that the message names."},
	},
	{
		Code:        "yaml-structure",
		Title:       "YAML that goes beyond what a spec needs",
		Since:       "1.0",
		Explanation: "Aliases that lead back to themselves, nesting of great depth, and keys that are no plain names are valid YAML. They are refused because a short file could become a huge one.",
		Fixes:       []string{"Write the values out."},
	},
	{
		Code:        "yaml-syntax",
		Title:       "The file is not valid YAML",
		Since:       "1.0",
		Explanation: "The YAML reader cannot go on at the line that is shown. The mistake may be in the line above: a missing quote, bracket or colon is noticed only later. Tabs cannot indent.",
		Fixes:       []string{"Correct the line; the message says what was expected.", "Put quotes around text that holds `: `, ` #`, or begins with one of `{[&*!|>%@`."},
	},
	{
		Code:        "yaml-tag",
		Title:       "A YAML tag has no meaning here",
		Since:       "1.0",
		Explanation: "Tags (`!!binary`, `!include`) make other programs read a value in another way. In a spec each value is read as it is written.",
		Fixes:       []string{"Remove the tag."},
	},
}
