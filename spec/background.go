package spec

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/diag"
)

// server is a program that goes into the background unless it is told not to, which ends
// its container.
type server struct {
	name *regexp.Regexp
	// stays is a word by which it does not.
	stays *regexp.Regexp
	// settings is where its configuration is, if that can say so, too.
	settings string
	cmd      string // the words to write
}

// servers are those that people put into images often (their manuals).
var servers = []server{
	{regexp.MustCompile(`^nginx$`), regexp.MustCompile(`daemon\s+off`), "/etc/nginx/", `[-g, "daemon off;"]`},
	{regexp.MustCompile(`^php-fpm[0-9][0-9.]*$`), regexp.MustCompile(`^(-F|--nodaemonize)$`), "/etc/php/", "[--nodaemonize]"},
	{regexp.MustCompile(`^lighttpd$`), regexp.MustCompile(`^-D$`), "/etc/lighttpd/", "[-D, -f, /etc/lighttpd/lighttpd.conf]"},
	{regexp.MustCompile(`^(apache2|httpd)$`), regexp.MustCompile(`^-D ?FOREGROUND$|^FOREGROUND$|^-X$`), "", "[-D, FOREGROUND]"},
	{regexp.MustCompile(`^sshd$`), regexp.MustCompile(`^-[A-Za-z]*[Did]`), "", "[-D, -e]"},
	{regexp.MustCompile(`^cron$`), regexp.MustCompile(`^-[A-Za-z]*f`), "", "[-f]"},
	{regexp.MustCompile(`^rsyslogd$`), regexp.MustCompile(`^-[A-Za-z]*n`), "", "[-n]"},
	{regexp.MustCompile(`^dnsmasq$`), regexp.MustCompile(`^-[kd]|^--keep-in-foreground$|^--no-daemon$`), "/etc/dnsmasq", "[--keep-in-foreground]"},
	{regexp.MustCompile(`^squid$`), regexp.MustCompile(`^-[A-Za-z]*[Nz]|^--foreground$`), "", "[--foreground]"},
	{regexp.MustCompile(`^named$`), regexp.MustCompile(`^-[fg]$`), "", "[-f]"},
	{regexp.MustCompile(`^exim4?$`), regexp.MustCompile(`^-b[dqV]*f|^-b[^d]`), "", "[-bdf, -q30m]"},
	{regexp.MustCompile(`^varnishd$`), regexp.MustCompile(`^-[FdC]$`), "", "[-F]"},
}

// configuredBy reports whether words name a configuration that is not the distribution's, and
// may say it, wherever that comes from.
func (s server) configuredBy(words []string) bool {
	return s.settings != "" && slices.ContainsFunc(words, func(word string) bool {
		return path.IsAbs(word) && !strings.HasPrefix(word, s.settings)
	})
}

// onlyAsks are words with which a program says something and ends.
var onlyAsks = []string{"-t", "-T", "-v", "-V", "-h", "-?", "--help", "--version", "-m", "-i"}

// background warns of a server that the image starts and that goes into the background. What a
// stage has made may be configured there.
func (s *Spec) background() diag.List {
	at := "entrypoint"
	argv := slices.Concat(s.Entrypoint, s.Cmd)
	if s.Entrypoint == nil && len(s.Binaries) == 1 && s.Base == BaseScratch {
		argv, at = append([]string{s.Binaries[0].To}, s.Cmd...), s.Binaries[0].At
	}
	if len(s.Cmd) > 0 {
		at = "cmd"
	}
	if i := slices.Index(argv, "--"); i >= 0 {
		argv = argv[i+1:] // of an init program
	}
	if len(argv) == 0 || slices.ContainsFunc(argv[1:], func(word string) bool { return slices.Contains(onlyAsks, word) }) {
		return nil
	}
	for _, known := range servers {
		if known.name.MatchString(path.Base(argv[0])) && s.installs(argv[0]) && !slices.ContainsFunc(argv[1:], known.stays.MatchString) && !s.ships(known.settings) && !known.configuredBy(argv[1:]) {
			problem := invalid("runs-in-background", fmt.Sprintf("%s goes into the background when it has started, and the container ends with it", path.Base(argv[0])),
				"write cmd: "+known.cmd+", before what else it is given")
			problem.Severity = diag.SeverityWarning
			return diag.List{located(s.At(at), problem)}
		}
	}
	return nil
}

// installs reports whether a program of the spec is from an image's packages as they are.
func (s *Spec) installs(program string) bool {
	return slices.ContainsFunc(s.Binaries, func(b Binary) bool { return b.To == program && s.Sources[b.From.Source].Image != "" })
}

// ships reports whether the spec brings files to a directory, or what it begins with.
func (s *Spec) ships(dir string) bool {
	return dir != "" && slices.ContainsFunc(s.Files, func(f File) bool { return strings.HasPrefix(f.To+"/", dir) || strings.HasPrefix(dir, f.To) })
}
