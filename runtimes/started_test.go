package runtimes

import (
	"slices"
	"strings"
	"testing"
)

// What source says of the programs that it starts.
func TestReadStarted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, text, want string }{
		{"a list in Python", "a.py", `subprocess.run(["git", "--version"])`, "git"},
		{"a list on lines of its own", "a.py", "check_output(\n    [\n        'git',\n        'log',\n    ]\n)", "git"},
		{"a shell for a command that is made at run time", "a.py", `subprocess.check_call(cmd, shell = True)`, "(shell)"},
		{"no shell", "a.py", `subprocess.check_call(cmd, shell=False); f(shell)`, ""},
		{"a shell for calls that always have one", "a.lua", `local f = io.popen(cmd)`, "(shell)"},
		{"not for what an app calls so", "a.lua", `execute(cmd); query.execute(cmd)`, ""},
		{"in PHP, too", "a.php", `exec($cmd);`, "(shell)"},
		{"not for methods in PHP", "a.php", `function exec($cmd) { $this->exec($cmd); }`, ""},
		{"a word with what is filled in", "a.pl", `my $cmd = 'gpg %O %S';`, "(gpg)"},
		{"a word behind a variable's directory", "a.pl", `my $path = "$BIN_DIR/gpg"; my $no = "$dir/a/gpg";`, "(gpg)"},
		{"and in Ruby", "a.rb", `path = "#{bindir}/gpg"`, "(gpg)"},
		{"a command for the shell", "a.py", `os.system("ls -l | wc")`, "ls wc shell"},
		{"a constant command still is", "a.py", `os.popen("hostname")`, "hostname shell"},
		{"not a name of a function", "a.py", `def run(self): pass`, ""},
		{"not in comments and documentation", "a.py", "# run(['git'])\n\"\"\" run(['git']) \"\"\"\nx = 1", ""},
		{"a word", "a.py", `self.call = 'gpg'`, "(gpg)"},
		{"a word with an option", "a.py", `cmd = "gpg --batch"`, "(gpg)"},
		{"not prose", "a.py", `print("gpg was not found")`, ""},
		{"backticks in Perl", "a.pl", "my $x = `$m4 --help 2>&1 | grep reload`;", "grep shell"},
		{"qx", "a.pl", `my $x = qx{date +%s};`, "date"},
		{"a list of words with options", "a.pl", `my @c = (qw(xargs --null), @{$command}); use POSIX qw(floor ceil);`, "xargs"},
		{"a list in Perl", "a.pl", `system("tar", "-c") == 0 or die;`, "tar"},
		{"without parentheses", "a.pl", `system 'mkdir', '-p', $dir;`, "mkdir"},
		{"a pipe", "a.pl", `open(my $f, "gzip -dc $x |");`, "gzip shell"},
		{"a pipe by its mode", "a.pl", "open my $f, '-|', 'dpkg-architecture', '-f', @opts\n    or die;", "dpkg-architecture"},
		{"a pipe to a command", "a.pl", `open(my $f, "|-", "sort >$x"); open my $g, '-|', @command; open my $h, '-|';`, "sort shell"},
		{"a pipe that is made at run time", "a.pl", `$f = new File ("$traces " . " |");`, "shell (shell)"},
		{"not in Perl's documentation", "a.pl", "=head1 NAME\n\nsystem('tar')\n\n=cut\nsystem('gzip');", "gzip"},
		{"Ruby's backticks with what it fills in", "a.rb", "x = `#{git} log | sort`", "sort shell"},
		{"Ruby's popen", "a.rb", `IO.popen(["convert", "-"])`, "convert"},
		{"PHP", "a.php", `$x = shell_exec("uptime");`, "uptime shell"},
		{"Node", "a.js", `spawn("ffmpeg", ["-i"]); execSync('git log')`, "ffmpeg git shell"},
		{"not a database in PHP", "a.php", `$db->exec('create table x'); Db::exec('ls');`, ""},
		{"packages of Node", "a.js", `await execa('git', ['log']); spawn.sync("make"); shell.exec('ls | wc'); glob.sync("sort")`, "git ls make wc shell"},
		{"not a regular expression in Node", "a.js", `/x/.exec("ls"); $exec(x, "ls"); db.exec("ls"); child_process.exec("ls")`, "ls shell"},
		{"not a database in Ruby", "a.rb", `conn.exec("ls"); Open3.capture2("git log")`, "git"},
		{"a module by another name in Python", "a.py", `s.run(["git"]); db.system("ls")`, "git"},
		{"not a method in Perl", "a.pl", `$x->system("ls"); IPC::Cmd::can_run("tar");`, "tar"},
		{"what a shell would do itself", "a.pl", "main::which(\"echo\"); `false`; `test x | cat`;", "cat echo false shell"},
		{"a module's own qx", "a.pl", `safe_qx('nproc'); Other::safe_qx("dpkg", '-L');`, "dpkg nproc"},
		{"Lua", "a.lua", `io.popen("uname -s")`, "uname shell"},
		{"a list that is started later", "a.py", "cmd = ['gpg', '-d']\nsubprocess.run(cmd, check=True)", "[gpg]"},
		{"a list for a function that starts one", "a.py", "def sh(argv):\n    return subprocess.Popen(argv)\nsh([\n  'gpg', f])", "[gpg]"},
		{"a command that is put together", "a.py", "command = f\"gpg -d {name}\"\nos.system(command)", "[gpg] (shell)"},
		{"a program that a variable names", "a.js", "const gpgBin = process.env.GPG || 'gpg'; const bin = {program: 'gpg'}; spawn(gpgBin, args)", "[gpg]"},
		{"what a variable of the environment names by default", "a.py", "x = os.environ.get('GPG_BIN') or 'gpg'; y = os.environ.get('CURL_BIN', 'curl')\nsubprocess.run([x, '-d'])", "[curl] [gpg]"},
		{"a list in Perl that is started later", "a.pl", "my @cmd = ('gpg', '-d'); system(@cmd);", "[gpg]"},
		{"a function that gets a program and its arguments", "a.js", "const run = (p, args) => spawn(p, args); run('gpg', ['-d']); m.get('curl', [])", "[gpg]"},
		{"and options", "a.py", "def sh(*argv): subprocess.run(argv)\nsh('gpg', '-d')", "[gpg]"},
		{"what Python fills in", "a.py", "os.system(f\"gpg -d {name} | tee x\"); subprocess.run(rb'curl')", "curl gpg tee shell"},
		{"what JavaScript fills in", "a.js", "execSync(`gpg -d ${f(x)}\n  && curl ${y}`); const cmd = `tee ${z}`", "curl gpg shell"},
		{"not in comments of several lines", "a.js", "/* `execSync('curl')\n isn't\n */ execSync('gpg')", "gpg shell"},
		{"a template that is started later", "a.js", "const cmd = `gpg ${z}`; exec(cmd)", "[gpg] (shell)"},
		{"not lists where nothing is started", "a.py", "cmd = ['gpg', '-d']\napp.run(port=1)\ndef run(cmd): pass", "(gpg)"},
		{"not an index", "a.py", "tools['gpg'] = x[\"gpg\"]; subprocess.run(x)", "(gpg)"},
		{"not the second of a list", "a.py", "x = ['a', 'gpg']; f('gpg'); subprocess.run(x)", "[a]"},
		{"a process of Symfony", "a.php", `$p = new Process(["gpg", "-d"]);`, "gpg"},
		{"a program of pexpect", "a.py", `c = pexpect.spawn("gpg -d")`, "gpg"},
		{"what no language of these is", "a.txt", `system("ls")`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := ReadStarted(test.file, "", []byte(test.text))
			got := slices.Clone(found.Commands)
			for _, word := range found.Handed {
				got = append(got, "["+word+"]")
			}
			for _, word := range found.Words {
				if word == "gpg" && len(found.Handed) == 0 {
					got = append(got, "("+word+")")
				}
			}
			if found.Shell {
				got = append(got, "shell")
			}
			if found.LaterShell {
				got = append(got, "(shell)")
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Source is hostile: nothing in it makes the scanner run on or fail.
func FuzzReadStarted(f *testing.F) {
	f.Add("a.py", "run([\"x\"")
	f.Add("a.pl", "qx{`'\"|")
	f.Fuzz(func(_ *testing.T, name, text string) { ReadStarted(name, "", []byte(text)) })
}

// Quotes that nothing closes are read once each: the time grows with the text.
func TestReadStartedOfUnclosedQuotes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`'\`, `"\'`, "qx{", "qw(", "`\\"} {
		long := strings.Repeat(text, 1<<20/len(text))
		if got := ReadStarted("a.pl", "", []byte(long)); len(got.Commands) > 0 {
			t.Errorf("%q: found %q", text, got.Commands[0])
		}
	}
}
