package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/platforms"

	"github.com/sinter-build/sinter/diag"
)

// How many ports one range and all of them may expose; each becomes an entry
// of the image's config.
const (
	maxPortRange = 1024
	maxPorts     = 4096
)

// parsePort normalises "8080", "8080/tcp" and "8000-8010/udp".
func parsePort(text string) (any, *diag.Diagnostic) {
	numbers, protocol, given := strings.Cut(text, "/")
	if !given {
		protocol = "tcp"
	}
	protocol = strings.ToLower(protocol)
	if !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		problem := invalid("invalid-port", fmt.Sprintf("unknown protocol in the port %q", text), "write tcp, udp or sctp after the slash")
		switch {
		case parsePortNumber(protocol) > 0:
			problem.Fixes = []string{"write " + protocol + "/" + numbers}
		case parsePortNumber(numbers) > 0:
			problem.Fixes = append(problem.Fixes, "for what TCP carries, such as HTTP, write "+numbers)
		}
		return nil, problem
	}
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		last = first
	}
	from, to := parsePortNumber(first), parsePortNumber(last)
	switch {
	case strings.Contains(numbers, ":"):
		return nil, invalid("invalid-port", fmt.Sprintf("%q publishes a port; a spec only names those of the container", text),
			"write "+numbers[strings.LastIndexByte(numbers, ':')+1:]+", and publish it when you run the image")
	case from == 0 || to == 0:
		problem := invalid("invalid-port", fmt.Sprintf("%q is not a port", text), "write a number from 1 to 65535, or a range, such as 8080, 53/udp or 8000-8010/tcp")
		if number := portOf(numbers); number != "" {
			problem.Fixes = []string{"write " + number + strings.TrimPrefix(text, numbers)}
		}
		return nil, problem
	case from > to:
		return nil, invalid("invalid-port", fmt.Sprintf("the range %q ends before it starts", text), fmt.Sprintf("write %d-%d", to, from))
	case to-from >= maxPortRange:
		return nil, invalid("invalid-port", fmt.Sprintf("the range %q holds more than %d ports", text, maxPortRange), "name those that clients need to know")
	}
	if from == to {
		return fmt.Sprintf("%d/%s", from, protocol), nil
	}
	return fmt.Sprintf("%d-%d/%s", from, to, protocol), nil
}

// portOf is the number of a service that is named, or of a port with a sign before it; "" where
// it is not known.
func portOf(text string) string {
	if known := portNames[strings.ToLower(text)]; known != "" {
		return known
	}
	if number := strings.TrimLeft(text, "-+:"); number != text && parsePortNumber(number) > 0 {
		return number
	}
	return ""
}

// portNames are services that people call by their names (/etc/services).
var portNames = map[string]string{
	"http": "80", "https": "443", "ssh": "22", "ftp": "21", "smtp": "25", "dns": "53", "domain": "53", "imap": "143", "ldap": "389",
	"postgres": "5432", "postgresql": "5432", "mysql": "3306", "redis": "6379", "mongodb": "27017", "amqp": "5672", "mqtt": "1883",
}

// parsePortNumber is 0 for what is no port.
func parsePortNumber(text string) int {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// countPorts counts the ports of normalised ports and ranges.
func countPorts(ports []string) int {
	count := 0
	for _, port := range ports {
		numbers, _, _ := strings.Cut(port, "/")
		count++
		if first, last, isRange := strings.Cut(numbers, "-"); isRange {
			count += parsePortNumber(last) - parsePortNumber(first)
		}
	}
	return count
}

// expandPort lists the ports of a normalised port or range.
func expandPort(port string) []string {
	numbers, protocol, _ := strings.Cut(port, "/")
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		return []string{port}
	}
	var ports []string
	for n := parsePortNumber(first); n <= parsePortNumber(last); n++ {
		ports = append(ports, fmt.Sprintf("%d/%s", n, protocol))
	}
	return ports
}

// signals are the names that Linux knows on every architecture but alpha, mips
// and sparc (signal(7)).
var signals = []string{
	"SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGIOT", "SIGBUS", "SIGFPE",
	"SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
	"SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
	"SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPOLL", "SIGPWR", "SIGSYS",
	"SIGRTMIN", "SIGRTMAX",
}

var realTime = regexp.MustCompile(`^SIGRTMIN\+([1-9]|[12][0-9]|30)$|^SIGRTMAX-([1-9]|[12][0-9]|30)$`)

// parseSignal takes names with and without SIG, and numbers.
func parseSignal(text string) (any, *diag.Diagnostic) {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= 64 {
		return text, nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if slices.Contains(signals, name) || realTime.MatchString(name) {
		return name, nil
	}
	guess := diag.Nearest(name, signals)
	for _, signal := range signals {
		if guess == "" && len(signal) > len("SIGIO") && strings.HasPrefix(name, signal) { // TERMINATE
			guess = signal
		}
	}
	if guess != "" && !strings.ContainsAny(text, "0123456789") {
		return nil, invalid("invalid-signal", fmt.Sprintf("unknown signal %q; did you mean %s?", text, guess), "write "+guess)
	}
	return nil, invalid("invalid-signal", fmt.Sprintf("unknown signal %q", text),
		"write a signal's name, such as SIGTERM, SIGQUIT or SIGRTMIN+3, or its number")
}

// parsePlatform normalises OS/ARCH[/VARIANT]; only Linux images are built.
func parsePlatform(text string) (any, *diag.Diagnostic) {
	p, err := platforms.Parse(text)
	if err != nil {
		fix := "write OS/ARCH, such as linux/amd64 or linux/arm64"
		if arch := strings.TrimLeft(strings.TrimPrefix(text, "linux"), "-_ "); slices.Contains(architectures, arch) {
			fix = "write linux/" + arch
		} else if arch := archOfTriplet(text); arch != "" {
			fix = "write linux/" + arch
		}
		return nil, invalid("invalid-platform", fmt.Sprintf("%q is not a platform", text), fix)
	}
	if slices.Contains(architectures, p.OS) {
		return nil, invalid("invalid-platform", fmt.Sprintf("the platform %q has no operating system", text), "write linux/"+text)
	}
	if p.OS != "linux" {
		fix := "build for linux/" + p.Architecture
		return nil, invalid("unsupported-platform", fmt.Sprintf("the platform %q is not supported: images are built for Linux only", text), fix)
	}
	p = platforms.Normalize(p)
	if known := archNames[strings.ToLower(p.Architecture)]; known != "" {
		return nil, invalid("unsupported-platform", fmt.Sprintf("unknown architecture in the platform %q", text), "write linux/"+known)
	}
	if !slices.Contains(architectures, p.Architecture) {
		return nil, invalid("unsupported-platform",
			fmt.Sprintf("unknown architecture in the platform %q%s", text, meant(p.Architecture, architectures)),
			"the architectures are "+strings.Join(architectures, ", "))
	}
	if known, ok := variants[p.Architecture]; ok && p.Variant != "" && !known.MatchString(p.Variant) {
		return nil, invalid("unsupported-platform", fmt.Sprintf("no image is for the variant %s of %s", p.Variant, p.Architecture), "write linux/"+p.Architecture)
	}
	return platforms.Format(p), nil
}

// variants are those of architectures that have levels with numbers.
var variants = map[string]*regexp.Regexp{
	"amd64": regexp.MustCompile(`^v[1-4]$`),
	"arm":   regexp.MustCompile(`^v[5-8]$`),
	"arm64": regexp.MustCompile(`^v[89](\.[0-9])?$`),
}

// archOfTriplet is the architecture of a name of compilers, such as x86_64-unknown-linux-gnu;
// "" for another text.
func archOfTriplet(text string) string {
	cpu, rest, found := strings.Cut(text, "-")
	if !found || !strings.Contains(rest, "linux") {
		return ""
	}
	p, err := platforms.Parse(cpu)
	switch known := archNames[cpu]; {
	case known != "":
		return known
	case err != nil || !slices.Contains(architectures, p.Architecture):
		return ""
	}
	return p.Architecture
}

// archNames are platforms by other names of their architectures.
var archNames = map[string]string{
	"x64": "amd64", "x86-64": "amd64", "intel": "amd64", "x86": "386", "i686": "386", "ia32": "386", "arm32": "arm/v7", "arm32v5": "arm/v5", "arm32v6": "arm/v6", "arm32v7": "arm/v7", "arm64v8": "arm64", "armhfp": "arm/v7",
	"armv5": "arm/v5", "armv6": "arm/v6", "armv6l": "arm/v6", "armv7": "arm/v7", "armv7l": "arm/v7", "armv8": "arm64", "armv8l": "arm64", "m1": "arm64",
	"ppc64el": "ppc64le", "powerpc64le": "ppc64le", "risc-v": "riscv64", "loongarch64": "loong64", "mipsel": "mips64le",
}

// architectures are those of Linux that Go and the distributions know.
var architectures = []string{"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"}

func checkEnvName(name string) *diag.Diagnostic {
	switch {
	case name == "":
		return invalid("invalid-name", "an environment variable without a name", "give it a name, or remove it")
	case strings.Contains(name, "="):
		before, after, _ := strings.Cut(name, "=")
		return invalid("invalid-name", fmt.Sprintf("the name %q holds an equals sign", name), fmt.Sprintf("write %s: %q", before, after))
	}
	return checkKey(name)
}

func checkLabelName(name string) *diag.Diagnostic {
	if name == "" {
		return invalid("invalid-name", "a label without a name", "give it a name, or remove it")
	}
	return checkKey(name)
}

// annotated is what docker buildx build --annotation takes before a name.
var annotated = regexp.MustCompile(`^(index|manifest|index-descriptor|manifest-descriptor)(?:\[[^\]]*\])?:(.+)$`)

func checkAnnotationName(name string) *diag.Diagnostic {
	if m := annotated.FindStringSubmatch(name); m != nil {
		problem := invalid("invalid-name", fmt.Sprintf("%q names an annotation of the %s, and here are those of the manifest", name, m[1]),
			"give it with the build: docker buildx build --annotation '"+name+"=VALUE' .")
		if m[1] == "manifest" {
			problem.Message, problem.Fixes = fmt.Sprintf("%q says that the annotation is the manifest's, as all are here", name), []string{"write " + m[2]}
		}
		return problem
	}
	return checkLabelName(name)
}

// checkKey refuses a key that someone expected to be interpolated.
func checkKey(name string) *diag.Diagnostic {
	if strings.Contains(name, "${") {
		return invalid("invalid-name", fmt.Sprintf("the name %q is not interpolated: only values are", name), "write the name out")
	}
	if strings.ContainsAny(name, "\x00\n") {
		return invalid("invalid-name", fmt.Sprintf("the name %q holds a line break or a NUL", name))
	}
	return nil
}
