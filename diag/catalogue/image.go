package catalogue

import "github.com/sinter-build/sinter/diag"

// ofImage are findings about the files that go into the image.
var ofImage = []Finding{
	{
		Code:  "bad-certificate",
		Title: "A file is no CA certificate",
		Since: "1.0",
		Explanation: "What `ca-certificates: {add: […]}` names is added to the image's trusted certificates. It has to be a PEM file whose certificates can be read; in DER it would be trusted by no program. " +
			"A file that holds a private key is refused as well, for the key must not ship.",
		Runtime: "x509: certificate signed by unknown authority",
		Fixes:   []string{"Give a PEM file: `-----BEGIN CERTIFICATE-----`. DER becomes PEM with `openssl x509 -inform der -in ca.der -out ca.pem`."},
	},
	{
		Code:        "distributions-mixed",
		Title:       "Packages of several distributions are in one image",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "An image says in `/etc/os-release` which distribution it is, and scanners judge all of its packages by that distribution's advisories. Those of another are judged wrongly or not at all.",
		Fixes:       []string{"Take everything from one release of a distribution."},
	},
	{
		Code:        "file-not-found",
		Title:       "A file is not there",
		Since:       "1.0",
		Explanation: "The source or the build context has no such path, or has a link there that leads nowhere. A build context does not hold what `.dockerignore` excludes, and links cannot lead out of it. The message tells what comes near.",
		Fixes:       []string{"Correct the path; it begins at the source's root.", "See that the step that makes it ran, and that `.dockerignore` lets it through.", "Give a directory beside the build context as a source: `--build-context NAME=DIR`, with `sources: {NAME: {}}`."},
	},
	{
		Code:     "file-not-readable",
		Title:    "The image's user cannot read files that ship",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "Files keep the mode and the owner that they have in their source. Those from `http:` have the mode 0600 and belong to root, as do all files of a build context that was made with a strict umask; " +
			"packages ship configuration for the user of their own service alone, such as 0640 `redis:redis`. The image's user, not root unless the spec says so, cannot open them. " +
			"It is told once for each item of `files`, and not where the item itself sets mode or owner, nor of files that hold passwords or keys of the system.",
		Runtime: "open /etc/app.conf: permission denied",
		Fixes: []string{
			"Set the mode of a file: `{from: …, mode: \"0644\"}`.",
			"Give a directory with all that is in it to the user: `{from: …, owner: \"65532:65532\"}`.",
			"If it is meant so, say so: `mode` with the mode that it has, or `owner` with its owner.",
		},
	},
	{
		Code:     "file-privileged",
		Title:    "A file gives rights to whoever executes it",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A program that ships has the setuid or setgid bit, or file capabilities: it runs as its owner or its group, or with what else root may do, whoever starts it. Someone who breaks into another program of the image can use it to become root there. " +
			"Most images need none of them. With `no-new-privileges` they have no effect. File capabilities that are effective (`=ep`) also need the container to have them: where it has not, as with `cap_drop: [ALL]`, the program does not start at all.",
		Runtime: "exec /usr/bin/ping: operation not permitted",
		Fixes: []string{
			"Set the mode without the bit: `{from: …, mode: \"0755\"}`; or with it, if it is meant: that silences the warning.",
			"Take the capabilities away in the source: `RUN setcap -r FILE`.",
			"Let the container give the capability to the image's user, rather than a file.",
		},
	},
	{
		Code:     "history-shipped",
		Title:    "The history of a project is in the image",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A directory under `files`, the whole build context for instance, holds what version control keeps: `.git`, `.hg`, `.svn` or `.bzr`. " +
			"It has every file that the project ever had, and often the credentials with which it was fetched.",
		Fixes: []string{
			"Write it in `.dockerignore`, if it is in the build context.",
			"Name what the program needs, in place of the directory.",
			"If it is meant, name it as an item of its own.",
		},
	},
	{
		Code:     "link-leads-nowhere",
		Title:    "Links ship without what they lead to",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A directory under `files` holds symbolic links to files that are elsewhere in the source and do not ship. Java's directory, for one, has its configuration behind links into `/etc`. " +
			"Or a link under `links` leads to a path that the image does not have, or to itself.",
		Runtime: "open /usr/lib/jvm/java-17/conf/net.properties: no such file or directory",
		Fixes: []string{
			"Ship what they lead to as well, under `files`; the message lists it.",
			"What a link leads to may come with a volume: name that under `volumes`.",
		},
	},
	{
		Code:     "link-replaced",
		Title:    "A directory takes the place of a link that programs go through",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "An item of the spec puts a file below a path that is a link to a directory in the source, as Debian's `/etc/zookeeper/conf` is. The path becomes a directory with that file alone, so that programs which go through the link do not find what it leads to. " +
			"In the source, and in a Dockerfile, a file with such a path goes where the link leads.",
		Runtime: "open /etc/zookeeper/conf/environment: no such file or directory",
		Fixes:   []string{"Put the file where the link leads; the message tells the path."},
	},
	{
		Code:  "loader-file-unasked",
		Title: "A file that steers the loader would ship without being named",
		Since: "1.0",
		Explanation: "`/etc/ld.so.preload`, `/etc/ld.so.cache` and musl's `/etc/ld-musl-*.path` say what is loaded into every program of the image. One of them would be there because the header of a file in a source names it as a library, or a link in a source leads to it, and not because the spec asks for it. " +
			"That is how a source of data would run code in the image.",
		Fixes: []string{"Do without the file that leads to it; `sinter explain` tells which that is.", "If it is meant, name it under `files`."},
	},
	{
		Code:        "name-not-utf8",
		Title:       "A file's name is not UTF-8",
		Since:       "1.0",
		Explanation: "A file in a directory that ships has a name that is no UTF-8 text. BuildKit cannot copy it, and tools that read the image could not show it.",
		Fixes:       []string{"Rename the file.", "Name the files beside it one by one."},
	},
	{
		Code:     "name-of-another-kind",
		Title:    "What ships has a name of another kind of file",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "An item of `files` gives an archive the name of a directory, or puts it into the root of the image; or it gives a directory the name of a file, such as `app.conf`. " +
			"`files` ships what is there as it is: it unpacks nothing, as `ADD` of a Dockerfile does, and the contents of a directory go to the path of `to`.",
		Fixes: []string{
			"Unpack the archive in a stage of a Dockerfile, and ship the directory.",
			"Name the file of the directory that is meant: `{from: conf/app.conf, to: /etc/app.conf}`.",
			"A directory that has such a name is written with a slash at the end of `to`.",
		},
	},
	{
		Code:        "not-a-file",
		Title:       "A directory or a special file stands where a file is needed",
		Since:       "1.0",
		Explanation: "Programs, libraries and certificates are regular files. Devices, sockets and pipes cannot ship at all: a runtime provides them.",
		Fixes:       []string{"Name a regular file.", "Ship a directory under `files`, and make an empty one under `directories`."},
	},
	{
		Code:        "nothing-loads-libraries",
		Title:       "A library is added, and nothing can open it",
		Since:       "1.0",
		Explanation: "`libraries.add` names libraries that are opened at run time. No program of this image opens libraries, and neither the image nor a source of `libraries.from` has a C library by whose rules they could be found.",
		Fixes:       []string{"Name the program that opens them under `binaries`.", "Ship them as plain files, under `files`."},
	},
	{
		Code:  "owner-not-found",
		Title: "No account has the name of an owner",
		Since: "1.0",
		Explanation: "`owner` can name a user and a group. They are looked up in `/etc/passwd` and `/etc/group` of the source that the files are from, then in those of the image: its base's, and the accounts that Sinter adds. " +
			"What ships is the number, which the image need not have a name for. The build context has no accounts.",
		Fixes: []string{"Correct the name.", "Write the numbers: `owner: \"33:33\"`."},
	},
	{
		Code:        "package-metadata-damaged",
		Title:       "A package database is damaged in places",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "A record of the package manager's database in a source could not be read. The packages that it tells of are missing from the image's package metadata and SBOM, so that scanners do not see them.",
		Fixes:       []string{"Repair or reinstall the package in the source."},
	},
	{
		Code:        "package-metadata-hidden",
		Title:       "A file of the spec is in the place of package metadata",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "The spec ships something at a path where the build would put what scanners read about a package. The spec's file stays, and scanners do not see the package as it is.",
		Fixes:       []string{"Leave the path to the build.", "Write `metadata: none` if the image brings package metadata of its own."},
	},
	{
		Code:     "package-metadata-misplaced",
		Title:    "Package metadata leads out of its directories",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "What the image says of its packages has directories of its own: `/var/lib/dpkg/status.d`, `/usr/share/doc`, `/usr/share/common-licenses` and the like. " +
			"In a source, a file of it is a link to a file elsewhere; or a link of the image would put it elsewhere. The file is left out: a licence that is a link to `/etc/ld.so.preload` would become code that every program of the image runs, and one that is a link to a secret would ship the secret.",
		Fixes: []string{"Find out who made the link, and correct it.", "Write `metadata: none`, and scanners will know of no packages in the image."},
	},
	{
		Code:  "package-metadata-unreadable",
		Title: "A package database cannot be read",
		Since: "1.0",
		Explanation: "The package manager's database in a base or a source is there, but cannot be read. Scanners would see nothing of its packages, which looks the same as having no vulnerabilities. " +
			"With `metadata: none` it is a warning.",
		Fixes: []string{"Repair the database in the source.", "Write `metadata: none`, and scanners will know of no packages in the image."},
	},
	{
		Code:  "part-ambiguous",
		Title: "Several sources have a part, and it is not said which one counts",
		Since: "1.0",
		Explanation: "A part such as `ca-certificates` comes from the source that the program is from, if that has it; else from that of the other binaries, of the C library or of the other libraries; else from the only source that has it. " +
			"Here several sources with the same claim have it, and their files differ. Which certificates a program trusts is not left to chance.",
		Fixes: []string{"Name the source: `include: [{ca-certificates: {from: debian}}]`."},
	},
	{
		Code:        "part-not-found",
		Title:       "No source has a part that is included",
		Since:       "1.0",
		Explanation: "Some parts are made from files of the sources: `ca-certificates` from a bundle of certificates, `tzdata` from the time zones. None of the sources has them, or not the one that `from` names.",
		Runtime:     "x509: certificate signed by unknown authority",
		Fixes:       []string{"Add the package that the message names to a source: `sources: {debian: {image: debian:bookworm-slim, packages: [ca-certificates]}}`."},
	},
	{
		Code:  "part-unusable",
		Title: "What a source has for a part is not that",
		Since: "1.0",
		Explanation: "What parts take from a source is looked at first: a bundle holds at least one certificate in PEM format and no private key, time zones hold files in the format of tzfile(5), os-release has an `ID=`. " +
			"The file that the message names does not: it may be empty, be a placeholder of a build stage, or be something else.",
		Runtime: "x509: certificate signed by unknown authority",
		Fixes:   []string{"Install the package that the message names in that source.", "Take the part from another source: `include: [{ca-certificates: {from: debian}}]`."},
	},
	{
		Code:        "path-conflict",
		Title:       "Two different things have one path",
		Since:       "1.0",
		Explanation: "Two items ship different files to one path, one makes a file where another needs a directory, or a path leads through a file or a loop of links. A link in a directory that is copied from a source of data (one that neither `binaries` nor `libraries.from` names) leads nothing that other items put below it out of that directory. Which of the two should win cannot be told; the same file from two items is no conflict.",
		Fixes:       []string{"Give one of them another path, or remove it.", "Take both from one source, so that they agree."},
	},
	{
		Code:  "path-hidden",
		Title: "What ships is not seen when the image runs",
		Since: "1.0",
		Explanation: "A runtime mounts file systems of the kernel over `/dev`, `/proc` and `/sys`, and Docker, Podman and Kubernetes put files of their own at `/etc/hosts`, `/etc/hostname`, `/etc/resolv.conf`, `/.dockerenv` and `/run/.containerenv`. " +
			"What the image has there is hidden. For a program, a library, a directory and everything below `/dev`, `/proc` and `/sys` that is an error; a plain file in place of one that the runtime makes is warned of. What a base has there does no harm.",
		Runtime: "exec /dev/app: no such file or directory",
		Fixes:   []string{"Give it another path.", "Of a directory, name what the program needs rather than all of it.", "Say when the image is run what is to be in such a file: `docker run --dns`, or `dnsConfig` in a pod."},
	},
	{
		Code:        "path-unusable",
		Title:       "A path leads through a file, or in circles",
		Since:       "1.0",
		Explanation: "On the way to the file something is not a directory, a symbolic link leads back to itself, or the path is too long once links are followed.",
		Fixes:       []string{"Name the file by the path that it really has."},
	},
	{
		Code:        "too-many-files",
		Title:       "A directory holds too many files",
		Since:       "1.0",
		Explanation: "One item of `files` brings more than 200,000 paths, which is seldom meant: perhaps a whole root file system, or a cache of downloads.",
		Fixes:       []string{"Name the part of it that the program needs."},
	},
	{
		Code:     "volume-not-writable",
		Title:    "The image's user may not write to a volume",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A runtime gives a new volume the mode, the owner and the files of the directory that the image has in its place. Where nothing else makes that directory, Sinter makes it for the image's user. " +
			"This one is of the base or of another item of the spec, and belongs to somebody else.",
		Runtime: "open /var/lib/app/data: permission denied",
		Fixes:   []string{"Give it to the user: `directories: [{path: /var/lib/app, owner: \"65532:65532\"}]`.", "If it is meant so, name its owner there."},
	},
	{
		Code:  "whiteout-name",
		Title: "A name begins with .wh. and would remove files",
		Since: "1.0",
		Explanation: "In a layer of an image, a file named `.wh.NAME` says that `NAME` is gone, and `.wh..wh..opq` that all of a directory of the layers below is. A file of such a name would not ship: it would remove others, those of the base included, as soon as the image is pulled. " +
			"The error names the first path, which may be anywhere below a directory that ships, or in the spec.",
		Fixes: []string{"Rename it.", "Name the files beside it one by one."},
	},
	{
		Code:        "wildcard",
		Title:       "A path holds a wildcard",
		Since:       "1.0",
		Explanation: "A path names one file or one directory. Wildcards are not expanded, since what they match can change without the spec changing: `*` is a character of a name like others, and there is no file of that name.",
		Fixes:       []string{"Name the directory, which ships with what is in it, or each file."},
	},
}
