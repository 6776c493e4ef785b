package spec

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/parts"
	"github.com/sinter-build/sinter/provided"
)

// A format is what the text of a scalar has to look like. The decoder parses
// with it and the JSON Schema is made from it.
type format struct {
	// parse turns text into the field's value, or says what is wrong with it.
	parse func(text string) (any, *diag.Diagnostic)
	// free text may be empty or hold line breaks.
	free bool
	// template keeps what names no build argument, as a Template does.
	template bool
	// oneOf lists the values of an enumeration, for the schema.
	oneOf []string
	// pattern is a regular expression for the schema; loose is better than wrong.
	pattern string
}

// formats are named in the spec struct tags of string fields ("word" when
// there is none) and, for other types, by formatOf.
var formats = map[string]format{
	"word":        {parse: plain},
	"line":        {parse: plain},
	"text":        {parse: plain, free: true},
	"template":    {parse: plain, free: true, template: true},
	"argv":        {parse: plain, free: true},
	"dockerfile":  {parse: parseDockerfile, free: true},
	"path":        {parse: parsePath, pattern: `^/.*[^/]`},
	"volume":      {parse: parseVolume, pattern: `^/[^:]*[^/:]`},
	"destination": {parse: parseDestination, pattern: `^/`},
	"workdir":     {parse: parseDirectory, pattern: `^/`},
	"contextpath": {parse: parseContextPath},
	"image":       {parse: parseImage, pattern: `^[a-z0-9A-Z]`},
	"git":         {parse: parseGit},
	"url":         {parse: parseURL, pattern: `^https?://`},
	"digest":      {parse: parseDigest, pattern: `^sha256:[0-9a-f]{64}$`},
	"filename":    {parse: parseFilename, pattern: `^[^/]+$`},
	"package":     {parse: parsePackage, pattern: `^[A-Za-z0-9][A-Za-z0-9+._:=~^@/-]*$`},
	"suite":       {parse: parseSuite, pattern: `^[A-Za-z0-9./][A-Za-z0-9+._~/-]*$`},
	"sourcename":  {parse: plain, pattern: `^[a-z0-9][a-z0-9._-]*$`},
	"exclusion":   {parse: parseExclusion},
	"part":        {parse: parsePart, oneOf: parts.Names()},
	"platform":    {parse: parsePlatform},
	"port":        {parse: parsePort, pattern: `^[0-9]+(-[0-9]+)?(/[A-Za-z]+)?$`},
	"signal":      {parse: parseSignal, pattern: `^([0-9]+|[A-Za-z0-9+-]+)$`},
	"ref":         {parse: parseRef},
	"owner":       {parse: parseOwner, pattern: `^[A-Za-z0-9_][A-Za-z0-9_.$-]*(:[A-Za-z0-9_][A-Za-z0-9_.$-]*)?$`},
	"user":        {parse: parseUser, pattern: `^[0-9]+(:[0-9]+)?$`},
	"mode":        {parse: parseMode, pattern: `^[0-7]{1,5}$`},
	"library":     {parse: parseLibrary},
	"provided":    {parse: parseProvided, pattern: "^((" + strings.Join(provided.Presets(), "|") + `)$|[^*/ ][^/ ]*\.so)`},
	"linkage":     {parse: parseLinkage, oneOf: linkages},
	"duration":    {parse: parseDuration, pattern: `^[0-9]`},
	"boolean":     {parse: parseBoolean, oneOf: []string{"true", "false"}},
	"count":       {parse: parseCount, pattern: `^[0-9]+$`},
	"layercount":  {parse: parseLayerCount, pattern: `^[0-9]+$`},
	"needs":       {parse: parseNeeds, oneOf: needs},
	"metadata":    {parse: parseMetadata, oneOf: metadata},
	"javamodule":  {parse: parseJavaModule, pattern: `^[A-Za-z_$][A-Za-z0-9_$.]*$`},
	"trim":        {parse: parseTrim, oneOf: trims},
	"presence":    {parse: parsePresence, oneOf: presences},
	"regexp":      {parse: parseRegexp, free: true},
	"portnumber":  {parse: parseReadyPort, pattern: `^[0-9]+$`},
	"pack":        {parse: parsePack},
	"severity":    {parse: parseSeverity, oneOf: severityNames},
	"date":        {parse: parseDate, pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}`},
	"readyurl":    {parse: parseReadyURL, pattern: `^http://`},
}

// formatOf names the format of a type that is a scalar in the file; tag is the
// one that the field's tag names. It is "" for types that are no scalar.
func formatOf(t reflect.Type, tag string) string {
	switch t {
	case reflect.TypeFor[Ref]():
		return "ref"
	case reflect.TypeFor[Owner]():
		return "user"
	case reflect.TypeFor[NamedOwner]():
		return "owner"
	case reflect.TypeFor[Library]():
		return "library"
	case reflect.TypeFor[Pack]():
		return "pack"
	case reflect.TypeFor[Provided]():
		return "provided"
	case reflect.TypeFor[Linkage]():
		return "linkage"
	case reflect.TypeFor[Needs]():
		return "needs"
	case reflect.TypeFor[Metadata]():
		return "metadata"
	case reflect.TypeFor[Presence]():
		return "presence"
	case reflect.TypeFor[Trim]():
		return "trim"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	}
	switch t.Kind() {
	case reflect.String:
		if tag == "" {
			return "word"
		}
		return tag
	case reflect.Uint32:
		return "mode"
	case reflect.Bool:
		return "boolean"
	case reflect.Int:
		if tag == "" {
			return "count"
		}
		return tag
	}
	return ""
}

// keyFormats are what the names in a mapping have to look like.
var keyFormats = map[string]func(name string) *diag.Diagnostic{
	"arg":        checkArgName,
	"source":     checkSourceName,
	"target":     checkTargetName,
	"env":        checkEnvName,
	"label":      checkLabelName,
	"annotation": checkAnnotationName,
	"path":       checkPathKey,
	"rule":       checkKey,
}

// invalid is a finding about a value, without its place.
func invalid(code, message string, fixes ...string) *diag.Diagnostic {
	return &diag.Diagnostic{Code: code, Message: message, Fixes: fixes}
}

func plain(text string) (any, *diag.Diagnostic) { return text, nil }

var linkages = []string{string(LinkageAny), string(LinkageStatic), string(LinkageDynamic)}

func parseLinkage(text string) (any, *diag.Diagnostic) {
	if slices.Contains(linkages, text) {
		return Linkage(text), nil
	}
	return nil, invalid("invalid-linkage",
		fmt.Sprintf("unknown linkage %q%s", text, meant(text, linkages)),
		wordMeant(text, linkages, "write static for a program that needs no loader, dynamic for one that does, or any")...)
}

var needs = []string{string(NeedsAuto), string(NeedsClosure)}

func parseNeeds(text string) (any, *diag.Diagnostic) {
	if slices.Contains(needs, text) {
		return Needs(text), nil
	}
	return nil, invalid("invalid-runtime",
		fmt.Sprintf("unknown runtime %q%s", text, meant(text, needs)),
		wordMeant(text, needs, "write closure for nothing but what the loader needs, or auto to ship what programs are known to open as well")...)
}

var trims = []string{string(TrimNone), string(TrimImports)}

func parseTrim(text string) (any, *diag.Diagnostic) {
	if slices.Contains(trims, text) {
		return Trim(text), nil
	}
	return nil, invalid("invalid-runtime",
		fmt.Sprintf("unknown trim %q%s", text, meant(text, trims)),
		wordMeant(text, trims, "write imports to leave out what no import reaches, or none to leave out nothing")...)
}

var javaModule = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*$`)

func parseJavaModule(text string) (any, *diag.Diagnostic) {
	if javaModule.MatchString(text) {
		return text, nil
	}
	return nil, invalid("invalid-runtime", fmt.Sprintf("%q is not the name of a Java module", text),
		"write auto for those that the app's classes use, or names such as java.base")
}

var metadata = []string{string(MetadataPackages), string(MetadataScanners), string(MetadataNone)}

func parseMetadata(text string) (any, *diag.Diagnostic) {
	if slices.Contains(metadata, text) {
		return Metadata(text), nil
	}
	return nil, invalid("invalid-metadata",
		fmt.Sprintf("unknown metadata %q%s", text, meant(text, metadata)),
		wordMeant(text, metadata, "write packages to ship what is known of the packages, scanners to leave the texts of licences out, or none to leave all of it out")...)
}

func parseBoolean(text string) (any, *diag.Diagnostic) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	fix := "write true or false"
	switch strings.ToLower(text) {
	case "yes", "on", "y", "1", "true":
		fix = "write true"
	case "no", "off", "n", "0", "false":
		fix = "write false"
	}
	return nil, invalid("invalid-boolean", fmt.Sprintf("%q is neither true nor false", text), fix)
}

func parseCount(text string) (any, *diag.Diagnostic) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return nil, invalid("invalid-number", fmt.Sprintf("%q is not a whole number from 0 on", text), "write a number, such as 0 or 3")
	}
	return int(n), nil
}

// maxLayers is how many layers the image stores of common runtimes can hold on
// top of a base: overlayfs and Docker stop at about 128 altogether.
const maxLayers = 100

func parseLayerCount(text string) (any, *diag.Diagnostic) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 || n > maxLayers {
		return nil, invalid("invalid-layers", fmt.Sprintf("%q is not a number of layers", text),
			fmt.Sprintf("write a number from 1 (everything in one layer) to %d", maxLayers))
	}
	return int(n), nil
}

func parseDuration(text string) (any, *diag.Diagnostic) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil && isDigits(text):
		return nil, invalid("invalid-duration", fmt.Sprintf("%q has no unit", text), unitFixes(text)...)
	case err != nil:
		return nil, notADuration(text)
	case d < 0:
		return nil, invalid("invalid-duration", fmt.Sprintf("the duration %q is negative", text), "write "+strings.TrimPrefix(text, "-"))
	case d > 0 && d < time.Millisecond:
		return nil, invalid("invalid-duration", fmt.Sprintf("the duration %q is shorter than a millisecond", text), "give at least 1ms")
	}
	return d, nil
}

// unitFixes write a number with its unit: seconds, or what others count in.
func unitFixes(text string) []string {
	fixes := []string{fmt.Sprintf("write %ss for seconds", text)}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err == nil && n >= int64(time.Second) && n%int64(time.Millisecond) == 0:
		return []string{fmt.Sprintf("write %s: the number is one of nanoseconds, as Docker's API has it", shortDuration(time.Duration(n)))}
	case err == nil && n >= 1000 && n < int64(1000*time.Hour/time.Millisecond):
		return append(fixes, fmt.Sprintf("write %s if they are milliseconds", shortDuration(time.Duration(n)*time.Millisecond)))
	}
	return fixes
}

// durationPart is a number with its unit, and clock is what clocks show.
var (
	durationPart = regexp.MustCompile(`^\s*([0-9]+(?:[.,][0-9]+)?)\s*([a-z]*)`)
	clock        = regexp.MustCompile(`^(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{2})$`)
)

// notADuration says how a duration is written, and this one where it can be read: 1:30,
// 5 sec, 1d or PT30S.
func notADuration(text string) *diag.Diagnostic {
	fix := "write a number and a unit, such as 30s, 1m30s or 500ms"
	if d, ok := readDuration(text); ok {
		fix = "write " + shortDuration(d)
	}
	return invalid("invalid-duration", fmt.Sprintf("%q is not a duration", text), fix)
}

func readDuration(text string) (d time.Duration, ok bool) {
	if m := clock.FindStringSubmatch(text); m != nil {
		d, err := time.ParseDuration(cmp.Or(m[1], "0") + "h" + m[2] + "m" + m[3] + "s")
		return d, err == nil
	}
	rest := strings.ToLower(text)
	if iso, is := strings.CutPrefix(rest, "p"); is {
		rest = strings.Replace(iso, "t", "", 1)
	}
	for strings.TrimSpace(rest) != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, false
		}
		days := time.Duration(1)
		unit := map[string]string{"ms": "ms", "msec": "ms", "millis": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
			"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "h", "day": "h", "days": "h"}[m[2]]
		if strings.HasPrefix(m[2], "d") {
			days = 24
		}
		part, err := time.ParseDuration(strings.Replace(m[1], ",", ".", 1) + unit)
		if err != nil || part > 1000*time.Hour {
			return 0, false
		}
		d, rest = d+part*days, rest[len(m[0]):]
	}
	return d, d >= time.Millisecond
}

// shortDuration is a duration without the units of which it has none.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func parseMode(text string) (any, *diag.Diagnostic) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "0o"), 8, 32)
	if octal, ok := symbolicMode(text); ok {
		return nil, invalid("invalid-mode", fmt.Sprintf("%q is not a file mode in octal digits", text), fmt.Sprintf("write %04o", octal))
	}
	if err != nil || n > 0o7777 {
		problem := invalid("invalid-mode", fmt.Sprintf("%q is not a file mode", text),
			"write up to four octal digits, such as 0644, 0755 or 1777")
		if mode, err := strconv.ParseUint(text, 10, 32); err == nil && mode <= 0o7777 && mode > 0 {
			problem.Fixes = append([]string{fmt.Sprintf("write \"%04o\", which is %s in octal digits", mode, text)}, problem.Fixes...)
		} else if changesMode.MatchString(text) {
			problem.Message = fmt.Sprintf("%q changes a mode, and what is set here is all of it", text)
			problem.Fixes = []string{"write \"0755\" for what everybody may read and execute, \"0644\" for what everybody may read"}
		}
		return nil, problem
	}
	return uint32(n), nil
}

// changesMode is a mode as chmod takes it beside numbers.
var changesMode = regexp.MustCompile(`^[ugoa]*[+=-][rwxXst]+(,[ugoa]*[+=-][rwxXst]+)*$`)

// symbolicMode reads the mode of a file as ls shows it.
func symbolicMode(text string) (mode uint32, ok bool) {
	if len(text) == 10 {
		text = text[1:]
	}
	if len(text) != 9 {
		return 0, false
	}
	for i := range 9 {
		switch text[i] {
		case "rwx"[i%3]:
			mode |= 1 << (8 - i)
		case '-':
		default:
			return 0, false
		}
	}
	return mode, true
}

// maxID is the largest user or group id; 4294967295 means "none" to the kernel.
const maxID = 1<<32 - 2

// parseOwner reads numbers, or names to look up.
func parseOwner(text string) (any, *diag.Diagnostic) {
	user, group, both := strings.Cut(text, ":")
	var out NamedOwner
	var problem *diag.Diagnostic
	if out.UID, out.User, problem = parseAccount(user); problem != nil {
		return nil, problem
	}
	switch {
	case both:
		out.GID, out.Group, problem = parseAccount(group)
	case out.User != "":
		out.OwnGroup = true
	default:
		out.GID = out.UID
	}
	if problem != nil {
		return nil, problem
	}
	return out, nil
}

// accountName is what useradd of the distributions takes.
var accountName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*\$?$`)

// parseAccount reads a number, or a name.
func parseAccount(text string) (id uint32, name string, problem *diag.Diagnostic) {
	if accountName.MatchString(text) {
		return 0, text, nil
	}
	id, problem = parseID(text)
	return id, "", problem
}

// parseUser reads the owner of a file of the finished image, in numbers.
func parseUser(text string) (any, *diag.Diagnostic) {
	user, group, both := strings.Cut(text, ":")
	if !both {
		group = user
	}
	var out Owner
	for _, part := range []struct {
		text string
		into *uint32
	}{{user, &out.UID}, {group, &out.GID}} {
		id, problem := parseID(part.text)
		if problem != nil && isName(part.text) {
			problem = notANumber(part.text)
		}
		if problem != nil {
			return nil, problem
		}
		*part.into = id
	}
	return out, nil
}

func notANumber(name string) *diag.Diagnostic {
	problem := invalid("non-numeric-owner", fmt.Sprintf("%q is a name; images need numeric ids", name))
	switch name {
	case "root":
		problem.Fixes = []string{"write 0:0"}
	case "nobody":
		problem.Fixes = []string{"write 65534:65534"}
	default:
		problem.Fixes = []string{"write the numbers, such as 65532:65532, which is nonroot"}
	}
	return problem
}

func parseID(text string) (uint32, *diag.Diagnostic) {
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err == nil && n <= maxID:
		return uint32(n), nil
	case err == nil || isDigits(text):
		return 0, invalid("invalid-owner", fmt.Sprintf("the id %s is out of range", text), fmt.Sprintf("use an id from 0 to %d", uint32(maxID)))
	case text == "":
		return 0, invalid("invalid-owner", "an owner is UID or UID:GID", "write for example 65532:65532")
	}
	problem := invalid("invalid-owner", fmt.Sprintf("%q is not an id", text), "write UID or UID:GID, such as 65532:65532")
	if i := strings.IndexAny(text, "./,;@ "); i > 0 && isDigits(text[:i]) && isDigits(strings.TrimSpace(text[i+1:])) {
		problem.Fixes = []string{fmt.Sprintf("write \"%s:%s\", with a colon", text[:i], strings.TrimSpace(text[i+1:]))}
	}
	return 0, problem
}

func parseLibrary(text string) (any, *diag.Diagnostic) {
	if source, file, ok := strings.Cut(text, ":/"); ok && sourceName.MatchString(source) {
		return Library{}, invalid("invalid-value", fmt.Sprintf("%q names a source, and libraries are looked for in those of libraries.from", text),
			"write /"+file+" here, and libraries: {from: ["+source+"]}")
	}
	if strings.Contains(text, "/") {
		path, problem := parsePath(text)
		if problem != nil {
			return nil, problem
		}
		return Library{Name: path.(string)}, nil
	}
	if !isSoname(text) {
		return nil, invalid("invalid-value", fmt.Sprintf("%q is not the name of a library's file", text),
			libraryFixes(text)...)
	}
	return Library{Name: text}, nil
}

// libraryFixes say how a library is named that is named as compilers, packages or other
// systems name it.
func libraryFixes(text string) []string {
	name := strings.TrimPrefix(text, "-l")
	for _, end := range []string{".a", ".la", ".dll", ".dylib", "-dev", "-devel"} {
		name = strings.TrimSuffix(name, end)
	}
	if strings.HasPrefix(text, "-l") {
		name = "lib" + name
	}
	if name = strings.TrimRight(name, "0123456789"); !libraryName.MatchString(name) {
		return []string{"write it as programs do, with .so and its version, such as libssl.so.3, or by its path"}
	}
	return []string{fmt.Sprintf("write %s.so, or with its version %s.so.N if you know it: the build says which the sources have", name, name)}
}

// libraryName is how the names of libraries begin.
var libraryName = regexp.MustCompile(`^lib[A-Za-z][A-Za-z0-9_+.-]*$`)

// parseProvided reads a preset or a SONAME, but none that the C library has: without
// that nothing starts.
func parseProvided(text string) (any, *diag.Diagnostic) {
	if slices.Contains(provided.Presets(), text) {
		return Provided{Name: text}, nil
	}
	fixes := []string{"name libraries as the programs that need them do, such as libcuda.so.1", "or write a preset: " + strings.Join(provided.Presets(), ", ")}
	if !isSoname(text) || strings.HasPrefix(text, "*") {
		return nil, invalid("invalid-provided",
			fmt.Sprintf("%q is not a library that a host can provide%s", text, meant(text, provided.Presets())), wordMeant(text, provided.Presets(), fixes...)...)
	}
	for _, own := range ofLibc {
		if provided.Matches(text, own) {
			return nil, invalid("invalid-provided",
				fmt.Sprintf("%q stands for %s, which no host provides: it is of the C library", text, own), fixes...)
		}
	}
	return Provided{Name: text}, nil
}

// ofLibc are libraries and loaders of glibc and musl.
var ofLibc = []string{"libc.so.6", "libm.so.6", "libc.so", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1"}

func parseExclusion(text string) (any, *diag.Diagnostic) {
	part, isPart := parts.Lookup(text)
	switch {
	case isPart && part.Default, isSoname(text), isExcludedPath(text):
		return text, nil
	case isPart:
		return nil, invalid("invalid-exclusion", text+" ships only when it is included, so there is nothing to exclude",
			"remove it from exclude, and from include where it stands there")
	case packageNames.MatchString(text) && meant(text, parts.Defaults()) == "":
		return text, nil
	}
	if isExcludedPath("/"+text) && strings.Contains(text, "/") {
		return nil, invalid("invalid-exclusion", fmt.Sprintf("cannot exclude %q: a path begins with /", text), "write /"+text)
	}
	return nil, invalid("invalid-exclusion",
		fmt.Sprintf("cannot exclude %q%s", text, meant(text, parts.Defaults())), wordMeant(text, parts.Defaults(),
			"name a default part ("+strings.Join(parts.Defaults(), ", ")+") or a recommended library by its SONAME, such as libnss_dns.so.2",
			"name what programs open when they run by its path, such as /usr/share/vim, or by its package")...)
}

// packageNames matches the names of packages of Debian, Alpine and Fedora.
var packageNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]+$`)

// isExcludedPath reports whether text is a clean absolute path below the root.
func isExcludedPath(text string) bool {
	return strings.HasPrefix(text, "/") && len(text) > 1 && path.Clean(text) == text
}

// isSoname reports whether text is a library's file name, which may hold *.
func isSoname(text string) bool {
	return strings.Contains(text, ".so") && !strings.ContainsAny(text, "/ ")
}

func parsePart(text string) (any, *diag.Diagnostic) {
	if _, ok := parts.Lookup(text); ok {
		return text, nil
	}
	guess := cmp.Or(parts.Synonym(text), diag.Nearest(text, parts.Names()))
	if strings.HasSuffix(text, ".pem") || strings.HasSuffix(text, ".crt") {
		return nil, invalid("unknown-part", fmt.Sprintf("unknown part %q", text), "write ca-certificates: {add: ["+text+"]} for a certificate of your own")
	}
	if strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml") {
		return nil, invalid("unknown-part", fmt.Sprintf("unknown part %q: a spec includes no other file", text),
			"write here what it says; what a variant adds belongs under targets, and what the build decides under args")
	}
	problem := invalid("unknown-part", fmt.Sprintf("unknown part %q", text),
		"the parts are "+strings.Join(parts.Names(), ", "),
		"ship any other file through files")
	if guess != "" {
		problem.Message += "; did you mean " + guess + "?"
		problem.Fixes = append([]string{"write " + guess}, problem.Fixes...)
	} else {
		problem.Fixes = append(problem.Fixes, "a package belongs to a source, sources: {NAME: {image: IMAGE, packages: […]}}, and its programs under binaries")
	}
	return nil, problem
}

func isOneOf(word string, words []string) bool {
	return slices.Contains(words, word)
}

func isName(text string) bool {
	return text != "" && strings.Trim(text[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
