package oci

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// node is a line of a listing: a path and what is there.
type node struct{ path, what string }

// withoutMetadata takes what is there for package metadata alone out of a listing:
// its files, and the directories with nothing else in them. It leaves what has
// other permissions or another owner than metadata has.
func withoutMetadata(nodes []node) (rest []node, files int) {
	needed := map[string]bool{}
	for _, n := range nodes {
		if isMetadata(n) {
			files++
			continue
		}
		if n.what == "dir 0755 0:0" && aboveMetadata(n.path, nodes) {
			continue // until something else is in it
		}
		for at := n.path; ; at = path.Dir(at) {
			needed[at] = true
			if at == "/" {
				break
			}
		}
	}
	for _, n := range nodes {
		if needed[n.path] {
			rest = append(rest, n)
		}
	}
	return rest, files
}

func aboveMetadata(dir string, nodes []node) bool {
	for _, n := range nodes {
		if isMetadata(n) && strings.HasPrefix(n.path, strings.TrimSuffix(dir, "/")+"/") {
			return true
		}
	}
	return false
}

// isMetadata reports whether a file says something about packages and nothing else.
func isMetadata(n node) bool {
	if n.what != "file 0644 0:0" && !strings.HasPrefix(n.what, "link ") {
		return false
	}
	switch path.Dir(n.path) {
	case "/var/lib/dpkg/status.d", "/usr/share/common-licenses", "/lib/apk/db", "/usr/lib/apk/db", "/var/lib/rpmmanifest":
		return true
	}
	return path.Base(n.path) == "copyright" && path.Dir(path.Dir(n.path)) == "/usr/share/doc"
}

// summary says how much package metadata is left out of a listing, as its last line.
func (t *Tree) summary(files int) (string, error) {
	if files == 0 {
		return "", nil
	}
	packages, err := t.packages()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("package metadata: %d packages, %d files\n", packages, files), nil
}

// packages counts the packages that the tree's own metadata names.
func (t *Tree) packages() (int, error) {
	count := 0
	for name := range t.own {
		var err error
		n := 0
		switch {
		case path.Dir(name) == "/var/lib/dpkg/status.d" && path.Ext(name) != ".md5sums":
			n = 1
		case path.Dir(name) == "/lib/apk/db" || path.Dir(name) == "/usr/lib/apk/db":
			n, err = t.countLines(name, "P:")
		case name == "/var/lib/rpmmanifest/container-manifest-2":
			n, err = t.countLines(name, "")
		}
		if err != nil {
			return 0, err
		}
		count += n
	}
	return count, nil
}

// countLines counts the lines of a file that begin so.
func (t *Tree) countLines(name, prefix string) (int, error) {
	f, err := os.Open(filepath.Join(t.Root, name))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	count := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			count++
		}
	}
	return count, lines.Err()
}
