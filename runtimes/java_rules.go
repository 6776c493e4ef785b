package runtimes

import (
	"slices"
	"strings"
)

// javaRules are the modules that classes alone do not lead to, for the runtime looks them
// up as providers of services, and when they are there.
var javaRules = []struct {
	module string
	when   func(*javaApp) string
}{
	{"jdk.crypto.ec", func(*javaApp) string { return "TLS has elliptic curves by it" }},
	{"jdk.zipfs", names("a file system of an archive may be opened", "java/nio/file/FileSystems", "java/nio/file/spi/FileSystemProvider")},
	{"java.logging", names("a System.Logger writes by it", "java/lang/System$Logger")},
	{"jdk.management", keeps("its beans are those of the machine", "java.management")},
	{"jdk.naming.dns", keeps("names are looked up in DNS by it", "java.naming")},
	{"jdk.security.auth", names("the modules for logins are there", "javax/security/auth/login/LoginContext")},
	{"jdk.charsets", func(a *javaApp) string { return because(a.charset, "a charset is named in ") }},
	{"jdk.localedata", func(a *javaApp) string { return because(a.locale, "a locale is chosen in ") }},
	{"jdk.localedata", func(a *javaApp) string { return localeOf(a.modules.Env) }},
	{"jdk.compiler", option(func(o string) bool { return strings.HasSuffix(o, ".java") })},
	{"jdk.jdwp.agent", option(prefix("-agentlib:jdwp", "-Xrunjdwp"))},
	{"jdk.jfr", option(prefix("-XX:StartFlightRecording", "-XX:FlightRecorder"))},
	{"jdk.management.agent", option(prefix("-Dcom.sun.management"))},
	{"java.instrument", option(prefix("-javaagent:"))},
	{"jdk.localedata", option(prefix("-Duser.language=", "-Duser.region=", "-Duser.country="))},
}

// commonServices are named by nearly every app, and all but few of their providers are of
// no use to it: rules say which are.
var commonServices = []string{
	"java/security/Provider", "java/nio/file/spi/FileSystemProvider", "java/nio/charset/spi/CharsetProvider",
	"java/util/random/RandomGenerator",
}

func because(file, text string) string {
	if file == "" {
		return ""
	}
	return text + file
}

// names is the condition that the app names a class.
func names(why string, classes ...string) func(*javaApp) string {
	return func(a *javaApp) string {
		for _, class := range classes {
			if file, ok := a.named[class]; ok {
				return why + ": " + strings.ReplaceAll(class, "/", ".") + " is named in " + file
			}
		}
		return ""
	}
}

// keeps is the condition that another module stays.
func keeps(why, module string) func(*javaApp) string {
	return func(a *javaApp) string {
		if _, ok := a.modules.kept[module]; ok {
			return why
		}
		return ""
	}
}

// option is the condition that the JVM is started with an option.
func option(matches func(string) bool) func(*javaApp) string {
	return func(a *javaApp) string {
		for _, o := range a.modules.options() {
			if matches(o) {
				return "the JVM is started with " + o
			}
		}
		return ""
	}
}

func prefix(all ...string) func(string) bool {
	return func(o string) bool {
		return slices.ContainsFunc(all, func(p string) bool { return strings.HasPrefix(o, p) })
	}
}

// options are those that the JVM is started with, by a command or by the environment.
func (m *javaModules) options() []string {
	var out []string
	for _, c := range m.Commands {
		out = append(out, c...)
	}
	for _, name := range []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"} {
		out = append(out, strings.Fields(m.Env[name])...)
	}
	return out
}

// addedModules are those that options name.
func (m *javaModules) addedModules() []string {
	var out []string
	all := m.options()
	for i, o := range all {
		value, ok := strings.CutPrefix(o, "--add-modules=")
		if o == "--add-modules" && i+1 < len(all) {
			value, ok = all[i+1], true
		}
		if (o == "-m" || o == "--module") && i+1 < len(all) {
			value, _, _ = strings.Cut(all[i+1], "/")
			ok = true
		}
		if ok {
			out = append(out, strings.Split(value, ",")...)
		}
	}
	return out
}

// choosesLocale reports whether an app takes by a constant a locale other than English or
// that of its environment.
func choosesLocale(text string) bool { return slices.Contains(localeNames, text) }

var localeNames = []string{
	"forLanguageTag", "getAvailableLocales", "java/util/Locale$Builder",
	"FRENCH", "GERMAN", "ITALIAN", "JAPANESE", "KOREAN", "CHINESE", "SIMPLIFIED_CHINESE", "TRADITIONAL_CHINESE",
	"FRANCE", "GERMANY", "ITALY", "JAPAN", "KOREA", "UK", "CHINA", "PRC", "TAIWAN", "CANADA", "CANADA_FRENCH",
}

// localeOf is what in an environment asks for a locale other than English.
func localeOf(env map[string]string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		language, _, _ := strings.Cut(env[name], "_")
		language, _, _ = strings.Cut(language, ".")
		if !slices.Contains([]string{"", "C", "POSIX", "en"}, language) {
			return name + " is " + env[name]
		}
	}
	return ""
}

// extendedCharsets are the charsets that are not in java.base, by the names of their
// classes without what is written in several ways: "ibm1047", "ms1256", "iso2022jp".
func (m *javaModules) extendedCharsets() map[string]bool {
	out := map[string]bool{}
	for _, name := range m.image.Names() {
		if class, ok := strings.CutPrefix(name, "/jdk.charsets/sun/nio/cs/ext/"); ok {
			out[charsetName(strings.TrimSuffix(class, ".class"))] = true
		}
	}
	return out
}

// charsetName is a name of a charset as extendedCharsets has it.
func charsetName(text string) string {
	text = strings.TrimPrefix(strings.ToLower(text), "x-")
	text = strings.NewReplacer("-", "", "_", "").Replace(text)
	for _, r := range []struct{ from, to string }{{"windows", "ms"}, {"cp", "ibm"}} {
		if rest, ok := strings.CutPrefix(text, r.from); ok {
			return r.to + rest
		}
	}
	return text
}
