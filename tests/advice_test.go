package tests

import (
	"slices"
	"testing"
	"time"

	"github.com/sinter-build/sinter/spec"
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		test    spec.Test
		outcome Outcome
		want    []string
	}{
		{"nothing is known", spec.Test{Run: []string{"/app"}}, Outcome{Problems: []string{"x"}}, nil},
		{
			"a shell that is not there", spec.Test{Run: []string{"/bin/sh", "-c", "/app --version"}}, Outcome{Absent: "/bin/sh"},
			[]string{
				`a minimal image has no shell: write the words of the command, ["/app", "--version"]`,
				"a program of a source need not ship: write run: [SOURCE:/bin/sh, …]",
				"or ship it, under binaries",
			},
		},
		{
			"a program of a source that has it not", spec.Test{Run: []string{"debian:/usr/bin/jq", "."}}, Outcome{Absent: "/usr/bin/jq"},
			[]string{"add the package that has it to the packages of source debian", "or write the path that it has there"},
		},
		{
			"a program that does not end", spec.Test{Run: []string{"/app"}, Timeout: 3 * time.Second}, Outcome{Late: true},
			[]string{
				"if it is a program that keeps running, start it as the service: {service: true, ready: PORT}, or {service: [PROGRAM], ready: PORT}",
				"give it more time: timeout: 6s",
			},
		},
		{
			"a service that is not ready", spec.Test{Service: spec.Service{Image: true}}, Outcome{Unready: true},
			[]string{
				"name what shows that the service is ready: ready: PORT, or ready: {log: TEXT}",
				"give it more time: timeout: 1m0s",
			},
		},
	} {
		if got := Advice(test.test, &test.outcome); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// What is sure goes before what was looked for in vain.
func TestSure(t *testing.T) {
	t.Parallel()
	pong := "PONG"
	network := []string{"write network: true in the test: without it there is a loopback interface alone"}
	for _, test := range []struct {
		name    string
		test    spec.Test
		outcome Outcome
		want    []string
	}{
		{"nothing is known", spec.Test{Run: []string{"/app", "http://127.0.0.1:80/", "http://localhost/"}}, Outcome{Problems: []string{"x"}, Said: "no"}, nil},
		{
			"a line break", spec.Test{Expect: &spec.Expect{Stdout: &spec.Text{Equals: &pong}}}, Outcome{LineEnd: "stdout"},
			[]string{`write stdout: "PONG\n", with the line break that programs end their output with`, `or write stdout: {contains: "PONG"}`},
		},
		{
			"another port", spec.Test{Ready: &spec.Ready{Port: 80}, Timeout: time.Second}, Outcome{Unready: true, Listening: []int{8080}},
			[]string{"something listens on port 8080: write ready: 8080", "give it more time: timeout: 2s"},
		},
		{"other letters", spec.Test{}, Outcome{Letters: "curl"}, []string{`write contains: "curl", with its capital and small letters`}},
		{"other letters, and a status", spec.Test{}, Outcome{Letters: "curl", Problems: []string{"a", "b"}}, nil},
		{"another machine", spec.Test{Run: []string{"/usr/bin/curl", "-sf", "http://example.com/"}}, Outcome{}, network},
		{"another machine, by what is said", spec.Test{Run: []string{"/app"}}, Outcome{Said: "dial tcp: lookup db: no such host"}, network},
		{"a network", spec.Test{Run: []string{"/app"}, Network: true}, Outcome{Said: "dial tcp: lookup db: no such host"}, nil},
	} {
		if got := Sure(test.test, &test.outcome); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}
