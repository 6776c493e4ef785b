package runtimes

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/sinter-build/sinter/classfile"
	"github.com/sinter-build/sinter/classfile/classtest"
	"github.com/sinter-build/sinter/jimage"
	"github.com/sinter-build/sinter/jimage/jimagetest"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
)

// javaResources are those of a small Java runtime.
func javaResources() map[string]string {
	out := map[string]string{
		"/java.base/java/lang/Object.class":                        classtest.Class("java/lang/Object", nil),
		"/java.base/java/util/Locale.class":                        classtest.Class("java/util/Locale", nil),
		"/java.base/java/nio/file/FileSystems.class":               classtest.Class("java/nio/file/FileSystems", nil),
		"/java.base/java/nio/file/spi/FileSystemProvider.class":    "",
		"/java.base/java/net/Net.class":                            classtest.Class("java/net/Net", []string{`"net"`, "loadLibrary"}),
		"/java.base/jdk/internal/module/SystemModulesMap.class":    classtest.Class("jdk/internal/module/SystemModulesMap", nil, append([]string{"<init>()V"}, bootMethods...)...),
		"/java.base/jdk/internal/module/SystemModules$all.class":   "",
		"/java.base/jdk/internal/module/SystemModuleFinders.class": "",
		"/java.sql/java/sql/Driver.class":                          "",
		"/java.logging/java/util/logging/Logger.class":             "",
		"/java.desktop/java/awt/Font.class":                        classtest.Class("java/awt/Font", []string{`"awt"`, "loadLibrary"}),
		"/jdk.zipfs/jdk/nio/zipfs/ZipFileSystem.class":             "",
		"/jdk.localedata/sun/text/resources/ext/Data.class":        "",
		"/jdk.charsets/sun/nio/cs/ext/IBM1047.class":               "",
		"/jdk.scripting/org/Engine.class":                          "",
		"/java.scripting/javax/script/ScriptEngineFactory.class":   "",
	}
	for _, m := range []classfile.Module{
		{Name: "java.base", Uses: []string{"java/nio/file/spi/FileSystemProvider"}},
		{Name: "java.sql", Requires: []classfile.Require{{Name: "java.base"}, {Name: "java.logging"}, {Name: "java.desktop", Static: true}}},
		{Name: "java.logging"}, {Name: "java.desktop"}, {Name: "jdk.localedata"}, {Name: "jdk.charsets"}, {Name: "jdk.crypto.ec"},
		{Name: "jdk.jdwp.agent"}, {Name: "java.scripting"},
		{Name: "jdk.zipfs", Provides: []string{"java/nio/file/spi/FileSystemProvider"}},
		{Name: "jdk.scripting", Provides: []string{"javax/script/ScriptEngineFactory"}},
	} {
		out["/"+m.Name+"/module-info.class"] = classtest.ModuleInfo(m)
	}
	return out
}

// javaTree is a source with that runtime in /opt/java.
func javaTree(t *testing.T, resources map[string]string) rootfs.FS {
	t.Helper()
	files := map[string]string{
		"/opt/java/lib/modules": string(jimagetest.Build(binary.LittleEndian, resources)),
	}
	for _, name := range []string{
		"bin/java", "bin/keytool", "lib/libnet.so", "lib/libawt.so", "lib/libjava.so", "lib/libjdwp.so", "lib/server/libjvm.so",
		"lib/server/classes.jsa", "lib/src.zip", "legal/java.base/LICENSE", "legal/java.sql/LICENSE", "conf/net.properties",
	} {
		files["/opt/java/"+name] = ""
	}
	return memoryTree(t, files)
}

func memoryTree(t *testing.T, files map[string]string) rootfs.FS {
	t.Helper()
	v := rootfs.NewView()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := v.AddData(name, []byte(files[name]), 0o644, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	return rootfs.Cached(v)
}

func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// javaCase asks for the needs of an app that is one class with these names, in an archive.
func javaCase(t *testing.T, setting, names, start string) (Request, Result) {
	t.Helper()
	app := archive(t, map[string]string{"Main.class": classtest.Class("Main", strings.Fields(names))})
	image := memoryTree(t, map[string]string{"/app.jar": app, "/opt/java/bin/java": ""})
	r := Request{
		Tree: javaTree(t, javaResources()), Path: "/opt/java/bin/java", To: "/opt/java/bin/java", Platform: "linux/amd64", Makes: true,
		Settings: caseSettings(t, "{java: {modules: "+setting+"}}"), Image: image, Commands: [][]string{strings.Fields(start)},
		App: []AppFile{{To: "/app.jar", Tree: image, Path: "/app.jar", At: "files[0]"}},
	}
	result, err := java{}.Needs(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, result
}

// The modules that classes name stay, with those that they require, and those that rules
// know of.
func TestJavaModules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, setting, classes, start, want string }{
		{"nothing", "auto", "java/lang/Object", "java", "java.base jdk.crypto.ec"},
		{"a class, and what its module requires", "auto", "java/sql/Driver", "java", "java.base java.logging java.sql jdk.crypto.ec"},
		{"a descriptor", "auto", "(ILjava/util/logging/Logger;)V", "java", "java.base java.logging jdk.crypto.ec"},
		{"a class that is looked up by its name", "auto", `"java.util.logging.Logger"`, "java", "java.base java.logging jdk.crypto.ec"},
		{"no class of that name", "auto", `"java.util.logging.Absent"`, "java", "java.base jdk.crypto.ec"},
		{"a provider of a service that is named", "auto", "javax/script/ScriptEngineFactory", "java", "java.base java.scripting jdk.crypto.ec jdk.scripting"},
		{"file systems", "auto", "java/nio/file/FileSystems", "java", "java.base jdk.crypto.ec jdk.zipfs"},
		{"a charset", "auto", `"Cp1047"`, "java", "java.base jdk.charsets jdk.crypto.ec"},
		{"a locale", "auto", "java/util/Locale FRANCE", "java", "java.base jdk.crypto.ec jdk.localedata"},
		{"the locale that is there", "auto", "java/util/Locale ENGLISH", "java", "java.base jdk.crypto.ec"},
		{"an option", "auto", "x", "java -agentlib:jdwp=transport=dt_socket --add-modules java.sql,java.desktop x", "java.base java.desktop java.logging java.sql jdk.crypto.ec jdk.jdwp.agent"},
		{"a list", "[java.sql]", "java/awt/Font", "java", "java.base java.logging java.sql"},
		{"a list with those found", "[auto, java.desktop]", "x", "java", "java.base java.desktop jdk.crypto.ec"},
	} {
		_, result := javaCase(t, test.setting, test.classes, test.start)
		if len(result.Needs) < 2 || result.Needs[1].Made == nil || len(result.Missing)+len(result.Whole) > 0 {
			t.Errorf("%s: %+v", test.name, result)
			continue
		}
		if got := strings.Join(result.Needs[1].Made.Modules, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// With modules go their libraries and licences, and what was made of all of them.
func TestJavaModulesLeave(t *testing.T) {
	t.Parallel()
	r, result := javaCase(t, "auto", "java/sql/Driver", "java")
	want := `/opt/java: java: the JVM around it
  without bin/keytool
  without lib/libawt.so
  without lib/libjdwp.so
  without lib/modules
  without lib/server/classes.jsa
  without lib/src.zip
/opt/java/lib/modules: java: 4 of 11 modules: java.base, java.logging (required by java.sql), java.sql (java.sql.Driver is named in /app.jar), jdk.crypto.ec (TLS has elliptic curves by it)
`
	if got := showResult(t, r, result); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What is made is a runtime that reads each module's own description when it starts.
func TestJavaSubset(t *testing.T) {
	t.Parallel()
	tree := javaTree(t, javaResources())
	var out, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&out, &again} {
		made := plan.Made{Kind: plan.MadeJavaModules, Modules: []string{"java.base", "java.logging"}}
		if err := WriteMade(w, tree, "/opt/java/lib/modules", made); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("it is another one each time")
	}
	image, err := jimage.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range image.Names() {
		if strings.Contains(name, "SystemModule") {
			names = append(names, path.Base(name))
		}
	}
	if got := fmt.Sprint(image.Modules(), names); got != "[java.base java.logging] [SystemModuleFinders.class SystemModulesMap.class]" {
		t.Error(got)
	}
	data, err := image.Read(bootTable)
	if err != nil {
		t.Fatal(err)
	}
	c, err := classfile.Parse(data)
	if err != nil || c.Major != 61 || !slices.Equal(c.Methods, bootMethods) {
		t.Errorf("%+v, %v", c, err)
	}
}

// Where it cannot be told what an app uses, or the runtime is not understood, all of it
// ships, and the build says so.
func TestJavaModulesWhole(t *testing.T) {
	t.Parallel()
	other := javaResources()
	other[bootTable] = classtest.Class("jdk/internal/module/SystemModulesMap", nil, "another()V")
	app := archive(t, map[string]string{"Main.class": classtest.Class("Main", nil)})
	for _, test := range []struct {
		name, app string
		tree      rootfs.FS
		makes     bool
		want      string
	}{
		{"a runtime that starts in another way", app, javaTree(t, other), true, "it starts in a way that is not known"},
		{"no classes", "", javaTree(t, javaResources()), true, "no file of the app has classes"},
		{"Java 8", app, memoryTree(t, map[string]string{"/opt/java/bin/java": "", "/opt/java/lib/rt.jar": ""}), true, "it has none, as all before Java 9"},
		{"not a jimage", app, memoryTree(t, map[string]string{"/opt/java/bin/java": "", "/opt/java/lib/modules": "x"}), true, "not a jimage that can be read: it is cut off"},
		{"nothing is made", app, javaTree(t, javaResources()), false, "files are made of others only where Sinter's own image runs"},
	} {
		image := memoryTree(t, map[string]string{"/app.jar": test.app})
		result, err := java{}.Needs(Request{
			Tree: test.tree, Path: "/opt/java/bin/java", To: "/opt/java/bin/java", Platform: "linux/amd64", Makes: test.makes,
			Settings: caseSettings(t, "{java: {modules: auto}}"), Image: image,
			App: []AppFile{{To: "/app.jar", Tree: image, Path: "/app.jar"}},
		})
		want := "the Java runtime in /opt/java ships with all its modules: " + test.want
		if err != nil || len(result.Needs) != 1 || len(result.Whole) != 1 || result.Whole[0].Why != want {
			t.Errorf("%s: %+v, %v", test.name, result, err)
		}
	}
	_, result := javaCase(t, "[java.sqll]", "x", "java")
	if len(result.Missing) != 1 || !result.Missing[0].Fails || result.Missing[0].Name != "module java.sqll" || !slices.Equal(result.Missing[0].Fixes, []string{"did you mean java.sql?"}) {
		t.Errorf("%+v", result.Missing)
	}
}
