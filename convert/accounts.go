package convert

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/sinter-build/sinter/rootfs"
)

// ids are the numbers of users and groups that are taken.
type ids struct{ users, groups map[string]bool }

// newIDs are those of images of which nothing else is known: Debian's and Alpine's have a
// group users with this number, which tools would give next.
func newIDs() ids { return ids{users: map[string]bool{}, groups: map[string]bool{"100": true}} }

func (i ids) clone() ids { return ids{maps.Clone(i.users), maps.Clone(i.groups)} }

// ofTree adds the numbers that an image has.
func (i ids) ofTree(tree rootfs.FS) {
	for file, taken := range map[string]map[string]bool{"etc/passwd": i.users, "etc/group": i.groups} {
		text, err := rootfs.ReadFile(tree, file, 1<<20)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Split(line, ":"); len(f) > 2 {
				taken[f[2]] = true
			}
		}
	}
}

// groupsOf are the numbers of the groups of an image by their names.
func groupsOf(tree rootfs.FS) map[string]string {
	out := map[string]string{}
	text, err := rootfs.ReadFile(tree, "etc/group", 1<<20)
	if err != nil {
		return out
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(line, ":"); len(f) > 2 {
			out[f[0]] = f[2]
		}
	}
	return out
}

// kind is how a tool looks for a free number.
type kind int

const (
	regular    kind = iota // from 1000 upwards
	systemUp               // from 100 upwards: adduser and addgroup, of Debian and of BusyBox
	systemDown             // from 999 downwards: useradd and groupadd
)

// free is the number that a tool gives next.
func free(taken map[string]bool, how kind) string {
	first, step := 1000, 1
	switch how {
	case systemUp:
		first = 100
	case systemDown:
		first, step = 999, -1
	}
	for n := first; n > 0; n += step {
		if text := strconv.Itoa(n); !taken[text] {
			return text
		}
	}
	return ""
}

// kindOf is how a command looks for a number with some flags.
func kindOf(command string, opts map[string]string) kind {
	_, long := opts["--system"]
	_, busybox := opts["-S"]
	_, short := opts["-r"]
	switch added := strings.HasPrefix(command, "add"); {
	case added && (long || busybox):
		return systemUp
	case !added && (long || short):
		return systemDown
	}
	return regular
}

// valued are the flags with a value, of the commands that make users and groups.
var valued = map[string]bool{
	"-u": true, "--uid": true, "-g": true, "--gid": true, "-G": true, "--groups": true, "--ingroup": true, "-s": true, "--shell": true,
	"-d": true, "--home": true, "--home-dir": true, "-h": true, "-c": true, "--comment": true, "--gecos": true, "-k": true, "-K": true,
}

// options reads flags with their values: those of one letter can stand together, and before
// their value.
func options(args []string) (map[string]string, []string) {
	opts := map[string]string{}
	var rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, value, given := strings.Cut(arg, "=")
		switch {
		case !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
			continue
		case strings.HasPrefix(arg, "--") || len(arg) < 3:
		case valued[arg[:2]]:
			opts[arg[:2]] = arg[2:]
			continue
		default:
			for _, letter := range arg[1 : len(arg)-1] {
				opts["-"+string(letter)] = ""
			}
			name, value, given = "-"+arg[len(arg)-1:], "", false
		}
		if valued[name] && !given && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			value = args[i]
		}
		opts[name] = value
	}
	return opts, rest
}

func first(opts map[string]string, names ...string) string {
	for _, n := range names {
		if opts[n] != "" {
			return opts[n]
		}
	}
	return ""
}

func has(opts map[string]string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := opts[n]; return ok })
}

func (e *effects) addGroup(command string, args []string) bool {
	opts, rest := options(args)
	switch len(rest) {
	case 1:
		id := first(opts, "-g", "--gid")
		if id == "" {
			id = free(e.ids.groups, kindOf(command, opts))
		}
		e.groups[rest[0]], e.ids.groups[id], e.madeNames[rest[0]] = id, true, true
	case 2: // a user into a group
		e.join(rest[0], rest[1])
	default:
		return false
	}
	return true
}

// modify gives a user or a group other numbers, or a user other groups.
func (e *effects) modify(command string, args []string) bool {
	opts, rest := options(args)
	if len(rest) != 1 {
		return false
	}
	name := rest[0]
	for flag := range opts {
		if !slices.Contains([]string{"-u", "--uid", "-g", "--gid", "-o", "--non-unique", "-a", "--append", "-G", "--groups", "-s", "--shell"}, flag) {
			return false
		}
	}
	if command == "groupmod" {
		id, had := first(opts, "-g", "--gid"), e.groups[name]
		if !isNumber(id) || had == "" {
			return false
		}
		e.groups[name], e.ids.groups[id] = id, true
		for user, o := range e.users { // whose group it is
			if o.gid == had {
				o.gid = id
				e.users[user] = o
			}
		}
		return true
	}
	o, ok := e.users[name]
	if uid := first(opts, "-u", "--uid"); uid != "" {
		ok = ok && isNumber(uid)
		o.uid, o.said, e.ids.users[uid] = uid, true, true
	}
	if gid := first(opts, "-g", "--gid"); gid != "" {
		o.gid = cmp.Or(e.groups[gid], gid)
		ok = ok && isNumber(o.gid)
	}
	if ok {
		e.users[name] = o
		e.join(name, first(opts, "-G", "--groups"))
	}
	return ok
}

// join puts a user into more groups, which commas separate.
func (e *effects) join(user, groups string) {
	for group := range strings.SplitSeq(groups, ",") {
		if group != "" && group != user && !slices.Contains(e.joined[user], group) {
			e.joined[user] = append(slices.Clone(e.joined[user]), group)
		}
	}
}

// ofBusybox reports whether the image of a name has BusyBox's tools.
func ofBusybox(ref string) bool {
	return strings.Contains(ref, "alpine") || strings.Contains(ref, "busybox")
}

// copyAccounts takes over the users of a stage whose /etc/passwd is copied: who they are is
// what the image knows.
func (c *conversion) copyAccounts(cmd *instructions.CopyCommand) {
	i, ok := stageOf(c.stages, cmd.From)
	if !ok || !slices.ContainsFunc(cmd.SourcePaths, func(p string) bool { return path.Join("/", p) == "/etc/passwd" }) {
		return
	}
	c.passwd = true
	w, made := newWords(c.words.escape), newEffects()
	chain, root := c.chain(i)
	made.busybox = ofBusybox(root.BaseName)
	for _, i := range chain {
		for _, cmd := range c.stages[i].Commands {
			switch cmd := cmd.(type) {
			case *instructions.ArgCommand:
				for _, a := range cmd.Args {
					w.env[a.Key] = cmp.Or(a.ValueString(), c.defaults(c.args[a.Key]))
				}
			case *instructions.EnvCommand:
				for _, kv := range cmd.Env {
					w.env[kv.Key] = kv.Value
				}
			case *instructions.RunCommand:
				if line, err := w.forShell(runLine(cmd)); err == nil {
					made.remember(line)
				}
			}
		}
	}
	maps.Copy(c.users, made.users)
	maps.Copy(c.groups, made.groups)
}

// writeAccounts takes over the users or groups that a text has which becomes the image's table of
// them.
func (c *conversion) writeAccounts(file, text string) {
	switch file {
	case "/etc/passwd":
		c.passwd = true
		for line := range strings.Lines(text) {
			if f := strings.Split(strings.TrimSpace(line), ":"); len(f) > 5 {
				c.users[f[0]] = owner{uid: f[2], gid: f[3], home: f[5]}
			}
		}
	case "/etc/group":
		for line := range strings.Lines(text) {
			if f := strings.Split(strings.TrimSpace(line), ":"); len(f) > 2 {
				c.groups[f[0]] = f[2]
			}
		}
	}
}

// noGroup is that of users for services that adduser makes without one of their own
// (adduser(8) of Debian).
const noGroup = "65534"

// noGroupBusybox is that of Alpine.
const noGroupBusybox = "65533"

// groupUsers is the group of users whom useradd makes without one of their own.
const groupUsers = "100"

func (e *effects) addUser(command string, args []string) bool {
	opts, rest := options(args)
	if len(rest) == 2 { // a user into a group
		e.join(rest[0], rest[1])
		return true
	}
	if len(rest) != 1 {
		return false
	}
	how := kindOf(command, opts)
	o := owner{uid: first(opts, "-u", "--uid")}
	if o.said = o.uid != ""; !o.said {
		o.uid = free(e.ids.users, how)
	}
	o.gid = first(opts, "-g", "--gid")
	if command == "adduser" { // whose -g of BusyBox is a comment, and whose -G is what -g is of useradd
		o.gid = first(opts, "-G", "--gid", "--ingroup")
	}
	if id, ok := e.groups[o.gid]; ok {
		o.gid = id
	}
	// A user of the system is in the group of the same name if that is asked for alone.
	if id, ok := e.groups[rest[0]]; ok && o.gid == "" && (how != systemUp || has(opts, "--group")) {
		o.gid = id
	}
	if !isNumber(o.gid) {
		o.gid = e.ownGroup(command, opts, how, o.uid)
		if !e.ids.groups[o.gid] {
			e.groups[rest[0]] = o.gid
		}
	}
	if command == "useradd" {
		e.join(rest[0], first(opts, "-G", "--groups"))
	}
	o.home, o.madeHome = e.homeOf(command, rest[0], opts)
	e.users[rest[0]], e.madeNames[rest[0]] = o, true
	e.ids.users[o.uid], e.ids.groups[o.gid] = true, true
	return isNumber(o.uid)
}

// homeOf is the home of a new user, where it is said or made, and whether a tool makes it.
func (e *effects) homeOf(command, name string, opts map[string]string) (home string, made bool) {
	home = first(opts, "-d", "--home-dir", "--home", "-h")
	if nowhere(home) || home != "" && !path.IsAbs(home) {
		return "", false
	}
	switch {
	case command == "useradd" && !has(opts, "-m", "--create-home"), has(opts, "-H", "-M", "--no-create-home"):
		return home, false
	case home == "" && command == "adduser" && has(opts, "--system") && !e.busybox:
		return "", false // of Debian
	}
	return cmp.Or(home, "/home/"+name), true
}

// nowhere reports whether a home stands for none.
func nowhere(home string) bool {
	return home == "/" || home == "/nonexistent" || strings.HasPrefix(home, "/dev/")
}

// ownGroup is the group of a new user of whom none is said.
func (e *effects) ownGroup(command string, opts map[string]string, how kind, uid string) string {
	switch {
	case command == "adduser" && (has(opts, "-S") || e.busybox && has(opts, "--system")):
		return noGroupBusybox
	case command == "adduser" && how == systemUp && !has(opts, "--group"):
		return noGroup
	case command == "useradd" && has(opts, "-N", "--no-user-group"):
		return groupUsers
	case !e.ids.groups[uid]:
		return uid
	}
	return free(e.ids.groups, how)
}
