package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/plan"
)

// A spec's plan and LLB are shown, or what is wrong with it at its line.
func TestDump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"app.yaml": "sources: {data: {}}\nfiles: ['data:/etc/motd', {from: 'here', to: /srv/here}]\nexclude: [accounts, tmp, nsswitch]\n",
		"bad.yaml": "sources: {data: {}}\nfiles: ['data:/etc/none']\n",
		"here":     "h", "data/etc/motd": "hello",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	source := "data=" + filepath.Join(dir, "data")
	var out, errs bytes.Buffer
	if err := run([]string{"-source", source, filepath.Join(dir, "app.yaml")}, &out, &errs); err != nil {
		t.Fatal(err, errs.String())
	}
	var p plan.Plan
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range p.Entries {
		paths = append(paths, e.Path)
	}
	if got, want := strings.Join(paths, " "), "/etc /etc/motd /srv /srv/here"; got != want || p.Version != plan.Version {
		t.Errorf("version %d, %s", p.Version, got)
	}
	out.Reset()
	if err := run([]string{"-llb", "-source", source, filepath.Join(dir, "app.yaml")}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "/etc/motd") || !strings.Contains(out.String(), "local://context") {
		t.Errorf("LLB:\n%s", out.String())
	}
	errs.Reset()
	err := run([]string{"-source", source, filepath.Join(dir, "bad.yaml")}, &out, &errs)
	if err == nil || !strings.Contains(errs.String(), "bad.yaml:2:9: /etc/none in source data is not there") {
		t.Errorf("%v\n%s", err, errs.String())
	}
}
