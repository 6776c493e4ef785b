package spec

// What the schema says to people in an editor besides the descriptions, which are the
// doc comments of the types.

// patternMessages are what an editor shows of a text that a format's pattern does not
// match, by the name of the format.
var patternMessages = map[string]string{
	"path":        "an absolute path in the image, such as /etc/app.conf",
	"volume":      "an absolute path in the image; what is mounted there is said when the image is run",
	"destination": "an absolute path in the image; with a slash at its end the directory to put it in",
	"workdir":     "an absolute path in the image",
	"image":       "an image as in a Dockerfile's FROM, such as debian:bookworm-slim",
	"url":         "a whole URL, such as https://example.com/app.tar.gz",
	"digest":      "sha256: and 64 lower-case hexadecimal digits",
	"filename":    "the name of a file, without a directory",
	"package":     "the name of one package, which may pin a version as the package manager takes it",
	"suite":       "as in the repository's line for apt, such as bookworm-backports",
	"sourcename":  "the name of a source, as it is declared under sources",
	"port":        "a port or a range, such as 8080, 53/udp or 8000-8010/tcp",
	"signal":      "the name or the number of a signal, such as SIGQUIT",
	"owner":       "UID, UID:GID, or names that the source has, such as 65532:65532",
	"user":        "UID or UID:GID in numbers, such as 65532:65532",
	"mode":        "up to four octal digits, such as \"0644\"",
	"provided":    "the name of a library's file, such as libcuda.so.1, or nvidia",
	"duration":    "a number and a unit, such as 30s or 1m30s",
	"count":       "a whole number",
	"layercount":  "a number from 1 to 100",
	"javamodule":  "auto, or the name of a module, such as java.base",
	"portnumber":  "a number from 1 to 65535",
	"readyurl":    "http://127.0.0.1:PORT/PATH",
}

// keyMessages are the same for the names in a mapping.
var keyMessages = map[string]string{
	"source": "a source's name has lower-case letters and digits, with single . _ or - between them, and is not context or scratch",
	"target": "a target's name has letters, digits, . _ and -",
	"arg":    "a build argument's name has letters, digits and _, and is none that the build sets itself",
	"env":    "the name of a variable, without =",
	"path":   "an absolute path in the image",
}

// titles are what an editor calls the types.
var titles = map[string]string{
	"Arg": "Build argument", "Binary": "Program", "Directory": "Directory", "File": "File or directory", "Link": "Symbolic link",
	"Source": "Source", "Repository": "apt repository", "Target": "Target", "Libraries": "Libraries", "Runtime": "What programs open",
	"Healthcheck": "Health check", "Layers": "Layers", "Test": "Test", "Java": "Java", "Node": "Node.js", "Python": "Python",
	"Ready": "Ready", "Expect": "Expectations", "Text": "Text", "FileCheck": "File", "Exit": "Exit status",
	"Policy": "Policy", "TargetPolicy": "Policy of a target", "Exemption": "Exemption",
}

// enumMessages say what each value of an enumeration means, by the format.
var enumMessages = map[string]map[string]string{
	"linkage": {
		"any": "linked in any way", "static": "needs no loader and no libraries", "dynamic": "needs a loader",
	},
	"needs": {
		"auto": "ship what programs are known to open when they run, too", "closure": "ship what the loader needs and no more",
	},
	"metadata": {
		"packages": "what scanners read about the packages, and the texts of their licences",
		"scanners": "what scanners read about the packages alone",
		"none":     "nothing: scanners see no packages in the image",
	},
	"trim": {
		"none": "leave nothing out", "imports": "leave out what no import reaches",
	},
	"presence": {
		"any": "something is there", "absent": "nothing is there", "file": "a regular file", "directory": "a directory", "link": "a symbolic link",
	},
	"part": {
		"accounts": "/etc/passwd and /etc/group with root and the image's user, and the user's home; there by default",
		"tmp":      "/tmp, mode 1777; there by default", "nsswitch": "/etc/nsswitch.conf: files, then DNS; there by default",
		"ca-certificates": "certificates of authorities, for TLS", "tzdata": "time zones", "os-release": "/etc/os-release",
	},
}

// keyHint is a default that a key has, and examples.
type keyHint struct {
	byDefault any
	examples  []any
}

// hints are by "Type.Field".
var hints = map[string]keyHint{
	"Spec.Name":               {examples: []any{"orders"}},
	"Spec.Args":               {examples: []any{object{"RELEASE": "dev"}}},
	"Spec.Sources":            {examples: []any{object{"debian": object{"image": "debian:bookworm-slim", "packages": []any{"redis-server"}}}}},
	"Spec.Base":               {byDefault: "scratch", examples: []any{"gcr.io/distroless/base-debian12"}},
	"Spec.Metadata":           {byDefault: "packages"},
	"Spec.Platforms":          {examples: []any{[]any{"linux/amd64", "linux/arm64"}}},
	"Spec.Exclude":            {examples: []any{[]any{"nsswitch"}}},
	"Image.Binaries":          {examples: []any{[]any{"bin/app"}, []any{"debian:/usr/bin/redis-server"}}},
	"Image.Include":           {examples: []any{[]any{"ca-certificates"}}},
	"Image.Files":             {examples: []any{[]any{object{"from": "config/", "to": "/etc/app/"}}}},
	"Image.Directories":       {examples: []any{[]any{object{"path": "/var/lib/app", "owner": "65532:65532"}}}},
	"Image.Links":             {examples: []any{[]any{object{"path": "/usr/bin/app", "target": "orders"}}}},
	"Image.User":              {byDefault: "65532:65532"},
	"Image.Entrypoint":        {examples: []any{[]any{"/usr/bin/app"}}},
	"Image.Cmd":               {examples: []any{[]any{"--help"}}},
	"Image.Env":               {examples: []any{object{"LOG": "json"}}},
	"Image.Workdir":           {byDefault: "/"},
	"Image.Ports":             {examples: []any{[]any{"8080/tcp"}}},
	"Image.Volumes":           {examples: []any{[]any{"/var/lib/app"}}},
	"Image.Labels":            {examples: []any{object{"org.opencontainers.image.title": "orders"}}},
	"Image.StopSignal":        {byDefault: "SIGTERM"},
	"Source.Image":            {examples: []any{"debian:bookworm-slim"}},
	"Source.Packages":         {examples: []any{[]any{"redis-server"}}},
	"Source.Context":          {examples: []any{"."}},
	"Source.Dockerfile":       {examples: []any{"Dockerfile"}},
	"Source.Git":              {examples: []any{"https://github.com/owner/repo.git#v1.2:dir"}},
	"Source.HTTP":             {examples: []any{"https://example.com/app.tar.gz"}},
	"Source.Unpack":           {byDefault: false},
	"Repository.URL":          {examples: []any{"https://packages.example.com/debian"}},
	"Binary.From":             {examples: []any{"bin/app", "debian:/usr/bin/redis-server"}},
	"Binary.To":               {examples: []any{"/usr/bin/app", "/usr/local/bin/"}},
	"Binary.Linkage":          {byDefault: "any"},
	"Binary.Mode":             {examples: []any{"0755"}},
	"Binary.Owner":            {examples: []any{"0:0"}},
	"File.From":               {examples: []any{"config/", "debian:/usr/share/misc/magic.mgc"}},
	"File.To":                 {examples: []any{"/etc/app/"}},
	"File.Mode":               {examples: []any{"0644"}},
	"File.Owner":              {examples: []any{"65532:65532"}},
	"Directory.Path":          {examples: []any{"/var/lib/app"}},
	"Directory.Mode":          {byDefault: "0755"},
	"Directory.Owner":         {byDefault: "0:0"},
	"Libraries.From":          {examples: []any{[]any{"debian"}}},
	"Libraries.Add":           {examples: []any{[]any{"libnss_myhostname.so.2"}}},
	"Libraries.Provided":      {examples: []any{[]any{"nvidia"}}},
	"Layers.Max":              {byDefault: DefaultMaxLayers},
	"Runtime.Needs":           {byDefault: "auto"},
	"Node.Trim":               {byDefault: "none"},
	"Python.Trim":             {byDefault: "none"},
	"Healthcheck.Test":        {examples: []any{[]any{"/usr/bin/app", "health"}}},
	"Healthcheck.Interval":    {byDefault: "30s"},
	"Healthcheck.Timeout":     {byDefault: "30s"},
	"Healthcheck.StartPeriod": {byDefault: "0s"},
	"Healthcheck.Retries":     {byDefault: 3},
}

// hinted adds the default and the examples of a key.
func hinted(property object, name string) {
	h, ok := hints[name]
	if !ok {
		return
	}
	if h.byDefault != nil {
		property["default"] = h.byDefault
	}
	if h.examples != nil {
		property["examples"] = h.examples
	}
}
