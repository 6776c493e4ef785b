package job

import (
	"reflect"
	"strings"
	"testing"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	want := Job{
		Command: Explain, Format: JSON, Path: "/usr/bin/a \"b\"\n",
		Build: Settings{File: "-", Context: "dir", Platforms: []string{"linux/amd64"}, Args: []string{"A=b=c"}, Progress: "auto"},
	}
	arg, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode([]string{arg}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "is started by sinter"},
		{[]string{"explain", "-f", "app.yaml"}, "is started by sinter"},
		{[]string{"--help"}, "is started by sinter"},
		{[]string{`{"Version": 0, "Job": {}}`}, "of different releases\n  fix: "},
	} {
		if _, err := Decode(test.args); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v", test.args, err)
		}
	}
}
