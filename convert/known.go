package convert

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
)

// What is known of images that were not looked at, from what their makers say of them and have
// not changed in years.

// debianAccounts and alpineAccounts are accounts by which files and programs are given away in
// images of the distributions (base-passwd of Debian, alpine-baselayout), and their groups.
var (
	debianAccounts = map[string]owner{
		"nobody": {uid: "65534", gid: "65534"}, "www-data": {uid: "33", gid: "33"}, "daemon": {uid: "1", gid: "1"}, "bin": {uid: "2", gid: "2"},
		"games": {uid: "5", gid: "60"}, "mail": {uid: "8", gid: "8"}, "proxy": {uid: "13", gid: "13"}, "backup": {uid: "34", gid: "34"},
	}
	debianGroups = map[string]string{
		"root": "0", "nogroup": "65534", "www-data": "33", "daemon": "1", "bin": "2", "adm": "4", "tty": "5", "games": "60", "mail": "8",
		"proxy": "13", "dialout": "20", "audio": "29", "video": "44", "staff": "50", "users": "100", "backup": "34",
	}
	alpineAccounts = map[string]owner{
		"nobody": {uid: "65534", gid: "65534"}, "bin": {uid: "1", gid: "1"}, "daemon": {uid: "2", gid: "2"}, "mail": {uid: "8", gid: "12"},
		"guest": {uid: "405", gid: "100"},
	}
	alpineGroups = map[string]string{
		"root": "0", "nobody": "65534", "nogroup": "65533", "www-data": "82", "bin": "1", "daemon": "2", "adm": "4", "tty": "5", "wheel": "10",
		"mail": "12", "dialout": "20", "video": "27", "audio": "18", "users": "100",
	}
)

// knownImage is what is known of an image besides its distribution.
type knownImage struct {
	users map[string]owner
	env   map[string]string
	path  string // what its PATH begins with
	// bin is where its own programs are, and of some where else; runtime is the one that runs
	// programs of its language.
	bin     string
	other   map[string]string
	runtime string
	// How it runs: workdir is the root where it says none.
	workdir, user, stop string
	ports, volumes      []string
	entrypoint, cmd     []string
	// starts is what its cmd starts that the cmd does not name.
	starts string
	// holds are directories that it has besides those of all images.
	holds []string
	// dirs are its directories to write to, and gives tells that its entrypoint gives the runtime
	// what it is given.
	dirs   []directory
	gives  bool
	untold string // what is not said here
}

// knownImages are official images and a few that are used as those are, by their names and, where that says more, a word of their tag.
var knownImages = map[string]knownImage{
	"alpine": {bin: "/usr/bin"}, "debian": {bin: "/usr/bin"}, "ubuntu": {bin: "/usr/bin"}, "buildpack-deps": {bin: "/usr/bin"},
	"node": {
		bin: "/usr/local/bin", runtime: "node", other: inDir("/usr/local/bin", "npm", "npx", "yarn", "yarnpkg", "corepack"), entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{"node"},
		users: map[string]owner{"node": {uid: "1000", gid: "1000", home: "/home/node", madeHome: true}},
	},
	"python": {bin: "/usr/local/bin", runtime: "python3", cmd: []string{"python3"}},
	"ruby": {
		bin: "/usr/local/bin", runtime: "ruby", cmd: []string{"irb"}, path: "/usr/local/bundle/bin", other: inDir("/usr/local/bin", "bundle", "bundler", "gem", "irb"),
		env: map[string]string{"LANG": "C.UTF-8", "GEM_HOME": "/usr/local/bundle", "BUNDLE_APP_CONFIG": "/usr/local/bundle", "BUNDLE_SILENCE_ROOT_WARNING": "1"},
	},
	"perl":                        {bin: "/usr/local/bin", runtime: "perl", cmd: []string{"perl", "-de0"}},
	"php":                         phpImage("", "", "", "php", "-a"),
	"php:apache":                  phpImage("/var/www/html", "80/tcp", "SIGWINCH", "apache2-foreground"),
	"php:fpm":                     phpImage("/var/www/html", "9000/tcp", "SIGQUIT", "php-fpm"),
	"nginx":                       nginxImage("", "80/tcp"),
	"nginxinc/nginx-unprivileged": nginxImage("101", "8080/tcp"),
	"caddy": {
		bin: "/usr/bin", workdir: "/srv", env: map[string]string{"XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data"},
		cmd:   []string{"caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"},
		ports: []string{"80/tcp", "443/tcp", "443/udp", "2019/tcp"},
		dirs:  []directory{{path: "/config/caddy", mode: "1777"}, {path: "/data/caddy", mode: "1777"}},
		holds: []string{"/etc/caddy", "/usr/share/caddy"},
	},
	"oven/bun": {
		bin: "/usr/local/bin", runtime: "bun", workdir: "/home/bun/app", env: map[string]string{"BUN_RUNTIME_TRANSPILER_CACHE_PATH": "0", "BUN_INSTALL_BIN": "/usr/local/bin"},
		entrypoint: []string{"/usr/local/bin/docker-entrypoint.sh"}, cmd: []string{"/usr/local/bin/bun"},
		users: map[string]owner{"bun": {uid: "1000", gid: "1000", home: "/home/bun", madeHome: true}},
	},
	"denoland/deno":        denoImage("/usr/bin", "1993"),
	"denoland/deno:alpine": denoImage("/bin", "1000"),
	"httpd": {
		bin: "/usr/local/apache2/bin", workdir: "/usr/local/apache2", env: map[string]string{"HTTPD_PREFIX": "/usr/local/apache2"}, path: "/usr/local/apache2/bin",
		other: map[string]string{"httpd-foreground": "/usr/local/bin/httpd-foreground"}, cmd: []string{"httpd-foreground"},
		ports: []string{"80/tcp"}, stop: "SIGWINCH", holds: []string{"/usr/local/apache2/conf/extra", "/usr/local/apache2/htdocs"},
	},
	"tomcat": {
		bin: "/usr/local/tomcat/bin", runtime: "java", starts: "java", other: map[string]string{"java": "/opt/java/openjdk/bin/java"},
		workdir: "/usr/local/tomcat", path: "/usr/local/tomcat/bin:/opt/java/openjdk/bin",
		env: map[string]string{"CATALINA_HOME": "/usr/local/tomcat", "JAVA_HOME": "/opt/java/openjdk", "LANG": "en_US.UTF-8", "LANGUAGE": "en_US:en", "LC_ALL": "en_US.UTF-8"},
		cmd: []string{"catalina.sh", "run"}, ports: []string{"8080/tcp"}, holds: []string{"/usr/local/tomcat/conf", "/usr/local/tomcat/lib", "/usr/local/tomcat/webapps"},
	},
	"eclipse-temurin": {
		bin: "/opt/java/openjdk/bin", runtime: "java", path: "/opt/java/openjdk/bin",
		env:    map[string]string{"JAVA_HOME": "/opt/java/openjdk", "LANG": "en_US.UTF-8", "LANGUAGE": "en_US:en", "LC_ALL": "en_US.UTF-8"},
		untold: "an entrypoint that newer ones have",
	},
	"continuumio/miniconda3": condaImage,
	"continuumio/anaconda3":  condaImage,
	"redis":                  redisImage("999"),
	"redis:alpine":           redisImage("1000"),
	"postgres":               postgresImage("999"),
	"postgres:alpine":        postgresImage("70"),
	"mysql":                  databaseImage("mysqld", "/var/lib/mysql", "3306/tcp", "33060/tcp"),
	"mariadb":                databaseImage("mariadbd", "/var/lib/mysql", "3306/tcp"),
	"amazoncorretto:alpine":  javaImage("/usr/lib/jvm/default-jvm"),
	"golang":                 {bin: "/go/bin", workdir: "/go", env: map[string]string{"GOPATH": "/go"}, path: "/go/bin:/usr/local/go/bin", other: map[string]string{"go": "/usr/local/go/bin/go"}},
	"rust":                   {bin: "/usr/local/cargo/bin", env: map[string]string{"CARGO_HOME": "/usr/local/cargo"}, path: "/usr/local/cargo/bin"},
}

// databaseImage is one of a database, whose entrypoint prepares it before it starts it.
func databaseImage(server, data string, ports ...string) knownImage {
	return knownImage{
		bin: "/usr/local/bin", other: map[string]string{"mysqld": "/usr/sbin/mysqld", "mariadbd": "/usr/sbin/mariadbd"}, runtime: server,
		users:      map[string]owner{"mysql": {uid: "999", gid: "999", home: data}},
		entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{server}, ports: ports, volumes: []string{data}, holds: []string{"/docker-entrypoint-initdb.d", data},
	}
}

// redisImage is one of Redis, whose group has a number.
func redisImage(gid string) knownImage {
	img := databaseImage("redis-server", "/data", "6379/tcp")
	img.workdir, img.holds = "/data", nil
	img.users = map[string]owner{"redis": {uid: "999", gid: gid}}
	return img
}

// postgresImage is one of PostgreSQL, whose user has a number. Where it has its data its version says.
func postgresImage(uid string) knownImage {
	img := databaseImage("postgres", "/var/lib/postgresql/data", "5432/tcp")
	img.env, img.stop = map[string]string{"LANG": "en_US.utf8", "PGDATA": "/var/lib/postgresql/data"}, "SIGINT"
	img.users = map[string]owner{"postgres": {uid: uid, gid: uid, home: "/var/lib/postgresql"}}
	return img
}

// ofPostgres is an image of PostgreSQL with what its version says.
func (k knownImage) ofPostgres(tag string) knownImage {
	k.env = maps.Clone(k.env)
	m := version.FindString(tag)
	if n, err := strconv.Atoi(m); err == nil && n > 17 {
		k.env["PGDATA"], k.volumes = "/var/lib/postgresql/"+m+"/docker", []string{"/var/lib/postgresql"}
	}
	if m != "" && !strings.Contains(tag, "alpine") {
		k.path, k.bin = "/usr/lib/postgresql/"+m+"/bin", "/usr/lib/postgresql/"+m+"/bin"
		k.other = inDir("/usr/local/bin", "docker-entrypoint.sh", "docker-ensure-initdb.sh", "gosu")
	}
	return k
}

// version is the first number of a tag that begins with one.
var version = regexp.MustCompile(`^\d+`)

// javaImage is one that has Java in a directory.
func javaImage(dir string) knownImage {
	return knownImage{bin: dir + "/bin", runtime: "java", path: dir + "/bin", env: map[string]string{"JAVA_HOME": dir, "LANG": "C.UTF-8"}}
}

// openjdkImage is one of OpenJDK with a tag: that of a version of Debian, or of Oracle's.
func openjdkImage(tag string) (knownImage, bool) {
	major := version.FindString(tag)
	switch debian := debians.MatchString(tag); {
	case major == "" || strings.Contains(tag, "windows"):
		return knownImage{}, false
	case strings.Contains(tag, "alpine"):
		return javaImage("/opt/openjdk-" + major), major != "8"
	case debian || major == "8" || major == "11":
		return javaImage("/usr/local/openjdk-" + major), true
	}
	return javaImage("/usr/java/openjdk-" + major), true
}

// debians are words of tags of images that are on Debian.
var debians = regexp.MustCompile(`slim|stretch|buster|bullseye|bookworm|trixie`)

// condaImage is one of Anaconda's.
var condaImage = knownImage{bin: "/opt/conda/bin", runtime: "python", path: "/opt/conda/bin", env: map[string]string{"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}, cmd: []string{"/bin/bash"}}

// nginxImage is one of nginx's.
func nginxImage(user, port string) knownImage {
	return knownImage{
		bin: "/usr/bin", runtime: "nginx", users: map[string]owner{"nginx": {uid: "101", gid: "101"}}, entrypoint: []string{"/docker-entrypoint.sh"},
		cmd: []string{"nginx", "-g", "daemon off;"}, user: user, ports: []string{port}, stop: "SIGQUIT",
		holds: []string{"/docker-entrypoint.d", "/etc/nginx/conf.d", "/usr/share/nginx/html", "/var/cache/nginx", "/var/log/nginx"},
	}
}

// denoImage is one of Deno's, whose entrypoint gives deno what it is given.
func denoImage(bin, uid string) knownImage {
	return knownImage{
		bin: bin, runtime: "deno", env: map[string]string{"DENO_DIR": "/deno-dir/", "DENO_INSTALL_ROOT": "/usr/local", "DENO_USE_CGROUPS": "1"},
		other:      map[string]string{"docker-entrypoint.sh": "/usr/local/bin/docker-entrypoint.sh"},
		entrypoint: []string{"/tini", "--", "docker-entrypoint.sh"}, cmd: []string{"eval", "console.log('Welcome to Deno!')"},
		users: map[string]owner{"deno": {uid: uid, gid: uid, home: "/home/deno"}},
		dirs:  []directory{{path: "/deno-dir", owner: "deno"}}, gives: true,
	}
}

// phpImage is one of PHP's.
func phpImage(workdir, port, stop string, cmd ...string) knownImage {
	return knownImage{
		bin: "/usr/local/bin", runtime: "php", env: map[string]string{"PHP_INI_DIR": "/usr/local/etc/php"},
		other:      map[string]string{"php-fpm": "/usr/local/sbin/php-fpm"},
		holds:      []string{"/usr/local/etc/php/conf.d"},
		entrypoint: []string{"docker-php-entrypoint"}, cmd: cmd, workdir: workdir, ports: slices.DeleteFunc([]string{port}, func(p string) bool { return p == "" }), stop: stop,
	}
}

// inDir are programs of a directory.
func inDir(dir string, names ...string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		out[name] = path.Join(dir, name)
	}
	return out
}

// dotnetImage is one of .NET's, of a kind and with a tag: they say where web servers listen, and from 8 on
// they have a user, whom they name by a variable. Those of Alpine have no ICU, but with the tools that build.
func dotnetImage(kind, tag string) knownImage {
	img := knownImage{bin: "/usr/bin", runtime: "dotnet", env: map[string]string{"DOTNET_RUNNING_IN_CONTAINER": "true"}}
	switch {
	case !oldDotnet.MatchString(tag):
		img.env["APP_UID"], img.env["ASPNETCORE_HTTP_PORTS"] = "1654", "8080"
		img.users = map[string]owner{"app": {uid: "1654", gid: "1654", home: "/home/app", madeHome: true}}
	case kind != "sdk":
		img.env["ASPNETCORE_URLS"] = "http://+:80"
	}
	if strings.Contains(tag, "alpine") && kind != "sdk" && !strings.Contains(tag, "extra") {
		img.env["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "true"
	}
	if kind == "runtime-deps" { // for apps that bring their own
		img.runtime = ""
	}
	return img
}

// uvImage is one of uv's, on a distribution or on an image of Python.
func uvImage(tag string) knownImage {
	img := knownImage{bin: "/usr/bin"}
	if strings.HasPrefix(tag, "python") || strings.Contains(tag, "-python") {
		img = knownImages["python"]
	}
	img.other, img.cmd = inDir("/usr/local/bin", "uv", "uvx"), []string{"/usr/local/bin/uv"}
	return img
}

// oldTomcat are tags of Tomcat's images on those of OpenJDK, with its version.
var oldTomcat = regexp.MustCompile(`(?:jre|jdk)(\d+)-(?:openjdk|slim)`)

// withJava is an image that has its Java in a directory.
func (k knownImage) withJava(dir string) knownImage {
	k.env, k.other = maps.Clone(k.env), inDir(dir+"/bin", "java")
	k.env["JAVA_HOME"] = dir
	k.path = k.bin + ":" + dir + "/bin"
	return k
}

// distributions are the words of tags of images that are on a distribution.
var distributions = regexp.MustCompile(`alpine|bookworm|bullseye|debian|trixie`)

// oldDotnet are the versions of .NET whose images have no such user, oldUbuntu the releases of
// Ubuntu whose image has no user ubuntu, in tags.
var (
	oldDotnet = regexp.MustCompile(`^[23567]\.`)
	oldUbuntu = regexp.MustCompile(`^(1|20|22|23\.04)|trusty|xenial|bionic|focal|jammy`)
)

// known is what is known of the image of a reference, and whether anything is.
func known(ref string) (knownImage, bool) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return knownImage{}, false
	}
	tag := ""
	if tagged, ok := named.(reference.Tagged); ok {
		tag = tagged.Tag()
	}
	dir, name := path.Dir(reference.Path(named)), path.Base(reference.Path(named))
	official := strings.HasSuffix("/"+dir, "/library")
	if !official {
		name = reference.Path(named)
	}
	switch _, listed := knownImages[name]; {
	case official, listed:
		img, ok := knownImages[name]
		for word := range strings.SplitSeq(tag, "-") {
			if of, ok := knownImages[name+":"+strings.TrimRight(word, "0123456789.")]; ok {
				img = of
			}
		}
		return img.ofTag(name, tag, ok)
	case (dir == "dotnet" || dir == "dotnet/core") && slices.Contains([]string{"aspnet", "runtime", "runtime-deps", "sdk"}, path.Base(name)):
		return dotnetImage(path.Base(name), tag), true
	case name == "astral-sh/uv" && distributions.MatchString(tag):
		return uvImage(tag), true
	}
	return knownImage{}, false
}

// ofTag is an image of a name with what its tag says of it, and whether anything is known of it.
func (k knownImage) ofTag(name, tag string, ok bool) (knownImage, bool) {
	switch m := oldTomcat.FindStringSubmatch(tag); {
	case name == "postgres":
		k = k.ofPostgres(tag)
	case name == "openjdk":
		return openjdkImage(tag)
	case name == "amazoncorretto": // which is known on Alpine alone
		ok = k.runtime != ""
	case name == "tomcat" && m != nil:
		k = k.withJava("/usr/local/openjdk-" + m[1])
	case name == "ubuntu" && !oldUbuntu.MatchString(tag):
		k.users = map[string]owner{"ubuntu": {uid: "1000", gid: "1000", home: "/home/ubuntu", madeHome: true}}
	}
	return k, ok
}

// recall takes over what is known of an image that was not looked at.
func (c *conversion) recall(ref string) {
	c.known, c.isKnown = known(ref)
	users, groups := map[string]owner{}, map[string]string{}
	switch {
	case c.busybox:
		users, groups = alpineAccounts, alpineGroups
	case c.isKnown:
		users, groups = debianAccounts, debianGroups
	}
	for _, all := range []map[string]owner{users, c.known.users} {
		for name, o := range all {
			c.users[name], c.ids.users[o.uid], c.ids.groups[o.gid] = o, true, true
		}
	}
	for name, o := range c.known.users {
		c.groups[name] = o.gid
	}
	for name, id := range groups {
		c.groups[name], c.ids.groups[id] = id, true
	}
	if _, ok := c.users["www-data"]; !ok && c.busybox && strings.Contains(ref, "php") {
		c.users["www-data"] = owner{uid: "82", gid: "82"}
	}
	env := map[string]string{}
	maps.Copy(env, c.known.env)
	if c.known.path != "" {
		env["PATH"] = c.known.path + ":" + defaultPath
	}
	maps.Copy(c.words.env, env)
	if dir := c.known.workdir; dir != "" {
		c.workdir, c.at, c.stays = dir, dir, dir
	}
	if c.base != "" { // those of .NET without a shell run as their user
		c.user = c.known.env["APP_UID"]
		c.as = c.user
	}
	if c.base == "" {
		maps.Copy(c.env, env)
		c.entrypoint, c.cmd, c.stop = c.known.entrypoint, c.known.cmd, c.known.stop
		c.dirs = slices.Clone(c.known.dirs)
		c.ports, c.volumes = slices.Clone(c.known.ports), slices.Clone(c.known.volumes)
		c.user, c.as = c.known.user, unlessRoot(c.known.user)
	}
}

// elsewhere are programs of packages that are not in /usr/bin.
var elsewhere = map[string]string{
	"sh": "/bin/sh", "bash": "/bin/bash", "apache2": "/usr/sbin/apache2", "apache2ctl": "/usr/sbin/apache2ctl", "cron": "/usr/sbin/cron",
	"crond": "/usr/sbin/crond", "dnsmasq": "/usr/sbin/dnsmasq", "lighttpd": "/usr/sbin/lighttpd", "named": "/usr/sbin/named",
	"nginx": "/usr/sbin/nginx", "slapd": "/usr/sbin/slapd", "squid": "/usr/sbin/squid", "sshd": "/usr/sbin/sshd", "varnishd": "/usr/sbin/varnishd",
}

// elsewhereInAlpine are those of Alpine.
var elsewhereInAlpine = map[string]string{"tini": "/sbin/tini", "su-exec": "/sbin/su-exec", "httpd": "/usr/sbin/httpd", "haproxy": "/usr/sbin/haproxy"}

// usualPlace is where a program most likely is: where its package has it, or else where the
// image has its own.
func (c *conversion) usualPlace(name string) string {
	if p, ok := elsewhereInAlpine[name]; ok && c.busybox {
		return p
	}
	if c.busybox && inBin[name] && !c.installs(name) {
		return "/bin/" + name
	}
	if p, ok := elsewhere[name]; ok {
		return p
	}
	if p, ok := c.known.other[name]; ok {
		return p
	}
	if c.installsForAll(name) {
		return c.toolsDir() + "/" + name
	}
	if dir := c.known.bin; dir != "" && !c.installs(name) && !everywhere[name] && !slices.Contains(starters, name) {
		return dir + "/" + name
	}
	return "/usr/bin/" + name
}

// everywhere are programs that images have from their distributions.
var everywhere = namesOf(`awk basename bash cat chmod chown cp curl cut date df dirname env find grep head hostname id ln ls mkdir mktemp mv nc nice nohup
	perl pgrep ps rm sed seq sh sleep sort tail tee test timeout touch tr true uname uniq wc wget xargs`)

// inBin are those of BusyBox that Alpine has in /bin.
var inBin = namesOf(`cat chmod chown cp date df grep hostname ln ls mkdir mktemp mv ps rm sed sleep touch true uname`)

func namesOf(text string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		all[word] = true
	}
	return all
}

// isOwn reports whether a program is one of the image or of a package, as far as names tell.
func (c *conversion) isOwn(name string) bool {
	_, other := c.known.other[name]
	return c.installs(name) || c.isTool(name) || c.isRuntime(name) || c.isStarted(name) || elsewhere[name] != "" || everywhere[name] || other
}

// isStarted reports whether a program is one that the image is known to start by itself.
func (c *conversion) isStarted(name string) bool {
	return slices.Contains(c.known.entrypoint, name) || len(c.known.cmd) > 0 && c.known.cmd[0] == name
}

// isRuntime reports whether a program is the one that runs the programs of the image's language, by a
// name with a version or without.
func (c *conversion) isRuntime(name string) bool {
	const version = "0123456789."
	runtime := strings.TrimRight(c.known.runtime, version)
	return runtime != "" && strings.TrimRight(name, version) == runtime
}

// packageOf are the packages of programs that are called otherwise.
var packageOf = map[string]string{"cgi-fcgi": "libfcgi-bin", "dig": "dnsutils", "node": "nodejs", "redis-cli": "redis-tools", "psql": "postgresql-client", "redis-server": "redis", "sshd": "openssh-server", "supervisord": "supervisor"}

// installs reports whether a package of a name, or of a program, is installed.
func (c *conversion) installs(name string) bool {
	return slices.ContainsFunc(c.packages, func(p string) bool {
		p, _, _ = strings.Cut(p, "=")
		return p == name || p == packageOf[name]
	})
}
