package convert

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/parts"
)

// tellPackages notes the packages whose programs nothing of the spec names: in a Dockerfile
// they are in the image because they are installed, in a spec because something needs them.
func (c *conversion) tellPackages() {
	tree, err := c.tree()
	if err != nil {
		tree = nil
	}
	var names []string
	example := ""
	for _, p := range distinct(c.packages) {
		name, _, _ := strings.Cut(p, "=")
		if _, part := parts.Lookup(name); part || strings.HasPrefix(name, "lib") || strings.HasSuffix(name, "-dev") || c.names(name) {
			continue
		}
		at := path.Join("/usr/bin", name)
		if tree != nil {
			if at = lookUp(tree, []string{at, path.Join("/usr/sbin", name), path.Join("/bin", name)}); at == "" {
				continue
			}
		}
		names = append(names, name)
		if example == "" {
			example = ref(c.imageSource, at)
		}
	}
	if len(names) > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("of %s ships what something that ships is known to start: name other programs under binaries, such as - %s",
			strings.Join(names, ", "), example))
	}
}

// names reports whether the spec names a program of a package, by its name.
func (c *conversion) names(pkg string) bool {
	return slices.ContainsFunc(c.programs, func(p program) bool {
		name := path.Base(p.path)
		return strings.HasPrefix(pkg, name) || strings.HasPrefix(name, pkg)
	})
}
