package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/fsutil"
)

// What is fetched from a URL can be read by root alone (BuildKit's source/http), so
// that a spec has to say more: a program's mode, or it fails the build, and a
// file's, or a warning asks for it.
func TestFetchedFiles(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "#!/bin/sh\n") // text and script in one
	}))
	t.Cleanup(server.Close)
	const spec = "sources: {web: {http: %q}}\nbase: debian:bookworm-slim\n%s\n"
	for _, test := range []struct{ name, items, err, warning string }{
		{name: "a program", items: "binaries: [{from: 'web:/run', to: /bin/run}]",
			err: `app.yaml:3
--------------------
   1 |     sources: {web: {http: "URL"}}
   2 |     base: debian:bookworm-slim
   3 | >>> binaries: [{from: 'web:/run', to: /bin/run}]
   4 |     
--------------------
app.yaml:3:12: the entrypoint is /bin/run, which user 65532:65532 may not execute (mode 0600, owner 0:0) [program-not-executable]
  at run time: exec: "/bin/run": permission denied
  fix: set its mode: {from: …, mode: "0755"}
  fix: chmod +x the file before the build
`},
		{name: "a program with its mode", items: "binaries: [{from: 'web:/run', to: /bin/run, mode: '0755'}]"},
		{name: "a file", items: "files: [{from: 'web:/run', to: /etc/run}]",
			warning: `user 65532:65532 cannot read /etc/run (mode 0600, owner 0:0)
  at run time: open /etc/run: permission denied
  fix: set its mode: mode: "0644"
  fix: or say that it is meant so: mode: "0600"`},
		{name: "a file with its mode", items: "files: [{from: 'web:/run', to: /etc/run, mode: '0644'}]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf(spec, server.URL+"/run", test.items)
			files, err := fsutil.NewFS(contextDir(t, map[string]string{"app.yaml": text}))
			if err != nil {
				t.Fatal(err)
			}
			status := make(chan *client.SolveStatus)
			var got []string
			var done sync.WaitGroup
			done.Go(func() { got, _ = warnings(status) })
			_, err = daemon.Build(t.Context(), client.SolveOpt{
				LocalMounts: map[string]fsutil.FS{"context": files, "dockerfile": files},
			}, "", viaImage(map[string]string{"filename": "app.yaml"}), status)
			done.Wait()
			if err != nil {
				if said := strings.ReplaceAll(errorText(t, err), server.URL+"/run", "URL"); said != test.err {
					t.Errorf("it fails with\n%s\nand should with\n%s", said, test.err)
				}
				return
			}
			if test.err != "" {
				t.Error("it should fail")
			}
			if text := strings.Join(got, "\n"); text != test.warning {
				t.Errorf("it warns\n%s\nand should\n%s", text, test.warning)
			}
		})
	}
}
