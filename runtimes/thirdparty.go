package runtimes

import (
	"path"
	"strings"
)

// thirdParty are the directories that installers of packages fill: pip, npm, RubyGems and
// Bundler.
var thirdParty = []string{"/site-packages/", "/dist-packages/", "/node_modules/", "/gems/", "/vendor/bundle/"}

// ThirdParty returns what reports of files that ship whether they are of packages that a
// language's installer has put there. Much of what those ask for is optional, and none of
// it is for a user to mend: a gem has handlers for servers that nobody here has.
func ThirdParty(shipped []string) func(name string) bool {
	targets := map[string]bool{} // of pip install --target
	for _, name := range shipped {
		if dir, base := path.Split(name); base == "METADATA" && strings.HasSuffix(dir, ".dist-info/") {
			targets[path.Dir(path.Clean(dir))] = true
		}
	}
	return func(name string) bool {
		for _, dir := range thirdParty {
			if strings.Contains(name, dir) {
				return true
			}
		}
		if len(targets) == 0 {
			return false
		}
		for dir := path.Dir(path.Dir(name)); len(dir) > 1; dir = path.Dir(dir) {
			if targets[dir] {
				return true
			}
		}
		return false
	}
}
