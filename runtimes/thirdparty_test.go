package runtimes

import "testing"

func TestThirdParty(t *testing.T) {
	t.Parallel()
	is := ThirdParty([]string{"/app/deps/six-1.16.0.dist-info/METADATA", "/app/deps/six.py", "/app/main.py", "/app/METADATA"})
	for name, want := range map[string]bool{
		"/app/main.py":                                        false,
		"/app/lib/a.py":                                       false,
		"/app/deps/flask/app.py":                              true,
		"/app/deps/flask/json/tag.py":                         true,
		"/app/site-packages.py":                               false,
		"/opt/venv/lib/python3.11/site-packages/six.py":       true,
		"/usr/lib/python3/dist-packages/six.py":               true,
		"/usr/local/bundle/gems/rack-2.2.4/lib/rack.rb":       true,
		"/app/vendor/bundle/ruby/3.1.0/gems/a-1/lib/a.rb":     true,
		"/app/node_modules/express/index.js":                  true,
		"/app/gems.rb":                                        false,
		"/app/vendor/autoload.php":                            false,
		"/usr/local/bundle/specifications/rack-2.2.4.gemspec": false,
	} {
		if got := is(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
