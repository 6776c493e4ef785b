package runtimes

import (
	"strings"
	"testing"
)

// The commands of scripts, with "?" for words that only the shell knows.
func TestScanShell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"#!/bin/sh\n# ls\nls -l /x # more\n", "ls -l /x"},
		{"a; b && c || d | e & f\n", "a, b, c, d, e, f"},
		{"exec python3 -m app \"$@\"", "python3 -m app ?"},
		{"if grep -q x y; then sed s/a/b/; elif ! awk z; then :; else cut; fi", "grep -q x y, sed s/a/b/, awk z, cut"},
		{"for f in ls cat; do wc $f; done\nwhile read x; do tr a b; done < in", "wc ?, tr a b"},
		{"case $1 in\n  start|stop) head ;;\n  *) tail;;\nesac\nuname", "head, tail, uname"},
		{"x=$(dirname $0)\ny=`basename \"$0\"`\nA=1 B=2 env C=3 cmd", "dirname /bin/me, basename /bin/me, env C=3 cmd, cmd"},
		{"echo \"$(date +%s) ${X:-$(id -u)}\"", "date +%s, id -u"},
		{"f() { ls; }\nfunction g { cat; }\nf; g", "ls, cat"},
		{"cat <<EOF\nrm -rf /\nEOF\nsort", "cat, sort"},
		{"cat <<-'E' >out 2>&1\n\trm\n\tE\nsort", "cat, sort"},
		{"BIN=/usr/lib/x\n\"$BIN/tool\" a; ${BIN}/other; $UNKNOWN b", "/usr/lib/x/tool a, /usr/lib/x/other"},
		{"E=\"erl\"; if [ $X ]; then E=werl; fi; set -- \"$E\" -x; exec \"$@\"", "werl, erl -x"},
		{"exec timeout 5s nice -n 10 /opt/app", "timeout 5s nice -n 10 /opt/app, nice -n 10 /opt/app, /opt/app"},
		{"ls 2>/dev/null >out; find . | xargs -0 rm", "ls, find ., xargs -0 rm, rm"},
		{"( cd /x && tar cf - . ) | ( cd /y; tar xf - )", "tar cf - ., tar xf -"},
		{"[ -f x ] && test -d y; [[ a == b ]]; cd /; echo hi; kill 1", ""},
		{"find . -exec test -s '{}' +; xargs echo a; exec nice printf x; command pwd; exec 3>&1", "test -s {} +, echo a, printf x, find . -exec test -s {} +, xargs echo a, nice printf x"},
		{"a 'b; c' \"d | e\" f\\ g\\;h", "a b; c d | e f g;h"},
		{"diff <(sort a) b", "diff, sort a, b"},
		{"ls \\\n -l", "ls -l"},
		{"x=$((1+2)); trap 'rm x' EXIT; set -e", "rm x"},
		{"n=$(( $(nproc) * 2 << 1 )); m=$((x + `wc -l`))", "nproc, wc -l"},
		{"find . \\! -user a -exec chown a '{}' +\nfind x -exec", "find . ! -user a -exec chown a {} +, chown a {} +, find x -exec"},
		{"eval 'initdb --pwfile=<(printf x)' \"$A\"; trap \"rm -f $t\" EXIT", "initdb --pwfile=, rm -f"},
		{"bash -ec 'tar x; y'; su - a -c \"psql $x\"; exec gosu a sh -c z", "tar x, y, bash -ec tar x; y, psql, su - a -c ?, z, gosu a sh -c z, sh -c z"},
		{"d=$(dirname \"$0\")\nexec \"$d/../lib/tool\" $d/x", "dirname /bin/me, /bin/../lib/tool /bin/x"},
		{"D=`cd \"$(dirname \"$(readlink -f \"$0\")\")/..\" >/dev/null && pwd -P`\nexec $D/tool", "readlink -f /bin/me, dirname /bin/me, //tool"},
		{"self() { readlink \"$1\" || echo x; }\np=`dirname \"$(self \"$0\")\"`\nexec \"$p/dart\" \"$p/app.snapshot\" \"$@\"", "readlink ?, dirname /bin/me, /bin/dart /bin/app.snapshot ?"},
		{"cd $X; y=$(pwd); $y/tool; z=$(dirname $X); $z/tool; cd /; (cd $1); $(pwd)/tool", "dirname ?"},
		{"exec $0.bin \"$@\"", "/bin/me.bin ?"},
		{"c=\"java $OPTIONS -cp x\"\nexec $c \"$@\"", "java"},
		{"j=java\nc=\"$j $OPTIONS\"\nc=\"$c -Dx=$y\"\n$c", "java"},
		{"s=${SORT:-env LC_ALL=C sort -f}\neval ${s} | cat", "env LC_ALL=C sort -f, sort -f, env, cat"},
		{"exec $WRAPPER java -cp x", "java -cp x"},
		{"w=\"rlwrap -r -c\"\nexec $w java -cp x", "rlwrap, java -cp x"},
		{"JAVACMD=`which java 2>/dev/null `; eval \"exec \\\"\\$JAVACMD\\\"\"", "which java, java"},
		{"JAVACMD=\"`\\\\unset -f command; \\\\command -v java`\"; exec \"$JAVACMD\"", "java"},
		{"if [ \"x`which rlwrap`\" != x ]; then :; fi", "which rlwrap"},
		{"run() { \"$@\"; }\nrun \"${JAVACMD:=java}\" -x", "java -x"},
		{"say() { printf %s \"$1\"; }\nsay hello", ""},
		{"${PAGER:-less} f; ${A-} b; ${X:-$Y} c", "less f"},
		{"Z=gzip\nif a; then Z=''; fi\n\"$Z\" f", "a, gzip f"},
		{"Z=' '\n$Z ls", "ls"},
		{"CP=/bin/cp; D=/usr/share/; W=word\nexport CP D W X", "/bin/cp, /usr/share/"},
		{"export CP=/bin/cp; export -n", "/bin/cp"},
		{"which jade && J=jade\nwhich openjade && J=openjade\nK=word\nexport J K", "which jade, which openjade, jade, openjade"},
		{"d=; b=$d/client; b=$d/bin; r=\"$b/resolveip\"; x=`\"$r\" h`", "/bin/resolveip, /client/resolveip h"},
		{"'", ""}, {"\"$(", ""}, {"`", ""}, {"${", ""}, {"<<", ""}, {"case", ""}, {")", ""}, {"}{", ""}, {"$", ""}, {"\\", ""},
	} {
		var got []string
		for _, c := range scanShell([]byte(test.text), "/bin/me").Commands {
			for i, word := range c {
				if word == "" {
					c[i] = "?"
				}
			}
			got = append(got, strings.Join(c, " "))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%q\n got %s\nwant %s", test.text, text, test.want)
		}
	}
}

// TestHandedOn lists what scripts start of the words that they are called with, and "?" behind what
// they may take for themselves.
func TestHandedOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, words, want string }{
		{"exec \"$@\"", "a -b", "a -b"},
		{"set -e\nif a; then\n\texec gosu b \"$@\"\nfi", "a", "a"},
		{"main() { exec tini -- \"${@}\"; }", "a", "a"},
		{"\"$@\"", "a", "a"},
		{"h=$1; shift; exec env A=b \"$@\"", "a b", "a b ?"},
		{"h=$1; shift; exec env A=b \"$@\"", "db:5432 -t 10 -- a -- b", "a -- b ?"},
		{"while :; do \"$@\" && break; done; shift", "5 -x a b", "a b ?"},
		{"shift; \"$@\"", "5", " ?"},
		{"exec server \"$@\"", "a", " ?"},
		{"exec gosu b server \"$@\"", "a", " ?"},
		{"exec gosu b \"$0\" \"$@\"", "a", " ?"},
		{"echo \"$@\"", "a", " ?"},
	} {
		command, sure := HandedOn([]byte(test.text), strings.Fields(test.words))
		got := strings.Join(command, " ")
		if !sure {
			got += " ?"
		}
		if got != test.want {
			t.Errorf("%q with %q: got %q, want %q", test.text, test.words, got, test.want)
		}
	}
}

// TestBeside lists the names of commands whose directory is in a variable of which nothing is known.
func TestBeside(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"d=`echo \"$0\" | sed 's|[^/]*$||'`\nexec \"$d\"rcs ci \"$@\"":   "rcs",
		"\"$d/a\"; $d/b; ${d}c; \"${d}\"/d; ${d}/e.sh":                   "a b c d e.sh",
		"$sudo ls; \"$d\" x; $dtool; \"$d/$name\"; echo \"$d\"f; $d/x/y": "",
		"d=/usr/lib/x; \"$d/known\"; nice \"$other\"after":               "after",
	} {
		if got := strings.Join(scanShell([]byte(text), "/bin/me").Beside, " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestStartedBy lists what programs start that are there to start others.
func TestStartedBy(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"/usr/bin/tini -- nginx -g x":     "nginx -g x",
		"/usr/bin/tini -g":                "",
		"/usr/sbin/gosu app /entry.sh a":  "/entry.sh a",
		"taskset -c 3 server -a":          "server -a",
		"chrt -f 50 server":               "server",
		"flock -w 5 /run/lock server x":   "server x",
		"flock -n 9":                      "",
		"runuser -u app -- server":        "server",
		"xvfb-run -a -s -nolisten server": "server",
		"prlimit --nofile=9 server":       "server",
		"strace -f -o /tmp/x server":      "server",
		"/usr/bin/env A=b python3 -m x":   "python3 -m x",
		"/usr/sbin/nginx -c tini":         "",
	} {
		if got := strings.Join(StartedBy(strings.Fields(command)), " "); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func FuzzScanShell(f *testing.F) {
	f.Add("a $(b `c` \"d\") <<E\nE\ncase x in y) z;; esac")
	f.Add("Z=' '; $Z ls; Y=''; if a; then Y=b; fi; \"$Y\" c; ${X:-d} e; W=`which f`; exec $0.g")
	f.Fuzz(func(_ *testing.T, text string) { scanShell([]byte(text), "/bin/me") })
}
