package loader

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sinter-build/sinter/diag"
)

// database is a line of nsswitch.conf: where glibc looks something up.
type database struct {
	name     string
	services []string
}

// knownDatabases are nss/databases.def. Lines about others are not even parsed.
var knownDatabases = []string{
	"aliases", "ethers", "group", "group_compat", "gshadow", "gshadow_compat", "hosts", "initgroups", "netgroup",
	"networks", "passwd", "passwd_compat", "protocols", "publickey", "rpc", "services", "shadow", "shadow_compat",
}

const spaces = " \t\v\f\r\n"

// parseNSSwitch reads nsswitch.conf as glibc does since 2.34
// (nss/nss_database.c, process_line): a line without an end does not count, of
// several for a database the last one does, and a "#" within a line is a word
// like others. It is false when a line is wrong, after which glibc looks nothing
// up at all.
func parseNSSwitch(data []byte) ([]database, bool) {
	var out []database
	for line := range strings.Lines(string(data)) {
		line, ended := strings.CutSuffix(line, "\n")
		line = strings.TrimLeft(line, spaces)
		end := strings.IndexAny(line, spaces+":")
		if !ended || end <= 0 || !slices.Contains(knownDatabases, line[:end]) {
			continue
		}
		services, ok := parseServices(line[end+1:])
		if !ok {
			return nil, false
		}
		name := line[:end]
		out = slices.DeleteFunc(out, func(db database) bool { return db.name == name })
		out = append(out, database{name, services})
	}
	return out, true
}

// parseServices is nss/nss_action_parse.c: words, and conditions in brackets.
func parseServices(text string) ([]string, bool) {
	var out []string
	for {
		text = strings.TrimLeft(text, spaces)
		if text == "" {
			return out, true
		}
		if rest, ok := strings.CutPrefix(text, "["); ok {
			conditions, after, ended := strings.Cut(rest, "]")
			if !ended || !conditionList().MatchString(conditions) {
				return nil, false
			}
			text = after
			continue
		}
		end := strings.IndexAny(text, spaces+"[")
		if end < 0 {
			end = len(text)
		}
		out = append(out, text[:end])
		text = text[end:]
	}
}

// conditionList is what may stand in brackets.
var conditionList = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)\s*(!?(SUCCESS|UNAVAIL|NOTFOUND|TRYAGAIN)\s*=\s*(RETURN|CONTINUE|MERGE)\s+)*` +
		`!?(SUCCESS|UNAVAIL|NOTFOUND|TRYAGAIN)\s*=\s*(RETURN|CONTINUE|MERGE)\s*$`)
})

// serves reports whether a function looks something up in a database. getaddrinfo
// asks for hosts and for services.
func (db database) serves(symbol string) bool {
	switch what := strings.TrimPrefix(symbol, "get"); db.name {
	case "hosts":
		return what == "addrinfo" || what == "nameinfo" || strings.HasPrefix(what, "host")
	case "services":
		return what == "addrinfo" || strings.HasPrefix(what, "serv")
	case "passwd":
		return strings.HasPrefix(what, "pw")
	case "group":
		return strings.HasPrefix(what, "gr")
	case "shadow":
		return strings.HasPrefix(what, "sp")
	case "protocols":
		return strings.HasPrefix(what, "proto")
	case "networks":
		return strings.HasPrefix(what, "netby") || what == "netent"
	}
	return false
}

// defaultDatabases hold where nsswitch.conf says nothing.
var defaultDatabases = []database{
	{"hosts", []string{"dns", "files"}}, {"services", []string{"files"}}, {"passwd", []string{"files"}},
	{"group", []string{"files"}}, {"shadow", []string{"files"}}, {"protocols", []string{"files"}},
	{"networks", []string{"files"}},
}

// openModules loads the modules through which glibc looks names up, as the
// image's nsswitch.conf tells it, for what the loaded objects import.
func (s *search) openModules() error {
	databases, err := s.databases()
	if err != nil {
		return err
	}
	for _, db := range databases {
		for _, service := range db.services {
			if s.builtIn(service) {
				continue
			}
			if err := s.openModule(db, service); err != nil {
				return err
			}
		}
	}
	return nil
}

// builtIn reports whether a service needs no module: those that are part of libc
// since glibc 2.34.
func (s *search) builtIn(service string) bool {
	if strings.Contains(service, "/") {
		return true // no file name
	}
	return s.glibcMinor() >= 34 && (service == "files" || service == "dns")
}

// databases reads nsswitch.conf from the tree that ships. There are none when
// glibc cannot make sense of it.
func (s *search) databases() ([]database, error) {
	i := slices.IndexFunc(s.trees, func(t *tree) bool { return t.Whole })
	if i < 0 {
		return defaultDatabases, nil
	}
	data, _, err := s.readFile(s.trees[i], "/etc/nsswitch.conf", maxFile)
	if err != nil {
		return nil, err
	}
	if s.glibcMinor() < 34 {
		data = []byte(uncomment(data)) // older ones take comments off first
	}
	named, ok := parseNSSwitch(data)
	if !ok {
		return nil, nil
	}
	for _, db := range defaultDatabases {
		if !slices.ContainsFunc(named, func(n database) bool { return n.name == db.name }) {
			named = append(named, db)
		}
	}
	return named, nil
}

func (s *search) glibcMinor() int { return s.conf.minor }

// openModule loads the module of a service, if anything loaded uses it.
func (s *search) openModule(db database, service string) error {
	name := "libnss_" + service + ".so.2"
	if s.provider(name) != nil {
		return nil
	}
	for _, n := range s.list {
		symbol, err := s.imports(n.obj, db.serves)
		if err != nil {
			return err
		}
		if symbol == "" {
			continue
		}
		reason := fmt.Sprintf("%s (%s in nsswitch.conf)", symbol, db.name)
		o, err := s.openByLibc(name, reason)
		if o == nil && err == nil && db.matters() && !s.isExcluded(name) {
			s.report(s.moduleMissing(n.obj, name, reason))
		}
		return err
	}
	return nil
}

// matters reports whether a missing module is worth a word. Distributions name
// modules that hardly anyone has for the rest.
func (db database) matters() bool {
	return db.name == "hosts" || db.name == "passwd" || db.name == "group"
}

func (s *search) moduleMissing(o *object, name, reason string) Problem {
	return Problem{
		Code: CodeRuntimeMissing, Severity: diag.SeverityWarning, Name: name, NeededBy: o.To,
		Message: fmt.Sprintf("%s calls %s, for which glibc opens %s, which is not in %s; it goes on without it", o.To, reason, name, s.treeNames()),
		Fixes:   []string{"list " + name + " under libraries.add, from the glibc that ships", "or take the service out of /etc/nsswitch.conf"},
	}
}

// openAuditors loads what the program or LD_AUDIT names to watch over it
// (elf/rtld.c, load_audit_modules). What is missing is ignored.
func (s *search) openAuditors() error {
	for _, list := range []struct{ from, names string }{
		{"LD_AUDIT", s.opt.Env["LD_AUDIT"]},
		{"its DT_AUDIT", s.main.File.Audit},
		{"its DT_DEPAUDIT", s.main.File.DepAudit},
	} {
		for name := range strings.SplitSeq(list.names, ":") {
			if name == "" {
				continue
			}
			o, err := s.load(s.main, name, false)
			if err != nil {
				return err
			}
			if o == nil {
				s.report(auditMissing(s.main, name, list.from))
			}
			if err := s.opened(o, ViaAudit); err != nil {
				return err
			}
		}
	}
	return nil
}

func auditMissing(main *object, name, from string) Problem {
	return Problem{
		Code: CodeAuditMissing, Severity: diag.SeverityWarning, Name: name, NeededBy: main.To,
		Message: fmt.Sprintf("%s asks for %s to watch over %s; it is missing or unusable, and the loader goes on without it", from, name, main.To),
		Runtime: fmt.Sprintf("ERROR: ld.so: object '%s' cannot be loaded as audit interface: cannot open shared object file; ignored.", name),
		Fixes:   []string{"ship the library, or drop it from " + from},
	}
}
