package runtimes

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/rootfs"
)

// nodePackage is what a package.json says.
type nodePackage struct {
	Name         string
	Main         string
	Type         string
	Exports      jsonValue
	Imports      jsonValue
	Dependencies []string
	Optional     []string // dependencies, those of peers among them
	// OS, CPU and Libc are what the package is for; empty for everything.
	OS, CPU, Libc []string
	// Scripts are commands for a shell, by name.
	Scripts jsonValue
}

// maxPackageJSON bounds a package.json, in bytes.
const maxPackageJSON = 4 << 20

// readNodePackage reads the package.json of a directory. It is nil where there is none
// that can be understood; Node says so when it starts.
func readNodePackage(tree rootfs.FS, dir string) (*nodePackage, error) {
	found, err := rootfs.Resolve(tree, path.Join(dir, "package.json"))
	if err != nil {
		return nil, rootfs.UnlessAbsent(err)
	}
	if !found.Info.Mode().IsRegular() || found.Info.Size() > maxPackageJSON {
		return nil, nil
	}
	data, err := rootfs.ReadFile(tree, found.Path, maxPackageJSON)
	if err != nil {
		return nil, err
	}
	v, ok := parseJSON(data)
	if !ok {
		return nil, nil
	}
	return &nodePackage{
		Name: v.get("name").text, Main: v.get("main").text, Type: v.get("type").text,
		Exports: v.get("exports"), Imports: v.get("imports"), Dependencies: v.get("dependencies").keys,
		Optional: slices.Concat(v.get("optionalDependencies").keys, v.get("peerDependencies").keys),
		OS:       v.get("os").texts(), CPU: v.get("cpu").texts(), Libc: v.get("libc").texts(), Scripts: v.get("scripts"),
	}, nil
}

// jsonValue is a value of JSON that keeps the order of keys: conditions of exports are
// tried in that order.
type jsonValue struct {
	text string   // of a string
	keys []string // of an object
	list []jsonValue
	kind byte // '{', '[', '"', or 0 for all else
}

func (v jsonValue) get(key string) jsonValue {
	for i, k := range v.keys {
		if k == key {
			return v.list[i]
		}
	}
	return jsonValue{}
}

// texts are the strings of a list, or one by itself.
func (v jsonValue) texts() []string {
	if v.kind == '"' {
		return []string{v.text}
	}
	var out []string
	if v.kind == '[' {
		for _, item := range v.list {
			if item.kind == '"' {
				out = append(out, item.text)
			}
		}
	}
	return out
}

// maxJSONDepth bounds how deep JSON is followed.
const maxJSONDepth = 64

func parseJSON(data []byte) (jsonValue, bool) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	v, err := readJSON(d, 0)
	return v, err == nil
}

func readJSON(d *json.Decoder, depth int) (jsonValue, error) {
	t, err := d.Token()
	if err != nil {
		return jsonValue{}, err
	}
	switch t := t.(type) {
	case string:
		return jsonValue{kind: '"', text: t}, nil
	case json.Delim:
		if depth >= maxJSONDepth {
			return jsonValue{}, fs.ErrInvalid
		}
		v := jsonValue{kind: byte(t)}
		for d.More() {
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					return v, err
				}
				name, _ := key.(string)
				v.keys = append(v.keys, name)
			}
			item, err := readJSON(d, depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, item)
		}
		_, err := d.Token() // the end
		return v, err
	}
	return jsonValue{}, nil
}

// nodePackageName is the package of a bare specifier, and what follows it: "@a/b" and
// "./c" for "@a/b/c".
func nodePackageName(specifier string) (name, subpath string, ok bool) {
	parts := strings.SplitN(specifier, "/", 3)
	n := 1
	if strings.HasPrefix(specifier, "@") {
		n = 2
	}
	if len(parts) < n || parts[0] == "" || parts[n-1] == "" || parts[0][0] == '.' || strings.ContainsAny(specifier, "\\%\x00") {
		return "", "", false
	}
	name = strings.Join(parts[:n], "/")
	return name, "." + strings.TrimPrefix(specifier, name), true
}
