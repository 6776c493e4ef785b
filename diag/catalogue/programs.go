package catalogue

import "github.com/sinter-build/sinter/diag"

// ofPrograms are findings about programs, what runs them, and what their loaders
// would do.
var ofPrograms = []Finding{
	{
		Code:     "audit-not-found",
		Title:    "A library that should watch over the loader is missing",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "`LD_AUDIT`, or the program's own `DT_AUDIT` or `DT_DEPAUDIT`, names a library that glibc's loader tells what it does. " +
			"It is missing or unusable. The loader complains on standard error and goes on.",
		Runtime: "ERROR: ld.so: object 'libaudit.so' cannot be loaded as audit interface: cannot open shared object file; ignored.",
		Fixes:   []string{"Ship the library: list it under `libraries.add`.", "Take it out of the variable, or link the program without it."},
	},
	{
		Code:  "beyond-limits",
		Title: "Something is larger than Sinter reads",
		Since: "1.0",
		Explanation: "Files and trees are read within limits, so that a hostile one cannot use up the builder. The limits are far above what programs have. " +
			"What is met here exceeds one: the file may be sound, but what it needs is not known, or not all of it was looked for.",
		Fixes: []string{
			"Where it is about the number of libraries: name fewer under `files` and `libraries.add`, those that the program really opens.",
			"Where it is about one file: ship it under `files`, with all that it needs, and tell Sinter's maintainers of it.",
		},
	},
	{
		Code:        "command-not-found",
		Title:       "A script calls a program that is missing",
		Since:       "1.0",
		Severity:    diag.SeverityWarning,
		Explanation: "A shell script of the spec calls a program by its name whatever happens, outside of conditions and functions, and it is in none of the directories of `PATH`: neither in the image nor in the sources that the script's programs are taken from.",
		Runtime:     "/start.sh: 3: envsubst: not found",
		Fixes:       []string{"Add the package that has it to the source's `packages`, such as `gettext-base` for `envsubst`.", "Ship a program of another source under `binaries`."},
	},
	{
		Code:     "data-not-shipped",
		Title:    "A program names files beside it that do not ship",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "The program is of no package: it was compiled in a stage, or its vendor has put it there. Templates, a configuration or plugins lie beside it in its source, around its `bin` or in the image's working directory, " +
			"their names stand in it, and the image does not have them. A name alone is too little for Sinter to ship them by itself. What is embedded in the program, and what it was made of, is not told.",
		Runtime: "panic: open templates: no such file or directory",
		Fixes: []string{
			"Ship them as well, under `files`; the message has the lines.",
			"Where the program looks for them from the directory it starts in, say that, too: `workdir: /app`.",
			"If it does not need them: `exclude: [/app/templates]`.",
		},
	},
	{
		Code:  "directory-not-searchable",
		Title: "A directory on the way is closed to the image's user",
		Since: "1.0",
		Explanation: "To get to a file a user needs the execute bit of every directory on the way, those that symbolic links lead through among them, whatever the file's own mode is. " +
			"Directories of mode 0700 or 0750 come from home directories, from package data, or from a strict umask where the build context was made. " +
			"It is an error for what the image starts, and a warning for other files.",
		Runtime: `exec: "/opt/app/run": stat /opt/app/run: permission denied`,
		Fixes: []string{
			"Open the directory: `directories: [{path: /opt/app, mode: \"0755\"}]`.",
			"Give what came with it to the user: `{from: …, owner: \"65532:65532\"}`.",
			"Put the file somewhere else, or run the image as a user who may: `user:`.",
		},
	},
	{
		Code:  "dlopen-library-not-found",
		Title: "A library that a file declares to open is missing",
		Since: "1.0",
		Explanation: "An ELF note of the file (systemd's `.note.dlopen`) says that it opens the library at run time, and how important it is. No tree has it. " +
			"Where the note says *required* this is an error, otherwise a warning: the file then does without a feature.",
		Runtime: "libidn2.so.0: cannot open shared object file: No such file or directory",
		Fixes:   []string{"Add the package that has it to a source's `packages`, and name that source in `libraries.from`.", "If only recommended, and not wanted: `exclude: [NAME.so.N]`."},
	},
	{
		Code:  "excluded-needed",
		Title: "A library is excluded that a program needs",
		Since: "1.0",
		Explanation: "`exclude` leaves out default parts, and libraries that are only recommended: by a note in a file, or because libc may open them. " +
			"A library that a file names as needed cannot be left out, as the loader would end the program without it.",
		Runtime: "/usr/bin/app: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory",
		Fixes:   []string{"Remove it from `exclude`.", "If the host gives it to the container when it runs, write `libraries: {provided: [libfoo.so.1]}`; it then neither ships nor is missed."},
	},
	{
		Code:        "exclusion-unused",
		Title:       "Something is excluded that would not ship",
		Since:       "1.0",
		Explanation: "`exclude` names a path or a package, and nothing that programs are known to open when they run is of it. The name may be mistyped, or be that of files which ship for another reason: a library ships with what needs it.",
		Fixes:       []string{"Exclude what needs it, where that ships because programs open it.", "Remove it from `exclude`.", "See what ships, and why, with `--call=explain`."},
	},
	{
		Code:  "interpreter-not-found",
		Title: "A program's loader is missing",
		Since: "1.0",
		Explanation: "A dynamic program names its *program interpreter*, the loader of its C library, such as `/lib64/ld-linux-x86-64.so.2` (glibc) or `/lib/ld-musl-x86_64.so.1` (musl). " +
			"None of the trees that are searched has it. The kernel blames the program, though it is there, which makes this the most puzzling message that a minimal image can give.",
		Runtime: "exec /usr/bin/app: no such file or directory",
		Fixes: []string{
			"Name a source in `libraries.from` that has the loader: an image with the same C library as the one that the program was built with.",
			"If the image has the other C library (Alpine's musl instead of glibc, or the other way round), build the program on the same distribution as the image.",
			"Link the program statically (Go: `CGO_ENABLED=0`; C: `-static` with musl; Rust: a `-musl` target).",
		},
	},
	{
		Code:        "interpreter-unknown",
		Title:       "A program's loader is neither glibc's nor musl's",
		Since:       "1.0",
		Explanation: "The loader is that of a compatibility layer such as gcompat, of Android or of something else. Where it looks for libraries is unknown, so what the program needs cannot be worked out.",
		Fixes:       []string{"Build the program for glibc or musl.", "List what it needs under `files`."},
	},
	{
		Code:        "interpreter-unusable",
		Title:       "A program's loader cannot be used",
		Since:       "1.0",
		Explanation: "The loader is where the program names it, but is for another architecture, damaged, a directory or not executable.",
		Runtime:     "exec /usr/bin/app: exec format error",
		Fixes:       []string{"Take base and sources for the program's own platform and C library."},
	},
	{
		Code:  "library-not-found",
		Title: "A library that a program needs is missing",
		Since: "1.0",
		Explanation: "A program or a library asks for it by name (`NEEDED`), and the loader's whole search (RPATH, RUNPATH, `LD_LIBRARY_PATH`, its cache, its own directories) finds it in none of the trees. " +
			"The message tells what was searched, how the search came to the library, and what comes near. The program would not start. " +
			"It is a warning where a program can do without what needs the library.",
		Runtime: "/usr/bin/app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory",
		Fixes: []string{
			"Add the package that has the library to a source's `packages`, and name that source in `libraries.from`.",
			"If the library is your own, put its directory into the program's RUNPATH (`-Wl,-rpath,'$ORIGIN/../lib'`), or copy it to where the loader looks with `files`.",
			"If it is of a driver that the host's container runtime provides, such as `libcuda.so.1`, write `libraries: {provided: [nvidia]}`, or its name in place of the preset.",
		},
	},
	{
		Code:     "library-path-relative",
		Title:    "A library is needed by a path relative to the working directory",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A library without a SONAME was given to the linker by a path, such as `./build/liba.so`, and the program kept that path. The loader then looks in the directory that the process was started in, " +
			"and nowhere else.",
		Runtime: "error while loading shared libraries: build/liba.so: cannot open shared object file: No such file or directory",
		Fixes:   []string{"Give the library a SONAME (`-Wl,-soname,liba.so.1`) and link the program again."},
	},
	{
		Code:  "library-unusable",
		Title: "The loader finds an unusable file first",
		Since: "1.0",
		Explanation: "A file of the right name stands where the loader looks first, but it is damaged, not readable or of a kind that the loader gives up on instead of looking further. " +
			"Libraries for another architecture are passed over; this is not one of these.",
		Runtime: "/usr/bin/app: error while loading shared libraries: /usr/lib/liba.so.1: file too short",
		Fixes:   []string{"Remove or replace the file in the tree that the message names.", "Name a source with a working library earlier in `libraries.from`."},
	},
	{
		Code:        "linkage-not-dynamic",
		Title:       "A program is static, though the spec says dynamic",
		Since:       "1.0",
		Explanation: "`linkage: dynamic` asserts that the program uses the image's libraries, so that it is patched when they are. This one has its own.",
		Fixes:       []string{"Link the program dynamically (Go: `CGO_ENABLED=1`).", "Drop `linkage: dynamic`."},
	},
	{
		Code:  "linkage-not-static",
		Title: "A program is not static, though the spec says static",
		Since: "1.0",
		Explanation: "`linkage: static` asserts that the program needs no loader and no library. This one names a loader, needs libraries, or is a script. In an image that is empty otherwise it would not start. " +
			"Go programs become dynamic without being asked as soon as `net` or `os/user` use cgo, and with `-buildmode=pie`.",
		Runtime: "exec /usr/bin/app: no such file or directory",
		Fixes: []string{
			"Go: build with `CGO_ENABLED=0`, or with `-tags netgo,osusergo` if nothing else in it needs cgo.",
			"C, C++: link with `-static`, preferably against musl. Rust: `--target x86_64-unknown-linux-musl`.",
			"Drop `linkage: static`, and Sinter ships what the program needs.",
		},
	},
	{
		Code:        "loader-libc-mismatch",
		Title:       "The C library and its loader are from two trees",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "glibc's `libc.so.6` and its loader share private symbols and structures, which change between builds. Of two builds they may work, crash at start, or fail later.",
		Runtime:     "symbol lookup error: libc.so.6: undefined symbol: _dl_audit_symbind_alt, version GLIBC_PRIVATE",
		Fixes:       []string{"Let one tree provide both: name it first in `libraries.from`, or take a base that has both."},
	},
	{
		Code:     "marked-for-other-system",
		Title:    "A static program says that it is for another system than Linux",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "The OS ABI in the ELF header names another system, FreeBSD for one, and nothing else in the file does. Linux does not look at that and starts the program. " +
			"If it really is for the other system, its first system call goes wrong.",
		Runtime: "Segmentation fault (exit code 139)",
		Fixes:   []string{"Build it for Linux (Go: `GOOS=linux`).", "If it is a program for Linux, correct the mark: `elfedit --output-osabi=none app`."},
	},
	{
		Code:        "module-not-found",
		Title:       "A module that a program imports is missing",
		Since:       "1.0",
		Explanation: "A program of the app imports a module, and no tree that ships has it: neither the app itself, nor the interpreter's standard library, nor what is installed in its source.",
		Runtime:     "ModuleNotFoundError: No module named 'yaml'",
		Fixes:       []string{"Install it in the source that the interpreter comes from.", "Ship it with `files` where the interpreter looks for it."},
	},
	{
		Code:        "no-fonts",
		Title:       "A program looks for fonts and there are none",
		Since:       "1.0",
		Explanation: "The program uses fontconfig, which brings its configuration and one family of fonts into the image. The source has no fonts that Sinter knows, and the spec's files hold none.",
		Runtime:     "Fontconfig error: No fonts found",
		Fixes:       []string{"Add `fonts-dejavu-core`, or the fonts that you want, to the source's `packages`.", "Copy fonts to `/usr/share/fonts` with `files`."},
	},
	{
		Code:        "no-locale",
		Title:       "The environment names a locale that is not there",
		Since:       "1.0",
		Explanation: "`LANG` or an `LC_` variable in `env` names a locale. glibc reads it from `/usr/lib/locale`, and the program's source does not have it there; the program would go on in the C locale.",
		Runtime:     "cannot change locale (de_DE.UTF-8): No such file or directory",
		Fixes:       []string{"Add `locales-all` to the source's `packages`, or generate the locale there with localedef.", "Write `LANG: C.UTF-8`, which every distribution has."},
	},
	{
		Code:        "no-time-zone",
		Title:       "The environment names a time zone that is not there",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "`TZ` in `env` names a time zone. Programs read it from `/usr/share/zoneinfo`, where the program's source does not have it; without it they go on with UTC and say nothing.",
		Runtime:     "programs go on with UTC",
		Fixes:       []string{"Add `tzdata` to the source's `packages`.", "Write `include: [tzdata]` where another source has it."},
	},
	{
		Code:        "preload-not-found",
		Title:       "A library that should be preloaded is missing",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "`LD_PRELOAD` or `/etc/ld.so.preload` names a library that is missing or unusable. glibc's loader complains on standard error at every start of every program, musl's says nothing; both go on without it.",
		Runtime:     "ERROR: ld.so: object 'libjemalloc.so.2' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.",
		Fixes:       []string{"Ship the library: list it under `libraries.add`.", "Take it out of the variable or the file."},
	},
	{
		Code:        "program-not-a-file",
		Title:       "What should be started is a directory or a special file",
		Since:       "1.0",
		Explanation: "The entrypoint, the command, the health check, or the interpreter that a script names, is there, but no regular file, so that it cannot be executed.",
		Runtime:     `exec: "/opt/app": is a directory`,
		Fixes:       []string{"Name the program's file."},
	},
	{
		Code:  "program-not-executable",
		Title: "The image's user may not execute a program",
		Since: "1.0",
		Explanation: "The permission bits decide, whatever is in the file: the owner's for the owner, the group's for the group, everybody's for all others. For root one execute bit of any kind is enough; " +
			"Sinter's default user is not root. Downloads, archives and artifact stores lose the bits, and files from `http:` have the mode 0600. " +
			"It is an error for what the image starts and for what runs that, and a warning for other programs, unless the spec itself sets their mode or owner.",
		Runtime: `exec: "/usr/bin/app": permission denied`,
		Fixes:   []string{"Set its mode where it ships: `{from: …, mode: \"0755\"}`.", "Run `chmod +x` on it where it is built.", "Run the image as a user who may: `user:`."},
	},
	{
		Code:  "program-not-found",
		Title: "What should be started is not there",
		Since: "1.0",
		Explanation: "The entrypoint, the command, the health check, or the program that `sinter closure` is asked about, is neither at the path that is named nor, for a name without a slash, in a directory of the image's `PATH`. " +
			"A link on the way may lead nowhere.",
		Runtime: `exec: "app": executable file not found in $PATH`,
		Fixes:   []string{"Ship it, under `binaries`.", "Correct the name, or write the whole path.", "Set `PATH` under `env` to the directories that have programs.", "See that the step that makes the file ran for this platform."},
	},
	{
		Code:  "program-not-runnable",
		Title: "A file that is named as a program cannot be one",
		Since: "1.0",
		Explanation: "It is built for another architecture or another system, a shared library or an object file, an archive, text without a `#!` line, or damaged. The message says which. " +
			"With an emulator on the host a program of another architecture may have worked on the machine where it was tried.",
		Runtime: "exec /usr/bin/app: exec format error",
		Fixes: []string{
			"Build it for the image's platform (Go: `GOARCH`; Dockerfile: `$TARGETARCH`), or the image for the program's with `--platform`.",
			"Name the program itself, not what it was made of or packed in. Libraries that are opened at run time go under `libraries.add`.",
		},
	},
	{
		Code:        "program-unusable",
		Title:       "A program is damaged",
		Since:       "1.0",
		Explanation: "The ELF file is cut off or contradicts itself in a place that the kernel or the loader reads.",
		Runtime:     "exec /usr/bin/app: exec format error",
		Fixes:       []string{"Build or fetch the file again."},
	},
	{
		Code:        "relr-unmarked",
		Title:       "Packed relocations without the mark that glibc asks for",
		Since:       "1.0",
		Explanation: "The file uses packed relative relocations (`DT_RELR`), and does not require the version `GLIBC_ABI_DT_RELR`, by which a glibc that is too old would be kept from running it. New ones refuse the file for that.",
		Runtime:     "/usr/bin/app: error while loading shared libraries: /usr/bin/app: DT_RELR without GLIBC_ABI_DT_RELR dependency",
		Fixes:       []string{"Link it with `-Wl,-z,pack-relative-relocs` of binutils 2.38 or newer, or without packed relocations."},
	},
	{
		Code:        "runtime-bare",
		Title:       "An interpreter ships without its standard library",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "With `runtime: closure` nothing ships but what the loader needs, and a language's interpreter opens its standard library by itself. Of that the image has nothing.",
		Runtime:     "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding",
		Fixes:       []string{"Leave out `runtime: closure`.", "Name what it opens under `files`; the message has the first of it."},
	},
	{
		Code:     "runtime-library-not-found",
		Title:    "A library that the C library itself opens is missing",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "glibc opens some libraries only when a function is called: modules that look up users and hosts (`libnss_*.so.2`, as `/etc/nsswitch.conf` says), and `libgcc_s.so.1` to end threads and to print stacks. " +
			"The program calls such a function, and no tree has the library. It does not show when the program starts.",
		Runtime: "libgcc_s.so.1 must be installed for pthread_exit to work",
		Fixes:   []string{"Add the package that has it (Debian: `libgcc-s1`) to a source's `packages`, and name that source in `libraries.from`.", "List it under `libraries.add`, from the glibc that ships.", "Take a service that is not wanted out of `/etc/nsswitch.conf`."},
	},
	{
		Code:     "runtime-whole",
		Title:    "A setting that leaves something out could not be followed",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A setting in `runtime` asks for less of a language's runtime or of an app than all, and what is needed cannot be told: " +
			"a Java runtime in a form that is not known, or an app without classes. All of it ships.",
		Fixes: []string{"Leave out the setting.", "Name what is needed, where the setting takes a list."},
	},
	{
		Code:  "script-env-refuses",
		Title: "env does not take the arguments of a script's first line",
		Since: "1.0",
		Explanation: "Linux hands all that follows the interpreter in a `#!` line over as one argument. `#!/usr/bin/env -i python3` is an option with a space in it, which `env` does not know. " +
			"The option `-S` makes words of it, with quotes and `${NAME}`; the `env` of BusyBox, as in Alpine, does not have that option.",
		Runtime: "/usr/bin/env: unrecognized option: S",
		Fixes:   []string{"Write `#!/usr/bin/env -S python3 -u`.", "With BusyBox name the interpreter by its path: `#!/usr/bin/python3 -u`.", "Ship the `env` of coreutils."},
	},
	{
		Code:  "script-interpreter-loop",
		Title: "Scripts are run by scripts without an end",
		Since: "1.0",
		Explanation: "What a script's `#!` line names is a script again, and so on; Linux follows five of them. Or `env` is given variables or options and no program, and then starts the script itself, over and over: " +
			"`#!/usr/bin/env NAME=value python3` without `-S` is one.",
		Runtime: "exec /usr/bin/app: too many levels of symbolic links",
		Fixes:   []string{"Name a program as the interpreter.", "Write `-S` after `env` where it is given more than a name."},
	},
	{
		Code:  "script-interpreter-not-found",
		Title: "What should run a script is not there",
		Since: "1.0",
		Explanation: "The script's `#!` line names a program, or asks `env` for one, that does not ship, or that interpreter is a script whose own interpreter does not. The kernel blames the script, though it is there. " +
			"An interpreter ships by itself only where the script's own source or one in `libraries.from` has it.",
		Runtime: "exec /usr/bin/run.sh: no such file or directory",
		Fixes: []string{
			"Ship the interpreter too, under `binaries`; it brings what it needs.",
			"Name the program that the script starts, rather than the script.",
			"Write `#!/usr/bin/env -S` where `env` is given a program with arguments.",
		},
	},
	{
		Code:        "script-line-cut",
		Title:       "A script's first line is too long",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "Linux reads the first 255 bytes of a `#!` line. The interpreter gets its argument without the end, and nobody says so. Kernels before 5.1 read 127 bytes.",
		Fixes:       []string{"Set options in the script itself, or in a program that starts it.", "Shorten the interpreter's path, by a link for instance."},
	},
	{
		Code:  "script-not-readable",
		Title: "The image's user may execute a script but not read it",
		Since: "1.0",
		Explanation: "The kernel reads a script's first line itself and asks for the execute bit alone. The interpreter then opens the script as any other file, which needs the read bit: a mode such as 0711 is enough for a program, but not for a script. " +
			"It is an error for what the image starts, and a warning for other scripts.",
		Runtime: "/bin/sh: 0: cannot open /usr/bin/run.sh: Permission denied",
		Fixes:   []string{"Set its mode where it ships: `{from: …, mode: \"0755\"}`.", "Run `chmod a+rx` on it where it is made."},
	},
	{
		Code:        "search-path-platform",
		Title:       "A search path depends on the processor",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "RPATH or RUNPATH holds `$PLATFORM`, which glibc replaces by a name of the processor that it runs on. What is found there cannot be known when the image is built, and Sinter does not search it.",
		Fixes:       []string{"Use `$ORIGIN` or an absolute path."},
	},
	{
		Code:        "search-path-relative",
		Title:       "A search path is relative to the working directory",
		Severity:    diag.SeverityWarning,
		Since:       "1.0",
		Explanation: "An element of RPATH, RUNPATH or `LD_LIBRARY_PATH` is empty or relative, which means the directory that the process was started in. Libraries are then taken from wherever that is: a known way to have foreign code run.",
		Fixes:       []string{"Use `$ORIGIN` or an absolute path, and no empty element (`::`, or a colon at either end)."},
	},
	{
		Code:     "static-nss",
		Title:    "A static program opens glibc's modules",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "A program that is linked statically with glibc and looks up users or hosts still opens `/etc/nsswitch.conf` and `libnss_*.so.2`, which have to be of the very glibc it was linked with. " +
			"Without them look-ups fail, with others it may crash.",
		Runtime: "Temporary failure in name resolution",
		Fixes:   []string{"Link statically with musl, or dynamically with glibc (Go: `CGO_ENABLED=0`, or `-tags netgo,osusergo`).", "Or ship `nsswitch.conf` and the modules of that glibc: `libraries: {add: [libnss_files.so.2, libnss_dns.so.2]}`."},
	},
	{
		Code:  "symbol-not-found",
		Title: "Nothing that is loaded defines a symbol",
		Since: "1.0",
		Explanation: "A program or a library uses a function or a variable that nothing which is loaded defines: a library is of another version than the one that was linked against. " +
			"What the loader binds before the program starts is an error: with musl everything, with glibc data, and functions of files that are linked with `-z now`. " +
			"Other functions are looked up when they are first called, which is a warning: the program dies then. " +
			"With `checkSymbols`, what is opened at run time is checked, too: plugins often leave symbols to the program that opens them, so that is a warning.",
		Runtime: "/usr/bin/app: symbol lookup error: /usr/lib/liba.so.1: undefined symbol: a_new_function",
		Fixes:   []string{"Ship the version of the library that was linked against.", "Link again, against what ships."},
	},
	{
		Code:     "version-information-missing",
		Title:    "A library has none of the symbol versions that it should have",
		Severity: diag.SeverityWarning,
		Since:    "1.0",
		Explanation: "The program was linked against a build of the library with symbol versions, and this build has none. glibc's loader remarks on it at every start and takes what symbols there are. " +
			"It is an error where the library has no version table at all, since the loader then aborts.",
		Runtime: "/usr/bin/app: /usr/lib/liba.so.1: no version information available (required by /usr/bin/app)",
		Fixes:   []string{"Ship the build of the library that the program was linked against."},
	},
	{
		Code:  "version-not-found",
		Title: "A library is older than the program",
		Since: "1.0",
		Explanation: "A program names the versions of the symbols that it uses, such as `GLIBC_2.38`, and the loader refuses to start it when a library does not define one. " +
			"It happens when the program is built on a newer distribution than the one that its libraries come from.",
		Runtime: "/usr/bin/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /usr/bin/app)",
		Fixes: []string{
			"Use a base or a source in `libraries.from` that is at least as new as where the program was built.",
			"Build the program on the distribution that the image takes its libraries from, or an older one.",
			"Link it statically.",
		},
	},
	{
		Code:        "version-of-unneeded",
		Title:       "Versions are asked of a library that is not loaded",
		Since:       "1.0",
		Explanation: "The file's version requirements name a library that its `NEEDED` entries do not bring in, as `patchelf --remove-needed` leaves them behind. glibc's loader aborts on an assertion.",
		Runtime:     "Inconsistency detected by ld.so: dl-version.c: 204: _dl_check_map_versions: Assertion `needed != NULL' failed!",
		Fixes:       []string{"Link the file again instead of editing its `NEEDED` entries.", "Keep the entry, under the same name as in the version requirements."},
	},
}
