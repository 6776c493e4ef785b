# What the scripts of programs can call. $BOX is the harness itself.
set -eu

# run starts the image as it is configured, with other arguments if there are any.
run() { "$BOX" run "$@"; }

# program starts another program of the image: PATH ARGUMENT…
program() { "$BOX" program "$@"; }

# start starts the image in the background, as run does. It is killed in the end.
start() {
	"$BOX" run "$@" >>"$LOG" 2>&1 &
	server=$!
}

# start_program is start for another program of the image.
start_program() {
	"$BOX" program "$@" >>"$LOG" 2>&1 &
	server=$!
}

# stop asks what start has started to end, and waits until it has.
stop() {
	kill -TERM "$server"
	wait "$server" || true
}

# listens waits until something listens: on a TCP port, or on a socket in /scratch.
listens() { "$BOX" listens "$1" "$server"; }

# appears waits until a file of the work directory is there and not empty.
appears() { "$BOX" appears "$1" "$server"; }

# get fetches a URL and prints the body, or the status with -i.
get() { "$BOX" get "$@"; }

# talk connects to a TCP port, says its standard input and prints what it hears until
# nothing comes any more.
talk() { "$BOX" talk "$@"; }

# client runs a command as root in a Debian tree where /scratch is the same directory.
client() { "$BOX" client "$@"; }

# expect runs a command, which must succeed and print what the pattern (grep -E)
# matches in some line.
expect() {
	expect_pattern=$1
	shift
	expect_out=$("$@" 2>&1) || {
		printf '%s\n' "$expect_out" >&2
		echo "failed: $*" >&2
		exit 1
	}
	printf '%s\n' "$expect_out" | grep -aEq -e "$expect_pattern" || {
		printf '%s\n' "$expect_out" >&2
		echo "no /$expect_pattern/ in what this printed: $*" >&2
		exit 1
	}
}

# await is expect for what comes true only after some time, which is ten seconds at most.
await() {
	for await_try in 1 2 3 4 5 6 7 8 9; do
		if (expect "$@") 2>/dev/null; then
			return
		fi
		sleep 1
	done
	expect "$@"
}
