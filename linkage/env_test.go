package linkage

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestParseEnv: what coreutils' env makes of these, package start tries on the
// real one.
func TestParseEnv(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"PATH": "/bin", "X": "python3", "S": "-S${S}"}
	for _, test := range []struct {
		args    string // separated by |
		busybox bool
		want    EnvCall
		env     map[string]string // vars unless set
		err     string
	}{
		{args: "python3|/run", want: EnvCall{Program: "python3"}},
		{args: "python3 -u|/run", want: EnvCall{Program: "python3 -u"}},
		{args: "-S python3 -u|/run", want: EnvCall{Program: "python3"}},
		{args: "-Spython3 -u|/run", want: EnvCall{Program: "python3"}},
		{args: "-S|python3 -u|/run", want: EnvCall{Program: "python3"}},
		{args: "--split-string=python3|/run", want: EnvCall{Program: "python3"}},
		{args: "--split=python3|/run", want: EnvCall{Program: "python3"}},
		{args: "-vS python3|/run", want: EnvCall{Program: "python3"}},
		{args: "-S A=1 B= python3 C=2|/run", want: EnvCall{Program: "python3"}, env: map[string]string{"PATH": "/bin", "X": "python3", "S": "-S${S}", "A": "1", "B": ""}},
		{args: "-S -u X -uS python3|/run", want: EnvCall{Program: "python3"}, env: map[string]string{"PATH": "/bin"}},
		{args: "-S -i PATH=/x python3|/run", want: EnvCall{Program: "python3"}, env: map[string]string{"PATH": "/x"}},
		{args: "-S - python3|/run", want: EnvCall{Program: "python3"}, env: map[string]string{}},
		{args: "-S -C /srv -- ./run|/run", want: EnvCall{Program: "./run", Dir: "/srv"}},
		{args: `-S "/opt/a b/x" 'y z'|/run`, want: EnvCall{Program: "/opt/a b/x"}},
		{args: `-S a\_b|/run`, want: EnvCall{Program: "a"}},
		{args: `-S "a\_b"|/run`, want: EnvCall{Program: "a b"}},
		{args: `-S 'a\_b\\\''|/run`, want: EnvCall{Program: `a\_b\'`}},
		{args: `-S ${X}.11|/run`, want: EnvCall{Program: "python3.11"}},
		{args: `-S ${NONE} '${X}'|/run`, want: EnvCall{Program: "${X}"}},
		{args: "-S # python3|/run", want: EnvCall{Program: "/run"}},
		{args: "-S -S python3|/run", want: EnvCall{Program: "python3"}},
		{args: "A=1|/run", want: EnvCall{Program: "/run"}, env: map[string]string{"PATH": "/bin", "X": "python3", "S": "-S${S}", "A": "1"}},
		{args: "-i", want: EnvCall{}, env: map[string]string{}},

		{args: "-S ${S}", err: "-S within -S, without an end"},
		{args: "-S $X", err: "only ${VARNAME} expansion is supported, error at: $X"},
		{args: `-S 'a`, err: "no terminating quote in -S string"},
		{args: `-S a\q`, err: `invalid sequence '\q' in -S`},
		{args: `-S a\`, err: "invalid backslash at end of string in -S"},
		{args: "-i python3|/run", err: "invalid option -- ' '"},
		{args: "-x|/run", err: "invalid option -- 'x'"},
		{args: "--none|/run", err: "unrecognized option '--none'"},
		{args: "-u", err: "option requires an argument -- 'u'"},
		{busybox: true, args: "python3|/run", want: EnvCall{Program: "python3"}},
		{busybox: true, args: "-S python3|/run", err: "invalid option -- 'S'"},
	} {
		call, err := ParseEnv(strings.Split(test.args, "|"), vars, test.busybox)
		if test.err != "" {
			var refused *EnvError
			if !errors.As(err, &refused) || refused.Text != test.err {
				t.Errorf("%q: got %v, want %s", test.args, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.args, err)
			continue
		}
		if test.env == nil {
			test.env = vars
		}
		if call.Program != test.want.Program || call.Dir != test.want.Dir || !maps.Equal(call.Environ(vars), test.env) {
			t.Errorf("%q: got %+v with %v", test.args, call, slices.Sorted(maps.Keys(call.Environ(vars))))
		}
	}
}

func FuzzParseEnv(f *testing.F) {
	f.Add("-S a ${X} 'b'\\_c", false)
	f.Add("-iu X A=1 b", true)
	f.Fuzz(func(t *testing.T, arg string, busybox bool) {
		args := []string{arg, "/run"}
		call, err := ParseEnv(args, map[string]string{"X": "-S ${X} ${X}"}, busybox)
		if err == nil && strings.Contains(call.Program, "=") {
			t.Errorf("%q starts %q", args, call.Program)
		}
	})
}
